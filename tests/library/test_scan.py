from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import ROWS_PER_TRANSACTION, CatalogueIntake
from blobhls.index.database import Database
from blobhls.library import scan as scanning
from blobhls.library.build import LibraryMemory, read_tree
from blobhls.library.mounts import mounts_below
from blobhls.library.scan import ScanMemory, ScanResult, scan
from blobhls.library.walk import walk
from blobhls.names.folders import path_id


class Library(Protocol):
    root: Path
    db: Database
    catalogue: Catalogue

    def add(self, *paths: str | bytes) -> None: ...
    def scan(self) -> ScanResult: ...
    def counts_of_scan(self) -> tuple[int, int, int, int]: ...
    def titles(self) -> list[str]: ...
    def paths(self) -> list[str]: ...


PICTURE = BlobId.of(b"picture")


def deny(monkeypatch: pytest.MonkeyPatch, denied: Path) -> None:
    """Make a folder unreadable, even for root."""
    scandir = os.scandir

    def guarded(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path) == denied:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)


def test_movies_and_series_of_any_depth_are_listed_in_order(library: Library) -> None:
    library.add(
        "Heat.mkv",
        "The Alien (1979)/alien.mkv",
        "TV/Lost/Season 02/S02E01.mkv",
        "TV/Lost/Season 01/S01E10.mkv",
        "TV/Lost/Season 01/S01E02.mkv",
        "TV/Lost/Specials/Making of.mkv",
        "notes.txt",
    )
    assert library.counts_of_scan() == (6, 0, 0, 0)
    alien, heat, lost = library.catalogue.shows()[0]
    assert (alien.kind, alien.title, alien.year) == ("movie", "The Alien", 1979)
    assert alien.show_id == alien.videos[0].video_id == path_id("The Alien (1979)/alien.mkv")
    assert heat.title == "Heat"
    assert (lost.kind, lost.title, lost.show_id) == ("series", "Lost", path_id("TV/Lost"))
    assert [(video.season, video.episode) for video in lost.videos] == [
        (1, 2),
        (1, 10),
        (2, 1),
        (0, None),
    ]


def test_a_second_scan_finds_everything_unchanged_and_probed(library: Library) -> None:
    library.add("Heat.mkv", "Lost/S01E01.mkv")
    library.scan()
    library.catalogue.bind_source("Heat.mkv", "source", 60.0)
    assert library.counts_of_scan() == (0, 0, 0, 2)
    assert library.catalogue.video(path_id("Heat.mkv")).source_id == "source"


def test_a_replaced_file_is_probed_again_and_loses_its_problem(library: Library) -> None:
    library.add("Heat.mkv", "Ran.mkv")
    library.scan()
    library.catalogue.bind_source("Heat.mkv", "old", 60.0)
    library.catalogue.flag("Ran.mkv", "not a video")
    assert library.titles() == ["Heat"]
    for name in ("Heat.mkv", "Ran.mkv"):
        (library.root / name).write_bytes(b"another film")
    assert library.counts_of_scan() == (0, 2, 0, 0)
    assert library.titles() == ["Heat", "Ran"]
    assert [video.path for video in library.catalogue.unprobed(9)] == ["Heat.mkv", "Ran.mkv"]
    assert library.catalogue.problems() == []


def test_a_flagged_file_is_unlisted_until_it_changes(library: Library) -> None:
    library.add("Heat.mkv", "Ran.mkv")
    library.scan()
    library.catalogue.flag("Ran.mkv", "not a video")
    library.scan()
    assert library.titles() == ["Heat"]
    assert [(p.path, p.reason) for p in library.catalogue.problems()] == [
        ("Ran.mkv", "not a video")
    ]


def test_a_renamed_file_gets_a_new_id_and_is_probed_again(library: Library) -> None:
    library.add("Heat.mkv", "Ran.mkv")
    library.scan()
    (library.root / "Heat.mkv").rename(library.root / "Heat (1995).mkv")
    assert library.counts_of_scan() == (1, 0, 1, 1)
    assert [video.path for video in library.catalogue.unprobed(1)] == ["Heat (1995).mkv"]
    assert library.titles() == ["Heat", "Ran"]


