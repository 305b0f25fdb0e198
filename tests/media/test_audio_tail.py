"""Frames that are held: while audio continues after the last one, and anywhere else."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame
from msgspec.structs import replace

from blobhls.media.probe.probe import probe
from blobhls.recipe import AAC_FRAME, MPEG_CLOCK, CutVideo, EncodeVideo
from tests.media.audio_clips import Film, heard_in_segments, make_film, rms, sine
from tests.media.rendering import Rendered, mean_luma, pictures, plan_of, render_all
from tests.oracle.joins import check_rendition

SECOND = 48_000
LONGEST = Fraction(3, 2)  # seconds that an encoded picture stays


def seconds_shown(made: Rendered) -> list[float]:
    """Return when frames are shown, and when the last one ends."""
    stamps = sorted((p.pts or 0) / MPEG_CLOCK - 10 for p in pictures(made.joined))
    return [*stamps, float(sum(made.durations))]


@pytest.mark.parametrize(
    ("name", "lasts", "recipe"),
    [
        ("film.mp4", 20, CutVideo),
        ("film.mkv", 20, CutVideo),
        ("film.ts", 20, CutVideo),
        ("film.avi", 20, EncodeVideo),
        ("long.mkv", 50, EncodeVideo),  # too long for one segment
        ("long.ts", 50, EncodeVideo),
    ],
)
def test_the_last_frame_is_held_until_the_audio_ends(
    name: str, lasts: int, recipe: type[CutVideo | EncodeVideo], tmp_path: Path
) -> None:
    codec = "mp3" if name.endswith("avi") else "aac"
    path = make_film(tmp_path / name, Film(codec, lasts=Fraction(lasts)), sine)
    plan = plan_of(path)
    assert float(plan.duration) == pytest.approx(lasts, abs=0.1)
    assert isinstance(plan.renditions[0].template, recipe)
    picture = render_all(path, plan, plan.renditions[0].name)
    assert picture.faults(Fraction(lasts)) == []
    if recipe is EncodeVideo:
        shown = seconds_shown(picture)
        assert max(after - before for before, after in pairwise(shown)) <= LONGEST
    sound = render_all(path, plan, plan.renditions[-1].name)
    faults = check_rendition(
        sound.segments, sound.durations, kind="audio", audio_tolerance=Fraction(1, 500)
    )
    assert faults == []
    heard = heard_in_segments(list(sound.segments))
    for second in range(1, lasts - 1, 3):
        assert rms(heard.at(second * SECOND, SECOND // 2)) > 0.2


def test_a_wrong_audio_time_stamp_does_not_make_a_video_longer(tmp_path: Path) -> None:
    whole = make_film(tmp_path / "whole.mkv", Film("aac"), sine)
    path = tmp_path / "wild.mkv"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        streams = [target.add_stream_from_template(each) for each in source.streams]
        found = [packet for packet in source.demux() if packet.size]
        for number, packet in enumerate(found):
            if number == len(found) - 1:
                packet.pts = packet.dts = 3_600_000
            packet.stream = streams[packet.stream_index]
            target.mux(packet)
    assert probe(path).duration == pytest.approx(4, abs=0.1)


def test_a_video_shorter_than_an_audio_frame_has_one(tmp_path: Path) -> None:
    path = make_film(tmp_path / "brief.mkv", Film("flac", seconds=Fraction(1, 25)), sine)
    plan = plan_of(path)
    edges = (plan.renditions[0].edges[0], plan.renditions[0].edges[0] + 1)
    brief = replace(plan, renditions=tuple(replace(r, edges=edges) for r in plan.renditions))
    sound = render_all(path, brief, brief.renditions[-1].name)
    assert len(heard_in_segments(list(sound.segments)).samples) == AAC_FRAME


def test_slightly_longer_audio_changes_nothing(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film("aac", lasts=Fraction(49, 10)), sine)
    assert plan_of(path).duration == 4


def test_long_still_frames_are_encoded_repeatedly(tmp_path: Path) -> None:
    path = tmp_path / "slides.mkv"
    with av.open(str(path), "w") as target:
        video = target.add_stream("mpeg4", 25)
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        picture = VideoFrame(64, 36, "yuv420p")
        for number, second in enumerate((0, 5, 14, 15, 30)):
            for plane, level in zip(picture.planes, (40 + 40 * number, 128, 128), strict=True):
                plane.update(bytes((level,)) * plane.buffer_size)
            picture.pts, picture.time_base = second * 25, Fraction(1, 25)
            target.mux(video.encode(picture))
        target.mux(video.encode(None))
    plan = plan_of(path)
    made = render_all(path, plan, plan.renditions[0].name)
    assert made.faults(LONGEST) == []
    shown = seconds_shown(made)
    assert max(after - before for before, after in pairwise(shown)) <= LONGEST
    starts = [sum(made.durations[:number]) for number in range(len(made.durations))]
    for start in starts:  # each segment begins with what is seen there
        assert any(at == pytest.approx(float(start), abs=0.002) for at in shown)
    levels = {round(at): mean_luma(p) for at, p in zip(shown, pictures(made.joined), strict=False)}
    for second, level in ((1, 40), (4, 40), (6, 80), (13, 80), (14, 120), (16, 160), (29, 160)):
        assert levels[second] == pytest.approx(level, abs=4)
