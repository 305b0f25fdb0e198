"""Ways to break a good stream, each in a single respect if possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.oracle.streams import ES_PID, packets, pid_of
from tests.oracle.ts import PAT_PID

Segments = list[bytes]


def renumbered(segments: Sequence[bytes]) -> Segments:
    """Return the segments with continuity counters that chain, whatever was removed or added."""
    counters: dict[int, int] = {}
    result = []
    for segment in segments:
        written = []
        for packet in packets(segment):
            pid, control = pid_of(packet), packet[3]
            if control & 0x10:
                counters[pid] = (counters.get(pid, -1) + 1) & 0x0F
            written.append(packet[:3] + bytes([control & 0xF0 | counters.get(pid, 0)]) + packet[4:])
        result.append(b"".join(written))
    return result


def groups(segment: bytes) -> list[bytes]:
    """Return the segment in parts that begin with a PAT and hold one PES packet each."""
    parts: list[list[bytes]] = []
    for packet in packets(segment):
        if not parts or (pid_of(packet) == PAT_PID and any(pid_of(p) == ES_PID for p in parts[-1])):
            parts.append([])
        parts[-1].append(packet)
    return [b"".join(part) for part in parts]


def regrouped(
    number: int, change: Callable[[list[bytes]], Iterable[bytes]]
) -> Callable[..., Segments]:
    """Return a break that changes the frames of segment `number`; counters stay in order."""

    def apply(segments: Segments) -> Segments:
        changed = b"".join(change(groups(segments[number])))
        return renumbered([*segments[:number], changed, *segments[number + 1 :]])

    return apply


def repacked(
    number: int, change: Callable[[list[bytes]], Iterable[bytes]]
) -> Callable[..., Segments]:
    """Return a break that changes the TS packets of segment `number`."""

    def apply(segments: Segments) -> Segments:
        changed = b"".join(change(packets(segments[number])))
        return [*segments[:number], changed, *segments[number + 1 :]]

    return apply


def patched(packet: bytes, at: int, value: int) -> bytes:
    """Return the packet with one byte replaced."""
    return packet[:at] + bytes([value]) + packet[at + 1 :]


def first_of(parts: list[bytes], pid: int) -> int:
    """Return the number of the first packet of a PID."""
    return next(number for number, packet in enumerate(parts) if pid_of(packet) == pid)


def shifted(segment: bytes, ticks: int) -> bytes:
    """Return the segment with PTS and DTS of its elementary stream moved by `ticks`; PCR stays."""
    return b"".join(
        _shift(packet, ticks) if pid_of(packet) == ES_PID and packet[1] & 0x40 else packet
        for packet in packets(segment)
    )


def _shift(packet: bytes, ticks: int) -> bytes:
    body = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
    changed = bytearray(packet)
    for flag, at in ((0x80, body + 9), (0x40, body + 14)):
        if packet[body + 7] & flag:
            changed[at : at + 5] = _moved(packet[at : at + 5], ticks)
    return bytes(changed)


def _moved(field: bytes, ticks: int) -> bytes:
    """Return a timestamp field (ISO/IEC 13818-1 §2.4.3.7) with `ticks` added, modulo 2^33."""
    value = int.from_bytes(field, "big")
    time = (value >> 33 & 7) << 30 | (value >> 17 & 0x7FFF) << 15 | value >> 1 & 0x7FFF
    time = (time + ticks) % (1 << 33)
    prefix = value >> 36 << 36
    bits = (time >> 30) << 33 | 1 << 32 | (time >> 15 & 0x7FFF) << 17 | 1 << 16
    return (prefix | bits | (time & 0x7FFF) << 1 | 1).to_bytes(5, "big")