def test_a_deleted_file_is_unlisted_and_the_series_with_its_last_episode(library: Library) -> None:
    library.add("Heat.mkv", "Lost/S01E01.mkv", "Lost/S01E02.mkv")
    library.scan()
    (library.root / "Lost/S01E01.mkv").unlink()
    assert library.counts_of_scan() == (0, 0, 1, 2)
    assert library.titles() == ["Heat", "Lost"]
    (library.root / "Lost/S01E02.mkv").unlink()
    library.scan()
    assert library.titles() == ["Heat"]
    assert library.catalogue.shows("lost") == ([], 0)


def test_another_film_in_the_folder_changes_the_title_but_not_the_id(
    library: Library,
) -> None:
    library.add("Great Films of Mine/ran.mkv")
    library.scan()
    library.catalogue.bind_source("Great Films of Mine/ran.mkv", "source", 60.0)
    assert library.titles() == ["Great Films of Mine"]
    library.add("Great Films of Mine/heat.mkv")
    assert library.counts_of_scan() == (1, 1, 0, 0)
    assert library.titles() == ["heat", "ran"]
    video = library.catalogue.video(path_id("Great Films of Mine/ran.mkv"))
    assert video.source_id == "source"


@pytest.mark.parametrize("missing", [True, False])
def test_nothing_is_removed_if_everything_is_gone_at_once(
    library: Library, tmp_path: Path, missing: bool
) -> None:
    library.add("Heat.mkv", "Lost/S01E01.mkv")
    library.scan()
    library.root.rename(tmp_path / "elsewhere")
    if not missing:
        library.root.mkdir()
    result = library.scan()
    assert (result.removed, result.unchanged) == (0, 2)
    assert any("not mounted" in problem.reason for problem in result.problems)
    assert library.titles() == ["Heat", "Lost"]
    if not missing:
        library.root.rmdir()
    (tmp_path / "elsewhere").rename(library.root)
    assert library.counts_of_scan() == (0, 0, 0, 2)
    assert library.catalogue.problems() == []


def test_an_empty_library_is_no_problem_at_first(library: Library) -> None:
    assert library.scan() == ScanResult(0, 0, 0, 0, ())


def test_entries_of_an_unreadable_folder_stay_and_the_scan_continues(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add("Heat.mkv", "Locked/deep/Ran.mkv", "Locked/Kagemusha.mkv", "Gone.mkv")
    library.scan()
    (library.root / "Gone.mkv").unlink()
    library.add("New.mkv")
    deny(monkeypatch, library.root / "Locked")
    result = library.scan()
    assert (result.added, result.removed) == (1, 1)
    assert [(problem.path, problem.reason) for problem in result.problems] == [
        ("Locked", "can't be read: permission denied")
    ]
    assert library.paths() == ["Heat.mkv", "Locked/Kagemusha.mkv", "Locked/deep/Ran.mkv", "New.mkv"]
    assert [problem.path for problem in library.catalogue.problems()] == ["Locked"]


def test_a_file_that_may_not_be_opened_is_a_problem_until_it_may(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add("Heat.mkv", "Ran.mkv")
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _mode: Path(path).name != "Ran.mkv")
        assert [problem.path for problem in library.scan().problems] == ["Ran.mkv"]
        assert library.titles() == ["Heat"]
    assert library.scan().problems == ()
    assert library.titles() == ["Heat", "Ran"]


def test_names_that_are_not_utf8_survive_sqlite_and_json(library: Library) -> None:
    name = b"M\xfcnchen \xff.mkv"
    library.add(name, "Lost/S01E01.mkv", b"Lost/S01E02 caf\xe9.mkv")
    library.scan()
    assert library.counts_of_scan() == (0, 0, 0, 3)
    path = os.fsdecode(name)
    video = library.catalogue.video(path_id(path))
    assert (library.root / video.path).read_bytes() == name
    assert video.title == "München ÿ"
    library.catalogue.bind_source(path, "source", None)
    assert [v.path for v in library.catalogue.videos_of_source("source")] == [path]
    assert json.loads(msgspec.json.encode(library.titles())) == ["Lost", "München ÿ"]
    library.catalogue.flag(path, "broken")
    assert [problem.path for problem in library.catalogue.problems()] == [path]


def test_two_names_that_differ_only_in_how_accents_are_encoded_are_a_problem(
    library: Library,
) -> None:
    library.add("Ame\u0301lie.mkv", "Am\u00e9lie.mkv")
    result = library.scan()
    assert len(library.paths()) == result.added == 1
    assert len(result.problems) == 1
    assert "same name" in result.problems[0].reason
    assert unicodedata.normalize("NFC", library.paths()[0]) == "Am\u00e9lie.mkv"


def test_a_loop_of_links_ends_and_the_way_without_links_counts(library: Library) -> None:
    library.add("a/Heat/Heat.mkv", "z/Ran.mkv")
    (library.root / "a/up").symlink_to(library.root)
    (library.root / "0").symlink_to(library.root / "z")
    (library.root / "self").symlink_to("self")
    library.scan()
    assert library.paths() == ["a/Heat/Heat.mkv", "z/Ran.mkv"]


def test_links_out_of_the_library_are_followed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "disk/Lost").mkdir(parents=True)
    (tmp_path / "disk/Lost/S01E01.mkv").write_bytes(b"1")
    (tmp_path / "disk/film.mkv").write_bytes(b"2")
    (library.root / "Series").symlink_to(tmp_path / "disk/Lost")
    (library.root / "Heat.mkv").symlink_to(tmp_path / "disk/film.mkv")
    library.scan()
    assert library.paths() == ["Heat.mkv", "Series/S01E01.mkv"]


