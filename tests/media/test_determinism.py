"""The same recipe gives the same bytes in any process, and with the instructions of any CPU."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from blobhls.media.render import render
from blobhls.recipe import CutVideo, EncodeVideo, Recipe, encode
from tests.media.rendering import plan_of

# SSE2 and nothing newer, for libav (AV_CPU_FLAG_MMX … SSE2) and for x264: a CPU of 2003.
_SCRIPT = """
import ctypes, hashlib, sys
from pathlib import Path
import av
from blobhls.media import transcode
from blobhls.media.render import render
from blobhls.recipe import decode

if sys.argv[2] == "old":
    folder = Path(av.__file__).parent.with_name("av.libs")
    ctypes.CDLL(str(next(folder.glob("libavutil*")))).av_force_cpu_flags(0x1F)
    configure = transcode._configure

    def configure_old(encoder, recipe):
        configure(encoder, recipe)
        parameters = encoder.options["x264-params"] + ":asm=sse2"
        encoder.options = {**encoder.options, "x264-params": parameters}

    transcode._configure = configure_old
for line in sys.stdin:
    print(hashlib.sha256(render(decode(line.encode()), Path(sys.argv[1]))).hexdigest())
"""
# Widths whose macroblock count is no multiple of 8 gave many outputs without `cpu-independent`.
_SIZES = [(416, 240), (848, 480), (854, 480), (640, 360)]


@pytest.fixture(scope="session")
def recipes(clip_silent: Path) -> list[Recipe]:
    """A cut, and encodes at sizes that are known for trouble."""
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


@pytest.mark.parametrize("cpu", ["same", "old"])
def test_bytes_are_the_same_in_another_process(
    cpu: str, clip_silent: Path, recipes: list[Recipe]
) -> None:
    if cpu == "old" and not _libraries_are_bundled():
        pytest.skip("libav is not bundled with PyAV here: its CPU flags can't be reached")
    here = [hashlib.sha256(render(recipe, clip_silent)).hexdigest() for recipe in recipes]
    there = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(clip_silent), cpu],
        input="\n".join(encode(recipe).decode() for recipe in recipes),
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    ).stdout.split()  # fmt: skip
    assert there == here


def _libraries_are_bundled() -> bool:
    av_module = Path(sys.modules["av"].__file__ or "")
    return any(av_module.parent.with_name("av.libs").glob("libavutil*"))


def test_encoding_many_times_gives_one_output(clip_silent: Path, recipes: list[Recipe]) -> None:
    assert len({render(recipes[1], clip_silent) for _ in range(6)}) == 1
