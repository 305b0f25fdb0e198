"""Subtitle files next to a video are offered with it, and can appear and vanish later."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from blobhls.errors import RenditionUnknown, SourceBroken, SourceGone
from blobhls.media.results import SubtitleSurvey
from blobhls.recipe import Ratio
from tests.resolver.conftest import Play
from tests.resolver.stage import Stage


def survey_subtitles(path: Path) -> SubtitleSurvey:
    content = path.read_bytes()
    if content.startswith(b"broken"):
        raise SourceBroken("no subtitles")
    return SubtitleSurvey(blake3(content).hexdigest(), "utf-8", "srt", Ratio(1, 1000))


@pytest.fixture
def stage(stage: Stage) -> Stage:
    places = stage.workers.places
    stage.workers.other["survey-subtitles"] = lambda job: survey_subtitles(places.path(job.source))
    return stage


async def titles(stage: Stage, video_id: str) -> list[str]:
    planned = await stage.plans.existing(stage.catalogue.video(video_id))
    assert planned is not None
    return [r.title for r in planned.plan.renditions if r.kind == "subtitles"]


def test_a_file_is_offered_and_found_by_its_own_fingerprint(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        stage.add("Heat.en.forced.srt", "hello")
        planned = await stage.planned("Heat.mkv", "a film")
        rendition = planned.plan.renditions[-1]
        assert (rendition.title, rendition.forced) == ("English (forced)", True)
        source = planned.plan.recipe(rendition, 0).track.source_id
        assert await stage.path_of(source) == stage.library / "Heat.en.forced.srt"

    play(scenario)


def test_files_appear_and_vanish_and_sealed_blobs_stay(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        alone = await stage.planned("Heat.mkv", "a film")
        video_id = alone.video.video_id
        stage.add("Heat.en.srt", "hello")
        assert await titles(stage, video_id) == ["Français"]
        with_text = await stage.plans.open(video_id)
        assert await titles(stage, video_id) == ["Français", "English"]
        assert with_text.plan_id == alone.plan_id
        first = with_text.plan.renditions[-1]
        stage.add("Heat.en.srt", "hello again, longer")
        changed = await stage.plans.open(video_id)
        assert changed.plan.renditions[-1].name != first.name
        with pytest.raises(RenditionUnknown):
            changed.plan.rendition(first.name)
        (stage.library / "Heat.en.srt").unlink()
        stage.scan()
        assert await stage.plans.open(video_id) == alone
        with pytest.raises(SourceGone):
            await stage.files.find(first.template.track.source_id)

    play(scenario)


def test_a_broken_subtitle_file_does_not_stop_the_film_and_is_surveyed_once(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        stage.add("Heat.en.srt", "broken")
        planned = await stage.planned("Heat.mkv", "a film")
        assert await titles(stage, planned.video.video_id) == ["Français"]
        assert stage.catalogue.subtitle_files.of_video(planned.video.video_id) == []

    play(scenario)
