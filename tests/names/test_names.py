from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.names.folders import episode_index, path_id, read_extras, read_folder
from blobhls.names.readings import Episode, Extra, Movie
from blobhls.names.series import Folder

M = tuple[str, int | None]
E = tuple[str, str, int | None, tuple[int, ...], str]


def read(path: str, *others: str, subfolders: tuple[str, ...] = ()) -> Movie | Episode | Extra:
    """Return what `path` is, with the videos `others` in the same folder."""
    folder, _, name = path.rpartition("/")
    return read_folder(Folder(folder, (name, *others), subfolders, "Library"))[0]


MOVIES_IN_A_CROWD: list[tuple[str, M]] = [
    ("Heat.mkv", ("Heat", None)),
    ("Heat (1995).mkv", ("Heat", 1995)),
    ("Heat [1995].mkv", ("Heat", 1995)),
    ("Heat 1995.mkv", ("Heat", 1995)),
    ("heat_1995.mkv", ("heat", 1995)),
    ("Heat.1995.1080p.BluRay.x264-GRP.mkv", ("Heat", 1995)),
    ("Heat.1995.German.DL.1080p.mkv", ("Heat", 1995)),
    ("Heat 1080p.mkv", ("Heat", None)),
    ("Heat [imdbid-tt0113277].mkv", ("Heat", None)),
    ("Heat (1995) {tmdb-949} {edition-Final Cut}.mkv", ("Heat", 1995)),
    ("[GRP] Heat (1995).mkv", ("Heat", 1995)),
    ("The Matrix (1999) - 2160p.mkv", ("The Matrix", 1999)),
    ("1917.mkv", ("1917", None)),
    ("1917 (2019).mkv", ("1917", 2019)),
    ("1917.2019.1080p.mkv", ("1917", 2019)),
    ("2001 A Space Odyssey.mkv", ("2001 A Space Odyssey", None)),
    ("2001 A Space Odyssey (1968).mkv", ("2001 A Space Odyssey", 1968)),
    ("Blade Runner 2049.mkv", ("Blade Runner 2049", None)),
    ("Blade.Runner.2049.2017.1080p.mkv", ("Blade Runner 2049", 2017)),
    ("Summer 2019 in Rome.mp4", ("Summer 2019 in Rome", None)),
    ("Holiday 2019-12-20.mp4", ("Holiday 2019-12-20", None)),
    ("VID_20191220_170832.mp4", ("VID 20191220 170832", None)),
    ("[REC] (2007).mkv", ("REC", 2007)),
    ("(500) Days of Summer (2009).mkv", ("(500) Days of Summer", 2009)),
    ("Mr. Robot Returns.mkv", ("Mr. Robot Returns", None)),
    ("Léon (1994).mkv", ("Léon", 1994)),
    ("東京物語 (1953).mkv", ("東京物語", 1953)),
    ("Сталкер (1979).mkv", ("Сталкер", 1979)),
    ("M\udcfcnchen.mkv", ("München", None)),
    ("a\x01\nb.mkv", ("a b", None)),
    (".....mkv", ("Untitled", None)),
    ("???.mkv", ("???", None)),
    ("1080p.mkv", ("1080p", None)),
    ("960x720_seg0.ts", ("960x720 seg0", None)),
    ("hevc.ts", ("hevc", None)),
    ("multiple-aac-tracks.mp4", ("multiple-aac-tracks", None)),
    ("mb_video-h265.mp4", ("mb video", None)),
    ("Heat HDR HEVC 10bit.mkv", ("Heat", None)),
    ("sample_with_srt.mkv", ("sample with srt", None)),
    ("Sisters01e02x.mkv", ("Sisters01e02x", None)),
    ("movie 1920x1080.mkv", ("movie 1920x1080", None)),
]


@pytest.mark.parametrize(("name", "wanted"), MOVIES_IN_A_CROWD, ids=ascii)
def test_one_of_several_videos_in_a_folder_is_a_movie_named_by_its_file(
    name: str, wanted: M
) -> None:
    found = read(f"Films/{name}", "Other film.mkv")
    assert isinstance(found, Movie)
    assert (found.title, found.year, found.own_folder) == (*wanted, False)


ALONE: list[tuple[str, M]] = [
    ("Heat.mkv", ("Heat", None)),
    ("Heat (1995)/Heat.mkv", ("Heat", 1995)),
    ("Heat (1995)/heat-1080p.mkv", ("Heat", 1995)),
    ("Heat/title_t00.mkv", ("Heat", None)),
    ("Heat/Heat (1995).mkv", ("Heat", 1995)),
    ("Films/Heat/video.mkv", ("Heat", None)),
    ("Films/Heat.mkv", ("Heat", None)),
    ("Home Videos/Birthday.mp4", ("Birthday", None)),
    ("Films/Heat (1995) [1080p]/x.mkv", ("Heat", 1995)),
    ("Specials/x.mkv", ("Specials", None)),
]


