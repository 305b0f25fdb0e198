"""From a walked tree to what the catalogue lists: names read, ids made, artwork assigned. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from blobhls.index.catalogue_values import SeenPicture, SeenVideo
from blobhls.library.names import Episode, Folder, Movie, path_id, read_folder
from blobhls.library.titles import natural_key
from blobhls.library.tree import Artwork, ArtworkKind, folder_artwork, video_artwork
from blobhls.library.walk import FoundFile, FoundFolder, Tree, join

PictureKey = tuple[str, ArtworkKind]  # owner_id and kind


class Library(msgspec.Struct, frozen=True):
    """Everything in a tree that can be listed."""

    videos: tuple[SeenVideo, ...]
    pictures: dict[PictureKey, SeenPicture]


def read_tree(tree: Tree, name: str) -> Library:
    """Return what lies in a library whose own folder is called `name`."""
    folders = {folder.path for folder in tree.folders}
    videos: list[SeenVideo] = []
    of_series: dict[PictureKey, SeenPicture] = {}
    of_folders: dict[PictureKey, SeenPicture] = {}
    of_videos: dict[PictureKey, SeenPicture] = {}
    series: dict[str, str] = {}  # show_id by folder
    for folder in tree.folders:
        readings = read_folder(_as_folder(folder, name))
        seen = [
            _seen(folder.path, file, reading)
            for file, reading in zip(folder.videos, readings, strict=True)
        ]
        videos += seen
        series |= {
            reading.series_path: video.show_id
            for video, reading in zip(seen, readings, strict=True)
            if isinstance(reading, Episode)
        }
        if folder.pictures and (owner_id := _owner(seen, readings, folders)) is not None:
            for key, picture in _pictures_of_folder(folder, owner_id):
                of_folders.setdefault(key, picture)
        of_videos |= dict(_pictures_of_videos(folder, seen))
    for folder in tree.folders:
        if folder.pictures and folder.path in series:
            of_series |= dict(_pictures_of_folder(folder, series[folder.path]))
    return Library(tuple(videos), of_folders | of_series | of_videos)


def _as_folder(folder: FoundFolder, library: str) -> Folder:
    names = tuple(file.name for file in folder.videos)
    return Folder(folder.path, names, folder.subfolders, library)


def _seen(folder: str, file: FoundFile, reading: Movie | Episode) -> SeenVideo:
    path = join(folder, file.name)
    video_id = path_id(path)
    facts = (path, file.size, file.mtime_ns, video_id)
    order = natural_key(path)
    if isinstance(reading, Movie):
        return SeenVideo(
            *facts, video_id, "movie", reading.title, reading.year, reading.title,
            None, None, None, order,
        )  # fmt: skip
    first, last = (reading.episodes[0], reading.episodes[-1]) if reading.episodes else (None, None)
    return SeenVideo(
        *facts, path_id(reading.series_path), "series", reading.series_title, reading.series_year,
        reading.title, reading.season, first, last, order,
    )  # fmt: skip


def _owner(
    seen: Sequence[SeenVideo], readings: Sequence[Movie | Episode], folders: set[str]
) -> str | None:
    """Return the show that a folder's `poster.jpg` means, where the folder is no series itself.

    That is the movie it was made for, or the series all its files are of if that has no folder.
    """
    if len({video.show_id for video in seen}) != 1:
        return None
    reading = readings[0]
    if isinstance(reading, Movie):
        return seen[0].show_id if reading.own_folder else None
    return None if reading.series_path in folders else seen[0].show_id


def _pictures_of_folder(
    folder: FoundFolder, owner_id: str
) -> Iterator[tuple[PictureKey, SeenPicture]]:
    by_name = {file.name.lower(): file for file in folder.pictures}
    return _pictures(folder, owner_id, by_name, folder_artwork(by_name))


def _pictures_of_videos(
    folder: FoundFolder, seen: Sequence[SeenVideo]
) -> Iterator[tuple[PictureKey, SeenPicture]]:
    if not folder.pictures:
        return
    by_name = {file.name.lower(): file for file in folder.pictures}
    for file, video in zip(folder.videos, seen, strict=True):
        found = video_artwork(by_name, file.name)
        yield from _pictures(folder, video.video_id, by_name, found)


def _pictures(
    folder: FoundFolder, owner_id: str, by_name: dict[str, FoundFile], artwork: list[Artwork]
) -> Iterator[tuple[PictureKey, SeenPicture]]:
    for found in artwork:
        file = by_name[found.name]
        path = join(folder.path, file.name)
        picture = SeenPicture(owner_id, found.kind, path, file.size, file.mtime_ns)
        yield (owner_id, found.kind), picture
