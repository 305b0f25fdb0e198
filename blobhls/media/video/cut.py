"""Segments that are cut: coded packets are copied from the source to the segment unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.media.bitstream import cut_points
from blobhls.media.container.clock import Clock, segment_times
from blobhls.media.container.muxer import AddStream, init_section, segment, stamp
from blobhls.media.container.source import packets, readable_packets
from blobhls.recipe import MPEG_CLOCK, CutVideo

_MAX_BEYOND: Final = 16  # frames behind a window's end that may be out of order
_TAGS: Final = {"hevc": "hvc1", "av1": "av01"}


def cut_video(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the segment of one window, from its IDR up to the next window's IDR."""
    stream = container.streams[recipe.track.stream]
    window_packets = list(_window_packets(recipe, container, stream))
    if not window_packets:
        raise ValueError("the source has no frame where the plan expects a key frame")
    _write_times(recipe, window_packets)
    coded = _annex_b(stream, window_packets) if recipe.packaging == "ts" else window_packets
    return segment(recipe.packaging, _video_output(stream), Fraction(1, MPEG_CLOCK), coded)


def cut_still(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the first key frame of a freshly opened file, shown for a whole window.

    Raises `ValueError` where the file has no key frame.
    """
    stream = container.streams[recipe.track.stream]
    key = next((p for p in readable_packets(container, stream) if p.is_keyframe), None)
    if key is None:
        raise ValueError("the source has no key frame that can be read")
    key.pts = recipe.window.start
    _write_times(recipe, [key])
    return segment(recipe.packaging, _video_output(stream), Fraction(1, MPEG_CLOCK), [key])


def video_init(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    stream = container.streams[recipe.track.stream]
    return init_section(_video_output(stream), Fraction(1, MPEG_CLOCK))


def _window_packets(
    recipe: CutVideo, container: InputContainer, stream: Stream
) -> Iterator[Packet[Stream]]:
    window, started, beyond = recipe.window, False, 0
    joins = recipe.track.joins
    for packet in packets(container, stream, window.start, window.position, joins):
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            continue
        if at >= window.stop:
            # Usually the key frame of the next window. If that has lost its flag since planning, or
            # a single time stamp is wrong, a few more packets are read.
            beyond += 1
            if packet.is_keyframe or beyond > _MAX_BEYOND:
                return
            continue
        started = started or (packet.is_keyframe and at >= window.start)
        if started and not packet.is_discard:
            yield packet


def _write_times(recipe: CutVideo, window_packets: list[Packet[Stream]]) -> None:
    """Write time stamps of the output clock into a window's packets, in place."""
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    stamps = [clock(p.pts if p.pts is not None else p.dts or 0) for p in window_packets]
    span = (clock(recipe.window.start), clock(recipe.window.stop))
    stamp(window_packets, segment_times(stamps, span))


def _video_output(template: Stream) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template, opaque=True)
        tag = _TAGS.get(template.codec_context.codec.canonical_name)
        if tag and output.format.name == "mp4":
            stream.codec_context.codec_tag = tag
        return stream

    return add


def _annex_b(stream: Stream, window_packets: list[Packet[Stream]]) -> list[Packet[Stream]]:
    """Return frames with start codes, the first with parameter sets, so that it decodes alone.

    A packet too damaged to be split into its units is left out: it costs itself, not the segment.
    """
    codec = stream.codec_context.codec.canonical_name
    extradata = bytes(stream.codec_context.extradata or b"")
    if not cut_points.length_size(codec, extradata):
        return [_with_parameter_sets(codec, extradata, window_packets[0]), *window_packets[1:]]
    convert = av.BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
    result: list[Packet[Stream]] = []
    for packet in window_packets:
        try:
            result.extend(convert.filter(packet))
        except av.FFmpegError:
            convert.flush()
    if not result:
        raise ValueError("every frame of this window is damaged")
    return result


def _with_parameter_sets(codec: str, extradata: bytes, packet: Packet[Stream]) -> Packet[Stream]:
    """Insert the parameter sets into an IDR that lacks them, behind its access unit delimiter."""
    data = bytes(packet)
    if cut_points.has_parameter_sets(codec, data, 0):
        return packet
    at = cut_points.delimiter_size(codec, data)
    whole: Packet[Stream] = Packet(data[:at] + extradata + data[at:])
    whole.pts, whole.dts, whole.duration = packet.pts, packet.dts, packet.duration
    whole.is_keyframe = True
    return whole