@pytest.mark.parametrize(("path", "wanted"), ALONE)
def test_a_movie_alone_is_named_by_folder_and_file(path: str, wanted: M) -> None:
    found = read(path)
    assert isinstance(found, Movie)
    assert (found.title, found.year, found.own_folder) == (*wanted, True)


EPISODES: list[tuple[str, E]] = [
    ("Lost/Season 01/S01E02 - Pilot.mkv", ("Lost", "Lost", 1, (2,), "Pilot")),
    ("Lost/Season 1/01 - Pilot.mkv", ("Lost", "Lost", 1, (1,), "Pilot")),
    ("Lost/Season 1/01. Pilot.mkv", ("Lost", "Lost", 1, (1,), "Pilot")),
    ("Lost/Season 1/E07.mkv", ("Lost", "Lost", 1, (7,), "Episode 7")),
    ("Lost/Season 1/Episode 7 - Moth.mkv", ("Lost", "Lost", 1, (7,), "Moth")),
    ("Lost/Season 1/Lost - 07.mkv", ("Lost", "Lost", 1, (7,), "Episode 7")),
    ("Lost/Season 1/Pilot.mkv", ("Lost", "Lost", 1, (), "Pilot")),
    ("Lost/Season 1/S02E03.mkv", ("Lost", "Lost", 2, (3,), "Episode 3")),
    ("Lost/season01/1x02.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost/S01/S01E01.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/Staffel 2/03 - Drei.mkv", ("Lost", "Lost", 2, (3,), "Drei")),
    ("Lost/Season 01 (2004)/S01E01.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/Season 01/Disc 1/S01E01.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/Specials/Making Of.mkv", ("Lost", "Lost", 0, (), "Making Of")),
    ("Lost/Season 00/S00E01.mkv", ("Lost", "Lost", 0, (1,), "Episode 1")),
    ("TV/US/Lost/Season 1/S01E01.mkv", ("TV/US/Lost", "Lost", 1, (1,), "Episode 1")),
    ("TV/Lost (2004)/S01E01.mkv", ("TV/Lost (2004)", "Lost", 1, (1,), "Episode 1")),
    ("Lost/S01E01.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/Lost.S01E01.Pilot.720p.HDTV.x264.mkv", ("Lost", "Lost", 1, (1,), "Pilot")),
    ("Lost/Lost.S01E01.720p.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/s1e2.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost/S01 E02.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost/S01.EP02.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost/Lost - 1x02 - Pilot.mkv", ("Lost", "Lost", 1, (2,), "Pilot")),
    ("Lost/Lost Season 1 Episode 2.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost/S01E01-E03 Pilot.mkv", ("Lost", "Lost", 1, (1, 2, 3), "Pilot")),
    ("Lost/S01E01E02.mkv", ("Lost", "Lost", 1, (1, 2), "Episode 1")),
    ("Lost/S01E01-02.mkv", ("Lost", "Lost", 1, (1, 2), "Episode 1")),
    ("Lost/S01E01-720p.mkv", ("Lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost/S01E100.mkv", ("Lost", "Lost", 1, (100,), "Episode 100")),
    ("Lost/S2019E03.mkv", ("Lost", "Lost", 2019, (3,), "Episode 3")),
    ("Lost/Lost S01E02/x.mkv", ("Lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost.S01E02.720p-GRP/grp-102.mkv", ("lost", "Lost", 1, (2,), "Episode 2")),
    ("Lost.S01.1080p/Lost.S01E02.mkv", ("lost", "Lost", 1, (2,), "Episode 2")),
    ("TV/Lost Season 2/a 01.mkv", ("TV/lost", "Lost", 2, (1,), "Episode 1")),
    ("Lost/Lost Season 2/a 01.mkv", ("Lost", "Lost", 2, (1,), "Episode 1")),
    ("Season 01/01.mkv", ("", "Library", 1, (1,), "Episode 1")),
    ("Lost S01E01.mkv", ("lost", "Lost", 1, (1,), "Episode 1")),
    ("Lost (2004) S01E01.mkv", ("lost 2004", "Lost", 1, (1,), "Episode 1")),
    ("S01E01.mkv", ("", "Library", 1, (1,), "Episode 1")),
    ("ロスト/シーズン S01E01 卵.mkv", ("ロスト", "ロスト", 1, (1,), "卵")),
]


@pytest.mark.parametrize(("path", "wanted"), EPISODES)
def test_season_folders_and_numbers_make_an_episode(path: str, wanted: E) -> None:
    found = read(path)
    assert isinstance(found, Episode)
    got = (found.series_path, found.series_title, found.season, found.episodes, found.title)
    assert got == wanted


def test_a_video_without_number_among_episodes_is_an_episode() -> None:
    found = read("Lost/Making of.mkv", "S01E01.mkv")
    assert found == Episode("Lost", "Lost", None, None, (), "Making of")


def test_a_video_without_number_next_to_season_folders_is_an_episode() -> None:
    found = read("Lost/Making of.mkv", subfolders=("Season 1",))
    assert found == Episode("Lost", "Lost", None, None, (), "Making of")


def test_one_episode_does_not_turn_films_into_a_series() -> None:
    others = ("Alien.mkv", "Ran.mkv", "Lost S01E01.mkv")
    films = read_folder(Folder("Films", ("Heat.mkv", *others)))
    assert [type(film) for film in films] == [Movie, Movie, Movie, Episode]
    assert films[3] == Episode("Films/lost", "Lost", None, 1, (1,), "Episode 1")


def test_episodes_of_several_series_in_one_folder_are_told_apart_by_their_names() -> None:
    found = read_folder(Folder("TV", ("Lost S01E01.mkv", "lost.s01e02.mkv", "Dark S01E01.mkv")))
    paths = [reading.series_path for reading in found if isinstance(reading, Episode)]
    assert paths == ["TV/lost", "TV/lost", "TV/dark"]


def test_a_folder_named_as_its_series_holds_all_spellings() -> None:
    found = read_folder(Folder("The Office", ("The Office S01E01.mkv", "Office US S01E02.mkv")))
    assert {item.series_path for item in found if isinstance(item, Episode)} == {"The Office"}


def test_a_movie_next_to_folders_of_titles_has_no_folder_of_its_own() -> None:
    shared = read("Ridley Scott/Alien.mkv", subfolders=("Gladiator",))
    assert shared == Movie("Alien", None, own_folder=False)
    own = read("Alien (1979)/a.mkv", subfolders=("Extras", "subs"))
    assert own == Movie("Alien", 1979, own_folder=True)


def test_ids_are_the_documented_hash() -> None:
    assert path_id("Heat (1995)/Heat.mkv") == "q3uqveceka5kxi5m"
    assert path_id("Am\u00e9lie.mkv") == path_id("Ame\u0301lie.mkv")
    assert path_id("a/b") != path_id("a")


@pytest.mark.parametrize(
    ("season", "first", "last", "wanted"),
    [
        (1, 2, 2, "S01E02"),
        (1, 1, 3, "S01E01-E03"),
        (None, 5, None, "E05"),
        (2, None, None, "S02"),
        (None, None, None, ""),
        (0, 100, None, "S00E100"),
    ],
)
def test_an_episode_has_a_short_label(
    season: int | None, first: int | None, last: int | None, wanted: str
) -> None:
    assert episode_index(season, first, last) == wanted


# Whatever a rule looks for, in any order.
PIECES = [
    " - ", "-", " ", ".", "[", "]", "{edition-", "}", "(1999)", "1080p", "Extended", "-cd1",
    "part2",
    "-trailer", "[GRP] ", "01", "v2", "2019-12-20", "S01E02", "NCOP1", "OVA", "[tmdbid-1]", "Heat",
    "第2季", "\udcff", "\x01", "Trailers", "extras", "Director's Cut", " S2", "\u202e", "ﷺ",
    "²", "٣",
]  # fmt: skip
NAMES = st.one_of(
    st.text(min_size=1, max_size=40),
    st.binary(min_size=1, max_size=40).map(os.fsdecode),
    st.from_regex(r"(.{0,9})[sS][0-9]{1,4}[ ._-]?[eE][0-9]{1,5}(.{0,9})", fullmatch=True),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.sampled_from(["Season 1", "Specials", "S01", "(1999)", "[]", "{}", "....", "-", " "]),
).map(lambda name: name.replace("/", "-").replace("\x00", ""))


@given(st.lists(NAMES, max_size=3), st.lists(NAMES, min_size=1, max_size=4), st.lists(NAMES))
def test_any_path_gives_a_title_fit_for_json_and_never_an_exception(
    folders: list[str], names: list[str], subfolders: list[str]
) -> None:
    parts = [name for name in folders if name]
    videos = tuple(f"{name}.mkv" for name in names)
    folder = Folder("/".join(parts), videos, tuple(subfolders), "Library")
    found = read_folder(folder)
    inside = read_extras(folder, "other")
    assert len(found) == len(inside) == len(videos)
    for reading in (*found, *inside):
        titles = [reading.title]
        if not isinstance(reading, Extra):
            assert reading.choice.main == "" or reading.choice.main in videos
            titles += [text for text in (reading.choice.version, reading.choice.edition) if text]
        if isinstance(reading, Episode):
            titles.append(reading.series_title)
            assert path_id(reading.series_path)
        for title in titles:
            assert title.strip()
            assert "\n" not in title
            title.encode("utf-8")


@given(NAMES)
def test_an_id_is_sixteen_characters_that_do_not_depend_on_how_accents_are_encoded(
    name: str,
) -> None:
    identity = path_id(name)
    assert len(identity) == 16
    assert set(identity) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert path_id(unicodedata.normalize("NFD", name)) == identity or max(name) >= "\udc80"
