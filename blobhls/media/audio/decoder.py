"""Any sound of a source, decoded and mixed to floats, with the sample of the timeline it claims."""

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

from blobhls.media.audio.alignment import FORMAT, Form, Sound
from blobhls.media.container.joins import recording_of
from blobhls.media.container.sparse_reader import (
    discard_others,
    pacing_stream,
    packets_until,
    seek_near,
)
from blobhls.recipe import Track

_EARLIER: Final = Fraction(1)  # seconds decoded ahead: MP3's bit reservoir, SBR headers
INTERLEAVING: Final = 10  # seconds that sound may stand behind its picture in the file
# A centre or surround channel at full level must not clip the two that are left.
_DOWNMIX: Final = {"rematrix_maxval": "1.0"}


def slack_of(track: Track, rate: int) -> Fraction:
    """Return how many samples a time stamp of the track may be off, rounded as it is."""
    return max(Fraction(1, 2), track.base.value * rate / 2)


def offset_of(track: Track, rate: int) -> int:
    """Return the sample of the source that is sample 0 of the timeline.

    A whole number, so that sound on the source's own grid of samples stays on one.
    """
    return math.floor(track.zero.value * rate + Fraction(1, 2))


def listen(
    track: Track, position: int, container: InputContainer, form: Form, span: tuple[int, int]
) -> Iterator[Sound]:
    """Yield decoded frames that touch a half-open span of the timeline's samples.

    Samples count at the rate that the stream has at its head, which is that of `form` too.
    `position`: byte to read from, or -1. What can't be decoded is left out.
    """
    origin, ending = span
    stream = container.streams[track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    rate, tick = form.rate, track.base.value
    offset = offset_of(track, rate)
    early = Fraction(origin + offset, rate) - _EARLIER
    late = Fraction(ending + offset, rate) + INTERLEAVING
    discard_others(container, *filter(None, (stream, pacing_stream(container))))
    seek_near(container, early, position)
    mixer = _Mixer(form)
    part = 0
    expected: Fraction | None = None
    for packet in packets_until(container, stream, late, track.joins):
        if packet.pts is not None and (packet.pts + (packet.duration or 0)) * tick < early:
            continue
        part = recording_of(packet, track.joins, part)
        # libav skips an encoder's delay in whatever it decodes first, and rounds the rest's time.
        trimmed = expected is None or packet.has_sidedata("skip_samples")
        for frame in _decoded(stream, packet):
            if frame.pts is not None:
                expected = frame.pts * (frame.time_base or tick) * rate - offset
            if expected is None:
                continue
            for sound in mixer.of(frame, expected, trimmed=trimmed):
                expected = sound.at + sound.frame.samples
                if sound.at >= ending:
                    return
                if expected > origin:
                    yield msgspec.structs.replace(sound, part=part) if part else sound


def _decoded(stream: AudioStream, packet: av.Packet[av.stream.Stream]) -> list[AudioFrame]:
    try:
        return stream.codec_context.decode(packet)
    except av.FFmpegError:
        return []  # the first frame after a seek, or damage: silence takes its place


class _Mixer:
    """Turns frames of any format and layout, which may change on the way, into floats of one."""

    def __init__(self, wanted: Form) -> None:
        self._rate = wanted.rate
        self._layout = wanted.layout
        self._form: tuple[str, str, int] | None = None
        self._resampler = AudioResampler()

    def of(self, frame: AudioFrame, at: Fraction, *, trimmed: bool) -> Iterator[Sound]:
        """Yield a frame at sample `at`; of another rate than the stream's head, in any pieces."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            self._form = form
            self._resampler = AudioResampler(FORMAT, self._layout, self._rate, options=_DOWNMIX)
        if frame.sample_rate != self._rate:
            frame.pts = round(at * frame.sample_rate / self._rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        for result in self._resampler.resample(frame):
            if frame.sample_rate != self._rate and result.pts is not None:
                at = Fraction(result.pts)
            yield Sound(result, at, trimmed)
            at += result.samples
