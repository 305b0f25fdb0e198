"""Strict parsing of MPEG-TS segments (ISO/IEC 13818-1), without libav."""

from __future__ import annotations

from typing import Final

import msgspec

from tests.oracle.elementary import AUDIO_TYPES, VIDEO_TYPES
from tests.oracle.faults import Problem, Rule

PACKET: Final = 188
PAT_PID: Final = 0
NULL_PID: Final = 0x1FFF
_LAST_SI_PID: Final = 0x1F  # SDT, EIT and the like; ffmpeg writes an SDT before the PAT


class Unit(msgspec.Struct, frozen=True):
    """One PES packet; of video, one access unit."""

    packet: int  # number of the TS packet it begins in
    pts: int | None  # 90 kHz, 33 bits
    dts: int | None  # 90 kHz, 33 bits; `pts` where the packet states none
    random_access: bool  # random_access_indicator of the first packet
    data: bytes  # of the elementary stream


class Stream(msgspec.Struct, frozen=True):
    """One elementary stream of a segment."""

    pid: int
    stream_type: int
    units: tuple[Unit, ...]
    pcrs: tuple[int, ...]  # 27 MHz

    @property
    def kind(self) -> str:
        """Return `video`, `audio` or `other`."""
        if self.stream_type in VIDEO_TYPES:
            return "video"
        return "audio" if self.stream_type in AUDIO_TYPES else "other"


class Counters(msgspec.Struct, frozen=True):
    """Continuity counters of one PID, over the packets with payload."""

    first: int
    last: int


class TsSegment(msgspec.Struct, frozen=True):
    """A segment, and its problems."""

    streams: tuple[Stream, ...]  # in the order of the PMT
    pcr_pid: int | None
    counters: dict[int, Counters]  # by PID; null packets excepted
    problems: tuple[Problem, ...]

    def stream(self, kind: str) -> Stream | None:
        """Return the first stream of a kind."""
        return next((stream for stream in self.streams if stream.kind == kind), None)


def parse_ts(data: bytes) -> TsSegment:
    """Parse a whole segment. Faults are in `problems`; nothing is raised."""
    demuxer = _Demuxer(data)
    for start in range(0, len(data) - PACKET + 1, PACKET):
        if data[start] == 0x47:
            demuxer.packet(start)
    return demuxer.finish()


def crc32_mpeg(section: bytes) -> int:
    """Return the CRC of ISO/IEC 13818-1 annex A; 0 for a section that ends in its own."""
    crc = 0xFFFFFFFF
    for byte in section:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if crc & 0x80000000 else crc << 1
    return crc


