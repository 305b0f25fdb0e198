"""The sound of a source at 48 kHz, in the frames of the global grid that a window is coded from."""

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
    Form,
    Sound,
    aligned,
    at_earliest,
    on_timeline,
    placed_run,
)
from blobhls.media.audio.decoder import listen, slack_of
from blobhls.recipe import AAC_RATE, EncodeAudio

_WARM_UP: Final = Fraction(1, 4)  # seconds resampled ahead of a window
_HEARD: Final = 6  # seconds at least
_DVD_SOUND: Final = "pcm_dvd"  # libav's name of uncompressed sound in a VOB
_FINE: Final = 1000  # rates are given in fractions of a hertz: 1 ppm off is 0.3 samples in 6 s


def grid_frames(
    recipe: EncodeAudio, container: InputContainer, first: int, last: int
) -> Iterator[AudioFrame]:
    """Yield what the grid's frames `first` to `last` are coded from."""
    profile = profile_named(recipe.profile)
    begin, end = (number * profile.samples + profile.delay for number in (first, last))
    rate = _source(recipe, container).sample_rate
    form = Form(rate, profile.layout)
    slack = slack_of(recipe.track, rate)
    # Resampling starts where both grids of samples meet, so that its phase is the same for all.
    origin = aligned(Fraction(begin, AAC_RATE) - _WARM_UP, rate)
    ending = math.ceil(Fraction(end, AAC_RATE) * rate) + rate // 20
    sounds = list(listen(recipe.track, recipe.position, container, form, _wide(recipe, rate)))
    if _source(recipe, container).name == _DVD_SOUND:
        sounds = at_earliest(sounds, slack, rate)
    if clock_drift.drifts(sounds, slack, rate):
        window = recipe.start * profile.samples, recipe.stop * profile.samples
        way = clock_drift.course(sounds, slack, rate, window)
        if way is not None:
            return _in_step(sounds, way, form, (begin, end), profile.samples)
    frames = on_timeline(sounds, slack, form, origin, ending)
    graph = _graph(
        form,
        ("aresample", f"{AAC_RATE}"),
        ("atrim", f"start_pts={begin}:end_pts={end}"),
        ("asetnsamples", f"n={profile.samples}:p=1"),
    )
    return _through(graph, frames)


def _wide(recipe: EncodeAudio, rate: int) -> tuple[int, int]:
    """Return the samples of the source to listen to, half-open: more than are encoded.

    Near both ends neighbours hear the same, and agree on what stands at the join. In less than six
    seconds a wrong clock is not to be told from time stamps that are rounded.
    """
    frame = Fraction(profile_named(recipe.profile).samples * rate, AAC_RATE)
    start = math.floor(recipe.start * frame) - clock_drift.NEAR * rate
    stop = math.ceil(recipe.stop * frame) + clock_drift.NEAR * rate
    return start, max(stop, start + _HEARD * rate)


def _in_step(
    sounds: list[Sound], way: clock_drift.Course, form: Form, span: tuple[int, int], samples: int
) -> Iterator[AudioFrame]:
    """Yield the frames of a span, in samples of 48 kHz, resampled to the pace of their stamps."""
    place, counted = clock_drift.whole_start(way, span[0])
    pace = round(way.step * AAC_RATE * _FINE)
    graph = _graph(
        Form(pace, form.layout),
        ("aresample", f"{AAC_RATE * _FINE}"),
        ("asetrate", f"{AAC_RATE}"),
        ("apad", f"whole_len={span[1] - place}"),
        ("atrim", f"start_sample={span[0] - place}:end_sample={span[1] - place}"),
        ("asetnsamples", f"n={samples}:p=1"),
    )
    return _through(graph, placed_run(sounds, Form(pace, form.layout), counted))


def _source(recipe: EncodeAudio, container: InputContainer) -> AudioCodecContext:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    return stream.codec_context


def _graph(form: Form, *filters: tuple[str, str]) -> Graph:
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=form.rate,
        format=FORMAT,
        layout=form.layout,
        time_base=Fraction(1, form.rate),
    )
    form_after = ("aformat", f"sample_fmts={FORMAT}:channel_layouts={form.layout}")
    resample, *others = filters
    nodes = [graph.add(*each) for each in (resample, form_after, *others)]
    graph.link_nodes(source, *nodes, graph.add("abuffersink")).configure()
    return graph


def _through(graph: Graph, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    for frame in frames:
        with suppress(av.EOFError):  # more than the end was asked for
            graph.push(frame)
        yield from _ready(graph)
    with suppress(av.EOFError):
        graph.push(None)
    yield from _ready(graph)


def _ready(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
