"""Which key packets the probe considers cut points, in generated files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from blobhls.demo_clips.clip_spec import Clip
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import VideoTrack

ClipFactory = Callable[[str, Clip], Path]


def _video(path: Path) -> VideoTrack:
    video = probe(path).video
    assert video is not None
    return video


def _clean(video: VideoTrack) -> list[Fraction]:
    """Seconds of the cut points, from the first frame on."""
    return [(key.pts - video.start) * video.base.value for key in video.key_frames if key.clean]


@pytest.mark.parametrize("fixture", ["clip_mp4", "clip_ts", "clip_mkv_two_audio_srt"])
def test_every_idr_is_a_cut_point(fixture: str, request: pytest.FixtureRequest) -> None:
    video = _video(request.getfixturevalue(fixture))
    expected = [Fraction(2 * number) for number in range(6)]
    assert [round(second, 1) for second in _clean(video)] == pytest.approx(expected, abs=0.1)


def test_in_an_open_gop_only_the_idr_is_a_cut_point(clip_open_gop: Path) -> None:
    assert _clean(_video(clip_open_gop)) == [0]


@pytest.mark.parametrize(("open_gop", "cuts"), [(0, 4), (1, 1)])
def test_a_cra_is_a_cut_point_unless_leading_pictures_follow(
    open_gop: int, cuts: int, clip_factory: ClipFactory
) -> None:
    parameters = f"log-level=none:keyint=48:min-keyint=48:scenecut=0:open-gop={open_gop}"
    options = {"preset": "ultrafast", "x265-params": parameters}
    clip = Clip(seconds=8, video_codec="libx265", video_options=options, audio=())
    assert len(_clean(_video(clip_factory(f"gop{open_gop}.mp4", clip)))) == cuts


def test_codecs_without_cut_points_still_have_key_frames(clip_avi: Path) -> None:
    video = _video(clip_avi)
    assert len(video.key_frames) >= 3
    assert _clean(video) == []


def test_a_video_ends_with_its_last_frame(clip_silent: Path, clip_ts: Path) -> None:
    for path, seconds in ((clip_silent, 8), (clip_ts, 12)):
        video = _video(path)
        assert (video.stop - video.start) * video.base.value == seconds
