"""JSON Schema of a struct, as OpenAPI takes it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec


def json_schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the JSON Schema of a struct, without references; the struct must not be recursive.

    Litestar lists the components of its own handlers alone: a reference would lead nowhere.
    """
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")
    inlined: dict[str, Any] = _inlined(components[kind.__name__], components)
    return inlined


def _inlined(value: Any, components: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    match value:
        case {"$ref": str(name)}:
            return _inlined(components[name], components)
        case dict():
            return {key: _inlined(each, components) for key, each in value.items()}
        case list():
            return [_inlined(each, components) for each in value]
        case _:
            return value
