"""Segments for viewers, and reading ahead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from blobhls.errors import BlobhlsError, RenderFailed, RenditionUnknown
from blobhls.media.jobs import Job
from blobhls.media.plan.blank import blank_recipe
from blobhls.recipe import Recipe
from blobhls.resolver import PlannedVideo
from blobhls.workers import Priority
from tests.resolver.conftest import Play, settled, turns
from tests.resolver.stage import Stage, plan_of
from tests.vault.bench import ENGINE, recipes_of

LADDER = "720p_h264"


async def watched(stage: Stage, windows: int = 30) -> PlannedVideo:
    """A long title; jobs wait until they are let go one by one."""
    planned = await stage.planned()
    plan = plan_of(planned.plan.source_id, windows)
    return type(planned)(planned.video, plan.plan_id, plan)


def made(stage: Stage, planned: PlannedVideo, name: str = LADDER) -> list[int]:
    """Return the numbers of a rendition's segments that were made."""
    rendition = planned.plan.rendition(name)
    return [
        number
        for number in range(rendition.count)
        if stage.index.bound(planned.plan.recipe(rendition, number).recipe_id, ENGINE) is not None
    ]


def test_a_segment_is_what_the_plan_says(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        for rendition in planned.plan.renditions:
            info = await stage.segments.segment(planned, rendition.name, 2)
            assert await stage.vault.bound(planned.plan.recipe(rendition, 2)) == info

    play(scenario)


@pytest.mark.parametrize(("name", "number"), [("8k_av1", 0), (LADDER, 4), (LADDER, -1)])
def test_outside_the_plan_there_is_nothing(
    stage: Stage, play: Play, name: str, number: int
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        with pytest.raises(RenditionUnknown):
            await stage.segments.segment(planned, name, number)

    play(scenario)


def test_a_transport_stream_has_no_init_section(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        with pytest.raises(RenditionUnknown, match="no initialisation section"):
            await stage.segments.init(planned, LADDER)
        plan = plan_of(planned.plan.source_id, 4, "fmp4")
        fragmented = type(planned)(planned.video, plan.plan_id, plan)
        assert (await stage.segments.init(fragmented, LADDER)).media_type == "video/mp4"

    play(scenario)


def test_two_segments_are_rendered_ahead_throughout_a_title(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage, 8)
        for number in range(8):
            await stage.segments.segment(planned, LADDER, number)
            await settled()
            assert made(stage, planned) == list(range(min(number + 3, 8)))

    play(scenario)


def test_a_viewer_faster_than_the_encoder_is_read_ahead(stage: Stage, play: Play) -> None:
    """Each segment is asked for while it is being read ahead: nothing is dropped or made twice."""

    async def scenario() -> None:
        planned = await watched(stage, 8)
        for number in range(8):
            await stage.segments.segment(planned, LADDER, number)
        await settled()
        assert made(stage, planned) == list(range(8))
        assert stage.workers.done.count("render") == 8

    play(scenario)


def test_cuts_are_not_read_ahead(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await stage.segments.segment(planned, "source_h264", 0)
        await settled()
        assert made(stage, planned, "source_h264") == [0]

    play(scenario)


def test_reading_ahead_waits_behind_viewers_until_one_wants_the_same(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await stage.segments.segment(planned, LADDER, 0)
        stage.workers.gate = asyncio.Event()
        await turns()
        _, urgency = stage.workers.wanted[-1]
        before = urgency.priority
        viewer = asyncio.create_task(stage.segments.segment(planned, LADDER, 1))
        await turns()
        assert (before, urgency.priority) == (Priority.AHEAD, Priority.VIEWER)
        stage.workers.gate.set()
        await viewer

    play(scenario)


def test_after_a_jump_nothing_is_rendered_at_the_old_position(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await stage.segments.segment(planned, LADDER, 0)
        stage.workers.gate = asyncio.Event()
        await turns()  # 1 is being made
        viewer = asyncio.create_task(stage.segments.segment(planned, LADDER, 20))
        await turns()
        stage.workers.gate.set()
        await viewer
        await settled()
        assert made(stage, planned) == [0, 20, 21, 22]

    play(scenario)


def test_changing_the_rendition_is_a_jump(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        ladder = planned.plan.rendition(LADDER)
        lower = type(ladder)(
            "480p_h264", "video", ladder.template, ladder.edges, bandwidth=1, average=1
        )
        await stage.segments.segment(planned, LADDER, 0)
        stage.workers.gate = asyncio.Event()
        await turns()
        plan = type(planned.plan)(
            planned.plan.source_id, "ts", planned.plan.base, (), (*planned.plan.renditions, lower)
        )
        switched = type(planned)(planned.video, planned.plan_id, plan)
        viewer = asyncio.create_task(stage.segments.segment(switched, "480p_h264", 15))
        await turns()
        stage.workers.gate.set()
        await viewer
        await settled()
        assert made(stage, planned) == [0, 15, 16, 17]

    play(scenario)


def test_two_viewers_of_one_title_are_both_read_ahead_of(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        # The second one looks like a jump of the first, until the first goes on.
        for first, second in ((0, 20), (1, 21), (2, 22)):
            await stage.segments.segment(planned, LADDER, first)
            await stage.segments.segment(planned, LADDER, second)
        await settled()
        assert made(stage, planned) == [*range(5), *range(20, 25)]

    play(scenario)


def test_concurrent_requests_for_segments_are_one_viewer(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await asyncio.gather(
            *(stage.segments.segment(planned, LADDER, number) for number in (1, 0, 2))
        )
        await settled()
        assert made(stage, planned) == [0, 1, 2, 3, 4]

    play(scenario)


def test_an_error_of_reading_ahead_is_raised_only_for_its_own_request(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await stage.segments.segment(planned, LADDER, 0)
        stage.workers.fault = lambda _: RenderFailed("0" * 64, "as arranged")
        await settled()
        with pytest.raises(RenderFailed):
            await stage.segments.segment(planned, LADDER, 1)
        stage.workers.fault = lambda _: None
        await stage.segments.segment(planned, LADDER, 1)

    play(scenario)


def breaking(stage: Stage, *broken: Recipe) -> None:
    """Have some recipes fail from now on, and no other."""

    def fault(job: Job[Any]) -> BlobhlsError | None:
        guilty = any(recipe in broken for recipe in recipes_of(job))
        return RenderFailed("0" * 64, "as arranged") if guilty else None

    stage.workers.fault = fault


@pytest.mark.parametrize("name", [r.name for r in plan_of("s").renditions])
def test_a_blank_stands_in_for_a_segment_that_can_not_be_made(
    stage: Stage, play: Play, name: str
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        rendition = planned.plan.rendition(name)
        recipe = planned.plan.recipe(rendition, 1)
        breaking(stage, recipe)
        info = await stage.segments.segment(planned, name, 1)
        blank = blank_recipe(planned.plan, rendition, 1)
        assert await stage.vault.bound(blank) == info
        assert await stage.vault.bound(recipe) is None
        assert info.media_type == recipe.media_type
        # It may have been chance: tried again, once.
        assert await stage.segments.gaps(planned.plan, rendition) == frozenset()
        for _ in range(3):
            assert await stage.segments.segment(planned, name, 1) == info
            assert await stage.segments.gaps(planned.plan, rendition) == {1}
        assert stage.workers.done == ["survey", "render", "render", "render"]
        # Nothing is sealed with it.
        await stage.sealer.seal(planned, [name])
        assert name not in (await stage.sealer.seals(planned))

    play(scenario)


def test_what_comes_to_be_made_after_all_is_no_gap_any_more(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        rendition = planned.plan.rendition("source_h264")
        breaking(stage, planned.plan.recipe(rendition, 0))
        for _ in range(2):
            await stage.segments.segment(planned, rendition.name, 0)
        assert await stage.segments.gaps(planned.plan, rendition) == {0}
        stage.workers.fault = lambda _: None
        await stage.sealer.seal(planned, [rendition.name])
        assert await stage.segments.gaps(planned.plan, rendition) == frozenset()
        info = await stage.segments.segment(planned, rendition.name, 0)
        assert info.blob_id in (await stage.sealer.seals(planned))[rendition.name].parts

    play(scenario)


def test_where_nothing_can_stand_in_the_error_is_told(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        plan = plan_of(planned.plan.source_id, 4, "fmp4")
        planned = type(planned)(planned.video, plan.plan_id, plan)
        rendition = plan.rendition("source_h264")
        breaking(stage, plan.recipe(rendition, 2), blank_recipe(plan, rendition, 2))
        for _ in range(3):
            with pytest.raises(RenderFailed, match="as arranged"):
                await stage.segments.segment(planned, rendition.name, 2)
        # Twice the segment, and each time what would stand in for it.
        assert stage.workers.done == ["survey", *["render"] * 5]
        assert await stage.segments.gaps(plan, rendition) == {2}

    play(scenario)


def test_only_so_many_titles_are_read_ahead(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        films = [await stage.planned(f"{n}.mkv", f"film {n}") for n in range(33)]
        gate = stage.workers.ahead_gate = asyncio.Event()
        for planned in films:
            await stage.segments.segment(planned, LADDER, 0)
        gate.set()
        await settled()
        assert made(stage, films[0]) == [0]
        assert all(made(stage, film) == [0, 1, 2] for film in films[1:])

    play(scenario)


def test_closing_drops_everything(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await watched(stage)
        await stage.segments.segment(planned, LADDER, 0)
        stage.workers.gate = asyncio.Event()
        await turns()
        await stage.segments.close()
        stage.workers.gate.set()
        await settled()
        assert made(stage, planned) == [0]

    play(scenario)
