"""Padded transport streams: counters chain for any number of packets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.container.mpegts import MEDIA_PID, PACKET, PMT_PID, pad_counters
from tests.oracle.ts import parse_ts

SDT_PID = 0x11


def _packet(pid: int, counter: int, payload: bytes, *, starts: bool = False) -> bytes:
    """One packet; a short payload is padded with an adaptation field."""
    head = bytes((0x47, starts << 6 | pid >> 8, pid & 0xFF))
    room = PACKET - 4 - len(payload)
    if not room:
        return head + bytes((0x10 | counter % 16,)) + payload
    field = bytes((room - 1,)) + (b"\0" + b"\xff" * (room - 2) if room > 1 else b"")
    return head + bytes((0x30 | counter % 16,)) + field + payload


payloads = st.lists(st.binary(min_size=1, max_size=PACKET - 4), min_size=16, max_size=60)


def _stream(parts: list[bytes], repeat: int) -> bytes:
    """A muxer's output: tables first, then media; tables again before packet `repeat`."""
    tables = [(SDT_PID, b"s" * 184), (0, b"a" * 184), (PMT_PID, b"m" * 184)]
    written = [_packet(pid, 0, body, starts=True) for pid, body in tables]
    for number, part in enumerate(parts):
        if number == repeat:
            written += [_packet(pid, 1, body, starts=True) for pid, body in tables[1:]]
        written.append(_packet(MEDIA_PID, number, part, starts=not number))
    return b"".join(written)


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + PACKET] for at in range(0, len(data), PACKET)]


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _payload(packet: bytes) -> bytes:
    return packet[4 + (1 + packet[4] if packet[3] & 0x20 else 0) :]


@given(payloads, st.integers(1, 60))
def test_every_pid_has_a_multiple_of_sixteen_packets(parts: list[bytes], repeat: int) -> None:
    padded = _split(pad_counters(_stream(parts, repeat)))
    counters: dict[int, list[int]] = {}
    for packet in padded:
        assert len(packet) == PACKET
        counters.setdefault(_pid(packet), []).append(packet[3] & 15)
    assert set(counters) == {0, PMT_PID, MEDIA_PID}
    for found in counters.values():
        assert found == [number % 16 for number in range(len(found))]
        assert len(found) % 16 == 0


@given(payloads, st.integers(1, 60))
def test_padding_changes_no_byte_of_the_stream(parts: list[bytes], repeat: int) -> None:
    padded = _split(pad_counters(_stream(parts, repeat)))
    media = b"".join(_payload(packet) for packet in padded if _pid(packet) == MEDIA_PID)
    assert media == b"".join(parts)


@given(payloads)
def test_counters_chain_between_any_two_segments(parts: list[bytes]) -> None:
    data = pad_counters(_stream(parts, -1))
    joined = parse_ts(data + data)
    assert {problem.rule for problem in joined.problems} <= {"tables", "pes"}


def test_a_segment_of_few_bytes_is_still_padded() -> None:
    padded = _split(pad_counters(_stream([b"x" * 184], -1)))
    assert sum(_pid(packet) == MEDIA_PID for packet in padded) == 16


def test_only_the_first_part_of_a_split_packet_starts_a_unit() -> None:
    padded = _split(pad_counters(_stream([b"x" * 184], -1)))
    starts = [bool(packet[1] & 0x40) for packet in padded if _pid(packet) == MEDIA_PID]
    assert starts == [True] + [False] * 15
