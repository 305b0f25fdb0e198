"""Request bodies, decoded strictly.

Litestar's own `data` lets `"5"` pass for 5 and fails with 500 on deep nesting; hence the raw body
and a decoder that knows the type.
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
    """Return a JSON body as `wanted`; raises `BadRequest` that says what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error


@dataclass
class BodyOperation(Operation):
    """How OpenAPI describes a handler that decodes its body itself; a subclass says as what."""

    body: ClassVar[type[msgspec.Struct]]

    def __post_init__(self) -> None:
        """Add the body."""
        schema = cast("Schema", json_schema(self.body))  # Litestar writes a dict as it is
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema)}, required=True
        )
