"""Audio that continues after the video has ended: the last frame is held until the audio ends.

The camera of a recording stopped early, or a concert plays behind a single still: ending with the
video would lose the rest of the audio.
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
from blobhls.media.container.source import readable_packets, seek_to
from blobhls.media.probe_values import VideoTrack

_MIN_TAIL: Final = 1  # seconds; in nearly every film the audio is slightly longer than the video
_MAX_GAP: Final = 10  # seconds; a time stamp behind a larger gap is ignored


def with_audio_tail(
    track: VideoTrack,
    container: InputContainer,
    audio_streams: Sequence[Stream],
    spans: dict[int, Span],
    position: int,
) -> VideoTrack:
    """Return the track extended to the end of the audio, where that is well after its own end.

    `spans` shows where this may be so. Then the file is read once from its last key frame on,
    since the durations stated by a container, and single time stamps, may be wrong. `position`:
    the byte to read from, or -1 to seek by time.
    """
    ended = track.stop * track.base.value
    with_span = [stream for stream in audio_streams if stream.index in spans]
    late = [each for each in with_span if _outlasts(_seconds(each, spans[each.index][1]), ended)]
    if not late:
        return track
    seek_to(container, container.streams[track.stream], track.key_frames[-1].pts, position)
    ends = dict.fromkeys((stream.index for stream in late), ended)
    for packet in readable_packets(container, *late):
        if packet.pts is not None and not packet.is_discard:
            stream = container.streams[packet.stream_index]
            begin, end = (_seconds(stream, packet.pts + more) for more in (0, packet.duration or 0))
            if begin <= ends[stream.index] + _MAX_GAP:
                ends[stream.index] = max(ends[stream.index], end)
    end = max(ends.values())
    return replace(track, stop=ceil(end / track.base.value)) if _outlasts(end, ended) else track


def _outlasts(end: Fraction, ended: Fraction) -> bool:
    return end > ended + _MIN_TAIL


def _seconds(stream: Stream, ticks: int) -> Fraction:
    return ticks * (stream.time_base or Fraction(1))
