"""Answers that are blobs under another URL."""

from __future__ import annotations

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from blobhls.blob import BlobInfo


def as_blob(info: BlobInfo, blobs: ASGIApp, caching: str) -> ASGIApp:
    """Answer with a blob: ranges, conditions and its strong `ETag`, but another `Cache-Control`.

    `Content-Location` names the blob (RFC 9110 §8.7).
    """
    replaced = (b"cache-control", b"content-location")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(k, v) for k, v in message["headers"] if k not in replaced]
                message["headers"] = [
                    *kept,
                    (b"cache-control", caching.encode()),
                    (b"content-location", f"/{info.name}".encode()),
                ]
            await send(message)

        moved = scope.copy()
        moved["path"] = f"/{info.name}"
        await blobs(moved, receive, named)

    return answer
