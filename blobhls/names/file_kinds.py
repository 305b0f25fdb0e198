"""Which files of a folder matter, by their names alone: videos, artwork, subtitles, junk. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

FileKind = Literal["video", "artwork", "subtitles", "nfo"]
ArtworkKind = Literal["thumbnail", "banner", "backdrop", "landscape", "logo"]

VIDEO_EXTENSIONS: Final = frozenset(
    {"3g2", "3gp", "asf", "avi", "divx", "dv", "dvr-ms", "f4v", "flv", "ivf", "m1v", "m2t", "m2ts"}
    | {"m2v", "m4v", "mk3d", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mpv", "mts", "mxf", "ogm"}
    | {"ogv", "qt", "rm", "rmvb", "tp", "trp", "ts", "vob", "webm", "wmv", "wtv", "xvid"}
)
_IMAGE_EXTENSIONS: Final = ("jpg", "jpeg", "png", "webp")  # in order of preference
SUBTITLE_EXTENSIONS: Final = frozenset({"ass", "srt", "ssa", "vtt"})
# Subtitles that are images (VobSub, Blu-ray), or in formats that are rare today.
_UNSUPPORTED_SUBTITLES: Final = frozenset({"idx", "smi", "sub", "sup"})
_KINDS: Final[dict[str, FileKind]] = {
    **dict.fromkeys(VIDEO_EXTENSIONS, "video"),
    **dict.fromkeys(_IMAGE_EXTENSIONS, "artwork"),
    **dict.fromkeys(SUBTITLE_EXTENSIONS, "subtitles"),
    "nfo": "nfo",  # metadata of a title
}

_JUNK_FOLDERS: Final = frozenset(
    {"@eadir", "@recently-snapshot", "@recycle", "#recycle", "#snapshot", "$recycle.bin"}
    | {"__macosx", "backdrops", "lost+found", "recycler", "system volume information"}
    | {"theme-music"}
)
# Prefixes of folders that an unpacker has not finished.
_UNFINISHED: Final = ("_unpack_", "_failed_")
# A folder with one of these files in it is marked by its owner as to be ignored.
_IGNORE_FILES: Final = frozenset({".ignore", ".nomedia", ".plexignore"})
# A download is in progress while a file ends in one of these, or has such a file beside it.
_PARTIAL: Final = (
    ".part", ".partial", ".crdownload", ".!qb", ".!ut", ".aria2", ".bc!", ".download", ".filepart",
    ".opdownload", ".unfinished",
)  # fmt: skip
# Advertisements that release groups put next to a film.
_ADVERTISEMENTS: Final = frozenset(
    {"etrg", "rarbg", "rarbg.com", "rarbg_do_not_mirror", "yify", "yts"}
)

_BACKDROPS: Final = ("fanart", "backdrop", "background", "art", "fanart1", "backdrop1")
# By kind: file names for a whole folder, then suffixes of a video's own name.
_FOLDER_NAMES: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("poster", "folder", "cover", "movie", "show", "default"),
    "banner": ("banner", *_BACKDROPS),
    "backdrop": _BACKDROPS,
    "landscape": ("landscape", "thumb"),
    "logo": ("logo", "clearlogo"),
}
_VIDEO_SUFFIXES: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("-poster", "-cover", "", "-thumb"),
    "banner": ("-banner", *(f"-{name}" for name in _BACKDROPS)),
    "backdrop": tuple(f"-{name}" for name in _BACKDROPS),
    "landscape": ("-landscape", "-thumb"),
    "logo": ("-logo", "-clearlogo"),
}
# Suffixes of `season01`, in the folder of the series.
_SEASON_SUFFIXES: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("-poster", "", "-cover"),
    "banner": ("-banner", "-fanart"),
    "backdrop": ("-fanart", "-backdrop"),
    "landscape": ("-landscape", "-thumb"),
}
_SEASON: Final = re.compile(r"season[ ._-]?([0-9]{1,4}|specials)(?=[.-])", re.IGNORECASE)


class Artwork(msgspec.Struct, frozen=True):
    """An image file that belongs to a show or a video."""

    kind: ArtworkKind
    name: str  # file name


def extension(name: str) -> str:
    """Return a file name's extension in lower case, without dot; "" if it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(name: str) -> FileKind | None:
    """Return the kind of file that a name promises; None for other and hidden files."""
    return None if name.startswith(".") else _KINDS.get(extension(name))


