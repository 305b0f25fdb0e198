"""Continuity counters that chain across MPEG-TS segments rendered independently of each other.

Every PID gets a multiple of 16 packets, so the next segment may start at counter 0 again
(ISO/IEC 13818-1 §2.4.3.3). Without padding, players reported corrupt packets at 30 of 33 joins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

PACKET: Final = 188
_CYCLE: Final = 16
PMT_PID: Final = 0x42
MEDIA_PID: Final = 0x101
_SDT_PID: Final = 0x11
_PAYLOAD_ONLY, _WITH_ADAPTATION = 0x10, 0x30
_PID_BITS: Final = bytes(value & 0x1F for value in range(256))  # of a header's second byte


def pad_counters(data: bytes) -> bytes:
    """Return a segment of one PAT, one PMT and one elementary stream with padded counters.

    `data`: the output of libav's muxer. Each table is written once, at the start. The SDT is
    dropped, since HLS players don't read it.
    """
    tables, runs = _tables_and_media(data)
    tables.pop(_SDT_PID, None)
    count = sum(map(len, runs)) // PACKET
    head = [_with_counter(table, number) for number in range(_CYCLE) for table in tables.values()]
    return b"".join([*head, *_extended(runs, count, -count % _CYCLE)])


def _tables_and_media(data: bytes) -> tuple[dict[int, bytes], list[memoryview]]:
    """Return the first packet of each table, and the runs of packets of the elementary stream.

    libav repeats the tables at key frames whatever period is set; repeated tables would have to be
    counted, and a segment of some seconds needs them only once.
    """
    view = memoryview(data)  # the runs are most of the data: copied only once, in the final join
    tables: dict[int, bytes] = {}
    kept: list[memoryview] = []
    start = 0  # of a run of media packets
    for number in _table_packets(data):
        at = number * PACKET
        tables.setdefault(_pid(data, at), data[at : at + PACKET])
        kept.append(view[start:at])
        start = at + PACKET
    kept.append(view[start : len(data) - len(data) % PACKET])
    return tables, [run for run in kept if run]


def _table_packets(data: bytes) -> Iterator[int]:
    """Yield the numbers of the packets outside the elementary stream, rising."""
    # All tables have PIDs below 0x100: searching a slice of the PIDs' high bytes avoids a Python
    # loop over every packet.
    highs = data[1::PACKET].translate(_PID_BITS)
    number = highs.find(0)
    while number >= 0:
        yield number
        number = highs.find(0, number + 1)


def _extended(runs: list[memoryview], count: int, missing: int) -> list[bytes | memoryview]:
    """Return runs of `count` packets, extended by `missing` packets."""
    runs, tail = runs.copy(), list[bytes]()
    while missing and runs:
        # From the end: the packets after a split one are numbered again.
        count -= 1
        parts = _split(bytes(runs[-1][-PACKET:]), missing)
        missing -= len(parts) - 1
        tail[:0] = parts
        runs[-1] = runs[-1][:-PACKET]
        if not runs[-1]:
            runs.pop()
    return [*runs, *(_with_counter(part, count + number) for number, part in enumerate(tail))]


def _split(packet: bytes, more: int) -> list[bytes]:
    """Spread a packet's payload over up to `more` extra packets, filled with adaptation fields."""
    body = 4
    if packet[3] & 0x20:
        body += 1 + packet[4]
    payload = packet[body:]
    more = min(more, len(payload) - 1)
    if more <= 0:
        return [packet]
    parts = [_stuffed(packet[:4], packet[4:body], payload[:1])]
    header = bytes((packet[0], packet[1] & 0xBF, packet[2], packet[3]))  # no unit starts here
    parts.extend(_stuffed(header, b"", payload[n : n + 1]) for n in range(1, more))
    parts.append(_stuffed(header, b"", payload[more:]))
    return parts


def _stuffed(header: bytes, adaptation: bytes, payload: bytes) -> bytes:
    """Return one packet of 188 bytes; stuffing goes into the adaptation field."""
    room = PACKET - 4 - len(payload)  # bytes of the adaptation field, its length byte included
    if not room:
        return header[:3] + bytes((_PAYLOAD_ONLY,)) + payload
    flags = adaptation[1:] or (b"\0" if room > 1 else b"")
    field = bytes((room - 1,)) + flags + b"\xff" * (room - 1 - len(flags))
    return header[:3] + bytes((_WITH_ADAPTATION,)) + field + payload


def _pid(data: bytes, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _with_counter(packet: bytes, counter: int) -> bytes:
    return packet[:3] + bytes((packet[3] & 0xF0 | counter % _CYCLE,)) + packet[4:]
