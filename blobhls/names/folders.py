"""What a video is, by its name and folder: a movie, an episode or an extra, and of what. Pure.

The rules, first match wins:

1. A video below a season folder (`Season 01`, `S01`, `Specials`, `Show Season 1`) is an episode.
   The series is the folder above the season folder.
2. A name with `S01E02`, `1x02` or `Season 1 Episode 2`, or with `- 12` behind a group in brackets,
   is an episode. So is the only video of a folder with such a name. The series is the folder (or
   the next one up, if the folder is named for one episode). In the root, and in a folder that
   holds several series, the text before the number is the name of the series.
3. In a folder that is a series because it has season folders, or because at least half of its
   videos have numbers, every video is an episode, numbered or not. Dates and plain numbers count
   after the folder's own name, or if every name begins with one. The root is never such a folder.
4. Everything else is a movie. The only movie of a folder is named by folder and file; several in
   one folder are one movie each, named by their files.

A file with a suffix such as `-trailer` is an extra of the title next to it. Several files of one
film or episode are its versions and parts (`versions`).

Ids are hashes of paths relative to the library. A movie's id is that of its *file*: the id of its
folder would pass to another movie when a second video is added. A series' id is that of its folder.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Final

import msgspec
from blake3 import blake3

from blobhls.names.extras import EXTRA_FOLDERS, ExtraKind, ExtraName, read_extra
from blobhls.names.numbers import (
    Numbers,
    SeasonFolder,
    read_numbers,
    read_numbers_in_season,
    read_season_folder,
)
from blobhls.names.readings import Episode, Extra, Movie, Reading
from blobhls.names.series import (
    GENERIC_FOLDERS,
    Folder,
    Series,
    confirmed_season,
    is_series,
    series_by_text,
    series_home,
    series_of_season,
    weak_numbers,
)
from blobhls.names.tags import known_label, read_ids
from blobhls.names.titles import Title, match_key, read_title, stem_of
from blobhls.names.versions import Candidate, Choice, choices, read_parts, read_work

# Folders next to a movie that are not titles of their own.
_ACCESSORY_FOLDERS: Final = frozenset(EXTRA_FOLDERS) | frozenset(
    {"audio_ts", "backdrops", "bdmv", "certificate", "extrafanart", "extrathumbs", "jacket_p"}
    | {"metadata", "sample", "samples", "subs", "subtitles", "theme-music", "video_ts"}
)


class _EpisodePlace(msgspec.Struct, frozen=True):
    """The series and season that an episode belongs to."""

    series: Series
    season: int | None  # by its folder
    numbers: Numbers | None


_ONLY_FILE: Final = Choice()


def path_id(path: str) -> str:
    """Return the id of the file or folder at `path`, relative to the library.

    The first 16 characters of lowercase base32 (RFC 4648 §6) of BLAKE3 over the path in NFC and
    UTF-8; a name that is not valid UTF-8 is hashed as its bytes. The same on every machine.
    """
    name = unicodedata.normalize("NFC", path).encode("utf-8", "surrogateescape")
    return base64.b32encode(blake3(name).digest(10)).decode("ascii").lower()


def read_folder(folder: Folder) -> list[Reading]:
    """Return what each of the folder's videos is, in the order of `folder.videos`."""
    extras = {name: read_extra(stem_of(name)) for name in folder.videos}
    names = [name for name in folder.videos if extras[name] is None]
    if len(names) == len(folder.videos):
        return [*_read_videos(folder)]
    found = dict(zip(names, _read_videos(_with_videos(folder, names)), strict=True))
    owners = _Owners(folder, found)
    owned = {
        name: Extra(extra.kind, _extra_title(extra), owner)
        for name, extra in extras.items()
        if extra is not None and (owner := owners.owner(extra)) is not None
    }
    # A file that is no extra of another is an ordinary video, and may change how others are read.
    names = [name for name in folder.videos if name not in owned]
    read = dict(zip(names, _read_videos(_with_videos(folder, names)), strict=True))
    return [owned[name] if name in owned else read[name] for name in folder.videos]


