"""ADTS headers (ISO/IEC 13818-7 §6.2), where AAC leaves a transport stream for fMP4."""

from __future__ import annotations

from av.packet import Packet
from av.stream import Stream

_SYNC = 0xFFF
_HEADER, _HEADER_WITH_CRC = 7, 9


def is_adts(data: bytes) -> bool:
    """Say whether a frame starts with an ADTS header."""
    return len(data) > _HEADER and int.from_bytes(data[:2], "big") >> 4 == _SYNC


def configuration(data: bytes) -> bytes:
    """Return the AudioSpecificConfig that a frame's header stands for; raises `ValueError`."""
    if not is_adts(data):
        raise ValueError("the sound has no ADTS header")
    kind = (data[2] >> 6) + 1
    frequency = data[2] >> 2 & 15
    channels = (data[2] & 1) << 2 | data[3] >> 6
    return (kind << 11 | frequency << 7 | channels << 3).to_bytes(2, "big")


def bare(packet: Packet[Stream]) -> Packet[Stream]:
    """Return the frame without its header, same time stamps."""
    data = bytes(packet)
    if not is_adts(data):
        return packet
    result: Packet[Stream] = Packet(data[_HEADER if data[1] & 1 else _HEADER_WITH_CRC :])
    result.pts, result.dts, result.duration = packet.pts, packet.dts, packet.duration
    result.is_keyframe = True
    return result
