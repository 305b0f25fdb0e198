"""Which files next to videos belong to what: artwork, NFO files, subtitles. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from blobhls.index.catalogue.rows import (
    SeenArtwork,
    SeenNfo,
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

ArtworkKey = tuple[str, ArtworkKind]  # owner_id and kind

# Folders next to a film that hold its subtitles.
_SUBTITLE_FOLDERS = frozenset({"subs", "subtitles", "sub"})


class ReadFolder(msgspec.Struct, frozen=True, gc=False):
    """A folder and the readings of its videos, in the order of `folder.videos`."""

    folder: FoundFolder
    readings: tuple[Reading, ...]
    seen: tuple[SeenVideo, ...]
    is_extras_of_parent: bool = False  # it holds extras of the folder above, which may change

    @property
    def is_one_show(self) -> bool:
        """Whether it holds only one film, or episodes of one series."""
        if len({video.show_id for video in self.seen}) != 1:
            return False
        return all(reading.own_folder for reading in self.readings if isinstance(reading, Movie))

    def listed(self) -> Iterator[tuple[FoundFile, Movie | Episode, SeenVideo]]:
        """Yield its videos without extras."""
        for file, reading, video in zip(self.folder.videos, self.readings, self.seen, strict=True):
            if isinstance(reading, Movie | Episode):
                yield file, reading, video


def find_artwork(
    folders: Collection[ReadFolder], series: Mapping[str, SeenVideo]
) -> dict[ArtworkKey, SeenArtwork]:
    """Return the artwork files, by owner and kind.

    `series`: a video of each series, by its folder. A video's own artwork takes precedence over its
    folder's.
    """
    of_series: dict[ArtworkKey, SeenArtwork] = {}
    of_folders: dict[ArtworkKey, SeenArtwork] = {}
    of_videos: dict[ArtworkKey, SeenArtwork] = {}
    paths = {read.folder.path for read in folders}
    for read in folders:
        by_name = {file.name.lower(): file for file in read.folder.artwork}
        if not by_name:
            continue
        show = series.get(read.folder.path)
        if show is not None:
            of_series |= _seen_artwork(read, show.show_id, by_name, folder_artwork(by_name))
            for season, artwork in season_artwork(by_name):
                of_series |= _seen_artwork(
                    read, season_id(show.show_id, season), by_name, [artwork]
                )
        elif (owner_id := _owner(read, paths)) is not None:
            for key, artwork_file in _seen_artwork(
                read, owner_id, by_name, folder_artwork(by_name)
            ).items():
                of_folders.setdefault(key, artwork_file)
        for file, video in zip(read.folder.videos, read.seen, strict=True):
            found = video_artwork(by_name, file.name)
            of_videos |= _seen_artwork(read, video.video_id, by_name, found)
    return of_folders | of_series | of_videos


def _owner(read: ReadFolder, folders: set[str]) -> str | None:
    """Return the owner of a folder's `poster.jpg`, if the folder is not a series itself.

    It is the movie with that folder, the season, or a series without a folder.
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


def _seen_artwork(
    read: ReadFolder, owner_id: str, by_name: Mapping[str, FoundFile], artwork: Iterable[Artwork]
) -> dict[ArtworkKey, SeenArtwork]:
    found: dict[ArtworkKey, SeenArtwork] = {}
    for artwork_file in artwork:
        file = by_name[artwork_file.name]
        path = join(read.folder.path, file.name)
        found[owner_id, artwork_file.kind] = SeenArtwork(
            owner_id, artwork_file.kind, path, file.size, file.mtime_ns
        )
    return found


def find_nfo_files(
    folders: Iterable[ReadFolder], series: Mapping[str, SeenVideo]
) -> dict[str, SeenNfo]:
    """Return the NFO files, by owner.

    `tvshow.nfo` belongs to the series, `season.nfo` to the season in its folder, `movie.nfo` to the
    film in its own folder, and any other to the video with the same name.
    """
    nfo_files: dict[str, SeenNfo] = {}
    for read in folders:
        by_name = {file.name.lower(): file for file in read.folder.nfo_files}
        if not by_name:
            continue
        for file, reading, video in read.listed():
            names = [f"{_stem(file.name).lower()}.nfo"]
            if isinstance(reading, Movie) and reading.own_folder and video.main_id is None:
                names += ["movie.nfo", "video_ts.nfo", "video_ts/video_ts.nfo", "bdmv/index.nfo"]
            for name in names:
                if name in by_name:
                    nfo_files.setdefault(
                        video.video_id, _seen_nfo(read, video.video_id, by_name[name])
                    )
        show = series.get(read.folder.path)
        if show is not None and "tvshow.nfo" in by_name:
            nfo_files[show.show_id] = _seen_nfo(read, show.show_id, by_name["tvshow.nfo"])
        season = _season(read) if "season.nfo" in by_name else None
        if season is not None:
            nfo_files[season] = _seen_nfo(read, season, by_name["season.nfo"])
    return nfo_files


def _season(read: ReadFolder) -> str | None:
    """Return the id of the only season in a folder, or None."""
    seasons = {(video.show_id, video.season) for _, _, video in read.listed()}
    if len(seasons) != 1:
        return None
    ((show_id, season),) = seasons
    return None if season is None else season_id(show_id, season)


def _seen_nfo(read: ReadFolder, owner_id: str, file: FoundFile) -> SeenNfo:
    return SeenNfo(owner_id, join(read.folder.path, file.name), file.size, file.mtime_ns)


def find_subtitle_files(folders: Collection[ReadFolder]) -> Iterator[SeenSubtitleFile]:
    """Yield the subtitle files that belong to a video: to the one with the longest matching name.

    In a folder `Subs` next to a single film, all files match; in `Subs/<video>`, as in releases of
    series, all belong to that video.
    """
    by_path = {read.folder.path: read for read in folders}
    for read in folders:
        if not read.folder.subtitle_files:
            continue
        home, own = _home(read, by_path)
        videos = {_stem(file.name).lower(): video for file, _, video in home.listed()}
        for file in read.folder.subtitle_files:
            subtitles = _seen_subtitles(read, file, videos, own)
            if subtitles is not None:
                yield subtitles


def _home(read: ReadFolder, by_path: Mapping[str, ReadFolder]) -> tuple[ReadFolder, str | None]:
    """Return the folder with the videos, and the stem of the video that all files belong to."""
    above, _, name = read.folder.path.rpartition("/")
    if name.lower() in _SUBTITLE_FOLDERS and above in by_path and not read.seen:
        return by_path[above], _single(by_path[above])
    top, _, between = above.rpartition("/")
    if between.lower() in _SUBTITLE_FOLDERS and top in by_path and not read.seen:
        return by_path[top], name.lower()
    return read, None


def _single(read: ReadFolder) -> str | None:
    """Return the stem of the only video, or of the main version; None if it has parts."""
    listed = [(file, video) for file, _, video in read.listed()]
    mains = [_stem(file.name).lower() for file, video in listed if video.main_id is None]
    unsplit = all(video.part is None for _, video in listed)
    return mains[0] if len(mains) == 1 and unsplit else None


def _seen_subtitles(
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
