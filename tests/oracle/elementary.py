"""Elementary streams: NAL units of H.264 and HEVC, frames of AAC (ADTS), AC-3 and E-AC-3."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

H264: Final = 0x1B
HEVC: Final = 0x24
AAC: Final = 0x0F
AC3: Final = 0x81
EAC3: Final = 0x87

VIDEO_TYPES: Final = frozenset({H264, HEVC, 0x01, 0x02, 0x10})
AUDIO_TYPES: Final = frozenset({AAC, AC3, EAC3, 0x03, 0x04, 0x11})

_START_CODE: Final = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_ADTS_RATES: Final = (
    *(96000, 88200, 64000, 48000, 44100, 32000, 24000),
    *(22050, 16000, 12000, 11025, 8000, 7350),
)
_AC3_RATES: Final = (48000, 44100, 32000)
# ATSC A/52 table 5.18: kbit/s by frmsizecod >> 1.
_AC3_KILOBITS: Final = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
    *(192, 224, 256, 320, 384, 448, 512, 576, 640),
)


class NalRoles(msgspec.Struct, frozen=True):
    """NAL unit types of a codec by role (H.264 table 7-1, HEVC table 7-1)."""

    random_access: frozenset[int]
    parameter_sets: frozenset[int]  # all of them are needed


H264_ROLES: Final = NalRoles(frozenset({5}), frozenset({7, 8}))
HEVC_ROLES: Final = NalRoles(frozenset({19, 20, 21}), frozenset({32, 33, 34}))


def roles_of(stream_type: int) -> NalRoles | None:
    """Return the NAL roles in a stream of `stream_type`; `None` for other streams."""
    return {H264: H264_ROLES, HEVC: HEVC_ROLES}.get(stream_type)


def nal_type(header: int, roles: NalRoles) -> int:
    """Return the NAL unit type in the first byte of a NAL unit."""
    return (header >> 1) & 0x3F if roles is HEVC_ROLES else header & 0x1F


def nal_types(data: bytes, roles: NalRoles) -> list[int]:
    """Return the NAL types of an Annex B access unit, in order."""
    return [nal_type(match[1][0], roles) for match in _START_CODE.finditer(data)]


class AudioFrame(msgspec.Struct, frozen=True):
    """One audio frame inside an elementary stream."""

    offset: int  # bytes
    size: int  # bytes
    samples: int
    rate: int  # Hz


class AudioWalk(msgspec.Struct, frozen=True):
    """All frames of an elementary stream; `stopped` says why the walk ended early."""

    frames: tuple[AudioFrame, ...]
    stopped: str | None


_Header = tuple[int, int, int]  # size in bytes, samples, rate


def walk_audio(data: bytes, stream_type: int) -> AudioWalk:
    """Walk from frame to frame; every byte must belong to one."""
    header = {AAC: _adts, AC3: _ac3, EAC3: _eac3}.get(stream_type)
    if header is None:
        return AudioWalk((), f"frames of stream type {stream_type:#x} are not known")
    return _walk(data, header)


def _walk(data: bytes, header: Callable[[bytes], _Header | None]) -> AudioWalk:
    frames: list[AudioFrame] = []
    offset = 0
    while offset < len(data):
        found = header(data[offset : offset + 8])
        if found is None:
            return AudioWalk(tuple(frames), f"no frame at byte {offset} of {len(data)}")
        size, samples, rate = found
        if offset + size > len(data):
            return AudioWalk(tuple(frames), f"the frame at byte {offset} of {len(data)} is cut off")
        frames.append(AudioFrame(offset, size, samples, rate))
        offset += size
    return AudioWalk(tuple(frames), None)


def _adts(head: bytes) -> _Header | None:
    """Read an ADTS header (ISO/IEC 13818-7 §6.2)."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    rate = (head[2] >> 2) & 0x0F
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if rate >= len(_ADTS_RATES) or size < 7:
        return None
    return size, 1024 * ((head[6] & 3) + 1), _ADTS_RATES[rate]


def _ac3(head: bytes) -> _Header | None:
    """Read an AC-3 sync frame header (ATSC A/52 §5.3)."""
    if len(head) < 6 or head[:2] != b"\x0b\x77":
        return None
    rate_code, size_code = head[4] >> 6, head[4] & 0x3F
    if rate_code == 3 or size_code >= 2 * len(_AC3_KILOBITS):
        return None
    rate = _AC3_RATES[rate_code]
    words = _AC3_KILOBITS[size_code >> 1] * 1000 * 1536 // 16 // rate
    odd = size_code & 1 if rate == 44100 else 0  # only 44.1 kHz has frames of uneven size
    return 2 * (words + odd), 1536, rate


def _eac3(head: bytes) -> _Header | None:
    """Read an E-AC-3 sync frame header (ATSC A/52 §E.2)."""
    if len(head) < 6 or head[:2] != b"\x0b\x77":
        return None
    size = 2 * (((head[2] & 7) << 8 | head[3]) + 1)
    rate_code, blocks_code = head[4] >> 6, (head[4] >> 4) & 3
    if rate_code == 3:
        rate, blocks = (24000, 22050, 16000)[blocks_code % 3], 6
    else:
        rate, blocks = _AC3_RATES[rate_code], (1, 2, 3, 6)[blocks_code]
    # Dependent substreams (strmtyp 1) add channels to the frame before them, not time.
    return size, 0 if head[2] >> 6 == 1 else 256 * blocks, rate
