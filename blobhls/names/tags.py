"""What names say beside the title: ids, editions, versions and parts. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.names.titles import Title, printable, read_title, same_key, year_in

Ids = tuple[tuple[str, str], ...]  # provider (imdb, tmdb, tvdb, …) and value, by provider

# [imdbid-tt0113277], {tmdb-949}, [tvdbid=71470], and imdb's own ids alone
_ID: Final = re.compile(
    r"[\[{(](?:(imdb|tmdb|tvdb|anidb|anilist|tvmaze|mal)(?:id)?[-=:](tt[0-9]{5,10}|[0-9]{1,10})"
    r"|(tt[0-9]{5,10}))[\]})]",
    re.IGNORECASE,
)
_EDITION: Final = re.compile(r"\{edition-([^{}]{1,80})\}", re.IGNORECASE)

# What tells one version of a film from another, as files spell it, and as it is shown.
_WORDS: Final = {
    r"(?:2160|1440|1080|720|576|480|360)[pi]": None,
    r"4k|uhd": "4K",
    r"8k": "8K",
    r"hdr10\+?|hdr": "HDR",
    r"dolby[ ._-]?vision|dovi": "Dolby Vision",
    r"3d|h-?sbs|h-?tab|h-?ou": "3D",
    r"imax(?:[ ._-]edition)?": "IMAX",
    r"remux|bdremux": "Remux",
    r"blu-?ray|bdrip|brrip": "Blu-ray",
    r"web-?dl|web-?rip": "WEB",
    r"dvd-?rip": "DVD",
    r"hdtv": "HDTV",
    r"director'?s[ ._-]cut|dc": "Director's Cut",
    r"final[ ._-]cut": "Final Cut",
    r"extended(?:[ ._-](?:cut|edition|version))?": "Extended",
    r"theatrical(?:[ ._-](?:cut|edition|version|release))?": "Theatrical",
    r"unrated(?:[ ._-](?:cut|edition|version))?": "Unrated",
    r"uncut": "Uncut",
    r"(?:special|ultimate|collector'?s|anniversary|criterion)[ ._-](?:cut|edition)": "",
    r"(?:assembly|european|international|rough)[ ._-]cut|redux|workprint": "",
    r"remastered": "Remastered",
    r"black[ ._-](?:and|&)[ ._-](?:white|chrome)": "",
}
_VERSION: Final = re.compile(
    r"(?<![^ ._\-(\[])(?=[1-9a-ir-w])(?:"
    + "|".join(f"({words})" for words in _WORDS)
    + r")(?![^ ._\-)\]])",
    re.IGNORECASE,
)
_SHOWN: Final = tuple(_WORDS.values())
_SPELLED: Final = re.compile(r"[ ._]+")
_LINES: Final = re.compile(r"([0-9]{3,4})[pi]$", re.IGNORECASE)
_LINES_OF: Final = {"8K": 4320, "4K": 2160}

# cd1, disc 2, part3, pt 1 at the end; what follows may only be release words and brackets.
_PART: Final = re.compile(
    r"(?:^|(?<![ ._-])(?P<before>[ ._-]+))[(\[]?(?P<word>cd|dvd|dis[ck]|part|pt)(?P<gap>[ ._-]*)"
    r"(?P<number>[0-9]{1,2})[)\]]?"
    r"(?=$|[ ._-]*[\[({]|[ ._-]+-[ ]"
    r"|[ ._-]+(?:[0-9]{3,4}[pi]|blu|b[dr]rip|web|dvd|hd(?:tv|rip)|x26|h\.?26|xvid|divx|ac3|dts))",
    re.IGNORECASE,
)


class Version(msgspec.Struct, frozen=True):
    """Which version of something a name speaks of."""

    base: str  # the name without the version at its end; what the title is read from
    label: str  # `1080p`, `Director's Cut`; "" if the name says nothing
    words: str  # what else stands between title and label, folded: other words, other film
    free: bool  # the label is no known one: a version only in a folder of that very name


class Part(msgspec.Struct, frozen=True):
    """A file that is one of several to be played in sequence."""

    base: str  # the name without the part
    number: int
    certain: bool  # a disc, or tied to the name: `-cd1`, not a sequel's `Part 2`


def read_ids(name: str) -> Ids:
    """Return the ids in a name's brackets, by provider; the first counts where one has two."""
    if "[" not in name and "{" not in name and "(tt" not in name:
        return ()
    found: dict[str, str] = {}
    for match in _ID.finditer(name):
        provider, value = (match[1] or "imdb").lower(), (match[2] or match[3]).lower()
        if value.startswith("tt") == (provider == "imdb"):
            found.setdefault(provider, value)
    return tuple(sorted(found.items()))


