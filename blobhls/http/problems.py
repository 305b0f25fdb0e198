"""Errors as HTTP answers. The only module that knows the status of an error."""

from __future__ import annotations

from typing import Final

import msgspec

from blobhls.errors import (
    BadRequest,
    BlobhlsError,
    FetchFailed,
    Forbidden,
    HashMismatch,
    LengthRequired,
    NotFound,
    PasswordNeeded,
    PaymentRequired,
    Refused,
    RenderFailed,
    SourceBroken,
    StoreFull,
    TooLarge,
    TooMany,
    TooSlow,
    TypeRefused,
    Unauthorized,
    Unavailable,
)
from blobhls.http.headers import header_text

# The first match counts, so a subclass stands before its base.
_STATUSES: Final[tuple[tuple[type[BlobhlsError], int], ...]] = (
    (BadRequest, 400),
    (Unauthorized, 401),
    (PaymentRequired, 402),
    (Forbidden, 403),
    (NotFound, 404),
    (TooSlow, 408),
    (HashMismatch, 409),
    (LengthRequired, 411),
    (TooLarge, 413),
    (TypeRefused, 415),
    (TooMany, 429),
    (Refused, 403),
    (FetchFailed, 502),
    # 4xx although the file is ours: the request is sound but can't ever be fulfilled, and
    # players repeat a request on 5xx only.
    (SourceBroken, 422),
    (StoreFull, 507),
    (Unavailable, 503),
    # Worth another attempt: the worker may have run out of time or memory.
    (RenderFailed, 500),
)


class Problem(msgspec.Struct, frozen=True):
    """An error answer."""

    status: int
    reason: str  # for a person
    retry_after: int | None = None  # seconds
    headers: tuple[tuple[str, str], ...] = ()  # of this kind of error


def problem(error: BaseException) -> Problem:
    """Return the answer to an error.

    The status is that of the table above; `retry_after` is set where the error knows it. 401 says
    how to authenticate (RFC 9110 §11.6.1), 402 how to pay (BUD-07). Other errors of this package
    are a 500 with their message; foreign errors are a 500 without, since their text may reveal
    internals.
    """
    if not isinstance(error, BlobhlsError):
        return Problem(500, "internal error")
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    retry_after = error.retry_after if isinstance(error, Unavailable | TooMany) else None
    return Problem(status, str(error), retry_after, _headers_of(error))


def _headers_of(error: BlobhlsError) -> tuple[tuple[str, str], ...]:
    if isinstance(error, PasswordNeeded):
        return (("WWW-Authenticate", "Bearer"),)  # RFC 6750 §3
    if isinstance(error, Unauthorized):
        return (("WWW-Authenticate", "Nostr"),)
    if isinstance(error, PaymentRequired):
        return tuple(error.methods.items())
    return ()


def problem_body(what: Problem) -> bytes:
    """Return the JSON body of an error answer, `{"status_code": …, "detail": …}`."""
    return msgspec.json.encode({"status_code": what.status, "detail": what.reason})


def problem_headers(what: Problem) -> dict[str, str]:
    """Return the headers of an error answer, without those of its body and of CORS.

    `no-store`, because caches may keep a 404 otherwise (RFC 9111 §4.2.2), although the blob may
    be uploaded at any time.
    """
    headers = {
        "X-Reason": header_text(what.reason),
        "Cache-Control": "no-store",
        **dict(what.headers),
    }
    if what.retry_after is not None:
        headers["Retry-After"] = str(what.retry_after)
    return headers