def test_a_link_that_points_to_nothing_is_a_problem(library: Library) -> None:
    library.add("Heat.mkv")
    (library.root / "Ran.mkv").symlink_to("nowhere.mkv")
    (library.root / "text").symlink_to("nowhere.txt")
    assert [(p.path, p.reason) for p in library.scan().problems] == [
        ("Ran.mkv", "the link points to nothing")
    ]


def test_pipes_junk_and_samples_are_ignored(library: Library) -> None:
    library.add(
        "Heat/Heat.mkv", "Heat/Sample/heat.mkv", "Heat/heat-sample.mkv", "@eaDir/x.mkv", ".a/x.mkv"
    )
    os.mkfifo(library.root / "pipe.mkv")
    (library.root / "folder.mkv").mkdir()
    result = library.scan()
    assert result.problems == ()
    assert library.paths() == ["Heat/Heat.mkv"]


def test_more_files_than_fit_a_transaction_are_all_listed_and_removed(
    library: Library,
) -> None:
    library.add(*(f"Lost/S01E{number:04d}.mkv" for number in range(ROWS_PER_TRANSACTION + 20)))
    library.add("Heat.mkv")
    library.scan()
    assert len(library.paths()) == ROWS_PER_TRANSACTION + 21
    for file in (library.root / "Lost").iterdir():
        file.unlink()
    library.scan()
    assert library.paths() == ["Heat.mkv"]


def artwork_paths(library: Library) -> list[tuple[str, str, bool]]:
    return [(task.kind, task.path, task.is_frame) for task in library.catalogue.artwork_todo(99)]


def test_a_show_without_artwork_gets_frames_of_its_first_video(library: Library) -> None:
    library.add("Lost/S01E02.mkv", "Lost/S01E01.mkv")
    library.scan()
    assert artwork_paths(library) == [
        ("banner", "Lost/S01E01.mkv", True),
        ("thumbnail", "Lost/S01E01.mkv", True),
    ]


def test_artwork_goes_to_the_series_episode_or_movie_in_its_folder(
    library: Library,
) -> None:
    library.add(
        "Lost/poster.jpg", "Lost/Season 1/S01E01.mkv", "Lost/Season 1/S01E01-thumb.jpg",
        "Heat/Heat.mkv", "Heat/Folder.JPG", "Heat/fanart.png",
        "Films/Ran.mkv", "Films/Ran-poster.webp", "Films/Alien.mkv", "Films/poster.jpg",
    )  # fmt: skip
    library.scan()
    files = {path for _kind, path, is_frame in artwork_paths(library) if not is_frame}
    assert files == {
        "Lost/poster.jpg",
        "Lost/Season 1/S01E01-thumb.jpg",
        "Heat/Folder.JPG",
        "Heat/fanart.png",
        "Films/Ran-poster.webp",
    }


