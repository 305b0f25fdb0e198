"""Extras of a film or series: trailers, deleted scenes, …. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from blobhls.names.numbers import read_season_folder

ExtraKind = Literal[
    "trailer", "featurette", "behind-the-scenes", "deleted-scene", "interview", "scene", "short",
    "clip", "other",
]  # fmt: skip

EXTRA_FOLDERS: Final[dict[str, ExtraKind]] = {
    "trailer": "trailer",
    "trailers": "trailer",
    "featurette": "featurette",
    "featurettes": "featurette",
    "behind the scenes": "behind-the-scenes",
    "behindthescenes": "behind-the-scenes",
    "making of": "behind-the-scenes",
    "deleted scenes": "deleted-scene",
    "deleted": "deleted-scene",
    "interviews": "interview",
    "interview": "interview",
    "scenes": "scene",
    "shorts": "short",
    "clips": "clip",
    "other": "other",
    "others": "other",
    "extras": "other",
    "extra": "other",
    "bonus": "other",
    "special features": "other",
}
_SUFFIXES: Final[dict[str, ExtraKind]] = {
    "trailer": "trailer",
    "teaser": "trailer",
    "featurette": "featurette",
    "behindthescenes": "behind-the-scenes",
    "deletedscene": "deleted-scene",
    "deleted": "deleted-scene",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "clip": "clip",
    "extra": "other",
    "other": "other",
}
# Titles may also end in ` trailer` or `_short`; with those separators, only `trailer` counts.
_SUFFIX: Final = re.compile(
    rf"(?:-(?P<kind>{'|'.join(_SUFFIXES)})s?|[._ ](?P<loose>trailer))[ ._-]?[0-9]*\Z",
    re.IGNORECASE,
)
_BARE_TRAILER: Final = re.compile(r"(?:movie-)?(trailer|teaser)s?[ ._-]?[0-9]*", re.IGNORECASE)
# Openings and endings without credits, as in anime releases.
_CREDITLESS: Final = re.compile(
    r"(?:^|[ _.-])(?:NC ?(?:OP|ED)|Creditless (?:Opening|Ending))[ _]?[0-9]*[a-z]?(?=[ _.\[(v-]|$)",
    re.IGNORECASE,
)


class ExtraName(msgspec.Struct, frozen=True):
    """A file name that marks an extra."""

    kind: ExtraKind
    base: str  # the name before the suffix: the extra's owner or its own title; may be ""
    certain: bool  # the name is clear even without the owner being there: `NCOP1`


class ExtrasFolder(msgspec.Struct, frozen=True):
    """A folder of extras, by its path; valid only if the folder above is a film or series."""

    home: str  # path of the folder above
    kind: ExtraKind


def read_extra(stem: str) -> ExtraName | None:
    """Return the kind of extra that a file stem marks, or None."""
    bare = _BARE_TRAILER.fullmatch(stem)
    if bare is not None:
        return ExtraName("trailer", "", certain=False)
    found = _SUFFIX.search(stem)
    base = "" if found is None else stem[: found.start()]
    if found is not None and base.strip(" ._-"):
        kind = _SUFFIXES[(found["kind"] or found["loose"]).lower()]
        return ExtraName(kind, base, certain=False)
    if _CREDITLESS.search(stem) is not None:
        return ExtraName("other", stem, certain=True)
    return None


def read_extras_folder(parts: Sequence[str]) -> ExtrasFolder | None:
    """Return the kind of extras in the folder whose path is `parts`, or None.

    A series may be called Extras: a folder with a season below it holds no extras.
    """
    for depth in range(len(parts) - 1, 0, -1):
        kind = EXTRA_FOLDERS.get(parts[depth].lower().replace("_", " ").replace("-", " "))
        if kind is not None:
            below = (read_season_folder(part, top=False) for part in parts[depth + 1 :])
            return None if any(below) else ExtrasFolder("/".join(parts[:depth]), kind)
    return None
