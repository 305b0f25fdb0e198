"""Text subtitles as WebVTT segments; a cue that crosses a boundary stands in both."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.subtitle import AssSubtitle

from blobhls.hls import Cue, webvtt
from blobhls.media.source import readable, rewind_to_time
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, CutText

_LONGEST: Final = 30  # seconds that a cue may have begun before the window and still be found
_FIELDS: Final = 8  # commas before the text of a decoded ASS event
_OVERRIDE: Final = re.compile(r"\{[^}]*\}")
_ITALIC: Final = re.compile(r"\\i([01])")
_UNKNOWN_LENGTH: Final = Fraction(3)  # seconds, of a cue without a duration


def cut_text(recipe: CutText, container: InputContainer) -> bytes:
    """Return one WebVTT segment; cue times count from time 0 of the timeline."""
    stream = container.streams[recipe.track.stream]
    start, stop = Fraction(recipe.start, 1000), Fraction(recipe.stop, 1000)
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    rewind_to_time(container, zero + start - _LONGEST, recipe.position)
    cues = []
    for packet in readable(container, stream):
        if packet.pts is None:
            continue
        begin = packet.pts * tick - zero
        if begin >= stop:
            break
        end = begin + (packet.duration * tick if packet.duration else _UNKNOWN_LENGTH)
        if end > start and end > 0 and (text := _text(packet)):
            cues.append(Cue(max(begin, Fraction(0)), end, text))
    return webvtt(cues, LEAD_SECONDS * MPEG_CLOCK).encode()


def _text(packet: Packet[Stream]) -> str:
    try:
        decoded = packet.decode()
    except av.FFmpegError:
        return ""
    events = [event for event in decoded if isinstance(event, AssSubtitle)]
    return "\n".join(filter(None, (from_ass(e.ass.decode("utf-8", "replace")) for e in events)))


def from_ass(event: str) -> str:
    """Return the words of a decoded ASS event; of its styling, line breaks and italics stay."""
    text = event.split(",", _FIELDS)[-1]
    text = _OVERRIDE.sub(_markup, text)
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").strip()


def _markup(override: re.Match[str]) -> str:
    found = _ITALIC.findall(override[0])
    return "" if not found else "<i>" if found[-1] == "1" else "</i>"
