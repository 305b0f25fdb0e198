"""Sound that is encoded: any codec to AAC-LC stereo on one global grid of 1024 samples.

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
from blobhls.media.placing import FORMAT, LAYOUT, aligned, on_timeline
from blobhls.recipe import (
    AAC_FRAME,
    AAC_RATE,
    LEAD_SECONDS,
    MPEG_CLOCK,
    EncodeAudio,
    profile_named,
)

_WARM_UP: Final = Fraction(1, 4)  # seconds resampled ahead of a window
# Silent frames that every encode begins with. libavcodec's coder never recovers from beginning in
# the middle of a sound: it gave noise 2 dB and a 997 Hz tone 25 dB more error in the whole window.
_LEAD_IN: Final = 2
_LOOK_AHEAD: Final = 2  # frames encoded after a window: AAC transforms overlap


def encode_audio(recipe: EncodeAudio, container: InputContainer) -> bytes:
    """Return frames `start` to `stop` of the grid."""
    first, last = recipe.start - recipe.preroll, recipe.stop + _LOOK_AHEAD
    return _segment(recipe, _grid_frames(recipe, container, first, last))


def encode_silence(recipe: EncodeAudio) -> bytes:
    """Return as many frames of silence."""
    return _segment(recipe, _silent(recipe.stop - recipe.start + recipe.preroll + _LOOK_AHEAD))


def _segment(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> bytes:
    frames = list(_encoded(recipe, grid))
    return segment(recipe.packaging, _output(recipe), Fraction(1, _rate(recipe)), frames)


def encoded_audio_init(recipe: EncodeAudio) -> bytes:
    """Return the initialisation section: the encoder's configuration needs no sound."""
    return init_section(_output(recipe), Fraction(1, _rate(recipe)), [])


def _rate(recipe: EncodeAudio) -> int:
    return MPEG_CLOCK if recipe.packaging == "ts" else AAC_RATE


def _encoded(recipe: EncodeAudio, grid: Iterator[AudioFrame]) -> Iterator[Packet[Stream]]:
    """Yield frames `start` to `stop` of the grid, coded; `grid` begins a pre-roll before them."""
    encoder = _encoder(recipe)
    first = recipe.start - recipe.preroll
    rate = _rate(recipe)

    def packets() -> Iterator[Packet[Stream]]:
        heard = chain(_silent(_LEAD_IN), grid)
        for number, frame in enumerate(heard, start=first - _LEAD_IN):
            frame.pts = number * AAC_FRAME
            frame.time_base = Fraction(1, AAC_RATE)
            yield from encoder.encode(frame)
        yield from encoder.encode(None)

    for packet in packets():
        # The encoder counts its own delay: a packet's time stamp is that of what it decodes to.
        number, off = divmod(packet.pts or 0, AAC_FRAME)
        if off == 0 and recipe.start <= number < recipe.stop:
            packet.pts = packet.dts = (
                (LEAD_SECONDS * AAC_RATE + number * AAC_FRAME) * rate // AAC_RATE
            )
            packet.duration = AAC_FRAME * rate // AAC_RATE
            yield packet


def _encoder(recipe: EncodeAudio) -> AudioCodecContext:
    encoder = av.CodecContext.create("aac", "w")
    _configure(encoder, recipe)
    return encoder


def _configure(encoder: AudioCodecContext, recipe: EncodeAudio) -> None:
    encoder.sample_rate = AAC_RATE
    encoder.layout = LAYOUT
    encoder.format = FORMAT
    encoder.time_base = Fraction(1, AAC_RATE)
    encoder.bit_rate = profile_named(recipe.profile).bitrate
    encoder.flags |= av.codec.context.Flags.bitexact
    encoder.flags |= av.codec.context.Flags.global_header


def _output(recipe: EncodeAudio) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        stream = output.add_stream("aac", rate=AAC_RATE)
        _configure(stream.codec_context, recipe)
        return stream

    return add


def _grid_frames(
    recipe: EncodeAudio, container: InputContainer, first: int, last: int
) -> Iterator[AudioFrame]:
    """Yield grid frames `first` to `last`, 1024 samples of 48 kHz stereo each."""
    begin, end = first * AAC_FRAME, last * AAC_FRAME
    rate = _source_rate(recipe, container)
    # Resampling starts where both grids of samples meet, so that its phase is the same for all.
    origin = aligned(Fraction(begin, AAC_RATE) - _WARM_UP, rate)
    ending = math.ceil(Fraction(end, AAC_RATE) * rate) + rate // 20
    sounds = listen(recipe.track, recipe.position, container, origin, ending)
    graph = _resampler(rate, begin, end)
    for frame in on_timeline(sounds, slack_of(recipe.track, rate), rate, origin, ending):
        with suppress(av.EOFError):  # more than `end` was asked for
            graph.push(frame)
        yield from _ready(graph)
    with suppress(av.EOFError):
        graph.push(None)
    yield from _ready(graph)


def _silent(count: int) -> Iterator[AudioFrame]:
    for _ in range(count):
        frame = AudioFrame(FORMAT, LAYOUT, AAC_FRAME)
        frame.sample_rate = AAC_RATE
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        yield frame


def _source_rate(recipe: EncodeAudio, container: InputContainer) -> int:
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, AudioStream):
        raise TypeError("the source's track is not sound any more")
    return stream.codec_context.sample_rate


def _resampler(rate: int, begin: int, end: int) -> Graph:
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            sample_rate=rate, format=FORMAT, layout=LAYOUT, time_base=Fraction(1, rate)
        ),
        graph.add("aresample", f"{AAC_RATE}"),
        graph.add("aformat", f"sample_fmts={FORMAT}:channel_layouts={LAYOUT}"),
        graph.add("atrim", f"start_pts={begin}:end_pts={end}"),
        graph.add("asetnsamples", f"n={AAC_FRAME}:p=1"),
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
