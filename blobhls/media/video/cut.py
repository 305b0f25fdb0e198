"""Segments that are cut: coded packets go from the source to the segment untouched."""

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

_BEYOND: Final = 16  # pictures that may be out of place behind a window's end
_TAGS: Final = {"hevc": "hvc1", "av1": "av01"}


def cut_video(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the segment of one window, from its IDR up to the next window's."""
    stream = container.streams[recipe.track.stream]
    group = list(_group(recipe, container, stream))
    if not group:
        raise ValueError("the source has no picture where the plan expects a key frame")
    _stamp(recipe, group)
    coded = _annex_b(stream, group) if recipe.packaging == "ts" else group
    return segment(recipe.packaging, _video_output(stream), Fraction(1, MPEG_CLOCK), coded)


def cut_still(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the first key frame of a freshly opened file, shown for a whole window.

    Raises `ValueError` where there is none.
    """
    stream = container.streams[recipe.track.stream]
    key = next((p for p in readable_packets(container, stream) if p.is_keyframe), None)
    if key is None:
        raise ValueError("the source has no key frame that can be read")
    key.pts = recipe.window.start
    _stamp(recipe, [key])
    return segment(recipe.packaging, _video_output(stream), Fraction(1, MPEG_CLOCK), [key])


def video_init(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    stream = container.streams[recipe.track.stream]
    return init_section(_video_output(stream), Fraction(1, MPEG_CLOCK))


def _group(recipe: CutVideo, container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    window, started, beyond = recipe.window, False, 0
    joins = recipe.track.joins
    for packet in packets(container, stream, window.start, window.position, joins):
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            continue
        if at >= window.stop:
            # Mostly the key frame of the next window. Where that has lost its flag since it was
            # planned, or one time stamp is wild, a few more are looked at.
            beyond += 1
            if packet.is_keyframe or beyond > _BEYOND:
                return
            continue
        started = started or (packet.is_keyframe and at >= window.start)
        if started and not packet.is_discard:
            yield packet


def _stamp(recipe: CutVideo, group: list[Packet[Stream]]) -> None:
    """Write time stamps of the output clock into a window's packets, in place."""
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    stamps = [clock(p.pts if p.pts is not None else p.dts or 0) for p in group]
    span = (clock(recipe.window.start), clock(recipe.window.stop))
    stamp(group, segment_times(stamps, span))


def _video_output(template: Stream) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template, opaque=True)
        tag = _TAGS.get(template.codec_context.codec.canonical_name)
        if tag and output.format.name == "mp4":
            stream.codec_context.codec_tag = tag
        return stream

    return add


def _annex_b(stream: Stream, group: list[Packet[Stream]]) -> list[Packet[Stream]]:
    """Return pictures with start codes, the first with parameter sets: it decodes alone.

    A packet so damaged that its units can't be told apart is left out: it costs itself, not the
    segment.
    """
    codec = stream.codec_context.codec.canonical_name
    extradata = bytes(stream.codec_context.extradata or b"")
    if not cut_points.length_size(codec, extradata):
        return [_with_parameter_sets(codec, extradata, group[0]), *group[1:]]
    convert = av.BitStreamFilterContext(f"{codec}_mp4toannexb", stream)
    result: list[Packet[Stream]] = []
    for packet in group:
        try:
            result.extend(convert.filter(packet))
        except av.FFmpegError:
            convert.flush()
    if not result:
        raise ValueError("every picture of this window is damaged")
    return result


def _with_parameter_sets(codec: str, extradata: bytes, packet: Packet[Stream]) -> Packet[Stream]:
    """Put the parameter sets into an IDR that lacks them, behind its access unit delimiter."""
    data = bytes(packet)
    if cut_points.parameter_sets(codec, data, 0):
        return packet
    at = cut_points.delimiter_size(codec, data)
    whole: Packet[Stream] = Packet(data[:at] + extradata + data[at:])
    whole.pts, whole.dts, whole.duration = packet.pts, packet.dts, packet.duration
    whole.is_keyframe = True
    return whole
