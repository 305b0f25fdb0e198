"""Properties of a file are found without full decoding, and cutting needs no decoding either."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from blobhls.media.container.source import opened
from blobhls.media.probe.first_frame import inspect_first_frame
from blobhls.media.render import render_in
from blobhls.recipe import CutAudio, CutVideo
from tests.media.rendering import plan_of

CLIPS = ["clip_mp4", "clip_mkv_two_audio_srt", "clip_ts", "clip_hevc", "clip_webm", "clip_avi"]
# Turned H.264, turned HLG, a picture in several slices, ten bits, four-to-four.
REAL = [
    "rotate-buck-bunny.mp4",
    "sample_edit_list.mp4",
    "pixel_aspect_ratio.mp4",
    "TestPatternHDR.mp4",
    "sample_with_chapters.mkv",
]


def _traits(frame: av.VideoFrame | None) -> object:
    assert frame is not None
    return (frame.width, frame.height, frame.format.name, frame.rotation, frame.interlaced_frame)


def _check(path: Path) -> None:
    with opened(path) as whole:
        expected = _traits(next(whole.decode(video=0)))
    with opened(path, decoding=False) as container:
        video = container.streams.video[0]
        first = -1 if container.format.name != "mpegts" else 0
        assert (
            _traits(inspect_first_frame(container, video, video.start_time or 0, first)) == expected
        )


@pytest.mark.parametrize("fixture", CLIPS)
def test_an_inspected_first_frame_has_the_properties_of_a_decoded_one(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    _check(request.getfixturevalue(fixture))


@pytest.mark.parametrize("name", REAL)
def test_first_frames_of_real_files_are_inspected(corpus: Path, name: str) -> None:
    _check(corpus / name)


@pytest.mark.parametrize("fixture", ["clip_mp4", "clip_mkv_two_audio_srt", "clip_hevc"])
def test_opening_without_decoding_changes_no_byte_of_a_cut(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(fixture)
    plan = plan_of(path)
    cuts = [r for r in plan.renditions if isinstance(r.template, CutVideo | CutAudio)]
    assert cuts
    for rendition in cuts:
        made = []
        for decoding in (True, False):
            with opened(path, decoding=decoding) as container:
                made.append(render_in(container, plan.recipe(rendition, rendition.count - 1)))
        assert made[0] == made[1]


def test_an_impossible_frame_rate_is_replaced_by_decoding_frames(corpus: Path) -> None:
    # The container says 1000 pictures a second.
    path = corpus / "sample_with_srt.mkv"
    assert plan_of(path).renditions[0].frame_rate.value == 60
