"""Which files beside videos belong to what: artwork, NFO files, subtitles. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from blobhls.index.catalogue.rows import (
    SeenNfo,
    SeenPicture,
    SeenSubtitleFile,
    SeenVideo,
    season_id,
)
from blobhls.library.walk import FoundFile, FoundFolder, join
from blobhls.names.file_kinds import (
    Artwork,
    ArtworkKind,
    folder_artwork,
    season_artwork,
    video_artwork,
)
from blobhls.names.readings import Episode, Movie, Reading
from blobhls.names.sidecar_names import read_sidecar

PictureKey = tuple[str, ArtworkKind]  # owner_id and kind

# Folders beside a film that hold its subtitles.
_TEXT_FOLDERS = frozenset({"subs", "subtitles", "sub"})


class ReadFolder(msgspec.Struct, frozen=True, gc=False):
    """A folder with what its videos are, both in the order of `folder.videos`."""

    folder: FoundFolder
    readings: tuple[Reading, ...]
    seen: tuple[SeenVideo, ...]
    is_inside: bool = False  # extras of what the folder above it is, which may change

    @property
    def is_one_show(self) -> bool:
        """Whether it holds one film and nothing else, or episodes of one series."""
        if len({video.show_id for video in self.seen}) != 1:
            return False
        return all(reading.own_folder for reading in self.readings if isinstance(reading, Movie))

    def listed(self) -> Iterator[tuple[FoundFile, Movie | Episode, SeenVideo]]:
        """Yield its videos without extras."""
        for file, reading, video in zip(self.folder.videos, self.readings, self.seen, strict=True):
            if isinstance(reading, Movie | Episode):
                yield file, reading, video


def pictures_beside(
    folders: Collection[ReadFolder], series: Mapping[str, SeenVideo]
) -> dict[PictureKey, SeenPicture]:
    """Return the artwork files, by what they are of.

    `series`: a video of each series, by its folder. A video's own picture counts more than one of
    its folder's.
    """
    of_series: dict[PictureKey, SeenPicture] = {}
    of_folders: dict[PictureKey, SeenPicture] = {}
    of_videos: dict[PictureKey, SeenPicture] = {}
    paths = {read.folder.path for read in folders}
    for read in folders:
        by_name = {file.name.lower(): file for file in read.folder.pictures}
        if not by_name:
            continue
        show = series.get(read.folder.path)
        if show is not None:
            of_series |= _pictures(read, show.show_id, by_name, folder_artwork(by_name))
            for season, artwork in season_artwork(by_name):
                of_series |= _pictures(read, season_id(show.show_id, season), by_name, [artwork])
        elif (owner_id := _owner(read, paths)) is not None:
            for key, picture in _pictures(read, owner_id, by_name, folder_artwork(by_name)).items():
                of_folders.setdefault(key, picture)
        for file, video in zip(read.folder.videos, read.seen, strict=True):
            found = video_artwork(by_name, file.name)
            of_videos |= _pictures(read, video.video_id, by_name, found)
    return of_folders | of_series | of_videos


def _owner(read: ReadFolder, folders: set[str]) -> str | None:
    """Return what a folder's `poster.jpg` is of, where the folder is no series itself.

    That is the movie it was made for, the season, or the series that has no folder.
    """
    listed = [(reading, video) for _, reading, video in read.listed()]
    if len({video.show_id for _, video in listed}) != 1:
        return None
    reading, video = listed[0]
    if isinstance(reading, Movie):
        return video.show_id if reading.own_folder else None
    if reading.series_path not in folders:
        return video.show_id
    seasons = {other.season for _, other in listed}
    return (
        None
        if len(seasons) != 1 or video.season is None
        else season_id(video.show_id, video.season)
    )


def _pictures(
    read: ReadFolder, owner_id: str, by_name: Mapping[str, FoundFile], artwork: Iterable[Artwork]
) -> dict[PictureKey, SeenPicture]:
    found: dict[PictureKey, SeenPicture] = {}
    for picture in artwork:
        file = by_name[picture.name]
        path = join(read.folder.path, file.name)
        found[owner_id, picture.kind] = SeenPicture(
            owner_id, picture.kind, path, file.size, file.mtime_ns
        )
    return found


def notes_beside(
    folders: Iterable[ReadFolder], series: Mapping[str, SeenVideo]
) -> dict[str, SeenNfo]:
    """Return the NFO files, by what they are about.

    `tvshow.nfo` is about the series, `season.nfo` about the season whose folder it is, `movie.nfo`
    about such a film, any other about the video of that name.
    """
    notes: dict[str, SeenNfo] = {}
    for read in folders:
        by_name = {file.name.lower(): file for file in read.folder.notes}
        if not by_name:
            continue
        for file, reading, video in read.listed():
            names = [f"{_stem(file.name).lower()}.nfo"]
            if isinstance(reading, Movie) and reading.own_folder and video.main_id is None:
                names += ["movie.nfo", "video_ts.nfo", "video_ts/video_ts.nfo", "bdmv/index.nfo"]
            for name in names:
                if name in by_name:
                    notes.setdefault(video.video_id, _note(read, video.video_id, by_name[name]))
        show = series.get(read.folder.path)
        if show is not None and "tvshow.nfo" in by_name:
            notes[show.show_id] = _note(read, show.show_id, by_name["tvshow.nfo"])
        season = _season(read) if "season.nfo" in by_name else None
        if season is not None:
            notes[season] = _note(read, season, by_name["season.nfo"])
    return notes


def _season(read: ReadFolder) -> str | None:
    """Return the id of the one season that a folder holds, or None."""
    seasons = {(video.show_id, video.season) for _, _, video in read.listed()}
    if len(seasons) != 1:
        return None
    ((show_id, season),) = seasons
    return None if season is None else season_id(show_id, season)


def _note(read: ReadFolder, owner_id: str, file: FoundFile) -> SeenNfo:
    return SeenNfo(owner_id, join(read.folder.path, file.name), file.size, file.mtime_ns)


def texts_beside(folders: Collection[ReadFolder]) -> Iterator[SeenSubtitleFile]:
    """Yield the subtitle files that belong to a video: the one with the longest name that fits.

    In a folder `Subs` beside a single film, all do; in `Subs/<video>`, as releases of series have
    it, all belong to that video.
    """
    by_path = {read.folder.path: read for read in folders}
    for read in folders:
        if not read.folder.texts:
            continue
        home, own = _home(read, by_path)
        videos = {_stem(file.name).lower(): video for file, _, video in home.listed()}
        for file in read.folder.texts:
            text = _text(read, file, videos, own)
            if text is not None:
                yield text


def _home(read: ReadFolder, by_path: Mapping[str, ReadFolder]) -> tuple[ReadFolder, str | None]:
    """Return the folder with the videos, and the stem of the one that all files belong to."""
    above, _, name = read.folder.path.rpartition("/")
    if name.lower() in _TEXT_FOLDERS and above in by_path and not read.seen:
        return by_path[above], _single(by_path[above])
    top, _, between = above.rpartition("/")
    if between.lower() in _TEXT_FOLDERS and top in by_path and not read.seen:
        return by_path[top], name.lower()
    return read, None


def _single(read: ReadFolder) -> str | None:
    """Return the stem of the one video, or of the main one of several versions, if no parts."""
    listed = [(file, video) for file, _, video in read.listed()]
    mains = [_stem(file.name).lower() for file, video in listed if video.main_id is None]
    whole = all(video.part is None for _, video in listed)
    return mains[0] if len(mains) == 1 and whole else None


def _text(
    read: ReadFolder, file: FoundFile, videos: Mapping[str, SeenVideo], own: str | None
) -> SeenSubtitleFile | None:
    stem = _stem(file.name)
    of = stem.lower()
    while of not in videos and "." in of:
        of = of.rpartition(".")[0]
    found = read_sidecar(stem, of) if of in videos else None
    if found is None and own is not None and own in videos:
        of, found = own, read_sidecar(f".{stem.replace('_', '.')}", "")
    if found is None:
        return None
    return SeenSubtitleFile(
        join(read.folder.path, file.name),
        videos[of].video_id,
        file.size,
        file.mtime_ns,
        **msgspec.structs.asdict(found),
    )


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
