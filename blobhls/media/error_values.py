"""Errors as values, which a worker sends to the server."""

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

# The attributes that are the arguments of a class; for the others, their text.
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
    """An error of a job: its class and arguments."""

    kind: ErrorKind
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, error: BlobhlsError) -> Self:
        """Return an error as a value; raises `KeyError` for a class that no job may raise."""
        names = _ARGUMENTS.get(type(error))
        texts = [str(error)] if names is None else [getattr(error, name) for name in names]
        return cls(_NAMES[type(error)], tuple(map(plain_text, texts)))

    def error(self) -> BlobhlsError:
        """Return the error; raises `ValueError` for the wrong number of arguments."""
        kind = _KINDS[self.kind]
        if len(self.arguments) != len(_ARGUMENTS.get(kind, ("text",))):
            raise ValueError(f"{self.kind} does not have {len(self.arguments)} arguments")
        return kind(*self.arguments)


def plain_text(text: str) -> str:
    """Return a text that can be encoded as UTF-8: file names may have surrogates."""
    return text.encode("utf-8", "replace").decode()
