from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.names.file_kinds import (
    Artwork,
    ArtworkKind,
    complete_videos,
    folder_artwork,
    has_ignore_file,
    is_junk_folder,
    is_partial,
    is_video,
    season_artwork,
    unsupported_subtitles,
    video_artwork,
)
from blobhls.names.titles import natural_key, printable, sort_title


@pytest.mark.parametrize(
    "name", ["a.mkv", "a.MP4", "a.b.webm", "x.m2ts", "é.OGV", "\udcff.ts", "a.dv"]
)
def test_a_video_is_recognised_by_its_extension(name: str) -> None:
    assert is_video(name)


@pytest.mark.parametrize(
    "name", [".a.mkv", "._a.mkv", "mkv", "a.mkv.part", "a.mp3", "a.srt", "a.", "a.mkv.!qB", ".mkv"]
)
def test_hidden_partial_and_other_files_are_not_videos(name: str) -> None:
    assert not is_video(name)


@pytest.mark.parametrize("name", ["a.mkv.part", "a.mkv.crdownload", "a.mkv.!qB", "a.mkv.aria2"])
def test_a_partial_download_marks_the_file_it_is_for(name: str) -> None:
    assert is_partial(name)
    assert complete_videos(["a.mkv", "b.mkv"], [name]) == ["b.mkv"]


@pytest.mark.parametrize(
    "name", [".git", "@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", "_UNPACK_Heat"]
)
def test_junk_folders_are_not_scanned(name: str) -> None:
    assert is_junk_folder(name)


def test_a_folder_with_an_ignore_file_is_not_scanned() -> None:
    assert has_ignore_file(["Heat.mkv", ".nomedia"])
    assert not has_ignore_file(["Heat.mkv", "ignore"])


@pytest.mark.parametrize("name", ["sample.mkv", "heat-sample.mkv", "Heat.Sample.avi"])
def test_a_sample_is_left_out_next_to_a_film_but_not_alone(name: str) -> None:
    assert complete_videos([name, "heat.mkv"]) == ["heat.mkv"]
    assert complete_videos([name]) == [name]


@pytest.mark.parametrize("name", ["sample_with_srt.mkv", "Free Sampler.mkv"])
def test_a_name_that_only_begins_like_a_sample_stays(name: str) -> None:
    assert complete_videos([name, "heat.mkv"]) == [name, "heat.mkv"]


def test_artwork_of_a_folder_has_the_usual_names_in_any_case() -> None:
    found = folder_artwork(["Folder.PNG", "fanart.webp", "other.jpg", "banner.jpeg"])
    assert found == [
        Artwork("thumbnail", "Folder.PNG"),
        Artwork("banner", "banner.jpeg"),
        Artwork("backdrop", "fanart.webp"),
    ]


def test_artwork_of_a_video_is_named_after_it() -> None:
    pictures = ["heat.jpg", "Heat-Poster.png", "HEAT-fanart.jpg", "poster.jpg"]
    assert video_artwork(pictures, "Heat.mkv") == [
        Artwork("thumbnail", "Heat-Poster.png"),
        Artwork("banner", "HEAT-fanart.jpg"),
        Artwork("backdrop", "HEAT-fanart.jpg"),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("poster.jpg", "thumbnail"),
        ("folder.jpg", "thumbnail"),
        ("cover.png", "thumbnail"),
        ("banner.jpg", "banner"),
        ("fanart.jpg", "backdrop"),
        ("backdrop.webp", "backdrop"),
        ("background.jpg", "backdrop"),
        ("backdrop1.jpg", "backdrop"),
        ("landscape.jpg", "landscape"),
        ("thumb.jpg", "landscape"),
        ("logo.png", "logo"),
        ("clearlogo.png", "logo"),
    ],
)
def test_each_kind_of_artwork_has_its_names(name: str, kind: ArtworkKind) -> None:
    assert Artwork(kind, name) in folder_artwork([name])
    assert Artwork(kind, f"Heat-{name}") in video_artwork([f"Heat-{name}"], "Heat.mkv") or (
        name in {"folder.jpg", "thumb.jpg"}
    )


def test_artwork_of_seasons_is_in_the_folder_of_the_series() -> None:
    pictures = ["season01-poster.jpg", "Season02.png", "season-specials-banner.jpg", "poster.jpg"]
    assert season_artwork(pictures) == [
        (0, Artwork("banner", "season-specials-banner.jpg")),
        (1, Artwork("thumbnail", "season01-poster.jpg")),
        (2, Artwork("thumbnail", "Season02.png")),
    ]


def test_numbers_sort_as_numbers_and_articles_do_not_count() -> None:
    titles = ["Rocky 10", "The Rocky 3", "rocky 2", "Éclair", "A"]
    assert sorted(titles, key=sort_title) == ["A", "Éclair", "rocky 2", "The Rocky 3", "Rocky 10"]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_natural_order_is_the_order_of_the_numbers(first: int, second: int) -> None:
    assert (natural_key(f"e {first}") < natural_key(f"e {second}")) == (first < second)


def test_bytes_that_are_not_utf8_are_read_as_latin1() -> None:
    assert printable("caf\udce9 \udc80") == "café \ufffd"


def test_bitmap_subtitles_are_reported_once_each() -> None:
    names = ["a.idx", "a.sub", "b.sub", "c.SUP", "d.srt", "e.mkv", ".f.sub"]
    assert unsupported_subtitles(names) == ["a.idx", "b.sub", "c.SUP"]
