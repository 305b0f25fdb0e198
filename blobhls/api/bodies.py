"""Request bodies, decoded strictly.

Litestar's own `data` accepts `"5"` for 5 and fails with 500 on deep nesting, so handlers take the
raw body and decode it with its type.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar, cast

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from blobhls.errors import BadRequest
from blobhls.http import json_schema

_T = TypeVar("_T")


def decode_body(body: bytes, wanted: type[_T]) -> _T:
    """Decode a JSON body as `wanted`; raises `BadRequest` with the reason."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error


@dataclass
class BodyOperation(Operation):
    """The OpenAPI description of a handler that decodes its body; a subclass names the type."""

    body: ClassVar[type[msgspec.Struct]]

    def __post_init__(self) -> None:
        """Add the body."""
        schema = cast("Schema", json_schema(self.body))  # Litestar writes a dict as it is
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema)}, required=True
        )
