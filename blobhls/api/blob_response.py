"""Responses that are blobs under another URL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from blobhls.blob import BlobInfo


@dataclass
class BlobOperation(Operation):
    """The OpenAPI description of an `as_blob` response; a subclass names its content."""

    what: ClassVar[str]
    media_types: ClassVar[Iterable[str]]

    def __post_init__(self) -> None:
        """Add the media types, and the responses to ranges and conditions."""
        content = {
            kind: OpenAPIMediaType(Schema(type=OpenAPIType.STRING)) for kind in self.media_types
        }
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(self.what, content=content),
            "206": OpenAPIResponse("A range of it.", content=content),
            "304": OpenAPIResponse("The client has it."),
            "416": OpenAPIResponse("No such range."),
        }


def as_blob(info: BlobInfo, blobs: ASGIApp, caching: str) -> ASGIApp:
    """Respond with a blob: ranges, conditions and its strong `ETag`, but another `Cache-Control`.

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
