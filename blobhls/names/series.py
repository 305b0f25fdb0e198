"""Which series the videos of a folder belong to. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from blobhls.names.numbers import (
    Numbers,
    SeasonFolder,
    read_date,
    read_numbers,
    read_season_at_end,
    read_season_folder,
    read_weak_numbers,
)
from blobhls.names.tags import Ids, read_ids
from blobhls.names.titles import Title, match_key, read_title

# Names of folders that say nothing about their content.
GENERIC_FOLDERS: Final = frozenset(
    {"anime", "cinema", "clips", "download", "downloads", "film", "filme", "films", "home videos"}
    | {"incoming", "kino", "media", "movie", "movies", "neu", "new", "serien", "series", "shows"}
    | {"tv", "tv shows", "unsorted", "video", "videos"}
)
# `Title COMPLETE`, `Title Complete Series`, `Title S01-S05`
_PACK: Final = re.compile(
    r"[ ._-]+(?:(?:the[ ._])?complete"
    r"(?=$|[ ._-]+(?:series|collection|pack|seasons?|s[0-9]|[0-9]{3,4}p|\())"
    r"|(?:seasons?[ ._-]*|s)[0-9]{1,2}[ ._]*-[ ._]*s?[0-9]{1,2}(?![0-9]))",
    re.IGNORECASE,
)
_MIN_NUMBERED: Final = 3  # files with nothing but numbers that make a series


class Folder(msgspec.Struct, frozen=True):
    """A folder with videos, as found in the tree."""

    path: str  # relative to the library, `/` between the parts, "" for the library itself
    videos: tuple[str, ...]  # file names
    subfolders: tuple[str, ...] = ()  # names
    library: str = ""  # name of the library's own folder; used for videos in its root

    @property
    def parts(self) -> list[str]:
        """The folders from the library down to this one."""
        return self.path.split("/") if self.path else []


class Series(msgspec.Struct, frozen=True):
    """A series, by its folder."""

    path: str  # relative to the library; synthetic if the series has no folder
    title: Title
    ids: Ids = ()


def is_series(folder: Folder, numbers: Sequence[Numbers | None]) -> bool:
    """Whether everything in the folder belongs to one series; `numbers` are those of its files."""
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
    names = {match_key(read_title(number.before).text) for number in numbered if number.before}
    if names and folder.parts[-1].lower() in GENERIC_FOLDERS:
        return False
    # A folder named like one of them is its folder, however the others are spelled.
    return len(names) < 2 or match_key(read_title(folder.parts[-1]).text) in names


def weak_numbers(folder: Folder, stems: Sequence[str]) -> list[Numbers | None]:
    """Return dates and plain numbers where the folder shows that they number episodes.

    That is after the folder's own name, with a date or in at least two files; or on their own at
    the start of every name.
    """
    nothing: list[Numbers | None] = [None] * len(stems)
    if not folder.path or folder.parts[-1].lower() in GENERIC_FOLDERS:
        return nothing
    # A number in a single file counts for nothing; a date does.
    read = read_weak_numbers if len(stems) > 1 else read_date
    found = [read(stem) for stem in stems]
    if not any(found):
        return nothing
    key = match_key(read_title(folder.parts[-1]).text)
    named = [
        number if number and key and match_key(read_title(number.before).text) == key else None
        for number in found
    ]
    counted = [number for number in named if number is not None]
    if len(counted) * 2 >= len(stems) and (
        len(counted) > 1 or any(number.aired for number in counted)
    ):
        return named
    leading = [number for number in found if number is not None and not number.before]
    places = {(number.episodes, number.aired) for number in leading}
    # `01`, `02` may mean anything; `Episode 1`, `Episode 2` are clear.
    fewest = _MIN_NUMBERED if any(stem.lstrip(" ._-")[:1].isdecimal() for stem in stems) else 2
    if len(leading) == len(stems) == len(places) and len(stems) >= fewest:
        return list(leading)
    return nothing


def series_home(folder: Folder) -> Series:
    """Return the series that a folder is, skipping folders named for one episode."""
    parts = folder.parts
    while parts and read_numbers(parts[-1]) is not None:
        parts = parts[:-1]
    return _of_folder(parts, folder.library)


def series_of_season(folder: Folder, depth: int, season: SeasonFolder) -> Series:
    """Return the series of the season folder at `depth` of a folder's path."""
    return _named(_of_folder(folder.parts[:depth], folder.library), season.before)


def series_by_text(folder: Folder, home: Series, numbers: Numbers) -> Series:
    """Return the series named by the text before the number, where no folder names it."""
    if home.path and home.path != folder.path:
        return home  # the file's folder is for one episode, and the one above is the series
    return _named(home, numbers.before)


def _of_folder(parts: Sequence[str], library: str) -> Series:
    name = parts[-1] if parts else library
    title, pack = read_title(name), _PACK.search(f" {name}")
    if pack is not None and pack.start() == 0 and len(parts) > 1:
        return _of_folder(parts[:-1], library)  # `Seasons 1-3`
    if pack is not None and pack.start() > 1:
        title = Title(read_title(name[: pack.start() - 1]).text, title.year)
    return Series("/".join(parts), title, read_ids(name))


def confirmed_season(name: str, stems: Sequence[str]) -> SeasonFolder | None:
    """Return the season of a folder called `Title S1`, if a file in it is called `Title S1E1`."""
    season = read_season_at_end(name)
    if season is None:
        return None
    for number in filter(None, map(read_numbers, stems)):
        same = match_key(read_title(number.before).text) == match_key(
            read_title(season.before).text
        )
        if same and number.season == season.season:
            return season
    return None


def _named(home: Series, name: str) -> Series:
    """Return the series `name` inside `home`; `home` itself if the name is empty or the same."""
    title = read_title(name)
    key = match_key(title.text)
    if not name or not key or key == match_key(home.title.text):
        return home
    key = key if title.year is None else f"{key} {title.year}"
    return Series(f"{home.path}/{key}" if home.path else key, title)
