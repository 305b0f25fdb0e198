"""Bytes and rows change in one order, also when a step fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, IndexBusy, StoreFull
from blobhls.store.base import OpenBlob
from blobhls.vault import check_blobs
from tests.vault import crash_process
from tests.vault.bench import ENGINE, LARGE, Bench, cut

DATA: Final = b"a blob"
BLOB: Final = BlobId.of(DATA)
INFO: Final = BlobInfo(BLOB, len(DATA), "text/plain")

Change = Callable[[Bench], Awaitable[object]]
Broken = Callable[..., Any]


def row_of(bench: Bench, info: BlobInfo = INFO) -> Callable[[], None]:
    """Return what writes the row of a blob that can be evicted."""
    return partial(bench.index.add, info, pinned=False, now=1.0)


async def keep(bench: Bench, data: bytes = DATA) -> BlobInfo:
    info = BlobInfo(BlobId.of(data), len(data), "text/plain")
    await bench.repository.add(data, info, row_of(bench, info))
    return info


def read(blob: OpenBlob | None) -> bytes:
    assert blob is not None
    with blob:
        return blob.file.read()


def agree(bench: Bench) -> bool:
    """Whether every row that counts on bytes has them."""
    rows = {row.info.blob_id for row in bench.index.present()}
    return rows <= set(bench.store.ids())


CHANGES: Final[dict[str, Change]] = {
    "add": keep,
    "drop": lambda bench: bench.repository.drop(BLOB, keep_row=False),
    "evict": lambda bench: bench.repository.drop(BLOB, keep_row=True),
}


@pytest.mark.parametrize("size", [0, 6, LARGE])
@pytest.mark.parametrize("is_staged", [True, False])
def test_what_is_added_is_there_with_its_row(bench: Bench, size: int, is_staged: bool) -> None:
    async def scenario() -> None:
        data = bytes(size)
        info = BlobInfo(BlobId.of(data), size, "text/plain")
        content: bytes | Path = data
        if is_staged:
            content = bench.repository.staging()
            content.write_bytes(data)
        await bench.repository.add(content, info, row_of(bench, info))
        assert bench.repository.peek(info.blob_id) is None  # memory knows what was asked for
        assert read(await bench.repository.open(info.blob_id)) == data
        assert read(bench.repository.peek(info.blob_id)) == data
        assert await bench.repository.infos([info.blob_id, BLOB]) == {info.blob_id: info}

    asyncio.run(scenario())


def test_one_state_has_all_that_eviction_needs(bench: Bench) -> None:
    async def scenario() -> None:
        unknown = await bench.repository.state(BLOB, ENGINE)
        assert (unknown.row, unknown.recipe, unknown.proven) == (None, None, None)
        info = BlobInfo(BLOB, len(DATA), "video/mp2t")
        bind = partial(bench.index.bind, cut(1), ENGINE, info, pinned=False, now=1.0)
        await bench.repository.add(DATA, info, bind)
        read(await bench.repository.open(BLOB))
        await bench.access.write(bench.index.prove, cut(1).profile, ENGINE, proven=True)
        async with bench.repository.exclusive(BLOB):
            held = await bench.repository.state(BLOB, ENGINE)
        assert (held.row, held.recipe) == (bench.index.row(BLOB), cut(1))
        assert (held.proven, held.is_held) == (True, True)
        assert held.used_at is not None
        await bench.repository.touch()
        later = await bench.repository.state(BLOB, ENGINE)
        assert (later.used_at, later.is_held) == (None, False)

    asyncio.run(scenario())


@pytest.mark.parametrize("keep_row", [True, False])
def test_what_is_dropped_is_gone_from_row_disk_and_memory(bench: Bench, keep_row: bool) -> None:
    async def scenario() -> None:
        await keep(bench)
        read(await bench.repository.open(BLOB))
        assert await bench.repository.drop(BLOB, keep_row=keep_row)
        assert bench.repository.peek(BLOB) is None
        assert await bench.repository.open(BLOB) is None
        assert list(bench.store.ids()) == []
        row = await bench.repository.row(BLOB)
        assert (row is not None) == keep_row
        assert row is None or not row.present

    asyncio.run(scenario())


def test_a_drop_whose_condition_is_false_changes_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        await keep(bench)
        assert not await bench.repository.drop(BLOB, keep_row=False, when=lambda row: row.pinned)
        assert read(await bench.repository.open(BLOB)) == DATA
        assert not await bench.repository.drop(BlobId.of(b"unknown"), keep_row=True)

    asyncio.run(scenario())


def test_lost_bytes_are_distinguished_from_unknown_ones(bench: Bench) -> None:
    async def scenario() -> None:
        await keep(bench)
        bench.file(BLOB).write_bytes(b"cut")
        with pytest.raises(BlobMissing):
            await bench.repository.open(BLOB)
        assert await bench.repository.open(BlobId.of(b"unknown")) is None
        assert await bench.repository.drop(BLOB, keep_row=True, when=bench.repository.is_lost)
        assert list(bench.store.ids()) == []

    asyncio.run(scenario())


def test_changes_of_one_blob_wait_for_each_other_and_others_do_not(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.repository.exclusive(BLOB):
            waiting = asyncio.create_task(keep(bench))
            await keep(bench, b"another")
            assert not waiting.done()
            assert bench.index.row(BLOB) is None
        await waiting
        assert agree(bench)

    asyncio.run(scenario())


def test_what_is_added_and_dropped_by_many_at_once_ends_whole(bench: Bench) -> None:
    async def scenario() -> None:
        works = [
            keep(bench) if n % 2 else bench.repository.drop(BLOB, keep_row=n % 4 == 0)
            for n in range(40)
        ]
        await asyncio.gather(*works)
        rows = {row.info.blob_id for row in bench.index.present()}
        assert rows == set(bench.store.ids())

    asyncio.run(scenario())


def broken_before(_: Broken, error: Exception) -> Broken:
    """Fail, and do nothing."""

    def call(*_args: object, **_options: object) -> None:
        raise error

    return call


def broken_after(real: Broken, error: Exception) -> Broken:
    """Do it, and fail then."""

    def call(*args: object, **options: object) -> None:
        real(*args, **options)
        raise error

    return call


STEPS: Final = ("store.put", "store.sync", "store.remove", "index.add", "index.delete", "index.row")


@pytest.mark.parametrize("error", [StoreFull("no room"), OSError(5, "fails")])
@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_no_row_counts_on_bytes_that_are_not_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    where, _, name = step.partition(".")

    async def fail(change: Change, broken: Callable[[Broken, Exception], Broken]) -> None:
        owner = getattr(bench, where)
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, broken(getattr(owner, name), error))
            patch.setattr(bench.access._committer, "_sync", bench.store.sync)
            with suppress(type(error)):
                await change(bench)
        assert agree(bench)

    async def scenario() -> None:
        for change, broken, was_here in product(
            CHANGES.values(), (broken_before, broken_after), (True, False)
        ):
            if was_here:
                await keep(bench)
            await fail(change, broken)
            # Nothing is stuck: the same goes well once nothing fails any more.
            await keep(bench)
            assert read(await bench.repository.open(BLOB)) == DATA
            await bench.repository.drop(BLOB, keep_row=False)
            assert list(bench.store.ids()) == []

    asyncio.run(scenario())


def test_bytes_that_an_older_row_counts_on_stay_when_another_write_fails(bench: Bench) -> None:
    def refuse() -> None:
        raise StoreFull("no room")

    async def scenario() -> None:
        await keep(bench)
        with pytest.raises(StoreFull):
            await bench.repository.add(DATA, INFO, refuse)
        assert read(await bench.repository.open(BLOB)) == DATA

    asyncio.run(scenario())


def test_bytes_that_end_without_a_row_are_removed(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.repository.add(DATA, INFO, lambda: None)
        assert list(bench.store.ids()) == []

    asyncio.run(scenario())


def test_a_change_that_has_begun_is_completed_though_its_caller_is_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        write = bench.access.write_placed

        async def left_meanwhile(*args: Any, **options: Any) -> object:  # noqa: ANN401
            asyncio.get_running_loop().call_soon(task.cancel)
            return await write(*args, **options)

        for change, files in (("add", [BLOB]), ("drop", [])):
            with monkeypatch.context() as patch:
                patch.setattr(bench.access, "write_placed", left_meanwhile)
                task = asyncio.ensure_future(CHANGES[change](bench))
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert list(bench.store.ids()) == files
            assert agree(bench)

    asyncio.run(scenario())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*STEPS, "index.set_absent"])
def test_a_process_that_dies_at_any_step_leaves_no_row_without_bytes(
    tmp_path: Path, step: str, when: str
) -> None:
    command = [sys.executable, "-m", "tests.vault.crash_process", str(tmp_path), step, when]
    assert subprocess.run(command, check=False).returncode == 9
    bench = Bench(tmp_path)

    async def scenario() -> None:
        assert agree(bench)
        assert BlobId.of(crash_process.KEPT) in {row.info.blob_id for row in bench.index.present()}
        found = await check_blobs(bench.repository, check_hashes=True)
        assert (found.missing, found.damaged, found.lost) == (0, 0, ())

    asyncio.run(scenario())
    bench.close()


def test_uses_are_written_a_few_at_a_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        for number in range(120):
            info = await keep(bench, b"%d" % number)
            read(await bench.repository.open(info.blob_id))
        sizes: list[int] = []
        touch = bench.index.touch

        def counted(used: Mapping[BlobId, float]) -> None:
            sizes.append(len(used))
            touch(used)

        monkeypatch.setattr(bench.index, "touch", counted)
        await bench.repository.touch()
        assert sum(sizes) == 120
        assert max(sizes) <= 50
        assert list(bench.index.least_used(1e9)) == []

    asyncio.run(scenario())


def test_uses_that_could_not_be_written_are_written_the_next_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        await keep(bench)
        read(await bench.repository.open(BLOB))
        with monkeypatch.context() as patch:
            busy = broken_before(bench.index.touch, IndexBusy("busy"))
            patch.setattr(bench.index, "touch", busy)
            with pytest.raises(IndexBusy):
                await bench.repository.touch()
        await bench.repository.touch()
        assert list(bench.index.least_used(1e9)) == []

    asyncio.run(scenario())
