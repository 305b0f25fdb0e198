"""Audio that is cut: coded frames are copied from the source to the segment unchanged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import msgspec
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.media.audio.alignment import SamplePosition, dejittered, missing_frames
from blobhls.media.audio.decoder import MAX_INTERLEAVING, rounding_slack, timeline_offset
from blobhls.media.audio.silence import silence_like
from blobhls.media.bitstream import adts, dolby
from blobhls.media.container.clock import Clock
from blobhls.media.container.joins import recording_of
from blobhls.media.container.muxer import AddStream, init_section, segment
from blobhls.media.container.source import readable_packets
from blobhls.media.container.sparse_reader import (
    discard_others,
    needs_seek,
    pacing_stream,
    packets_until,
    reads_tracks_alone,
    seek_near,
)
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, CutAudio

_PREROLL: Final = 1  # seconds before a window at which reading starts, to remove jitter


class _Frame(msgspec.Struct, frozen=True):
    position: SamplePosition
    packet: Packet[Stream]
    inside: bool = True  # the window; frames before and after it are read as well


def cut_audio(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the coded frames whose time stamps are in the window, and silence for missing ones.

    Raises `ValueError` where there are no frames and silence can't be made.
    """
    stream = _audio(recipe, container)
    return _segment(recipe, container, stream, _read_frames(recipe, container, stream))


