"""References mean files below known folders, and the files that they were made of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.errors import SourceBroken, SourceChanged, SourceOffline
from blobhls.media.error_values import ErrorValue
from blobhls.media.execution import Executor
from blobhls.media.jobs import Artwork, Placeholder, Survey
from blobhls.media.places import Places
from blobhls.media.references import BlobFile, LibraryFile, SourceFile, StagedFile
from blobhls.media.results import Engine
from blobhls.store.local import LocalStore
from blobhls.workers.messages import Codec

ENGINE = Engine("this one", "none")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("library", "blobs", "staging"):
        (tmp_path / name).mkdir()
    return Places(tmp_path / "library", tmp_path / "blobs", tmp_path / "staging")


def written(places: Places, name: bytes, content: bytes = b"a film") -> LibraryFile:
    """A reference to a new file as it is now."""
    path = places.path(LibraryFile(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = path.stat()
    return LibraryFile(name, found.st_size, found.st_mtime_ns)


@pytest.mark.parametrize(
    "reference",
    [
        LibraryFile(b"../secret"),
        LibraryFile(b"films/../../secret"),
        LibraryFile(b"/etc/passwd"),
        LibraryFile(b"films//etc"),
        LibraryFile(b"./film.mkv"),
        LibraryFile(b""),
        LibraryFile(b"film\0.mkv"),
        StagedFile("../secret"),
        StagedFile("a/b"),
        StagedFile("/etc/passwd"),
        StagedFile(".."),
        StagedFile("."),
        StagedFile(""),
        BlobFile(BlobId("../../secret")),
        BlobFile(BlobId("A" * 64)),
    ],
)
def test_a_reference_that_leads_out_of_its_folder_is_refused(
    reference: SourceFile, places: Places
) -> None:
    with pytest.raises(ValueError, match=r"leads out|hex digits"):
        places.path(reference)


def test_a_worker_refuses_to_write_outside_staging(places: Places) -> None:
    executor = Executor(places, ENGINE)
    with pytest.raises(ValueError, match="leads out"):
        executor.execute(Placeholder(StagedFile("../library/x")))
    assert list(places.library.iterdir()) == []
    with pytest.raises(ValueError, match="leads out"):
        executor.execute(Artwork(StagedFile("x"), LibraryFile(b"../staging/y"), 10, 10))


def test_a_blob_is_where_the_store_has_it(places: Places) -> None:
    blob_id = LocalStore(places.blobs).put(b"bytes")
    assert places.path(BlobFile(blob_id)).read_bytes() == b"bytes"


def test_a_name_that_is_not_utf_8_is_found_and_told_with_a_mark(places: Places) -> None:
    reference = written(places, b"films/caf\xe9.mkv")
    assert reference.path == b"films/caf\xe9.mkv"
    assert reference.title == "caf\ufffd.mkv"
    with places.source(reference) as path:
        assert path.read_bytes() == b"a film"


def test_an_error_about_a_name_that_is_not_utf_8_travels(places: Places) -> None:
    error = SourceOffline("can't read " + os.fsdecode(b"caf\xe9"))
    value = ErrorValue.of(error)
    assert str(value.error()) == "can't read caf?"
    assert Codec().frame(value)


def test_a_file_that_is_not_there_is_offline(places: Places) -> None:
    absent = LibraryFile(b"film.mkv", 1, 1)
    with pytest.raises(SourceOffline, match=r"film\.mkv: No such"), places.source(absent):
        pytest.fail("there is nothing to read")


def test_a_file_of_another_size_or_time_is_changed(places: Places) -> None:
    reference = written(places, b"film.mkv")
    with places.source(reference):
        pass
    os.utime(places.path(reference), ns=(0, 0))
    with pytest.raises(SourceChanged, match="changing just now"), places.source(reference):
        pytest.fail("nothing may be read of it")
    longer = written(places, b"film.mkv", b"a longer film")
    assert longer.mtime_ns is not None
    os.utime(places.path(longer), ns=(0, reference.mtime_ns or 0))
    with pytest.raises(SourceChanged), places.source(reference):
        pytest.fail("nothing may be read of it")
    with places.source(LibraryFile(b"film.mkv")):
        pass  # nobody said what it should be


def test_a_file_that_changes_meanwhile_is_changed_where_that_matters(places: Places) -> None:
    def grow(path: Path) -> None:
        path.write_bytes(path.read_bytes() + b"!")

    def break_over(path: Path) -> None:
        grow(path)
        raise SourceBroken("only half of it is there")

    reference = written(places, b"film.mkv")
    with places.source(reference) as path:
        grow(path)
    reference = written(places, b"film.mkv")
    with pytest.raises(SourceChanged), places.source(reference, throughout=True) as path:
        grow(path)
    reference = written(places, b"film.mkv")
    with pytest.raises(SourceChanged), places.source(reference, throughout=True) as path:
        break_over(path)
    reference = written(places, b"film.mkv")
    with pytest.raises(SourceBroken), places.source(reference, throughout=True):
        raise SourceBroken("no video")


def test_a_survey_of_a_file_that_is_another_by_now_is_not_made(
    places: Places, clip_mp4: Path
) -> None:
    reference = written(places, b"film.mp4", clip_mp4.read_bytes())
    executor = Executor(places, ENGINE)
    assert executor.execute(Survey(reference)).duration == 12
    os.utime(places.path(reference), ns=(0, 0))
    with pytest.raises(SourceChanged):
        executor.execute(Survey(reference))
