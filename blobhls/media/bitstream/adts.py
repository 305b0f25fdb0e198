"""AAC's two ways to say what it is: AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) once, up front,
and ADTS headers (ISO/IEC 13818-7 §6.2) before every frame, which can say less.
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
_LONGEST: Final = (1 << 13) - 1  # bytes of a frame: a header has 13 bits to say how long it is
_ESCAPE: Final = 31  # of an object type; 32 and six bits follow
_EXPLICIT: Final = 15  # frequency index; 24 bits of Hz follow
_SBR, _PS = 5, 29  # object types that wrap the one of the core
_LAST_IN_ADTS: Final = 4  # Main, LC, SSR and LTP fit its two bits


class Configuration(msgspec.Struct, frozen=True):
    """What the core of an AAC stream is; HE-AAC's doubled rate and parametric stereo left out."""

    object_type: int
    frequency: int  # index into the table of rates
    channels: int  # channelConfiguration: 7 means eight, 0 that the stream itself says it
    plain: bool = True  # 1024 samples a frame, depends on no other stream

    @property
    def rate(self) -> int:
        """Samples a second of the core; 0 where only a number of Hz would say it."""
        return _RATES[self.frequency] if self.frequency < len(_RATES) else 0

    @property
    def fits_adts(self) -> bool:
        """Say whether an ADTS header can stand for it."""
        known = 1 <= self.object_type <= _LAST_IN_ADTS and self.rate > 0
        return known and self.plain and 1 <= self.channels <= 7


class _Bits:
    def __init__(self, data: bytes) -> None:
        # Zeros after the end: a configuration cut short reads as one without extensions.
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
    """Return what an AudioSpecificConfig says of the core."""
    bits = _Bits(extradata[:64])
    kind, frequency, channels = bits.object_type(), bits.frequency(), bits.take(4)
    if kind in {_SBR, _PS}:
        bits.frequency()
        kind = bits.object_type()
    # frameLengthFlag (960 samples), dependsOnCoreCoder, extensionFlag
    return Configuration(kind, frequency, channels, plain=bits.take(3) == 0)


def can_carry(extradata: bytes) -> bool:
    """Say whether AAC of this AudioSpecificConfig can be cut into a transport stream.

    No configuration means that its frames have ADTS headers already. xHE-AAC, error resilient AAC,
    960-sample frames, odd rates and channels told by a program config element have to be encoded.
    """
    return not extradata or parse(extradata).fits_adts


def is_adts(data: bytes) -> bool:
    """Say whether a frame starts with an ADTS header."""
    return len(data) > _HEADER and int.from_bytes(data[:2], "big") >> 4 == _SYNC


def is_whole(data: bytes) -> bool:
    """Say whether a frame has an ADTS header and is as long as that says."""
    if not is_adts(data):
        return False
    return (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5 == len(data)


def may_be_bare(data: memoryview) -> bool:
    """Say whether bytes may be a frame without a header.

    One that looks like a header would be taken for it, and begins with the end of all elements.
    """
    return len(data) + _HEADER <= _LONGEST and not is_adts(bytes(data[: _HEADER + 1]))


def from_header(data: bytes) -> Configuration:
    """Return what a frame's ADTS header says; raises `ValueError` where there is none."""
    if not is_adts(data):
        raise ValueError("the sound has no ADTS header")
    return Configuration(
        object_type=(data[2] >> 6) + 1,
        frequency=data[2] >> 2 & 15,
        channels=(data[2] & 1) << 2 | data[3] >> 6,
    )


def configuration(data: bytes) -> bytes:
    """Return the AudioSpecificConfig that a frame's header stands for; raises `ValueError`.

    HE-AAC is then signalled implicitly, as it is in ADTS.
    """
    said = from_header(data)
    if not said.fits_adts:
        raise ValueError("the sound's channels are told by its frames alone")
    return (said.object_type << 11 | said.frequency << 7 | said.channels << 3).to_bytes(2, "big")


def header(said: Configuration, size: int) -> bytes:
    """Return the header of a frame of `size` bytes; `said` has to fit."""
    whole = size + _HEADER
    fields = (
        (_SYNC, 12), (0b0001, 4),  # MPEG-4, no CRC
        (said.object_type - 1, 2), (said.frequency, 4), (0, 1), (said.channels, 3), (0, 4),
        (whole, 13), (0x7FF, 11), (0, 2),  # buffer fullness: variable rate; one block
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
