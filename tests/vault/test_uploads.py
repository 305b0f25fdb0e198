"""Uploads: owners, expiry, quotas and concurrent changes."""

from __future__ import annotations

import asyncio
import pkgutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobMissing, Forbidden, StoreFull, TooLarge, TooMany, TypeRefused
from blobhls.index.ledger.uploads import OPERATOR, Report
from blobhls.vault import UploadLimits, check_blobs
from blobhls.workers import Priority
from tests.vault.bench import cut
from tests.vault.upload_bench import UploadBench

DATA = b"a blob"
BLOB = BlobId.of(DATA)
MakeBench = Callable[..., UploadBench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeBench]:
    """Make a bench with some limits; index and store must agree in the end."""
    made: list[UploadBench] = []

    def begin(**limits: object) -> UploadBench:
        made.append(UploadBench(tmp_path, UploadLimits(**limits)))  # type: ignore[arg-type]
        return made[0]

    yield begin
    for up in made:
        rows = {row.info.blob_id for row in up.bench.index.present()}
        assert rows == up.files()
        assert up.bench.staged() == []
        up.close()


def test_new_and_known_blobs_are_distinguished(make: MakeBench) -> None:
    up = make()
    first, second = up.run(up.store(DATA)), up.run(up.store(DATA, "bob"))
    assert (first.is_new, second.is_new) == (True, False)
    assert first.upload.info == BlobInfo(BLOB, len(DATA), "text/plain")
    assert up.bytes_of(BLOB) == DATA


@pytest.mark.parametrize("size", [5, 200_000])
def test_the_bytes_go_with_the_last_owner(make: MakeBench, size: int) -> None:
    up, data = make(), bytes(size)
    blob_id = up.run(up.store(data)).upload.info.blob_id
    up.run(up.store(data, "bob"))
    up.run(up.uploads.remove(blob_id, "alice"))
    with pytest.raises(Forbidden):
        up.run(up.uploads.remove(blob_id, "alice"))
    assert up.bytes_of(blob_id) == data
    up.run(up.uploads.remove(blob_id, "bob"))
    assert up.bytes_of(blob_id) is None
    with pytest.raises(BlobMissing):
        up.run(up.uploads.remove(blob_id, "bob"))


def test_a_rendered_blob_stays_even_if_it_was_uploaded_first(make: MakeBench) -> None:
    up = make()
    data = up.bench.flavours.bytes_of(cut(1))
    blob_id = up.run(up.store(data, kind="text/html")).upload.info.blob_id
    info = up.run(up.bench.vault.obtain(cut(1), Priority.VIEWER))
    assert (info.blob_id, info.media_type) == (blob_id, "video/mp2t")
    up.run(up.uploads.remove(blob_id, "alice"))
    assert up.bytes_of(blob_id) == data
    with pytest.raises(Forbidden):
        up.run(up.uploads.remove(blob_id, "alice"))


def test_the_limits_are_those_of_the_operator(make: MakeBench) -> None:
    up = make(most_bytes=100, types=("text/*",), key_bytes=100, key_blobs=2, all_bytes=150)
    for data, kind, error in (
        (bytes(101), "text/plain", TooLarge),
        (b"x", "image/png", TypeRefused),
    ):
        with pytest.raises(error):
            up.run(up.store(data, kind=kind))
    up.run(up.store(bytes(60)))
    with pytest.raises(TooMany):
        up.run(up.store(bytes(41)))
    up.run(up.store(bytes(40)))
    with pytest.raises(TooMany):
        up.run(up.store(b""))
    with pytest.raises(StoreFull):
        up.run(up.store(bytes(51), "bob"))
    assert up.run(up.store(bytes(60))).is_new is False
    up.run(up.store(bytes(99), OPERATOR, "image/png"))


def test_a_quota_holds_for_concurrent_uploads(make: MakeBench) -> None:
    up = make(key_blobs=3)

    async def all_at_once() -> list[object]:
        works = (up.store(bytes([number])) for number in range(10))
        return await asyncio.gather(*works, return_exceptions=True)

    results = up.run(all_at_once())
    assert [type(each) for each in results].count(TooMany) == 7
    assert up.index.usage("alice").blobs == 3


def test_a_blocked_blob_is_gone_and_stays_out(make: MakeBench) -> None:
    up = make()
    up.run(up.store(DATA))
    made = up.run(up.bench.vault.obtain(cut(1), Priority.VIEWER)).blob_id
    for blob_id in (BLOB, made):
        up.run(up.block_list.block(blob_id, "why"))
    for _ in range(2):
        assert up.bytes_of(BLOB) is up.bytes_of(made) is None
        for blob_id in (BLOB, made):
            with pytest.raises(BlobMissing):
                up.run(up.bench.vault.open(blob_id))
        for pubkey in ("alice", OPERATOR):
            with pytest.raises(Forbidden):
                up.run(up.store(DATA, pubkey))
        up.reopen()
    assert up.run(up.block_list.unblock(BLOB))
    assert up.run(up.block_list.unblock(made))
    assert not up.run(up.block_list.unblock(made))
    assert up.bytes_of(made) is not None
    assert up.run(up.store(DATA)).is_new


