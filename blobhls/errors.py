"""All errors that a caller may want to tell apart.

BlobhlsError
├── NotFound
│   ├── BlobMissing          no bytes, and no recipe that can make them
│   ├── ShowUnknown
│   ├── VideoUnknown
│   ├── ProfileUnknown       no viewer profile of this id
│   ├── SourceGone           no file of the library has the bytes any more that a recipe needs
│   └── RenditionUnknown     also: a segment number outside the plan
├── Unavailable              the same request may succeed later
│   ├── SourceOffline        the file that a recipe needs can't be read just now
│   │   └── SourceChanged    the file has another size or time than the job says
│   ├── WorkersBusy          the queue of jobs is full
│   ├── IndexBusy            another program holds the index
│   ├── IndexOffline         the index can't be read or written
│   └── StoreFull            no room on the disk
├── SourceBroken             a file that can't be played, and why
├── RenderFailed             one recipe could not be rendered, and why
├── WorkerFailed             a worker process crashed, hung or ran out of memory over one job
├── Refused                  understood, but not done; the same request gets the same answer
│   ├── Unauthorized         a token is missing, or does not allow this
│   │   └── PasswordNeeded   the request has neither the operator's password nor a session
│   ├── PaymentRequired      the server asks for payment first (BUD-07)
│   ├── Forbidden            the operator's rules say no
│   ├── TooSlow              a request's body did not come in time
│   ├── HashMismatch         the bytes have another SHA-256 than announced
│   ├── LengthRequired       the request has to announce its size
│   ├── TooLarge             one blob is larger than the limit
│   ├── TypeRefused          a media type that is not accepted
│   └── TooMany              more requests, bytes or blobs than allowed
├── FetchFailed              another server did not deliver what was requested
│   ├── ServerSilent         it gave no answer (blobhls.remote)
│   └── ServerRefused        it refused, and why (blobhls.remote)
├── BadRequest               the request is malformed
└── ConfigError              flags, environment or configuration file; one line for the operator
"""

from __future__ import annotations

from collections.abc import Mapping


class BlobhlsError(Exception):
    """Base of all errors of this package. `str(error)` is a message for a person."""


class NotFound(BlobhlsError):
    """The named thing does not exist here."""


class BlobMissing(NotFound):
    """No bytes under this hash, and no recipe that can make them."""

    def __init__(self, blob_id: str) -> None:
        super().__init__(f"no blob {blob_id}")
        self.blob_id = blob_id


class ShowUnknown(NotFound):
    """No show of this id in the catalogue."""

    def __init__(self, show_id: str) -> None:
        super().__init__(f"no show {show_id!r}")
        self.show_id = show_id


class VideoUnknown(NotFound):
    """No video of this id in the catalogue."""

    def __init__(self, video_id: str) -> None:
        super().__init__(f"no video {video_id!r}")
        self.video_id = video_id


class ProfileUnknown(NotFound):
    """No viewer profile of this id."""

    def __init__(self, profile_id: str) -> None:
        super().__init__(f"no profile {profile_id!r}")
        self.profile_id = profile_id


class SourceGone(NotFound):
    """No file of the library has the bytes that a recipe needs: deleted, or replaced."""


class RenditionUnknown(NotFound):
    """The video has no rendition of this name, or the rendition no such segment."""


class Unavailable(BlobhlsError):
    """Not possible now; the same request may succeed after `retry_after` seconds."""

    retry_after = 5


class SourceOffline(Unavailable):
    """The file behind a recipe can't be read just now (a disk not mounted, say)."""

    retry_after = 60


class SourceChanged(SourceOffline):
    """A file of the library has another size or time than the job for it says."""


class WorkersBusy(Unavailable):
    """The queue of jobs is full."""


class IndexBusy(Unavailable):
    """Another program holds the index just now (a backup, say)."""


class IndexOffline(Unavailable):
    """The index can't be read or written: its disk fails, is read-only, or the file is damaged."""

    retry_after = 60


class StoreFull(Unavailable):
    """The disk has no room for more bytes."""

    retry_after = 60


class SourceBroken(BlobhlsError):
    """A file that can't be played. `reason` is one sentence for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderFailed(BlobhlsError):
    """One recipe could not be rendered. `reason` is one sentence for a person."""

    def __init__(self, recipe_id: str, reason: str) -> None:
        super().__init__(f"could not render {recipe_id[:12]}: {reason}")
        self.recipe_id = recipe_id
        self.reason = reason


class WorkerFailed(BlobhlsError):
    """A worker process crashed, hung or ran out of memory. `reason` is one sentence for a person.

    The caller knows what that means for the file: a survey turns it into `SourceBroken`, a recipe
    into `RenderFailed`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(BlobhlsError):
    """Understood, but not done; the same request gets the same answer."""


class Unauthorized(Refused):
    """A token (BUD-11) is missing, or does not allow what was asked."""


class PasswordNeeded(Unauthorized):
    """The operator has set a password, and the request has neither it nor a session."""


class PaymentRequired(Refused):
    """The server asks for payment first (BUD-07). `methods` has a header for each way to pay."""

    def __init__(self, message: str, methods: Mapping[str, str]) -> None:
        super().__init__(message)
        self.methods = methods  # X-Cashu, X-Lightning → the request for payment


class Forbidden(Refused):
    """The operator's rules exclude this key, address or blob."""


class TooSlow(Refused):
    """A request's body did not come in time."""


class HashMismatch(Refused):
    """The bytes have another SHA-256 than was announced."""


class LengthRequired(Refused):
    """The request has to announce its size."""


class TooLarge(Refused):
    """One blob is larger than the limit."""


class TypeRefused(Refused):
    """A media type that is not accepted here."""


class TooMany(Refused):
    """More requests, bytes or blobs than one key or address may have."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds; None where waiting does not help


class FetchFailed(BlobhlsError):
    """Another server could not be reached, was too slow, or did not deliver what was requested."""


class BadRequest(BlobhlsError):
    """The request is malformed, or its parts contradict each other."""


class ConfigError(BlobhlsError):
    """A setting that can't be used; the message names it in one line."""
