"""Where the tracks of a file begin and end, by their packets or by what the container says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.stream import Stream

Span = tuple[int, int]  # first time stamp and end of the last packet, ticks

_LAST: Final = 16  # packets among which the last one shown is, and the one before it


def spans_of(packets: Iterable[Packet[Stream]]) -> dict[int, Span]:
    """Return where each stream of some packets begins and ends, by index."""
    spans: dict[int, Span] = {}
    endless: dict[int, deque[int]] = {}  # time stamps of the last packets without a duration
    for packet in _whole(packets):
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or packet.is_discard:
            continue
        end = at + (packet.duration or 0)
        first, last = spans.get(packet.stream_index, (at, end))
        spans[packet.stream_index] = (min(first, at), max(last, end))
        if not packet.duration:
            endless.setdefault(packet.stream_index, deque(maxlen=_LAST)).append(at)
    for index, stamps in endless.items():
        first, last = spans[index]
        if last in stamps:
            # It is seen for as long as the one before, or it would not be seen at all.
            before = max((stamp for stamp in stamps if stamp < last), default=last)
            spans[index] = (first, 2 * last - before)
    return spans


def _whole(packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Leave out what the file ends in the middle of, of each stream.

    Decoders of programs conceal it; those of browsers give up the film (`annex-b-truncated.mp4`).
    """
    torn: dict[int, Packet[Stream]] = {}
    for packet in packets:
        # What has another behind it is damaged where it stands, and its time goes on.
        if (damaged := torn.pop(packet.stream_index, None)) is not None:
            yield damaged
        if packet.is_corrupt:
            torn[packet.stream_index] = packet
        else:
            yield packet


def declared_end(stream: Stream) -> int | None:
    """Return where the container says that a track ends, for one that ends before the tail."""
    if stream.duration:
        return (stream.start_time or 0) + stream.duration
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")
    minutes, _, seconds = rest.partition(":")
    try:
        total = Fraction(hours) * 3600 + Fraction(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None
    return round(total / (stream.time_base or 1))
