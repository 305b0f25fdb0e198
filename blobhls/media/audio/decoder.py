"""Decoding any audio track to floats, with the sample of the timeline that each frame claims."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
import msgspec
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from blobhls.media.audio.alignment import FORMAT, AudioFormat, TimedFrame
from blobhls.media.container.joins import recording_of
from blobhls.media.container.sparse_reader import (
    discard_others,
    pacing_stream,
    packets_until,
    seek_near,
)
from blobhls.recipe import Track

_PREROLL: Final = Fraction(1)  # seconds decoded ahead: MP3's bit reservoir, SBR headers
MAX_INTERLEAVING: Final = 10  # seconds by which audio may lag behind its video in the file
# A centre or surround channel at full level must not clip the downmix.
_DOWNMIX: Final = {"rematrix_maxval": "1.0"}


def rounding_slack(track: Track, rate: int) -> Fraction:
    """Return how many samples a time stamp of the track may be off because of rounding."""
    return max(Fraction(1, 2), track.base.value * rate / 2)


def timeline_offset(track: Track, rate: int) -> int:
    """Return the sample of the source that is sample 0 of the timeline.

    An integer, so that audio on the source's own sample grid stays on it.
    """
    return math.floor(track.zero.value * rate + Fraction(1, 2))


def decode_audio(
    track: Track,
    position: int,
    container: InputContainer,
    audio_format: AudioFormat,
    span: tuple[int, int],
) -> Iterator[TimedFrame]:
    """Yield decoded frames that touch a half-open span of the timeline's samples.

    Samples are counted at the rate of `audio_format`, which is the one that the stream's header
    states. `position`: byte to read from, or -1. Packets that can't be decoded are left out.
    """
    origin, ending = span
    stream = container.streams[track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not audio any more")
    rate, tick = audio_format.rate, track.base.value
    offset = timeline_offset(track, rate)
    early = Fraction(origin + offset, rate) - _PREROLL
    late = Fraction(ending + offset, rate) + MAX_INTERLEAVING
    discard_others(container, *filter(None, (stream, pacing_stream(container))))
    seek_near(container, early, position)
    mixer = _Mixer(audio_format)
    recording = 0
    expected: Fraction | None = None
    for packet in packets_until(container, stream, late, track.joins):
        if packet.pts is not None and (packet.pts + (packet.duration or 0)) * tick < early:
            continue
        recording = recording_of(packet, track.joins, recording)
        # libav skips the encoder's delay in whatever it decodes first, and rounds the time again.
        trimmed = expected is None or packet.has_sidedata("skip_samples")
        for frame in _decoded(stream, packet):
            if frame.pts is not None:
                expected = frame.pts * (frame.time_base or tick) * rate - offset
            if expected is None:
                continue
            for timed in mixer.mix(frame, expected, trimmed=trimmed):
                expected = timed.at + timed.frame.samples
                if timed.at >= ending:
                    return
                if expected > origin:
                    yield (
                        msgspec.structs.replace(timed, recording=recording) if recording else timed
                    )


def _decoded(stream: AudioStream, packet: av.Packet[av.stream.Stream]) -> list[AudioFrame]:
    try:
        return stream.codec_context.decode(packet)
    except av.FFmpegError:
        return []  # the first frame after a seek, or damage: silence takes its place


class _Mixer:
    """Converts frames of any format and layout, which may change midway, to one format."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._rate = audio_format.rate
        self._layout = audio_format.layout
        self._input_format: tuple[str, str, int] | None = None
        self._resampler = AudioResampler()

    def mix(self, frame: AudioFrame, at: Fraction, *, trimmed: bool) -> Iterator[TimedFrame]:
        """Yield a frame at sample `at`; frames of another rate may be split differently."""
        input_format = (frame.format.name, frame.layout.name, frame.sample_rate)
        if input_format != self._input_format:
            self._input_format = input_format
            self._resampler = AudioResampler(FORMAT, self._layout, self._rate, options=_DOWNMIX)
        if frame.sample_rate != self._rate:
            frame.pts = round(at * frame.sample_rate / self._rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        for result in self._resampler.resample(frame):
            if frame.sample_rate != self._rate and result.pts is not None:
                at = Fraction(result.pts)
            yield TimedFrame(result, at, trimmed)
            at += result.samples
