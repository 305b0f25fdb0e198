"""From a walked tree to the entries of the catalogue: reads names and makes ids. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import msgspec

from blobhls.index.catalogue.rows import SeenArtwork, SeenNfo, SeenSubtitleFile, SeenVideo
from blobhls.library.discs import Disc, gather_discs, ordinary_names
from blobhls.library.sidecar_files import (
    ArtworkKey,
    ReadFolder,
    find_artwork,
    find_nfo_files,
    find_subtitle_files,
)
from blobhls.library.walk import FoundFile, FoundFolder, Tree, WalkMemory, join
from blobhls.names.extras import ExtrasFolder, read_extras_folder
from blobhls.names.folders import path_id, read_extras, read_folder
from blobhls.names.readings import Episode, Extra, Movie, Reading
from blobhls.names.series import Folder
from blobhls.names.titles import natural_key


class Library(msgspec.Struct, frozen=True):
    """Everything in a tree that can be listed."""

    videos: tuple[SeenVideo, ...]
    artwork: dict[ArtworkKey, SeenArtwork]
    nfo_files: dict[str, SeenNfo] = {}  # by owner
    subtitle_files: tuple[SeenSubtitleFile, ...] = ()


class LibraryMemory:
    """The last walk and its readings, so that unchanged folders need not be read again."""

    def __init__(self) -> None:
        self.walk = WalkMemory()
        self.tree: tuple[FoundFolder, ...] = ()
        self.folders: dict[str, ReadFolder] = {}  # by path
        self.library: Library | None = None  # the result for `tree`


def read_tree(tree: Tree, name: str, memory: LibraryMemory | None = None) -> Library:
    """Return the content of a library whose own folder is called `name`.

    `memory` belongs to the same library and is updated. If nothing has changed, the same object as
    the last time is returned.
    """
    if memory is not None and memory.library is not None and memory.tree == tree.folders:
        return memory.library
    gathered = gather_discs(tree.folders)
    reader = _Reader(name, {} if memory is None else memory.folders, gathered.discs)
    extras: list[tuple[FoundFolder, ExtrasFolder]] = []
    for folder in gathered.folders:
        extras_folder = read_extras_folder(folder.path.split("/"))
        if extras_folder is None:
            reader.read(folder)
        else:
            extras.append((folder, extras_folder))
    # Last, since extras belong to titles of other folders.
    for folder, extras_folder in extras:
        reader.read_extras(folder, extras_folder)
    folders = reader.folders.values()
    library = Library(
        tuple(chain.from_iterable(folder.seen for folder in folders)),
        find_artwork(folders, reader.series),
        find_nfo_files(folders, reader.series),
        tuple(find_subtitle_files(folders)),
    )
    if memory is not None:
        memory.tree, memory.folders, memory.library = tree.folders, reader.folders, library
    return library


class _Reader:
    """Reads folders one by one, and remembers the previous ones."""

    def __init__(
        self, library: str, previous: Mapping[str, ReadFolder], discs: Mapping[str, Disc]
    ) -> None:
        self._library = library
        self._previous = previous
        self._discs = discs  # by path of the folder that names them
        self.folders: dict[str, ReadFolder] = {}  # by path
        self.series: dict[str, SeenVideo] = {}  # the first video, by the folder of the series

    def read(self, folder: FoundFolder) -> None:
        """Read a folder of films or episodes."""
        previous = self._previous.get(folder.path)
        if previous is not None and previous.folder == folder and not previous.is_extras_of_parent:
            self._remember(previous)
            return
        readings = self._read_folder(folder)
        seen: dict[str, SeenVideo] = {}
        for file, reading in zip(folder.videos, readings, strict=True):
            if not isinstance(reading, Extra):
                seen[file.name] = _seen(folder.path, file, reading)
        for file, reading in zip(folder.videos, readings, strict=True):
            if isinstance(reading, Extra):
                seen[file.name] = _extra(folder.path, file, reading, seen[reading.of])
        videos = tuple(seen[file.name] for file in folder.videos)
        self._remember(ReadFolder(folder, tuple(readings), videos))

    def read_extras(self, folder: FoundFolder, extras_folder: ExtrasFolder) -> None:
        """Read a folder that looks like extras: it is one if the folder above is one show."""
        show = self._show(extras_folder.home)
        if show is None:
            self.read(folder)
            return
        readings = read_extras(self._as_folder(folder), extras_folder.kind)
        seen = [
            _extra(folder.path, file, reading, show)
            for file, reading in zip(folder.videos, readings, strict=True)
        ]
        self._remember(ReadFolder(folder, tuple(readings), tuple(seen), is_extras_of_parent=True))

    def _show(self, path: str) -> SeenVideo | None:
        """Return a video of the one show that a folder is, or is a season of."""
        if path in self.series:
            return self.series[path]
        folder = self.folders.get(path)
        return None if folder is None or not folder.is_one_show else folder.seen[0]

    def _read_folder(self, folder: FoundFolder) -> list[Reading]:
        """Return what the videos of a folder are; those of a disc are parts of one film."""
        disc = self._discs.get(folder.path)
        if disc is None:
            return read_folder(self._as_folder(folder))
        ordinary = ordinary_names(folder, disc, self._library)
        names = {ordinary.get(file.name, file.name): file.name for file in folder.videos}
        if len(names) < len(folder.videos):  # another file already has such a name
            return read_folder(self._as_folder(folder))
        read = read_folder(Folder(folder.path, tuple(names), folder.subfolders, self._library))
        return [
            _renamed(reading, names, disc.label if file.name in ordinary else "")
            for file, reading in zip(folder.videos, read, strict=True)
        ]

    def _as_folder(self, folder: FoundFolder) -> Folder:
        names = tuple(file.name for file in folder.videos)
        return Folder(folder.path, names, folder.subfolders, self._library)

    def _remember(self, read: ReadFolder) -> None:
        self.folders[read.folder.path] = read
        for _, reading, video in read.listed():
            if isinstance(reading, Episode):
                self.series.setdefault(reading.series_path, video)


def _renamed(reading: Reading, names: Mapping[str, str], label: str) -> Reading:
    """Return a reading with the real file names; `label` where it has no version."""
    if isinstance(reading, Extra):
        return msgspec.structs.replace(reading, of=names.get(reading.of, reading.of))
    choice = reading.choice
    main = names.get(choice.main, choice.main)
    renamed = msgspec.structs.replace(choice, main=main, version=choice.version or label)
    return msgspec.structs.replace(reading, choice=renamed)


def _seen(folder: str, file: FoundFile, reading: Movie | Episode) -> SeenVideo:
    path = join(folder, file.name)
    video_id = path_id(path)
    choice = reading.choice
    main_id = path_id(join(folder, choice.main)) if choice.main else video_id
    seen = SeenVideo(
        path, file.size, file.mtime_ns, video_id, main_id, "movie", reading.title, None,
        reading.title, None, None, None, natural_key(path),
        main_id=None if main_id == video_id else main_id, version=choice.version,
        edition=choice.edition, part=choice.part,
        show_ids=" ".join(f"{provider}={value}" for provider, value in reading.ids),
    )  # fmt: skip
    if isinstance(reading, Movie):
        return msgspec.structs.replace(seen, show_year=reading.year)
    first, last = (reading.episodes[0], reading.episodes[-1]) if reading.episodes else (None, None)
    return msgspec.structs.replace(
        seen,
        show_id=path_id(reading.series_path),
        kind="series",
        show_title=reading.series_title,
        show_year=reading.series_year,
        season=reading.season,
        episode=first,
        episode_to=last,
        aired=reading.aired,
    )


def _extra(folder: str, file: FoundFile, reading: Extra, show: SeenVideo) -> SeenVideo:
    """Return an extra of the show that the video `show` belongs to."""
    path = join(folder, file.name)
    return SeenVideo(
        path, file.size, file.mtime_ns, path_id(path), show.show_id, show.kind, show.show_title,
        show.show_year, reading.title, None, None, None, natural_key(path), extra=reading.kind,
        show_ids=show.show_ids,
    )  # fmt: skip
