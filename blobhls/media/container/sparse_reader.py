"""Reading one sparse track without reading the rest of the file for what does not come."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from blobhls.media.container.joins import is_near, joined
from blobhls.media.container.source import readable, rewind_to_time
from blobhls.recipe import Join


def only(container: InputContainer, *streams: Stream) -> None:
    """Have the demuxer skip every stream but these."""
    wanted = {stream.index for stream in streams}
    for stream in container.streams:
        if stream.index not in wanted:
            stream.discard = Discard.all


def approach(container: InputContainer, seconds: Fraction, position: int) -> None:
    """Move a freshly opened file to a place at or before `seconds`; `position`: its byte, or -1.

    A file is not moved to its own beginning: Matroska's demuxer would drop the sound that stands
    before the first picture.
    """
    if is_beyond_head(container, seconds, position):
        rewind_to_time(container, seconds, position)


def is_beyond_head(container: InputContainer, seconds: Fraction, position: int) -> bool:
    """Say whether `approach` moves: then a file need not be freshly opened."""
    return position > 0 or (position < 0 and seconds * av.time_base > (container.start_time or 0))


def pacemaker(container: InputContainer) -> VideoStream | None:
    """Return a stream that has a packet wherever the file goes on; None where there is none."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            return stream
    return None


def leaps(container: InputContainer) -> bool:
    """Say whether the demuxer goes from packet to packet of one track without reading the others.

    MP4 has an index of every track: it needs no pacemaker, whose packets are most of the file.
    """
    return container.format.name.startswith("mov")


def paced(
    container: InputContainer,
    stream: Stream,
    limit: Fraction,
    joins: Sequence[Join] = (),
    *,
    alone: bool = False,
) -> Iterator[Packet[Stream]]:
    """Yield packets of `stream` until the film itself passes `limit`, in seconds of the source.

    A track may end an hour before the film, or have nothing to say for one. `alone`: the others
    are not read, and the limit is the track's own. `joins` of the stream, if the file has several
    clocks.
    """
    pace = stream if alone else pacemaker(container)
    streams = [stream] if pace is None else [stream, pace]
    last = 0 if pace is None else math.floor(limit / (pace.time_base or 1))
    found = readable(container, *streams)
    if joins:
        found = joined(found, dict.fromkeys([each.index for each in streams], joins))
    for packet in found:
        if pace is not None and packet.stream_index == pace.index:
            at = packet.dts if packet.dts is not None else packet.pts
            # Where recordings meet, it may be of the next one while sound is still to come.
            if at is not None and at > last and not is_near(packet, joins):
                return
        if packet.stream_index == stream.index:
            yield packet
