"""Files next to videos, and versions and parts: from a folder to the catalogue."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from blobhls.api.catalogue.show_values import SeriesValue, show_value
from blobhls.blob import BlobId
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import ArtworkIds, season_id
from blobhls.index.database import Database
from blobhls.library.scan import ScanResult
from blobhls.names.folders import path_id
from blobhls.names.nfo import Details, read_nfo

PICTURE = BlobId.of(b"picture")


class Library(Protocol):
    root: Path
    db: Database
    catalogue: Catalogue

    def add(self, *paths: str | bytes) -> None: ...
    def scan(self) -> ScanResult: ...
    def counts_of_scan(self) -> tuple[int, int, int, int]: ...
    def titles(self) -> list[str]: ...


def artwork(library: Library) -> dict[str, tuple[str, str]]:
    return {
        task.path: (task.owner_id, task.kind)
        for task in library.catalogue.artwork_todo(99)
        if not task.is_frame
    }


def test_versions_of_a_film_are_one_movie(library: Library) -> None:
    library.add("Heat (1995)/Heat (1995) - 1080p.mkv", "Heat (1995)/Heat (1995) - 4K.mkv")
    assert library.counts_of_scan() == (2, 0, 0, 0)
    (heat,) = library.catalogue.shows()[0]
    assert heat.show_id == path_id("Heat (1995)/Heat (1995) - 4K.mkv")
    assert [video.version for video in heat.videos] == ["4K"]
    assert [video.version for video in heat.others] == ["1080p"]
    assert library.catalogue.video(heat.others[0].video_id).main_id == heat.show_id
    assert library.counts_of_scan() == (0, 0, 0, 2)


def test_if_the_main_version_is_damaged_another_is_used(library: Library) -> None:
    library.add("Heat (1995)/Heat (1995).mkv", "Heat (1995)/Heat (1995) - 4K.mkv")
    library.scan()
    library.catalogue.flag("Heat (1995)/Heat (1995).mkv", "damaged")
    (heat,) = library.catalogue.shows()[0]
    assert heat.show_id == path_id("Heat (1995)/Heat (1995).mkv")
    assert [video.version for video in heat.videos] == ["4K"]


def test_extras_belong_to_the_show_and_are_not_episodes(library: Library) -> None:
    library.add(
        "Heat (1995)/Heat.mkv", "Heat (1995)/trailers/Teaser.mkv", "Heat (1995)/Diner-scene.mkv",
        "TV/Lost/Season 1/S01E01.mkv", "TV/Lost/Season 1/Extras/Bloopers.mkv",
        "TV/Lost/interviews/Abrams.mkv", "TV/Lost/Specials/S00E01.mkv",
    )  # fmt: skip
    library.scan()
    heat, lost = library.catalogue.shows()[0]
    assert [(video.extra, video.title) for video in heat.extras] == [
        ("scene", "Diner"),
        ("trailer", "Teaser"),
    ]
    assert [video.title for video in lost.videos] == ["Episode 1", "Episode 1"]
    assert {(video.extra, video.title) for video in lost.extras} == {
        ("other", "Bloopers"),
        ("interview", "Abrams"),
    }
    assert library.catalogue.shows("bloopers")[1] == 0


def test_folders_that_only_look_like_extras_hold_films(library: Library) -> None:
    library.add("Films/Heat.mkv", "Films/Ran.mkv", "Films/Trailers/Alien.mkv", "Extras/S01E01.mkv")
    library.scan()
    assert library.titles() == ["Alien", "Extras", "Heat", "Ran"]


def test_parts_are_in_playing_order(library: Library) -> None:
    library.add(*(f"Heat (1995)/Heat-cd{number}.avi" for number in (2, 1, 3)))
    library.scan()
    (heat,) = library.catalogue.shows()[0]
    assert [video.part for video in (*heat.videos, *heat.others)] == [1, 2, 3]


def test_artwork_with_usual_names_belongs_to_its_show(library: Library) -> None:
    library.add(
        "Heat/Heat.mkv", "Heat/poster.jpg", "Heat/banner.jpg", "Heat/fanart.jpg",
        "Heat/landscape.jpg", "Heat/logo.png", "TV/Lost/Season 1/S01E01.mkv",
        "TV/Lost/Season 1/S01E01-thumb.jpg", "TV/Lost/Season 1/poster.jpg",
        "TV/Lost/season02-poster.jpg", "TV/Lost/Season 2/S02E01.mkv", "TV/Lost/backdrop.jpg",
    )  # fmt: skip
    library.scan()
    heat, lost = path_id("Heat/Heat.mkv"), path_id("TV/Lost")
    found = artwork(library)
    assert found["Heat/poster.jpg"] == (heat, "thumbnail")
    assert found["Heat/banner.jpg"] == (heat, "banner")
    assert found["Heat/fanart.jpg"] == (heat, "backdrop")
    assert found["Heat/landscape.jpg"] == (heat, "landscape")
    assert found["Heat/logo.png"] == (heat, "logo")
    assert found["TV/Lost/Season 1/poster.jpg"] == (season_id(lost, 1), "thumbnail")
    assert found["TV/Lost/season02-poster.jpg"] == (season_id(lost, 2), "thumbnail")
    assert found["TV/Lost/Season 1/S01E01-thumb.jpg"][0] == path_id("TV/Lost/Season 1/S01E01.mkv")
    assert found["TV/Lost/backdrop.jpg"][0] == lost
    library.catalogue.set_artwork(season_id(lost, 2), "thumbnail", PICTURE)
    assert library.catalogue.show(lost).seasons == {2: ArtworkIds(PICTURE)}


def test_an_nfo_file_is_read_once_and_deleted_with_its_file(library: Library) -> None:
    library.add("Heat/Heat.mkv", "Heat/movie.nfo", "Lost/tvshow.nfo", "Lost/S01E01.mkv")
    library.add("Lost/S01E01.nfo", "Lost/other.nfo")
    library.scan()
    notes = library.catalogue.nfo_files
    tasks = {task.path: task for task in notes.todo(9)}
    assert {path: task.owner_id for path, task in tasks.items()} == {
        "Heat/movie.nfo": path_id("Heat/Heat.mkv"),
        "Lost/tvshow.nfo": path_id("Lost"),
        "Lost/S01E01.nfo": path_id("Lost/S01E01.mkv"),
    }
    notes.mark_done(
        tasks["Heat/movie.nfo"], Details(title="Hitze", original_title="Heat", year=1996)
    )
    notes.mark_done(tasks["Lost/S01E01.nfo"], Details(title="Pilot"))
    notes.mark_done(tasks["Lost/tvshow.nfo"], None)
    library.scan()
    assert notes.todo(9) == []
    assert library.titles() == ["Hitze", "Lost"]
    assert [show.year for show in library.catalogue.shows("heat")[0]] == [1996]
    assert library.catalogue.shows("pilot")[1] == 1
    assert library.catalogue.video(path_id("Lost/S01E01.mkv")).title == "Pilot"
    (library.root / "Heat/movie.nfo").write_bytes(b"another")
    library.scan()
    assert [task.path for task in notes.todo(9)] == ["Heat/movie.nfo"]
    (library.root / "Heat/movie.nfo").unlink()
    library.scan()
    assert library.titles() == ["Heat", "Lost"]


def test_a_deleted_film_takes_its_nfo_along(library: Library) -> None:
    library.add("Heat/Heat.mkv", "Heat/Heat.nfo", "Ran.mkv")
    library.scan()
    for name in ("Heat.mkv", "Heat.nfo"):
        (library.root / "Heat" / name).unlink()
    library.scan()
    assert library.catalogue.nfo_files.todo(9) == []


def texts(library: Library) -> dict[str, tuple[str, str | None]]:
    rows = library.db.all("SELECT path, video_id, language FROM texts")
    return {path.decode(): (video_id, language) for path, video_id, language in rows}


def test_subtitle_files_belong_to_the_video_they_are_named_after(library: Library) -> None:
    library.add(
        "Films/Heat.mkv", "Films/Heat.en.srt", "Films/Heat.2.mkv", "Films/Heat.2.de.forced.ass",
        "Ran (1985)/Ran.mkv", "Ran (1985)/Subs/2_English.srt", "Ran (1985)/Ran.ja.vtt",
        "Films/other.srt",
    )  # fmt: skip
    library.scan()
    assert texts(library) == {
        "Films/Heat.en.srt": (path_id("Films/Heat.mkv"), "en"),
        "Films/Heat.2.de.forced.ass": (path_id("Films/Heat.2.mkv"), "de"),
        "Ran (1985)/Subs/2_English.srt": (path_id("Ran (1985)/Ran.mkv"), "en"),
        "Ran (1985)/Ran.ja.vtt": (path_id("Ran (1985)/Ran.mkv"), "ja"),
    }
    (library.root / "Films/Heat.en.srt").unlink()
    library.scan()
    assert "Films/Heat.en.srt" not in texts(library)


def test_a_renamed_file_keeps_its_survey(library: Library) -> None:
    library.add("Heat.mkv", "Lost/S01E01.mkv", "Lost/S01E02.mkv")
    library.scan()
    for path, source in (("Heat.mkv", "1"), ("Lost/S01E01.mkv", "2"), ("Lost/S01E02.mkv", "3")):
        library.catalogue.bind_source(path, source, 60.0)
    (library.root / "Heat.mkv").rename(library.root / "Heat (1995).mkv")
    (library.root / "Lost").rename(library.root / "Lost (2004)")
    assert library.counts_of_scan() == (3, 0, 3, 0)
    assert library.catalogue.unprobed(9) == []
    assert library.catalogue.video(path_id("Heat (1995).mkv")).source_id == "1"
    assert library.catalogue.video(path_id("Lost (2004)/S01E02.mkv")).source_id == "3"


def test_indistinguishable_files_are_surveyed_again(library: Library) -> None:
    library.add("a.mkv", "b.mkv", "Ran.mkv")
    for name in ("a.mkv", "b.mkv"):
        (library.root / name).write_bytes(b"same size")
    stamp = (library.root / "a.mkv").stat().st_mtime_ns
    os.utime(library.root / "b.mkv", ns=(stamp, stamp))
    library.scan()
    for name in ("a.mkv", "b.mkv"):
        library.catalogue.bind_source(name, name, 60.0)
        (library.root / name).rename(library.root / f"new {name}")
    library.scan()
    assert [video.path for video in library.catalogue.unprobed(9)] == [
        "Ran.mkv",
        "new a.mkv",
        "new b.mkv",
    ]


def test_a_season_has_a_title_and_a_plot_of_its_own(library: Library) -> None:
    library.add("Lost/Season 1/S01E01.mkv", "Lost/Season 1/season.nfo", "Lost/Season 2/S02E01.mkv")
    library.add("Ran/Ran.mkv", "Ran/season.nfo")  # of nothing
    library.scan()
    (task,) = library.catalogue.nfo_files.todo(9)
    assert task.path == "Lost/Season 1/season.nfo"
    body = b"<season><seasonnumber>1</seasonnumber><title>The Island</title><plot>x</plot></season>"
    library.catalogue.nfo_files.mark_done(task, read_nfo(body))
    (lost,) = library.catalogue.shows("lost")[0]
    said = lost.details[season_id(lost.show_id, 1)]
    assert (lost.title, said.title, said.plot) == ("Lost", "The Island", "x")
    series = show_value(lost, BlobId.of(b""))
    assert isinstance(series, SeriesValue)
    assert [(season.title, season.plot) for season in series.seasons] == [
        ("The Island", "x"),
        (None, None),
    ]


def test_subtitles_in_their_own_folder_belong_to_their_video(library: Library) -> None:
    library.add("Heat/Heat.mkv", "Heat/Heat - 4K.mkv", "Heat/Subs/2_English.srt")
    library.add("Das Boot/Boot-cd1.avi", "Das Boot/Boot-cd2.avi", "Das Boot/Subs/German.srt")
    library.add("Das Boot/Subs/Boot-cd2.de.srt")
    library.add("Lost/S01E01.mkv", "Lost/S01E02.mkv", "Lost/Subs/S01E02/3_German.forced.srt")
    library.add("Lost/Subs/S01E09/2_English.srt", "Lost/Subs/2_English.srt")
    library.scan()
    rows = library.db.all("SELECT path, video_id, language, forced FROM texts ORDER BY path")
    found = [(os.fsdecode(path), *rest) for path, *rest in rows]
    assert found == [
        ("Das Boot/Subs/Boot-cd2.de.srt", path_id("Das Boot/Boot-cd2.avi"), "de", 0),
        ("Heat/Subs/2_English.srt", path_id("Heat/Heat.mkv"), "en", 0),
        ("Lost/Subs/S01E02/3_German.forced.srt", path_id("Lost/S01E02.mkv"), "de", 1),
    ]
