"""Bytes change in one place: everything else decides whether they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import blobhls

_ROOT = Path(blobhls.__file__).parent
_OWNER = _ROOT / "vault" / "repository.py"
_STORE = _ROOT / "store"
_CHANGES = {"put", "adopt", "remove", "sync"}


def changes_of_the_store(path: Path) -> Iterator[str]:
    """Yield the calls of a module that change what a store holds."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in _CHANGES:
            owner = ast.unparse(node.value).rpartition(".")[2]
            if owner.lstrip("_") == "store":
                yield ast.unparse(node)


def test_only_the_repository_changes_what_the_store_holds() -> None:
    found = {
        str(path.relative_to(_ROOT)): calls
        for path in _ROOT.rglob("*.py")
        if path != _OWNER and not path.is_relative_to(_STORE)
        if (calls := list(changes_of_the_store(path)))
    }
    # The group commit is told how blobs become durable before their rows are written.
    assert found == {"app/services.py": ["store.sync"]}
    assert set(changes_of_the_store(_OWNER)) == {
        "self.store.put",
        "self.store.adopt",
        "self.store.remove",
    }


def test_rows_lose_their_bytes_by_the_repository_alone() -> None:
    callers = {path.name for path in _ROOT.rglob("*.py") if ".set_absent(" in path.read_text()}
    assert callers == {"repository.py"}
