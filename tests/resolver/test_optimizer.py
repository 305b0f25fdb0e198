"""Uploads become playable trees, stored completely or not at all, without leftovers in staging."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from blobhls.blob import BlobId, BlobInfo
from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.errors import (
    BlobhlsError,
    RenderFailed,
    SourceBroken,
    StoreFull,
    TooLarge,
    TypeRefused,
    WorkerFailed,
    WorkersBusy,
)
from blobhls.media.jobs import FindEngine, Job
from blobhls.media.places import Places
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.references import StagedFile
from blobhls.media.results import FileFacts
from blobhls.recipe import CutVideo, EncodeVideo
from blobhls.resolver import OptimisedUpload, OptimiseLimits, Optimizer, StagedBlob, describe
from blobhls.resolver.optimise.optimise_plan import distribution_plan
from blobhls.store.local import LocalStore
from blobhls.workers import LocalPool, Priority
from tests.conftest import ClipFactory
from tests.oracle.joins import Kind, check_rendition
from tests.oracle.tree import Tree, walk_tree
from tests.resolver.conftest import Play, turns
from tests.resolver.stage import Stage, plan_of
from tests.vault.bench import tag_of

MEMORY: Final = 4 << 30  # bytes
MPEG: Final = "video/mp4"
DEFAULTS: Final = OptimiseLimits()


class Keeper:
    """Adopts what it is given, and remembers it."""

    def __init__(self, store: LocalStore) -> None:
        self.store = store
        self.kept: list[BlobInfo] = []
        self.gate: asyncio.Event | None = None

    async def keep(self, parts: Sequence[StagedBlob]) -> None:
        if self.gate is not None:
            await self.gate.wait()
        for part in parts:
            self.store.adopt(part.staged, part.info.blob_id)
            self.kept.append(part.info)

    def fetch(self, link: str) -> bytes:
        with self.store.open(BlobId.parse(link.partition(".")[0])) as file:
            return file.read()


# --- the whole way, with real workers


def optimised(
    source: Path, folder: Path, limits: OptimiseLimits = DEFAULTS
) -> tuple[OptimisedUpload, Keeper]:
    """Optimise a file; nothing but what is kept may be left."""
    store = LocalStore(folder / "store")
    keeper = Keeper(store)

    async def scenario() -> OptimisedUpload:
        workers = pool(store)
        optimizer = Optimizer(workers, store.staging, limits)
        try:
            with uploaded(source, store) as upload:
                return await optimizer.optimise(upload, "application/octet-stream", keeper.keep)
        finally:
            await workers.close()

    made = asyncio.run(scenario())
    assert staged(folder) == []
    assert keeper.kept[-1] == made.root
    assert {*made.parts, made.root} == {*keeper.kept}
    assert len(keeper.kept) == len({*keeper.kept})
    return made, keeper


def pool(store: LocalStore) -> LocalPool:
    folder = store.staging_folder
    return LocalPool(2, MEMORY, Places(folder, folder, folder))


@contextmanager
def uploaded(source: Path, store: LocalStore) -> Iterator[Path]:
    """A file as it lies while an upload is at work on it."""
    upload = store.staging()
    shutil.copy(source, upload)
    try:
        yield upload
    finally:
        upload.unlink()


def staged(folder: Path) -> list[Path]:
    return [path for path in (folder / "store" / "staging").rglob("*") if path.is_file()]


def checked(made: OptimisedUpload, keeper: Keeper) -> Tree:
    """Return the tree of an optimised video, found without a fault and to be joined."""
    tree = walk_tree(made.root.name, keeper.fetch)
    assert tree.faults == ()
    assert {info.name: info.size for info in keeper.kept} == tree.sizes
    assert tree.master is not None
    for variant in tree.master.variants:
        assert joins(tree, variant.uri, keeper, "video") == []
        assert {codec[:5] for codec in variant.codecs} <= {"avc1.", "mp4a."}
    for media in tree.master.media:
        if media.type == "AUDIO" and media.uri is not None:
            assert joins(tree, media.uri, keeper, "audio") == []
    return tree


def joins(tree: Tree, link: str, keeper: Keeper, kind: Kind) -> list[Any]:
    segments = tree.playlists[link].segments
    assert all(segment.uri.endswith(".ts") for segment in segments)
    data = [keeper.fetch(segment.uri) for segment in segments]
    return list(check_rendition(data, [segment.duration for segment in segments], kind=kind))


def sizes(tree: Tree) -> list[tuple[int, int] | None]:
    assert tree.master is not None
    return [variant.resolution for variant in tree.master.variants]


def test_a_video_becomes_a_tree_that_plays(clip_factory: ClipFactory, tmp_path: Path) -> None:
    clip = Clip(
        seconds=5,
        size=(640, 480),
        audio=(AudioTrack("eng", title="English"), AudioTrack("deu", "ac3", title="Deutsch")),
        subtitles=("eng",),
    )
    made, keeper = optimised(clip_factory("upload.mkv", clip), tmp_path)
    tree = checked(made, keeper)
    assert sizes(tree) == [(640, 480), (480, 360)]
    assert tree.master is not None
    assert [media.type for media in tree.master.media] == ["AUDIO", "AUDIO", "SUBTITLES"]
    assert made.root.media_type == made.facts.media_type == "application/vnd.apple.mpegurl"
    assert (made.facts.width, made.facts.height) == (640, 480)
    assert made.facts.duration == pytest.approx(5, abs=0.1)
    assert made.facts.blurhash is not None


def test_a_video_beyond_the_height_comes_smaller(clip_factory: ClipFactory, tmp_path: Path) -> None:
    clip = Clip(seconds=3, size=(360, 640), audio=())
    made, keeper = optimised(
        clip_factory("tall.mp4", clip), tmp_path, OptimiseLimits(most_height=300)
    )
    assert sizes(checked(made, keeper)) == [(360, 640)]  # its own size is the smallest there is
    clip = Clip(seconds=3, size=(500, 640), audio=())
    (tmp_path / "two").mkdir()
    path = clip_factory("taller.mp4", clip)
    made, keeper = optimised(path, tmp_path / "two", OptimiseLimits(most_height=400))
    assert sizes(checked(made, keeper)) == [(360, 460)]
    assert (made.facts.width, made.facts.height) == (360, 460)


def test_hevc_becomes_h264_in_transport_streams(clip_hevc: Path, tmp_path: Path) -> None:
    made, keeper = optimised(clip_hevc, tmp_path)
    assert sizes(checked(made, keeper)) == [(320, 180)]


def test_the_same_upload_gives_the_same_root(clip_webm: Path, tmp_path: Path) -> None:
    roots = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        roots.add(optimised(clip_webm, tmp_path / name)[0].root)
    assert len(roots) == 1


@pytest.mark.parametrize(
    "name", ["hevc.ts", "h265_10bits.mp4", "rotate-buck-bunny.mp4", "bbb_firstpts_10s.mp4"]
)
def test_real_uploads_become_trees_that_play(corpus: Path, name: str, tmp_path: Path) -> None:
    checked(*optimised(corpus / name, tmp_path, OptimiseLimits(most_height=360)))


@pytest.mark.processes
def test_a_picture_becomes_a_smaller_one(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    Image.new("RGB", (400, 200), "red").save(path, "PNG")
    made, keeper = optimised(path, tmp_path, OptimiseLimits(most_side=100))
    assert made.parts == ()
    assert made.root.media_type == made.facts.media_type == "image/png"
    assert (made.facts.width, made.facts.height) == (100, 50)
    assert made.facts.blurhash is not None
    assert len(keeper.fetch(made.root.name)) == made.root.size


@pytest.mark.processes
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"nothing that is known", TypeRefused),
        (b"#EXTM3U\n", TypeRefused),
        (b"GIF89a" + bytes(100), TypeRefused),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), SourceBroken),
        (b"\0\0\0\x18ftypisom" + bytes(100), SourceBroken),
    ],
)
def test_what_is_no_picture_and_no_video_is_refused(
    content: bytes, error: type[BlobhlsError], tmp_path: Path
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(error, match=r"\w+ \w+"):
        optimised(path, tmp_path)
    assert staged(tmp_path) == []


def test_sound_alone_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(TypeRefused, match="has no video"):
        optimised(corpus / "multiple-aac-tracks.mp4", tmp_path)


def test_a_video_that_lasts_too_long_is_refused(clip_mp4: Path, tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="lasts 12 seconds, and 10 "):
        optimised(clip_mp4, tmp_path, OptimiseLimits(most_duration=10))


def test_a_client_that_disconnects_while_workers_write_leaves_no_file(
    clip_webm: Path, tmp_path: Path
) -> None:
    store = LocalStore(tmp_path / "store")
    keeper = Keeper(store)

    async def scenario() -> None:
        workers = pool(store)
        optimizer = Optimizer(workers, store.staging, OptimiseLimits())
        try:
            with uploaded(clip_webm, store) as upload:
                task = asyncio.create_task(optimizer.optimise(upload, MPEG, keeper.keep))
                await until(lambda: len(staged(tmp_path)) > 1)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert task.cancelled()
            # What still runs is cleared up as it ends; then the workers are as good as new.
            await workers.run(FindEngine(), Priority.SEAL)
        finally:
            await workers.close()

    asyncio.run(scenario())
    assert staged(tmp_path) == []
    assert keeper.kept == []


# --- which part of a plan


def test_only_h264_aac_and_text_that_fit_are_chosen(clip_factory: ClipFactory) -> None:
    clip = Clip(seconds=3, size=(1280, 720), video_codec="libx265", subtitles=("eng",))
    path = clip_factory("large-hevc.mkv", clip)
    plan = make_plan("s", probe(path))
    assert plan.packaging == "fmp4"
    for most, names in {
        720: ["720p_h264", "480p_h264", "360p_h264"],
        500: ["480p_h264", "360p_h264"],
        100: ["360p_h264"],
    }.items():
        fit = distribution_plan(plan, most)
        assert [r.name for r in fit.renditions if r.kind == "video"] == names
        assert [r.kind for r in fit.renditions if r.kind != "video"] == ["audio", "subtitles"]
        assert all(fit.init(r) is None for r in fit.renditions)
        assert all(isinstance(r.template, EncodeVideo) for r in fit.renditions[: len(names)])


def test_h264_that_is_small_enough_stays_untouched() -> None:
    plan = plan_of("s")
    assert [r.name for r in distribution_plan(plan, 1080).renditions] == [
        r.name for r in plan.renditions
    ]
    assert isinstance(distribution_plan(plan, 1080).renditions[0].template, CutVideo)
    assert distribution_plan(plan, 720).renditions[0].name == "720p_h264"


# --- trouble, with workers in this process


class Scene:
    """A stage with an upload, and an optimizer at work on it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.upload = stage.folder / "upload"
        self.upload.write_text("a film")
        stage.workers.other["describe"] = lambda _: FileFacts()
        self.keeper = Keeper(stage.store)
        self.optimizer = Optimizer(stage.workers, stage.store.staging, OptimiseLimits())

    async def optimise(self) -> OptimisedUpload:
        with uploaded(self.upload, self.stage.store) as upload:
            return await self.optimizer.optimise(upload, MPEG, self.keeper.keep)