def unsupported_subtitles(names: Iterable[str]) -> list[str]:
    """Return the subtitle files of unsupported formats; of `.idx` and `.sub` only the first."""
    found = {name for name in names if extension(name) in _UNSUPPORTED_SUBTITLES and name[0] != "."}
    stems = {name.rpartition(".")[0] for name in found if extension(name) == "idx"}
    return sorted(
        name for name in found if extension(name) != "sub" or name.rpartition(".")[0] not in stems
    )


def is_video(name: str) -> bool:
    """Whether a file name promises a video."""
    return kind_of(name) == "video"


def is_partial(name: str) -> bool:
    """Whether a file is a download in progress, or marks one."""
    return name.lower().endswith(_PARTIAL)


def is_junk_folder(name: str) -> bool:
    """Whether a folder is never scanned: hidden, thumbnails of a NAS, recycle bins."""
    lower = name.lower()
    return name.startswith(".") or lower in _JUNK_FOLDERS or lower.startswith(_UNFINISHED)


def has_ignore_file(names: Iterable[str]) -> bool:
    """Whether a folder with these files is marked as to be ignored."""
    return not _IGNORE_FILES.isdisjoint(names)


def is_sample_folder(name: str) -> bool:
    """Whether a folder holds samples of the videos next to it."""
    return name.lower() in {"sample", "samples"}


def complete_videos(videos: Sequence[str], partial: Iterable[str] = ()) -> list[str]:
    """Return the videos that are neither samples of the others nor still being downloaded.

    `partial` are the names next to them for which `is_partial` is true. A sample is called
    `sample` or ends in it; a sample without another video counts as a video.
    """
    downloading = {name.rpartition(".")[0] for name in partial}
    kept = [name for name in videos if name not in downloading]
    complete = [name for name in kept if not _is_sample(name)]
    return complete or kept


def _is_sample(name: str) -> bool:
    stem = name.rpartition(".")[0].lower()
    return stem in {"sample", *_ADVERTISEMENTS} or stem.endswith(
        ("-sample", ".sample", "_sample", " sample")
    )


def folder_artwork(images: Iterable[str]) -> list[Artwork]:
    """Return the images for a whole folder: `poster.jpg`, `fanart.png`, …."""
    return _artwork(images, _FOLDER_NAMES, "")


def video_artwork(images: Iterable[str], video: str) -> list[Artwork]:
    """Return the images named after a video file: `Heat.jpg`, `Heat-fanart.png`, …."""
    return _artwork(images, _VIDEO_SUFFIXES, video.rpartition(".")[0].lower())


def season_artwork(images: Iterable[str]) -> list[tuple[int, Artwork]]:
    """Return the images for seasons in the folder of a series: `season01-poster.jpg`."""
    names = list(images)
    prefixes = {found[0].lower(): found[1] for name in names if (found := _SEASON.match(name))}
    return [
        (int(number) if number.isascii() and number.isdecimal() else 0, artwork)
        for prefix, number in sorted(prefixes.items())
        for artwork in _artwork(names, _SEASON_SUFFIXES, prefix)
    ]


def _artwork(
    images: Iterable[str], names: dict[ArtworkKind, tuple[str, ...]], prefix: str
) -> list[Artwork]:
    by_name = {name.lower(): name for name in sorted(images)}
    found: list[Artwork] = []
    for kind, endings in names.items():
        wanted = (
            f"{prefix}{end}.{extension}" for end in endings for extension in _IMAGE_EXTENSIONS
        )
        name = next((by_name[want] for want in wanted if want in by_name), None)
        if name is not None:
            found.append(Artwork(kind, name))
    return found
