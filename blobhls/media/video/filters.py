"""Filter graphs between a decoder and an encoder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import av
import msgspec
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from blobhls.media.video.tone_map import tone_map_cube
from blobhls.recipe import EncodeVideo

# Without the last two flags, swscale rounds differently on different CPUs (ADR 2).
_EXACT_FLAGS: Final = "bicubic+accurate_rnd+bitexact"
_TABLE_FILTER: Final = "lut3d"
_TWELVE_BIT: Final = "gbrp12le"  # at 16 bits or in floats, lut3d's results depend on the CPU
_LIMITED, _FULL = 1, 2  # libav's AVColorRange
_RGB, _UNSPECIFIED, _BT2020 = 0, 2, 9  # ISO/IEC 23091-2 MatrixCoefficients
# swscale's names of the matrices that it can write.
_MATRICES: Final = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}


class Step(msgspec.Struct, frozen=True):
    """One filter and its arguments."""

    name: str
    arguments: str = ""


# The decoder reports how a frame was rotated, and whether it was flipped before; these filters undo
# both.
_UPRIGHT: Final = {
    (0, False): (),
    (0, True): (Step("vflip"),),
    (90, False): (Step("transpose", "dir=cclock"),),
    (90, True): (Step("transpose", "dir=clock_flip"),),
    (180, False): (Step("hflip"), Step("vflip")),
    (180, True): (Step("hflip"),),
    (270, False): (Step("transpose", "dir=clock"),),
    (270, True): (Step("transpose", "dir=cclock_flip"),),
}


def filter_steps(recipe: EncodeVideo) -> list[Step]:
    """Return the filters between decoded and encoded frames, in order."""
    steps = []
    if recipe.deinterlace:
        # One frame out for each frame in; frames marked as progressive stay unchanged.
        steps.append(Step("bwdif", "mode=send_frame:deint=interlaced"))
    # Scaled before rotation and tone mapping: both cost by the pixel, and sources are larger.
    turned = recipe.rotation % 180 != 0
    width, height = (recipe.height, recipe.width) if turned else (recipe.width, recipe.height)
    matrix = _MATRICES.get(recipe.colour[2], "bt709")
    result = f"out_range=limited:out_color_matrix={matrix}"
    size = f"w={width}:h={height}:flags={_EXACT_FLAGS}"
    if recipe.tonemap:
        steps += [Step("scale", size), Step("format", _TWELVE_BIT), Step(_TABLE_FILTER)]
        steps.append(Step("scale", f"flags={_EXACT_FLAGS}:{result}"))
    else:
        steps.append(Step("scale", f"{size}:{result}"))
    upright = _UPRIGHT[recipe.rotation, recipe.mirrored]
    return [*steps, Step("format", "yuv420p"), *upright, Step("setsar", "1")]


class FilterGraph:
    """A graph that is rebuilt whenever the decoder's frames change size or format."""

    def __init__(self, recipe: EncodeVideo, base: Fraction) -> None:
        self._steps = filter_steps(recipe)
        self._matrix = recipe.colour[2]
        self._hdr = recipe.tonemap is not None
        self._table = tone_map_cube(recipe.tonemap, recipe.peak) if recipe.tonemap else ""
        self._base = base

    def run(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield filtered frames; time stamps are in each frame's own time base."""
        graph: Graph | None = None
        frame_format: tuple[object, ...] | None = None
        for frame in frames:
            self._state_colours(frame)
            frame.time_base = self._base
            found = _frame_format(frame)
            if graph is None or found != frame_format:
                yield from _drain(graph)
                graph, frame_format = self._build(frame), found
            graph.vpush(frame)
            yield from _pull_frames(graph)
        yield from _drain(graph)

    def _state_colours(self, frame: VideoFrame) -> None:
        """Set a frame's colour properties where its stream does not state them.

        The scaler must neither guess nor convert between two guesses.
        """
        if frame.color_range not in (_LIMITED, _FULL):
            full = frame.format.is_rgb or frame.format.name.startswith("yuvj")
            frame.color_range = _FULL if full else _LIMITED
        if not frame.format.is_rgb and frame.colorspace in (_RGB, _UNSPECIFIED):
            frame.colorspace = _BT2020 if self._hdr else self._matrix

    def _build(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        graph.threads = 1
        source = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
            f":time_base={self._base}:pixel_aspect=1/1"
            f":colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
        )
        nodes = [source, *(self._node(graph, step) for step in self._steps)]
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph

    def _node(self, graph: Graph, step: Step) -> FilterContext:
        if step.name != _TABLE_FILTER:
            return graph.add(step.name, step.arguments or None)
        # The filter reads its table from a file when it is created; the suffix states the format.
        with tempfile.NamedTemporaryFile("w", suffix=".cube", encoding="ascii") as file:
            file.write(self._table)
            file.flush()
            return graph.add(step.name, file=file.name, interp="tetrahedral")


def _frame_format(frame: VideoFrame) -> tuple[object, ...]:
    colours = (int(frame.colorspace), int(frame.color_range))
    return (frame.width, frame.height, frame.format.name, *colours)


def _pull_frames(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def _drain(graph: Graph | None) -> Iterator[VideoFrame]:
    if graph is not None:
        graph.vpush(None)
        yield from _pull_frames(graph)