def cut_silence(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return silent frames in the track's own codec for a whole window.

    Raises `ValueError` where there is no silence in this codec.
    """
    stream = _audio(recipe, container)
    return _segment(recipe, container, stream, [])


def audio_init(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    stream = _audio(recipe, container)
    frames_read = _read_frames(recipe, container, stream)
    add_stream, base, packets = _packets(recipe, container, stream, frames_read)
    return init_section(add_stream, base, packets[:1])


def starts_with_seek(recipe: CutAudio, container: InputContainer) -> bool:
    """Say whether cutting begins with a seek; then the file need not be freshly opened."""
    early = recipe.window.start * recipe.track.base.value - _PREROLL
    return needs_seek(container, early, recipe.window.position)


def _audio(recipe: CutAudio, container: InputContainer) -> AudioStream:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not audio any more")
    return stream


def _segment(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, frames_read: list[_Frame]
) -> bytes:
    return segment(recipe.packaging, *_packets(recipe, container, stream, frames_read))


def _packets(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, frames_read: list[_Frame]
) -> tuple[AddStream, Fraction, list[Packet[Stream]]]:
    """Return the stream, the time base and the packets of a segment."""
    frames = [frame for frame in frames_read if frame.inside]
    frames += _silent_frames(recipe, container, stream, frames_read)
    if not frames:
        raise ValueError("the source has no audio where the plan expects it")
    frames.sort(key=lambda frame: frame.position)
    configuration = b""
    if recipe.packaging == "fmp4" and adts.is_adts(first := bytes(frames[0].packet)):
        # Frames from a transport stream: MP4 stores their configuration once, in its header.
        configuration = adts.configuration(first)
        frames = [_Frame(frame.position, _bare(frame.packet)) for frame in frames]
    rate = MPEG_CLOCK if recipe.packaging == "ts" else recipe.rate
    clock = Clock.linear(Fraction(rate, recipe.rate), Fraction(LEAD_SECONDS * rate))
    for frame in frames:
        frame.packet.pts = frame.packet.dts = clock(frame.position)
        frame.packet.duration = recipe.samples * rate // recipe.rate
    packets = [frame.packet for frame in frames]
    return _output(stream, configuration), Fraction(1, rate), packets


def _bare(packet: Packet[Stream]) -> Packet[Stream]:
    """Return the frame without its ADTS header, same time stamps."""
    if not adts.is_adts(bytes(packet)):
        return packet
    result: Packet[Stream] = Packet(adts.without_header(bytes(packet)))
    result.pts, result.dts, result.duration = packet.pts, packet.dts, packet.duration
    result.is_keyframe = True
    return result


def _read_frames(recipe: CutAudio, container: InputContainer, stream: AudioStream) -> list[_Frame]:
    """Return the frames of the window, some before it, and the first one after it."""
    window, tick = recipe.window, recipe.track.base.value
    early = window.start * tick - _PREROLL
    late = window.stop * tick + MAX_INTERLEAVING
    offset = timeline_offset(recipe.track, recipe.rate)
    alone = reads_tracks_alone(container)
    discard_others(container, *filter(None, (stream, None if alone else pacing_stream(container))))
    seek_near(container, early, window.position)
    first, step = math.ceil(early / tick), _as_integer(tick * recipe.rate)
    packets: list[Packet[Stream]] = []
    claims: dict[int, list[SamplePosition]] = {}  # by recording
    joins, recording = recipe.track.joins, 0
    for packet in packets_until(container, stream, late, joins, alone=alone):
        if packet.pts is None or packet.is_discard or packet.pts < first:
            continue
        packets.append(packet)
        recording = recording_of(packet, joins, recording)
        claims.setdefault(recording, []).append(packet.pts * step - offset)
        if packet.pts >= window.stop:
            break
    slack = rounding_slack(recipe.track, recipe.rate)
    positions = [
        position
        for each in claims.values()
        for position in dejittered(each, recipe.samples, slack, recipe.rate)
    ]
    frames = [
        _Frame(position, packet, window.start <= (packet.pts or 0) < window.stop)
        for position, packet in zip(positions, packets, strict=True)
    ]
    frames = _undamaged(stream, frames)
    return _without_overlaps(frames, recipe.samples) if joins else frames


def _without_overlaps(frames: list[_Frame], length: int) -> list[_Frame]:
    """Leave out frames that begin before the previous one ends, where recordings join."""
    kept: list[_Frame] = []
    for frame in frames:
        if not kept or 2 * (frame.position - kept[-1].position) >= length:
            kept.append(frame)
    return kept


def _as_integer(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def _undamaged(stream: AudioStream, frames: list[_Frame]) -> list[_Frame]:
    """Leave out frames whose length shows that they are damaged; silence takes their place.

    A damaged frame costs itself, not the segment. Where most frames look damaged, the track is
    unusual and they are all kept.
    """
    context = stream.codec_context
    if context.codec.canonical_name in dolby.CODECS:
        whole = [frame for frame in frames if dolby.is_complete(bytes(frame.packet))]
    elif not context.extradata:
        whole = [frame for frame in frames if adts.is_complete(bytes(frame.packet))]
    else:
        whole = [frame for frame in frames if adts.may_be_raw_frame(memoryview(frame.packet))]
    return whole if 2 * len(whole) > len(frames) else frames


def _silent_frames(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, frames_read: list[_Frame]
) -> Iterator[_Frame]:
    """Yield silent frames where the window has none: players stall at gaps, or lose sync."""
    tick, offset = recipe.track.base.value, timeline_offset(recipe.track, recipe.rate)
    start, stop = (
        at * tick * recipe.rate - offset for at in (recipe.window.start, recipe.window.stop)
    )
    missing_positions = missing_frames(
        [frame.position for frame in frames_read], recipe.samples, start, stop
    )
    if not missing_positions:
        return
    similar = frames_read[0].packet if frames_read else _first_packet(container, stream)
    try:
        data = silence_like(
            b"" if similar is None else bytes(similar), bytes(stream.codec_context.extradata or b"")
        )
    except ValueError:
        return
    for position in missing_positions:
        packet: Packet[Stream] = Packet(data)
        packet.is_keyframe = True
        yield _Frame(position, packet)


def _first_packet(container: InputContainer, stream: Stream) -> Packet[Stream] | None:
    container.seek(container.start_time or 0)
    return next(readable_packets(container, stream), None)


def _output(template: AudioStream, configuration: bytes) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template)
        if configuration:
            stream.codec_context.extradata = configuration
        return stream

    return add
