"""ASS reduced to what WebVTT has: italics, bold and underlining, line breaks, top or bottom. Pure.

libav decodes every text format to ASS events. Fonts, colours, moves and drawings are left out; a
style says of a cue whether it leans and where it stands, an override of it whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

import msgspec

TOP: Final = "line:0"  # WebVTT cue setting
_STYLE_FIELD, _TEXT_FIELD = 2, 8  # of a decoded event, ReadOrder first; commas before each
_MOST_HEADER: Final = 1 << 20  # bytes
_MOST_STYLES: Final = 1_000
_HEIGHT: Final = 288  # PlayResY where the script does not say it
_OVERRIDE: Final = re.compile(r"(?<!\\)\{([^{}]*)\}")
_DRAWING: Final = re.compile(r"\\p(\d+)")
# What libav's decoders write for a brace and a backslash of the source is among them.
_ESCAPES: Final = {
    "\\N": "\n", "\\n": "\n", "\\h": "\u00a0", "\\{": "{", "\\}": "}", "\\\u2060": "\\",
}  # fmt: skip
_ESCAPE: Final = re.compile("|".join(map(re.escape, _ESCAPES)))
_SWITCH: Final = re.compile(r"\\(?:([ibu])(\d*)(?![A-Za-z])|r([^\\}]*))")
_PLACE: Final = re.compile(
    r"\\(?:an([1-9])|a(\d{1,2})(?!\d)|(?:pos|move)\(\s*[-\d.]+\s*,\s*([-\d.]{1,12}))"
)
_HEIGHT_LINE: Final = re.compile(r"^PlayResY\s*:\s*(\d{1,6})\s*$", re.MULTILINE)

_TAG: Final = re.compile(r"\\([ibu])(\d*)(?![A-Za-z])")

Switches: TypeAlias = frozenset[str]  # of i, b and u: what is on


class Style(msgspec.Struct, frozen=True):
    """What of a style can be said in WebVTT. Bold is a choice of font there, and left out."""

    italic: bool = False
    top: bool = False


class Script(msgspec.Struct, frozen=True):
    """What the header of a script says; the empty one for formats that have none."""

    styles: dict[str, Style] = {}
    height: int = _HEIGHT  # of the picture that positions count in


class Words(msgspec.Struct, frozen=True):
    """One event for WebVTT."""

    text: str  # with i, b and u tags in pairs
    settings: str  # of the cue


def parse_script(header: bytes) -> Script:
    """Return what the header of a script says; whatever is malformed says nothing."""
    text = header[:_MOST_HEADER].decode("utf-8", "replace").replace("\r\n", "\n")
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
            case "style" if names and count < _MOST_STYLES:
                count += 1
                fields = dict(zip(names, (each.strip() for each in value.split(",")), strict=False))
                place = fields.get("alignment", "")
                top = place in ({"7", "8", "9"} if numpad else {"5", "6", "7"})
                italic = fields.get("italic", "0") not in {"", "0"}
                yield fields.get("name", "").lstrip("*"), Style(italic, top)


def reduced(event: str, script: Script) -> Words:
    """Return the words of a decoded event."""
    fields = event.split(",", _TEXT_FIELD)
    name = fields[_STYLE_FIELD] if len(fields) > _STYLE_FIELD else ""
    style = script.styles.get(name.lstrip("*"), Style())
    parts = _OVERRIDE.split(fields[-1])
    overrides = parts[1::2]
    text = _tagged(_runs(parts, style, script)).strip()
    return Words(text, TOP if _is_top(overrides, style, script.height) else "")


def _runs(parts: list[str], style: Style, script: Script) -> Iterator[tuple[str, Switches]]:
    """Yield stretches of text and what is switched on in them."""
    on, drawing = _base(style), False
    yield _plain(parts[0]), on
    for override, words in zip(parts[1::2], parts[2::2], strict=True):
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
            yield _plain(words), on


def _base(style: Style) -> Switches:
    return frozenset("i") if style.italic else frozenset()


def _plain(words: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], words)


def _tagged(runs: Iterator[tuple[str, Switches]]) -> str:
    """Return text with tags in pairs, each closed before what it stands in."""
    result: list[str] = []
    opened: list[str] = []
    for words, on in runs:
        if not words:
            continue
        while not set(opened) <= on:
            result.append(f"</{opened.pop()}>")
        for switch in sorted(on - set(opened)):
            opened.append(switch)
            result.append(f"<{switch}>")
        result.append(words)
    result += [f"</{switch}>" for switch in reversed(opened)]
    return "".join(result)


def _is_top(overrides: list[str], style: Style, height: int) -> bool:
    """Say whether an event stands in the upper part; its first alignment and place count."""
    aligned: bool | None = None
    for numpad, legacy, y in (found for each in overrides for found in _PLACE.findall(each)):
        if y:
            try:
                return float(y) * 3 < height
            except ValueError:
                continue
        if aligned is None:
            aligned = numpad in {"7", "8", "9"} if numpad else legacy in {"5", "6", "7"}
    return style.top if aligned is None else aligned


def plain(event: str) -> str:
    """Return the words of a decoded event as `webvtt-v1` has them: tags as they come, no place."""
    parts = _OVERRIDE.split(event.split(",", _TEXT_FIELD)[-1])
    text, drawing = [parts[0]], False
    for override, words in zip(parts[1::2], parts[2::2], strict=True):
        for scale in _DRAWING.findall(override):
            drawing = int(scale) > 0
        for switch, value in _TAG.findall(override):
            text.append(f"</{switch}>" if value in {"", "0"} else f"<{switch}>")
        if not drawing:
            text.append(words)
    return _plain("".join(text)).strip()
