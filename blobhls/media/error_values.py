"""Errors as values: how what goes wrong in a worker travels to the server."""

from __future__ import annotations

from typing import Final, Literal, Self, TypeAlias

import msgspec

from blobhls.errors import (
    BlobhlsError,
    RenderFailed,
    SourceBroken,
    SourceChanged,
    SourceOffline,
    StoreFull,
)

ErrorKind: TypeAlias = Literal[
    "RenderFailed", "SourceBroken", "SourceChanged", "SourceOffline", "StoreFull"
]

# What each is made of, by the names of its attributes; of the others, their text.
_ARGUMENTS: Final = {
    RenderFailed: ("recipe_id", "reason"),
    SourceBroken: ("reason",),
}
_KINDS: Final[dict[ErrorKind, type[BlobhlsError]]] = {
    "RenderFailed": RenderFailed,
    "SourceBroken": SourceBroken,
    "SourceChanged": SourceChanged,
    "SourceOffline": SourceOffline,
    "StoreFull": StoreFull,
}
_NAMES: Final = {error: name for name, error in _KINDS.items()}


class ErrorValue(msgspec.Struct, frozen=True, tag="error"):
    """An error that a job may have: its class and what it is made of."""

    kind: ErrorKind
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, error: BlobhlsError) -> Self:
        """Return an error as a value; raises `KeyError` for a class that no job is to raise."""
        names = _ARGUMENTS.get(type(error))
        texts = [str(error)] if names is None else [getattr(error, name) for name in names]
        return cls(_NAMES[type(error)], tuple(map(plain_text, texts)))

    def error(self) -> BlobhlsError:
        """Return the error itself; raises `ValueError` if it can't be made of these arguments."""
        kind = _KINDS[self.kind]
        if len(self.arguments) != len(_ARGUMENTS.get(kind, ("text",))):
            raise ValueError(f"{self.kind} is not made of {len(self.arguments)} arguments")
        return kind(*self.arguments)


def plain_text(text: str) -> str:
    """Return a text that UTF-8 can hold: names of files are not always in it."""
    return text.encode("utf-8", "replace").decode()