def test_artwork_is_rendered_again_when_its_file_changes_or_vanishes(
    library: Library,
) -> None:
    library.add("Heat/Heat.mkv", "Heat/poster.jpg")
    library.scan()
    show_id = path_id("Heat/Heat.mkv")
    for kind in ("thumbnail", "banner"):
        library.catalogue.set_artwork(show_id, kind, PICTURE)
    library.scan()
    assert artwork_paths(library) == []
    (library.root / "Heat/poster.jpg").write_bytes(b"a new one")
    library.scan()
    assert library.catalogue.artwork(show_id).thumbnail is None
    assert artwork_paths(library) == [("thumbnail", "Heat/poster.jpg", False)]
    (library.root / "Heat/poster.jpg").unlink()
    library.scan()
    assert artwork_paths(library) == [("thumbnail", "Heat/Heat.mkv", True)]
    assert library.catalogue.artwork(show_id).banner == PICTURE
    library.add("Heat/cover.png")
    library.scan()
    assert artwork_paths(library) == [("thumbnail", "Heat/cover.png", False)]
    (library.root / "Heat/Heat.mkv").write_bytes(b"director's cut")
    library.scan()
    assert artwork_paths(library) == [
        ("thumbnail", "Heat/cover.png", False),
        ("banner", "Heat/Heat.mkv", True),
    ]


def test_entries_of_growing_files_stay_unchanged(library: Library) -> None:
    library.add("Heat.mkv", "Ran.mkv")
    library.scan()
    library.catalogue.bind_source("Heat.mkv", "source", 60.0)
    (library.root / "Heat.mkv").write_bytes(b"another film, half of it")
    (library.root / "Ran.mkv").unlink()
    library.add("Alien.mkv", "New/Lost S01E01.mkv")
    growing = frozenset({"Heat.mkv", "Ran.mkv", "Alien.mkv", "New"})
    result = scan(library.root, CatalogueIntake(library.db), growing)
    assert (result.added, result.changed, result.removed) == (0, 0, 0)
    assert library.catalogue.video(path_id("Heat.mkv")).source_id == "source"
    assert library.counts_of_scan() == (2, 1, 1, 0)


def test_a_walk_with_memory_finds_the_same(library: Library) -> None:
    memory = LibraryMemory()

    def check() -> None:
        tree = walk(library.root, memory.walk)
        assert tree == walk(library.root)
        assert read_tree(tree, "Library", memory) == read_tree(tree, "Library")

    library.add("Heat/Heat.mkv", "Heat/trailers/a.mkv", "Lost/Season 1/S01E01.mkv", "Ran.mkv")
    check()
    library.add("Heat/Heat - 4K.mkv", "Lost/Season 1/poster.jpg", "Lost/extras/b.mkv")
    check()
    library.add("Heat/Ronin.mkv")  # what was a trailer of Heat is a film among films
    check()
    (library.root / "Lost/Season 1").rename(library.root / "Lost/Season 2")
    (library.root / "Ran.mkv").write_bytes(b"another")
    check()
    (library.root / "Heat/Ronin.mkv").unlink()
    check()


@pytest.fixture
def again(library: Library) -> Callable[..., tuple[int, int, int, int]]:
    """Scans as the server does, with its memory; the first scan is done when a test begins."""
    memory = ScanMemory()

    def again(*growing: str) -> tuple[int, int, int, int]:
        found = scan(library.root, CatalogueIntake(library.db), growing, memory)
        return found.added, found.changed, found.removed, found.unchanged

    library.add("Heat/Heat.mkv", "Ran.mkv")
    assert [again(), again(), again()] == [(2, 0, 0, 0), (0, 0, 0, 2), (0, 0, 0, 2)]
    return again


Again = Callable[..., tuple[int, int, int, int]]


def test_a_growing_file_in_an_unchanged_folder_is_noticed(library: Library, again: Again) -> None:
    folder = (library.root / "Heat").stat()
    with (library.root / "Heat/Heat.mkv").open("ab") as file:
        file.write(b"more")
    assert (library.root / "Heat").stat().st_mtime_ns == folder.st_mtime_ns
    assert again() == (0, 1, 0, 1)
    assert [again(), again()] == [(0, 0, 0, 2)] * 2


def test_changes_of_the_catalogue_by_another_program_are_corrected(
    library: Library, again: Again
) -> None:
    CatalogueIntake(library.db).apply(["Ran.mkv"], [])
    assert again() == (1, 0, 0, 1)
    video = library.catalogue.video(path_id("Ran.mkv"))
    library.catalogue.renew(video, 1, 1)
    assert again() == (0, 1, 0, 1)


