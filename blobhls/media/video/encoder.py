"""Segments that are encoded: decoding, filtering and scaling in one thread, x264 in another.

Every window is encoded on its own, starting with an IDR, so that windows can be rendered in any
order. libx264 runs on one thread with `cpu-independent=1`: only then does it give the same bytes
every time (ADR 2); several windows at once give the parallelism.
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
from blobhls.media.video.filters import FilterGraph
from blobhls.media.video.prefetch import prefetched
from blobhls.recipe import MPEG_CLOCK, EncodeVideo

_BLACK: Final = (16, 128, 128)  # Y, U and V in limited range
_QUEUE_SIZE: Final = 6  # frames between decoder and encoder
_FRAMES_AFTER: Final = 2  # frames decoded after a window, for the deinterlacer
_MAX_SECONDS_AFTER: Final = 60  # seconds after a window that are read while nothing decodes
# With two threads, damaged frames (demo.ogv of the corpus) decoded differently three times of
# three; with one, they are the same every time. x264 takes three times as long as the decoder.
_DECODER_THREADS: Final = 1


def encode_video(recipe: EncodeVideo, container: InputContainer) -> bytes:
    """Return the segment of one window."""
    return _segment(recipe, _window_frames(recipe, container))


def encode_black(recipe: EncodeVideo) -> bytes:
    """Return a segment of black frames as long as the window."""
    return _segment(recipe, _black_frames(recipe))


def _segment(recipe: EncodeVideo, frames: Iterator[VideoFrame]) -> bytes:
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    coded = list(_encoded(recipe, frames, clock))
    if not coded:
        raise ValueError("no frame could be decoded in this window")
    span = (clock(recipe.window.start), clock(recipe.window.stop))
    stamp(coded, segment_times([p.pts or 0 for p in coded], span))
    return segment(recipe.packaging, _output(recipe), Fraction(1, MPEG_CLOCK), coded)


def encoded_init(recipe: EncodeVideo) -> bytes:
    """Return the initialisation section: the encoder's headers don't depend on the frames."""
    return init_section(_output(recipe), Fraction(1, MPEG_CLOCK))


def _encoded(
    recipe: EncodeVideo, filtered: Iterator[VideoFrame], clock: Clock
) -> Iterator[Packet[Stream]]:
    encoder = encoder_options.encoder_for(recipe)
    encoder_options.configure(encoder, recipe)
    last: VideoFrame | None = None
    with prefetched(filtered, _QUEUE_SIZE) as frames:
        for frame in frames:
            at = clock(frame.pts or 0)
            if last is not None:
                yield from _encode_again(recipe, encoder, last, at)
                # Damaged time stamps go back or stand still; x264 would reorder frames by them.
                at = max(at, (last.pts or 0) + 1)
            frame.pts, frame.time_base = at, Fraction(1, MPEG_CLOCK)
            frame.pict_type = 0  # the encoder makes its own choice of I, P and B frames
            if frame.format.name != encoder.pix_fmt:
                frame = frame.reformat(format=encoder.pix_fmt)  # noqa: PLW2901 - the same one
            yield from encoder.encode(frame)
            last = frame
    if last is not None:
        yield from _encode_again(recipe, encoder, last, clock(recipe.window.stop))
    yield from encoder.encode(None)


def _encode_again(
    recipe: EncodeVideo, encoder: VideoCodecContext, frame: VideoFrame, until: int
) -> Iterator[Packet[Stream]]:
    """Encode a frame that is shown for long again and again; `until`: ticks of the next frame.

    Players stall when the loaded part has too few frames for their decoder to continue.
    """
    if isinstance(recipe.longest, int):
        # Not just before the next frame: clocks jitter even at one frame a second.
        while (at := (frame.pts or 0) + recipe.longest) < until - recipe.longest // 2:
            frame.pts = at
            yield from encoder.encode(frame)


def _output(recipe: EncodeVideo) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        if recipe.packaging == "ts":
            return output.add_mux_stream("h264", width=recipe.width, height=recipe.height)
        # fMP4 stores the parameter sets up front; an encoder with the same settings has them.
        stream = output.add_stream(encoder_options.encoder_for(recipe).name)
        if isinstance(stream, VideoStream):
            encoder_options.configure(stream.codec_context, recipe)
        return stream

    return add


def _black_frames(recipe: EncodeVideo) -> Iterator[VideoFrame]:
    """Yield black frames at the rendition's rate; `pts` in ticks of the track."""
    window = recipe.window
    step = max(Fraction(1), recipe.frame / (MPEG_CLOCK * recipe.track.base.value))
    count = math.ceil((window.stop - window.start) / step)
    for number in range(count):
        frame = VideoFrame(recipe.width, recipe.height, "yuv420p")
        for plane, level in zip(frame.planes, _BLACK, strict=True):
            plane.update(bytes((level,)) * plane.buffer_size)
        frame.pts = window.start + int(number * step)
        yield frame


