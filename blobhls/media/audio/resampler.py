"""A source's audio at 48 kHz, in the frames of the global grid that a window is encoded from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph

from blobhls.encoding_profiles import profile_named
from blobhls.media.audio import clock_drift
from blobhls.media.audio.alignment import (
    FORMAT,
    AudioFormat,
    TimedFrame,
    aligned_to_earliest_claim,
    common_grid_sample,
    frames_in_sequence,
    on_timeline,
)
from blobhls.media.audio.decoder import decode_audio, rounding_slack
from blobhls.recipe import AAC_RATE, EncodeAudio

_WARM_UP: Final = Fraction(1, 4)  # seconds resampled ahead of a window
_MIN_SECONDS: Final = 6  # seconds of audio that are decoded, at least
_DVD_AUDIO: Final = "pcm_dvd"  # libav's name of uncompressed audio in a VOB
_RATE_SCALE: Final = 1000  # rates are set in fractions of a hertz: 1 ppm off is 0.3 samples in 6 s


def grid_frames(
    recipe: EncodeAudio, container: InputContainer, first: int, last: int
) -> Iterator[AudioFrame]:
    """Yield the frames `first` to `last` of the grid, not yet encoded."""
    profile = profile_named(recipe.profile)
    begin, end = (number * profile.samples + profile.delay for number in (first, last))
    rate = _source_codec(recipe, container).sample_rate
    audio_format = AudioFormat(rate, profile.layout)
    slack = rounding_slack(recipe.track, rate)
    # Resampling starts where both sample grids coincide, so that its phase is the same everywhere.
    origin = common_grid_sample(Fraction(begin, AAC_RATE) - _WARM_UP, rate)
    ending = math.ceil(Fraction(end, AAC_RATE) * rate) + rate // 20
    timed_frames = list(
        decode_audio(
            recipe.track, recipe.position, container, audio_format, _span_to_decode(recipe, rate)
        )
    )
    if _source_codec(recipe, container).name == _DVD_AUDIO:
        timed_frames = aligned_to_earliest_claim(timed_frames, slack, rate)
    if clock_drift.is_drifting(timed_frames, slack, rate):
        window = recipe.start * profile.samples, recipe.stop * profile.samples
        drift = clock_drift.measure_drift(timed_frames, slack, rate, window)
        if drift is not None:
            return _drift_corrected(
                timed_frames, drift, audio_format, (begin, end), profile.samples
            )
    frames = on_timeline(timed_frames, slack, audio_format, origin, ending)
    graph = _graph(
        audio_format,
        ("aresample", f"{AAC_RATE}"),
        ("atrim", f"start_pts={begin}:end_pts={end}"),
        ("asetnsamples", f"n={profile.samples}:p=1"),
    )
    return _filtered(graph, frames)


def _span_to_decode(recipe: EncodeAudio, rate: int) -> tuple[int, int]:
    """Return the half-open span of source samples to decode: more than are encoded.

    Neighbouring windows decode the same audio at their boundary, and so agree on its sample. In
    less than six seconds, a wrong clock can't be told from rounded time stamps.
    """
    frame = Fraction(profile_named(recipe.profile).samples * rate, AAC_RATE)
    start = math.floor(recipe.start * frame) - clock_drift.BOUNDARY_MARGIN * rate
    stop = math.ceil(recipe.stop * frame) + clock_drift.BOUNDARY_MARGIN * rate
    return start, max(stop, start + _MIN_SECONDS * rate)


def _drift_corrected(
    timed_frames: list[TimedFrame],
    drift: clock_drift.Drift,
    audio_format: AudioFormat,
    span: tuple[int, int],
    samples: int,
) -> Iterator[AudioFrame]:
    """Yield the frames of a span of 48 kHz samples, resampled to the rate of their time stamps."""
    sample, counted = clock_drift.start_on_common_sample(drift, span[0])
    rate = round(drift.step * AAC_RATE * _RATE_SCALE)
    graph = _graph(
        AudioFormat(rate, audio_format.layout),
        ("aresample", f"{AAC_RATE * _RATE_SCALE}"),
        ("asetrate", f"{AAC_RATE}"),
        ("apad", f"whole_len={span[1] - sample}"),
        ("atrim", f"start_sample={span[0] - sample}:end_sample={span[1] - sample}"),
        ("asetnsamples", f"n={samples}:p=1"),
    )
    return _filtered(
        graph, frames_in_sequence(timed_frames, AudioFormat(rate, audio_format.layout), counted)
    )


def _source_codec(recipe: EncodeAudio, container: InputContainer) -> AudioCodecContext:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not audio any more")
    return stream.codec_context


def _graph(audio_format: AudioFormat, *filters: tuple[str, str]) -> Graph:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=audio_format.rate,
        format=FORMAT,
        layout=audio_format.layout,
        time_base=Fraction(1, audio_format.rate),
    )
    output_format = ("aformat", f"sample_fmts={FORMAT}:channel_layouts={audio_format.layout}")
    resample, *others = filters
    nodes = [graph.add(*each) for each in (resample, output_format, *others)]
    graph.link_nodes(source, *nodes, graph.add("abuffersink")).configure()
    return graph


def _filtered(graph: Graph, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    for frame in frames:
        with suppress(av.EOFError):  # the graph already has all that it needs
            graph.push(frame)
        yield from _pull_frames(graph)
    with suppress(av.EOFError):
        graph.push(None)
    yield from _pull_frames(graph)


def _pull_frames(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
