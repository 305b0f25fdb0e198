"""Reading one sparse track without reading the whole rest of the file for its next packet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from blobhls.media.container.joins import is_near_join, with_continuous_clock
from blobhls.media.container.source import readable_packets, seek_to_time
from blobhls.recipe import Join


def discard_others(container: InputContainer, *streams: Stream) -> None:
    """Make the demuxer skip every stream except these."""
    wanted = {stream.index for stream in streams}
    for stream in container.streams:
        if stream.index not in wanted:
            stream.discard = Discard.all


def seek_near(container: InputContainer, seconds: Fraction, position: int) -> None:
    """Seek in a freshly opened file to a place at or before `seconds`.

    `position`: its byte, or -1 to seek by time. There is no seek to the beginning of the file:
    Matroska's demuxer would drop the audio that precedes the first video frame.
    """
    if needs_seek(container, seconds, position):
        seek_to_time(container, seconds, position)


def needs_seek(container: InputContainer, seconds: Fraction, position: int) -> bool:
    """Say whether `seek_near` seeks; then the file need not be freshly opened."""
    return position > 0 or (position < 0 and seconds * av.time_base > (container.start_time or 0))


def pacing_stream(container: InputContainer) -> VideoStream | None:
    """Return a stream with packets all through the file; None where there is none."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            return stream
    return None


def reads_tracks_alone(container: InputContainer) -> bool:
    """Say whether the demuxer can read one track without reading the others.

    MP4 has an index of every track. It needs no pacing stream, whose packets would be most of the
    file.
    """
    return container.format.name.startswith("mov")


def packets_until(
    container: InputContainer,
    stream: Stream,
    limit: Fraction,
    joins: Sequence[Join] = (),
    *,
    alone: bool = False,
) -> Iterator[Packet[Stream]]:
    """Yield packets of `stream` until the file itself passes `limit`, in seconds of the source.

    A track may end an hour before the video, or have no packets for an hour. `alone`: the other
    streams are not read, and the limit applies to the track itself. `joins` of the stream, where
    the file has several clocks.
    """
    pacing = stream if alone else pacing_stream(container)
    streams = [stream] if pacing is None else [stream, pacing]
    last = 0 if pacing is None else math.floor(limit / (pacing.time_base or 1))
    found = readable_packets(container, *streams)
    if joins:
        found = with_continuous_clock(found, dict.fromkeys([each.index for each in streams], joins))
    for packet in found:
        if pacing is not None and packet.stream_index == pacing.index:
            at = packet.dts if packet.dts is not None else packet.pts
            # At a join, this packet may be of the next recording while audio is still to come.
            if at is not None and at > last and not is_near_join(packet, joins):
                return
        if packet.stream_index == stream.index:
            yield packet
