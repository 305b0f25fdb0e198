"""The whole way with real files and real workers: same file, same hashes, wherever and whenever."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec
import pytest

from blobhls.blob import BlobId, type_of
from blobhls.demo_clips.clip_spec import Clip
from blobhls.errors import SourceBroken
from blobhls.hls import parse_master
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.index.ledger.sources import SourceIndex
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.index.migrations import MIGRATIONS
from blobhls.library.scan import scan
from blobhls.media.places import Places
from blobhls.names.folders import path_id
from blobhls.resolver import PlannedVideo, Plans, Sealer, SegmentServer, Sources, Surveyor
from blobhls.store.local import LocalStore
from blobhls.vault import BlobRepository, BlockList, CachePolicy, Evictor, Renderer, Vault
from blobhls.workers import LocalPool
from tests.conftest import ClipFactory
from tests.media.rendering import pictures
from tests.oracle.tree import walk_tree

pytestmark = pytest.mark.codecs

MEMORY: Final = 4 << 30  # bytes


class Server(msgspec.Struct, frozen=True, eq=False):
    """The parts that a server runs, over one library and one cache."""

    store: LocalStore
    repository: BlobRepository
    catalogue: Catalogue
    plans: Plans
    vault: Vault
    evictor: Evictor
    sealer: Sealer


@asynccontextmanager
async def serving(library: Path, folder: Path) -> AsyncIterator[Server]:
    db = Database(folder / "index.db", MIGRATIONS)
    scan(library, CatalogueIntake(db))
    store = LocalStore(folder / "blobs")
    workers = LocalPool(2, MEMORY, Places(library, folder / "blobs", store.staging_folder))
    access = Index(db, store.sync)
    db.serve_event_loop()
    try:
        await workers.start()
        engine = workers.engines[0].name
        index, catalogue = BlobIndex(db), Catalogue(db)
        source_index, sources = SourceIndex(db), Sources(library, catalogue, access)
        surveyor = Surveyor(workers, sources, catalogue, source_index, access)
        plans = Plans(catalogue, source_index, access, sources, surveyor)
        repository = BlobRepository(store, index, access)
        renderer = Renderer(repository, workers, sources, engine)
        vault = Vault(repository, renderer, BlockList(repository, UploadIndex(db)))
        evictor = Evictor(repository, renderer, CachePolicy(0))
        sealer = Sealer(vault, source_index, access)
        yield Server(store, repository, catalogue, plans, vault, evictor, sealer)
        await renderer.close()
        await sources.close()
    finally:
        await access.close()
        await workers.close()
        db.close()


@pytest.fixture(scope="module")
def library(clip_factory: ClipFactory, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One short film with a step of the ladder below it, and one file that is none."""
    clip = Clip(seconds=4, size=(640, 400), fps=Fraction(24), subtitles=("eng",))
    folder = tmp_path_factory.mktemp("library")
    shutil.copy(clip_factory("small.mkv", clip), folder / "film.mkv")
    (folder / "bad.mkv").write_bytes(b"no film at all " * 1000)
    return folder


async def seal_all(server: Server) -> tuple[PlannedVideo, BlobId]:
    planned = await server.plans.open(path_id("film.mkv"))
    root = await server.sealer.seal(planned, [r.name for r in planned.plan.renditions])
    assert root is not None
    assert len(root.renditions) == len(planned.plan.renditions) > 3
    return planned, root.blob_id


