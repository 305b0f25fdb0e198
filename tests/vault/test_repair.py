"""fsck makes index and disk agree, and loses no row that a recipe can render again."""

from __future__ import annotations

import asyncio
import errno
import io

import pytest

from blobhls.blob import BlobInfo
from blobhls.store.local import LocalStore
from blobhls.vault import Repairs, check_blobs
from blobhls.workers import Priority
from tests.vault.bench import Bench, cut, encoded, sound

PLAYLIST = b"#EXTM3U"


async def filled(bench: Bench) -> list[BlobInfo]:
    """Three blobs of recipes, one of them pinned, and one without owner or recipe."""
    infos = [
        await bench.vault.obtain(recipe, Priority.VIEWER)
        for recipe in (cut(1), encoded(1), sound(1))
    ]
    return [*infos, await bench.vault.put(PLAYLIST, "application/vnd.apple.mpegurl")]


async def fsck(bench: Bench, *, check_hashes: bool = True) -> Repairs:
    """Check without a running server, as the command requires."""
    bench.close()
    bench.open()
    return await check_blobs(bench.repository, check_hashes=check_hashes)


def test_consistent_blobs_are_left_unchanged(bench: Bench) -> None:
    asyncio.run(filled(bench))
    before = sorted(bench.store.ids())
    assert asyncio.run(fsck(bench)) == Repairs(checked=4)
    assert sorted(bench.store.ids()) == before


def test_rows_without_files_are_rendered_again_or_reported_lost(bench: Bench) -> None:
    async def scenario() -> None:
        infos = await filled(bench)
        for info in infos:
            bench.file(info.blob_id).unlink()
        found = await fsck(bench)
        assert (found.checked, found.missing, found.damaged) == (4, 4, 0)
        assert found.lost == (infos[3].blob_id,)
        for info in infos[:3]:
            assert len(await bench.bytes_of(info.blob_id)) == info.size
        assert await fsck(bench) == Repairs(checked=3)

    asyncio.run(scenario())


def test_damaged_bytes_go_and_come_back_right(bench: Bench) -> None:
    async def scenario() -> None:
        infos = await filled(bench)
        bench.file(infos[0].blob_id).write_bytes(b"x" * infos[0].size)  # flipped
        bench.file(infos[1].blob_id).write_bytes(b"x")  # cut short
        assert (await fsck(bench, check_hashes=False)).damaged == 1
        assert (await fsck(bench, check_hashes=True)).damaged == 1
        assert await bench.bytes_of(infos[0].blob_id) == bench.flavours.bytes_of(cut(1))
        assert await bench.bytes_of(infos[1].blob_id) == bench.flavours.bytes_of(encoded(1))

    asyncio.run(scenario())


def test_files_without_rows_go(bench: Bench) -> None:
    async def scenario() -> None:
        infos = await filled(bench)
        orphan = bench.store.put(b"nobody knows me")
        bench.elsewhere(bench.index.set_absent, infos[0].blob_id)  # killed between row and file
        assert (await fsck(bench)).orphaned == 2
        kept = set(bench.store.ids())
        assert orphan not in kept
        assert kept == {info.blob_id for info in infos[1:]}

    asyncio.run(scenario())


def test_bytes_the_disk_can_t_read_count_as_damaged(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    asyncio.run(filled(bench))
    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "open", lambda *_: Unreadable())
        found = asyncio.run(check_blobs(bench.repository, check_hashes=True))
    assert (found.damaged, len(found.lost)) == (4, 1)


def test_progress_is_reported(bench: Bench) -> None:
    asyncio.run(filled(bench))
    told: list[tuple[int, int]] = []
    asyncio.run(
        check_blobs(
            bench.repository,
            check_hashes=False,
            progress=lambda done, total, _: told.append((done, total)),
        )
    )
    assert told == [(number, 4) for number in range(5)]
