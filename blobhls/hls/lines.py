"""Building blocks of the playlist parser: lines, and attributes by the field they fill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final, TypeVar

from blobhls.hls.attributes import unquoted
from blobhls.hls.playlist import NO_CAPTIONS, NoCaptions

_Value = TypeVar("_Value")

_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_INTEGER: Final = re.compile(r"[0-9]{1,20}")
_RESOLUTION: Final = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")


class PlaylistError(ValueError):
    """Text that is not a playlist of the expected kind. `line` counts from 1; 0: all of it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line that is not empty (RFC 8216 §4.1)."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] != "#EXTM3U":
        raise PlaylistError(1, "a playlist begins with #EXTM3U")
    for number, line in enumerate(lines[1:], start=2):
        if line:
            yield number, line


def read_lines(text: str, handle: Callable[[str, str], None]) -> None:
    """Pass every line to `handle` as (tag, value); the tag of a URI line is empty."""
    for number, line in numbered_lines(text):
        try:
            if line.startswith("#EXT"):
                tag, _, value = line[1:].partition(":")
                handle(tag, value)
            elif not line.startswith("#"):
                handle("", line)
        except ValueError as error:
            raise PlaylistError(number, str(error)) from error


def finish_reading(finish: Callable[[], _Value]) -> _Value:
    """Return the result of `finish`; its `ValueError` becomes a `PlaylistError` without a line."""
    try:
        return finish()
    except ValueError as error:
        raise PlaylistError(0, str(error)) from error


def build_value(kind: Callable[..., _Value], fields: dict[str, Any]) -> _Value:
    """Return a `kind` with these fields; raises `ValueError` for a missing attribute."""
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"a required attribute is missing: {error}") from error


AttributeFields = dict[str, tuple[str, Callable[[str], Any]]]


def fields_of(attributes: dict[str, str], expected: AttributeFields) -> dict[str, Any]:
    """Return values by field name; `expected` gives the field and the parser of each attribute."""
    fields = {}
    for name, value in attributes.items():
        if name not in expected:
            raise ValueError(f"attribute {name} is not supported here")
        field, read = expected[name]
        fields[field] = read(value)
    return fields


def full_match(pattern: re.Pattern[str], value: str, what: str) -> re.Match[str]:
    """Return the match of the whole `value`; raises `ValueError` that names `what` is expected."""
    match = pattern.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is no {what}")
    return match


def integer(value: str) -> int:
    """Return a decimal-integer (RFC 8216 §4.2); raises `ValueError`."""
    return int(full_match(_INTEGER, value, "integer")[0])


def decimal(value: str) -> Fraction:
    """Return a decimal-floating-point, exactly (RFC 8216 §4.2); raises `ValueError`."""
    return Fraction(full_match(_DECIMAL, value, "decimal number")[0])


def _resolution(value: str) -> tuple[int, int]:
    match = full_match(_RESOLUTION, value, "resolution")
    return int(match[1]), int(match[2])


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
        return value

    return read


def _yes_or_no(value: str) -> bool:
    return _one_of("YES", "NO")(value) == "YES"


def _list(value: str) -> tuple[str, ...]:
    return tuple(unquoted(value).split(","))


def _captions(value: str) -> str | NoCaptions:
    return NO_CAPTIONS if value == NO_CAPTIONS.value else unquoted(value)


STREAM: Final[AttributeFields] = {
    "BANDWIDTH": ("bandwidth", integer),
    "AVERAGE-BANDWIDTH": ("average_bandwidth", integer),
    "CODECS": ("codecs", _list),
    "RESOLUTION": ("resolution", _resolution),
    "VIDEO-RANGE": ("video_range", _one_of("SDR", "PQ", "HLG")),
}
VARIANT: Final[AttributeFields] = {
    **STREAM,
    "SUPPLEMENTAL-CODECS": ("supplemental_codecs", _list),
    "FRAME-RATE": ("frame_rate", decimal),
    "AUDIO": ("audio", unquoted),
    "SUBTITLES": ("subtitles", unquoted),
    "CLOSED-CAPTIONS": ("closed_captions", _captions),
}
MEDIA: Final[AttributeFields] = {
    "TYPE": ("type", _one_of("AUDIO", "SUBTITLES", "CLOSED-CAPTIONS")),
    "GROUP-ID": ("group_id", unquoted),
    "NAME": ("name", unquoted),
    "LANGUAGE": ("language", unquoted),
    "DEFAULT": ("default", _yes_or_no),
    "AUTOSELECT": ("autoselect", _yes_or_no),
    "FORCED": ("forced", _yes_or_no),
    "INSTREAM-ID": ("instream_id", unquoted),
    "CHANNELS": ("channels", unquoted),
    "CHARACTERISTICS": ("characteristics", _list),
    "URI": ("uri", unquoted),
}
