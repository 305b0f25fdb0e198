"""A sparse track is read alone where the container allows, and the bytes are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from blobhls.media.audio import cut
from blobhls.media.render import render
from blobhls.recipe import CutAudio
from tests.media.rendering import plan_of


def test_cut_audio_is_the_same_whether_video_packets_are_read_or_not(
    clip_mp4: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(clip_mp4)
    sounds = [r for r in plan.renditions if isinstance(r.template, CutAudio)]
    assert sounds
    recipes = [plan.recipe(sounds[0], number) for number in range(sounds[0].count)]
    alone = [render(recipe, clip_mp4) for recipe in recipes]
    monkeypatch.setattr(cut, "reads_tracks_alone", lambda _: False)
    assert [render(recipe, clip_mp4) for recipe in recipes] == alone
