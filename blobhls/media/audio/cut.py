"""Sound that is cut: coded frames go from the source to the segment untouched."""

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

from blobhls.media.audio.alignment import Place, holes, settled
from blobhls.media.audio.decoder import INTERLEAVING, offset_of, slack_of
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

_EARLIER: Final = 1  # seconds before a window at which reading starts, for its clock to settle


class _Frame(msgspec.Struct, frozen=True):
    place: Place
    packet: Packet[Stream]
    inside: bool = True  # the window, not beside it


def cut_audio(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the coded frames whose time stamps fall into the window, and silence in its holes.

    Raises `ValueError` where nothing is there and silence can't be made.
    """
    stream = _audio(recipe, container)
    return _segment(recipe, container, stream, _heard(recipe, container, stream))


def cut_silence(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return silent frames of the track's own kind for a whole window.

    Raises `ValueError` where silence can't be made of it.
    """
    stream = _audio(recipe, container)
    return _segment(recipe, container, stream, [])


def audio_init(recipe: CutAudio, container: InputContainer) -> bytes:
    """Return the initialisation section of a cut rendition."""
    stream = _audio(recipe, container)
    heard = _heard(recipe, container, stream)
    add_stream, base, packets = _packets(recipe, container, stream, heard)
    return init_section(add_stream, base, packets[:1])


def seeks(recipe: CutAudio, container: InputContainer) -> bool:
    """Say whether cutting begins with a seek: then the file need not be freshly opened."""
    early = recipe.window.start * recipe.track.base.value - _EARLIER
    return needs_seek(container, early, recipe.window.position)


def _audio(recipe: CutAudio, container: InputContainer) -> AudioStream:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    return stream


def _segment(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, heard: list[_Frame]
) -> bytes:
    return segment(recipe.packaging, *_packets(recipe, container, stream, heard))


def _packets(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, heard: list[_Frame]
) -> tuple[AddStream, Fraction, list[Packet[Stream]]]:
    """Return the stream, the ticks and the packets of a segment."""
    frames = [frame for frame in heard if frame.inside]
    frames += _silence(recipe, container, stream, heard)
    if not frames:
        raise ValueError("the source has no sound where the plan expects it")
    frames.sort(key=lambda frame: frame.place)
    configuration = b""
    if recipe.packaging == "fmp4" and adts.is_adts(first := bytes(frames[0].packet)):
        # Frames of a transport stream: MP4 wants their configuration once, up front.
        configuration = adts.configuration(first)
        frames = [_Frame(frame.place, adts.bare(frame.packet)) for frame in frames]
    rate = MPEG_CLOCK if recipe.packaging == "ts" else recipe.rate
    clock = Clock.linear(Fraction(rate, recipe.rate), Fraction(LEAD_SECONDS * rate))
    for frame in frames:
        frame.packet.pts = frame.packet.dts = clock(frame.place)
        frame.packet.duration = recipe.samples * rate // recipe.rate
    packets = [frame.packet for frame in frames]
    return _output(stream, configuration), Fraction(1, rate), packets


def _heard(recipe: CutAudio, container: InputContainer, stream: AudioStream) -> list[_Frame]:
    """Return the frames of the window, some before it, and the first one after it."""
    window, tick = recipe.window, recipe.track.base.value
    early = window.start * tick - _EARLIER
    late = window.stop * tick + INTERLEAVING
    offset = offset_of(recipe.track, recipe.rate)
    alone = reads_tracks_alone(container)
    discard_others(container, *filter(None, (stream, None if alone else pacing_stream(container))))
    seek_near(container, early, window.position)
    first, step = math.ceil(early / tick), _whole(tick * recipe.rate)
    packets: list[Packet[Stream]] = []
    claims: dict[int, list[Place]] = {}  # by recording
    joins, part = recipe.track.joins, 0
    for packet in packets_until(container, stream, late, joins, alone=alone):
        if packet.pts is None or packet.is_discard or packet.pts < first:
            continue
        packets.append(packet)
        part = recording_of(packet, joins, part)
        claims.setdefault(part, []).append(packet.pts * step - offset)
        if packet.pts >= window.stop:
            break
    slack = slack_of(recipe.track, recipe.rate)
    places = [
        place
        for each in claims.values()
        for place in settled(each, recipe.samples, slack, recipe.rate)
    ]
    frames = [
        _Frame(place, packet, window.start <= (packet.pts or 0) < window.stop)
        for place, packet in zip(places, packets, strict=True)
    ]
    frames = _whole_ones(stream, frames)
    return _in_turn(frames, recipe.samples) if joins else frames


def _in_turn(frames: list[_Frame], length: int) -> list[_Frame]:
    """Leave out what begins before the frame in front of it ends, where recordings meet."""
    kept: list[_Frame] = []
    for frame in frames:
        if not kept or 2 * (frame.place - kept[-1].place) >= length:
            kept.append(frame)
    return kept


def _whole(number: Fraction) -> int | Fraction:
    return number.numerator if number.denominator == 1 else number


def _whole_ones(stream: AudioStream, frames: list[_Frame]) -> list[_Frame]:
    """Leave out what is no frame any more, as far as its length tells: silence stands there.

    A damaged one costs itself, not the segment. Where most look like that, it is the track that
    is odd, not they.
    """
    context = stream.codec_context
    if context.codec.canonical_name in dolby.CODECS:
        whole = [frame for frame in frames if dolby.is_whole(bytes(frame.packet))]
    elif not context.extradata:
        whole = [frame for frame in frames if adts.is_whole(bytes(frame.packet))]
    else:
        whole = [frame for frame in frames if adts.may_be_bare(memoryview(frame.packet))]
    return whole if 2 * len(whole) > len(frames) else frames


def _silence(
    recipe: CutAudio, container: InputContainer, stream: AudioStream, heard: list[_Frame]
) -> Iterator[_Frame]:
    """Yield silent frames where the window has none: players stall at holes, or lose step."""
    tick, offset = recipe.track.base.value, offset_of(recipe.track, recipe.rate)
    start, stop = (
        at * tick * recipe.rate - offset for at in (recipe.window.start, recipe.window.stop)
    )
    missing = holes([frame.place for frame in heard], recipe.samples, start, stop)
    if not missing:
        return
    like = heard[0].packet if heard else _first(container, stream)
    try:
        data = silence_like(
            b"" if like is None else bytes(like), bytes(stream.codec_context.extradata or b"")
        )
    except ValueError:
        return
    for place in missing:
        packet: Packet[Stream] = Packet(data)
        packet.is_keyframe = True
        yield _Frame(place, packet)


def _first(container: InputContainer, stream: Stream) -> Packet[Stream] | None:
    container.seek(container.start_time or 0)
    return next(readable_packets(container, stream), None)


def _output(template: AudioStream, configuration: bytes) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream_from_template(template)
        if configuration:
            stream.codec_context.extradata = configuration
        return stream

    return add
