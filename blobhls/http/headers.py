"""Headers that every answer has, and text as a header's value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[^\x21-\x7e]+")

_EXPOSED: Final = (
    "Accept-Ranges",
    "Content-Length",
    "Content-Location",
    "Content-Range",
    "ETag",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Reason",
    "X-SHA-256",
    "X-Total-Count",
)

CORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": ", ".join(_EXPOSED),
    }
)
"""On every response, whatever its status (BUD-01)."""

PREFLIGHT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        # `*` does not cover Authorization (Fetch standard), hence both.
        "Access-Control-Allow-Headers": "Authorization, *",
        # POST, which the API has, needs no listing: the Fetch standard safelists it.
        "Access-Control-Allow-Methods": "GET, HEAD, PUT, DELETE",
        "Access-Control-Max-Age": "86400",
    }
)
"""On the answer to `OPTIONS` (BUD-01)."""


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers for ASGI: lowercase names, bytes; characters beyond Latin-1 become `?`."""
    return [
        (name.lower().encode("ascii"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]


def header_text(text: str, limit: int = 200) -> str:
    """Return `text` as a header value for a person: printable ASCII, `limit` characters at most.

    Letters lose their accents, other characters become `?`, line ends become spaces.
    """
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    )
    ascii_only = plain.encode("ascii", "replace").decode("ascii")
    return _UNPRINTABLE.sub(" ", ascii_only).strip()[:limit].rstrip()
