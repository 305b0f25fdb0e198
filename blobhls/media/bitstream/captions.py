"""Closed captions among coded pictures: CEA-608 and CEA-708 in ATSC user data. Pure.

They travel in SEI messages of H.264 and HEVC and in user data of MPEG-2, a few bytes a picture
(ATSC A/53 part 4 §6.2), and stay there when pictures are cut; encoders write them anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_MARK: Final = b"GA94\x03"  # user_identifier of ATSC, type of cc_data
# What stands in front: ITU-T T.35 country and provider in SEI, or a start code of MPEG-2.
_IN_FRONT: Final = (b"\xb5\x00\x31", b"\x00\x01\xb2")
LOOK: Final = 8 * 1024  # bytes of a picture; user data stands in front of its slices
_FIELD_ONE, _FIELD_TWO, _PACKET_MORE, _PACKET_START = range(4)  # cc_type (CEA-708 §4.4.1)
_MOST_PAIRS: Final = 31
_TEXT_MODE: Final = frozenset({0x2A, 0x2B})  # second byte: text channels, which nobody shows


class Captions:
    """Finds out which channels have something to say, picture by picture."""

    def __init__(self) -> None:
        self._lines: set[str] = set()  # CC1 to CC4
        self._services: set[int] = set()
        self._current: dict[int, str | None] = {}
        self._packet = bytearray()  # of CEA-708, as far as it has come

    @property
    def channels(self) -> tuple[str, ...]:
        """`INSTREAM-ID` of each channel (RFC 8216 §4.3.4.1).

        Services of CEA-708 only where there is nothing of CEA-608: they say the same again, and
        hardly a player shows them.
        """
        if self._lines:
            return tuple(sorted(self._lines))
        return tuple(f"SERVICE{number}" for number in sorted(self._services))

    def read(self, pictures: Iterable[bytes]) -> None:
        """Look at coded pictures that follow each other, in the order they are shown in."""
        self._current = {_FIELD_ONE: "CC1", _FIELD_TWO: "CC3"}
        self._packet.clear()
        for data in pictures:
            for kind, first, second in cc_data(data[:LOOK]):
                if kind in self._current:
                    self._pair(kind, first & 0x7F, second & 0x7F)
                else:
                    self._piece(kind, first, second)

    def _pair(self, field: int, first: int, second: int) -> None:
        """Take two bytes of CEA-608, without their parity."""
        line = "CC1" if field == _FIELD_ONE else "CC3"
        if 0x10 <= first <= 0x1F:  # a control code, and which of the field's two channels it is for
            channel = line if first < 0x18 else f"CC{int(line[2]) + 1}"
            is_text = first & 0x07 in {4, 5} and second in _TEXT_MODE
            self._current[field] = None if is_text else channel
        elif 0 < first < 0x10:  # extended data services: about the programme
            self._current[field] = None
        current = self._current[field]
        if first >= 0x10 and current is not None:
            self._lines.add(current)

    def _piece(self, kind: int, first: int, second: int) -> None:
        """Take two bytes of a CEA-708 packet (§5), and read the packet when it is whole."""
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
    """Yield the numbers of the service blocks of a packet that hold anything (§6.2)."""
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
    """Yield type and two bytes of what is valid in a picture's `cc_data` (A/53 part 4 §6.2.3)."""
    at = data.find(_MARK)
    while at >= 0:
        if data[max(0, at - 3) : at] in _IN_FRONT:
            # Without emulation prevention (H.264 §7.4.1): three bytes a pair, and as many again.
            body = data[at + len(_MARK) : at + len(_MARK) + 2 + 6 * _MOST_PAIRS]
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
