"""Sound that is encoded: any codec to AAC-LC stereo, or AC-3 5.1, on one global grid of frames.

Every window is encoded on its own. So that windows join without a gap or a click, samples are put
where they belong on the timeline to the sample, and some frames are encoded ahead of each window
and thrown away: a fresh encoder overlapped 22-41 ms at every join, on the grid nothing does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream

from blobhls.media.listening import listen, slack_of
from blobhls.media.mux import AddStream, init_section, segment
from blobhls.media.placing import FORMAT, Form, aligned, on_timeline
from blobhls.profiles import Profile, profile_named
from blobhls.recipe import (
    AAC_RATE,
    LEAD_SECONDS,
    MPEG_CLOCK,
    EncodeAudio,
)

_WARM_UP: Final = Fraction(1, 4)  # seconds resampled ahead of a window
# Silent frames that every encode begins with. libavcodec's coder never recovers from beginning in
# the middle of a sound: it gave noise 2 dB and a 997 Hz tone 25 dB more error in the whole window.
_LEAD_IN: Final = 2
# How a receiver with two loudspeakers is to mix centre and surround: 3 dB down, as we do.
_OPTIONS: Final = {"ac3": {"center_mixlev": "0.707", "surround_mixlev": "0.707"}}
_LOOK_AHEAD: Final = 2  # frames encoded after a window: AAC transforms overlap


def encode_audio(recipe: EncodeAudio, container: InputContainer) -> bytes:
    """Return frames `start` to `stop` of the grid."""
    first, last = recipe.start - recipe.preroll, recipe.stop + _LOOK_AHEAD
    return _segment(recipe, _grid_frames(recipe, container, first, last))


def encode_silence(recipe: EncodeAudio) -> bytes:
    """Return as many frames of silence."""
    count = recipe.stop - recipe.start + recipe.preroll + _LOOK_AHEAD
    return _segment(recipe, _silent(profile_named(recipe.profile), count))


def _segment(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> bytes:
    frames = list(_encoded(recipe, grid))
    return segment(recipe.packaging, _output(recipe), Fraction(1, _rate(recipe)), frames)


def encoded_audio_init(recipe: EncodeAudio) -> bytes:
    """Return the initialisation section: the encoder's configuration needs no sound of the source.

    Of AC-3 it stands in every frame.
    """
    profile = profile_named(recipe.profile)
    frames = list(_encoded(recipe, _silent(profile, recipe.preroll + 1 + _LOOK_AHEAD)))
    return init_section(_output(recipe), Fraction(1, _rate(recipe)), frames[:1])


def _rate(recipe: EncodeAudio) -> int:
    return MPEG_CLOCK if recipe.packaging == "ts" else AAC_RATE


def _encoded(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> Iterator[Packet[Stream]]:
    """Yield frames `start` to `stop` of the grid, coded; `grid` begins a pre-roll before them."""
    encoder, profile = _encoder(recipe), profile_named(recipe.profile)
    first = recipe.start - recipe.preroll
    rate, length = _rate(recipe), profile.samples

    def packets() -> Iterator[Packet[Stream]]:
        heard = chain(_silent(profile, _LEAD_IN), grid)
        for number, frame in enumerate(heard, start=first - _LEAD_IN):
            frame.pts = number * length + profile.delay
            frame.time_base = Fraction(1, AAC_RATE)
            yield from encoder.encode(frame)
        yield from encoder.encode(None)

    for packet in packets():
        # The encoder counts its own delay: a packet's time stamp is that of what it decodes to.
        number, off = divmod(packet.pts or 0, length)
        if off == 0 and recipe.start <= number < recipe.stop:
            packet.pts = packet.dts = (LEAD_SECONDS * AAC_RATE + number * length) * rate // AAC_RATE
            packet.duration = length * rate // AAC_RATE
            yield packet


def _encoder(recipe: EncodeAudio) -> AudioCodecContext:
    profile = profile_named(recipe.profile)
    encoder = av.CodecContext.create(profile.encoder, "w")
    if not isinstance(encoder, AudioCodecContext):
        raise TypeError(f"{profile.encoder} does not encode sound")
    _configure(encoder, profile)
    return encoder


def _configure(encoder: AudioCodecContext, profile: Profile) -> None:
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
            raise TypeError(f"{profile.encoder} does not encode sound")
        _configure(stream.codec_context, profile)
        return stream

    return add


def _grid_frames(
    recipe: EncodeAudio, container: InputContainer, first: int, last: int
) -> Iterator[AudioFrame]:
    """Yield what the grid's frames `first` to `last` are coded from, at 48 kHz."""
    profile = profile_named(recipe.profile)
    begin, end = (number * profile.samples + profile.delay for number in (first, last))
    rate = _source_rate(recipe, container)
    form = Form(rate, profile.layout)
    # Resampling starts where both grids of samples meet, so that its phase is the same for all.
    origin = aligned(Fraction(begin, AAC_RATE) - _WARM_UP, rate)
    ending = math.ceil(Fraction(end, AAC_RATE) * rate) + rate // 20
    sounds = listen(recipe.track, recipe.position, container, form, (origin, ending))
    graph = _resampler(form, profile.samples, begin, end)
    for frame in on_timeline(sounds, slack_of(recipe.track, rate), form, origin, ending):
        with suppress(av.EOFError):  # more than `end` was asked for
            graph.push(frame)
        yield from _ready(graph)
    with suppress(av.EOFError):
        graph.push(None)
    yield from _ready(graph)


def _silent(profile: Profile, count: int) -> Iterator[AudioFrame]:
    for _ in range(count):
        frame = AudioFrame(FORMAT, profile.layout, profile.samples)
        frame.sample_rate = AAC_RATE
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        yield frame


def _source_rate(recipe: EncodeAudio, container: InputContainer) -> int:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    return stream.codec_context.sample_rate


def _resampler(form: Form, samples: int, begin: int, end: int) -> Graph:
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            sample_rate=form.rate,
            format=FORMAT,
            layout=form.layout,
            time_base=Fraction(1, form.rate),
        ),
        graph.add("aresample", f"{AAC_RATE}"),
        graph.add("aformat", f"sample_fmts={FORMAT}:channel_layouts={form.layout}"),
        graph.add("atrim", f"start_pts={begin}:end_pts={end}"),
        graph.add("asetnsamples", f"n={samples}:p=1"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _ready(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
