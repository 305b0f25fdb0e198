"""Whoever opens a title for the first time finds its first segment made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.errors import WorkerFailed
from blobhls.media.results import FirstSegment, RenderedBlob, SourceSurvey
from blobhls.recipe import encode
from blobhls.resolver.first_segments import Beginnings
from blobhls.workers import Priority
from tests.resolver.conftest import Play
from tests.resolver.stage import Stage, plan_of, survey


@pytest.fixture
def beginnings(stage: Stage) -> Beginnings:
    """Have the stage's workers begin what they look at where they are told to."""

    def surveyed(path: str, staged: str | None = None) -> SourceSurvey:
        found = survey(path)
        if staged is None:
            return found
        plan = plan_of(found.source_id)
        recipe = plan.recipe(plan.renditions[0], 0)
        data = stage.workers.flavours.bytes_of(recipe)
        Path(staged).write_bytes(data)
        made = RenderedBlob(BlobId.of(data), len(data))
        return msgspec.structs.replace(found, begun=FirstSegment(encode(recipe), made))

    stage.workers.other["survey"] = surveyed
    beginnings = Beginnings(stage.vault, stage.store.staging)
    stage.plans.begin_with(beginnings)
    return beginnings


def test_the_first_segment_is_there_when_the_plan_is(
    stage: Stage, play: Play, beginnings: Beginnings
) -> None:
    async def scenario() -> None:
        opened = await stage.opened()
        first = opened.plan.recipe(opened.plan.renditions[0], 0)
        info = await stage.vault.obtain(first, Priority.VIEWER)
        assert stage.workers.done == ["survey"]
        with await stage.vault.open(info.blob_id) as blob:
            assert blob.file.read() == stage.workers.flavours.bytes_of(first)

    play(scenario)


def test_what_nobody_opens_to_watch_is_not_begun(
    stage: Stage, play: Play, beginnings: Beginnings
) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        opened = await stage.plans.open(video_id, Priority.BACKGROUND)
        await beginnings.close()
        assert await stage.vault.known(opened.plan.recipe(opened.plan.renditions[0], 0)) is None

    play(scenario)


def test_one_that_somebody_makes_already_is_made_once(
    stage: Stage, play: Play, beginnings: Beginnings
) -> None:
    async def scenario() -> None:
        opened = await stage.opened()
        await beginnings.close()
        first = opened.plan.recipe(opened.plan.renditions[0], 1)
        stage.workers.gate = asyncio.Event()
        asked = asyncio.create_task(stage.vault.obtain(first, Priority.VIEWER))
        await asyncio.sleep(0)
        staged = beginnings.staging()
        data = stage.workers.flavours.bytes_of(first)
        staged.write_bytes(data)
        beginnings.keep(
            FirstSegment(encode(first), RenderedBlob(BlobId.of(data), len(data))), staged
        )
        await asyncio.sleep(0)
        stage.workers.gate.set()
        assert (await asked).blob_id == BlobId.of(data)
        await beginnings.close()
        assert stage.workers.done == ["survey", "make"]

    play(scenario)


def test_what_can_not_be_begun_leaves_nothing(
    stage: Stage, play: Play, beginnings: Beginnings
) -> None:
    async def scenario() -> None:
        stage.workers.other["survey"] = lambda path, _staged=None: survey(path)
        await stage.opened()
        await beginnings.close()
        assert stage.workers.done == ["survey"]

    play(scenario)


def test_a_first_segment_that_crashes_its_worker_does_not_take_the_title_away(
    stage: Stage, play: Play, beginnings: Beginnings
) -> None:
    async def scenario() -> None:
        stage.workers.fault = lambda job: WorkerFailed("crashed") if job.staged else None
        opened = await stage.opened()
        assert stage.catalogue.problems() == []
        assert await stage.vault.known(opened.plan.recipe(opened.plan.renditions[0], 0)) is None

    play(scenario)
