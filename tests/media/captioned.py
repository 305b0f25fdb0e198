"""Closed captions written into the frames of a clip, two bytes a frame (CEA-608)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream

Triple = tuple[int, int, int]  # cc_type and two bytes


def odd(*values: int) -> tuple[int, ...]:
    """Return bytes of seven bits with odd parity."""
    return tuple(value | (0 if value.bit_count() % 2 else 0x80) for value in values)


def line21(text: str, control: int = 0x14, field: int = 0) -> list[Triple]:
    """Return roll-up captions of one row: mode, carriage return, position, letters."""
    codes = [(control, 0x25), (control, 0x2D), (control, 0x70)]
    padded = text + "\0" * (len(text) % 2)
    codes += [(ord(a), ord(b)) for a, b in zip(padded[::2], padded[1::2], strict=True)]
    # Control codes are sent twice, in case one is lost.
    doubled = [pair for pair in codes for _ in range(2 if pair[0] == control else 1)]
    return [(field, *odd(*pair)) for pair in doubled]  # type: ignore[misc]


def user_data(triples: Sequence[Triple]) -> bytes:
    """Return ATSC user data, from its identifier on."""
    pairs = b"".join(bytes((0xFC | kind, first, second)) for kind, first, second in triples)
    return b"GA94\x03" + bytes((0x40 | len(triples), 0xFF)) + pairs + b"\xff"


def sei(triples: Sequence[Triple]) -> bytes:
    """Return an H.264 NAL unit of user data registered by ITU-T T.35."""
    body = b"\xb5\x00\x31" + user_data(triples)
    raw = bytes((4, len(body))) + body + b"\x80"
    return b"\x06" + raw.replace(b"\0\0", b"\0\0\3")


def captioned(source: Path, target: Path, pictures: Sequence[Sequence[Triple]]) -> Path:
    """Copy an MP4 of H.264 with captions in its frames, in presentation order."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams}
        packets = [packet for packet in old.demux() if packet.size]
        shown = sorted(p.pts or 0 for p in packets if p.stream.type == "video")
        for packet in packets:
            if packet.stream.type == "video":
                place = shown.index(packet.pts or 0)
                if place < len(pictures):
                    new.mux(_with_captions(packet, pictures[place], streams[0]))
                    continue
            packet.stream = streams[packet.stream_index]
            new.mux(packet)
    return target


def _with_captions(
    packet: Packet[Stream], triples: Sequence[Triple], stream: Stream
) -> Packet[Stream]:
    unit = sei(triples)
    whole: Packet[Stream] = Packet(len(unit).to_bytes(4, "big") + unit + bytes(packet))
    whole.pts, whole.dts, whole.duration = packet.pts, packet.dts, packet.duration
    whole.time_base, whole.is_keyframe = packet.time_base, packet.is_keyframe
    whole.stream = stream
    return whole


def each_alone(triples: Sequence[Triple]) -> Iterator[list[Triple]]:
    """Yield the captions of each frame, one at a time."""
    for triple in triples:
        yield [triple]
