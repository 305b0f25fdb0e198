"""The local store: the contract, and the behaviour of its files."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.errors import ConfigError, StoreFull
from blobhls.store.base import BlobStore
from blobhls.store.local import LocalStore
from tests.store.contract import StoreContract

WRITER = """
import sys, time
from pathlib import Path
from blobhls.store.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
print(store.put(b"acknowledged"), flush=True)
store.staging().write_bytes(b"half a bl")
print("writing", flush=True)
time.sleep(60)
"""


class TestLocalStore(StoreContract):
    """The contract on a folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return LocalStore(tmp_path / "store")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has put a blob and is writing a second one."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == BlobId.of(b"acknowledged")
        assert process.stdout.readline().strip() == "writing"
        yield process
        process.kill()


def files_below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def failing(code: int, after: int = 0) -> Callable[..., int]:
    """Return a system call that succeeds `after` times, partially, and then fails with `code`."""
    calls = 0

    def call(descriptor: int, data: memoryview | None = None) -> int:
        nonlocal calls
        calls += 1
        if calls > after:
            raise OSError(code, os.strerror(code))
        return 0 if data is None else len(data) // 2

    return call


def test_a_blob_is_in_the_folder_of_its_first_two_digits(store: LocalStore, tmp_path: Path) -> None:
    blob_id = store.put(b"x")
    assert (tmp_path / blob_id[:2] / blob_id[2:]).read_bytes() == b"x"


def test_a_blob_outlives_the_object(tmp_path: Path) -> None:
    blob_id = LocalStore(tmp_path).put(b"x")
    assert list(LocalStore(tmp_path).ids()) == [blob_id]


def test_files_of_other_names_are_ignored(store: LocalStore, tmp_path: Path) -> None:
    blob_id = store.put(b"x")
    (tmp_path / "README").write_text("mine")
    (tmp_path / "ab" / "short").write_text("mine")
    (tmp_path / "ab" / ("g" * 62)).write_text("mine")
    (tmp_path / "ab" / ("0" * 62)).mkdir()
    (tmp_path / "ab" / ("1" * 62)).symlink_to("/etc/hostname")
    assert list(store.ids()) == [blob_id]


def test_opened_files_are_unbuffered(store: LocalStore) -> None:
    with store.open(store.put(b"x")) as file:
        assert file.fileno() > 0
        assert not hasattr(file, "raw")


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_or_quota_leaves_nothing_behind(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(code))
        with pytest.raises(StoreFull):
            store.put(b"too much")
    assert files_below(tmp_path) == []
    assert store.put(b"too much") == BlobId.of(b"too much")


def test_a_disk_that_fills_up_in_the_middle_leaves_nothing_behind(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC, after=3))
    with pytest.raises(StoreFull):
        store.put(b"x" * 1000)
    assert files_below(tmp_path) == []


def test_a_full_disk_while_adopting_removes_the_staged_file(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = store.staging()
    staged.write_bytes(b"x")
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(StoreFull):
        store.adopt(staged, BlobId.of(b"x"))
    assert files_below(tmp_path) == []


def test_other_disk_errors_keep_their_type_and_leave_nothing_behind(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        store.put(b"x")
    assert files_below(tmp_path) == []


def test_short_writes_are_continued(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    true_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: true_write(descriptor, data[:7]))
    blob_id = store.put(bytes(range(100)))
    with store.open(blob_id) as file:
        assert file.read() == bytes(range(100))


def test_bytes_then_name_are_synced_before_put_returns(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    blob_path = tmp_path / BlobId.of(b"x")[:2] / BlobId.of(b"x")[2:]

    def fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((target.parent.name, blob_path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    store.put(b"x")
    store.put(b"x")  # known: its name may not have been synced by the other writer yet
    (staging, named_before), (root, named_after), again = synced
    assert (Path(staging).name, named_before) != (root, named_after)
    assert not named_before
    assert (root, named_after) == again == (tmp_path.name, True)


def test_files_of_a_killed_writer_are_swept_and_its_blobs_kept(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    store = LocalStore(tmp_path)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert list(store.ids()) == [BlobId.of(b"acknowledged")]
    assert store.sweep() == 1
    assert store.sweep() == 0
    assert [path.read_bytes() for path in files_below(tmp_path)] == [b"acknowledged"]


def test_sweeping_spares_a_running_writer(
    tmp_path: Path, writer: subprocess.Popen[str], store: LocalStore
) -> None:
    mine = store.staging()
    mine.write_bytes(b"mine")
    assert store.sweep() == 0
    assert sorted(path.read_bytes() for path in files_below(tmp_path / "staging")) == [
        b"half a bl",
        b"mine",
    ]


def test_a_store_no_longer_used_leaves_no_folder_in_staging(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    assert len(list((tmp_path / "staging").iterdir())) == 1
    del store
    gc.collect()
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_an_unusable_folder_is_reported_in_one_line(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        LocalStore(tmp_path / below)
    assert str(tmp_path / below) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_can_t_be_written_is_reported_in_one_line() -> None:
    with pytest.raises(ConfigError, match="can't write to the blob store /proc/blobhls"):
        LocalStore(Path("/proc/blobhls"))
