"""Sound that goes on when the picture has ended: the last picture stays until it is over.

A recording whose camera stopped, a concert behind one still: with the picture, the rest of the
sound would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from av.container import InputContainer
from av.stream import Stream

from blobhls.media.source import readable, rewind
from blobhls.media.spans import Span
from blobhls.media.values import KeyFrame

_MATTERS: Final = 1  # seconds; nearly every film has some more sound than picture
_HOLE: Final = 10  # seconds of nothing behind which a time stamp is not believed


def end_of_sound(
    container: InputContainer,
    video: Stream,
    sounds: Sequence[Stream],
    spans: dict[int, Span],
    last: KeyFrame,
) -> Fraction | None:
    """Return when the sound ends, in seconds, where that is well after the picture; else None.

    `spans` tell where it may be so, and then the file is read once from its `last` key frame on:
    what a container says of durations may be wrong, and one time stamp may be wild. With a
    `position`, key frames are found by that.
    """
    ended = _seconds(video, spans[video.index][1])
    heard = [stream for stream in sounds if stream.index in spans]
    late = [each for each in heard if _outlasts(_seconds(each, spans[each.index][1]), ended)]
    if not late:
        return None
    rewind(container, video, last.pts, last.position)
    ends = dict.fromkeys((stream.index for stream in late), ended)
    for packet in readable(container, *late):
        if packet.pts is not None and not packet.is_discard:
            stream = container.streams[packet.stream_index]
            begin, end = (_seconds(stream, packet.pts + more) for more in (0, packet.duration or 0))
            if begin <= ends[stream.index] + _HOLE:
                ends[stream.index] = max(ends[stream.index], end)
    end = max(ends.values())
    return end if _outlasts(end, ended) else None


def _outlasts(end: Fraction, ended: Fraction) -> bool:
    return end > ended + _MATTERS


def _seconds(stream: Stream, ticks: int) -> Fraction:
    return ticks * (stream.time_base or Fraction(1))