def test_what_was_evicted_comes_back_with_its_hash_and_another_cache_gives_the_same_root(
    library: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    async def scenario() -> None:
        async with serving(library, tmp_path / "one") as server:
            planned, root = await seal_all(server)
            before = set(server.store.ids())
            evicted = await server.evictor.evict(grace=-1)
            # What stays: the root, and a playlist of each rendition and of its key frames.
            made = sum(r.count for r in planned.plan.renditions)
            playlists = sum(1 + (r.kind == "video") for r in planned.plan.renditions)
            assert evicted.removed == made == len(before) - playlists - 1
            for blob_id in before:
                with await server.vault.open(blob_id) as blob:
                    assert BlobId.of(blob.file.read()) == blob_id
            assert set(server.store.ids()) == before
        async with serving(library, tmp_path / "two") as other:
            assert (await seal_all(other))[1] == root

    asyncio.run(scenario())


def test_every_range_of_an_iframe_playlist_decodes_to_one_picture(
    library: Path, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with serving(library, tmp_path) as server:
            planned, root = await seal_all(server)

            def fetch(link: str) -> bytes:
                with server.store.open(BlobId.parse(link.partition(".")[0])) as file:
                    return file.read()

            tree = walk_tree(f"{root}.m3u8", fetch)
            assert tree.faults == ()
            assert tree.master is not None
            assert len(tree.master.iframes) == len(tree.master.variants) > 1
            for variant in tree.master.iframes:
                playlist = tree.playlists[variant.uri]
                assert playlist.iframes_only
                assert playlist.version == 4
                assert sum(s.duration for s in playlist.segments) == planned.plan.duration
                for segment in playlist.segments:
                    assert segment.byte_range is not None
                    data, place = fetch(segment.uri), segment.byte_range
                    first = next(s for s in playlist.segments if s.uri == segment.uri).byte_range
                    assert first is not None
                    part = data[place.offset : place.offset + place.length]
                    # Clients look for the tables in front of a resource's first I-frame.
                    assert len(pictures(data[: first.offset] + part)) == 1

    asyncio.run(scenario())


def as_before_iframe_playlists(folder: Path, root: BlobId) -> None:
    """Take out of an index what versions without I-frame playlists did not write."""
    with contextlib.closing(sqlite3.connect(folder / "index.db")) as db, db:
        db.execute("DELETE FROM iframes")
        db.execute("UPDATE seals SET body = CAST(json_remove(body, '$.iframes') AS BLOB)")
        db.execute("UPDATE roots SET blob_id = ?", (root,))


def test_what_was_sealed_before_there_were_iframe_playlists_gets_them_when_sealed_again(
    library: Path, tmp_path: Path
) -> None:
    def master(server: Server, root: BlobId) -> str:
        with server.store.open(root) as file:
            return file.read().decode()

    async def first() -> tuple[BlobId, BlobId]:
        async with serving(library, tmp_path) as server:
            _, root = await seal_all(server)
            lines = master(server, root).splitlines(keepends=True)
            plain = "".join(line for line in lines if "I-FRAME-STREAM-INF" not in line)
            return root, (await server.vault.put(plain.encode(), type_of("m3u8"))).blob_id

    async def again(root: BlobId, old: BlobId) -> None:
        async with serving(library, tmp_path) as server:
            planned = await server.plans.open(path_id("film.mkv"))
            seals = await server.sealer.seals(planned)
            gone = [seals[name].parts[0] for name in ("source_h264", "360p_h264")]
            for blob_id in gone:
                await server.repository.drop(blob_id, keep_row=True)
            # What is cut is cut again; a picture is not encoded for this.
            _, partly = await seal_all(server)
            assert [v.uri for v in parse_master(master(server, partly)).iframes] == [
                v.uri for v in parse_master(master(server, root)).iframes[:1]
            ]
            (await server.vault.open(gone[1])).close()
            assert (await seal_all(server))[1] == root
            assert [r.blob_id for r in await server.sealer.roots(planned)] == [root, partly, old]
            (await server.vault.open(old)).close()

    root, old = asyncio.run(first())
    as_before_iframe_playlists(tmp_path, old)
    asyncio.run(again(root, old))


def test_the_open_face_has_the_key_frames_of_what_was_made(library: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with serving(library, tmp_path) as server:
            planned = await server.plans.open(path_id("film.mkv"))
            segments = SegmentServer(server.vault)
            rendition = planned.plan.renditions[0]
            assert rendition.count == 2
            await segments.segment(planned, rendition.name, 1)
            assert await segments.iframes(planned, rendition) is None
            await segments.segment(planned, rendition.name, 0)
            found = await segments.iframes(planned, rendition)
            assert found is not None
            assert [frames[0].after for frames in found] == [0, 0]
            sound = planned.plan.rendition("audio-1-eng_aac")
            await segments.segment(planned, sound.name, 0)
            assert await segments.iframes(planned, sound) is None
            await segments.close()

    asyncio.run(scenario())


def test_a_file_that_is_no_video_leaves_the_catalogue_and_the_rest_plays(
    library: Path, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with serving(library, tmp_path) as server:
            with pytest.raises(SourceBroken):
                await server.plans.open(path_id("bad.mkv"))
            assert [problem.path for problem in server.catalogue.problems()] == ["bad.mkv"]
            assert (await server.plans.open(path_id("film.mkv"))).plan.renditions

    asyncio.run(scenario())