def test_all_blobs_are_stored_in_one_call_each_after_those_that_it_names(
    stage: Stage, play: Play
) -> None:
    scene = Scene(stage)

    async def scenario() -> None:
        made = await scene.optimise()
        kinds = [info.media_type for info in scene.keeper.kept]
        assert kinds[-1] == "application/vnd.apple.mpegurl"
        assert walk_tree(made.root.name, scene.keeper.fetch).faults == ()
        names = [info.name for info in scene.keeper.kept]
        for place, info in enumerate(scene.keeper.kept):
            if info.media_type.endswith("mpegurl"):
                text = scene.keeper.fetch(info.name).decode()
                assert not any(later in text for later in names[place:])

    play(scenario)


@pytest.mark.parametrize(
    ("function", "fault", "error"),
    [
        ("render-batch", WorkerFailed("it hung"), RenderFailed),
        ("render-batch", StoreFull("no room"), StoreFull),
        ("survey", WorkerFailed("it hung"), SourceBroken),
    ],
)
def test_when_one_part_fails_nothing_is_kept(
    function: str, fault: BlobhlsError, error: type[BlobhlsError], stage: Stage, play: Play
) -> None:
    scene = Scene(stage)
    calls = 0

    def third(job: Job[Any]) -> BlobhlsError | None:
        nonlocal calls
        calls += tag_of(job) == function
        return fault if tag_of(job) == function and calls in {1, 3} else None

    async def scenario() -> None:
        stage.workers.fault = third
        with pytest.raises(error, match=r"it hung|no room"):
            await scene.optimise()
        assert scene.keeper.kept == []

    play(scenario)
    assert stage.staged() == []
    assert [*stage.store.ids()] == []


