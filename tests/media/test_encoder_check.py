"""Hardware encoders: checked or refused, and named in the plan where they are used."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from blobhls.encoding_profiles import HARDWARE, ladder_profile, profile_named
from blobhls.media.video.encoder_check import check_encoder
from blobhls.recipe import CutVideo, EncodeVideo
from tests.media.rendering import plan_of


def test_x264_works() -> None:
    assert check_encoder(ladder_profile(360).name) == ""


@pytest.mark.parametrize("hardware", HARDWARE)
def test_a_missing_gpu_is_refused_with_a_reason(hardware: str) -> None:
    name, _ = HARDWARE[hardware]
    if Path("/dev/dri").exists() or Path("/dev/nvidiactl").exists():
        pytest.skip("this machine may have the card")
    reason = check_encoder(ladder_profile(360, hardware).name)
    assert reason
    # The wheel has been built without VAAPI: that is told, and not a driver's riddle.
    assert (reason == f"this libav has no {name}") is (name not in av.codecs_available)


def test_an_accelerated_plan_differs_only_in_video_encodes(clip_hevc: Path) -> None:
    plan = plan_of(clip_hevc)
    fast = plan.accelerated("nvenc")
    for before, after in zip(plan.renditions, fast.renditions, strict=True):
        if isinstance(before.template, EncodeVideo):
            profile = profile_named(after.template.profile)
            assert (profile.encoder, profile.evictable) == ("h264_nvenc", False)
            assert profile.maxrate == profile_named(before.template.profile).maxrate
        else:
            assert before == after
    assert isinstance(fast.renditions[0].template, CutVideo)
