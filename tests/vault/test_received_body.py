"""Request bodies on their way to the store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blobhls.blob import BlobId
from blobhls.errors import StoreFull, TooLarge
from blobhls.store.local import LocalStore
from blobhls.vault import ReceivedBody, receive_body, staged_body
from tests.vault.upload_bench import pieces

BIG = 3_000_000  # several pieces for the disk


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def keep(store: LocalStore, body: ReceivedBody) -> None:
    """Keep a body as the repository does."""
    if isinstance(body.content, Path):
        store.adopt(body.content, body.blob_id)
    else:
        assert store.put(body.content) == body.blob_id


def left(store: LocalStore, tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "store" / "staging").glob("*/*") if path.is_file()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    size=st.one_of(st.integers(0, 10), st.integers(65_500, 65_600), st.integers(0, BIG)),
    piece=st.integers(1_000, 200_000),
)
def test_what_comes_in_pieces_is_the_blob_of_its_bytes(
    store: LocalStore, tmp_path: Path, size: int, piece: int
) -> None:
    data = bytes(size)

    async def go() -> None:
        async with receive_body(pieces(data, piece), store.staging, None) as body:
            assert (body.blob_id, body.size) == (BlobId.of(data), size)
            assert data.startswith(body.head)
            assert len(body.head) >= min(size, 4096)
            keep(store, body)
        with store.open(body.blob_id) as file:
            assert file.read() == data

    asyncio.run(go())
    assert left(store, tmp_path) == []


@pytest.mark.parametrize("size", [0, 10, 100_000, BIG])
def test_what_is_not_kept_leaves_nothing(store: LocalStore, tmp_path: Path, size: int) -> None:
    async def go() -> None:
        async with receive_body(pieces(bytes(size)), store.staging, None) as body:
            assert (await body.as_file(store.staging)).read_bytes() == bytes(size)

    asyncio.run(go())
    assert left(store, tmp_path) == []
    assert list(store.ids()) == []


@pytest.mark.parametrize("most", [0, 10, 65_536, 1_000_000])
def test_the_limit_is_the_largest_accepted_size(
    store: LocalStore, tmp_path: Path, most: int
) -> None:
    async def go(size: int) -> int:
        async with receive_body(pieces(bytes(size)), store.staging, most) as body:
            return body.size

    assert asyncio.run(go(most)) == most
    with pytest.raises(TooLarge):
        asyncio.run(go(most + 1))
    assert left(store, tmp_path) == []


@pytest.mark.parametrize("after", [0, 10, 100_000, BIG])
def test_a_body_that_breaks_off_leaves_nothing(
    store: LocalStore, tmp_path: Path, after: int
) -> None:
    class BrokeOff(Exception):
        pass

    async def breaking() -> AsyncIterator[bytes]:
        async for piece in pieces(bytes(after)):
            yield piece
        raise BrokeOff

    async def go() -> None:
        async with receive_body(breaking(), store.staging, None):
            raise AssertionError("it was taken for whole")

    with pytest.raises(BrokeOff):
        asyncio.run(go())
    assert left(store, tmp_path) == []


def test_a_body_that_is_cancelled_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    async def go() -> None:
        waiting = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield bytes(2_000_000)
            yield bytes(2_000_000)
            waiting.set()
            await asyncio.Event().wait()

        async def send_forever() -> None:
            async with receive_body(endless(), store.staging, None):
                pass

        task = asyncio.create_task(send_forever())
        await waiting.wait()
        assert left(store, tmp_path)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert left(store, tmp_path) == []


def test_a_full_disk_is_an_error_and_leaves_nothing(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("blobhls.vault.received_body._Spool._write", full)

    async def go() -> None:
        async with receive_body(pieces(bytes(BIG)), store.staging, None):
            pass

    with pytest.raises(StoreFull):
        asyncio.run(go())
    assert left(store, tmp_path) == []


def test_a_file_of_others_is_a_body_too(store: LocalStore) -> None:
    staged = store.staging()
    staged.write_bytes(bytes(100_000))
    body = staged_body(staged, BlobId.of(bytes(100_000)), 100_000)
    assert (body.size, body.head) == (100_000, bytes(65_536))
    keep(store, body)
    assert not staged.exists()
    assert store.stat(body.blob_id) == 100_000
