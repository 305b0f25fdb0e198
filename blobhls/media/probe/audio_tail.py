"""Sound that goes on when the picture has ended: the last picture stays until it is over.

A recording whose camera stopped, a concert behind one still: with the picture, the rest of the
sound would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from av.container import InputContainer
from av.stream import Stream
from msgspec.structs import replace

from blobhls.media.container.extents import Span
from blobhls.media.container.source import readable, rewind
from blobhls.media.probe_values import VideoTrack

_MATTERS: Final = 1  # seconds; nearly every film has some more sound than picture
_HOLE: Final = 10  # seconds of nothing behind which a time stamp is not believed


def staying(
    track: VideoTrack,
    container: InputContainer,
    sounds: Sequence[Stream],
    spans: dict[int, Span],
    position: int,
) -> VideoTrack:
    """Return the track with an end that is that of the sound, where that is well after its own.

    `spans` tell where it may be so, and then the file is read once from its last key frame on:
    what a container says of durations may be wrong, and one time stamp may be wild. `position`:
    the byte to read from, or -1 to seek by time.
    """
    ended = track.stop * track.base.value
    heard = [stream for stream in sounds if stream.index in spans]
    late = [each for each in heard if _outlasts(_seconds(each, spans[each.index][1]), ended)]
    if not late:
        return track
    rewind(container, container.streams[track.stream], track.key_frames[-1].pts, position)
    ends = dict.fromkeys((stream.index for stream in late), ended)
    for packet in readable(container, *late):
        if packet.pts is not None and not packet.is_discard:
            stream = container.streams[packet.stream_index]
            begin, end = (_seconds(stream, packet.pts + more) for more in (0, packet.duration or 0))
            if begin <= ends[stream.index] + _HOLE:
                ends[stream.index] = max(ends[stream.index], end)
    end = max(ends.values())
    return replace(track, stop=ceil(end / track.base.value)) if _outlasts(end, ended) else track


def _outlasts(end: Fraction, ended: Fraction) -> bool:
    return end > ended + _MATTERS


def _seconds(stream: Stream, ticks: int) -> Fraction:
    return ticks * (stream.time_base or Fraction(1))