def read_extras(folder: Folder, kind: ExtraKind) -> list[Extra]:
    """Return the videos of a folder that holds extras of the folder above it."""
    found: list[Extra] = []
    for name in folder.videos:
        extra = read_extra(stem_of(name))
        if extra is None or extra.certain or not extra.base:
            found.append(Extra(kind, read_title(stem_of(name)).text))
        else:
            found.append(Extra(extra.kind, _extra_title(extra)))
    return found


def _with_videos(folder: Folder, names: Sequence[str]) -> Folder:
    return msgspec.structs.replace(folder, videos=tuple(names))


class _Owners:
    """Finds the video that an extra belongs to: the one it is named after, or any of the folder."""

    def __init__(self, folder: Folder, videos: Mapping[str, Movie | Episode]) -> None:
        self._by_numbers: dict[Hashable, str] = {}
        self._by_title: dict[str, str] = {}
        for name in videos:
            numbers = read_numbers(stem_of(name))
            if numbers is not None:
                self._by_numbers.setdefault((numbers.season, numbers.episodes), name)
            self._by_title.setdefault(match_key(read_title(stem_of(name)).text), name)
        self._any = next(iter(videos), None) if _is_one_show(folder, videos.values()) else None

    def owner(self, extra: ExtraName) -> str | None:
        """Return a video's name, or None."""
        numbers = read_numbers(extra.base)
        if numbers is not None:
            return self._by_numbers.get((numbers.season, numbers.episodes))
        key = match_key(read_title(extra.base).text) if extra.base else ""
        return self._by_title.get(key, self._any) if key else self._any


def _is_one_show(folder: Folder, videos: Collection[Movie | Episode]) -> bool:
    """Whether a named folder holds only one film, or episodes of one series."""
    shows = {video.series_path if isinstance(video, Episode) else None for video in videos}
    alone = all(isinstance(video, Episode) or video.own_folder for video in videos)
    return _is_named(folder) and alone and len(shows) == 1


def _extra_title(extra: ExtraName) -> str:
    title = read_title(extra.base).text if extra.base.strip(" ._-") else ""
    return title or extra.kind.replace("-", " ").capitalize()


def _read_videos(folder: Folder) -> list[Movie | Episode]:
    """Return what each video is, apart from extras."""
    home = folder.parts[-1] if folder.parts else ""
    whole = [stem_of(name) for name in folder.videos]
    season = _season(folder, whole)
    parts = read_parts(whole, home, season=season is not None)
    stems = [part.base if part else stem for part, stem in zip(parts, whole, strict=True)]
    places = _places(folder, stems, season)
    title = read_title(home)
    found: list[Movie | Episode] = []
    candidates: list[Candidate] = []
    for number, (place, stem) in enumerate(zip(places, stems, strict=True)):
        file = (folder.videos[number], whole[number], parts[number])
        if place is None:
            work = read_work(stem, title)
            movie = Movie(work.title.text, work.title.year, own_folder=False, ids=read_ids(stem))
            found.append(movie)
            candidates.append(Candidate(*file, work.key, work.version, work.certain))
        else:
            episode = _episode(place, stem)
            found.append(episode)
            key = _episode_key(episode, place, number)
            candidates.append(Candidate(*file, key, known_label(stem), certain=True))
    chosen = choices(candidates)
    if not any(places) and sum(not choice.main for choice in chosen) == 1:
        found = [_as_only_movie(folder, title, movie) for movie in found]
    return [
        msgspec.structs.replace(reading, choice=choice) if choice != _ONLY_FILE else reading
        for reading, choice in zip(found, chosen, strict=True)
    ]


