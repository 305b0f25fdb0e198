"""Where the tracks of a file begin and end, by their packets or as stated by the container."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.stream import Stream

Span = tuple[int, int]  # first time stamp and end of the last packet, ticks

_TAIL_PACKETS: Final = 16  # packets that include the last one shown and the one before it


def spans_of(packets: Iterable[Packet[Stream]]) -> dict[int, Span]:
    """Return where each stream begins and ends in the given packets, by stream index."""
    spans: dict[int, Span] = {}
    # Time stamps of the last packets without a duration.
    without_duration: dict[int, deque[int]] = {}
    for packet in _without_torn_tail(packets):
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or packet.is_discard:
            continue
        end = at + (packet.duration or 0)
        first, last = spans.get(packet.stream_index, (at, end))
        spans[packet.stream_index] = (min(first, at), max(last, end))
        if not packet.duration:
            without_duration.setdefault(packet.stream_index, deque(maxlen=_TAIL_PACKETS)).append(at)
    for index, stamps in without_duration.items():
        first, last = spans[index]
        if last in stamps:
            # It lasts as long as the one before it; otherwise it would not be shown at all.
            before = max((stamp for stamp in stamps if stamp < last), default=last)
            spans[index] = (first, 2 * last - before)
    return spans


def _without_torn_tail(packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Leave out the last packet of each stream where the file ends in the middle of it.

    FFmpeg's decoders conceal it; browsers stop playing the file (`annex-b-truncated.mp4`).
    """
    corrupt: dict[int, Packet[Stream]] = {}
    for packet in packets:
        # A corrupt packet with another behind it is damage inside the file: its time still counts.
        if (damaged := corrupt.pop(packet.stream_index, None)) is not None:
            yield damaged
        if packet.is_corrupt:
            corrupt[packet.stream_index] = packet
        else:
            yield packet


def declared_end(stream: Stream) -> int | None:
    """Return where the container says that a track ends; for tracks that end before the tail."""
    if stream.duration:
        return (stream.start_time or 0) + stream.duration
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        total = Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None
    return round(total / (stream.time_base or 1))
