"""Season and episode numbers in the names of files and folders. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.library.titles import tidy

# S01E02, s1.e2, S01EP02, S01E01-E02, S01E01E02, S01E01-02 (but not S01E01-720p)
_SXXEYY: Final = re.compile(
    r"(?<![a-z0-9])s([0-9]{1,4})[ ._-]*ep?[ ._-]?([0-9]{1,4})(?![0-9])"
    r"((?:[ ._-]{0,3}ep?[0-9]{1,4}(?![0-9])|-[0-9]{1,3}(?![0-9pi]))*)",
    re.IGNORECASE,
)
# Season 1 Episode 2
_WORDS: Final = re.compile(
    r"(?<![a-z])season[ ._-]*([0-9]{1,4})[ ._-]+episode[ ._-]*([0-9]{1,4})()", re.IGNORECASE
)
# 1x02, 1x02-03, 1x02-1x03 (but not 1920x1080)
_CROSS: Final = re.compile(
    r"(?<![a-z0-9])([0-9]{1,2})x([0-9]{2,3})((?:-(?:[0-9]{1,2}x)?[0-9]{2,3})?)(?![a-z0-9])",
    re.IGNORECASE,
)
_PATTERNS: Final = (_SXXEYY, _WORDS, _CROSS)
_LAST_NUMBER: Final = re.compile(r"([0-9]+)$")

# Only inside a season folder: `E02 …`, `Episode 2`, `02 - …`, `… 02`.
_IN_SEASON: Final = (
    re.compile(
        r"(?:^|(?<=[ ._-]))(?:episode|folge|ep?)[ ._-]?([0-9]{1,4})(?![0-9])", re.IGNORECASE
    ),
    re.compile(r"^[ ._-]*([0-9]{1,3})(?=[ ._-]|$)"),
    re.compile(r"(?<=[ ._-])([0-9]{1,3})$"),
)

_SEASON_FOLDER: Final = re.compile(
    r"(?P<before>.*?)(?:(?<![^ ._-])(?:season|series|staffel|saison|temporada|stagione|seizoen)"
    r"[ ._-]*(?P<number>[0-9]{1,4})|(?<![^ ._-])s(?P<short>[0-9]{1,4}))(?:[ ._(\[-].*)?",
    re.IGNORECASE | re.DOTALL,
)
_SPECIALS: Final = re.compile(r"specials?", re.IGNORECASE)

# More episodes than that in one file is a misreading (`S01E02-99 Problems`).
_MOST_EPISODES: Final = 30


class Numbers(msgspec.Struct, frozen=True):
    """Where a name says which episode it is."""

    season: int | None
    episodes: tuple[int, ...]  # ascending; never empty
    before: str  # what stands before the number, tidied; mostly the name of the series
    after: str  # what stands after it, tidied; mostly the title of the episode


class SeasonFolder(msgspec.Struct, frozen=True):
    """A folder that holds one season."""

    season: int
    before: str  # `Breaking Bad` of `Breaking Bad Season 1`; mostly empty


def read_numbers(stem: str) -> Numbers | None:
    """Return the numbers of a name such as `Show S01E02 Title`, which are plain anywhere."""
    for pattern in _PATTERNS:
        match = pattern.search(stem)
        if match is not None:
            first = int(match[2])
            return Numbers(
                int(match[1]),
                _span(first, match[3]),
                tidy(stem[: match.start()]),
                tidy(stem[match.end() :]),
            )
    return None


def _span(first: int, rest: str) -> tuple[int, ...]:
    last = _LAST_NUMBER.search(rest)
    if last is None or not first < int(last[1]) < first + _MOST_EPISODES:
        return (first,)
    return tuple(range(first, int(last[1]) + 1))


def read_numbers_in_season(stem: str) -> Numbers | None:
    """Return the numbers of a name inside a season folder, where `02 - Title` is enough."""
    found = read_numbers(stem)
    if found is not None:
        return found
    for pattern in _IN_SEASON:
        match = pattern.search(stem)
        if match is not None:
            before, after = tidy(stem[: match.start()]), tidy(stem[match.end() :])
            return Numbers(None, (int(match[1]),), before, after)
    return None


def read_season_folder(name: str, *, top: bool) -> SeasonFolder | None:
    """Return which season a folder holds, or None for a folder of another kind.

    `Specials` is season 0, except at the `top` of the library, where it is any folder.
    """
    if not top and _SPECIALS.fullmatch(name):
        return SeasonFolder(0, "")
    match = _SEASON_FOLDER.fullmatch(name)
    if match is None:
        return None
    before = tidy(match["before"])
    # `S1` after other words is as likely a model or a class as a season.
    if match["short"] is not None and before and len(match["short"]) != 2:
        return None
    return SeasonFolder(int(match["number"] or match["short"]), before)
