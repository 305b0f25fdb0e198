"""Season and episode numbers in the names of files and folders. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.library.titles import tidy

# S01E02, s1.e2, S01EP02, S01E01-E02, S01E01E02, S01E01-02, S01E01-S01E02 (but not S01E01-720p)
_SXXEYY: Final = re.compile(
    r"(?<![a-z0-9])s([0-9]{1,4})[ ._-]*ep?[ ._-]?([0-9]{1,4})(?![0-9])"
    r"((?:[ ._-]{0,3}(?:s[0-9]{1,4})?ep?[0-9]{1,4}(?![0-9])|-[0-9]{1,3}(?![0-9pi]))*)",
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
# [Group] Title - 12v2, [Group] Title - 01-02, [Group]_Title_-_12_[1080p]; no years
_ABSOLUTE: Final = re.compile(
    r"[ _.]-[ _.]*(?:e|ep|episode|#)?[ _.]?((?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{1,4})(?:v[0-9])?"
    r"((?:[ ]?[-~][ ]?[0-9]{1,4}(?![0-9pi]))?)(?=[ _.]|[\[(]|$)",
    re.IGNORECASE,
)
_SPECIAL: Final = re.compile(
    r"[ _.]-[ _.]*(?:ova|oad|ona|sp|specials?)[ _.-]?([0-9]{0,3})(?:v[0-9])?(?=[ _.]|[\[(]|$)",
    re.IGNORECASE,
)
_GROUP: Final = re.compile(r"\[[^\]]{1,60}\][ _.]*(?=[^ _.])")
_BRACKETS: Final = re.compile(r"\[[^\]]*\]|\((?:[^()]*[0-9]{3,4}[pi][^()]*|[A-Z]{2,4})\)")
# `Title S2`, `Title 2nd Season`, before an absolute number
_SEASON_AT_END: Final = re.compile(
    r"[ _.](?:s(?:eason[ _.]?)?([0-9]{1,2})|([0-9]{1,2})(?:st|nd|rd|th)[ _.]season)$", re.IGNORECASE
)
# 01 - Title, 01. Title, 01: only where every file in the folder is numbered so
_LEADING: Final = re.compile(r"[ ._-]*([0-9]{1,3})(?:[ _]?-[ _]|[.][ _]?|[)][ _]|$)")
_EPISODE_WORD: Final = re.compile(
    r"(?:^|(?<=[ ._-]))(?:episode|folge|ep?)[ ._-]?([0-9]{1,4})(?![0-9])()", re.IGNORECASE
)
# 2019-12-20, 2019.12.20, 20.12.2019
_DATE: Final = re.compile(
    r"(?<![0-9])(?:((?:19|20)[0-9]{2})([-._ ])([01][0-9])\2([0-3][0-9])"
    r"|([0-3][0-9])([-.])([01][0-9])\6((?:19|20)[0-9]{2}))(?![0-9])"
)
_LAST_NUMBER: Final = re.compile(r"([0-9]+)$")

# Only inside a season folder: `E02 …`, `Episode 2`, `02 - …`, `… 02`.
_IN_SEASON: Final = (
    _EPISODE_WORD,
    re.compile(r"^[ ._-]*([0-9]{1,3})(?=[ ._-]|$)"),
    re.compile(r"(?<=[ ._-])([0-9]{1,3})$"),
)

_SEASON_FOLDER: Final = re.compile(
    r"(?P<before>.*?)(?:(?<![^ ._-])(?:season|series|staffel|saison|temporada|stagione|seizoen"
    r"|sezon|säsong|sæson|sesong|kausi)"
    r"[ ._-]*(?P<number>[0-9]{1,4})|(?<![^ ._-])s(?P<short>[0-9]{1,4}))(?:[ ._(\[-].*)?",
    re.IGNORECASE | re.DOTALL,
)
_SEASON_UNSPACED: Final = re.compile(
    r"(?P<before>.*?)第 ?(?P<number>[0-9]{1,3}) ?[季期部シ].*", re.DOTALL
)
_SPECIALS: Final = re.compile(r"specials?|ovas?|oads?|onas?", re.IGNORECASE)

# More episodes than that in one file is a misreading (`S01E02-99 Problems`).
_MOST_EPISODES: Final = 30


class Numbers(msgspec.Struct, frozen=True):
    """Where a name says which episode it is."""

    season: int | None
    episodes: tuple[int, ...]  # ascending; empty only where there is a date instead
    before: str  # what stands before the number, tidied; mostly the name of the series
    after: str  # what stands after it, tidied; mostly the title of the episode
    aired: str | None = None  # `2019-12-20`, of a show that is numbered by dates


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
                _after(stem[match.end() :]),
            )
    group = _GROUP.match(stem)
    return None if group is None else read_absolute(stem[group.end() :])


def read_absolute(stem: str) -> Numbers | None:
    """Return the number of a name such as `Title - 012`, counted over all seasons.

    A sure sign behind a release group's brackets; elsewhere only if the text before it is the
    name of the folder. `Title S2 - 05` has its season with it.
    """
    special = _SPECIAL.search(stem)
    if special is not None:
        before, after = tidy(stem[: special.start()]), _after(stem[special.end() :])
        return Numbers(
            0,
            tuple(map(int, filter(None, [special[1]]))),
            before,
            after or tidy(special[0]).strip("- "),
        )
    match = _ABSOLUTE.search(stem)
    if match is None or not stem[: match.start()].strip(" ._-"):
        return None
    head, season = stem[: match.start()], None
    numbered = _SEASON_AT_END.search(head)
    if numbered is not None:
        head, season = head[: numbered.start()], int(numbered[1] or numbered[2])
    episodes = _span(int(match[1]), match[2])
    return Numbers(season, episodes, tidy(head), _after(stem[match.end() :]))


def read_date(stem: str) -> Numbers | None:
    """Return the date that a name such as `Show 2019-12-20 Guest` has."""
    match = _DATE.search(stem)
    if match is None:
        return None
    year, month, day = (
        (match[1], match[3], match[4]) if match[1] else (match[8], match[7], match[5])
    )
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return None
    before, after = tidy(stem[: match.start()]), _after(stem[match.end() :])
    return Numbers(None, (), before, after, f"{year}-{month}-{day}")


def read_weak_numbers(stem: str) -> Numbers | None:
    """Return the date or number of a name that says so only among others of its kind."""
    for read in (read_date, read_absolute):
        found = read(stem)
        if found is not None:
            return found
    for pattern in (_EPISODE_WORD, _LEADING):
        match = pattern.search(stem) if pattern is _EPISODE_WORD else pattern.match(stem)
        if match is not None:
            before, after = tidy(stem[: match.start()]), _after(stem[match.end() :])
            return Numbers(None, (int(match[1]),), before, after)
    return None


def _after(text: str) -> str:
    """Return the title behind a number: what stands in brackets there is a group or a source."""
    text = text.lstrip(")]}")
    return tidy(_BRACKETS.sub(" ", text)) if "[" in text or "(" in text else tidy(text)


def _span(first: int, rest: str) -> tuple[int, ...]:
    last = _LAST_NUMBER.search(rest)
    if last is None or not first < int(last[1]) < first + _MOST_EPISODES:
        return (first,)
    return tuple(range(first, int(last[1]) + 1))


def read_numbers_in_season(stem: str) -> Numbers | None:
    """Return the numbers of a name inside a season folder, where `02 - Title` is enough."""
    found = read_numbers(stem) or read_date(stem) or read_absolute(stem)
    if found is not None:
        return found
    for pattern in _IN_SEASON:
        match = pattern.search(stem)
        if match is not None:
            before, after = tidy(stem[: match.start()]), _after(stem[match.end() :])
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
        unspaced = None if name.isascii() else _SEASON_UNSPACED.fullmatch(name)
        if unspaced is None:
            return None
        return SeasonFolder(int(unspaced["number"]), tidy(unspaced["before"]))
    before = tidy(match["before"])
    # `S1` after other words is as likely a model or a class as a season.
    if match["short"] is not None and before and len(match["short"]) != 2:
        return None
    return SeasonFolder(int(match["number"] or match["short"]), before)
