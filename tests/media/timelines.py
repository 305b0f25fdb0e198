"""Films with random timelines: a few dozen frames, muxed with any possible times."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Final, cast

import av
import msgspec
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from hypothesis import strategies as st

_SIDE: Final = (64, 48)
_CLOCK: Final = 90_000


class TimelineOf(msgspec.Struct, frozen=True):
    """The properties of a film."""

    suffix: str
    codec: str
    steps: tuple[int, ...]  # ticks of 90 kHz from picture to picture; as many pictures
    group: int  # pictures from key frame to key frame
    b_frames: int
    offset: Fraction  # seconds at which it starts

    @property
    def times(self) -> list[int]:
        """The presentation times of the frames, in ticks."""
        start = round(self.offset * _CLOCK)
        return [start, *(start + each for each in accumulate(self.steps[:-1]))]


@st.composite
def timelines(draw: st.DrawFn) -> TimelineOf:
    """Draw a film of three to twelve seconds, with few frames, since each is encoded."""
    base = draw(st.sampled_from([3003, 3600, 3750, 9000, 18_000, 45_000]))
    count = draw(st.integers(3 * _CLOCK // base, min(90, 12 * _CLOCK // base + 3)))
    steps = [base] * count
    if draw(st.booleans()):  # variable, in whole milliseconds as Matroska has them
        # No faster than 30 a second: above, lower steps of the ladder leave pictures out.
        factors = st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(3)])
        steps = [
            max(90, round(base * draw(factors) / 90) * 90) if draw(st.booleans()) else base
            for _ in range(count)
        ]
    suffix = draw(st.sampled_from([".mp4", ".mkv", ".ts"]))
    offsets = [Fraction(0), Fraction(1, 3), Fraction(10), Fraction(65_946)]
    return TimelineOf(
        suffix=suffix,
        codec=draw(st.sampled_from(["libx264", "libx265"] if suffix != ".ts" else ["libx264"])),
        steps=tuple(steps),
        group=draw(st.integers(2, 40)),
        b_frames=draw(st.integers(0, 3)),
        offset=draw(st.sampled_from(offsets)),
    )


def write_film(path: Path, film: TimelineOf) -> None:
    """Encode the frames of a film, and mux them at their times."""
    durations = dict(zip(film.times, film.steps, strict=True))
    name = {".mp4": "mp4", ".mkv": "matroska", ".ts": "mpegts"}[path.suffix]
    options = {"movflags": "+faststart"} if name == "mp4" else {"mpegts_copyts": "1"}
    with av.open(
        str(path), "w", format=name, options=options if name != "matroska" else {}
    ) as output:
        stream = cast("VideoStream", output.add_stream(film.codec, Fraction(30)))
        stream.width, stream.height = _SIDE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, _CLOCK)
        stream.codec_context.gop_size = film.group
        stream.codec_context.max_b_frames = film.b_frames
        stream.options = {
            "preset": "ultrafast",
            "x264-params": f"scenecut=0:bframes={film.b_frames}",
            "x265-params": f"log-level=none:keyint={film.group}:min-keyint={film.group}"
            f":open-gop=0:scenecut=0:bframes={film.b_frames}:pools=none",
        }
        for number, time in enumerate(film.times):
            frame = av.VideoFrame(*_SIDE, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([(16 + 7 * number) % 220]) * plane.buffer_size)
            frame.pts, frame.time_base = time, Fraction(1, _CLOCK)
            _mux(output, stream.encode(frame), durations)
        _mux(output, stream.encode(None), durations)


def _mux(
    output: OutputContainer, packets: Sequence[Packet[Stream]], durations: dict[int, int]
) -> None:
    for packet in packets:
        packet.duration = durations[packet.pts or 0]
        output.mux(packet)


def longest(steps: Sequence[int]) -> Fraction:
    """Return the longest distance of two frames in seconds, and the error of rounding."""
    return Fraction(max(steps), _CLOCK) + Fraction(3, 1000)
