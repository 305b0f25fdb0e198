"""What OpenAPI says of the Blossom endpoints, whose bodies and headers are read by hand."""

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
    """What an error answers; the same reason stands in `X-Reason`."""

    status_code: int
    detail: str  # for a person


_REASONS: Final = {
    400: "Headers or body are malformed.",
    401: "A token is missing or not good for this; `WWW-Authenticate: Nostr`.",
    402: "Payment is needed (BUD-07).",
    403: "The operator's rules say no.",
    404: "Not here.",
    408: "The body did not come in time.",
    409: "The bytes have another SHA-256 than was announced.",
    411: "The length has to be told.",
    413: "Too large.",
    415: "A type that is not taken here.",
    416: "No such range; `Content-Range` says how many bytes there are.",
    422: "The file can't be made into anything.",
    429: "Too many requests, bytes or blobs; `Retry-After` where waiting helps.",
    502: "Another server did not give what it was asked for.",
    503: "Not now.",
    507: "No room.",
}


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Return what a handler's `responses` takes."""
    return {
        status: ResponseSpec(Refusal, generate_examples=False, description=_REASONS[status])
        for status in statuses
    }


def known_blob() -> dict[int, ResponseSpec]:
    """Return the success that is no 201; for a handler's `responses`."""
    return {
        200: ResponseSpec(
            BlobDescriptor, generate_examples=False, description="It was here already."
        )
    }


def parts_of_blob() -> dict[int, ResponseSpec]:
    """Return the successes that are no 200; for a handler's `responses`."""
    part = ResponseSpec(
        bytes,
        generate_examples=False,
        media_type="application/octet-stream",
        description="The range that was asked for.",
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
    """An operation that asks about a blob before it is sent."""

    def __post_init__(self) -> None:
        """Add the headers."""
        length = _header("X-Content-Length", "Bytes of the blob.", required=True)
        _add(self, _TOKEN, _HASH, length, _header("X-Content-Type", "Media type of the blob."))


class MirrorRequest(msgspec.Struct, frozen=True):
    """The body of a request to mirror."""

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
