"""Entity tags and the conditions on them (RFC 9110 §8.8.3, §13). A blob's tag is its hash."""

from __future__ import annotations

import re
from typing import Final

# entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE; a comma may be inside (RFC 9110 §8.8.3).
_ENTITY_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag_of(opaque: str) -> str:
    """Return a strong entity tag: `opaque` in quotes."""
    return f'"{opaque}"'


def is_current(if_none_match: str | None, opaque: str) -> bool:
    """Tell whether the client's version is current: the answer is 304 (RFC 9110 §13.1.2).

    `if_none_match` is a list of tags, weak ones included, or `*`. The comparison is weak.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip(" \t") == "*":
        return True
    return any(found[2] == opaque for found in _ENTITY_TAG.finditer(if_none_match))


def range_applies(if_range: str | None, opaque: str) -> bool:
    """Tell whether a `Range` may be honoured (RFC 9110 §13.1.5); otherwise all bytes are sent.

    The comparison is strong. A date never matches, as blobs have no `Last-Modified`.
    """
    return if_range is None or if_range.strip(" \t") == etag_of(opaque)
