"""`GET`, `HEAD` and `OPTIONS` of `/<sha256>[.ext]` (BUD-01), in front of the framework.

Plain ASGI, as players use this path for every segment: through a web framework the same response
took more than twice the time.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import BinaryIO, Final, Protocol

import msgspec
from cachetools import LRUCache

from blobhls.blob import BlobId, BlobInfo
from blobhls.blossom.asgi import ASGIApp, Receive, Scope, Send
from blobhls.blossom.disconnect import ClientDisconnected, cancel_on_disconnect
from blobhls.blossom.responses import (
    Response,
    dated,
    partial,
    preflight,
    refusal,
    unchanged,
    unsatisfiable,
    whole,
)
from blobhls.errors import BadRequest, BlobhlsError, BlobMissing
from blobhls.http import (
    RequestedRange,
    Unsatisfiable,
    is_current,
    parse_range,
    problem,
    range_applies,
)
from blobhls.store.base import OpenBlob

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# A blob's path, whose hash is group 1; or a malformed one, and then group 1 is None: a single
# path segment that starts with 60 hex digits or more and then ends, or has a dot. Its response is
# 400 with the reason (BUD-01) instead of "not found".
_PATH: Final = re.compile(
    r"/(?:([0-9a-f]{64})(?:\.[a-z0-9]+)?|[0-9a-fA-F]{60,}(?:\.[^/]*)?/?)",
)

# 64 KiB stay below malloc's mmap threshold of 128 KiB, so that no read has to fault in and
# release fresh pages: 1 MiB reads were half as fast.
_READ_SIZE: Final = 64 * 1024
# Sending to a fast client never suspends, so the loop yields to other tasks.
_READS_PER_TURN: Final = 8


# Bytes of small blobs whose responses are cached. The source shares these bytes.
_READY: Final = 8 * 1024 * 1024
_HEAD: Final = 1024  # bytes of a response's headers in memory, about


class BlobReader(Protocol):
    """The source of blobs. Called in the event loop's thread."""

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        """Return a blob whose row is in memory, if its bytes are here. Never asks the index."""

    async def stat(self, blob_id: BlobId) -> BlobInfo:
        """Return the info of the blob that `open` would return, from the index where that is sure.

        Raises `BlobMissing`, `Unavailable`, `SourceBroken`, `RenderFailed`. Cancelled once the
        client has disconnected.
        """

    async def open(self, blob_id: BlobId) -> OpenBlob:
        """Return the blob; evicted bytes are rendered again and verified before.

        Raises `BlobMissing`, `Unavailable`, `SourceBroken`, `RenderFailed`. Cancelled once the
        client has disconnected.
        """


