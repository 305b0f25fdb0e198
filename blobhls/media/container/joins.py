"""Files that consist of several recordings, each with a clock of its own.

Joined broadcasts and DVDs: from one packet to the next, time goes back, or jumps hours ahead. The
joins are found while a file is read through; time stamps after a join are then moved, so that each
recording begins where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from av.packet import Packet
from av.stream import Stream

from blobhls.recipe import MPEG_CLOCK, Join

MPEG_CLOCK_FORMATS: Final = frozenset({"mpegts", "mpeg"})
"""Formats in which all streams count in ticks of `MPEG_CLOCK`."""

_MAX_BACK: Final = 1  # seconds; decode times never go back, except for stray ones
_MAX_AHEAD: Final = 10  # seconds; FFmpeg's threshold for a new clock too
_MIN_CONFIRMING: Final = 4  # consecutive packets in the new time
_MAX_DIFFERENCE: Final = 5  # seconds by which the jumps of two tracks may differ at one join
_MAX_DISTANCE: Final = 4 << 20  # bytes by which the tracks of one moment may be apart in the file
_MAX_JOINS: Final = 100  # joins; a file with more is damaged rather than joined


class ClockJump(msgspec.Struct, frozen=True):
    """A place where the decode times of a stream jump; times in ticks."""

    position: int  # byte of the first packet after it
    expected: int  # decode time of that packet without the jump
    found: int  # its actual decode time

    @property
    def jump(self) -> int:
        """Ticks by which the new clock is ahead; negative where it is behind."""
        return self.found - self.expected


class StreamClock:
    """Tracks the decode times of one stream, in ticks."""

    def __init__(self, first: int) -> None:
        self.jumps: list[ClockJump] = []  # confirmed so far
        self.last = first
        self.step = 0  # ticks between the last two packets
        self.is_steady = True  # no candidate is waiting to be confirmed
        self._candidate: ClockJump | None = None  # not confirmed yet
        self._after = 0  # packets that followed it

    def add(self, at: int, position: int) -> None:
        """Add the decode time of the next packet, and its byte in the file.

        A jump is confirmed once a few packets have followed it: single time stamps may be wrong.
        """
        if not _follows(at, self.last):
            before, self._candidate = self._candidate, None
            if before is None:
                self._candidate = ClockJump(position, self.last + self.step, at)
            elif not _follows(at, before.expected):  # otherwise a single wrong time stamp
                self._candidate = ClockJump(position, before.expected, at)
            self._after = 0
        elif self._candidate is not None:
            self._after += 1
            if self._after == _MIN_CONFIRMING:
                self.jumps.append(self._candidate)
                self._candidate = None
        self.is_steady = self._candidate is None
        self.step = at - self.last if _follows(at, self.last) else self.step
        self.last = at


def _follows(at: int, before: int) -> bool:
    return -_MAX_BACK * MPEG_CLOCK <= at - before <= _MAX_AHEAD * MPEG_CLOCK


class JoinFinder:
    """Finds the joins of streams in `MPEG_CLOCK` ticks while their packets are read."""

    def __init__(self) -> None:
        self._streams: dict[int, StreamClock] = {}

    def watch(self, packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
        """Yield the packets of a whole file unchanged."""
        clocks = self._streams
        for packet in packets:
            at = packet.dts
            if at is not None:
                clock = clocks.get(packet.stream_index)
                if clock is None:
                    clocks[packet.stream_index] = StreamClock(at)
                elif clock.is_steady and 0 <= at - clock.last <= MPEG_CLOCK:
                    # The usual case, inlined: a call for each packet adds a tenth to reading.
                    clock.step = at - clock.last
                    clock.last = at
                elif packet.pos is not None:
                    clock.add(at, packet.pos)
            yield packet

    def joins(self, leading: int, audio: Iterable[int]) -> dict[int, tuple[Join, ...]]:
        """Return the joins of each stream by index; empty where there are none, or too many.

        The clock of the stream `leading` continues without a gap, and the others stay with it. If
        there is audio, it has to jump as well; otherwise a frame is merely shown for a long time.
        """
        found = self._streams[leading].jumps if leading in self._streams else []
        audio_jumps = [self._streams[index].jumps for index in audio if index in self._streams]
        if audio_jumps:
            found = [jump for jump in found if any(_matching(jump, jumps) for jumps in audio_jumps)]
        if not 0 < len(found) <= _MAX_JOINS:
            return {}
        shifts: list[int] = []
        for jump in found:
            shifts.append(shifts[-1] - jump.jump if shifts else -jump.jump)
        return {
            index: tuple(
                Join(_own_position(jump, clock.jumps), shift)
                for jump, shift in zip(found, shifts, strict=True)
            )
            for index, clock in self._streams.items()
        }


def _own_position(jump: ClockJump, jumps: Sequence[ClockJump]) -> int:
    """Return the byte of a track's own join that matches `jump`, or that of `jump` itself."""
    positions = (each.position for each in _matching(jump, jumps))
    return min(positions, key=lambda at: abs(at - jump.position), default=jump.position)


def _matching(jump: ClockJump, jumps: Sequence[ClockJump]) -> list[ClockJump]:
    """Return the jumps of another track that match `jump` in size and position."""
    return [
        each
        for each in jumps
        if abs(each.jump - jump.jump) < _MAX_DIFFERENCE * MPEG_CLOCK
        and abs(each.position - jump.position) < _MAX_DISTANCE
    ]


def with_continuous_clock(
    packets: Iterable[Packet[Stream]], joins: Mapping[int, Sequence[Join]]
) -> Iterator[Packet[Stream]]:
    """Yield packets with their time stamps moved; `joins` by stream index."""
    recordings: dict[int, int] = {}
    for packet in packets:
        index = packet.stream_index
        own = joins.get(index, ())
        recordings[index] = recording = recording_of(packet, own, recordings.get(index, 0))
        if recording:
            shift = own[recording - 1].shift
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
        yield packet


def recording_of(packet: Packet[Stream], joins: Sequence[Join], before: int) -> int:
    """Return the number of a packet's recording; `before`: that of the packet before it."""
    if not joins or packet.pos is None:
        return before
    return sum(packet.pos >= join.position for join in joins)


def is_near_join(packet: Packet[Stream], joins: Sequence[Join]) -> bool:
    """Say whether another track may have its join just before or after this packet."""
    return any(abs((packet.pos or 0) - join.position) < _MAX_DISTANCE for join in joins)
