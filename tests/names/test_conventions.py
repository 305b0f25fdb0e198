"""Names as in Jellyfin, Plex, Kodi and of release groups, each with its reading.

A case is a path, the other files of its folder, and the reading as one line.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Case = tuple[str, list[str], str]


MOVIES: list[Case] = [
    # Jellyfin
    ("Movies/Film (1986)/Film (1986).mkv", [], "Film (1986)"),
    ("Film (2018) [imdbid-tt0106145]/Film.mkv", [], "Film (2018) imdb=tt0106145"),
    ("Film (2018) [tmdbid-65567].mkv", ["x.mkv"], "Film (2018) tmdb=65567"),
    ("Film (2018) [tmdbid=65567]/x.mkv", [], "Film (2018) tmdb=65567"),
    ("Jellyfin Documentary (2030) [imdbid-tt00000000]/a.mkv", [],
     "Jellyfin Documentary (2030) imdb=tt00000000"),
    ("300 (2006)/300 (2006).mkv", [], "300 (2006)"),
    ("3 Idiots (2009)/3 Idiots (2009) - 1080p.mkv", [], "3 Idiots (2009) <1080p>"),
    # Plex
    ("Batman Begins (2005) {imdb-tt0372784}.mp4", ["x.mkv"], "Batman Begins (2005) imdb=tt0372784"),
    ("Batman Begins (2005) {tmdb-272}/Batman Begins (2005) {tmdb-272}.mp4", [],
     "Batman Begins (2005) tmdb=272"),
    ("Blade Runner (1982) {edition-Final Cut}.mkv", ["x.mkv"], "Blade Runner (1982) {Final Cut}"),
    ("Blade Runner (1982) {edition-Director's Cut} {tmdb-78}/f.mkv", [],
     "Blade Runner (1982) tmdb=78"),
    ("Avatar (2009) {tvdb-165}/Avatar (2009).mkv", [], "Avatar (2009) tvdb=165"),
    # Kodi
    ("Heat (1995)/Heat (1995) 1080p BluRay.mkv", [], "Heat (1995) <1080p Blu-ray>"),
    ("Alien [tt0078748]/alien.avi", [], "Alien imdb=tt0078748"),
    ("Heat (tt0113277).mkv", ["x.mkv"], "Heat (tt0113277) imdb=tt0113277"),
    # ids that are none
    ("Heat [imdbid-949].mkv", ["x.mkv"], "Heat"),
    ("Heat [tmdbid-tt0113277].mkv", ["x.mkv"], "Heat"),
    ("Heat {tmdb-1} {tmdb-2} [imdb-tt0113277].mkv", ["x.mkv"], "Heat imdb=tt0113277 tmdb=1"),
    ("Heat [GRP] [1080p].mkv", ["x.mkv"], "Heat <1080p>"),
    # release names
    ("The.Thing.1982.REMASTERED.1080p.BluRay.x265-GRP.mkv", ["x.mkv"],
     "The Thing (1982) <Remastered 1080p Blu-ray>"),
    ("Dune.Part.Two.2024.2160p.WEB-DL.DDP5.1.HDR.mkv", ["x.mkv"],
     "Dune Part Two (2024) <2160p WEB HDR>"),
    ("Kill.Bill.Vol.1.2003.UNCUT.720p.mkv", ["x.mkv"], "Kill Bill Vol 1 (2003) <Uncut 720p>"),
    ("Aliens.1986.Special.Edition.mkv", ["x.mkv"], "Aliens (1986) <Special Edition>"),
    ("Apocalypse.Now.1979.Final.Cut.4K.mkv", ["x.mkv"], "Apocalypse Now (1979) <Final Cut 4K>"),
    ("Avatar.2009.3D.HSBS.1080p.mkv", ["x.mkv"], "Avatar (2009) <3D 1080p>"),
    ("Tenet.2020.IMAX.2160p.mkv", ["x.mkv"], "Tenet (2020) <IMAX 2160p>"),
    ("Heat 1995 dvdrip xvid.avi", ["x.mkv"], "Heat (1995) <DVD>"),
    ("Watchmen (2009) Director's Cut.mkv", ["x.mkv"], "Watchmen (2009) <Director's Cut>"),
    ("Watchmen.2009.Directors.Cut.mkv", ["x.mkv"], "Watchmen (2009) <Director's Cut>"),
    ("Uncut Gems (2019).mkv", ["x.mkv"], "Uncut Gems (2019)"),
    ("Extended Family.mkv", ["x.mkv"], "Extended Family"),
    ("Washington DC (2011).mkv", ["x.mkv"], "Washington DC (2011)"),
    # other scripts
    ("千と千尋の神隠し (2001) {tmdb-129}.mkv", ["x.mkv"], "千と千尋の神隠し (2001) tmdb=129"),
    ("Ирония судьбы (1975)/film.avi", [], "Ирония судьбы (1975)"),
    ("فيلم (1990).mkv", ["x.mkv"], "فيلم (1990)"),
]  # fmt: skip

VERSIONS: list[Case] = [
    ("Heat (1995)/Heat (1995) - 1080p.mkv", ["Heat (1995) - 2160p.mkv"],
     "Heat (1995) <1080p> see Heat (1995) - 2160p.mkv"),
    ("Heat (1995)/Heat (1995) - 2160p.mkv", ["Heat (1995) - 1080p.mkv"], "Heat (1995) <2160p>"),
    ("Heat (1995)/Heat (1995).mkv", ["Heat (1995) - 2160p.mkv"], "Heat (1995)"),
    ("Heat (1995)/Heat (1995) - 2160p.mkv", ["Heat (1995).mkv"],
     "Heat (1995) <2160p> see Heat (1995).mkv"),
    ("Heat (1995)/Heat (1995) - Director's Cut.mkv", ["Heat (1995).mkv"],
     "Heat (1995) <Director's Cut> see Heat (1995).mkv"),
    ("Heat (1995)/Heat (1995) - Anything at all.mkv", ["Heat (1995).mkv"],
     "Heat (1995) <Anything at all> see Heat (1995).mkv"),
    ("Heat (1995)/heat.1995.german.dl.720p.mkv", ["Heat (1995).mkv"],
     "Heat (1995) <720p> see Heat (1995).mkv"),
    ("Heat (1995)/heat-1080p.mkv", ["Heat (1995).mkv"], "Heat (1995) <1080p> see Heat (1995).mkv"),
    ("Heat (1995) [tmdbid-949]/Heat (1995) [tmdbid-949] - 4k.mkv", ["Heat (1995) [tmdbid-949].mkv"],
     "Heat (1995) <4K> tmdb=949 see Heat (1995) [tmdbid-949].mkv"),
    ("Heat (1995)/Heat (1995) {edition-Extended}.mkv", ["Heat (1995).mkv"],
     "Heat (1995) {Extended} see Heat (1995).mkv"),
    ("Heat (1995)/Heat (1995) [1080p].mkv", ["Heat (1995) [480p].mkv"], "Heat (1995) <1080p>"),
    ("Heat (1995)/Heat.avi", ["Heat.mkv"], "Heat (1995) <Heat.avi>"),
    ("Heat (1995)/Heat.mkv", ["Heat.avi"], "Heat (1995) <Heat.mkv> see Heat.avi"),
    ("Heat/Heat - Extended.mkv", ["Heat.mkv"], "Heat <Extended> see Heat.mkv"),
    ("Heat/Heat 720p.mkv", ["Heat 1080p.mkv"], "Heat <720p> see Heat 1080p.mkv"),
    ("Films/Heat (1995) - 1080p.mkv", ["Heat (1995) - 4K.mkv", "Ran.mkv"],
     "Heat (1995) <1080p> see Heat (1995) - 4K.mkv"),
    ("Films/Heat.1995.720p.mkv", ["Heat.1995.1080p.mkv", "Ran.mkv"],
     "Heat (1995) <720p> see Heat.1995.1080p.mkv"),
    ("Films/Heat - Unrated.mkv", ["Heat.mkv", "Ran.mkv"], "Heat <Unrated> see Heat.mkv"),
    ("Heat (1995) - 1080p.mkv", ["Heat (1995) - 720p.mkv", "Ran.mkv"], "Heat (1995) <1080p>"),
    # other films
    ("Films/Heat (1995).mkv", ["Heat (1986).mkv"], "Heat (1995)"),
    ("Films/Holiday (2019) - Rome.mkv", ["Holiday (2019) - Paris.mkv"], "Holiday (2019)"),
    ("Star Wars/Star Wars - A New Hope.mkv", ["Star Wars - Return of the Jedi.mkv"],
     "Star Wars - A New Hope"),
    ("Alien (1979)/Alien (1979).mkv", ["Aliens (1986).mkv"], "Alien (1979)"),
    ("Films/Rocky II.mkv", ["Rocky III.mkv"], "Rocky II"),
    ("Films/clip.mkv", ["clip.mp4"], "clip"),
    ("clip.mkv", ["clip.mp4", "Clip 1080p.mp4"], "clip"),
    ("Films/....mkv", ["...avi"], "Untitled"),
    # episodes
    ("Lost/Season 1/Lost S01E01 - 1080p.mkv", ["Lost S01E01 - 720p.mkv"],
     "Lost: S01E01 Episode 1 <1080p>"),
    ("Lost/Season 1/Lost S01E01 Pilot 720p.mkv", ["Lost S01E01 Pilot 2160p.mkv"],
     "Lost: S01E01 Pilot <720p> see Lost S01E01 Pilot 2160p.mkv"),
    ("Lost/Season 1/S01E01 Pilot.mkv", ["S01E01 Other segment.mkv"], "Lost: S01E01 Pilot"),
    ("Lost/Season 1/a.mkv", ["b.mkv"], "Lost: S01 a"),
]  # fmt: skip

PARTS: list[Case] = [
    ("Heat (1995)/Heat (1995)-cd1.avi", ["Heat (1995)-cd2.avi"], "Heat (1995) part 1"),
    ("Heat (1995)/Heat (1995)-cd2.avi", ["Heat (1995)-cd1.avi"],
     "Heat (1995) part 2 see Heat (1995)-cd1.avi"),
    ("Heat (1995)/Heat-part2.mkv", ["Heat-part1.mkv"], "Heat (1995) part 2 see Heat-part1.mkv"),
    ("Heat (1995)/Heat Part 2.mkv", ["Heat Part 1.mkv"], "Heat (1995) part 2 see Heat Part 1.mkv"),
    ("Heat (1995)/Heat.pt1.mkv", ["Heat.pt2.mkv"], "Heat (1995) part 1"),
    ("Heat (1995)/Heat - disc 2.mkv", ["Heat - disc 1.mkv"],
     "Heat (1995) part 2 see Heat - disc 1.mkv"),
    ("Heat (1995)/disk1.avi", ["disk2.avi", "disk3.avi"], "Heat (1995) part 1"),
    ("Heat (1995)/Heat (1995) dvd2.avi", ["Heat (1995) dvd1.avi"],
     "Heat (1995) part 2 see Heat (1995) dvd1.avi"),
    ("Heat (1995)/Heat (cd2).avi", ["Heat (cd1).avi"], "Heat (1995) part 2 see Heat (cd1).avi"),
    ("Films/Heat-cd1.avi", ["Heat-cd2.avi", "Ran.mkv"], "Heat part 1"),
    ("Films/Heat-part1.avi", ["Heat-part2.avi", "Ran.mkv"], "Heat part 1"),
    ("Heat (1995)/Heat-cd1 [720p].avi", ["Heat-cd2 [720p].avi"], "Heat (1995) <720p> part 1"),
    ("Heat (1995)/Heat-cd1.avi", ["Heat-cd2.avi", "Heat (1995) - 1080p.mkv"],
     "Heat (1995) part 1"),
    ("Heat (1995)/Heat (1995) - 1080p.mkv", ["Heat-cd1.avi", "Heat-cd2.avi"],
     "Heat (1995) <1080p> see Heat-cd1.avi"),
    ("Lost/Season 1/S01E01-part1.mkv", ["S01E01-part2.mkv"], "Lost: S01E01 Episode 1 part 1"),
    ("Lost/Season 1/S01E01 Pilot pt2.mkv", ["S01E01 Pilot pt1.mkv"],
     "Lost: S01E01 Pilot part 2 see S01E01 Pilot pt1.mkv"),
    # no parts
    ("Films/Kill Bill Part 1.mkv", ["Kill Bill Part 2.mkv"], "Kill Bill Part 1"),
    ("Films/Dune Part 2 (2024).mkv", ["Dune Part 1 (2021).mkv"], "Dune Part 2 (2024)"),
    ("Heat (1995)/Heat-cd2.avi", ["Heat-cd3.avi"], "Heat-cd2"),
    ("Films/Heat-cd1.avi", ["Ran.mkv"], "Heat-cd1"),
    ("Lost/Season 1/S01E01 Exodus Part 1.mkv", ["S01E02 Exodus Part 2.mkv"],
     "Lost: S01E01 Exodus Part 1"),
    ("Roots/Season 1/Part 2.mkv", ["Part 1.mkv"], "Roots: S01E02 Episode 2"),
    ("Discworld/Hogfather.mkv", ["Wyrd Sisters.mkv"], "Hogfather"),
]  # fmt: skip

EPISODES: list[Case] = [
    ("Lost/Season 01/Lost S01E01-E02.mkv", [], "Lost: S01E01-E02 Episode 1"),
    ("Lost/Season 01/Lost S01E01-S01E03.mkv", [], "Lost: S01E01-E03 Episode 1"),
    ("Lost/Season 01/Lost - 1x01-1x02.mkv", [], "Lost: S01E01-E02 Episode 1"),
    ("Lost/Season 01/Lost s01.e05.mkv", [], "Lost: S01E05 Episode 5"),
    ("Lost/Season 01/Lost [01x05].mkv", [], "Lost: S01E05 Episode 5"),
    ("Lost {tvdb-73739}/Season 01/S01E05.mkv", [], "Lost: S01E05 Episode 5 tvdb=73739"),
    ("Lost (2004) [imdbid-tt0411008]/Season 01/S01E05.mkv", [],
     "Lost (2004): S01E05 Episode 5 imdb=tt0411008"),
    ("Lost/Season 0/S00E05 Recap.mkv", [], "Lost: S00E05 Recap"),
    ("Lost/Specials/Lost S00E01.mkv", [], "Lost: S00E01 Episode 1"),
    ("Lost/Extras/Season 1/S01E01.mkv", [], "Extras: S01E01 Episode 1"),
    ("Lost/Säsong 2/03.mkv", [], "Lost: S02E03 Episode 3"),
    ("Lost/Temporada 2/03.mkv", [], "Lost: S02E03 Episode 3"),
    ("庆余年/第2季/03.mkv", [], "庆余年: S02E03 Episode 3"),
    ("Lost/Season 1 [1080p]/03.mkv", [], "Lost: S01E03 Episode 3"),
    ("Lost/OVA/01.mkv", [], "Lost: S00E01 Episode 1"),
    ("Show.S02.1080p.WEB-DL/Show.S02E03.Name.1080p.WEB-DL.mkv", [],
     "Show: S02E03 Name <1080p WEB>"),
    ("24/Season 1/24 S01E24.mkv", [], "24: S01E24 Episode 24"),
    ("1923/Season 1/1923 - S01E02 - Nature.mkv", [], "1923: S01E02 Nature"),
    ("The 100/Season 2/The 100 - 2x03.mkv", [], "The 100: S02E03 Episode 3"),
    # dates
    ("The Daily Show/The Daily Show 2019-12-20.mkv", [], "The Daily Show: 2019-12-20 2019-12-20"),
    ("The Daily Show/The.Daily.Show.2019.12.20.Guest.720p.mkv", [],
     "The Daily Show: 2019-12-20 Guest <720p>"),
    ("Tagesschau/Season 2019/Tagesschau 20.12.2019.mkv", [], "Tagesschau: 2019-12-20 2019-12-20"),
    ("News/Season 2019/News - 2019-12-20 - Storm.mkv", [], "News: 2019-12-20 Storm"),
    ("Home Videos/Holiday 2019-12-20.mp4", [], "Holiday 2019-12-20"),
    ("Rome/Rome 2019-13-20.mp4", [], "Rome"),
    # anime
    ("[SubsPlease] Frieren - 12 (1080p) [ABCD1234].mkv", ["x.mkv"],
     "Frieren: E12 Episode 12 <1080p>"),
    ("Anime/[Group] Show Title - 01v2 [1080p].mkv", [], "Show Title: E01 Episode 1 <1080p>"),
    ("Anime/Show/[Group] Show - 01 [720p].mkv", ["[Group] Show - 02 [720p].mkv"],
     "Show: E01 Episode 1 <720p>"),
    ("[Group]_Show_-_05_[480p].mkv", [], "Show: E05 Episode 5 <480p>"),
    ("[Group] Show S2 - 05.mkv", [], "Show: S02E05 Episode 5"),
    ("[Group] Show 2nd Season - 05.mkv", [], "Show: S02E05 Episode 5"),
    ("[Group] Show - S02E05 [1080p].mkv", [], "Show: S02E05 Episode 5 <1080p>"),
    ("[Group] Show - 01-02 [BD].mkv", [], "Show: E01-E02 Episode 1"),
    ("[Group] One Piece - 1071 [1080p].mkv", [], "One Piece: E1071 Episode 1071 <1080p>"),
    ("[Group] Show - OVA [720p].mkv", [], "Show: S00 OVA <720p>"),
    ("[Group] Show - SP2 [720p].mkv", [], "Show: S00E02 SP2 <720p>"),
    ("[Group] Heat (1995) [1080p].mkv", ["x.mkv"], "Heat (1995) <1080p>"),
    ("Show/Season 2/[Group] Show - 03 [1080p].mkv", [], "Show: S02E03 Episode 3 <1080p>"),
    ("One Piece/One Piece - 1071 - Title.mkv", ["One Piece - 1072.mkv"], "One Piece: E1071 Title"),
    ("One Piece/One Piece Episode 7.mkv", ["One Piece Episode 8.mkv"],
     "One Piece: E07 Episode 7"),
    # plain numbers
    ("Course/01 - Intro.mp4", ["02 - Middle.mp4", "03 - End.mp4"], "Course: E01 Intro"),
    ("Course/01.mp4", ["02.mp4", "03.mp4"], "Course: E01 Episode 1"),
    ("Films/12 Angry Men.mkv", ["21 Grams.mkv", "300.mkv"], "12 Angry Men"),
    ("Rocky/Rocky.mkv", ["Rocky 2.mkv", "Rocky 3.mkv"], "Rocky"),
    ("Rocky/Rocky - 2.mkv", [], "Rocky"),
]  # fmt: skip

EXTRAS: list[Case] = [
    ("Heat (1995)/Heat (1995)-trailer.mkv", ["Heat (1995).mkv"],
     "trailer: Heat of Heat (1995).mkv"),
    ("Heat (1995)/trailer.mp4", ["Heat (1995).mkv"], "trailer: Trailer of Heat (1995).mkv"),
    ("Heat (1995)/movie-trailer.mp4", ["Heat.mkv"], "trailer: Trailer of Heat.mkv"),
    ("Heat (1995)/Heat.trailer.mp4", ["Heat.mkv"], "trailer: Heat of Heat.mkv"),
    ("Heat (1995)/Making Of-behindthescenes.mkv", ["Heat.mkv"],
     "behind-the-scenes: Making Of of Heat.mkv"),
    ("Heat (1995)/The Diner-deleted.mkv", ["Heat.mkv"], "deleted-scene: The Diner of Heat.mkv"),
    ("Heat (1995)/The Diner-scene.mkv", ["Heat.mkv"], "scene: The Diner of Heat.mkv"),
    ("Heat (1995)/Pacino-interview.mkv", ["Heat.mkv"], "interview: Pacino of Heat.mkv"),
    ("Heat (1995)/L.A.-featurette.mkv", ["Heat.mkv"], "featurette: L A of Heat.mkv"),
    ("Heat (1995)/Guns-short.mkv", ["Heat.mkv"], "short: Guns of Heat.mkv"),
    ("Heat (1995)/Guns-clip.mkv", ["Heat.mkv"], "clip: Guns of Heat.mkv"),
    ("Heat (1995)/Guns-extra.mkv", ["Heat.mkv"], "other: Guns of Heat.mkv"),
    ("Heat (1995)/Guns-other.mkv", ["Heat.mkv"], "other: Guns of Heat.mkv"),
    ("Films/Heat-trailer.mkv", ["Ran.mkv", "Heat (1995).mkv"], "trailer: Heat of Heat (1995).mkv"),
    ("Heat (1995)/trailers/Teaser 1.mkv", [], "trailer: Teaser 1"),
    ("Heat (1995)/Behind the Scenes/Day 1.mkv", [], "behind-the-scenes: Day 1"),
    ("Heat (1995)/deleted scenes/Diner.mkv", [], "deleted-scene: Diner"),
    ("Heat (1995)/Featurettes/L.A..mkv", [], "featurette: L A"),
    ("Heat (1995)/Extras/Pacino-interview.mkv", [], "interview: Pacino"),
    ("Lost/Extras/Bloopers.mkv", [], "other: Bloopers"),
    ("Lost/Season 1/interviews/Abrams.mkv", [], "interview: Abrams"),
    ("Lost/Season 1/S01E01-trailer.mkv", ["S01E01.mkv"], "trailer: S01E01 of S01E01.mkv"),
    ("Lost/Season 1/Lost-trailer.mkv", ["S01E01.mkv"], "trailer: Lost of S01E01.mkv"),
    ("Show/[G] Show - NCOP1 [1080p].mkv", ["[G] Show - 01 [1080p].mkv"],
     "other: Show - NCOP1 of [G] Show - 01 [1080p].mkv"),
    # titles that only look like it
    ("Films/Big Trailer.mkv", ["Ran.mkv"], "Big Trailer"),
    ("Films/Pacino-interview.mkv", ["Ran.mkv", "Heat.mkv"], "Pacino-interview"),
    ("trailer.mkv", [], "trailer"),
    ("Lost/Season 1/S01E05-Interview.mkv", ["S01E06.mkv"], "Lost: S01E05 Interview"),
    ("Trailers/Heat.mkv", ["Ran.mkv"], "Heat"),
    ("The Interview (2014)/The Interview (2014).mkv", [], "The Interview (2014)"),
]  # fmt: skip

CASES = MOVIES + VERSIONS + PARTS + EPISODES + EXTRAS


@pytest.mark.parametrize(
    ("path", "others", "wanted"), CASES, ids=[ascii(path) for path, _, _ in CASES]
)
def test_a_path_is_read_as_intended(
    told: Callable[[str, list[str]], str], path: str, others: list[str], wanted: str
) -> None:
    assert told(path, others) == wanted


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150
