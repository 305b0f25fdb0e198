"""What a video is, read from where it lies: movie or episode, and of what. Pure, no I/O.

The rules, first match wins:

1. Below a season folder (`Season 01`, `S01`, `Specials`, `Show Season 1`) it is an episode. The
   series is the folder above the season folder.
2. A name with `S01E02`, `1x02` or `Season 1 Episode 2` is an episode, and so is what is alone in a
   folder named like that. The series is the folder (the next one up, if named for one episode). In
   the root, and in a folder that holds several series, the text before the number names the series.
3. In a folder that is a series because it has season folders, or because at least half of its
   videos have numbers, every video is an episode, numbered or not. The root is no such folder.
4. Everything else is a movie. Alone in its folder, it is named by folder and file; several in one
   folder are a movie each, named by their files.

Ids are hashes of paths relative to the library. A movie's is that of its *file*: its folder's would
change its owner when a second video is put beside the first. A series' is that of its folder.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from typing import Final

import msgspec
from blake3 import blake3

from blobhls.library.numbering import (
    Numbers,
    SeasonFolder,
    read_numbers,
    read_numbers_in_season,
    read_season_folder,
)
from blobhls.library.titles import Title, read_title, same_key

# Names of folders and files that say nothing about the film in them.
_GENERIC_FOLDERS: Final = frozenset(
    {"cinema", "clips", "download", "downloads", "film", "filme", "films", "home videos"}
    | {"incoming", "kino", "media", "movie", "movies", "neu", "new", "serien", "series", "shows"}
    | {"tv", "tv shows", "unsorted", "video", "videos"}
)
# What lies beside a movie without being another title.
_SIDE_FOLDERS: Final = frozenset(
    {"behind the scenes", "deleted scenes", "extrafanart", "extras", "extrathumbs", "featurettes"}
    | {"interviews", "metadata", "sample", "samples", "scenes", "shorts", "subs", "subtitles"}
    | {"trailer", "trailers"}
)


class Movie(msgspec.Struct, frozen=True):
    """A film of its own."""

    title: str
    year: int | None
    own_folder: bool  # its folder holds nothing else, so `poster.jpg` there is meant for it


class Episode(msgspec.Struct, frozen=True):
    """A part of a series."""

    series_path: str  # folder relative to the library; for a series without one, a made-up one
    series_title: str
    series_year: int | None
    season: int | None  # 0 for specials
    episodes: tuple[int, ...]  # ascending; empty if the name has no number
    title: str


class Folder(msgspec.Struct, frozen=True):
    """A folder with videos, as the tree has it."""

    path: str  # relative to the library, `/` between the parts, "" for the library itself
    videos: tuple[str, ...]  # file names
    subfolders: tuple[str, ...] = ()  # names
    library: str = ""  # what the library's own folder is called; names what lies in its root

    @property
    def parts(self) -> list[str]:
        """The folders from the library down to this one."""
        return self.path.split("/") if self.path else []


def path_id(path: str) -> str:
    """Return the id of what lies at `path`, relative to the library.

    The first 16 characters of lowercase base32 (RFC 4648 §6) of BLAKE3 over the path in NFC and
    UTF-8; a name that is not valid UTF-8 goes in with the bytes it has. Same on every machine.
    """
    name = unicodedata.normalize("NFC", path).encode("utf-8", "surrogateescape")
    return base64.b32encode(blake3(name).digest(10)).decode("ascii").lower()


def read_folder(folder: Folder) -> list[Movie | Episode]:
    """Return what each of the folder's videos is, in the order of `folder.videos`."""
    parts = folder.parts
    stems = [_stem(name) for name in folder.videos]
    for depth, part in enumerate(parts):
        season = read_season_folder(part, top=depth == 0)
        if season is not None:
            series = _series_of_season(folder, parts[:depth], season)
            return [_in_season(series, season.season, stem) for stem in stems]
    alone = _is_alone(folder)
    numbers = [read_numbers(stem) for stem in stems]
    if alone and parts and numbers[0] is None:
        numbers = [read_numbers(parts[-1])]
    whole = _is_series(folder, numbers)
    home = _series_home(folder, parts)
    found: list[Movie | Episode] = []
    for stem, numbered in zip(stems, numbers, strict=True):
        if numbered is not None:
            series = home if whole and home.path else _series_by_text(folder, home, numbered)
            found.append(_episode(series, None, numbered, stem))
        elif whole:
            found.append(_episode(home, None, None, stem))
        else:
            found.append(_movie(folder, stem, alone=alone))
    return found


