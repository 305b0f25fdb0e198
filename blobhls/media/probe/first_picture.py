"""What a picture is like: rotation, pixel format and interlacing are told by no container."""

from __future__ import annotations

from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from blobhls.media.bitstream import cut_points
from blobhls.media.container.source import readable, rewind

_TRIES: Final = 64  # packets
_IN_UNITS: Final = frozenset({"h264", "hevc"})
# One thread, as there is one picture; and no guessing at what was left out of it.
_OPTIONS: Final = {"ec": "0", "skip_loop_filter": "all", "threads": "1"}


def glance(
    container: InputContainer, video: VideoStream, start: int, position: int
) -> VideoFrame | None:
    """Return the first picture from `start` (ticks) on, its pixels not worth looking at.

    `position`: byte to read from, or -1 to seek by time. None where nothing can be decoded.
    Afterwards the stream's codec context knows colours and frame rate.
    """
    context = video.codec_context
    context.options = dict(_OPTIONS)
    rewind(container, video, start, position)
    for count, packet in enumerate(readable(container, video)):
        try:
            frames = _begun(context, packet) or _decoded(context, packet)
        except av.FFmpegError:
            return None
        if frames:
            return frames[0]
        if count > _TRIES:
            return None
    return None


def _begun(context: VideoCodecContext, packet: Packet[Stream]) -> list[VideoFrame]:
    """Decode the beginning of a packet: for a key frame of 1080p in a tenth of the time."""
    codec = context.codec.canonical_name
    if codec not in _IN_UNITS:
        return []
    size = cut_points.length_size(codec, bytes(context.extradata or b""))
    head = cut_points.beginning(codec, bytes(packet), size)
    if not head:
        return []
    brief: Packet[Stream] = Packet(head)
    brief.pts, brief.dts, brief.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
    try:
        return _decoded(context, brief)
    except av.FFmpegError:
        return []  # a slice that can't do without its end


def _decoded(context: VideoCodecContext, packet: Packet[Stream]) -> list[VideoFrame]:
    try:
        # Drained at once: a reordering decoder would have to be fed a few pictures more.
        return [*context.decode(packet), *context.decode(None)]
    finally:
        context.flush_buffers()
