"""Every rung has the quality of the ffmpeg command with the same settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from blobhls.demo_clips.clip_spec import Clip
from tests.media.quality import compared, plain
from tests.media.rendering import plan_of

_LESS_PSNR = 0.2  # dB
_LESS_SSIM = 0.002
_MORE = 1.05  # times as many bytes
_RUNGS = ["source_h264", "720p_h264", "480p_h264", "360p_h264"]


@pytest.fixture(scope="session")
def clip_large(clip_factory: Callable[[str, Clip], Path]) -> Path:
    """A clip that can't be cut, 1080 lines high: 2 s of MPEG-4."""
    clip = Clip(
        seconds=2, size=(1920, 1080), fps=Fraction(12), gop_seconds=Fraction(1), audio=(),
        video_codec="mpeg4", video_options={"q:v": "2"},
    )  # fmt: skip
    return clip_factory("large.mkv", clip)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg's command line is not here")
@pytest.mark.parametrize("name", _RUNGS)
def test_a_rung_is_as_good_as_that_of_the_ffmpeg_command(
    name: str, clip_large: Path, tmp_path: Path
) -> None:
    plan = plan_of(clip_large)
    rendition = plan.rendition(name)
    assert plain(rendition)
    found = compared(clip_large, plan, rendition, rendition.count - 1, tmp_path)
    assert found.ours.psnr >= found.theirs.psnr - _LESS_PSNR
    assert found.ours.ssim >= found.theirs.ssim - _LESS_SSIM
    assert found.ours.size <= found.theirs.size * _MORE
