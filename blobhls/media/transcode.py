"""Segments that are encoded: decode, filter and scale in one thread, x264 in another.

Every window is encoded on its own, starting with an IDR, so that windows can be made in any
order. libx264 runs on one thread with `cpu-independent=1`: only then are its bytes the same every
time (ADR 2); parallelism comes from several windows at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Final

import av
import msgspec
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from blobhls.media.filters import picture_graph
from blobhls.media.mux import AddStream, init_section, segment
from blobhls.media.source import packets
from blobhls.media.timing import Clock, decode_times
from blobhls.recipe import MPEG_CLOCK, EncodeVideo, profile_named

_REORDER: Final = 2  # pictures that x264 runs ahead with three B-frames and a pyramid
_QUEUED: Final = 6  # pictures between decoder and encoder
_CONTEXT: Final = 2  # pictures decoded around a window, for the deinterlacer
_DECODERS: Final = 2  # threads; decoding H.264 is exact whatever their number


def encode_video(recipe: EncodeVideo, container: InputContainer) -> bytes:
    """Return the segment of one window."""
    clock = Clock.of(recipe.track, MPEG_CLOCK)
    coded = list(_encoded(recipe, container, clock))
    if not coded:
        raise ValueError("no picture could be decoded in this window")
    shown, decoded = decode_times([p.pts or 0 for p in coded], _REORDER, recipe.frame)
    following = clock(recipe.window.stop) - _REORDER * recipe.frame
    ends = [*decoded[1:], max(following, decoded[-1] + 1)]
    for packet, pts, dts, end in zip(coded, shown, decoded, ends, strict=True):
        packet.pts, packet.dts, packet.duration = pts, dts, end - dts
    return segment(recipe.packaging, _output(recipe), Fraction(1, MPEG_CLOCK), coded)


def encoded_init(recipe: EncodeVideo) -> bytes:
    """Return the initialisation section: the encoder's headers need no picture."""
    return init_section(_output(recipe), Fraction(1, MPEG_CLOCK), [])


def _encoded(
    recipe: EncodeVideo, container: InputContainer, clock: Clock
) -> Iterator[Packet[Stream]]:
    encoder = av.CodecContext.create("libx264", "w")
    _configure(encoder, recipe)
    with _beside(_pictures(recipe, container)) as pictures:
        for picture in pictures:
            picture.pts = clock(picture.pts or 0)
            picture.time_base = Fraction(1, MPEG_CLOCK)
            picture.pict_type = 0  # the source's choice of I, P and B means nothing here
            yield from encoder.encode(picture)
    yield from encoder.encode(None)


def _configure(encoder: av.VideoCodecContext, recipe: EncodeVideo) -> None:
    profile = profile_named(recipe.profile)
    encoder.width, encoder.height = recipe.width, recipe.height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, MPEG_CLOCK)
    encoder.framerate = Fraction(MPEG_CLOCK, recipe.frame).limit_denominator(1001)
    encoder.sample_aspect_ratio = Fraction(1)
    encoder.color_range = 1  # limited
    if recipe.tonemap:
        encoder.color_primaries = encoder.color_trc = encoder.colorspace = 1  # BT.709
    encoder.thread_count = 1
    encoder.options = {
        "preset": profile.preset,
        "profile": "high",
        "level": f"{recipe.level / 10:.1f}",
        "crf": str(profile.crf),
        "maxrate": str(profile.maxrate),
        "bufsize": str(profile.maxrate),
        "bf": "3",
        # One thread and no CPU-specific macroblock tree, or the bytes differ (design, ADR 2).
        "x264-params": "cpu-independent=1:keyint=infinite",
    }
    if recipe.packaging == "fmp4":
        encoder.flags |= av.codec.context.Flags.global_header


def _output(recipe: EncodeVideo) -> AddStream:
    def add(output: OutputContainer) -> Stream:
        if recipe.packaging == "ts":
            return output.add_mux_stream("h264", width=recipe.width, height=recipe.height)
        # fMP4 wants the parameter sets up front: an encoder of the same settings has them.
        stream = output.add_stream("libx264")
        _configure(stream.codec_context, recipe)
        return stream

    return add


def _pictures(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield filtered pictures of the window; `pts` in ticks of the track."""
    window, base = recipe.window, recipe.track.base.value
    graph = picture_graph(recipe, base)
    last: VideoFrame | None = None
    found = False
    for picture in graph.run(_decoded(recipe, container)):
        at = round((picture.pts or 0) * (picture.time_base or base) / base)
        picture.pts = at
        if at < window.start:
            last = picture
            continue
        if at >= window.stop:
            break
        found = True
        yield picture
    if not found and last is not None:
        # A still longer than the window: the picture before it goes on.
        last.pts = window.start
        yield last


def _decoded(recipe: EncodeVideo, container: InputContainer) -> Iterator[VideoFrame]:
    """Yield decoded pictures from before the window to a little after it.

    What can't be decoded is left out: damage costs pictures, not the segment.
    """
    stream = container.streams[recipe.track.stream]
    if not isinstance(stream, VideoStream):
        raise TypeError("the source's track is not video any more")
    context = stream.codec_context
    context.thread_count, context.thread_type = _DECODERS, "AUTO"
    after = 0
    for packet in _and_flush(
        packets(container, stream, recipe.window.start, recipe.window.position)
    ):
        try:
            pictures = context.decode(packet)
        except av.FFmpegError:
            continue
        for picture in pictures:
            picture.pts = picture.pts if picture.pts is not None else picture.dts
            if picture.pts is None:
                continue
            yield picture
            after += picture.pts >= recipe.window.stop
            if after > (_CONTEXT if recipe.deinterlace else 0):
                return


def _and_flush(source: Iterator[Packet[Stream]]) -> Iterator[Packet[Stream] | None]:
    yield from source
    yield None


class _Failure(msgspec.Struct, frozen=True):
    error: BaseException


@contextmanager
def _beside(source: Iterator[VideoFrame]) -> Iterator[Iterator[VideoFrame]]:
    """Run `source` in a thread of its own, a few pictures ahead of whoever reads them.

    libav releases the GIL, so decoding and encoding really run side by side.
    """
    handed: queue.Queue[VideoFrame | _Failure | None] = queue.Queue(_QUEUED)
    over = threading.Event()

    def work() -> None:
        ending: _Failure | None = None
        try:
            for picture in source:
                handed.put(picture)
                if over.is_set():
                    return
        except BaseException as error:
            ending = _Failure(error)
        handed.put(ending)

    def read() -> Iterator[VideoFrame]:
        while (item := handed.get()) is not None:
            if isinstance(item, _Failure):
                raise item.error
            yield item

    thread = threading.Thread(target=work, name="decode")
    thread.start()
    try:
        yield read()
    finally:
        over.set()
        while thread.is_alive():
            # The decoder may be waiting for room: make some until it sees that it is over.
            try:
                handed.get(timeout=0.01)
            except queue.Empty:
                continue
        thread.join()