def read_edition(name: str) -> str:
    """Return what `{edition-…}` says, or ""."""
    found = _EDITION.search(name) if "{" in name else None
    return "" if found is None else " ".join(printable(found[1]).split())


def read_part(stem: str) -> Part | None:
    """Return which part a name ends in, if any; whether it is one, its neighbours must tell."""
    found = _PART.search(stem)
    if found is None:
        return None
    disc = found["word"].lower() not in {"part", "pt"}
    tied = found["before"] in {"-", ".", "_"} and not found["gap"]
    base = stem[: found.start()] + stem[found.end() :]
    return Part(base, int(found["number"]), disc or (tied and found["before"] == "-"))


def read_version(stem: str, home: Title) -> Version:
    """Split a name into what the film is called and which version this is.

    `home`: what its folder is called. If that has a year, ` - Anything` behind the same name is a
    version, as Jellyfin and Plex have it.
    """
    head, dash, tail = stem.rpartition(" - ")
    if dash and head.strip() and (label := known_label(tail)) and not _leftover(tail):
        return _behind(head, label)
    if dash and head.strip() and " - " not in head and tail.strip() and _is_named(head, home):
        return Version(head, _free(tail), "", free=True)
    return _behind(stem, "")


def _behind(stem: str, label: str) -> Version:
    """Return the version of a name that has its label, if any, among release words."""
    year = year_in(printable(stem))
    if year is None:
        first = _VERSION.search(stem)
        if first is None or first.start() == 0:
            return Version(stem, label, "", free=False)
        return Version(stem, label or known_label(stem[first.start() :]), "", free=False)
    tail = stem[year.end() :]
    found = _VERSION.search(tail)
    between = tail if found is None else tail[: found.start()]
    words = same_key(re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", between))
    return Version(stem, label or known_label(tail), words, free=False)


def known_label(text: str) -> str:
    """Return the words in `text` that tell versions apart, as they are shown; "" if none."""
    labels: dict[str, None] = {}
    for found in _VERSION.finditer(text):
        shown = _SHOWN[(found.lastindex or 1) - 1]
        spelled = _SPELLED.sub(" ", found[0])
        labels[spelled.lower() if shown is None else shown or spelled.title()] = None
    return " ".join(labels)


def _leftover(text: str) -> str:
    """Return what `text` says beside versions, sources and groups in brackets."""
    rest = re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", _VERSION.sub(" ", text))
    return same_key(rest)


def _is_named(head: str, home: Title) -> bool:
    """Whether a folder has the title and the year that a name begins with."""
    if home.year is None:
        return False
    title = read_title(head)
    if title.year not in {None, home.year}:
        return False
    return same_key(home.text) == same_key(title.text)


def _free(tail: str) -> str:
    return _SPELLED.sub(" ", re.sub(r"[\[\]{}]", " ", printable(tail))).strip()


def lines_of(label: str) -> int:
    """Return how many lines of picture a label promises, for sorting; 0 if it promises none."""
    for word in label.split():
        found = _LINES.match(word)
        if found is not None:
            return int(found[1])
        if word in _LINES_OF:
            return _LINES_OF[word]
    return 0
