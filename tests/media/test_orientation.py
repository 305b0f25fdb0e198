"""Rotated or flipped video: its orientation is found and undone."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from blobhls.media.plan.ladder import cut_edges
from blobhls.media.probe.probe import probe
from blobhls.media.video.filters import FilterGraph
from blobhls.recipe import EncodeVideo, Ratio, Track, Window
from tests.media.rendering import plan_of

BASE = Fraction(1, 1000)
Corner = tuple[int, int]  # -1 or 1: left or right, above or below the middle
CORNERS: list[Corner] = [(-1, -1), (-1, 1), (1, -1), (1, 1)]
LUMAS = dict(zip(CORNERS, (40, 90, 140, 190), strict=True))
# a, b, c, d of the matrix in `tkhd`: a corner x, y is shown at ax + cy, bx + dy
# (ISO/IEC 14496-12 §6.2.2). Every quarter turn, and each of them upside down before.
MATRICES = [
    (a * flip, b * flip, c, d)
    for a, b, c, d in ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))
    for flip in (1, -1)
]


def held(path: Path, target: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Copy an MP4 and write the matrix of its track."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix is behind 40 bytes
    a, b, c, d = (each << 16 for each in matrix)
    struct.pack_into(">9i", data, at, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    target.write_bytes(data)
    return target


def corners() -> av.VideoFrame:
    """A frame whose quarters differ in luma."""
    picture = av.VideoFrame(64, 32, "yuv420p")
    upper, lower = (
        bytes((LUMAS[-1, below],)) * 32 + bytes((LUMAS[1, below],)) * 32 for below in (-1, 1)
    )
    luma, *chroma = picture.planes
    rest = bytes(luma.line_size - 64)
    luma.update((upper + rest) * 16 + (lower + rest) * 16)
    for plane in chroma:
        plane.update(b"\x80" * plane.buffer_size)
    picture.pts = 0
    return picture


def luma_at(picture: av.VideoFrame, corner: Corner) -> int:
    x, y = (
        side * (2 + each) // 4
        for side, each in zip((picture.width, picture.height), corner, strict=True)
    )
    return bytes(picture.planes[0])[y * picture.planes[0].line_size + x]


@pytest.mark.parametrize("matrix", MATRICES, ids=str)
def test_a_frame_is_shown_as_its_matrix_states(
    matrix: tuple[int, int, int, int], clip_silent: Path, tmp_path: Path
) -> None:
    video = probe(held(clip_silent, tmp_path / "held.mp4", matrix)).video
    assert video is not None
    # A cut would lose what the container alone tells.
    assert (cut_edges(video) is not None) is (matrix == (1, 0, 0, 1))
    turned = video.rotation % 180 != 0
    recipe = EncodeVideo(
        Track("s", 0, Ratio.of(BASE), Ratio(0, 1)), Window(0, 1), "ts", "h264-360p-v2",
        width=32 if turned else 64, height=64 if turned else 32, level=10, frame=3600,
        rotation=video.rotation, mirrored=video.mirrored,
    )  # fmt: skip
    (shown,) = FilterGraph(recipe, BASE).run([corners()])
    a, b, c, d = matrix
    for x, y in CORNERS:
        place = (a * x + c * y, b * x + d * y)
        assert luma_at(shown, place) == pytest.approx(LUMAS[x, y], abs=2)


def test_renditions_have_the_displayed_size(clip_silent: Path, tmp_path: Path) -> None:
    path = held(clip_silent, tmp_path / "upright.mp4", (0, 1, -1, 0))
    (source,) = plan_of(path).renditions
    assert (source.name, source.width, source.height) == ("source_h264", 180, 320)
    assert isinstance(source.template, EncodeVideo)
