"""Renditions that a person chooses between: unique names, and one that is there unasked. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.roles import AUXILIARY, DESCRIBES_VIDEO


def settled(group: Sequence[Rendition]) -> list[Rendition]:
    """Give a group unique titles and at most one default; sound always has one.

    RFC 8216 §4.3.4.1.1. Commentary and audio description are nobody's default while there is
    anything else.
    """
    main = [r for r in group if not {AUXILIARY, DESCRIBES_VIDEO} & {*r.characteristics}]
    chosen = next((r.name for r in main if r.default), None)
    if chosen is None and group and group[0].kind == "audio":
        chosen = (main or group)[0].name
    taken: set[str] = set()
    result = []
    for rendition in group:
        title = _free(rendition.title, taken)
        taken.add(title)
        result.append(
            msgspec.structs.replace(rendition, title=title, default=rendition.name == chosen)
        )
    return result


def _free(title: str, taken: set[str]) -> str:
    """Return the title, or with the first number behind it that makes it another."""
    number, free = 1, title
    while free in taken:
        number += 1
        free = f"{title} {number}"
    return free