def test_uploads_that_are_not_read_expire(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    up = make(expire=(("image/*", 50), ("text/*", 1000)))
    picture = up.run(up.store(b"picture", kind="image/png")).upload.info
    text = up.run(up.store(b"text")).upload.info
    audio = up.run(up.store(b"audio", kind="audio/mpeg")).upload.info
    pulled = up.run(up.store(b"pulled", OPERATOR, "image/png")).upload.info
    made = up.run(up.bench.vault.obtain(cut(1), Priority.VIEWER))
    now = time.time()
    for info, seconds in ((picture, 50), (text, 1000)):
        assert up.run(up.uploads.sunset(info)) == pytest.approx(now + seconds, abs=30)
    for info in (audio, pulled, made):
        assert up.run(up.uploads.sunset(info)) is None

    def at(seconds: float) -> set[str]:
        monkeypatch.setattr(time, "time", lambda: now + seconds)
        up.run(up.uploads.expire())
        return up.files()

    everything = {each.blob_id for each in (picture, text, audio, pulled, made)}
    assert at(40) == everything
    assert up.bytes_of(picture.blob_id) == b"picture"  # read, so it stays for longer
    assert at(80) == everything
    assert at(200) == everything - {picture.blob_id}
    assert at(1100) == at(10**6) == {audio.blob_id, pulled.blob_id, made.blob_id}


def test_a_blob_uploaded_again_while_others_expire_stays(
    make: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = make(expire=(("*/*", 10),))
    for number in range(5):
        up.run(up.store(bytes([number])))
    later = time.time() + 100
    monkeypatch.setattr(time, "time", lambda: later)
    write = up.bench.access.write_placed
    again = BlobId.of(bytes([4]))

    async def bring_first(*args: object, **options: object) -> object:
        monkeypatch.setattr(up.bench.access, "write_placed", write)
        await up.store(bytes([4]))
        return await write(*args, **options)  # type: ignore[arg-type]

    # While the first goes, the last is acknowledged, which was listed as expired already.
    monkeypatch.setattr(up.bench.access, "write_placed", bring_first)
    up.run(up.uploads.expire())
    assert up.files() == {again}


@pytest.mark.parametrize("size", [6, 100_000])
@pytest.mark.parametrize(
    "step",
    ["blobhls.vault.BlobRepository._place", "blobhls.index.access.Index.write_placed"],
)
def test_a_caller_cancelled_while_a_blob_is_stored_leaves_no_row_without_bytes(
    make: MakeBench, monkeypatch: pytest.MonkeyPatch, size: int, step: str
) -> None:
    up = make()
    owner, _, name = step.rpartition(".")
    real = getattr(pkgutil.resolve_name(owner), name)

    async def go() -> None:
        task = asyncio.create_task(up.store(bytes(size)))

        async def left_meanwhile(*args: object, **options: object) -> object:
            asyncio.get_running_loop().call_soon(task.cancel)
            return await real(*args, **options)

        monkeypatch.setattr(step, left_meanwhile)
        with pytest.raises(asyncio.CancelledError):
            await task

    up.run(go())
    up.run(up.bench.access.close())
    rows = {row.info.blob_id for row in up.bench.index.present()}
    assert rows == up.files() == {BlobId.of(bytes(size))}


@pytest.mark.parametrize("pinned", [True, False])
def test_eviction_removes_hinted_blobs_and_no_uploads(make: MakeBench, pinned: bool) -> None:
    up = make()
    up.run(up.store(DATA, pinned=pinned))
    evicted = up.run(up.bench.evict())
    assert evicted.removed == (not pinned)
    assert up.bytes_of(BLOB) == (DATA if pinned else None)
    assert (up.bench.index.row(BLOB) is not None) == pinned


def test_a_blob_that_is_being_uploaded_is_not_evicted_meanwhile(
    make: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = make()
    up.run(up.store(DATA, pinned=False))
    write = up.bench.access.write_placed

    async def evict_first(*args: object, **options: object) -> object:
        assert (await up.bench.evict()).removed == 0
        return await write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(up.bench.access, "write_placed", evict_first)
    up.run(up.store(DATA))
    assert up.bytes_of(BLOB) == DATA
    assert up.run(up.bench.evict()).removed == 0


def test_a_known_blob_gets_an_owner_without_its_bytes(make: MakeBench) -> None:
    up = make(key_bytes=10)
    assert up.run(up.uploads.add_owner(BLOB, "bob")) is None
    up.run(up.store(DATA))
    upload = up.run(up.uploads.add_owner(BLOB, "bob"))
    assert upload is not None
    assert upload.info.blob_id == BLOB
    assert up.index.has_owner(BLOB)
    up.run(up.store(b"more", OPERATOR))
    up.run(up.uploads.remove(BLOB, "alice"))
    assert up.bytes_of(BLOB) == DATA
    up.run(up.store(bytes(9), OPERATOR))
    with pytest.raises(TooMany):
        up.run(up.uploads.add_owner(BlobId.of(bytes(9)), "bob"))


def test_only_blobs_that_are_here_can_be_reported(make: MakeBench) -> None:
    up = make()
    up.run(up.store(DATA))
    here, away = (Report("e", blob, "k", "spam", "", 1) for blob in (BLOB, "ab" * 32))
    with pytest.raises(BlobMissing):
        up.run(up.uploads.report([away]))
    up.run(up.uploads.report([away, here]))
    assert up.index.reports() == [here]
    up.run(up.uploads.report([away], everything=True))
    assert len(up.index.reports()) == 2


def test_a_failed_write_removes_the_bytes(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    up = make()

    async def fail(*_: object, **__: object) -> None:
        raise StoreFull("no room for the index")

    with monkeypatch.context() as patch:
        patch.setattr(up.bench.access, "write_placed", fail)
        with pytest.raises(StoreFull):
            up.run(up.store(DATA))
    assert up.files() == set()
    assert up.run(up.store(DATA)).is_new
    assert up.run(check_blobs(up.bench.repository, check_hashes=True)).orphaned == 0
