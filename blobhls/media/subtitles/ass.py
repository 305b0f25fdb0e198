"""ASS reduced to what WebVTT has: italics, bold, underline, line breaks, top or bottom. Pure.

libav decodes every text format to ASS events. Fonts, colours, movements and drawings are left out.
A cue takes italics and position from its style, and everything from its overrides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

TOP: Final = "line:0"  # WebVTT cue setting
_STYLE_FIELD, _TEXT_FIELD = 2, 8  # of a decoded event, ReadOrder first; commas before each
_MAX_HEADER: Final = 1 << 20  # bytes
_MAX_STYLES: Final = 1_000
_HEIGHT: Final = 288  # PlayResY where the script does not say it
_OVERRIDE: Final = re.compile(r"(?<!\\)\{([^{}]*)\}")
_DRAWING: Final = re.compile(r"\\p(\d+)")
# This includes what libav's decoders write for a brace and a backslash of the source.
_ESCAPES: Final = {
    "\\N": "\n", "\\n": "\n", "\\h": "\u00a0", "\\{": "{", "\\}": "}", "\\\u2060": "\\",
}  # fmt: skip
_ESCAPE: Final = re.compile("|".join(map(re.escape, _ESCAPES)))
_SWITCH: Final = re.compile(r"\\(?:([ibu])(\d*)(?![A-Za-z])|r([^\\}]*))")
_POSITION: Final = re.compile(
    r"\\(?:an([1-9])|a(\d{1,2})(?!\d)|(?:pos|move)\(\s*[-\d.]+\s*,\s*([-\d.]{1,12}))"
)
_HEIGHT_LINE: Final = re.compile(r"^PlayResY\s*:\s*(\d{1,6})\s*$", re.MULTILINE)

_TAG: Final = re.compile(r"\\([ibu])(\d*)(?![A-Za-z])")

Switches: TypeAlias = frozenset[str]  # of i, b and u: what is on


class Style(msgspec.Struct, frozen=True):
    """The parts of a style that WebVTT can express. Bold is merely a font choice: left out."""

    italic: bool = False
    top: bool = False


class Script(msgspec.Struct, frozen=True):
    """The header of a script; empty for formats without one."""

    styles: dict[str, Style] = {}
    height: int = _HEIGHT  # of the frame that positions refer to


class CueText(msgspec.Struct, frozen=True):
    """The text of one event for WebVTT."""

    text: str  # with i, b and u tags in pairs
    settings: str  # of the cue


def parse_script(header: bytes) -> Script:
    """Parse the header of a script; malformed parts are ignored."""
    text = header[:_MAX_HEADER].decode("utf-8", "replace").replace("\r\n", "\n")
    found = _HEIGHT_LINE.search(text)
    height = int(found[1]) if found else 0
    return Script(dict(_styles(text)), height or _HEIGHT)


def _styles(text: str) -> Iterator[tuple[str, Style]]:
    names: list[str] = []
    numpad, count = True, 0
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        match key.strip().lower():
            case "[v4 styles]":  # of SSA: there 5 to 7 are the top
                numpad = False
            case "[events]":
                return
            case "format":
                names = [name.strip().lower() for name in value.split(",")]
            case "style" if names and count < _MAX_STYLES:
                count += 1
                fields = dict(zip(names, (each.strip() for each in value.split(",")), strict=False))
                place = fields.get("alignment", "")
                top = place in ({"7", "8", "9"} if numpad else {"5", "6", "7"})
                italic = fields.get("italic", "0") not in {"", "0"}
                yield fields.get("name", "").lstrip("*"), Style(italic, top)


def reduce_event(event: str, script: Script) -> CueText:
    """Return a decoded event as text of a cue."""
    fields = event.split(",", _TEXT_FIELD)
    name = fields[_STYLE_FIELD] if len(fields) > _STYLE_FIELD else ""
    style = script.styles.get(name.lstrip("*"), Style())
    parts = _OVERRIDE.split(fields[-1])
    overrides = parts[1::2]
    text = _with_tags(_runs(parts, style, script)).strip()
    return CueText(text, TOP if _is_top(overrides, style, script.height) else "")


def _runs(parts: list[str], style: Style, script: Script) -> Iterator[tuple[str, Switches]]:
    """Yield stretches of text and the switches that are on in each."""
    on, drawing = _base(style), False
    yield _unescaped(parts[0]), on
    for override, text_part in zip(parts[1::2], parts[2::2], strict=True):
        for scale in _DRAWING.findall(override):
            drawing = int(scale) > 0
        for switch, value, reset in _SWITCH.findall(override):
            if not switch:
                on = _base(script.styles.get(reset.strip(), style))
            elif value == "0" or (value == "" and switch not in _base(style)):
                on -= {switch}
            else:
                on |= {switch}
        if not drawing:
            yield _unescaped(text_part), on


def _base(style: Style) -> Switches:
    return frozenset("i") if style.italic else frozenset()


def _unescaped(text_part: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], text_part)


def _with_tags(runs: Iterator[tuple[str, Switches]]) -> str:
    """Return text with properly nested pairs of tags."""
    result: list[str] = []
    opened: list[str] = []
    for text_part, on in runs:
        if not text_part:
            continue
        while not set(opened) <= on:
            result.append(f"</{opened.pop()}>")
        for switch in sorted(on - set(opened)):
            opened.append(switch)
            result.append(f"<{switch}>")
        result.append(text_part)
    result += [f"</{switch}>" for switch in reversed(opened)]
    return "".join(result)


def _is_top(overrides: list[str], style: Style, height: int) -> bool:
    """Say whether an event is in the upper part; its first alignment and position count."""
    top: bool | None = None
    for numpad, legacy, y in (found for each in overrides for found in _POSITION.findall(each)):
        if y:
            try:
                return float(y) * 3 < height
            except ValueError:
                continue
        if top is None:
            top = numpad in {"7", "8", "9"} if numpad else legacy in {"5", "6", "7"}
    return style.top if top is None else top


def plain_text(event: str) -> str:
    """Return a decoded event's text as in `webvtt-v1`: tags as they come, without a position."""
    parts = _OVERRIDE.split(event.split(",", _TEXT_FIELD)[-1])
    text, drawing = [parts[0]], False
    for override, text_part in zip(parts[1::2], parts[2::2], strict=True):
        for scale in _DRAWING.findall(override):
            drawing = int(scale) > 0
        for switch, value in _TAG.findall(override):
            text.append(f"</{switch}>" if value in {"", "0"} else f"<{switch}>")
        if not drawing:
            text.append(text_part)
    return _unescaped("".join(text)).strip()