class _Demuxer:
    """State between the packets of one segment."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._problems: list[Problem] = []
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self._sections: set[bytes] = set()  # verified; tables repeat ten times a second
        self._pmt_pid: int | None = None
        self._pcr_pid: int | None = None
        self._types: dict[int, int] = {}  # stream type by PID
        self._units: dict[int, list[Unit]] = {}
        self._open: dict[int, tuple[int, bool, list[bytes]]] = {}
        self._pcrs: dict[int, list[int]] = {}
        self._unlisted: set[int] = set()
        self._check_sync()

    def _problem(self, rule: Rule, detail: str) -> None:
        self._problems.append(Problem(rule, detail))

    def _check_sync(self) -> None:
        count, rest = divmod(len(self._data), PACKET)
        if rest or not count:
            self._problem("sync", f"{len(self._data)} bytes are no whole number of packets")
        lost = count - self._data[: count * PACKET : PACKET].count(0x47)
        if lost:
            self._problem("sync", f"{lost} of {count} packets don't begin with 0x47")

    def packet(self, start: int) -> None:
        """Process the packet at byte `start`."""
        data = self._data
        flags, control = data[start + 1], data[start + 3]
        pid = (flags & 0x1F) << 8 | data[start + 2]
        if pid == NULL_PID:
            return
        if flags & 0x80:
            self._problem("sync", f"packet {start // PACKET} has its error indicator set")
        payload = start + 4
        random_access = False
        if control & 0x20:
            random_access = self._adaptation(pid, payload)
            payload += 1 + data[payload]
        if not control & 0x10:
            return
        if payload >= start + PACKET:
            self._problem("pes", f"packet {start // PACKET} states a payload and has none")
            return
        self._count(pid, control & 0x0F, start)
        begins = bool(flags & 0x40)
        body = data[payload : start + PACKET]
        if pid in self._types:
            self._elementary(pid, start // PACKET, body, begins=begins, random_access=random_access)
        elif pid in {PAT_PID, self._pmt_pid}:
            self._table(pid, body)
        elif pid > _LAST_SI_PID and pid not in self._unlisted:
            self._unlisted.add(pid)
            self._problem(
                "tables", f"PID {pid:#x} at packet {start // PACKET}, before PAT and PMT name it"
            )

    def _adaptation(self, pid: int, start: int) -> bool:
        """Read an adaptation field; returns its random_access_indicator."""
        if not self._data[start]:
            return False
        flags = self._data[start + 1]
        if flags & 0x10:
            high, low = (
                int.from_bytes(self._data[start + 2 : start + 6], "big"),
                int.from_bytes(self._data[start + 6 : start + 8], "big"),
            )
            self._pcrs.setdefault(pid, []).append((high << 1 | low >> 15) * 300 + (low & 0x1FF))
        return bool(flags & 0x40)

    def _count(self, pid: int, counter: int, start: int) -> None:
        last = self._last.get(pid)
        if last is None:
            self._first[pid] = counter
        elif counter != (last + 1) & 0x0F:
            self._problem(
                "continuity", f"PID {pid:#x} at packet {start // PACKET}: {counter} after {last}"
            )
        self._last[pid] = counter

    def _table(self, pid: int, body: bytes) -> None:
        """Read a PAT or PMT section; both are expected to fit into one packet."""
        section = body[1 + body[0] :]
        length = 3 + ((section[1] & 0x0F) << 8 | section[2]) if len(section) >= 3 else 0
        section = section[:length]
        if section in self._sections:
            return
        if length < 12 or len(section) < length or crc32_mpeg(section):
            self._problem("tables", f"the table of PID {pid:#x} is damaged")
            return
        self._sections.add(section)
        if pid == PAT_PID and section[0] == 0:
            self._pmt_pid = (section[10] & 0x1F) << 8 | section[11]
        elif section[0] == 2:
            self._program(section[:-4])

    def _program(self, section: bytes) -> None:
        self._pcr_pid = (section[8] & 0x1F) << 8 | section[9]
        at = 12 + ((section[10] & 0x0F) << 8 | section[11])
        while at + 5 <= len(section):
            pid = (section[at + 1] & 0x1F) << 8 | section[at + 2]
            self._types[pid] = section[at]
            self._units.setdefault(pid, [])
            at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])

    def _elementary(
        self, pid: int, packet: int, body: bytes, *, begins: bool, random_access: bool
    ) -> None:
        if begins:
            self._close(pid)
            self._open[pid] = (packet, random_access, [body])
        elif pid in self._open:
            self._open[pid][2].append(body)
        else:
            self._problem("pes", f"PID {pid:#x} begins inside a PES packet")
            self._open[pid] = (packet, random_access, [])

    def _close(self, pid: int) -> None:
        """End the PES packet that is being put together (§2.4.3.6)."""
        if pid not in self._open:
            return
        packet, random_access, bodies = self._open.pop(pid)
        pes = b"".join(bodies)
        if not bodies:
            return  # the rest of a PES packet that began elsewhere; reported already
        if len(pes) < 9 or pes[:3] != b"\x00\x00\x01":
            self._problem("pes", f"no PES packet at packet {packet} of PID {pid:#x}")
            return
        length = pes[4] << 8 | pes[5]
        if length and length != len(pes) - 6:
            self._problem(
                "pes", f"PES packet at packet {packet} states {length} bytes, has {len(pes) - 6}"
            )
        pts = _timestamp(pes[9:14]) if pes[7] & 0x80 else None
        dts = _timestamp(pes[14:19]) if pes[7] & 0xC0 == 0xC0 else pts
        self._units[pid].append(Unit(packet, pts, dts, random_access, pes[9 + pes[8] :]))

    def finish(self) -> TsSegment:
        """Return the parsed segment."""
        for pid in tuple(self._open):
            self._close(pid)
        if self._pmt_pid is None or not self._types:
            self._problem("tables", "no PAT and PMT")
        return TsSegment(
            streams=tuple(
                Stream(pid, kind, tuple(self._units[pid]), tuple(self._pcrs.get(pid, ())))
                for pid, kind in self._types.items()
            ),
            pcr_pid=self._pcr_pid,
            counters={pid: Counters(self._first[pid], self._last[pid]) for pid in self._first},
            problems=tuple(self._problems),
        )


def _timestamp(field: bytes) -> int | None:
    """Return a 33-bit PTS or DTS (§2.4.3.7); `None` where the field is cut off."""
    if len(field) < 5:
        return None
    high, middle, low = (
        field[0] >> 1 & 7,
        field[1] << 7 | field[2] >> 1,
        field[3] << 7 | field[4] >> 1,
    )
    return high << 30 | middle << 15 | low
