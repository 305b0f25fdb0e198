"""Everything that can go wrong and that a caller may want to tell apart.

BlobhlsError
├── NotFound
│   ├── BlobMissing          no bytes, and no recipe that can make them
│   ├── ShowUnknown
│   ├── VideoUnknown
│   ├── ProfileUnknown       no viewer of this id
│   ├── SourceGone           no file of the library has the bytes a recipe needs any more
│   └── RenditionUnknown     also: a segment number outside the plan
├── Unavailable              come back later
│   ├── SourceOffline        the file a recipe needs can't be read just now
│   │   └── SourceChanged    it is not the file that was meant any more
│   ├── WorkersBusy          more work is queued than will be taken on
│   ├── IndexBusy            another program holds the index
│   ├── IndexOffline         the index can't be read or written
│   └── StoreFull            no room on the disk
├── SourceBroken             a file that can't be played, and why
├── RenderFailed             one recipe could not be made, and why
├── WorkerFailed             a worker process crashed, hung or ran out of memory over one job
├── Refused                  understood, but not done; asking again changes nothing
│   ├── Unauthorized         a token is missing, or not good for this
│   │   └── PasswordNeeded   neither the operator's password nor a session
│   ├── PaymentRequired      to be paid first (BUD-07)
│   ├── Forbidden            the operator's rules say no
│   ├── TooSlow              a request's body did not come in time
│   ├── HashMismatch         the bytes have another SHA-256 than announced
│   ├── LengthRequired       the size has to be told beforehand
│   ├── TooLarge             one blob larger than is taken
│   ├── TypeRefused          a media type that is not taken
│   └── TooMany              more requests, bytes or blobs than allowed
├── FetchFailed              another server did not give what it was asked for
│   ├── ServerSilent         it gave no answer (blobhls.remote)
│   └── ServerRefused        it said no, and why (blobhls.remote)
├── BadRequest               what was asked makes no sense
└── ConfigError              flags, environment or configuration file; one line for the operator
"""

from __future__ import annotations

from collections.abc import Mapping


class BlobhlsError(Exception):
    """Base of all errors of this package. `str(error)` is fit for a person."""


class NotFound(BlobhlsError):
    """What was named does not exist here."""


class BlobMissing(NotFound):
    """No bytes under this hash, and nothing that can make them."""

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
    """Nobody watches under this id."""

    def __init__(self, profile_id: str) -> None:
        super().__init__(f"no profile {profile_id!r}")
        self.profile_id = profile_id


class SourceGone(NotFound):
    """No file of the library has the bytes a recipe needs any more: deleted, or replaced."""


class RenditionUnknown(NotFound):
    """The video has no rendition of this name, or the rendition no such part."""


class Unavailable(BlobhlsError):
    """Not now; the same request may succeed after `retry_after` seconds."""

    retry_after = 5


class SourceOffline(Unavailable):
    """The file behind a recipe can't be read just now (a disk not mounted, say)."""

    retry_after = 60


class SourceChanged(SourceOffline):
    """A file of the library has another size or time than the job for it says."""


class WorkersBusy(Unavailable):
    """More work is queued than will be taken on."""


class IndexBusy(Unavailable):
    """Another program holds the index just now (a backup, say)."""


class IndexOffline(Unavailable):
    """The index can't be read or written: its disk fails, is read-only, or the file is damaged."""

    retry_after = 60


class StoreFull(Unavailable):
    """No room for more bytes."""

    retry_after = 60


class SourceBroken(BlobhlsError):
    """A file that can't be played. `reason` is one sentence for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RenderFailed(BlobhlsError):
    """One recipe could not be made. `reason` is one sentence for a person."""

    def __init__(self, recipe_id: str, reason: str) -> None:
        super().__init__(f"could not make {recipe_id[:12]}: {reason}")
        self.recipe_id = recipe_id
        self.reason = reason


class WorkerFailed(BlobhlsError):
    """A worker process crashed, hung or ran out of memory. `reason` is one sentence for a person.

    Whoever gave the job knows what it says of the file: a survey makes it `SourceBroken`, a recipe
    `RenderFailed`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(BlobhlsError):
    """Understood, but not done; asking the same again gets the same answer."""


class Unauthorized(Refused):
    """A token (BUD-11) is missing, or is not good for what was asked."""


class PasswordNeeded(Unauthorized):
    """The operator has set a password, and this request has neither it nor a session."""


class PaymentRequired(Refused):
    """Somebody has to pay first (BUD-07). `methods` has a header for each way to do so."""

    def __init__(self, message: str, methods: Mapping[str, str]) -> None:
        super().__init__(message)
        self.methods = methods  # X-Cashu, X-Lightning → what is to be paid


class Forbidden(Refused):
    """The operator's rules say no to this key, address or blob."""


class TooSlow(Refused):
    """A request's body did not come in time."""


class HashMismatch(Refused):
    """The bytes have another SHA-256 than was announced."""


class LengthRequired(Refused):
    """The size has to be told beforehand."""


class TooLarge(Refused):
    """One blob larger than is taken here."""


class TypeRefused(Refused):
    """A media type that is not taken here."""


class TooMany(Refused):
    """More requests, bytes or blobs than one may have."""

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds; None where waiting does not help


class FetchFailed(BlobhlsError):
    """Another server could not be reached, was too slow, or did not give what it was asked for."""


class BadRequest(BlobhlsError):
    """What was asked makes no sense."""


class ConfigError(BlobhlsError):
    """A setting that can't be used; the message names it in one line."""
