"""Filter graphs: what stands between a decoder and an encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import av
import msgspec
from av.filter import Graph
from av.video.frame import VideoFrame

from blobhls.recipe import EncodeVideo

# Without these two flags swscale's rounding differs between CPUs (design §4).
_EXACT: Final = "bicubic+accurate_rnd+bitexact"
# The decoder reports how a picture was turned; these turn it back.
_TURNS: Final = {90: ("transpose", "cclock"), 270: ("transpose", "clock")}


class Step(msgspec.Struct, frozen=True):
    """One filter and its arguments."""

    name: str
    arguments: str = ""


def picture_steps(recipe: EncodeVideo) -> list[Step]:
    """Return the filters between decoded and encoded pictures, in order."""
    steps = []
    if recipe.deinterlace:
        steps.append(Step("bwdif", "mode=send_frame"))
    if recipe.rotation == 180:
        steps += [Step("hflip"), Step("vflip")]
    elif recipe.rotation in _TURNS:
        name, direction = _TURNS[recipe.rotation]
        steps.append(Step(name, f"dir={direction}"))
    scale = f"w={recipe.width}:h={recipe.height}:flags={_EXACT}:out_range=limited"
    if recipe.tonemap:
        scale += ":out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709:intent=perceptual"
    return [*steps, Step("scale", scale), Step("setsar", "1"), Step("format", "yuv420p")]


class PictureGraph:
    """A graph made anew whenever the decoder's pictures change size or format."""

    def __init__(self, steps: list[Step], base: Fraction) -> None:
        self._steps = steps
        self._base = base

    def run(self, pictures: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield filtered pictures; time stamps are in each picture's own time base."""
        graph: Graph | None = None
        shape: tuple[int, int, str] | None = None
        for picture in pictures:
            found = (picture.width, picture.height, picture.format.name)
            if graph is None or found != shape:
                yield from _drained(graph)
                graph, shape = self._build(picture), found
            picture.time_base = self._base
            graph.vpush(picture)
            yield from _ready(graph)
        yield from _drained(graph)

    def _build(self, picture: VideoFrame) -> Graph:
        graph = Graph()
        graph.threads = 1
        nodes = [
            graph.add_buffer(
                width=picture.width,
                height=picture.height,
                format=picture.format,
                time_base=self._base,
            )
        ]
        nodes += [graph.add(step.name, step.arguments or None) for step in self._steps]
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph


def picture_graph(recipe: EncodeVideo, base: Fraction) -> PictureGraph:
    """Return the graph of a recipe; `base` is the decoder's time base."""
    return PictureGraph(picture_steps(recipe), base)


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
