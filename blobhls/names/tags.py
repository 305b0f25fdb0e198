"""Information in names beside the title: ids, editions, versions and parts. Pure."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from blobhls.names.titles import Title, match_key, printable, read_title, year_in

Ids = tuple[tuple[str, str], ...]  # provider (imdb, tmdb, tvdb, …) and value, by provider

# [imdbid-tt0113277], {tmdb-949}, [tvdbid=71470], and imdb's own ids alone
_ID: Final = re.compile(
    r"[\[{(](?:(imdb|tmdb|tvdb|anidb|anilist|tvmaze|mal)(?:id)?[-=:](tt[0-9]{5,10}|[0-9]{1,10})"
    r"|(tt[0-9]{5,10}))[\]})]",
    re.IGNORECASE,
)
_EDITION: Final = re.compile(r"\{edition-([^{}]{1,80})\}", re.IGNORECASE)

# Words that distinguish versions of a film, and how they are displayed.
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
_DISPLAYED: Final = tuple(_WORDS.values())
_SEPARATORS: Final = re.compile(r"[ ._]+")
_LINES: Final = re.compile(r"([0-9]{3,4})[pi]$", re.IGNORECASE)
_LINES_BY_LABEL: Final = {"8K": 4320, "4K": 2160}

# cd1, disc 2, part3, pt 1 at the end; only release words and brackets may follow.
_PART: Final = re.compile(
    r"(?:^|(?<![ ._-])(?P<before>[ ._-]+))[(\[]?(?P<word>cd|dvd|dis[ck]|part|pt)(?P<gap>[ ._-]*)"
    r"(?P<number>[0-9]{1,2})[)\]]?"
    r"(?=$|[ ._-]*[\[({]|[ ._-]+-[ ]"
    r"|[ ._-]+(?:[0-9]{3,4}[pi]|blu|b[dr]rip|web|dvd|hd(?:tv|rip)|x26|h\.?26|xvid|divx|ac3|dts))",
    re.IGNORECASE,
)


class Version(msgspec.Struct, frozen=True):
    """The version that a name states."""

    base: str  # the name without the version at its end; the title is read from it
    label: str  # `1080p`, `Director's Cut`; "" if the name states none
    words: str  # other words between title and label, folded: they make it another film
    is_custom: bool  # the label is not a known one: a version only in a folder of exactly this name


class Part(msgspec.Struct, frozen=True):
    """A file that is one of several to be played in sequence."""

    base: str  # the name without the part
    number: int
    certain: bool  # a disc, or attached to the name: `-cd1`; not a sequel's `Part 2`


def read_ids(name: str) -> Ids:
    """Return the ids in a name's brackets, by provider; the first one of each."""
    if "[" not in name and "{" not in name and "(tt" not in name:
        return ()
    found: dict[str, str] = {}
    for match in _ID.finditer(name):
        provider, value = (match[1] or "imdb").lower(), (match[2] or match[3]).lower()
        if value.startswith("tt") == (provider == "imdb"):
            found.setdefault(provider, value)
    return tuple(sorted(found.items()))


def read_edition(name: str) -> str:
    """Return the text of `{edition-…}`, or ""."""
    found = _EDITION.search(name) if "{" in name else None
    return "" if found is None else " ".join(printable(found[1]).split())


def read_part(stem: str) -> Part | None:
    """Return the part that a name ends in, or None; its neighbours decide whether it counts."""
    found = _PART.search(stem)
    if found is None:
        return None
    disc = found["word"].lower() not in {"part", "pt"}
    attached = found["before"] in {"-", ".", "_"} and not found["gap"]
    base = stem[: found.start()] + stem[found.end() :]
    return Part(base, int(found["number"]), disc or (attached and found["before"] == "-"))


def read_version(stem: str, home: Title) -> Version:
    """Split a name into the film's title and its version.

    `home`: the title of its folder. If that has a year, ` - Anything` after the same name is a
    version, as in Jellyfin and Plex.
    """
    head, dash, tail = stem.rpartition(" - ")
    if dash and head.strip() and (label := known_label(tail)) and not _other_words(tail):
        return _version_in_release_words(head, label)
    if dash and head.strip() and " - " not in head and tail.strip() and _is_named_as(head, home):
        return Version(head, _custom_label(tail), "", is_custom=True)
    return _version_in_release_words(stem, "")


def _version_in_release_words(stem: str, label: str) -> Version:
    """Return the version of a name whose label, if any, is among its release words."""
    year = year_in(printable(stem))
    if year is None:
        first = _VERSION.search(stem)
        if first is None or first.start() == 0:
            return Version(stem, label, "", is_custom=False)
        return Version(stem, label or known_label(stem[first.start() :]), "", is_custom=False)
    tail = stem[year.end() :]
    found = _VERSION.search(tail)
    between = tail if found is None else tail[: found.start()]
    words = match_key(re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", between))
    return Version(stem, label or known_label(tail), words, is_custom=False)


def known_label(text: str) -> str:
    """Return the words in `text` that distinguish versions, as displayed; "" if none."""
    labels: dict[str, None] = {}
    for found in _VERSION.finditer(text):
        displayed = _DISPLAYED[(found.lastindex or 1) - 1]
        spelled = _SEPARATORS.sub(" ", found[0])
        labels[spelled.lower() if displayed is None else displayed or spelled.title()] = None
    return " ".join(labels)


def _other_words(text: str) -> str:
    """Return the rest of `text` without versions, sources and groups in brackets."""
    rest = re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", _VERSION.sub(" ", text))
    return match_key(rest)


def _is_named_as(head: str, home: Title) -> bool:
    """Whether a folder has the title and the year that a name begins with."""
    if home.year is None:
        return False
    title = read_title(head)
    if title.year not in {None, home.year}:
        return False
    return match_key(home.text) == match_key(title.text)


def _custom_label(tail: str) -> str:
    return _SEPARATORS.sub(" ", re.sub(r"[\[\]{}]", " ", printable(tail))).strip()


def vertical_resolution(label: str) -> int:
    """Return the number of lines that a label states, for sorting; 0 if it states none."""
    for word in label.split():
        found = _LINES.match(word)
        if found is not None:
            return int(found[1])
        if word in _LINES_BY_LABEL:
            return _LINES_BY_LABEL[word]
    return 0
