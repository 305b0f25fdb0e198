"""From the text of a file or folder name to what a person would call it. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

UNTITLED: Final = "Untitled"
_LONGEST: Final = 120  # characters of a name that are looked at
_ENDING: Final = 40  # of them, from its end

# Where somebody found a file, put in front of its name.
_SITE: Final = re.compile(r"www\.[a-z0-9-]{1,40}\.[a-z]{2,6}[ ._]*-[ ._]*", re.IGNORECASE)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# `(1995)` or `[1995]`, anywhere but at the start.
_MARKED_YEAR: Final = re.compile(r"[(\[]((?:18|19|20)[0-9]{2})[)\]]")
# `1995` between separators; `2019-12-20` is a date and `2049` no year yet: they stay in the title.
_BARE_YEAR: Final = re.compile(
    r"(?<=[ ._-])(19[0-9]{2}|20[0-3][0-9])(?=[ ._\-\[({]|$)(?![-._][0-9]{2}(?:[-._]|$))"
)
# Words that only a release name has: the title ends before the first of them.
_STRONG: Final = (
    r"(?:2160|1440|1080|720|576|540|480|360|240)[pi]|uhd"
    r"|blu-?ray|bdrip|brrip|bdremux|remux|web-?dl|web-?rip|hdtv|pdtv|dvd-?rip|dvdscr|hdrip"
    r"|x26[45]|xvid|divx"
)
# Words that a title may have as well (`multiple-aac-tracks`): they end it only where nothing but
# other such words follows.
_WEAK: Final = (
    r"4k|hdr10\+?|hdr|sdr|dolby[ ._]vision|h\.?26[45]|hevc|avc|av1|vp9|(?:8|10)-?bit"
    r"|aac[0-9.]*|e?ac3|dts(?:-hd)?|ddp?[0-9]\.[0-9]|truehd|atmos|proper|repack|rerip|dubbed|subbed"
    r"|(?:english|french|german|italian|multi|spanish)[ ._](?:dl|dubbed|ml|subbed)"
)
_RELEASE: Final = re.compile(
    rf"(?<=[ ._\-(\[])(?=[1-9a-imprstuvwx])(?:(?:{_STRONG})(?=$|[ ._\-)\]\[])"
    rf"|(?:{_WEAK})(?=[ ._\-)\]]*$|[ ._\-)\]]+(?:{_STRONG}|{_WEAK})(?:$|[ ._\-)\]\[])))",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"\[[^\]]*\]|\{[^}]*\}")  # ids, editions, release groups
_BRACKET: Final = re.compile(r"[\[\]{}]")
_SPACES: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"[0-9]+")
_ARTICLE: Final = re.compile(r"(?:the|an?) (?=\S)")
_NOT_WORD: Final = re.compile(r"[\W_]+")


class Title(msgspec.Struct, frozen=True):
    """A name for people, and the year that stood beside it."""

    text: str  # never empty, valid Unicode, NFC, one line
    year: int | None


def printable(text: str) -> str:
    """Return `text` fit for JSON, a log line and a screen.

    Bytes that are not UTF-8 (lone surrogates, as `os.fsdecode` gives them) are read as Latin-1,
    which is what such old names mostly are; control characters become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", _SURROGATE.sub(_latin1, text)))


def _latin1(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return chr(byte) if 0xA0 <= byte <= 0xFF else "\ufffd"


def bounded(name: str) -> str:
    """Return a name without its middle if it is longer than anybody reads.

    What says most stands at both ends. Names of 255 characters, the most that file systems have,
    would take three times as long as anything else that is done for a file.
    """
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - _ENDING].rstrip()} … {name[-_ENDING:].lstrip()}"


def stem_of(name: str) -> str:
    """Return a file's name as it is to be read: bounded, without extension and site."""
    stem = name.rpartition(".")[0] or name
    if stem[:4].lower() == "www.":
        stem = _SITE.sub("", stem) or stem
    return bounded(stem)


def read_title(name: str) -> Title:
    """Return title and year of a file stem or folder name.

    Whatever follows the year is left out, as is everything from the first release word on. A year
    without brackets counts only where a release name would have it: at the end, before a release
    word, or between dots.
    """
    text = printable(bounded(name))
    found = year_in(text)
    head = text if found is None else text[: found.start()]
    title = _tidy(head) or _tidy(text) or _spaced(_BRACKET.sub(" ", text)) or UNTITLED
    return Title(title, None if found is None else int(found[1]))


def year_in(text: str) -> re.Match[str] | None:
    """Return the last year in a printable text that has a title before it, digits in group 1."""
    for match in reversed(list(_MARKED_YEAR.finditer(text))):
        if _spaced(_BRACKET.sub(" ", text[: match.start()])):
            return match
    for match in reversed(list(_BARE_YEAR.finditer(text))):
        rest = text[match.end() :].lstrip(" ._-")
        ends = not rest or rest[0] in "[({" or " " not in text.strip()
        ends = ends or _RELEASE.match(f" {rest}", 1) is not None
        if ends and _spaced(text[: match.start()]):
            return match
    return None


def tidy(text: str) -> str:
    """Return `text` up to the first release word, without brackets and separators; may be empty."""
    text = printable(text)
    release = _RELEASE.search(text)
    return _without_brackets(text if release is None else text[: release.start()])


def _tidy(text: str) -> str:
    release = _RELEASE.search(text)
    if release is not None and _spaced(text[: release.start()]):
        text = text[: release.start()]
    return _without_brackets(text)


def _without_brackets(text: str) -> str:
    if "[" in text or "{" in text:
        # A film may be called [REC]: brackets go only where something else is left.
        text = _spaced(_BRACKETS.sub(" ", text)) or _BRACKET.sub(" ", text)
    return _spaced(text)


def _spaced(text: str) -> str:
    """Return words between single spaces; dots separate words only where spaces don't."""
    text = text.replace("_", " ").strip(" -.")
    if " " not in text:
        text = text.replace(".", " ")
    return _SPACES.sub(" ", text).strip(" -").rstrip("([{ -")


def same_key(title: str) -> str:
    """Return what two spellings of one title have in common: letters and digits, folded."""
    return _NOT_WORD.sub(" ", _folded(title)).strip()


def natural_key(text: str) -> str:
    """Return a text that sorts as people count, `2` before `10`, accents and case aside."""
    return _DIGITS.sub(lambda match: match[0].lstrip("0").rjust(12, "0"), _folded(printable(text)))


def sort_title(title: str) -> str:
    """Return the text that a show sorts by: natural order, a leading English article left out."""
    key = natural_key(title)
    article = _ARTICLE.match(key)
    return key if article is None else key[article.end() :]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
