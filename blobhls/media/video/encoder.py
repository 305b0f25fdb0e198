"""Segments that are encoded: decode, filter and scale in one thread, x264 in another.

Every window is encoded on its own, starting with an IDR, so that windows can be made in any
order. libx264 runs on one thread with `cpu-independent=1`: only then are its bytes the same every
time (ADR 2); parallelism comes from several windows at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from blobhls.media.container.clock import Clock, segment_times
from blobhls.media.container.muxer import AddStream, init_section, segment, stamp
from blobhls.media.container.source import packets
from blobhls.media.video import encoder_options
from blobhls.media.video.filters import PictureGraph
from blobhls.media.video.prefetch import beside
from blobhls.recipe import MPEG_CLOCK, EncodeVideo

_BLACK: Final = (16, 128, 128)  # Y, U and V in limited range
_QUEUED: Final = 6  # pictures between decoder and encoder
_AROUND: Final = 2  # pictures decoded after a window, for the deinterlacer
_FARTHEST: Final = 60  # seconds after a window in which nothing decodes that reading goes on
# One thread: damaged pictures (demo.ogv of the corpus) decoded differently three times of three
# with two, and the same every time with one. x264 takes three times as long as the decoder anyway.
_DECODERS: Final = 1


def encode_video(recipe: EncodeVideo, container: InputContainer) -> bytes:
    """Return the segment of one window."""
    return _segment(recipe, _pictures(recipe, container))


def encode_black(recipe: EncodeVideo) -> bytes:
    """Return a segment of black pictures as long as the window."""
    return _segment(recipe, _black(recipe))


def _segment(recipe: EncodeVideo, pictures: Iterator[VideoFrame]) -> bytes:
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    coded = list(_encoded(recipe, pictures, clock))
    if not coded:
        raise ValueError("no picture could be decoded in this window")
    span = (clock(recipe.window.start), clock(recipe.window.stop))
    stamp(coded, segment_times([p.pts or 0 for p in coded], span))
    return segment(recipe.packaging, _output(recipe), Fraction(1, MPEG_CLOCK), coded)


def encoded_init(recipe: EncodeVideo) -> bytes:
    """Return the initialisation section: the encoder's headers need no picture."""
    return init_section(_output(recipe), Fraction(1, MPEG_CLOCK))


def _encoded(
    recipe: EncodeVideo, filtered: Iterator[VideoFrame], clock: Clock
) -> Iterator[Packet[Stream]]:
    encoder = encoder_options.encoder_for(recipe)
    encoder_options.configure(encoder, recipe)
    last: VideoFrame | None = None
    with beside(filtered, _QUEUED) as pictures:
        for picture in pictures:
            at = clock(picture.pts or 0)
            if last is not None:
                yield from _held(recipe, encoder, last, at)
                # Damaged time stamps go back or stand still; x264 would reorder by them.
                at = max(at, (last.pts or 0) + 1)
            picture.pts, picture.time_base = at, Fraction(1, MPEG_CLOCK)
            picture.pict_type = 0  # the source's choice of I, P and B means nothing here
            if picture.format.name != encoder.pix_fmt:
                picture = picture.reformat(format=encoder.pix_fmt)  # noqa: PLW2901 - the same one
            yield from encoder.encode(picture)
            last = picture
    if last is not None:
        yield from _held(recipe, encoder, last, clock(recipe.window.stop))
    yield from encoder.encode(None)


def _held(
    recipe: EncodeVideo, encoder: VideoCodecContext, picture: VideoFrame, until: int
) -> Iterator[Packet[Stream]]:
    """Encode a picture that stays again and again; `until`: when the next one comes, in ticks.

    Players stop where what they have loaded is not enough pictures for their decoder to go on.
    """
    if isinstance(recipe.longest, int):
        # None just before the next one: clocks jitter at a picture a second, too.
        while (at := (picture.pts or 0) + recipe.longest) < until - recipe.longest // 2:
            picture.pts = at
            yield from encoder.encode(picture)


def _output(recipe: EncodeVideo) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        if recipe.packaging == "ts":
            return output.add_mux_stream("h264", width=recipe.width, height=recipe.height)
        # fMP4 wants the parameter sets up front: an encoder of the same settings has them.
        stream = output.add_stream(encoder_options.encoder_for(recipe).name)
        if isinstance(stream, VideoStream):
            encoder_options.configure(stream.codec_context, recipe)
        return stream

    return add


