"""WebVTT segments for HLS (RFC 8216 §3.5; W3C WebVTT). The text of cues is untrusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import msgspec

from blobhls.hls.playlist import round_half_up

MPEGTS_WRAP: Final = 1 << 33
"""MPEG-TS timestamps have 33 bits; `MPEGTS` is below this."""

_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_TOKEN: Final = re.compile(
    r"(?P<open><(?P<opened>[biu])>)"
    r"|(?P<close></(?P<closed>[biu])>)"
    r"|(?P<entity>&(?:amp|lt|gt|nbsp|lrm|rlm|\#[0-9]{1,7}|\#x[0-9A-Fa-f]{1,6});)"
    r"|(?P<plain>[&<>])"
)
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PERCENT: Final = r"(?:100|[0-9]{1,2})(?:\.[0-9]{1,3})?%"
_SETTING: Final = re.compile(
    r"vertical:(?:rl|lr)"
    rf"|line:(?:-?[0-9]{{1,3}}|{_PERCENT})(?:,(?:start|center|end))?"
    rf"|position:{_PERCENT}(?:,(?:line-left|center|line-right))?"
    rf"|size:{_PERCENT}"
    r"|align:(?:start|center|end|left|right)"
)


class Cue(msgspec.Struct, frozen=True):
    """Text shown for a time. `text` may hold anything; i, b and u tags are kept."""

    start: Fraction  # seconds, >= 0
    stop: Fraction  # seconds, after start
    text: str
    settings: str = ""  # WebVTT cue settings; invalid ones are dropped

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"no cue from {self.start} s to {self.stop} s")


def webvtt(cues: Iterable[Cue], mpegts: int) -> str:
    """Return a WebVTT segment; cue time 0 is at `mpegts` (90 kHz, RFC 8216 §3.5).

    Cues are sorted by their start; cues without visible text are left out. Raises `ValueError`
    where `mpegts` does not fit in 33 bits.
    """
    if not 0 <= mpegts < MPEGTS_WRAP:
        raise ValueError(f"{mpegts} is no MPEG-TS timestamp")
    blocks = ["WEBVTT", f"X-TIMESTAMP-MAP=MPEGTS:{mpegts},LOCAL:00:00:00.000", ""]
    for cue in sorted(cues, key=lambda cue: (cue.start, cue.stop)):
        payload = cue_text(cue.text)
        if payload:
            blocks += [_timing(cue), payload, ""]
    return "\n".join(blocks)


def cue_text(text: str) -> str:
    """Return `text` as the payload of a cue: no blank line, no `-->`, tags in pairs.

    Known entities and i, b, u tags are kept; every other `&`, `<` and `>` is escaped. An end tag
    without a start tag is dropped; a start tag without an end tag is closed at the end.
    """
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (_CONTROL.sub(" ", line).strip() for line in text.split("\n"))
    opened: list[str] = []
    payload = _TOKEN.sub(lambda token: _rewritten(token, opened), "\n".join(filter(None, lines)))
    payload += "".join(f"</{tag}>" for tag in reversed(opened))
    # A dropped end tag may have been the only text on its line.
    return "\n".join(line for line in payload.split("\n") if line.strip())


def _rewritten(token: re.Match[str], opened: list[str]) -> str:
    """Return the output for one token; `opened` holds the open tags, outermost first."""
    if token["opened"]:
        opened.append(token["opened"])
    elif token["closed"]:
        if not opened or opened[-1] != token["closed"]:
            return ""
        opened.pop()
    elif token["plain"]:
        return _ESCAPES[token["plain"]]
    return token[0]


def _timing(cue: Cue) -> str:
    start = round_half_up(cue.start * 1000)
    stop = max(round_half_up(cue.stop * 1000), start + 1)  # a cue ends after it starts
    settings = (each for each in cue.settings.split() if _SETTING.fullmatch(each))
    return " ".join((f"{_timestamp(start)} --> {_timestamp(stop)}", *settings))


def _timestamp(milliseconds: int) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
