"""Continuity counters that chain over MPEG-TS segments made independently of each other.

Every PID gets a multiple of 16 packets, so the next segment may start at counter 0 again
(ISO/IEC 13818-1 §2.4.3.3). Unpadded, players reported corrupt packets at 30 of 33 joins.
"""

from __future__ import annotations

from typing import Final

PACKET: Final = 188
_CYCLE: Final = 16
PMT_PID: Final = 0x42
MEDIA_PID: Final = 0x101
_SDT_PID: Final = 0x11
_PAYLOAD_ONLY, _BOTH = 0x10, 0x30


def pad(data: bytes) -> bytes:
    """Return a segment of one PAT, one PMT and one elementary stream with padded counters.

    `data`: what libav's muxer wrote, tables first and only once. The SDT is dropped: nobody
    playing HLS reads it.
    """
    tables: dict[int, bytes] = {}
    at = 0
    while at < len(data) and (pid := _pid(data, at)) != MEDIA_PID:
        tables[pid] = data[at : at + PACKET]
        at += PACKET
    tables.pop(_SDT_PID, None)
    count = (len(data) - at) // PACKET
    head = [_counted(table, number) for number in range(_CYCLE) for table in tables.values()]
    return b"".join([*head, *_stretched(data, at, -count % _CYCLE)])


def _stretched(data: bytes, at: int, missing: int) -> list[bytes]:
    """Return the media packets from `at` on, with `missing` more of them than there are."""
    tail: list[bytes] = []
    end = len(data)
    while missing and end > at:
        # From the end: what follows a split packet is counted anew.
        end -= PACKET
        parts = _split(data[end : end + PACKET], missing)
        missing -= len(parts) - 1
        tail[:0] = parts
    first = (end - at) // PACKET
    return [data[at:end], *(_counted(part, first + n) for n, part in enumerate(tail))]


def _split(packet: bytes, more: int) -> list[bytes]:
    """Spread a packet's payload over up to `more` packets more, filled up by adaptation fields."""
    body = 4
    if packet[3] & 0x20:
        body += 1 + packet[4]
    payload = packet[body:]
    more = min(more, len(payload) - 1)
    if more <= 0:
        return [packet]
    parts = [_filled(packet[:4], packet[4:body], payload[:1])]
    header = bytes((packet[0], packet[1] & 0xBF, packet[2], packet[3]))  # no unit starts here
    parts.extend(_filled(header, b"", payload[n : n + 1]) for n in range(1, more))
    parts.append(_filled(header, b"", payload[more:]))
    return parts


def _filled(header: bytes, adaptation: bytes, payload: bytes) -> bytes:
    """Return one packet of 188 bytes; stuffing goes into the adaptation field."""
    room = PACKET - 4 - len(payload)  # bytes of the adaptation field, its length byte included
    if not room:
        return header[:3] + bytes((_PAYLOAD_ONLY,)) + payload
    flags = adaptation[1:] or (b"\0" if room > 1 else b"")
    field = bytes((room - 1,)) + flags + b"\xff" * (room - 1 - len(flags))
    return header[:3] + bytes((_BOTH,)) + field + payload


def _pid(data: bytes, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _counted(packet: bytes, counter: int) -> bytes:
    return packet[:3] + bytes((packet[3] & 0xF0 | counter % _CYCLE,)) + packet[4:]
