"""Groups of renditions that a viewer chooses from: unique titles and at most one default. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.roles import AUXILIARY, DESCRIBES_VIDEO


def with_unique_titles(group: Sequence[Rendition]) -> list[Rendition]:
    """Give every rendition of a group a unique title, and at most one of them `DEFAULT`.

    RFC 8216 §4.3.4.1.1. Audio always has a default. Commentary and audio description are never
    the default while there is another rendition.
    """
    main = [r for r in group if not {AUXILIARY, DESCRIBES_VIDEO} & {*r.characteristics}]
    chosen = next((r.name for r in main if r.default), None)
    if chosen is None and group and group[0].kind == "audio":
        chosen = (main or group)[0].name
    taken: set[str] = set()
    result = []
    for rendition in group:
        title = _unique_title(rendition.title, taken)
        taken.add(title)
        result.append(
            msgspec.structs.replace(rendition, title=title, default=rendition.name == chosen)
        )
    return result


def _unique_title(title: str, taken: set[str]) -> str:
    """Return the title, with the lowest number appended that makes it unique."""
    number, unique = 1, title
    while unique in taken:
        number += 1
        unique = f"{title} {number}"
    return unique
