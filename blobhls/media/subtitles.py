"""Text subtitles as WebVTT segments; a cue that crosses a boundary stands in both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.subtitles.subtitle import AssSubtitle

from blobhls.hls import Cue, webvtt
from blobhls.media.pacing import approach, only, paced, pacemaker
from blobhls.media.source import readable, rewind
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, CutText

_LONGEST: Final = 30  # seconds that a cue may have begun before the window and still be found
_INTERLEAVING: Final = 2  # seconds that a cue may stand behind its picture in the file
_FIELDS: Final = 8  # commas before the text of a decoded ASS event
_UNKNOWN_LENGTH: Final = Fraction(3)  # seconds, of a cue without a duration
_OVERRIDE: Final = re.compile(r"(?<!\\)\{([^{}]*)\}")
_DRAWING: Final = re.compile(r"\\p(\d+)")
# What libav's decoders write for a brace and a backslash of the source is among them.
_ESCAPES: Final = {
    "\\N": "\n", "\\n": "\n", "\\h": "\u00a0", "\\{": "{", "\\}": "}", "\\\u2060": "\\",
}  # fmt: skip
_ESCAPE: Final = re.compile("|".join(map(re.escape, _ESCAPES)))
_STYLE: Final = re.compile(r"\\([ibu])(\d*)(?![A-Za-z])")


def cut_text(recipe: CutText, container: InputContainer) -> bytes:
    """Return one WebVTT segment; cue times count from time 0 of the timeline.

    A cue that began more than 30 s before the window may be left out.
    """
    stream = container.streams[recipe.track.stream]
    start, stop = Fraction(recipe.start, 1000), Fraction(recipe.stop, 1000)
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    cues = []
    for packet in _packets(recipe, container, stream):
        if packet.pts is None:
            continue
        begin = packet.pts * tick - zero
        if begin >= stop:
            break
        end = begin + (packet.duration * tick if packet.duration else _UNKNOWN_LENGTH)
        if end > start and end > 0 and (text := _text(packet)):
            cues.append(Cue(max(begin, Fraction(0)), end, text))
    return webvtt(cues, LEAD_SECONDS * MPEG_CLOCK).encode()


def no_text() -> bytes:
    """Return a segment without a cue."""
    return webvtt((), LEAD_SECONDS * MPEG_CLOCK).encode()


def _packets(
    recipe: CutText, container: InputContainer, stream: Stream
) -> Iterator[Packet[Stream]]:
    """Yield the track's packets from before the window on."""
    tick, zero = recipe.track.base.value, recipe.track.zero.value
    start, stop = zero + Fraction(recipe.start, 1000), zero + Fraction(recipe.stop, 1000)
    if container.format.name.startswith("mov"):
        # The sample table lists every cue, and samples follow each other: nothing else is read.
        only(container, stream)
        rewind(container, stream, int(start / tick), -1)
        return readable(container, stream)
    only(container, *filter(None, (stream, pacemaker(container))))
    approach(container, start - _LONGEST, recipe.position)
    return paced(container, stream, stop + _INTERLEAVING)


def _text(packet: Packet[Stream]) -> str:
    try:
        decoded = packet.decode()
    except av.FFmpegError:
        return ""
    events = [event for event in decoded if isinstance(event, AssSubtitle)]
    return "\n".join(filter(None, (from_ass(e.ass.decode("utf-8", "replace")) for e in events)))


def from_ass(event: str) -> str:
    """Return the words of a decoded ASS event.

    Of its styling, line breaks, italics, bold and underlining stay; drawings are left out.
    """
    parts = _OVERRIDE.split(event.split(",", _FIELDS)[-1])
    text, drawing = [parts[0]], False
    for override, words in zip(parts[1::2], parts[2::2], strict=True):
        for scale in _DRAWING.findall(override):
            drawing = int(scale) > 0
        text += _tags(override)
        if not drawing:
            text.append(words)
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[0]], "".join(text)).strip()


def _tags(override: str) -> Iterator[str]:
    """Yield WebVTT tags for the styles that an override switches; `\\b` may give a weight."""
    for style, value in _STYLE.findall(override):
        yield f"</{style}>" if value in {"", "0"} else f"<{style}>"
