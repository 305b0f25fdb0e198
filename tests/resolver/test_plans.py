"""Plans of files, and files that change, vanish or are no videos."""

from __future__ import annotations

import asyncio
import os
from fractions import Fraction

import msgspec
import pytest

from blobhls.errors import (
    SourceBroken,
    SourceGone,
    SourceOffline,
    VideoUnknown,
    WorkerFailed,
    WorkersBusy,
)
from blobhls.media.jobs import Job
from blobhls.media.probe_values import Chapter, Probe
from blobhls.recipe import Ratio
from blobhls.resolver.chapters import PlacedChapter
from blobhls.workers import Priority
from tests.resolver.conftest import Play
from tests.resolver.stage import Stage, survey

ANY = Priority.VIEWER


def test_a_file_is_surveyed_once(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        first, *others = await asyncio.gather(*(stage.plans.open(video_id) for _ in range(5)))
        assert all(other == first for other in others)
        assert await stage.plans.open(video_id) == first
        stage.close()
        stage.open()
        assert await stage.plans.open(video_id) == first
        assert stage.workers.done == ["survey"]
        assert first.plan.plan_id == first.plan_id
        assert first.video.duration == float(first.plan.duration)

    play(scenario)


def test_the_first_survey_is_as_urgent_as_its_caller(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        stage.workers.gate = asyncio.Event()
        probing = asyncio.create_task(stage.plans.open(video_id, Priority.BACKGROUND))
        while not stage.workers.wanted:  # noqa: ASYNC110 - the disk is asked before
            await asyncio.sleep(0.001)
        viewing = asyncio.create_task(stage.plans.open(video_id))
        await asyncio.sleep(0)
        ((_, urgency),) = stage.workers.wanted
        assert urgency.priority == Priority.VIEWER
        stage.workers.gate.set()
        assert await probing == await viewing

    play(scenario)


def test_a_hardware_encoder_encodes_video_and_leaves_stored_plans_unchanged(
    stage: Stage, play: Play
) -> None:
    async def scene() -> None:
        before = await stage.planned()
        accelerated = stage.new_plans(hardware="qsv")
        after = await accelerated.open(before.video.video_id)
        assert after.plan_id == before.plan_id
        profiles = {each.name: each.template.profile for each in after.plan.renditions}
        assert profiles["720p_h264"] == "h264-720p-qsv-v1"
        assert profiles["source_h264"] == "cut-v2"

    play(scene)


def test_an_unknown_video_is_unknown(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        with pytest.raises(VideoUnknown):
            await stage.plans.open("nobody")

    play(scenario)


@pytest.mark.parametrize("trouble", ["broken", "crash"])
def test_what_is_no_video_leaves_the_catalogue_with_its_reason(
    stage: Stage, play: Play, trouble: str
) -> None:
    async def scenario() -> None:
        video_id = stage.add("bad.mkv", "broken" if trouble == "broken" else "a film")
        if trouble == "crash":
            stage.workers.fault = lambda job: WorkerFailed(f"{job.subject} crashed")
        with pytest.raises(SourceBroken) as caught:
            await stage.plans.open(video_id)
        with pytest.raises(VideoUnknown):
            await stage.plans.open(video_id)
        (problem,) = stage.catalogue.problems()
        assert (problem.path, problem.reason) == ("bad.mkv", caught.value.reason)

    play(scenario)


def test_a_server_that_stops_or_is_too_busy_says_nothing_of_the_file(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        stage.workers.fault = lambda _: WorkersBusy("stopping")
        with pytest.raises(WorkersBusy):
            await stage.plans.open(video_id)
        stage.workers.fault = lambda _: None
        await stage.plans.open(video_id)

    play(scenario)


def test_a_crash_over_one_segment_does_not_take_the_title_away(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        stage.workers.fault = lambda job: WorkerFailed(f"{job.subject} crashed")
        recipe = planned.plan.recipe(planned.plan.renditions[0], 0)
        with pytest.raises(Exception, match="crashed"):
            await stage.vault.obtain(recipe, ANY)
        assert await stage.plans.open(planned.video.video_id) == planned

    play(scenario)


def test_a_file_that_changed_since_the_scan_is_surveyed_anew(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        before = await stage.planned()
        path = stage.library / "Heat.mkv"
        path.write_text("another film of another length")
        after = await stage.plans.open(before.video.video_id)
        assert after.plan.source_id != before.plan.source_id
        assert after.video.size == path.stat().st_size
        # What the new plan names can be made, and nothing of the old one any more.
        assert await stage.path_of(after.plan.source_id) == path
        with pytest.raises(SourceGone):
            await stage.files.find(before.plan.source_id)
        assert await stage.plans.open(before.video.video_id) == after
        stage.scan()
        assert await stage.plans.open(before.video.video_id) == after
        assert stage.workers.done == ["survey"] * 2

    play(scenario)


def test_a_touched_file_keeps_its_plan(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        before = await stage.planned()
        os.utime(stage.library / "Heat.mkv", ns=(1, 1))
        with pytest.raises(SourceOffline):
            await stage.files.find(before.plan.source_id)
        after = await stage.plans.open(before.video.video_id)
        assert (after.plan, after.video.mtime_ns) == (before.plan, 1)

    play(scenario)


def test_a_file_that_changes_during_its_survey_gets_no_plan_yet(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "half a fi")
        path = stage.library / "Heat.mkv"

        def grow(_: Job[object]) -> None:
            path.write_text(path.read_text() + "lm")

        stage.workers.fault = grow
        for _ in range(3):
            with pytest.raises(SourceOffline, match="changing"):
                await stage.plans.open(video_id)
        stage.workers.fault = lambda _: None
        planned = await stage.plans.open(video_id)
        assert planned.plan.source_id == survey(path).source_id

    play(scenario)


def test_a_file_that_breaks_while_it_is_being_written_is_not_called_broken(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "broken")
        path = stage.library / "Heat.mkv"

        def grow(_: Job[object]) -> None:
            path.write_text("broken, still")

        stage.workers.fault = grow
        with pytest.raises(SourceOffline, match="changing"):
            await stage.plans.open(video_id)
        path.write_text("whole")
        stage.workers.fault = lambda _: None
        await stage.plans.open(video_id)

    play(scenario)


def test_an_unmounted_video_keeps_its_plan_but_nothing_can_be_made(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        unseen = stage.add("Ronin.mkv", "another film")
        stage.library.rename(stage.folder / "elsewhere")
        assert await stage.plans.open(planned.video.video_id) == planned
        with pytest.raises(SourceOffline):
            await stage.files.find(planned.plan.source_id)
        with pytest.raises(SourceOffline):
            await stage.plans.open(unseen)
        (stage.folder / "elsewhere").rename(stage.library)
        assert (await stage.path_of(planned.plan.source_id)).exists()
        await stage.plans.open(unseen)

    play(scenario)


def test_a_deleted_source_is_gone_once_every_file_was_surveyed(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        (stage.library / "Heat.mkv").rename(stage.library / "Heat (1995).mkv")
        os.utime(stage.library / "Heat (1995).mkv", ns=(1, 1))
        stage.scan()
        # Another name and another date: it may be the same film.
        with pytest.raises(SourceOffline):
            await stage.files.find(planned.plan.source_id)
        renamed = await stage.planned("Heat (1995).mkv")
        assert renamed.plan == planned.plan
        assert (await stage.files.find(planned.plan.source_id)).title == "Heat (1995).mkv"
        other = await stage.planned("Ronin.mkv", "another film")
        (stage.library / "Heat (1995).mkv").unlink()
        stage.scan()
        with pytest.raises(SourceGone):
            await stage.files.find(planned.plan.source_id)
        assert (await stage.files.find(other.plan.source_id)).title == "Ronin.mkv"

    play(scenario)


def test_a_renamed_source_is_found_at_once(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        (stage.library / "Heat.mkv").rename(stage.library / "Heat (1995).mkv")
        stage.scan()
        assert (await stage.files.find(planned.plan.source_id)).title == "Heat (1995).mkv"

    play(scenario)


def test_any_of_several_equal_files_will_do(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned("A.mkv", "a film")
        copy = await stage.planned("B.mkv", "a film")
        assert copy.plan == planned.plan
        (stage.library / "A.mkv").unlink()
        assert (await stage.files.find(planned.plan.source_id)).title == "B.mkv"

    play(scenario)


def test_what_was_opened_is_known_without_a_look(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        video_id = stage.add("Heat.mkv", "a film")
        assert await stage.plans.existing(stage.catalogue.video(video_id)) is None
        planned = await stage.plans.open(video_id)
        assert await stage.plans.existing(stage.catalogue.video(video_id)) == planned

    play(scenario)


PROBE = Probe("matroska", 1, None, (), (), by_position=False)
PART = Chapter(Ratio(1, 2), Ratio(3, 1), "One")


def test_chapters_of_a_source_probed_long_ago_are_read_once(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        source_id, probe = planned.plan.source_id, msgspec.json.encode(PROBE)
        stage.elsewhere(stage.source_index.renew, source_id, probe)
        stage.workers.other["read-chapters"] = lambda _: (PART,)
        expected = [PlacedChapter(Fraction(1, 2), Fraction(3), "One")]
        both = [stage.plans.chapters(planned) for _ in range(2)]
        assert await asyncio.gather(*both) == [expected] * 2
        assert await stage.plans.chapters(planned) == expected
        assert stage.workers.done == ["survey", "read-chapters"]

    play(scenario)


def test_a_file_whose_chapters_can_not_be_read_has_none(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        source_id, probe = planned.plan.source_id, msgspec.json.encode(PROBE)
        stage.elsewhere(stage.source_index.renew, source_id, probe)
        (stage.library / "Heat.mkv").rename(stage.library / "aside")
        assert await stage.plans.chapters(planned) == []
        (stage.library / "aside").rename(stage.library / "Heat.mkv")
        stage.workers.fault = lambda _: WorkerFailed("crashed")
        assert await stage.plans.chapters(planned) == []
        stage.workers.fault = lambda _: None
        assert await stage.plans.chapters(planned) == []  # it would crash again
        assert stage.workers.done.count("read-chapters") == 2  # one found the file away

    play(scenario)
