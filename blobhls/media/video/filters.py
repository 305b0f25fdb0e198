"""Filter graphs: what stands between a decoder and an encoder."""

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

from blobhls.media.video.tone_map import cube
from blobhls.recipe import EncodeVideo

# Without the last two flags swscale's rounding differs between CPUs (ADR 2).
_EXACT: Final = "bicubic+accurate_rnd+bitexact"
_TABLE: Final = "lut3d"
_DEEP: Final = "gbrp12le"  # only at 16 bits and in floats are lut3d's results the CPU's own
_LIMITED, _FULL = 1, 2  # libav's AVColorRange
_RGB, _UNSAID, _BT2020 = 0, 2, 9  # ISO/IEC 23091-2 MatrixCoefficients
# What swscale calls the matrices it can write.
_MATRICES: Final = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}


class Step(msgspec.Struct, frozen=True):
    """One filter and its arguments."""

    name: str
    arguments: str = ""


# The decoder reports how a picture was turned, and whether it was upside down before; these undo
# it.
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


def picture_steps(recipe: EncodeVideo) -> list[Step]:
    """Return the filters between decoded and encoded pictures, in order."""
    steps = []
    if recipe.deinterlace:
        # As many pictures as there were, and those that say that they are whole stay as they are.
        steps.append(Step("bwdif", "mode=send_frame:deint=interlaced"))
    # Scaled before it is turned and tone-mapped: both cost by the pixel, and sources are larger.
    turned = recipe.rotation % 180 != 0
    width, height = (recipe.height, recipe.width) if turned else (recipe.width, recipe.height)
    matrix = _MATRICES.get(recipe.colour[2], "bt709")
    result = f"out_range=limited:out_color_matrix={matrix}"
    size = f"w={width}:h={height}:flags={_EXACT}"
    if recipe.tonemap:
        steps += [Step("scale", size), Step("format", _DEEP), Step(_TABLE)]
        steps.append(Step("scale", f"flags={_EXACT}:{result}"))
    else:
        steps.append(Step("scale", f"{size}:{result}"))
    upright = _UPRIGHT[recipe.rotation, recipe.mirrored]
    return [*steps, Step("format", "yuv420p"), *upright, Step("setsar", "1")]


class PictureGraph:
    """A graph made anew whenever the decoder's pictures change size or format."""

    def __init__(self, recipe: EncodeVideo, base: Fraction) -> None:
        self._steps = picture_steps(recipe)
        self._matrix = recipe.colour[2]
        self._hdr = recipe.tonemap is not None
        self._table = cube(recipe.tonemap, recipe.peak) if recipe.tonemap else ""
        self._base = base

    def run(self, pictures: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield filtered pictures; time stamps are in each picture's own time base."""
        graph: Graph | None = None
        shape: tuple[object, ...] | None = None
        for picture in pictures:
            self._tag(picture)
            picture.time_base = self._base
            found = _shape(picture)
            if graph is None or found != shape:
                yield from _drained(graph)
                graph, shape = self._build(picture), found
            graph.vpush(picture)
            yield from _ready(graph)
        yield from _drained(graph)

    def _tag(self, picture: VideoFrame) -> None:
        """Say what a picture's colours are where its stream does not.

        The scaler must neither guess nor convert between two guesses.
        """
        if picture.color_range not in (_LIMITED, _FULL):
            full = picture.format.is_rgb or picture.format.name.startswith("yuvj")
            picture.color_range = _FULL if full else _LIMITED
        if not picture.format.is_rgb and picture.colorspace in (_RGB, _UNSAID):
            picture.colorspace = _BT2020 if self._hdr else self._matrix

    def _build(self, picture: VideoFrame) -> Graph:
        graph = Graph()
        graph.threads = 1
        source = graph.add(
            "buffer",
            f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}"
            f":time_base={self._base}:pixel_aspect=1/1"
            f":colorspace={int(picture.colorspace)}:range={int(picture.color_range)}",
        )
        nodes = [source, *(self._node(graph, step) for step in self._steps)]
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph

    def _node(self, graph: Graph, step: Step) -> FilterContext:
        if step.name != _TABLE:
            return graph.add(step.name, step.arguments or None)
        # The filter reads its table from a file, by a name that says how, and at once.
        with tempfile.NamedTemporaryFile("w", suffix=".cube", encoding="ascii") as file:
            file.write(self._table)
            file.flush()
            return graph.add(step.name, file=file.name, interp="tetrahedral")


def _shape(picture: VideoFrame) -> tuple[object, ...]:
    colours = (int(picture.colorspace), int(picture.color_range))
    return (picture.width, picture.height, picture.format.name, *colours)


def _ready(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


def _drained(graph: Graph | None) -> Iterator[VideoFrame]:
    if graph is not None:
        graph.vpush(None)
        yield from _ready(graph)
