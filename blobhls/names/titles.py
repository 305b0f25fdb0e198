"""From the text of a file or folder name to a title for viewers. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

UNTITLED: Final = "Untitled"
_MAX_LENGTH: Final = 120  # characters of a name that are used
_END_LENGTH: Final = 40  # of these, characters from its end

# The site that a file was downloaded from, as a prefix of its name.
_SITE: Final = re.compile(r"www\.[a-z0-9-]{1,40}\.[a-z]{2,6}[ ._]*-[ ._]*", re.IGNORECASE)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# `(1995)` or `[1995]`, anywhere but at the start.
_MARKED_YEAR: Final = re.compile(r"[(\[]((?:18|19|20)[0-9]{2})[)\]]")
# `1995` between separators. `2019-12-20` is a date, `2049` is in the future: both stay in titles.
_BARE_YEAR: Final = re.compile(
    r"(?<=[ ._-])(19[0-9]{2}|20[0-3][0-9])(?=[ ._\-\[({]|$)(?![-._][0-9]{2}(?:[-._]|$))"
)
# Words that occur only in release names: the title ends before the first of them.
_STRONG: Final = (
    r"(?:2160|1440|1080|720|576|540|480|360|240)[pi]|uhd"
    r"|blu-?ray|bdrip|brrip|bdremux|remux|web-?dl|web-?rip|hdtv|pdtv|dvd-?rip|dvdscr|hdrip"
    r"|x26[45]|xvid|divx"
)
# Words that may also occur in a title (`multiple-aac-tracks`): they end it only if only such words
# follow.
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
    """A name for viewers, and the year next to it."""

    text: str  # never empty, valid Unicode, NFC, one line
    year: int | None


def printable(text: str) -> str:
    """Return `text` in a form that is safe for JSON, a log line and a screen.

    Bytes that are not UTF-8 (lone surrogates, as from `os.fsdecode`) are read as Latin-1, which
    such old names mostly are; control characters become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", _SURROGATE.sub(_latin1, text)))


def _latin1(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return chr(byte) if 0xA0 <= byte <= 0xFF else "\ufffd"


def shortened(name: str) -> str:
    """Return a name without its middle if it is very long.

    The most informative parts are at both ends. Names of 255 characters, the maximum of file
    systems, would take three times as long as everything else that is done for a file.
    """
    if len(name) <= _MAX_LENGTH:
        return name
    return f"{name[: _MAX_LENGTH - _END_LENGTH].rstrip()} … {name[-_END_LENGTH:].lstrip()}"


def stem_of(name: str) -> str:
    """Return a file's name for parsing: shortened, without extension and site."""
    stem = name.rpartition(".")[0] or name
    if stem[:4].lower() == "www.":
        stem = _SITE.sub("", stem) or stem
    return shortened(stem)


def read_title(name: str) -> Title:
    """Return title and year of a file stem or folder name.

    Everything after the year is left out, and everything from the first release word on. A year
    without brackets counts only in the usual places of release names: at the end, before a release
    word, or between dots.
    """
    text = printable(shortened(name))
    found = year_in(text)
    head = text if found is None else text[: found.start()]
    title = (
        _tidy_unless_empty(head)
        or _tidy_unless_empty(text)
        or _spaced(_BRACKET.sub(" ", text))
        or UNTITLED
    )
    return Title(title, None if found is None else int(found[1]))


def year_in(text: str) -> re.Match[str] | None:
    """Return the last year in a printable text with a title before it; its digits are group 1."""
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


def _tidy_unless_empty(text: str) -> str:
    release = _RELEASE.search(text)
    if release is not None and _spaced(text[: release.start()]):
        text = text[: release.start()]
    return _without_brackets(text)


def _without_brackets(text: str) -> str:
    if "[" in text or "{" in text:
        # A film may be called [REC]: brackets are dropped only if other text is left.
        text = _spaced(_BRACKETS.sub(" ", text)) or _BRACKET.sub(" ", text)
    return _spaced(text)


def _spaced(text: str) -> str:
    """Return words with single spaces; dots separate words only if there are no spaces."""
    text = text.replace("_", " ").strip(" -.")
    if " " not in text:
        text = text.replace(".", " ")
    return _SPACES.sub(" ", text).strip(" -").rstrip("([{ -")


def match_key(title: str) -> str:
    """Return the common form of all spellings of a title: letters and digits, folded."""
    return _NOT_WORD.sub(" ", _folded(title)).strip()


def natural_key(text: str) -> str:
    """Return a key that sorts `2` before `10` and ignores accents and case."""
    return _DIGITS.sub(lambda match: match[0].lstrip("0").rjust(12, "0"), _folded(printable(text)))


def sort_title(title: str) -> str:
    """Return the text that a show is sorted by: natural order, without a leading article."""
    key = natural_key(title)
    article = _ARTICLE.match(key)
    return key if article is None else key[article.end() :]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