class _Series(msgspec.Struct, frozen=True):
    path: str
    title: Title


def _is_series(folder: Folder, numbers: Sequence[Numbers | None]) -> bool:
    """Whether everything in the folder belongs to one series (rule 3)."""
    if not folder.path:
        return False
    if any(
        season is not None and not season.before
        for season in (read_season_folder(name, top=False) for name in folder.subfolders)
    ):
        return True
    numbered = [number for number in numbers if number is not None]
    if not numbered or len(numbered) * 2 < len(numbers):
        return False
    names = {same_key(read_title(number.before).text) for number in numbered if number.before}
    # A folder named as one of them is its folder, however the others are spelled.
    return len(names) < 2 or same_key(read_title(folder.parts[-1]).text) in names


def _series_home(folder: Folder, parts: list[str]) -> _Series:
    """Return the series that a folder is, leaving out folders named for one episode."""
    while parts and read_numbers(parts[-1]) is not None:
        parts = parts[:-1]
    return _Series("/".join(parts), read_title(parts[-1] if parts else folder.library))


def _series_of_season(folder: Folder, above: list[str], season: SeasonFolder) -> _Series:
    home = _Series("/".join(above), read_title(above[-1] if above else folder.library))
    return _named_series(home, season.before)


def _series_by_text(folder: Folder, home: _Series, numbers: Numbers) -> _Series:
    """Return the series that the text before the number names, where folders don't."""
    if home.path and home.path != folder.path:
        return home  # the file's folder was for one episode, the one above is the series
    return _named_series(home, numbers.before)


def _named_series(home: _Series, name: str) -> _Series:
    """Return the series `name` inside `home`; `home` itself if the name is empty or the same."""
    title = read_title(name)
    key = same_key(title.text)
    if not name or not key or key == same_key(home.title.text):
        return home
    key = key if title.year is None else f"{key} {title.year}"
    return _Series(f"{home.path}/{key}" if home.path else key, title)


def _in_season(series: _Series, season: int, stem: str) -> Episode:
    return _episode(series, season, read_numbers_in_season(stem), stem)


def _episode(series: _Series, season: int | None, numbers: Numbers | None, stem: str) -> Episode:
    if numbers is None:
        episodes: tuple[int, ...] = ()
        title = read_title(stem).text
    else:
        episodes = numbers.episodes
        season = season if numbers.season is None else numbers.season
        title = numbers.after or f"Episode {episodes[0]}"
    return Episode(series.path, series.title.text, series.title.year, season, episodes, title)


def _is_alone(folder: Folder) -> bool:
    """Whether the folder holds one video and no folders with other titles."""
    return len(folder.videos) == 1 and all(
        name.lower() in _SIDE_FOLDERS for name in folder.subfolders
    )


def _movie(folder: Folder, stem: str, *, alone: bool) -> Movie:
    """Return a movie: its folder names it if that is meant for it and says as much as the file."""
    title = read_title(stem)
    if alone and folder.path and folder.parts[-1].lower() not in _GENERIC_FOLDERS:
        by_folder = read_title(folder.parts[-1])
        if by_folder.year is not None or title.year is None:
            title = by_folder
    return Movie(title.text, title.year, own_folder=alone)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def episode_index(season: int | None, first: int | None, last: int | None) -> str:
    """Return the short label of an episode: `S01E02`, `S01E01-E02`, `S01`, `E05`, or ""."""
    label = "" if season is None else f"S{season:02d}"
    if first is not None:
        label += f"E{first:02d}"
        if last is not None and last != first:
            label += f"-E{last:02d}"
    return label
