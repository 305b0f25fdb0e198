"""A client that opens a new title finds its first segment rendered."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.errors import WorkerFailed
from blobhls.media.jobs import Survey
from blobhls.media.results import FirstSegment, RenderedBlob, SourceSurvey
from blobhls.recipe import encode
from blobhls.resolver import FirstSegments, Surveyor
from blobhls.workers import Priority
from tests.resolver.conftest import Play
from tests.resolver.stage import Stage, plan_of
from tests.vault.bench import ENGINE


@pytest.fixture
def first_segments(stage: Stage) -> FirstSegments:
    """Have the stage's workers cut the first segment during a survey."""

    def surveyed(job: Survey) -> SourceSurvey:
        found = stage.survey(job)
        if job.first_segment is None:
            return found
        plan = plan_of(found.source_id)
        recipe = plan.recipe(plan.renditions[0], 0)
        made = stage.workers.made(recipe, job.first_segment)
        return msgspec.structs.replace(found, first_segment=FirstSegment(encode(recipe), made))

    stage.workers.other["survey"] = surveyed
    first_segments = FirstSegments(stage.vault, stage.store.staging)
    surveyor = Surveyor(
        stage.workers,
        stage.files,
        stage.catalogue,
        stage.source_index,
        stage.access,
        first_segments=first_segments,
    )
    stage.plans = stage.new_plans(surveyor=surveyor)
    return first_segments


def test_the_first_segment_is_there_when_the_plan_is(
    stage: Stage, play: Play, first_segments: FirstSegments
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        first = planned.plan.recipe(planned.plan.renditions[0], 0)
        info = await stage.vault.obtain(first, Priority.VIEWER)
        assert stage.workers.done == ["survey"]
        with await stage.vault.open(info.blob_id) as blob:
            assert blob.file.read() == stage.workers.flavours.bytes_of(first)

    play(scenario)


def test_a_background_survey_cuts_no_first_segment(
    stage: Stage, play: Play, first_segments: FirstSegments
) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        planned = await stage.plans.open(video_id, Priority.BACKGROUND)
        await first_segments.close()
        assert await stage.vault.bound(planned.plan.recipe(planned.plan.renditions[0], 0)) is None

    play(scenario)


def test_a_segment_that_is_being_rendered_is_rendered_once(
    stage: Stage, play: Play, first_segments: FirstSegments
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        await first_segments.close()
        first = planned.plan.recipe(planned.plan.renditions[0], 1)
        stage.workers.gate = asyncio.Event()
        asked = asyncio.create_task(stage.vault.obtain(first, Priority.VIEWER))
        await asyncio.sleep(0)
        staged = first_segments.staging()
        data = stage.workers.flavours.bytes_of(first)
        staged.write_bytes(data)
        first_segments.keep(
            FirstSegment(encode(first), RenderedBlob(BlobId.of(data), len(data), ENGINE)), staged
        )
        await asyncio.sleep(0)
        stage.workers.gate.set()
        assert (await asked).blob_id == BlobId.of(data)
        await first_segments.close()
        assert stage.workers.done == ["survey", "render"]

    play(scenario)


def test_what_can_not_be_begun_leaves_nothing(
    stage: Stage, play: Play, first_segments: FirstSegments
) -> None:
    async def scenario() -> None:
        stage.workers.other["survey"] = stage.survey
        await stage.planned()
        await first_segments.close()
        assert stage.workers.done == ["survey"]

    play(scenario)


def test_a_first_segment_that_crashes_its_worker_does_not_take_the_title_away(
    stage: Stage, play: Play, first_segments: FirstSegments
) -> None:
    async def scenario() -> None:
        stage.workers.fault = lambda job: WorkerFailed("crashed") if job.outputs else None
        planned = await stage.planned()
        assert stage.catalogue.problems() == []
        assert await stage.vault.bound(planned.plan.recipe(planned.plan.renditions[0], 0)) is None

    play(scenario)
