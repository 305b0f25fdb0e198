"""Writes for TypeScript what the server's API answers, as the server itself describes it.

`python -m tests.javascript.api_types` writes it down anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.system.server import Home

PATH: Final = Path(__file__).parent / "types" / "api.d.ts"
_HEADER: Final = "// `python -m tests.javascript.api_types` wrote this; do not edit it by hand."

Schema = dict[str, Any]


def describe(folder: Path) -> str:
    """Start a server that keeps its files in `folder`; return the types of all that it answers."""
    home = Home(folder / "library", folder / "state")
    home.library.mkdir()
    home.state.mkdir()
    with home.serving() as server:
        return declarations(server.json("/schema/openapi.json"))


def declarations(openapi: Schema) -> str:
    """Return an interface for each schema of a description."""
    lines = [_HEADER, "declare namespace Api {"]
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        required = schema.get("required", ())
        lines.append(f"  interface {name} {{")
        for field, value in schema["properties"].items():
            lines.append(f"    {field}{'' if field in required else '?'}: {_type(value)};")
        lines.append("  }")
    return "\n".join([*lines, "}", ""])


def _type(schema: Schema) -> str:
    """Return the type of a value, as TypeScript writes it."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "oneOf" in schema:
        return " | ".join(map(_type, schema["oneOf"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if schema["type"] == "array":
        inner = _type(schema["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if "additionalProperties" in schema:
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    return "number" if schema["type"] == "integer" else str(schema["type"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PATH.write_text(describe(Path(made)), "utf-8")
