"""Audio that is encoded: any codec to AAC-LC stereo or AC-3 5.1, on one global grid of frames.

Every window is encoded on its own. To join windows without a gap or a click, samples are placed on
the timeline exactly, and some frames are encoded ahead of each window and thrown away: a fresh
encoder overlapped 22-41 ms at every join; on the grid there is no overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from blobhls.encoding_profiles import EncodingProfile, profile_named
from blobhls.media.audio.alignment import FORMAT, silent_frame
from blobhls.media.audio.resampler import grid_frames
from blobhls.media.container.muxer import AddStream, init_section, segment
from blobhls.recipe import AAC_RATE, LEAD_SECONDS, MPEG_CLOCK, EncodeAudio

# Silent frames that every encode begins with. libavcodec's encoder never recovers from starting in
# the middle of audio: noise had 2 dB and a 997 Hz tone 25 dB more error in the whole window.
_LEAD_IN: Final = 2
# How a stereo receiver has to mix centre and surround: 3 dB down, as our own downmix does.
_OPTIONS: Final = {"ac3": {"center_mixlev": "0.707", "surround_mixlev": "0.707"}}
_LOOK_AHEAD: Final = 2  # frames encoded after a window: AAC transforms overlap


def encode_audio(recipe: EncodeAudio, container: InputContainer) -> bytes:
    """Return the frames `start` to `stop` of the grid."""
    first, last = recipe.start - recipe.preroll, recipe.stop + _LOOK_AHEAD
    return _segment(recipe, grid_frames(recipe, container, first, last))


def encode_silence(recipe: EncodeAudio) -> bytes:
    """Return the same number of silent frames."""
    count = recipe.stop - recipe.start + recipe.preroll + _LOOK_AHEAD
    return _segment(recipe, _silence(profile_named(recipe.profile), count))


def _segment(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> bytes:
    frames = list(_encoded(recipe, grid))
    return segment(recipe.packaging, _output(recipe), Fraction(1, _rate(recipe)), frames)


def encoded_audio_init(recipe: EncodeAudio) -> bytes:
    """Return the initialisation section: the encoder's configuration does not depend on the source.

    For AC-3 it comes from a coded frame.
    """
    profile = profile_named(recipe.profile)
    frames = list(_encoded(recipe, _silence(profile, recipe.preroll + 1 + _LOOK_AHEAD)))
    return init_section(_output(recipe), Fraction(1, _rate(recipe)), frames[:1])


def _rate(recipe: EncodeAudio) -> int:
    return MPEG_CLOCK if recipe.packaging == "ts" else AAC_RATE


def _encoded(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> Iterator[Packet[Stream]]:
    """Yield the coded frames `start` to `stop`; `grid` begins with the pre-roll before them."""
    encoder, profile = _encoder(recipe), profile_named(recipe.profile)
    first = recipe.start - recipe.preroll
    rate, length = _rate(recipe), profile.samples

    def packets() -> Iterator[Packet[Stream]]:
        frames = chain(_silence(profile, _LEAD_IN), grid)
        for number, frame in enumerate(frames, start=first - _LEAD_IN):
            frame.pts = number * length + profile.delay
            frame.time_base = Fraction(1, AAC_RATE)
            yield from encoder.encode(frame)
        yield from encoder.encode(None)

    for packet in packets():
        # The encoder adds its own delay: a packet's time stamp is that of the decoded audio.
        number, off = divmod(packet.pts or 0, length)
        if off == 0 and recipe.start <= number < recipe.stop:
            packet.pts = packet.dts = (LEAD_SECONDS * AAC_RATE + number * length) * rate // AAC_RATE
            packet.duration = length * rate // AAC_RATE
            yield packet


def _encoder(recipe: EncodeAudio) -> AudioCodecContext:
    profile = profile_named(recipe.profile)
    encoder = av.CodecContext.create(profile.encoder, "w")
    if not isinstance(encoder, AudioCodecContext):
        raise TypeError(f"{profile.encoder} does not encode audio")
    _configure(encoder, profile)
    return encoder


def _configure(encoder: AudioCodecContext, profile: EncodingProfile) -> None:
    encoder.sample_rate = AAC_RATE
    encoder.layout = profile.layout
    encoder.format = FORMAT
    encoder.time_base = Fraction(1, AAC_RATE)
    encoder.bit_rate = profile.bitrate
    encoder.options = _OPTIONS.get(profile.encoder, {})
    encoder.flags |= av.codec.context.Flags.bitexact
    encoder.flags |= av.codec.context.Flags.global_header


def _output(recipe: EncodeAudio) -> AddStream:
    profile = profile_named(recipe.profile)

    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream(profile.encoder, rate=AAC_RATE)
        if not isinstance(stream, AudioStream):
            raise TypeError(f"{profile.encoder} does not encode audio")
        _configure(stream.codec_context, profile)
        return stream

    return add


def _silence(profile: EncodingProfile, count: int) -> Iterator[AudioFrame]:
    for _ in range(count):
        frame = silent_frame(profile.layout, profile.samples)
        frame.sample_rate = AAC_RATE
        yield frame
