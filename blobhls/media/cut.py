"""Segments that are cut: coded packets go from the source to the segment untouched."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.media import adts, nal
from blobhls.media.mux import AddStream, init_section, segment
from blobhls.media.source import packets, readable, rewind_to_time
from blobhls.media.timing import Clock, decode_times
from blobhls.recipe import MPEG_CLOCK, CutAudio, CutVideo

_TAGS = {"hevc": "hvc1", "av1": "av01"}
_EARLIER = 1  # seconds before a window at which reading sound starts


def cut_video(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the segment of one window, from its IDR up to the next window's."""
    stream = container.streams[recipe.track.stream]
    group = list(_group(recipe, container, stream))
    if not group:
        raise ValueError("the source has no picture where the plan expects a key frame")
    _stamp(recipe, group)
    if recipe.packaging == "ts":
        group[0] = _with_parameter_sets(stream, group[0])
    return segment(recipe.packaging, _video_output(stream), Fraction(1, MPEG_CLOCK), group)


def video_init(recipe: CutVideo, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    stream = container.streams[recipe.track.stream]
    group = list(_group(recipe, container, stream))[:1]
    _stamp(recipe, group)
    return init_section(_video_output(stream), Fraction(1, MPEG_CLOCK), group)


def _group(recipe: CutVideo, container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    window, started = recipe.window, False
    for packet in packets(container, stream, window.start, window.position):
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            continue
        if packet.is_keyframe:
            if at >= window.stop:
                return
            started = started or at >= window.start
        if started and not packet.is_discard:
            yield packet


def _stamp(recipe: CutVideo, group: list[Packet[Stream]]) -> None:
    """Write time stamps of the output clock into a window's packets, in place."""
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    stamps = [clock(p.pts if p.pts is not None else p.dts or 0) for p in group]
    shown, decoded = decode_times(stamps, recipe.reorder, recipe.frame)
    # The next window's first picture is decoded this much before it is shown.
    following = clock(recipe.window.stop) - recipe.reorder * recipe.frame
    ends = [*decoded[1:], max(following, decoded[-1] + 1)]
    for packet, pts, dts, end in zip(group, shown, decoded, ends, strict=True):
        packet.pts, packet.dts, packet.duration = pts, dts, end - dts


def _video_output(template: Stream) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template, opaque=True)
        tag = _TAGS.get(template.codec_context.codec.canonical_name)
        if tag and output.format.name == "mp4":
            stream.codec_context.codec_tag = tag
        return stream

    return add


def _with_parameter_sets(stream: Stream, packet: Packet[Stream]) -> Packet[Stream]:
    """Put the parameter sets before an IDR that lacks them, so that it decodes alone.

    Sources with length-prefixed units are completed by libav's own conversion to Annex B.
    """
    codec = stream.codec_context.codec.canonical_name
    extradata = bytes(stream.codec_context.extradata or b"")
    data = bytes(packet)
    if nal.length_size(codec, extradata) or nal.parameter_sets(codec, data, 0):
        return packet
    whole: Packet[Stream] = Packet(extradata + data)
    whole.pts, whole.dts, whole.duration = packet.pts, packet.dts, packet.duration
    whole.is_keyframe = True
    return whole


def cut_audio(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the coded frames whose time stamps fall into the window."""
    add_stream, base, frames = _audio_frames(recipe, container)
    return segment(recipe.packaging, add_stream, base, frames)


def audio_init(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    add_stream, base, frames = _audio_frames(recipe, container)
    return init_section(add_stream, base, frames[:1])


def _audio_frames(
    recipe: CutAudio, container: InputContainer
) -> tuple[AddStream, Fraction, list[Packet[Stream]]]:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    rate = MPEG_CLOCK if recipe.packaging == "ts" else recipe.rate
    clock = Clock.of(recipe.track, rate)
    frames = list(_in_window(recipe, container, stream))
    if not frames:
        raise ValueError("the source has no sound where the plan expects it")
    configuration = b""
    if recipe.packaging == "fmp4" and adts.is_adts(bytes(frames[0])):
        # Frames of a transport stream: MP4 wants their configuration once, up front.
        configuration = adts.configuration(bytes(frames[0]))
        frames = [adts.bare(packet) for packet in frames]
    for packet in frames:
        packet.pts = packet.dts = clock(packet.pts or 0)
        packet.duration = recipe.samples * rate // recipe.rate
    return _audio_output(stream, configuration), Fraction(1, rate), frames


def _in_window(
    recipe: CutAudio, container: InputContainer, stream: AudioStream
) -> Iterator[Packet[Stream]]:
    window = recipe.window
    start = recipe.track.base.value * window.start
    rewind_to_time(container, start - _EARLIER, window.position)
    for packet in readable(container, stream):
        if packet.pts is None or packet.is_discard:
            continue
        if packet.pts >= window.stop:
            return
        if packet.pts >= window.start:
            yield packet


def _audio_output(template: AudioStream, configuration: bytes) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template)
        if configuration:
            stream.codec_context.extradata = configuration
        return stream

    return add