def _season(folder: Folder, stems: Sequence[str]) -> tuple[int, SeasonFolder] | None:
    """Return the first season folder of the path, with its depth."""
    parts = folder.parts
    for depth, part in enumerate(parts):
        season = read_season_folder(part, top=depth == 0)
        if season is not None:
            return depth, season
    confirmed = confirmed_season(parts[-1], stems) if parts else None
    return None if confirmed is None else (len(parts) - 1, confirmed)


def _places(
    folder: Folder, stems: Sequence[str], season: tuple[int, SeasonFolder] | None
) -> list[_EpisodePlace | None]:
    """Return the series and season of each video; None for movies."""
    if season is not None:
        series, number = series_of_season(folder, *season), season[1].season
        return [_EpisodePlace(series, number, read_numbers_in_season(stem)) for stem in stems]
    numbers = [read_numbers(stem) for stem in stems]
    if (
        len(stems) == 1
        and folder.path
        and numbers[0] is None
        and _has_only_accessories_below(folder)
    ):
        numbers = [read_numbers(folder.parts[-1])]
    if not any(numbers):
        numbers = weak_numbers(folder, stems)
    whole = is_series(folder, numbers)
    if not whole and not any(numbers):
        return [None] * len(stems)
    home = series_home(folder)
    found: list[_EpisodePlace | None] = []
    for numbered in numbers:
        if numbered is None:
            found.append(_EpisodePlace(home, None, None) if whole else None)
        else:
            series = home if whole and home.path else series_by_text(folder, home, numbered)
            found.append(_EpisodePlace(series, None, numbered))
    return found


def _is_named(folder: Folder) -> bool:
    """Whether the folder's name says something about its content."""
    if not folder.path:
        return False
    name = folder.parts[-1].lower()
    return name not in GENERIC_FOLDERS and name not in EXTRA_FOLDERS


def _has_only_accessories_below(folder: Folder) -> bool:
    """Whether the subfolders hold only accessories of a title."""
    return all(name.lower() in _ACCESSORY_FOLDERS for name in folder.subfolders)


def _episode(place: _EpisodePlace, stem: str) -> Episode:
    series, season, numbers = place.series, place.season, place.numbers
    if numbers is None:
        return Episode(
            series.path,
            series.title.text,
            series.title.year,
            season,
            (),
            read_title(stem).text,
            ids=series.ids,
        )
    return Episode(
        series.path,
        series.title.text,
        series.title.year,
        season if numbers.season is None else numbers.season,
        numbers.episodes,
        numbers.after or numbers.aired or f"Episode {numbers.episodes[0]}",
        numbers.aired,
        ids=series.ids,
    )


def _episode_key(episode: Episode, place: _EpisodePlace, number: int) -> Hashable:
    """Return the key shared by versions of one episode; unnumbered episodes have a key each."""
    if place.numbers is None:
        return number
    numbers = (episode.season, episode.episodes, episode.aired)
    return episode.series_path, numbers, match_key(episode.title)


def _as_only_movie(folder: Folder, title: Title, movie: Movie | Episode) -> Movie | Episode:
    """Return the only movie of a folder called `title`, named after the folder if that fits."""
    if not isinstance(movie, Movie) or not _has_only_accessories_below(folder):
        return movie
    if not _is_named(folder):
        return msgspec.structs.replace(movie, own_folder=True)
    ids = movie.ids or read_ids(folder.parts[-1])
    if title.year is None and movie.year is not None:
        title = Title(movie.title, movie.year)
    return Movie(title.text, title.year, own_folder=True, ids=ids)


def episode_index(
    season: int | None, first: int | None, last: int | None, aired: str | None = None
) -> str:
    """Return the short label: `S01E02`, `S01E01-E02`, `2019-12-20`, `S01`, `E05`, or ""."""
    if first is None and aired is not None:
        return aired
    label = "" if season is None else f"S{season:02d}"
    if first is not None:
        label += f"E{first:02d}"
        if last is not None and last != first:
            label += f"-E{last:02d}"
    return label
