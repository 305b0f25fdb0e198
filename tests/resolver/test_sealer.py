"""Sealing binds every window and writes playlists that name only blobs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from blobhls.blob import BlobId
from blobhls.errors import BlobMissing, RenderFailed, RenditionUnknown, WorkersBusy
from blobhls.hls import parse_master, parse_media
from blobhls.index.ledger.sources import Root
from blobhls.media.jobs import Job
from blobhls.recipe import EncodeAudio, EncodeVideo
from tests.resolver.conftest import Play, settled, turns
from tests.resolver.stage import Stage, plan_of
from tests.vault.bench import recipes_of

CHEAP = ("source_h264", "audio-1-eng_aac", "audio-2-deu_aac", "subs-1-fra_vtt")
LINK = re.compile(r"[0-9a-f]{64}\.[a-z0-9]+")


async def text_of(stage: Stage, blob_id: BlobId) -> str:
    return (await stage.bytes_of(blob_id)).decode()


async def tree(stage: Stage, root: Root | None) -> set[BlobId]:
    """Follow every link from a root; returns all blobs, each as long as it must be."""
    assert root is not None
    found = {root.blob_id}
    master = parse_master(await text_of(stage, root.blob_id))
    for uri in [v.uri for v in master.variants] + [m.uri for m in master.media if m.uri]:
        assert LINK.fullmatch(uri)
        media = parse_media(await text_of(stage, BlobId(uri[:64])))
        links = [segment.uri for segment in media.segments] + ([media.map] if media.map else [])
        assert all(LINK.fullmatch(link) for link in links)
        found |= {BlobId(uri[:64]), *(BlobId(link[:64]) for link in links)}
    for blob_id in found:
        assert BlobId.of(await stage.bytes_of(blob_id)) == blob_id
    return found


def test_the_cheap_renditions_are_sealed_into_a_tree_of_blobs(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        root = await stage.sealer.seal(planned)
        assert root is not None
        assert root.renditions == CHEAP
        assert root == (await stage.sealer.root(planned))
        # 4 segments of 4 renditions, their playlists, and the master.
        assert len(await tree(stage, root)) == 4 * 4 + 4 + 1
        sealing = stage.sealer.progress(planned.video.video_id)
        assert sealing is not None
        assert (sealing.state, sealing.done, sealing.total) == ("sealed", 16, 16)
        assert sealing.problems == {}

    play(scenario)


def test_a_playlist_of_the_tree_has_the_windows_of_the_plan_and_what_was_measured(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        await stage.sealer.seal(planned)
        for rendition in planned.plan.renditions:
            if rendition.name in CHEAP:
                seal = (await stage.sealer.seals(planned))[rendition.name]
                media = parse_media(await text_of(stage, seal.blob_id))
                assert [s.duration for s in media.segments] == planned.plan.durations(rendition)
                assert [s.uri[:64] for s in media.segments] == list(seal.parts)
                # 300 bytes in 2 s are the densest here, but two of them in 4 s are in range.
                assert (seal.bandwidth, seal.average) == (1200, -(-8 * 1200 // 13))

    play(scenario)


def test_sealing_again_changes_nothing(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        first = await stage.sealer.seal(planned)
        made = len(stage.workers.done)
        assert await stage.sealer.seal(planned) == first
        assert await stage.sealer.seal(planned, ["source_h264"]) == first
        assert (await stage.sealer.roots(planned)) == [first]
        assert len(stage.workers.done) == made

    play(scenario)


def test_a_further_rendition_gives_a_new_root_and_the_old_one_stays(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        first = await stage.sealer.seal(planned)
        second = await stage.sealer.seal(planned, ["720p_h264"])
        assert first is not None
        assert second is not None
        assert set(second.renditions) == {*CHEAP, "720p_h264"}
        assert [root.blob_id for root in (await stage.sealer.roots(planned))] == [
            second.blob_id,
            first.blob_id,
        ]
        assert await tree(stage, first) < await tree(stage, second) | {first.blob_id}

    play(scenario)


def test_the_same_file_elsewhere_gives_the_same_root(
    stage: Stage, play: Play, tmp_path: Path
) -> None:
    async def scenario() -> None:
        first = await stage.sealer.seal(await stage.planned())
        (tmp_path / "other").mkdir()
        other = Stage(tmp_path / "other")
        second = await other.sealer.seal(await other.planned("Other name.mkv", "a film"))
        await other.end()
        other.close()
        assert first is not None
        assert second is not None
        assert first.blob_id == second.blob_id

    play(scenario)


def test_without_a_picture_sealed_there_is_no_root(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        assert await stage.sealer.seal(planned, ["audio-1-eng_aac"]) is None
        assert (await stage.sealer.root(planned)) is None
        assert set(await stage.sealer.seals(planned)) == {"audio-1-eng_aac"}
        music = await stage.planned("Music.mka.mkv", "sound alone")
        assert await stage.sealer.seal(music, ["audio-1-eng_aac"]) is not None

    play(scenario)


def test_an_unknown_rendition_is_an_error_at_once(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        with pytest.raises(RenditionUnknown):
            stage.sealer.start(planned, ["source_h264", "8k_av1"])
        assert stage.sealer.progress(planned.video.video_id) is None

    play(scenario)


def test_what_is_asked_for_while_sealing_joins_in(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        stage.workers.gate = asyncio.Event()
        first = stage.sealer.start(planned, ["source_h264"])
        assert stage.sealer.start(planned, ["source_h264"]) is first
        joined = asyncio.create_task(stage.sealer.seal(planned, ["720p_h264"]))
        await turns()
        assert (first.renditions, first.total) == (("source_h264", "720p_h264"), 8)
        assert first.state == "sealing"
        stage.workers.gate.set()
        root = await joined
        assert root is not None
        assert set(root.renditions) == {"source_h264", "720p_h264"}
        assert (await stage.sealer.roots(planned)) == [root]
        assert (first.state, first.done) == ("sealed", 8)
        assert stage.sealer.start(planned, ["source_h264"]) is not first

    play(scenario)


def test_what_can_t_be_made_is_told_and_the_rest_is_sealed(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()

        def refuse(job: Job[Any]) -> RenderFailed | None:
            encoded = any(isinstance(recipe, EncodeAudio) for recipe in recipes_of(job))
            return RenderFailed("0" * 64, "as arranged") if encoded else None

        stage.workers.fault = refuse
        root = await stage.sealer.seal(planned)
        assert root is not None
        assert root.renditions == tuple(name for name in CHEAP if "deu" not in name)
        sealing = stage.sealer.progress(planned.video.video_id)
        assert sealing is not None
        assert sealing.state == "failed"
        assert list(sealing.problems) == ["audio-2-deu_aac"]
        assert "as arranged" in sealing.problems["audio-2-deu_aac"]
        stage.workers.fault = lambda _: None
        again = await stage.sealer.seal(planned)
        assert again is not None
        assert again.renditions == CHEAP

    play(scenario)


def test_one_failure_of_a_rendition_drops_the_rest_of_its_work(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        plan = plan_of(planned.plan.source_id, 100)
        planned = type(planned)(planned.video, plan.plan_id, plan)
        stage.workers.fault = lambda _: WorkersBusy("too much")
        sealing = stage.sealer.start(planned, ["720p_h264"])
        await settled()
        assert (sealing.state, sealing.done) == ("failed", 0)
        # Of a hundred, those that had been handed out when the first one failed.
        assert stage.workers.done.count("render") < 20

    play(scenario)


def test_a_fault_of_ours_ends_the_sealing_and_is_logged(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        def fail(*_: object) -> None:
            raise KeyError("as arranged")

        planned = await stage.planned()
        with monkeypatch.context() as patch:
            patch.setattr(stage.source_index, "seal", fail)
            assert await stage.sealer.seal(planned) is None
        sealing = stage.sealer.progress(planned.video.video_id)
        assert sealing is not None
        assert (sealing.state, sealing.problems) == ("failed", {"": "internal error"})
        assert "as arranged" in caplog.text
        assert await stage.sealer.seal(planned) is not None

    play(scenario)


def test_closing_stops_sealing_and_keeps_bound_segments(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        await stage.segments.segment(planned, "source_h264", 0)
        stage.workers.gate = asyncio.Event()
        sealing = stage.sealer.start(planned)
        await turns()
        await stage.sealer.close()
        assert sealing.state == "failed"
        stage.workers.gate.set()
        await turns()
        assert stage.workers.done == ["survey", "render"]
        assert len(list(stage.index.present())) == 1

    play(scenario)


def test_bytes_that_come_out_different_withdraw_the_roots_and_the_next_one_is_new(
    stage: Stage, play: Play
) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        sound = await stage.sealer.seal(planned, ["source_h264"])
        first = await stage.sealer.seal(planned, ["720p_h264"])
        assert first is not None
        segment = (await stage.sealer.seals(planned))["720p_h264"].parts[1]
        await stage.evict()
        stage.flavours.change("h264-720p-v2")
        with pytest.raises(BlobMissing):
            await stage.bytes_of(segment)
        assert set(await stage.sealer.seals(planned)) == {"source_h264"}
        assert (await stage.sealer.root(planned)) == sound
        second = await stage.sealer.seal(planned, ["720p_h264"])
        assert second is not None
        assert second.blob_id != first.blob_id
        assert segment not in (await stage.sealer.seals(planned))["720p_h264"].parts
        withdrawn = {r.blob_id: r.withdrawn for r in (await stage.sealer.roots(planned))}
        assert withdrawn[first.blob_id] == "its recipe gave different bytes"
        assert withdrawn[second.blob_id] is None

    play(scenario)


def test_a_playlist_that_was_lost_is_written_anew(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        root = await stage.sealer.seal(planned)
        assert root is not None
        playlist = (await stage.sealer.seals(planned))["source_h264"].blob_id
        for blob_id in (playlist, root.blob_id):
            stage.close()
            stage.file(blob_id).unlink()
            stage.open()
            with pytest.raises(BlobMissing):
                await stage.bytes_of(blob_id)
            assert (await stage.sealer.root(planned)) is None
            again = await stage.sealer.seal(planned)
            assert again is not None
            assert again.blob_id == root.blob_id
            await tree(stage, again)

    play(scenario)


def test_everything_evicted_comes_back_with_the_same_names(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        root = await stage.sealer.seal(planned, [r.name for r in planned.plan.renditions])
        before = await tree(stage, root)
        assert (await stage.evict()).removed == 4 * 4  # cut, encoded, cut sound, text
        assert await tree(stage, root) == before

    play(scenario)


def test_fragmented_mp4_is_sealed_with_its_init_sections(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        plan = plan_of(planned.plan.source_id, 4, "fmp4")
        planned = type(planned)(planned.video, plan.plan_id, plan)
        root = await stage.sealer.seal(planned)
        await tree(stage, root)
        seals = await stage.sealer.seals(planned)
        media = parse_media(await text_of(stage, seals["source_h264"].blob_id))
        assert media.map is not None
        assert media.map[:64] == seals["source_h264"].parts[0]
        assert len(seals["subs-1-fra_vtt"].parts) == 4  # text has none

    play(scenario)


def test_another_film_in_its_place_is_sealed_as_itself(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        before = await stage.planned()
        stage.workers.gate = asyncio.Event()
        first = stage.sealer.start(before)
        await turns()
        stage.workers.gate.set()
        after = await stage.planned("Heat.mkv", "a film of another length")
        stage.workers.gate.clear()
        second = stage.sealer.start(after)
        assert second is not first
        stage.workers.gate.set()
        root = await stage.sealer.seal(after)
        assert root is not None
        assert stage.sealer.progress(after.video.video_id) is not first
        assert all(
            stage.index.recipe_of(part, "test-engine") is not None
            for part in (await stage.sealer.seals(after))["source_h264"].parts
        )

    play(scenario)


def test_only_encodes_are_handed_out_one_by_one(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        planned = await stage.planned()
        await stage.sealer.seal(planned, [r.name for r in planned.plan.renditions])
        assert stage.workers.done.count("render") == 4
        assert stage.workers.done.count("render-batch") == 4
        assert isinstance(planned.plan.rendition("720p_h264").template, EncodeVideo)

    play(scenario)
