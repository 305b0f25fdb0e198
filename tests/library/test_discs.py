from __future__ import annotations

from typing import Protocol

import pytest

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import Show, VideoRow
from blobhls.library.discs import gather_discs
from blobhls.library.scan import ScanResult
from blobhls.library.walk import FoundFile, FoundFolder
from blobhls.names.folders import path_id


class Library(Protocol):
    catalogue: Catalogue

    def add(self, *paths: str | bytes) -> None: ...
    def scan(self) -> ScanResult: ...
    def titles(self) -> list[str]: ...


DVD = ["VIDEO_TS.VOB", "VTS_01_0.VOB", "VTS_01_1.VOB", "VTS_01_2.VOB", "VTS_01_3.VOB"]


def folder(path: str, **sizes: int) -> FoundFolder:
    """A folder of videos by name, `__` for the dot, and size."""
    files = (FoundFile(name.replace("__", "."), size, 1) for name, size in sizes.items())
    return FoundFolder(path, tuple(files), (), ())


def played(*folders: FoundFolder) -> dict[str, list[str]]:
    gathered = gather_discs(folders)
    return {path: [file.name for file in disc.files] for path, disc in gathered.discs.items()}


def files_of(show: Show) -> list[tuple[str, int | None]]:
    rows: list[VideoRow] = sorted((*show.videos, *show.others), key=lambda row: row.part or 0)
    return [(row.path, row.part) for row in rows]


@pytest.mark.parametrize("below", ["VIDEO_TS/", "video_ts/", ""])
def test_a_dvd_is_one_film_in_parts_named_by_its_folder(library: Library, below: str) -> None:
    library.add(*(f"Films/Alien (1979) {{tmdb-348}}/{below}{name}" for name in DVD))
    library.add("Films/Alien (1979) {tmdb-348}/poster.jpg", "Films/Ran.mkv")
    library.scan()
    alien, _ = library.catalogue.shows()[0]
    assert (alien.title, alien.year, alien.ids) == ("Alien", 1979, {"tmdb": "348"})
    home = f"Films/Alien (1979) {{tmdb-348}}/{below}"
    assert files_of(alien) == [(f"{home}VTS_01_{n}.VOB", n) for n in (1, 2, 3)]
    assert alien.show_id == path_id(f"{home}VTS_01_1.VOB")
    assert {row.version for row in (*alien.videos, *alien.others)} == {"DVD"}
    assert (alien.show_id, "thumbnail") in {
        (task.owner_id, task.kind)
        for task in library.catalogue.artwork_todo(9)
        if not task.is_frame
    }


def test_a_blu_ray_is_its_largest_stream() -> None:
    streams = folder(
        "Alien (1979)/BDMV/STREAM", **{"00000__m2ts": 5, "00800__m2ts": 99, "00001__m2ts": 98}
    )
    assert played(streams) == {"Alien (1979)": ["BDMV/STREAM/00800.m2ts"]}


def test_a_blu_ray_is_listed_as_one_film_only(
    library: Library,
) -> None:
    library.add(*(f"Alien (1979)/BDMV/STREAM/0000{n}.m2ts" for n in range(3)))
    library.add("Alien (1979)/BDMV/BACKUP/index.bdmv", "Alien (1979)/CERTIFICATE/id.bdmv")
    library.scan()
    (alien,) = library.catalogue.shows()[0]
    assert (alien.title, alien.year, len(alien.others), len(alien.extras)) == ("Alien", 1979, 0, 0)


def test_the_large_title_sets_of_a_dvd_play_in_sequence() -> None:
    disc = folder(
        "Show/VIDEO_TS",
        VTS_01_1__VOB=9,
        VTS_02_1__VOB=60,
        VTS_02_2__VOB=40,
        VTS_03_1__VOB=80,
        VTS_03_0__VOB=500,
        VIDEO_TS__VOB=500,
    )
    names = ["VTS_02_1.VOB", "VTS_02_2.VOB", "VTS_03_1.VOB"]
    assert played(disc) == {"Show": [f"VIDEO_TS/{name}" for name in names]}


def test_two_discs_of_a_film_are_one_sequence(library: Library) -> None:
    paths = [f"Dune (1984)/Disc {disc}/VIDEO_TS/VTS_01_{n}.VOB" for disc in (1, 2) for n in (1, 2)]
    library.add(*paths)
    library.scan()
    (dune,) = library.catalogue.shows()[0]
    assert (dune.title, dune.year) == ("Dune", 1984)
    assert files_of(dune) == [(path, n) for n, path in enumerate(paths, 1)]


def test_a_disc_next_to_a_file_of_the_film_is_another_version(library: Library) -> None:
    library.add("Alien (1979)/Alien (1979).mkv", *(f"Alien (1979)/VIDEO_TS/{n}" for n in DVD))
    library.scan()
    (alien,) = library.catalogue.shows()[0]
    found = [(row.path.rpartition("/")[2], row.version) for row in (*alien.videos, *alien.others)]
    assert sorted(found) == [
        ("Alien (1979).mkv", ""), *((f"VTS_01_{n}.VOB", "DVD") for n in (1, 2, 3))
    ]  # fmt: skip


def test_a_disc_of_a_season_is_an_episode_of_the_series(library: Library) -> None:
    library.add("Lost/Season 1/S01E01.mkv", "Lost/Season 2/Disc 1/VIDEO_TS/VTS_01_1.VOB")
    library.scan()
    (lost,) = library.catalogue.shows()[0]
    assert [(row.season, row.episode, row.title) for row in lost.videos] == [
        (1, 1, "Episode 1"),
        (2, None, "Disc"),
    ]


@pytest.mark.parametrize(
    ("path", "title"), [("VIDEO_TS", "Library"), ("BDMV/STREAM", "Library"), ("DVD", "DVD")]
)
def test_a_disc_at_the_top_is_named_after_its_folder_or_the_library(
    library: Library, path: str, title: str
) -> None:
    library.add(f"{path}/VTS_01_1.VOB" if "BDMV" not in path else f"{path}/00000.m2ts")
    library.scan()
    assert library.titles() == [title]


def test_vobs_and_streams_with_other_names_are_ordinary_videos(library: Library) -> None:
    library.add("Films/Heat.vob", "Films/Ran.m2ts", "Camera/00001.m2ts", "Camera/00002.m2ts")
    library.scan()
    assert library.titles() == ["00001", "00002", "Heat", "Ran"]


def test_the_nfo_file_of_a_disc_is_found(library: Library) -> None:
    library.add("Alien/VIDEO_TS/VTS_01_1.VOB", "Alien/VIDEO_TS/VIDEO_TS.nfo")
    library.add("Ran/BDMV/STREAM/00000.m2ts", "Ran/BDMV/index.nfo")
    library.scan()
    todo = {task.path for task in library.catalogue.nfo_files.todo(9)}
    assert todo == {"Alien/VIDEO_TS/VIDEO_TS.nfo", "Ran/BDMV/index.nfo"}
