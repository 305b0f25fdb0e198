"""A library of films that don't exist, as people keep real ones: artwork, NFO files, extras.

`python -m tests.web.invented_library FOLDER` makes it, with ffmpeg. `gallery.py` draws the images.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from tests.web.gallery import WIDE, Scene, draw_logo, draw_poster, draw_scene

_LOOP: Final = 60  # seconds of picture, repeated until the film is as long as it should be


class Film(msgspec.Struct, frozen=True):
    """A film of which only the poster exists."""

    title: str
    year: int
    minutes: int
    rating: float
    genres: tuple[str, ...]
    plot: str
    scene: Scene


class Series(msgspec.Struct, frozen=True):
    """A series; `seasons` has the titles of its episodes."""

    film: Film  # what is said of it as a whole; minutes of one episode
    seasons: tuple[tuple[str, ...], ...]


FILMS: Final = (
    Film(
        "The Long Way to Arcturus",
        2019,
        127,
        8.1,
        ("Science fiction", "Drama"),
        "A mechanic boards the slowest ship of the fleet to deliver a letter that was never sent.",
        Scene(8, (250, 0.8, 0.08), (285, 0.6, 0.5), (255, 0.7, 0.08), "rocket", 4, 1.2, stars=True),
    ),
    Film(
        "Northbound",
        2022,
        96,
        7.4,
        ("Adventure",),
        "Two sisters follow the last wolves over the mountains, one season at a time.",
        Scene(
            12,
            (200, 0.35, 0.75),
            (35, 0.25, 0.98),
            (205, 0.55, 0.2),
            "trees",
            5,
            1.6,
            light=(0.7, 0.3, 0.09),
        ),
    ),
    Film(
        "Salt",
        2015,
        88,
        7.0,
        ("Drama",),
        "A fisherman teaches his granddaughter to sail by the taste of the wind.",
        Scene(
            21,
            (190, 0.55, 0.55),
            (45, 0.35, 0.97),
            (195, 0.7, 0.2),
            "sail",
            4,
            0.15,
            light=(0.62, 0.42, 0.1),
        ),
    ),
    Film(
        "Nine Windows",
        2021,
        112,
        7.8,
        ("Mystery", "Crime"),
        "Every night the same nine windows are lit. Tonight there are ten.",
        Scene(
            30,
            (260, 0.7, 0.2),
            (330, 0.55, 0.75),
            (250, 0.6, 0.1),
            "city",
            3,
            0.3,
            stars=True,
            light=(0.75, 0.22, 0.06),
        ),
    ),
    Film(
        "The Ringkeeper",
        2018,
        134,
        7.6,
        ("Fantasy",),
        "Somebody has to wind the rings, or the planet stops.",
        Scene(41, (20, 0.8, 0.1), (28, 0.7, 0.6), (12, 0.8, 0.1), "planet", 4, 0.6, stars=True),
    ),
    Film(
        "Low Tide, High Summer",
        2024,
        101,
        6.9,
        ("Comedy", "Romance"),
        "The boat is late, the wedding is not.",
        Scene(
            55,
            (210, 0.45, 0.9),
            (18, 0.4, 1.0),
            (215, 0.5, 0.35),
            "sail",
            3,
            0.1,
            light=(0.3, 0.36, 0.12),
        ),
    ),
    Film(
        "Pine",
        2020,
        79,
        7.3,
        ("Documentary",),
        "A year in the life of one tree.",
        Scene(63, (160, 0.35, 0.5), (70, 0.3, 0.9), (165, 0.6, 0.16), "trees", 5, 0.9),
    ),
    Film(
        "Red Sand",
        2017,
        109,
        6.8,
        ("Western",),
        "He came for the water and stayed for the silence.",
        Scene(
            71,
            (12, 0.6, 0.55),
            (32, 0.6, 0.98),
            (8, 0.75, 0.3),
            "",
            5,
            0.35,
            light=(0.5, 0.38, 0.16),
        ),
    ),
    Film(
        "Polar Night",
        2023,
        98,
        7.9,
        ("Thriller",),
        "Forty days without sun. Thirty-nine people at breakfast.",
        Scene(
            88,
            (215, 0.75, 0.1),
            (165, 0.5, 0.5),
            (215, 0.55, 0.14),
            "",
            4,
            1.9,
            stars=True,
            light=(0.2, 0.2, 0.04),
        ),
    ),
    Film(
        "The Cartographer",
        2016,
        121,
        8.3,
        ("History", "Drama"),
        "The map was finished. The coast was not.",
        Scene(97, (35, 0.3, 0.6), (40, 0.35, 0.95), (25, 0.45, 0.25), "sail", 5, 0.8),
    ),
)
SERIES: Final = (
    Series(
        Film(
            "Harbour Lights", 2021, 44, 8.4, ("Drama", "Mystery"),
            "The new keeper of the lighthouse finds the log of the old one, and in it a page about "
            "tomorrow.",
            Scene(3, (225, 0.75, 0.16), (24, 0.55, 0.86), (215, 0.6, 0.12), "lighthouse", 4, 0.4,
                  light=(0.25, 0.46, 0.07)),
        ),
        (
            ("First Tide", "The Lamp Room", "Fog Signal", "Slack Water", "What the Sea Gives"),
            ("Return of the Ferry", "Last Light", "The Second Keeper", "Undertow"),
        ),
    ),
    Series(
        Film(
            "Rooftops", 2023, 24, 7.7, ("Comedy",),
            "Five neighbours, one roof, and a pigeon that pays rent.",
            Scene(115, (320, 0.5, 0.4), (20, 0.55, 0.98), (290, 0.5, 0.18), "city", 3, 0.3,
                  light=(0.6, 0.34, 0.11)),
        ),
        (("The Ladder", "Laundry Day", "Antenna", "Heat Wave"),),
    ),
    Series(
        Film(
            "Orbit & Sons", 2020, 51, 7.5, ("Science fiction",),
            "A family business: towing, repairs, and now and then a rescue.",
            Scene(130, (200, 0.8, 0.08), (185, 0.6, 0.45), (205, 0.7, 0.1), "planet", 4, 0.9,
                  stars=True),
        ),
        (("Dead Weight", "Insurance", "The Tow", "Perihelion"),),
    ),
)  # fmt: skip


def make_library(root: Path) -> None:
    """Write everything; what is there already stays."""
    for film in FILMS:
        folder = root / f"{film.title} ({film.year})"
        _artwork(folder, film)
        _note(folder / "movie.nfo", "movie", film)
        _clip(folder / f"{film.title} ({film.year}).mkv", film.scene, film.minutes)
    trailer = FILMS[0]
    folder = root / f"{trailer.title} ({trailer.year})" / "trailers"
    _clip(folder / "Teaser.mp4", msgspec.structs.replace(trailer.scene, seed=9), 1)
    for series in SERIES:
        _series(root, series)


def _series(root: Path, series: Series) -> None:
    about = series.film
    folder = root / f"{about.title} ({about.year})"
    _artwork(folder, about)
    _note(folder / "tvshow.nfo", "tvshow", about)
    for season, titles in enumerate(series.seasons, start=1):
        for number, title in enumerate(titles, start=1):
            scene = msgspec.structs.replace(
                about.scene,
                seed=about.scene.seed + 100 * season + number,
                above=_turned(about.scene.above, 14 * number * season),
                below=_turned(about.scene.below, 9 * number),
            )
            name = f"{about.title} S{season:02}E{number:02} {title}.mkv"
            _clip(folder / f"Season {season:02}" / name, scene, about.minutes)


def _turned(colour: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return (colour[0] + by, *colour[1:])


def _artwork(folder: Path, film: Film) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draw_poster(film.scene, film.title).save(folder / "poster.jpg", quality=88)
    draw_scene(film.scene, WIDE).save(folder / "fanart.jpg", quality=85)
    draw_logo(film.title).save(folder / "logo.png")


def _note(path: Path, kind: str, film: Film) -> None:
    lines = [
        f"<title>{escape(film.title)}</title>",
        f"<year>{film.year}</year>",
        f"<plot>{escape(film.plot)}</plot>",
        f"<rating>{film.rating}</rating>",
        *(f"<genre>{escape(genre)}</genre>" for genre in film.genres),
    ]
    path.write_text(f"<{kind}>\n" + "\n".join(lines) + f"\n</{kind}>\n")


def _clip(path: Path, scene: Scene, minutes: int) -> None:
    """Write a film of one picture, with two sounds and subtitles."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    still, loop = path.with_suffix(".part.png"), path.with_suffix(".part.mkv")
    draw_scene(scene, (1280, 720)).save(still)
    words = path.with_suffix(".part.srt")
    words.write_text(
        "".join(
            f"{at + 1}\n00:00:{at * 4:02},500 --> 00:00:{at * 4 + 3:02},500\n{_LINES[at % 3]}\n\n"
            for at in range(14)
        )
    )
    silence = "anullsrc=r=48000:cl=stereo"
    _ffmpeg(
        "-loop", "1", "-framerate", "12", "-i", still, "-f", "lavfi", "-i", silence,
        "-f", "lavfi", "-i", silence, "-i", words, "-map", "0", "-map", "1", "-map", "2",
        "-map", "3", "-t", _LOOP, "-c:v", "libx264", "-preset", "veryfast", "-crf", "27",
        "-g", "72", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "32k", "-c:s", "srt",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu",
        "-metadata:s:s:0", "language=eng", loop,
    )  # fmt: skip
    unfinished = path.with_name(f".{path.name}.part{path.suffix}")
    text = "mov_text" if path.suffix == ".mp4" else "srt"
    _ffmpeg("-stream_loop", minutes - 1, "-i", loop, "-map", "0", "-c", "copy", "-c:s", text,
            "-t", minutes * 60, unfinished)  # fmt: skip
    unfinished.rename(path)
    for part in (still, loop, words):
        part.unlink()


_LINES: Final = (
    "Somebody left the light on.",
    "Then somebody is still up there.",
    "Or it was never us who lit it.",
)


def _ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


if __name__ == "__main__":
    make_library(Path(sys.argv[1]))
