"""The two descriptions of an AAC stream: AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) once, up
front, and ADTS headers (ISO/IEC 13818-7 §6.2) before every frame, which can express less.
"""

from __future__ import annotations

from typing import Final

import msgspec

_SYNC: Final = 0xFFF
_HEADER, _HEADER_WITH_CRC = 7, 9
_RATES: Final = (
    *(96000, 88200, 64000, 48000, 44100, 32000, 24000),
    *(22050, 16000, 12000, 11025, 8000, 7350),
)
_MAX_FRAME: Final = (1 << 13) - 1  # bytes of a frame: its length field has 13 bits
_ESCAPE: Final = 31  # object type; the real one follows in six bits, minus 32
_EXPLICIT: Final = 15  # frequency index; 24 bits of Hz follow
_SBR, _PS = 5, 29  # object types that wrap that of the core
_LAST_IN_ADTS: Final = 4  # Main, LC, SSR and LTP fit into its two bits


class Configuration(msgspec.Struct, frozen=True):
    """The core of an AAC stream, without HE-AAC's doubled rate and parametric stereo."""

    object_type: int
    frequency: int  # index into the table of rates
    channels: int  # channelConfiguration: 7 means eight, 0 that the stream itself states them
    plain: bool = True  # 1024 samples a frame, and no dependency on another stream

    @property
    def rate(self) -> int:
        """Samples a second of the core; 0 where the rate is not in the table."""
        return _RATES[self.frequency] if self.frequency < len(_RATES) else 0

    @property
    def fits_adts(self) -> bool:
        """Say whether an ADTS header can express it."""
        known = 1 <= self.object_type <= _LAST_IN_ADTS and self.rate > 0
        return known and self.plain and 1 <= self.channels <= 7


class _Bits:
    def __init__(self, data: bytes) -> None:
        # Zeros after the end: a truncated configuration reads as one without extensions.
        self._number = int.from_bytes(data + bytes(16), "big")
        self._left = 8 * (len(data) + 16)

    def take(self, count: int) -> int:
        self._left -= count
        return self._number >> self._left & (1 << count) - 1

    def object_type(self) -> int:
        kind = self.take(5)
        return 32 + self.take(6) if kind == _ESCAPE else kind

    def frequency(self) -> int:
        index = self.take(4)
        if index == _EXPLICIT:
            self.take(24)
        return index


def parse(extradata: bytes) -> Configuration:
    """Return the core's configuration from an AudioSpecificConfig."""
    bits = _Bits(extradata[:64])
    kind, frequency, channels = bits.object_type(), bits.frequency(), bits.take(4)
    if kind in {_SBR, _PS}:
        bits.frequency()
        kind = bits.object_type()
    # frameLengthFlag (960 samples), dependsOnCoreCoder, extensionFlag
    return Configuration(kind, frequency, channels, plain=bits.take(3) == 0)


def can_carry(extradata: bytes) -> bool:
    """Say whether AAC of this AudioSpecificConfig can be cut into a transport stream.

    Without a configuration, the frames already have ADTS headers. xHE-AAC, error-resilient AAC,
    960-sample frames, odd rates and channels defined by a program config element have to be
    encoded.
    """
    return not extradata or parse(extradata).fits_adts


def is_adts(data: bytes) -> bool:
    """Say whether a frame starts with an ADTS header."""
    return len(data) > _HEADER and int.from_bytes(data[:2], "big") >> 4 == _SYNC


def is_complete(data: bytes) -> bool:
    """Say whether a frame has an ADTS header and the length that it states."""
    if not is_adts(data):
        return False
    return (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5 == len(data)


def may_be_raw_frame(data: memoryview) -> bool:
    """Say whether bytes may be a frame without a header.

    A frame that looks like a header would be mistaken for one; such a frame would begin with the
    element that ends a frame.
    """
    return len(data) + _HEADER <= _MAX_FRAME and not is_adts(bytes(data[: _HEADER + 1]))


def from_header(data: bytes) -> Configuration:
    """Return the configuration in a frame's ADTS header; raises `ValueError` without a header."""
    if not is_adts(data):
        raise ValueError("the audio has no ADTS header")
    return Configuration(
        object_type=(data[2] >> 6) + 1,
        frequency=data[2] >> 2 & 15,
        channels=(data[2] & 1) << 2 | data[3] >> 6,
    )


def configuration(data: bytes) -> bytes:
    """Return the AudioSpecificConfig of a frame's header; raises `ValueError` where there is none.

    HE-AAC is then signalled implicitly, as in ADTS.
    """
    config = from_header(data)
    if not config.fits_adts:
        raise ValueError("the audio's channels are stated only inside its frames")
    return (config.object_type << 11 | config.frequency << 7 | config.channels << 3).to_bytes(
        2, "big"
    )


def header(config: Configuration, size: int) -> bytes:
    """Return the header for a frame of `size` bytes; `config` has to fit ADTS."""
    total = size + _HEADER
    fields = (
        (_SYNC, 12), (0b0001, 4),  # MPEG-4, no CRC
        (config.object_type - 1, 2), (config.frequency, 4), (0, 1), (config.channels, 3), (0, 4),
        (total, 13), (0x7FF, 11), (0, 2),  # buffer fullness: variable rate; one block
    )  # fmt: skip
    number = 0
    for value, width in fields:
        number = number << width | value
    return number.to_bytes(_HEADER, "big")


def without_header(data: bytes) -> bytes:
    """Return a frame without its ADTS header; one that has none as it is."""
    if not is_adts(data):
        return data
    return data[_HEADER if data[1] & 1 else _HEADER_WITH_CRC :]
