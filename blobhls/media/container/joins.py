"""Recordings that stand one after the other in a file, each with a clock of its own.

Broadcasts that were joined, and DVDs: from one packet to the next time goes back, or hours ahead.
Where that happens is found as a file is read through; from then on time stamps are moved, so that
each part begins where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from av.packet import Packet
from av.stream import Stream

from blobhls.recipe import MPEG_CLOCK, Join

CLOCKED: Final = frozenset({"mpegts", "mpeg"})
"""Formats whose streams all count in ticks of `MPEG_CLOCK`."""

_BACK: Final = 1  # seconds; decode times never go back, unless some are wild
_AHEAD: Final = 10  # seconds; what FFmpeg takes for a new clock too
_CERTAIN: Final = 4  # packets that follow each other in the new time
_ALIKE: Final = 5  # seconds by which jumps of two tracks differ at one place
_NEAR: Final = 4 << 20  # bytes that tracks are apart in the file at one time
_MOST: Final = 100  # joins; a file with more is damaged rather than joined


class FoundJoin(msgspec.Struct, frozen=True):
    """A place where the decode times of a stream jump; in ticks."""

    position: int  # byte of the first packet behind it
    expected: int  # decode time that it would have without
    found: int  # decode time that it has

    @property
    def jump(self) -> int:
        """How far the new clock is ahead; negative where it is behind."""
        return self.found - self.expected


class Follower:
    """Follows the decode times of one stream, in ticks."""

    def __init__(self, first: int) -> None:
        self.seams: list[FoundJoin] = []  # found so far
        self.last = first
        self.step = 0  # to the last one
        self.calm = True  # nothing is to be found out
        self._seam: FoundJoin | None = None  # that may be one
        self._after = 0  # packets that followed it

    def note(self, at: int, position: int) -> None:
        """Take the decode time of the next packet, and its byte in the file.

        A jump counts once some packets followed it: a time stamp may be wild.
        """
        if not _follows(at, self.last):
            before, self._seam = self._seam, None
            if before is None:
                self._seam = FoundJoin(position, self.last + self.step, at)
            elif not _follows(at, before.expected):  # or there was a wild time stamp
                self._seam = FoundJoin(position, before.expected, at)
            self._after = 0
        elif self._seam is not None:
            self._after += 1
            if self._after == _CERTAIN:
                self.seams.append(self._seam)
                self._seam = None
        self.calm = self._seam is None
        self.step = at - self.last if _follows(at, self.last) else self.step
        self.last = at


def _follows(at: int, before: int) -> bool:
    return -_BACK * MPEG_CLOCK <= at - before <= _AHEAD * MPEG_CLOCK


class JoinFinder:
    """Notices joins of streams whose ticks are those of `MPEG_CLOCK`, as packets pass by."""

    def __init__(self) -> None:
        self._streams: dict[int, Follower] = {}

    def watch(self, packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
        """Yield the packets of a whole file as they are."""
        followers = self._streams
        for packet in packets:
            at = packet.dts
            if at is not None:
                follower = followers.get(packet.stream_index)
                if follower is None:
                    followers[packet.stream_index] = Follower(at)
                elif follower.calm and 0 <= at - follower.last <= MPEG_CLOCK:
                    # Nearly always; a call for each packet takes a tenth of the time of reading.
                    follower.step = at - follower.last
                    follower.last = at
                elif packet.pos is not None:
                    follower.note(at, packet.pos)
            yield packet

    def joins(self, leading: int, sounds: Iterable[int]) -> dict[int, tuple[Join, ...]]:
        """Return the joins of each stream by index; none where there are none, or too many.

        The clock of the stream `leading` goes on without a gap, and the others stay with it. Where
        there is sound it has to jump too, or a picture is just seen for long.
        """
        found = self._streams[leading].seams if leading in self._streams else []
        heard = [self._streams[index].seams for index in sounds if index in self._streams]
        if heard:
            found = [seam for seam in found if any(_same(seam, seams) for seams in heard)]
        if not 0 < len(found) <= _MOST:
            return {}
        shifts: list[int] = []
        for seam in found:
            shifts.append(shifts[-1] - seam.jump if shifts else -seam.jump)
        return {
            index: tuple(
                Join(_own(seam, follower.seams), shift)
                for seam, shift in zip(found, shifts, strict=True)
            )
            for index, follower in self._streams.items()
        }


def _own(seam: FoundJoin, seams: Sequence[FoundJoin]) -> int:
    """Return the byte at which a track goes over, of whose own `seams` one may be the same."""
    places = (each.position for each in _same(seam, seams))
    return min(places, key=lambda at: abs(at - seam.position), default=seam.position)


def _same(seam: FoundJoin, seams: Sequence[FoundJoin]) -> list[FoundJoin]:
    """Return what another track has of a seam."""
    return [
        each
        for each in seams
        if abs(each.jump - seam.jump) < _ALIKE * MPEG_CLOCK
        and abs(each.position - seam.position) < _NEAR
    ]


def joined(
    packets: Iterable[Packet[Stream]], joins: Mapping[int, Sequence[Join]]
) -> Iterator[Packet[Stream]]:
    """Yield packets with their time stamps moved; `joins` by stream index."""
    parts: dict[int, int] = {}
    for packet in packets:
        index = packet.stream_index
        own = joins.get(index, ())
        parts[index] = part = part_of(packet, own, parts.get(index, 0))
        if part:
            shift = own[part - 1].shift
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
        yield packet


def part_of(packet: Packet[Stream], joins: Sequence[Join], before: int) -> int:
    """Return the number of the recording that a packet is of; `before`: of the one before it."""
    if not joins or packet.pos is None:
        return before
    return sum(packet.pos >= join.position for join in joins)


def is_near(packet: Packet[Stream], joins: Sequence[Join]) -> bool:
    """Say whether another track may go over before or behind this packet."""
    return any(abs((packet.pos or 0) - join.position) < _NEAR for join in joins)