def _window_frames(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield the filtered frames of the window; `pts` in ticks of the track."""
    window, base = recipe.window, recipe.track.base.value
    fallback: VideoFrame | None = None
    found = False
    decoded = _at_reduced_rate(recipe, _decoded(recipe, container))
    for frame in FilterGraph(recipe, base).run(decoded):
        if frame.time_base != base:
            frame.pts = round((frame.pts or 0) * (frame.time_base or base) / base)
        at = frame.pts or 0
        if at < window.start:
            fallback = frame
        elif at < window.stop:
            if fallback is not None and not found and at - window.start > _max_ticks(recipe):
                yield _with_pts(fallback, window.start)
            found = True
            yield frame
        else:
            fallback = fallback or frame
            break
    if not found and fallback is not None:
        # The still shown before the window continues; in damaged video, the next good frame shows.
        yield _with_pts(fallback, window.start)


def _with_pts(frame: VideoFrame, tick: int) -> VideoFrame:
    frame.pts = tick
    return frame


def _max_ticks(recipe: EncodeVideo) -> float | Fraction:
    """Return the ticks of the track for which a frame may be shown, at most."""
    if isinstance(recipe.longest, int):
        return recipe.longest / (MPEG_CLOCK * recipe.track.base.value)
    return math.inf


def _at_reduced_rate(recipe: EncodeVideo, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """Leave out frames of the window that come too soon for the wanted frame rate.

    The window's first frame is always kept: players position a segment by it.
    """
    window = recipe.window
    # Every n-th frame is wanted; half a frame either way is jitter of the clock.
    step = recipe.frame / (MPEG_CLOCK * recipe.track.base.value)
    least = step * Fraction(2 * recipe.every - 1, 2 * recipe.every)
    last: int | None = None
    for frame in frames:
        at = frame.pts or 0
        inside = window.start <= at < window.stop
        if recipe.every > 1 and inside and last is not None and at - last < least:
            continue
        if inside:
            last = at
        yield frame


def _decoded(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield decoded frames from before the window to a little after it.

    Packets that can't be decoded are left out: damage costs frames, not the segment.
    """
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, VideoStream):
        raise TypeError("the source's track is not video any more")
    window = recipe.window
    context = stream.codec_context
    context.thread_count = _DECODER_THREADS
    # The deinterlacer needs the frame before the first one: read from the key frame before.
    start = window.start - 1 if recipe.deinterlace else window.start
    around = _FRAMES_AFTER if recipe.deinterlace else 0
    farthest = window.stop + _MAX_SECONDS_AFTER / recipe.track.base.value
    after = 0
    counted: int | None = None
    coded = packets(container, stream, start, window.position, recipe.track.joins)
    for packet in _packets_until(coded, farthest):
        try:
            frames = context.decode(packet)
        except av.FFmpegError:
            continue
        for frame in frames:
            if recipe.decode_times is True:
                frame.pts = counted = _avi_time(frame, counted)
            frame.pts = frame.pts if frame.pts is not None else frame.dts
            if frame.pts is None:
                continue
            yield frame
            after += frame.pts >= window.stop
            if after > around:
                return


def _avi_time(frame: VideoFrame, last: int | None) -> int | None:
    """Return when a frame of an AVI is shown: at the next chunk's time, as other decoders do.

    libav mistakes DivX's chunks of two frames for reordered frames.
    """
    if frame.dts is not None or last is None:
        return frame.dts
    return last + 1  # flushed at the end, when no packet was left


def _packets_until(
    source: Iterator[Packet[Stream]], farthest: Fraction
) -> Iterator[Packet[Stream] | None]:
    """Yield packets up to the time after which reading on is useless, then None for a flush."""
    for packet in source:
        if packet.dts is not None and packet.dts > farthest:
            break
        yield packet
    yield None
