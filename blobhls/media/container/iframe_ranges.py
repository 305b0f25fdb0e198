"""Byte ranges of the key frames in a finished segment. Pure, without libav.

For I-frame playlists (RFC 8216 §4.3.3.6): each range decodes to one frame, given the start of the
segment (MPEG-TS) or its initialisation section (fMP4).
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final

from blobhls.media.bitstream.cut_points import nal_units
from blobhls.media.container.mpegts import MEDIA_PID, PACKET
from blobhls.media.results import IFrame
from blobhls.recipe import Packaging

_PES_STARTS: Final = 0x40 | MEDIA_PID >> 8  # second byte of a packet in which a PES begins
_WRAP: Final = 1 << 33  # ticks, of a PTS
_MAX_PACKETS: Final = 64  # packets; enough for the first slice of a frame and the SEI before it
_H264_SLICES: Final = frozenset({1, 2, 5})
_IDR_UNITS: Final = frozenset({5, 7, 8})  # IDR slice, sequence and picture parameter sets
_NOT_SYNC: Final = 0x0001_0000  # sample_is_non_sync_sample (ISO/IEC 14496-12 §8.8.3.1)


def key_frames(segment: bytes, packaging: Packaging, start: int) -> tuple[IFrame, ...]:
    """Return the frames of a video segment that decode alone, in file order.

    `start`: of its window, in 90 kHz ticks of the segment's clock. In fMP4 only the first frame has
    a range of its own, since the fragment's sample table stands in front of it.
    """
    if packaging == "ts":
        return _in_transport_stream(segment, start)
    length = _first_sample_end(segment)
    return (IFrame(0, length, 0),) if length else ()


def _in_transport_stream(segment: bytes, start: int) -> tuple[IFrame, ...]:
    found: list[IFrame] = []
    for begin, end in pairwise([*_pes_packets(segment), len(segment) // PACKET]):
        if not _is_random_access(segment, begin * PACKET):
            continue
        payload = _payload(segment[begin * PACKET : min(end, begin + _MAX_PACKETS) * PACKET])
        pts = _pts(payload)
        if pts is None or not _decodes_alone(payload):
            continue
        after = (pts - start) % _WRAP
        # A tick or two before the window is rounding, not 26 hours.
        found.append(
            IFrame(begin * PACKET, (end - begin) * PACKET, after if after < _WRAP // 2 else 0)
        )
    return tuple(found)


def _pes_packets(segment: bytes) -> list[int]:
    """Return the numbers of the elementary stream's packets in which a PES begins."""
    highs = segment[1 : len(segment) - len(segment) % PACKET : PACKET]
    numbers: list[int] = []
    at = highs.find(_PES_STARTS)
    while at >= 0:
        if segment[at * PACKET + 2] == MEDIA_PID & 0xFF:
            numbers.append(at)
        at = highs.find(_PES_STARTS, at + 1)
    return numbers


def _is_random_access(segment: bytes, at: int) -> bool:
    """Say whether the packet at a byte has its `random_access_indicator` set."""
    return bool(segment[at + 3] & 0x20) and segment[at + 4] > 0 and bool(segment[at + 5] & 0x40)


def _payload(packets: bytes) -> bytes:
    parts: list[bytes] = []
    for at in range(0, len(packets), PACKET):
        body = 4 + (1 + packets[at + 4] if packets[at + 3] & 0x20 else 0)
        if packets[at + 3] & 0x10:
            parts.append(packets[at + body : at + PACKET])
    return b"".join(parts)


def _pts(pes: bytes) -> int | None:
    """Return the PTS of a PES packet (ISO/IEC 13818-1 §2.4.3.7)."""
    if len(pes) < 14 or not pes[7] & 0x80:
        return None
    high, middle, low = pes[9] >> 1 & 7, *struct.unpack(">HH", pes[10:14])
    return int(high << 30 | middle >> 1 << 15 | low >> 1)


def _decodes_alone(pes: bytes) -> bool:
    """Say whether a PES packet holds an H.264 IDR preceded by its parameter sets."""
    kinds: set[int] = set()
    for unit in nal_units(pes[9 + pes[8] :], 0):
        kinds.add(unit[0] & 31)
        if unit[0] & 31 in _H264_SLICES:
            break
    return kinds >= _IDR_UNITS


def _first_sample_end(segment: bytes) -> int:
    """Return the end of the first sample of a fragment; 0 where it is not a key frame.

    Expects the output of libav's muxer: one `moof` with one `traf` and one `trun`, then `mdat`.
    """
    moof = _box(segment, b"moof", 0, len(segment))
    traf = moof and _box(segment, b"traf", *moof)
    header = traf and _box(segment, b"tfhd", *traf)
    run = traf and _box(segment, b"trun", *traf)
    if not (moof and header and run):
        return 0
    try:
        size, flags = _default_sample(segment, header[0])
        offset, size, flags = _first_sample(segment, run[0], size, flags)
    except struct.error:
        return 0
    end = moof[0] - 8 + offset + size
    return end if size and not flags & _NOT_SYNC and end <= len(segment) else 0


def _box(data: bytes, kind: bytes, start: int, stop: int) -> tuple[int, int] | None:
    """Return where the content of the first box of this kind begins and ends."""
    while start + 8 <= stop:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > stop:
            return None
        if data[start + 4 : start + 8] == kind:
            return start + 8, start + size
        start += size
    return None


def _default_sample(data: bytes, at: int) -> tuple[int, int]:
    """Return the default size and flags of a sample, from `tfhd` (§8.8.7)."""
    has = int.from_bytes(data[at + 1 : at + 4], "big")
    at += 8
    for flag, length in ((0x01, 8), (0x02, 4), (0x08, 4)):  # data offset, description, duration
        at += length if has & flag else 0
    size = struct.unpack_from(">I", data, at)[0] if has & 0x10 else 0
    at += 4 if has & 0x10 else 0
    return size, struct.unpack_from(">I", data, at)[0] if has & 0x20 else 0


def _first_sample(data: bytes, at: int, size: int, flags: int) -> tuple[int, int, int]:
    """Return data offset, size and flags of the first sample, from `trun` (§8.8.8)."""
    has = int.from_bytes(data[at + 1 : at + 4], "big")
    at += 8
    offset = 0
    if has & 0x01:
        offset = struct.unpack_from(">i", data, at)[0]
        at += 4
    if has & 0x04:
        flags = struct.unpack_from(">I", data, at)[0]
        at += 4
    at += 4 if has & 0x100 else 0  # its duration
    if has & 0x200:
        size = struct.unpack_from(">I", data, at)[0]
        at += 4
    if has & 0x400:
        flags = struct.unpack_from(">I", data, at)[0]
    return offset, size, flags
