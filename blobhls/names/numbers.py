"""Season and episode numbers in the names of files and folders. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.names.titles import shortened, tidy

# S01E02, s1.e2, S01EP02, S01E01-E02, S01E01E02, S01E01-02, S01E01-S01E02 (but not S01E01-720p)
_SXXEYY: Final = re.compile(
    r"(?<![a-z0-9])s([0-9]{1,4})[ ._-]*ep?[ ._-]?([0-9]{1,4})(?![0-9])"
    r"((?:[ ._+&-]{0,3}(?:s[0-9]{1,4})?ep?[0-9]{1,4}(?![0-9])|-[0-9]{1,3}(?![0-9pi]))*)",
    re.IGNORECASE,
)
# Season 1 Episode 2
_WORDS: Final = re.compile(
    r"(?<![a-z])season[ ._-]*([0-9]{1,4})[ ._-]+episode[ ._-]*([0-9]{1,4})()", re.IGNORECASE
)
# 1x02, 1x02-03, 1x02-1x03 (but not 1920x1080)
_CROSS: Final = re.compile(
    r"(?<![a-z0-9])([0-9]{1,2})x([0-9]{2,3})"
    r"((?:-(?:[0-9]{1,2}x)?[0-9]{2,3}|[ ]?[+&-][ ]?[0-9]{1,2}x[0-9]{2,3})?)(?![a-z0-9])",
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
# `- 12.5`: a recap between two episodes
_HALF: Final = re.compile(r"[ _.]-[ _.]*([0-9]{1,4}[.]5)(?=[ _]|[\[(]|$)")
_GROUP: Final = re.compile(r"\[[^\]]{1,60}\][ _.]*(?=[^ _.])")
_BRACKETS: Final = re.compile(
    r"\[[^\]]*\](?:-[a-zA-Z0-9]{2,20}$)?|\((?:[^()]*[0-9]{3,4}[pi][^()]*|[A-Z]{2,4})\)"
)
# `Title S2`, `Title 2nd Season`, before an absolute number
_SEASON_AT_END: Final = re.compile(
    r"[ _.](?:s(?:eason[ _.]?)?([0-9]{1,2})|([0-9]{1,2})(?:st|nd|rd|th)[ _.]season)$", re.IGNORECASE
)
# 01 - Title, 01. Title, 01: only where every file in the folder is numbered so
_LEADING: Final = re.compile(r"[ ._-]*([0-9]{1,3})(?:[ _]?-[ _]|[.][ _]?|[)][ _]|$)")
_EPISODE_WORD: Final = re.compile(
    r"(?:^|(?<=[ ._-]))(?:episode|folge|ep?)[ ._-]{0,2}([0-9]{1,4})(?![0-9])()", re.IGNORECASE
)
# `Title 012`, `Title 104`: a sequel has no such number
_PADDED: Final = re.compile(r"(?<=[ ._])(0[0-9]{1,3}|[0-9]{3})(?=$|[ ._]+-[ ._])")
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

_WORD_NUMBERS: Final = "one|two|three|four|five|six|seven|eight|nine|ten"
_SEASON_FOLDER: Final = re.compile(
    r"(?<![^ ._-])(?:(?:season|series|staffel|saison|temporada|stagione|seizoen"
    r"|sezon|säsong|sæson|sesong|kausi)"
    rf"[ ._-]*(?:(?P<number>[0-9]{{1,4}})|(?P<word>{_WORD_NUMBERS}))"
    r"|s(?P<short>[0-9]{1,4}))"
    r"(?:[ ._(\[-].*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
# `Season 1-3`, `S01-S05`
_SEASONS: Final = re.compile(
    r"s(?:easons?)?[ ._-]*[0-9]{1,2}[ ._]*-[ ._]*(?:s|season)?[ ._]*[0-9]{1,2}(?![0-9a-z])",
    re.IGNORECASE,
)
# `2. Staffel`, `2nd Season`
_SEASON_ORDINAL: Final = re.compile(
    r"([0-9]{1,2})(?:[.]|st|nd|rd|th|ª|e|ème)?[ ._-]*(?:season|staffel|saison|temporada|stagione)",
    re.IGNORECASE,
)
_SEASON_UNSPACED: Final = re.compile("第 ?(?P<number>[0-9]{1,3}) ?[季期部シ]")
_SPECIALS: Final = re.compile(r"specials?|ovas?|oads?|onas?", re.IGNORECASE)

# More episodes than this in one file are a misreading (`S01E02-99 Problems`).
_MAX_EPISODES: Final = 30


class Numbers(msgspec.Struct, frozen=True):
    """The numbers in a name that tell which episode it is."""

    season: int | None
    episodes: tuple[int, ...]  # ascending; empty only if there is a date instead
    before: str  # text before the number, tidied; mostly the name of the series
    after: str  # text after it, tidied; mostly the title of the episode
    aired: str | None = None  # `2019-12-20`, of a show whose episodes have dates


class SeasonFolder(msgspec.Struct, frozen=True):
    """A folder that holds one season."""

    season: int
    before: str  # `Breaking Bad` of `Breaking Bad Season 1`; mostly empty


def read_numbers(stem: str) -> Numbers | None:
    """Return the numbers of a name such as `Show S01E02 Title`, which are clear in any folder."""
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
    if group is None:
        return None
    return read_absolute(stem[group.end() :]) or _read_word(stem[group.end() :])


def read_absolute(stem: str) -> Numbers | None:
    """Return the number of a name such as `Title - 012`, counted across all seasons.

    It is reliable behind a release group's brackets; elsewhere only if the text before it is the
    name of the folder. `Title S2 - 05` also states its season.
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
    half = _HALF.search(stem)
    if half is not None:
        return Numbers(0, (), tidy(stem[: half.start()]), f"Episode {half[1]}")
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
    """Return the date in a name such as `Show 2019-12-20 Guest`."""
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
    """Return the date or number of a name that is only reliable if others look alike."""
    for read in (read_date, read_absolute, _read_word):
        found = read(stem)
        if found is not None:
            return found
    match = _LEADING.match(stem) or _PADDED.search(stem)
    return None if match is None else _with_number(stem, match)


