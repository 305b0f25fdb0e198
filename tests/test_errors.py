"""The error tree drawn in blobhls/errors.py is the one there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from blobhls import errors

PACKAGE = Path(errors.__file__).parent
_DEPTH = len("│   ")


def drawn() -> dict[str, str]:
    """Return the parent of each error of the drawing."""
    assert errors.__doc__
    above = ["BlobhlsError"]
    found: dict[str, str] = {}
    for line in errors.__doc__.splitlines():
        match = re.match(r"([│ ]*)[├└]── (\w+)", line)
        if match:
            depth = len(match[1]) // _DEPTH + 1
            del above[depth:]
            assert match[2] not in found
            found[match[2]] = above[-1]
            above.append(match[2])
    return found


def written() -> dict[str, str]:
    """Return the parent of each error in the code that descends from `BlobhlsError`."""
    bases = {
        node.name: node.bases[0].id
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.bases and isinstance(node.bases[0], ast.Name)
    }
    known = {"BlobhlsError"}
    while more := {name for name, base in bases.items() if base in known} - known:
        known |= more
    return {name: bases[name] for name in known - {"BlobhlsError"}}


def test_the_drawn_tree_has_every_error_below_its_parent() -> None:
    assert drawn() == written()
