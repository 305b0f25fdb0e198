"""Rules for renditions in MPEG-TS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from tests.oracle.elementary import nal_types, roles_of, walk_audio
from tests.oracle.faults import Fault
from tests.oracle.timeline import (
    Timing,
    check_decode_order,
    check_durations,
    check_presentation,
    typical_frame,
    unwrap,
)
from tests.oracle.ts import Stream, TsSegment, parse_ts

TICK: Final = Fraction(1, 90_000)


def check_ts(
    segments: Sequence[bytes],
    extinf: Sequence[Fraction],
    kind: str,
    frame: Fraction | None,
    longest: Fraction | None,
    audio_tolerance: Fraction,
) -> Iterator[Fault]:
    """Yield the faults of a rendition; see `check_rendition`."""
    streams: list[tuple[int, Stream]] = []
    counters: dict[int, int] = {}
    for number, data in enumerate(segments):
        segment = parse_ts(data)
        for problem in segment.problems:
            yield Fault(number, problem.rule, problem.detail)
        yield from _check_chain(number, segment, counters)
        stream = segment.stream(kind)
        if stream is None or not stream.units:
            yield Fault(number, "pes", f"no {kind}")
            continue
        yield from _check_clock(number, segment)
        streams.append((number, stream))
    if kind == "video":
        yield from _check_video(streams, extinf, frame, longest)
    else:
        yield from _check_audio(streams, extinf, audio_tolerance)


def _check_chain(number: int, segment: TsSegment, counters: dict[int, int]) -> Iterator[Fault]:
    """Counters continue across the boundary; `counters` holds the last of each PID so far."""
    for pid, seen in segment.counters.items():
        last = counters.get(pid)
        if last is not None and seen.first != (last + 1) & 0x0F:
            yield Fault(number, "continuity", f"PID {pid:#x} begins with {seen.first} after {last}")
        counters[pid] = seen.last


def _check_clock(number: int, segment: TsSegment) -> Iterator[Fault]:
    """The PCR PID carries a clock that is not ahead of what it times."""
    for stream in segment.streams:
        if stream.pid != segment.pcr_pid or not stream.units:
            continue
        dts = stream.units[0].dts
        if not stream.pcrs:
            yield Fault(number, "pcr", f"PID {stream.pid:#x} has no PCR")
        elif dts is not None and unwrap(stream.pcrs[0] // 300, dts) > dts:
            yield Fault(number, "pcr", f"the first PCR is after the first DTS {dts}")


def _timing(number: int, stream: Stream, near: int) -> Timing | None:
    """Return the times of a segment without wraps; `None` where some are missing."""
    dts: list[int] = []
    pts: list[int] = []
    for unit in stream.units:
        if unit.dts is None or unit.pts is None:
            return None
        near = unwrap(unit.dts, near)
        dts.append(near)
        pts.append(unwrap(unit.pts, near))
    return Timing(number, tuple(dts), tuple(pts))


def _check_video(
    streams: Sequence[tuple[int, Stream]],
    extinf: Sequence[Fraction],
    frame: Fraction | None,
    longest: Fraction | None,
) -> Iterator[Fault]:
    timings: list[Timing] = []
    near = streams[0][1].units[0].dts or 0 if streams else 0
    for number, stream in streams:
        timing = _timing(number, stream, near)
        yield from _check_first_picture(number, stream)
        if timing is None:
            yield Fault(number, "pes", "a picture without PTS")
            continue
        near = timing.dts[-1]
        if timing.pts[0] != timing.start:
            yield Fault(
                number, "random-access", "pictures are shown before the first in the segment"
            )
        timings.append(timing)
    yield from check_decode_order(timings)
    ticks = frame / TICK if frame is not None else typical_frame(timings)
    if ticks is None:
        return
    yield from check_presentation(timings, ticks, None if longest is None else longest / TICK)
    if len(timings) == len(extinf):
        starts = [timing.start * TICK for timing in timings]
        end = (max(timings[-1].pts) + ticks) * TICK
        yield from check_durations(starts, end, extinf, longest or ticks * TICK)


def _check_first_picture(number: int, stream: Stream) -> Iterator[Fault]:
    """A segment begins with a random access point, flagged, with its parameter sets."""
    first = stream.units[0]
    if not first.random_access:
        yield Fault(number, "random-access", "the first picture is not flagged as random access")
    roles = roles_of(stream.stream_type)
    if roles is None:
        return
    found = set(nal_types(first.data, roles))
    if not found & roles.random_access:
        yield Fault(number, "random-access", f"the first picture has NAL types {sorted(found)}")
    missing = roles.parameter_sets - found
    if missing:
        yield Fault(number, "parameter-sets", f"no NAL units of types {sorted(missing)}")


class _Grid:
    """Where the next audio frame belongs: an anchor in ticks, and time counted in samples since."""

    def __init__(self, tolerance: Fraction) -> None:
        self._tolerance = tolerance / TICK
        self._anchor: Fraction | None = None
        self._since = Fraction(0)

    def advance(self, samples: int, rate: int) -> None:
        self._since += Fraction(samples, rate) / TICK

    def place(self, pts: int) -> str | None:
        """Return the fault of a frame at `pts`, if any; counting then restarts there."""
        if self._anchor is None:
            self._anchor = Fraction(pts)
        off = unwrap(pts, int(self.now)) - self.now
        if abs(off) <= self._tolerance:
            return None
        self._anchor, self._since = self.now + off, Fraction(0)
        return f"PTS {pts} is off by {float(off):+.2f} ticks"

    @property
    def now(self) -> Fraction:
        """Return the time of the next frame, in ticks."""
        return (self._anchor or 0) + self._since


def _check_audio(
    streams: Sequence[tuple[int, Stream]], extinf: Sequence[Fraction], tolerance: Fraction
) -> Iterator[Fault]:
    grid = _Grid(tolerance)
    starts: list[Fraction] = []
    frame = Fraction(0)
    for number, stream in streams:
        walk = walk_audio(b"".join(unit.data for unit in stream.units), stream.stream_type)
        if walk.stopped is not None:
            yield Fault(number, "audio-frames", walk.stopped)
        if len({each.rate for each in walk.frames}) > 1:
            yield Fault(number, "audio-frames", "the sample rate changes")
        times = _stated_times(stream)
        for index, each in enumerate(walk.frames):
            pts = times.pop(0)[1] if times and times[0][0] <= each.offset else None
            wrong = None if pts is None else grid.place(pts)
            if wrong is not None:
                yield Fault(number, "audio-grid", wrong)
            if index == 0:
                starts.append(grid.now * TICK)
            grid.advance(each.samples, each.rate)
            frame = max(frame, Fraction(each.samples, each.rate))
    if len(starts) == len(extinf):
        yield from check_durations(starts, grid.now * TICK, extinf, frame)


def _stated_times(stream: Stream) -> list[tuple[int, int]]:
    """Return (offset, PTS) of PES packets; a PTS is that of the first frame that begins there."""
    times = []
    offset = 0
    for unit in stream.units:
        if unit.pts is not None:
            times.append((offset, unit.pts))
        offset += len(unit.data)
    return times
