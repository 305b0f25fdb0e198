"""Blanks for segments that can't be rendered: as long, and joining with their neighbours."""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.media.plan.blank import blank_recipe
from blobhls.media.render import render
from blobhls.recipe import CutAudio, CutVideo
from tests.media.rendering import Rendered, mean_luma, pictures, plan_of, render_all
from tests.oracle.joins import check_rendition

ClipFactory = Callable[[str, Clip], Path]


@pytest.fixture(scope="session")
def clip_steps(clip_factory: ClipFactory) -> Path:
    """H.264 above the lowest rung with AAC, Opus and text: 14 s at 30000/1001."""
    audio = (AudioTrack("eng"), AudioTrack("deu", codec="libopus"))
    clip = Clip(
        seconds=14, size=(640, 400), fps=Fraction(30000, 1001), audio=audio, subtitles=("eng",)
    )
    return clip_factory("steps.mkv", clip)


def with_blank(path: Path, name: str, number: int) -> tuple[Rendered, bytes]:
    """Render a rendition, one segment of it blank; return that segment too."""
    plan = plan_of(path)
    made = render_all(path, plan, name)
    recipe = blank_recipe(plan, made.rendition, number)
    # Only what is cut needs its source, to be of the same kind.
    own = isinstance(recipe.of, CutVideo | CutAudio)
    source = path if own else path.with_name("gone")
    blank = render(recipe, source)
    segments = list(made.segments)
    segments[number] = blank
    return msgspec.structs.replace(made, segments=tuple(segments)), blank


@pytest.mark.parametrize("name", ["source_h264", "360p_h264"])
def test_black_frames_join_with_their_neighbours(name: str, clip_steps: Path) -> None:
    whole = render_all(clip_steps, plan_of(clip_steps), name)
    made, blank = with_blank(clip_steps, name, 1)
    assert made.faults() == []
    shown = pictures(blank)
    assert len(shown) == len(pictures(whole.segments[1]))
    assert max(mean_luma(picture) for picture in shown) < 17
    assert {(p.width, p.height) for p in shown} == {
        (p.width, p.height) for p in pictures(whole.segments[1])
    }


@pytest.mark.parametrize("name", ["audio-1-eng_aac", "audio-2-deu_aac"])
def test_silence_joins_with_the_audio_around_it(name: str, clip_steps: Path) -> None:
    made, blank = with_blank(clip_steps, name, 1)
    assert check_rendition(made.segments, made.durations, made.init, "audio") == []
    with av.open(io.BytesIO(blank), mode="r") as container:
        frames = list(container.decode(audio=0))
    heard = sum(frame.samples for frame in frames)
    assert abs(heard / 48_000 - made.durations[1]) <= Fraction(2 * 1024, 48_000)
    assert max(abs(v) for f in frames for v in array("f", bytes(f.planes[0]))) < 1e-3


def test_a_blank_subtitle_segment_has_no_cues(clip_steps: Path) -> None:
    _, blank = with_blank(clip_steps, "subs-3-eng_vtt", 1)
    assert blank == b"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"


@pytest.mark.parametrize(
    ("fixture", "number"), [("clip_hevc", 0), ("clip_webm", 0), ("clip_webm", 1)]
)
def test_with_an_initialisation_section_a_blank_is_a_still(
    fixture: str, number: int, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(fixture)
    name = plan_of(path).renditions[0].name
    whole = render_all(path, plan_of(path), name)
    made, _ = with_blank(path, name, number)
    assert made.faults(made.durations[number]) == []
    (shown,) = pictures(made.alone(number))
    assert mean_luma(shown) == mean_luma(pictures(whole.joined)[0])
    lost = len(pictures(whole.alone(number))) - 1
    assert len(pictures(made.joined)) == len(pictures(whole.joined)) - lost


def test_the_ladder_of_hevc_has_black_blanks(clip_hevc: Path) -> None:
    made, _ = with_blank(clip_hevc, "180p_h264", 0)
    assert made.faults() == []
    assert len(pictures(made.alone(0))) == 8 * 24


def test_the_blank_of_an_fmp4_segment_names_that_segment(clip_hevc: Path) -> None:
    plan = plan_of(clip_hevc)
    for rendition in plan.renditions:
        assert blank_recipe(plan, rendition, 0).of == plan.recipe(rendition, 0)


def test_a_blank_is_reproducible(clip_steps: Path) -> None:
    assert with_blank(clip_steps, "360p_h264", 0)[1] == with_blank(clip_steps, "360p_h264", 0)[1]
