"""Free text as an FTS5 query. Pure."""

from __future__ import annotations

import re
from typing import Final

# Scripts without spaces: each character is a word of its own; else only whole runs would match.
_UNSPACED: Final = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])")
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def indexed(text: str) -> str:
    """Return `text` as it is written into the FTS5 table."""
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def match_expression(search: str) -> str | None:
    """Return the FTS5 query for shows that have every word of `search` as a prefix.

    Each word is quoted, so nothing in it is syntax (https://sqlite.org/fts5.html §3.1). None if
    there is no word in it: such a search finds nothing.
    """
    words = _UNSAFE.sub(" ", search).split()
    phrases = [
        '"{}"*'.format(indexed(word).replace('"', '""'))
        for word in words
        if any(char.isalnum() for char in word)
    ]
    return " ".join(phrases) or None
