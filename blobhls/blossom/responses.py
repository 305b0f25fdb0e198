"""The responses of blob paths, as values."""

from __future__ import annotations

from email.utils import formatdate
from typing import Final

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobInfo
from blobhls.blossom.asgi import Message
from blobhls.http import (
    CORS,
    PREFLIGHT,
    Problem,
    RequestedRange,
    content_range,
    encoded,
    problem_body,
    problem_headers,
    unsatisfied_range,
)

Headers = list[tuple[bytes, bytes]]

# Bytes under a hash never change (RFC 8246).
_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}

# An uploaded page or SVG must not run scripts on the origin of the API: it gets no origin and may
# load nothing. Images and media are allowed for the page that a browser makes around such a blob.
_SANDBOX: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
    ),
}

# Encoded once, as they are most bytes of the response of a small blob.
_CORS_HEADERS: Final = tuple(encoded(CORS))
_PREFLIGHT_HEADERS: Final = tuple(encoded(PREFLIGHT))
_BLOB_HEADERS: Final = tuple(encoded({"Accept-Ranges": "bytes", **_IMMUTABLE, **_SANDBOX, **CORS}))
_UNCHANGED_HEADERS: Final = tuple(encoded({**_IMMUTABLE, **CORS}))


class Response(msgspec.Struct, frozen=True, eq=False):
    """An HTTP response; `body` is empty also where the body is streamed from a file."""

    status: int
    headers: Headers
    body: bytes = b""

    def start(self) -> Message:
        """Return the ASGI message that starts the response."""
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


def whole(info: BlobInfo, body: bytes = b"") -> Response:
    """200, for `GET` of everything and for `HEAD`."""
    return Response(200, _blob_headers(info, info.size), body)


def partial(info: BlobInfo, part: RequestedRange, body: bytes = b"") -> Response:
    """206 with one range."""
    headers = _blob_headers(info, part.stop - part.start)
    headers.append((b"content-range", content_range(part, info.size).encode("ascii")))
    return Response(206, headers, body)


def dated(answer: Response, sunset: float) -> Response:
    """Add the `Sunset` header (RFC 8594); `sunset`: seconds since the epoch."""
    header = (b"sunset", formatdate(sunset, usegmt=True).encode("ascii"))
    return msgspec.structs.replace(answer, headers=[*answer.headers, header])


def unchanged(info: BlobInfo) -> Response:
    """304, with the headers that RFC 9110 §15.4.5 asks for."""
    return Response(304, [_etag(info), *_UNCHANGED_HEADERS])


def unsatisfiable(info: BlobInfo) -> Response:
    """416: no such range in a blob of this size."""
    what = Problem(416, f"the range lies outside the {info.size} bytes of the blob")
    size = unsatisfied_range(info.size).encode("ascii")
    return _explained(what, [(b"content-range", size), (b"accept-ranges", b"bytes")])


def refusal(what: Problem) -> Response:
    """An error: `{"detail": …}` and `X-Reason`."""
    return _explained(what, [])


def in_json(status: int, value: object) -> Response:
    """Return a JSON response."""
    body = msgspec.json.encode(value)
    length = (b"content-length", b"%d" % len(body))
    return Response(status, [(b"content-type", b"application/json"), length, *_CORS_HEADERS], body)


def preflight() -> Response:
    """204, to `OPTIONS` (BUD-01)."""
    return Response(204, list(_PREFLIGHT_HEADERS))


def _blob_headers(info: BlobInfo, length: int) -> Headers:
    media_type = info.media_type
    if not (media_type.isascii() and media_type.isprintable()):
        media_type = DEFAULT_TYPE  # a type that is invalid in a header is ignored
    return [
        (b"content-type", media_type.encode("ascii")),
        (b"content-length", b"%d" % length),
        _etag(info),
        *_BLOB_HEADERS,
    ]


def _etag(info: BlobInfo) -> tuple[bytes, bytes]:
    return b"etag", b'"%b"' % info.blob_id.encode("ascii")


def _explained(what: Problem, more: Headers) -> Response:
    body = problem_body(what)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *encoded(problem_headers(what)),
        *more,
        *_CORS_HEADERS,
    ]
    return Response(what.status, headers, body)