def test_a_grown_file_is_updated_once_it_is_quiet(library: Library, again: Again) -> None:
    library.add("Alien.mkv")
    assert [again("Alien.mkv"), again("Alien.mkv")] == [(0, 0, 0, 2)] * 2
    assert again() == (1, 0, 0, 2)
    library.add("Jaws.mkv")
    assert [again("Jaws.mkv"), again("Jaws.mkv")] == [(0, 0, 0, 3)] * 2
    (library.root / "Jaws.mkv").unlink()
    assert [again(), again(), again()] == [(0, 0, 0, 3)] * 3
    assert library.catalogue.problems() == []


def test_a_file_that_can_not_be_opened_is_a_problem_until_it_can_be(
    library: Library, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda path, _mode: not path.endswith("Ran.mkv"))
        for _ in range(3):
            assert again() == (0, 0, 0, 2)
            assert [problem.path for problem in library.catalogue.problems()] == ["Ran.mkv"]
    assert again() == (0, 0, 0, 2)
    assert library.catalogue.problems() == []


def test_an_unchanged_catalogue_keeps_its_entries_when_the_disk_vanishes(
    library: Library, again: Again
) -> None:
    library.root.rename(library.root.parent / "elsewhere")
    library.root.mkdir()
    assert [again(), again()] == [(0, 0, 0, 2)] * 2
    assert len(library.catalogue.problems()) == 1
    library.root.rmdir()
    (library.root.parent / "elsewhere").rename(library.root)
    assert [again(), again()] == [(0, 0, 0, 2)] * 2
    assert library.catalogue.problems() == []


def test_an_unmounted_disk_inside_the_library_loses_no_entries(
    library: Library, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = {"disk"}
    monkeypatch.setattr(scanning, "mounts_below", lambda _root: frozenset(mounted))
    library.add("disk/Alien.mkv", "disk/Lost/S01E01.mkv")
    assert again() == (2, 0, 0, 2)
    mounted.clear()
    (library.root / "disk").rename(library.root.parent / "unmounted")
    (library.root / "disk").mkdir()
    assert [again(), again(), library.counts_of_scan()] == [(0, 0, 0, 4)] * 3
    (problem,) = library.catalogue.problems()
    assert (problem.path, "not mounted" in problem.reason) == ("disk", True)
    mounted.add("disk")
    (library.root / "disk").rmdir()
    (library.root.parent / "unmounted").rename(library.root / "disk")
    assert [again(), again()] == [(0, 0, 0, 4)] * 2
    assert library.catalogue.problems() == []


def test_a_former_mount_point_with_files_is_an_ordinary_folder(
    library: Library, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = {"disk", "gone"}
    monkeypatch.setattr(scanning, "mounts_below", lambda _root: frozenset(mounted))
    library.add("disk/Alien.mkv", "gone/Jaws.mkv")
    again()
    mounted.clear()
    (library.root / "disk/Alien.mkv").rename(library.root / "disk/Aliens.mkv")
    (library.root / "gone/Jaws.mkv").unlink()
    (library.root / "gone").rmdir()
    assert again() == (1, 0, 2, 2)
    (library.root / "disk/Aliens.mkv").unlink()
    assert again() == (0, 0, 1, 2)
    assert library.catalogue.problems() == []


def test_escapes_in_the_mount_table_are_decoded(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    top = tmp_path.resolve()
    table.write_text(
        f"30 1 0:2 / / rw - ext4 /dev/vda rw\n50 30 0:47 / {top}/a\\040b/c rw - tmpfs none rw\n"
        f"51 30 0:48 / {top}x rw - tmpfs none rw\n52 30 0:49 / {top} rw - tmpfs none rw\n"
    )
    assert mounts_below(top, table) == {"a b/c"}
    assert mounts_below(top, tmp_path / "none") == frozenset()


def test_unsupported_subtitles_are_reported(library: Library, again: Again) -> None:
    library.add("Heat/Heat.idx", "Heat/Heat.sub", "Heat/Heat.en.srt")
    assert [again(), again()] == [(0, 0, 0, 2)] * 2
    (text,) = library.catalogue.subtitle_files.of_video(path_id("Heat/Heat.mkv"))
    library.catalogue.subtitle_files.mark_done(text, "not text")
    found = [(problem.path, problem.reason) for problem in library.catalogue.problems()]
    assert [path for path, _ in found] == ["Heat/Heat.en.srt", "Heat/Heat.idx"]
    assert found[0][1] == "not text"
    assert library.catalogue.counts().problems == 2