class _Conditions(msgspec.Struct, frozen=True, rename="kebab"):
    """The range and condition headers of a request; None if absent."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None


_CONDITION_NAMES: Final = frozenset({b"range", b"if-range", b"if-none-match"})
_NO_CONDITIONS: Final = _Conditions()


class BlobPolicy(Protocol):
    """The operator's rules for reading. Called in the event loop's thread."""

    def check(self, scope: Scope, blob_id: BlobId) -> None:
        """Raise `Unauthorized` or `Forbidden` if the client may not read this blob."""

    async def seek(self, scope: Scope, blob_id: BlobId) -> bool:
        """Fetch a missing blob from the servers that the request hints at; False if none has it.

        Raises `BlobhlsError`. Cancelled once the client has disconnected.
        """

    async def sunset(self, info: BlobInfo) -> float | None:
        """Return when the blob expires, in seconds since the epoch; None: not known."""


class _Stream(msgspec.Struct, frozen=True, eq=False):
    """A response whose body is streamed from a blob. Owns the open blob."""

    answer: Response
    blob: OpenBlob
    start: int
    stop: int


class BlobApp:
    """ASGI application that reads blobs and passes everything else on to `fallback`.

    Other methods on blob paths are passed on, too. It raises nothing itself but the cancellation
    by a stopping server.
    """

    def __init__(
        self, source: BlobReader, fallback: ASGIApp, policy: BlobPolicy | None = None
    ) -> None:
        """`policy`: None if every client may read everything, and nothing expires."""
        self._source = source
        self._fallback = fallback
        self._policy = policy
        self._ready: LRUCache[BlobId, tuple[BlobInfo, Response]] = LRUCache(
            _READY, getsizeof=lambda ready: ready[0].size + _HEAD
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        ours = scope["type"] == "http" and scope["method"] in _METHODS
        path = _PATH.fullmatch(scope["path"]) if ours else None
        if path is None:
            await self._fallback(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, path[1], receive)
        except ClientDisconnected:
            return
        except BlobhlsError as error:
            answer = refusal(problem(error))
        except Exception as error:
            logging.getLogger(__name__).exception("could not answer %s", scope["path"])
            answer = refusal(problem(error))
        if isinstance(answer, _Stream):
            await _send_stream(answer, receive, send)
        else:
            await send(answer.start())
            await send({"type": "http.response.body", "body": answer.body})

    async def _answer(
        self, scope: Scope, blob_hex: str | None, receive: Receive
    ) -> Response | _Stream:
        """Do all that can fail while an error response is still possible."""
        method = scope["method"]
        if method == "OPTIONS":
            return preflight()
        if blob_hex is None:
            raise BadRequest("a blob's path is 64 lowercase hex digits and an optional extension")
        blob_id = BlobId(blob_hex)
        if self._policy is not None:
            self._policy.check(scope, blob_id)
        conditions = _conditions(scope["headers"])
        known = is_current(conditions.if_none_match, blob_id)
        if known or method == "HEAD":
            async with cancel_on_disconnect(receive):
                info = await self._source.stat(blob_id)
            return await self._dated(unchanged(info) if known else whole(info), info)
        blob = self._source.peek(blob_id)
        if blob is None:
            async with cancel_on_disconnect(receive):
                blob = await self._opened(scope, blob_id)
        if conditions is _NO_CONDITIONS and blob.info.size <= _READ_SIZE:
            return await self._dated(self._small(blob), blob.info)
        try:
            return await self._dated(_body(blob, conditions), blob.info)
        except BaseException:
            blob.close()
            raise

    async def _opened(self, scope: Scope, blob_id: BlobId) -> OpenBlob:
        try:
            return await self._source.open(blob_id)
        except BlobMissing:
            if self._policy is None or not await self._policy.seek(scope, blob_id):
                raise
        return await self._source.open(blob_id)

    async def _dated(self, answer: Response | _Stream, info: BlobInfo) -> Response | _Stream:
        """Add the `Sunset` header (RFC 8594), if the blob expires."""
        at = None if self._policy is None else await self._policy.sunset(info)
        if at is None:
            return answer
        if isinstance(answer, _Stream):
            return msgspec.structs.replace(answer, answer=dated(answer.answer, at))
        return dated(answer, at)

    def _small(self, blob: OpenBlob) -> Response:
        """Return the response with a small blob, from a cache."""
        with blob:
            ready = self._ready.get(blob.info.blob_id)
            if ready is None or ready[0] is not blob.info:
                answer = whole(blob.info, _read_all(blob.file, blob.info.size))
                ready = (blob.info, answer)
                self._ready[blob.info.blob_id] = ready
        return ready[1]


def _conditions(headers: list[tuple[bytes, bytes]]) -> _Conditions:
    """Return the conditions; a header that is sent twice is one list (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name in _CONDITION_NAMES:
            key, text = name.decode("ascii"), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
    return msgspec.convert(found, _Conditions) if found else _NO_CONDITIONS


def _body(blob: OpenBlob, conditions: _Conditions) -> Response | _Stream:
    """Return the response with the requested bytes; closes the blob unless it is streamed."""
    info = blob.info
    honoured = range_applies(conditions.if_range, info.blob_id)
    span = parse_range(conditions.range if honoured else None, info.size)
    if isinstance(span, Unsatisfiable):
        blob.close()
        return unsatisfiable(info)
    start, stop = (span.start, span.stop) if isinstance(span, RequestedRange) else (0, info.size)
    if start:
        blob.file.seek(start)
    if stop - start > _READ_SIZE:
        answer = partial(info, span) if isinstance(span, RequestedRange) else whole(info)
        return _Stream(answer, blob, start, stop)
    with blob:
        body = _read_all(blob.file, stop - start)
    return partial(info, span, body) if isinstance(span, RequestedRange) else whole(info, body)


def _read_all(file: BinaryIO, length: int) -> bytes:
    """Read exactly `length` bytes; raises `EOFError` if the file has fewer."""
    body = _read(file, length) if length else b""
    while len(body) < length:
        body += _read(file, length - len(body))
    return body


def _read(file: BinaryIO, most: int) -> bytes:
    """Read at most `most` bytes; raises `EOFError` at the end, which is always too early."""
    piece = file.read(most)
    if not piece:
        raise EOFError("the file is shorter than the blob")
    return piece


async def _send_stream(stream: _Stream, receive: Receive, send: Send) -> None:
    """Send a long body piece by piece, for as long as the client stays connected.

    After the head an error can only be signalled by stopping: the server then closes the
    connection, and the client gets fewer bytes than announced.
    """
    try:
        with stream.blob as blob:
            async with cancel_on_disconnect(receive):
                await send(stream.answer.start())
                await _send_pieces(blob.file, stream.stop - stream.start, send)
    except ClientDisconnected:
        pass
    except Exception:
        name = stream.blob.info.blob_id
        logging.getLogger(__name__).exception("could not send all of %s", name)


async def _send_pieces(file: BinaryIO, length: int, send: Send) -> None:
    reads = 0
    while length:
        piece = _read(file, min(length, _READ_SIZE))
        length -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": length > 0})
        reads += 1
        if reads % _READS_PER_TURN == 0:
            await asyncio.sleep(0)
