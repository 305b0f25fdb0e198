"""OpenAPI descriptions of the Blossom endpoints, which parse their own bodies and headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, cast

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

from blobhls.blossom.descriptors import BlobDescriptor
from blobhls.http import json_schema


class Refusal(msgspec.Struct, frozen=True):
    """The body of an error; `X-Reason` has the same reason."""

    status_code: int
    detail: str  # for a person


_REASONS: Final = {
    400: "Headers or body are malformed.",
    401: "A token is missing or not valid for this; `WWW-Authenticate: Nostr`.",
    402: "Payment is needed (BUD-07).",
    403: "The operator's rules forbid it.",
    404: "The blob is not here.",
    408: "The body did not arrive in time.",
    409: "The SHA-256 of the bytes is not the announced one.",
    411: "The length is required.",
    413: "Too large.",
    415: "A type that is not accepted here.",
    416: "No such range; `Content-Range` says how many bytes there are.",
    422: "The file can't be optimised.",
    429: "Too many requests, bytes or blobs; `Retry-After` where waiting helps.",
    502: "Another server did not give the blob.",
    503: "Not possible now.",
    507: "No space is left.",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Return the error `responses` of a handler."""
    return {
        status: ResponseSpec(Refusal, generate_examples=False, description=_REASONS[status])
        for status in statuses
    }


def known_blob() -> dict[int, ResponseSpec]:
    """Return the 200 of a blob that was here; for a handler's `responses`."""
    return {
        200: ResponseSpec(
            BlobDescriptor, generate_examples=False, description="It was here already."
        )
    }


def parts_of_blob() -> dict[int, ResponseSpec]:
    """Return the 206 and 304 of a blob; for a handler's `responses`."""
    part = ResponseSpec(
        bytes,
        generate_examples=False,
        media_type="application/octet-stream",
        description="The requested range.",
    )
    unchanged = ResponseSpec(None, generate_examples=False, description="The client has it.")
    return {206: part, 304: unchanged}


def _header(name: str, description: str, *, required: bool = False) -> Parameter:
    schema = Schema(type=OpenAPIType.STRING)
    return Parameter(name, "header", schema, description=description, required=required)


def _add(operation: Operation, *parameters: Parameter) -> None:
    operation.parameters = [*(operation.parameters or []), *parameters]


_TOKEN: Final = _header("Authorization", "`Nostr <token>` (BUD-11).")
_HASH: Final = _header("X-SHA-256", "What the body's SHA-256 is, in lowercase hex.")


@dataclass
class TokenOperation(Operation):
    """An operation that takes a token."""

    def __post_init__(self) -> None:
        """Add the header."""
        _add(self, _TOKEN)


@dataclass
class BytesOperation(Operation):
    """An operation whose body is a blob."""

    def __post_init__(self) -> None:
        """Add headers and body."""
        _add(self, _TOKEN, _HASH)
        schema = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        self.request_body = RequestBody(
            {"application/octet-stream": OpenAPIMediaType(schema)}, required=True
        )


@dataclass
class UploadCheckOperation(Operation):
    """An operation that checks an upload before the blob is sent (BUD-06)."""

    def __post_init__(self) -> None:
        """Add the headers."""
        length = _header("X-Content-Length", "Bytes of the blob.", required=True)
        _add(self, _TOKEN, _HASH, length, _header("X-Content-Type", "Media type of the blob."))


class MirrorRequest(msgspec.Struct, frozen=True):
    """The body of a request to mirror (BUD-04)."""

    url: Annotated[str, msgspec.Meta(description="Where the blob is.")]


@dataclass
class MirrorOperation(Operation):
    """An operation whose body names a URL."""

    def __post_init__(self) -> None:
        """Add header and body."""
        _add(self, _TOKEN)
        _json_body(
            self, cast("Schema", json_schema(MirrorRequest))
        )  # Litestar writes a dict as it is


@dataclass
class EventOperation(Operation):
    """An operation whose body is a signed event."""

    def __post_init__(self) -> None:
        """Add the body."""
        _json_body(self, Schema(type=OpenAPIType.OBJECT, description="A report event (NIP-56)."))


def _json_body(operation: Operation, schema: Schema) -> None:
    operation.request_body = RequestBody(
        {"application/json": OpenAPIMediaType(schema)}, required=True
    )
