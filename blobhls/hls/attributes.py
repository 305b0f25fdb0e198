"""Attribute lists (RFC 8216 §4.2), and text that is safe to quote in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# RFC 8216 §4.1: no BOM and no control characters. U+2028 and U+2029 are not forbidden, but
# common line splitters (Python's, JavaScript's) break lines at them. Lone surrogates come from
# file names that are not UTF-8 and can't be encoded.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")

_TYPOGRAPHIC: Final = {ord('"'): "\u201d", ord("'"): "\u2019"}

_ATTRIBUTE: Final = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(,|\Z)')


def quotable(text: str) -> str:
    """Return `text` in a form that is safe in a quoted-string: NFC, control characters as spaces.

    Quotation marks and apostrophes become typographic ones: RFC 8216 §4.2 allows `'`, but some
    parsers (hls-parser of npm) take it for a quote and end the value at the next comma. Names come
    from the metadata of files, so they may contain anything. Applying this twice changes nothing.
    """
    text = _UNPRINTABLE.sub(" ", _SURROGATE.sub("\ufffd", text))
    return unicodedata.normalize("NFC", text.translate(_TYPOGRAPHIC))


def quoted(text: str) -> str:
    """Return `quotable(text)` as a quoted-string (RFC 8216 §4.2)."""
    return f'"{quotable(text)}"'


def attribute_list(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Return `NAME=value,…` in the given order, without the pairs whose value is `None`."""
    return ",".join(f"{name}={value}" for name, value in pairs if value is not None)


def parse_attributes(text: str) -> dict[str, str]:
    """Return the attributes of a list; quoted values keep their quotes.

    Raises `ValueError` where the list is malformed or repeats an attribute.
    """
    attributes: dict[str, str] = {}
    position = 0
    separator = ","
    while separator:
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            raise ValueError(f"malformed attribute list at {text[position : position + 20]!r}")
        name, value, separator = match.groups()
        if name in attributes:
            raise ValueError(f"attribute {name} appears twice")
        attributes[name] = value
        position = match.end()
    return attributes


def unquoted(value: str) -> str:
    """Return the content of a quoted-string; raises `ValueError` for anything else."""
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        raise ValueError(f"{value!r} has to be in quotes")
    return value[1:-1]
