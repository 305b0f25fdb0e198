"""Closed captions inside coded frames: CEA-608 and CEA-708 in ATSC user data. Pure.

They are in SEI messages of H.264 and HEVC and in user data of MPEG-2, a few bytes a frame (ATSC
A/53 part 4 §6.2). Cutting keeps them; encoders write them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_MARK: Final = b"GA94\x03"  # user_identifier of ATSC, type of cc_data
# What precedes the mark: ITU-T T.35 country and provider in SEI, or a start code of MPEG-2.
_PREFIXES: Final = (b"\xb5\x00\x31", b"\x00\x01\xb2")
INSPECTED_BYTES: Final = 8 * 1024  # bytes of a frame; user data precedes its slices
_FIELD_ONE, _FIELD_TWO, _PACKET_MORE, _PACKET_START = range(4)  # cc_type (CEA-708 §4.4.1)
_MAX_PAIRS: Final = 31
_TEXT_MODE: Final = frozenset({0x2A, 0x2B})  # second byte: text channels, which no player shows


class Captions:
    """Finds out which caption channels carry text, frame by frame."""

    def __init__(self) -> None:
        self._cea608: set[str] = set()  # CC1 to CC4
        self._services: set[int] = set()
        self._current: dict[int, str | None] = {}
        self._packet = bytearray()  # of CEA-708, as far as it was read

    @property
    def channels(self) -> tuple[str, ...]:
        """`INSTREAM-ID` of each channel (RFC 8216 §4.3.4.1).

        Services of CEA-708 are listed only where there is no CEA-608: they repeat its text, and
        few players show them.
        """
        if self._cea608:
            return tuple(sorted(self._cea608))
        return tuple(f"SERVICE{number}" for number in sorted(self._services))

    def read(self, frames: Iterable[bytes]) -> None:
        """Inspect consecutive coded frames, in presentation order."""
        self._current = {_FIELD_ONE: "CC1", _FIELD_TWO: "CC3"}
        self._packet.clear()
        for data in frames:
            for kind, first, second in cc_data(data[:INSPECTED_BYTES]):
                if kind in self._current:
                    self._process_pair(kind, first & 0x7F, second & 0x7F)
                else:
                    self._append_to_packet(kind, first, second)

    def _process_pair(self, field: int, first: int, second: int) -> None:
        """Process two bytes of CEA-608, without their parity."""
        line = "CC1" if field == _FIELD_ONE else "CC3"
        if 0x10 <= first <= 0x1F:  # a control code, for one of the field's two channels
            channel = line if first < 0x18 else f"CC{int(line[2]) + 1}"
            is_text = first & 0x07 in {4, 5} and second in _TEXT_MODE
            self._current[field] = None if is_text else channel
        elif 0 < first < 0x10:  # extended data services: about the programme
            self._current[field] = None
        current = self._current[field]
        if first >= 0x10 and current is not None:
            self._cea608.add(current)

    def _append_to_packet(self, kind: int, first: int, second: int) -> None:
        """Append two bytes to a CEA-708 packet (§5), and parse the packet when it is complete."""
        if kind == _PACKET_START:
            self._packet.clear()
        elif not self._packet:
            return
        self._packet += bytes((first, second))
        size = (self._packet[0] & 0x3F) * 2 or 128
        if len(self._packet) >= size:
            self._services.update(_services(bytes(self._packet[1:size])))
            self._packet.clear()


def _services(packet: bytes) -> Iterator[int]:
    """Yield the numbers of a packet's service blocks that are not empty (§6.2)."""
    at = 0
    while at < len(packet):
        number, size = packet[at] >> 5, packet[at] & 0x1F
        at += 1
        if number == 0:
            return
        if number == 7 and at < len(packet):
            number = packet[at] & 0x3F
            at += 1
        if size:
            yield number
        at += size


def cc_data(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield type and two bytes of each valid entry in `cc_data` (A/53 part 4 §6.2.3)."""
    at = data.find(_MARK)
    while at >= 0:
        if data[max(0, at - 3) : at] in _PREFIXES:
            # Emulation prevention (H.264 §7.4.1) at most doubles the three bytes of a pair.
            body = data[at + len(_MARK) : at + len(_MARK) + 2 + 6 * _MAX_PAIRS]
            yield from _pairs(body.replace(b"\0\0\3", b"\0\0"))
        at = data.find(_MARK, at + 1)


def _pairs(body: bytes) -> Iterator[tuple[int, int, int]]:
    if len(body) < 2 or not body[0] & 0x40:  # process_cc_data_flag
        return
    count = body[0] & 0x1F
    for at in range(2, 2 + 3 * count, 3):
        if at + 3 > len(body):
            return
        marker, first, second = body[at : at + 3]
        if marker >> 3 == 0x1F and marker & 0x04:  # marker bits, cc_valid
            yield marker & 0x03, first, second