def _read_word(stem: str) -> Numbers | None:
    """Return the number of a name such as `Title E05` or `Episode 5 - Title`."""
    match = _EPISODE_WORD.search(stem)
    return None if match is None else _with_number(stem, match)


def _with_number(stem: str, match: re.Match[str]) -> Numbers:
    before, after = tidy(stem[: match.start()]), _after(stem[match.end() :])
    return Numbers(None, (int(match[1]),), before, after)


def _after(text: str) -> str:
    """Return the title after a number; brackets there hold a group or a source."""
    text = text.lstrip(")]}")
    return tidy(_BRACKETS.sub(" ", text)) if "[" in text or "(" in text else tidy(text)


def _span(first: int, rest: str) -> tuple[int, ...]:
    last = _LAST_NUMBER.search(rest)
    if last is None or not first < int(last[1]) < first + _MAX_EPISODES:
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
            return _with_number(stem, match)
    return None


def read_season_folder(name: str, *, top: bool) -> SeasonFolder | None:
    """Return the season that a folder holds, or None for other folders.

    `Specials` is season 0, except at the `top` of the library, where it is an ordinary folder.
    """
    name = shortened(name)
    if not top and _SPECIALS.fullmatch(name):
        return SeasonFolder(0, "")
    match = _SEASON_FOLDER.search(name)
    if match is None:
        return _season_in_other_words(name)
    if "-" in name and _SEASONS.search(name) is not None:
        return None
    before = tidy(name[: match.start()])
    # `S1` after other words may as well be a model or a class.
    if match["short"] is not None and before and len(match["short"]) != 2:
        return None
    if match["word"] is not None:
        return SeasonFolder(_WORD_NUMBERS.split("|").index(match["word"].lower()) + 1, before)
    return SeasonFolder(int(match["number"] or match["short"]), before)


def _season_in_other_words(name: str) -> SeasonFolder | None:
    """Return the season of a folder called `2. Staffel` or `第2季`."""
    ordinal = _SEASON_ORDINAL.fullmatch(name)
    if ordinal is not None:
        return SeasonFolder(int(ordinal[1]), "")
    unspaced = None if name.isascii() else _SEASON_UNSPACED.search(name)
    if unspaced is None:
        return None
    return SeasonFolder(int(unspaced["number"]), tidy(name[: unspaced.start()]))


def read_season_at_end(name: str) -> SeasonFolder | None:
    """Return the season of a folder called `Title S1`, which has to be confirmed by its files."""
    match = _SEASON_AT_END.search(shortened(name))
    if match is None:
        return None
    return SeasonFolder(int(match[1] or match[2]), tidy(name[: match.start()]))