@pytest.mark.parametrize("begun", range(0, 30, 2))
def test_a_client_that_disconnects_early_leaves_no_file(
    begun: int, stage: Stage, play: Play
) -> None:
    scene = Scene(stage)

    async def scenario() -> None:
        scene.keeper.gate = asyncio.Event()
        scene.keeper.gate.set()
        task = asyncio.create_task(scene.optimise())
        await until(lambda: stage.workers.wanted)
        for _ in range(begun):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await turns()

    play(scenario)
    assert stage.staged() == []
    # All or nothing.
    assert len(scene.keeper.kept) in {0, len([*stage.store.ids()])}


def test_storing_is_completed_when_the_caller_is_cancelled(stage: Stage, play: Play) -> None:
    scene = Scene(stage)

    async def scenario() -> None:
        scene.keeper.gate = asyncio.Event()
        task = asyncio.create_task(scene.optimise())
        await until(lambda: "describe" in stage.workers.done)
        await turns()
        task.cancel()
        await turns()
        assert not task.done()
        scene.keeper.gate.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert scene.keeper.kept

    play(scenario)


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - the sniffing thread sets no event
        await asyncio.sleep(0.001)


def test_too_many_concurrent_uploads_are_refused(stage: Stage, play: Play) -> None:
    scene = Scene(stage)

    async def scenario() -> None:
        stage.workers.gate = asyncio.Event()
        tasks = [asyncio.create_task(scene.optimise()) for _ in range(4)]
        await until(lambda: len(stage.workers.wanted) == 4)
        with pytest.raises(WorkersBusy):
            await scene.optimise()
        stage.workers.gate.set()
        assert len({made.root for made in await asyncio.gather(*tasks)}) == 1
        await scene.optimise()

    play(scenario)


def test_nothing_is_more_urgent_than_a_viewer(stage: Stage, play: Play) -> None:
    scene = Scene(stage)

    async def scenario() -> None:
        await scene.optimise()
        assert {urgency.priority for _, urgency in stage.workers.wanted} == {Priority.SEAL}

    play(scenario)


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("video/mp4", True),
        ("Video/MP4; codecs=x", True),
        ("image/webp", True),
        ("image/gif", False),
        ("audio/mpeg", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_types_are_known_beforehand(media_type: str, taken: bool) -> None:
    assert Optimizer.takes(media_type) is taken


def test_a_file_that_a_worker_fails_over_has_no_facts(stage: Stage, play: Play) -> None:
    async def scenario() -> None:
        stage.workers.fault = lambda job: WorkerFailed("it crashed")
        assert await describe(stage.workers, StagedFile("file"), MPEG) == FileFacts()

    play(scenario)
