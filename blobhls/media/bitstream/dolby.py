"""AC-3 and E-AC-3 sync frames (ATSC A/52 §5.3 and §E.2); every frame states its properties."""

from __future__ import annotations

from typing import Final

import msgspec

FRAME_SAMPLES: Final = 1536  # samples of a frame of six blocks
CODECS: Final = {"ac3": "ac-3", "eac3": "ec-3"}  # libav's name → RFC 6381

_SYNC: Final = b"\x0b\x77"
_LONGEST_HEADER: Final = 6  # bytes that are parsed
_RATES: Final = (48_000, 44_100, 32_000)
_BLOCK: Final = 256  # samples
_BLOCKS: Final = (1, 2, 3, 6)
_LAST_OF_AC3: Final = 10  # bsid; 11 to 16 are E-AC-3
_LAST: Final = 16
_DEPENDENT: Final = 1  # strmtyp: adds channels to the previous frame
_STEREO: Final = 2  # acmod
# acmod: dual mono, mono, stereo, 3/0, 2/1, 3/1, 2/2, 3/2; without and with the LFE channel
_LAYOUTS: Final = (
    ("stereo", "2.1"), ("mono", ""), ("stereo", "2.1"), ("3.0", "3.1"),
    ("3.0(back)", ""), ("4.0", "4.1"), ("quad(side)", ""), ("5.0(side)", "5.1(side)"),
)  # fmt: skip
# Table 5.18: kbit/s by frmsizecod >> 1.
_KILOBITS: Final = (
    *(32, 40, 48, 56, 64, 80, 96, 112, 128, 160),
    *(192, 224, 256, 320, 384, 448, 512, 576, 640),
)


class Header(msgspec.Struct, frozen=True):
    """The properties that a frame states, of the independent substream only."""

    codec: str  # ac3 or eac3, libav's names
    rate: int  # samples a second
    samples: int
    layout: str  # libav's name; empty where its encoder does not support these channels
    bitrate: int  # bits a second


def parse_header(frame: bytes) -> Header | None:
    """Return a frame's header; None for other data, and for frames that extend the previous one."""
    if len(frame) < _LONGEST_HEADER or frame[:2] != _SYNC:
        return None
    version = frame[5] >> 3
    if version <= _LAST_OF_AC3:
        return _ac3(frame)
    return _eac3(frame) if version <= _LAST else None


def can_cut(frame: bytes, codec: str) -> bool:
    """Say whether audio that begins with this frame can be cut: complete frames of six blocks."""
    header = parse_header(frame)
    return header is not None and header.codec == codec and header.samples == FRAME_SAMPLES


def is_complete(packet: bytes) -> bool:
    """Say whether a packet is exactly one sync frame and the dependent frames that extend it."""
    at = 0
    while at < len(packet):
        size = _size(packet[at : at + _LONGEST_HEADER])
        if not size:
            return False
        at += size
    return 0 < at == len(packet)


def _size(frame: bytes) -> int:
    """Return the size of a sync frame in bytes, by its header; 0 where it has none."""
    if len(frame) < _LONGEST_HEADER or frame[:2] != _SYNC or frame[5] >> 3 > _LAST:
        return 0
    if frame[5] >> 3 > _LAST_OF_AC3:
        return 2 * (int.from_bytes(frame[2:4], "big") % 2048 + 1)
    header, code = _ac3(frame), frame[4]
    if header is None:
        return 0
    # Table 5.18: at 44.1 kHz every other frame is a word longer.
    words = header.bitrate * FRAME_SAMPLES // header.rate // 16
    return 2 * (words + (code & 1 if header.rate == _RATES[1] else 0))


def _ac3(frame: bytes) -> Header | None:
    rate_code, size_code = frame[4] >> 6, frame[4] & 63
    if rate_code >= len(_RATES) or size_code >= 2 * len(_KILOBITS):
        return None
    mode = frame[6] >> 5 if len(frame) > _LONGEST_HEADER else 0
    lfe = bool(int.from_bytes(frame[6:8], "big") >> _low_frequency_bit(mode) & 1)
    return Header(
        "ac3",
        _RATES[rate_code],
        FRAME_SAMPLES,
        _LAYOUTS[mode][lfe],
        _KILOBITS[size_code >> 1] * 1000,
    )


def _low_frequency_bit(mode: int) -> int:
    """Return the position of `lfeon` in the two bytes that begin with `acmod`."""
    offset = 3  # acmod itself
    offset += 2 if mode & 1 and mode != 1 else 0  # cmixlev
    offset += 2 if mode & 4 else 0  # surmixlev
    offset += 2 if mode == _STEREO else 0  # dsurmod
    return 15 - offset


def _eac3(frame: bytes) -> Header | None:
    if frame[2] >> 6 == _DEPENDENT or frame[4] >> 6 >= len(_RATES):
        return None  # a rate code of 3 halves the rate: few decoders support that
    rate, samples = _RATES[frame[4] >> 6], _BLOCK * _BLOCKS[frame[4] >> 4 & 3]
    layout = _LAYOUTS[frame[4] >> 1 & 7][frame[4] & 1]
    return Header("eac3", rate, samples, layout, 8 * _size(frame) * rate // samples)
