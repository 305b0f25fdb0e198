"""What lies beside a film or series without being it: trailers, deleted scenes, …. Pure."""

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
# Titles end in ` trailer` or `_short` as well; of the words only a trailer is known by those.
_SUFFIX: Final = re.compile(
    rf"(?:-(?P<kind>{'|'.join(_SUFFIXES)})s?|[._ ](?P<loose>trailer))[ ._-]?[0-9]*\Z",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(r"(?:movie-)?(trailer|teaser)s?[ ._-]?[0-9]*", re.IGNORECASE)
# Openings and endings without credits, as anime releases have them.
_CLEAN: Final = re.compile(
    r"(?:^|[ _.-])(?:NC ?(?:OP|ED)|Creditless (?:Opening|Ending))[ _]?[0-9]*[a-z]?(?=[ _.\[(v-]|$)",
    re.IGNORECASE,
)


class ExtraName(msgspec.Struct, frozen=True):
    """A file name that promises an extra."""

    kind: ExtraKind
    base: str  # what stands before the suffix: of what it is, or what it is called; may be ""
    certain: bool  # what it is of need not be there: `NCOP1`


class ExtrasFolder(msgspec.Struct, frozen=True):
    """A folder of extras, as its path tells; only if what is above it is a film or series."""

    home: str  # path of the folder above
    kind: ExtraKind


def read_extra(stem: str) -> ExtraName | None:
    """Return what kind of extra a file stem says it is, or None."""
    alone = _ALONE.fullmatch(stem)
    if alone is not None:
        return ExtraName("trailer", "", certain=False)
    found = _SUFFIX.search(stem)
    base = "" if found is None else stem[: found.start()]
    if found is not None and base.strip(" ._-"):
        kind = _SUFFIXES[(found["kind"] or found["loose"]).lower()]
        return ExtraName(kind, base, certain=False)
    if _CLEAN.search(stem) is not None:
        return ExtraName("other", stem, certain=True)
    return None


def read_extras_folder(parts: Sequence[str]) -> ExtrasFolder | None:
    """Return what kind of extras a folder holds whose path is `parts`, or None.

    A series may well be called Extras: a folder with a season below it holds no extras.
    """
    for depth in range(len(parts) - 1, 0, -1):
        kind = EXTRA_FOLDERS.get(parts[depth].lower().replace("_", " ").replace("-", " "))
        if kind is not None:
            below = (read_season_folder(part, top=False) for part in parts[depth + 1 :])
            return None if any(below) else ExtrasFolder("/".join(parts[:depth]), kind)
    return None