def _black(recipe: EncodeVideo) -> Iterator[VideoFrame]:
    """Yield black pictures at the rendition's rate; `pts` in ticks of the track."""
    window = recipe.window
    step = max(Fraction(1), recipe.frame / (MPEG_CLOCK * recipe.track.base.value))
    count = math.ceil((window.stop - window.start) / step)
    for number in range(count):
        picture = VideoFrame(recipe.width, recipe.height, "yuv420p")
        for plane, level in zip(picture.planes, _BLACK, strict=True):
            plane.update(bytes((level,)) * plane.buffer_size)
        picture.pts = window.start + int(number * step)
        yield picture


def _pictures(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield filtered pictures of the window; `pts` in ticks of the track."""
    window, base = recipe.window, recipe.track.base.value
    blank_recipe: VideoFrame | None = None
    found = False
    decoded = _thinned(recipe, _decoded(recipe, container))
    for picture in PictureGraph(recipe, base).run(decoded):
        if picture.time_base != base:
            picture.pts = round((picture.pts or 0) * (picture.time_base or base) / base)
        at = picture.pts or 0
        if at < window.start:
            blank_recipe = picture
        elif at < window.stop:
            if blank_recipe is not None and not found and at - window.start > _longest(recipe):
                yield _at(blank_recipe, window.start)
            found = True
            yield picture
        else:
            blank_recipe = blank_recipe or picture
            break
    if not found and blank_recipe is not None:
        # A still longer than the window goes on; where all is damaged, the next good one stands.
        yield _at(blank_recipe, window.start)


def _at(picture: VideoFrame, tick: int) -> VideoFrame:
    picture.pts = tick
    return picture


def _longest(recipe: EncodeVideo) -> float | Fraction:
    """Return for how many ticks of the track a picture may stay."""
    if isinstance(recipe.longest, int):
        return recipe.longest / (MPEG_CLOCK * recipe.track.base.value)
    return math.inf


def _thinned(recipe: EncodeVideo, pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """Leave out pictures of the window that come too soon for the rate that is wanted.

    The window's first picture always stays: players place a segment by it.
    """
    window = recipe.window
    # The next one but `every` is wanted; half a picture either way is the clock's jitter.
    step = recipe.frame / (MPEG_CLOCK * recipe.track.base.value)
    least = step * Fraction(2 * recipe.every - 1, 2 * recipe.every)
    last: int | None = None
    for picture in pictures:
        at = picture.pts or 0
        inside = window.start <= at < window.stop
        if recipe.every > 1 and inside and last is not None and at - last < least:
            continue
        if inside:
            last = at
        yield picture


def _decoded(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield decoded pictures from before the window to a little after it.

    What can't be decoded is left out: damage costs pictures, not the segment.
    """
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, VideoStream):
        raise TypeError("the source's track is not video any more")
    window = recipe.window
    context = stream.codec_context
    context.thread_count = _DECODERS
    # The deinterlacer looks at the picture before the first one: read from the key frame before.
    start = window.start - 1 if recipe.deinterlace else window.start
    around = _AROUND if recipe.deinterlace else 0
    farthest = window.stop + _FARTHEST / recipe.track.base.value
    after = 0
    counted: int | None = None
    coded = packets(container, stream, start, window.position, recipe.track.joins)
    for packet in _until(coded, farthest):
        try:
            pictures = context.decode(packet)
        except av.FFmpegError:
            continue
        for picture in pictures:
            if recipe.decode_times is True:
                picture.pts = counted = _counted(picture, counted)
            picture.pts = picture.pts if picture.pts is not None else picture.dts
            if picture.pts is None:
                continue
            yield picture
            after += picture.pts >= window.stop
            if after > around:
                return


def _counted(picture: VideoFrame, last: int | None) -> int | None:
    """Return when a picture of an AVI is shown: at the next chunk's turn, as decoders have it.

    libav takes DivX's chunks of two pictures for pictures in another order.
    """
    if picture.dts is not None or last is None:
        return picture.dts
    return last + 1  # given out at the end, when no packet was left


def _until(source: Iterator[Packet[Stream]], farthest: Fraction) -> Iterator[Packet[Stream] | None]:
    """Yield packets up to a time after which it is no use to go on, then None for a flush."""
    for packet in source:
        if packet.dts is not None and packet.dts > farthest:
            break
        yield packet
    yield None
