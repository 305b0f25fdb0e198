"""The same recipe gives the same bytes in any process, and with the instructions of any CPU."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from blobhls.media.render import render
from blobhls.recipe import CutVideo, EncodeVideo, Timed
from tests.media.rendering import plan_of
from tests.reproducing.deriving import bundled
from tests.reproducing.trial import WAYS, Way, derived, pieces

# Widths whose macroblock count is no multiple of 8 gave many outputs without `cpu-independent`.
_SIZES = [(416, 240), (848, 480), (854, 480), (640, 360)]


@pytest.fixture(scope="session")
def recipes(clip_silent: Path) -> list[Timed]:
    """A cut, and encodes at sizes that once caused trouble."""
    plan = plan_of(clip_silent)
    cut = plan.recipe(plan.renditions[0], 1)
    assert isinstance(cut, CutVideo)
    encoded = [
        EncodeVideo(
            cut.track, cut.window, "ts", "h264-480p-v2",
            width=width, height=height, level=31, frame=3_750, deinterlace=width == 416,
            tonemap="pq" if width == 640 else None, peak=1000, mirrored=width == 848,
        )
        for width, height in _SIZES
    ]  # fmt: skip
    return [cut, *encoded]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_bytes_are_the_same_in_another_process(
    way: Way, clip_silent: Path, recipes: list[Timed]
) -> None:
    if way.cpu == "old" and bundled("libavutil") is None:
        pytest.skip("libav is not bundled with PyAV here: its CPU flags can't be reached")
    here = [hashlib.sha256(render(recipe, clip_silent)).hexdigest() for recipe in recipes]
    assert derived(clip_silent, recipes, way) == here


def test_encoding_many_times_gives_the_same_bytes(clip_silent: Path, recipes: list[Timed]) -> None:
    assert len({render(recipes[1], clip_silent) for _ in range(6)}) == 1


SLICE = ["demo.avi", "demo.ogv", "edts.mp4", "h265_10bits.mp4", "sample_with_srt.mkv"]


@pytest.mark.parametrize("name", SLICE)
def test_real_files_give_the_same_bytes_with_the_instructions_of_any_cpu(
    name: str, corpus: Path
) -> None:
    """For the whole corpus and all ways: `python -m tests.reproducing`."""
    path = corpus / name
    # The last rendition is the smallest: cheap to encode, and everything is scaled for it.
    found = pieces(plan_of(path), most=1)
    chosen = [found[0].recipe, found[-1].recipe]
    own, _, old = (derived(path, chosen, way) for way in WAYS)
    assert own == old
    assert all(len(outcome) == 64 for outcome in own)
