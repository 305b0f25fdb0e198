"""Request bodies, decoded strictly.

Litestar's own `data` lets `"5"` pass for 5 and fails with 500 on deep nesting; hence the raw body
and a decoder that knows the type.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from blobhls.errors import BadRequest

_T = TypeVar("_T")


def decode_body(body: bytes, wanted: type[_T]) -> _T:
    """Return a JSON body as `wanted`; raises `BadRequest` that says what is wrong with it."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"body: {error}") from error


def describe_body(operation: Operation, schema: Schema) -> None:
    """Put the schema of a raw JSON body into OpenAPI; for an `operation_class`."""
    operation.request_body = RequestBody(
        content={"application/json": OpenAPIMediaType(schema=schema)}, required=True
    )
