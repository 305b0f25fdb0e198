"""`blossom:` URIs: a blob, and hints for where to find it (BUD-10)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlencode

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import BadRequest

_URI: Final = re.compile(r"blossom:([0-9a-f]{64})\.([a-z0-9]{1,10})(?:\?(.*))?", re.DOTALL)
_LONGEST: Final = 8192  # characters
_MOST_FIELDS: Final = 64
_SECURE: Final = "https://"


class BlossomUri(msgspec.Struct, frozen=True):
    """A blob, and hints for where to find it."""

    blob_id: BlobId
    extension: str
    servers: tuple[str, ...] = ()  # `xs`: a host, with a scheme where it is not https
    authors: tuple[str, ...] = ()  # `as`: public keys in hex
    size: int | None = None  # `sz`: bytes

    def __str__(self) -> str:
        """Return the URI."""
        fields = [("xs", server) for server in self.servers]
        fields += [("as", author) for author in self.authors]
        if self.size is not None:
            fields.append(("sz", str(self.size)))
        query = f"?{urlencode(fields, safe=':/[]')}" if fields else ""
        return f"blossom:{self.blob_id}.{self.extension}{query}"


def parse_uri(text: str) -> BlossomUri:
    """Parse a `blossom:` URI; raises `BadRequest`. An invalid size is ignored."""
    match = _URI.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        raise BadRequest("not a URI like blossom:<sha256>.<ext>?xs=<server>")
    try:
        fields = parse_qs(match[3] or "", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise BadRequest("the blossom: URI has too many hints") from None
    size = fields.get("sz", [""])[0]
    return BlossomUri(
        BlobId(match[1]),
        match[2],
        tuple(dict.fromkeys(fields.get("xs", ()))),
        tuple(dict.fromkeys(fields.get("as", ()))),
        int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
    )


def hint_of(base: str) -> str:
    """Return the `xs` hint of a server; `base`: scheme and host."""
    # Without a scheme, clients try https first.
    return base.removeprefix(_SECURE)
