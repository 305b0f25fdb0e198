"""A click is rendered at its time, whatever the container's time stamps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.recipe import CutAudio, EncodeAudio
from tests.media.audio_clips import (
    Film,
    click_at,
    click_time,
    heard_in,
    heard_in_segments,
    make_film,
)

MOMENT = 2.5  # seconds; behind the first join
EARLY, LATE = Fraction(-3, 10), Fraction(3, 10)
TEN = Fraction(10)
MILLISECOND = 0.001
CUT = {
    "priming.mp4": Film("aac"),
    "priming-44100.mp4": Film("aac", 44_100),
    "plain.mkv": Film("aac"),
    "shifted.ts": Film("aac", shifted=TEN),
    "late.mp4": Film("aac", begins=LATE),
    "late.ts": Film("aac", begins=LATE, shifted=TEN),
    "early.mp4": Film("aac", begins=EARLY),
    "early.ts": Film("aac", begins=EARLY, shifted=TEN),
    "alone.m4a": Film("aac", picture=False),
}
ENCODED = {
    "opus.webm": Film("libopus"),
    "opus.mp4": Film("libopus"),
    "vorbis.mkv": Film("vorbis", 44_100),
    "pcm.avi": Film(rate=22_050),
    "late.mkv": Film("flac", begins=LATE),
    "early.mkv": Film("flac", begins=EARLY),
    "early-ac3.ts": Film("ac3", begins=EARLY, shifted=TEN),
    "mp2.ts": Film("mp2", 44_100, shifted=TEN),
    "alone.flac": Film("flac", picture=False),
}


def sound_of(path: Path) -> tuple[Plan, Rendition]:
    plan = make_plan("source", probe(path))
    return plan, next(each for each in plan.renditions if each.kind == "audio")


@pytest.mark.parametrize("name", [*CUT, *ENCODED])
def test_a_click_is_at_its_time(name: str, tmp_path: Path) -> None:
    path = make_film(tmp_path / name, (CUT | ENCODED)[name], click_at(MOMENT))
    plan, rendition = sound_of(path)
    recipes = [plan.recipe(rendition, number) for number in range(rendition.count)]
    assert isinstance(recipes[0], CutAudio if name in CUT else EncodeAudio)
    heard = heard_in_segments([render(recipe, path) for recipe in recipes])
    assert click_time(heard) == pytest.approx(MOMENT, abs=MILLISECOND)
    half_a_frame = 0.0107
    assert abs(heard.start) <= half_a_frame
    length = float(heard.start) + len(heard.samples) / 48_000
    assert length == pytest.approx(float(plan.duration), abs=2 * half_a_frame)


def test_mp3_in_avi_follows_the_container_time(tmp_path: Path) -> None:
    # AVI has no way to say how long the encoder took: 25 ms stay.
    path = make_film(tmp_path / "mp3.avi", Film("libmp3lame", 44_100), click_at(MOMENT))
    plan, rendition = sound_of(path)
    recipes = [plan.recipe(rendition, number) for number in range(rendition.count)]
    heard = heard_in_segments([render(recipe, path) for recipe in recipes])
    with av.open(str(path)) as container:
        source = click_time(heard_in(container))
    assert click_time(heard) == pytest.approx(source, abs=MILLISECOND)
