"""Which files of a folder matter, told by their names alone: videos, pictures, junk. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

ArtworkKind = Literal["thumbnail", "banner"]

VIDEO_EXTENSIONS: Final = frozenset(
    {"3gp", "asf", "avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf"}
    | {"ogm", "ogv", "ts", "vob", "webm", "wmv"}
)
_PICTURES: Final = ("jpg", "jpeg", "png", "webp")  # the first is taken where there are several

_JUNK_FOLDERS: Final = frozenset(
    {"@eadir", "#recycle", "$recycle.bin", "__macosx", "lost+found", "system volume information"}
)
# A download is going on while one of these lies beside the file or is its end.
_PARTIAL: Final = (".part", ".partial", ".crdownload", ".!qb", ".aria2", ".download")

# By kind: names for what fills a folder, then endings put behind a video's own name.
_OF_FOLDER: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("poster", "folder", "cover"),
    "banner": ("banner", "fanart", "backdrop"),
}
_OF_VIDEO: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("-poster", "", "-thumb"),
    "banner": ("-banner", "-fanart", "-backdrop"),
}


class Artwork(msgspec.Struct, frozen=True):
    """A picture file that belongs to a show or a video."""

    kind: ArtworkKind
    name: str  # file name


def extension(name: str) -> str:
    """Return a file name's extension in lower case, without dot; "" if it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_video(name: str) -> bool:
    """Whether a file name promises a video."""
    return extension(name) in VIDEO_EXTENSIONS and not name.startswith(".")


def is_picture(name: str) -> bool:
    """Whether a file name promises a picture that can be artwork."""
    return extension(name) in _PICTURES and not name.startswith(".")


def is_partial(name: str) -> bool:
    """Whether a file is a download going on, or the mark of one."""
    return name.lower().endswith(_PARTIAL)


def is_junk_folder(name: str) -> bool:
    """Whether a folder is never looked into: hidden, thumbnails of a NAS, recycle bins."""
    return name.startswith(".") or name.lower() in _JUNK_FOLDERS


def is_sample_folder(name: str) -> bool:
    """Whether a folder holds samples of the videos beside it."""
    return name.lower() in {"sample", "samples"}


def without_junk(videos: Sequence[str], partial: Iterable[str] = ()) -> list[str]:
    """Return the videos that are neither samples of the others nor still being downloaded.

    `partial` are the names beside them that `is_partial` found. A sample is named `sample` or
    ends in it; alone it is no sample but somebody's video.
    """
    loading = {name.rpartition(".")[0] for name in partial}
    kept = [name for name in videos if name not in loading]
    whole = [name for name in kept if not _is_sample(name)]
    return whole or kept


def _is_sample(name: str) -> bool:
    stem = name.rpartition(".")[0].lower()
    return stem == "sample" or stem.endswith(("-sample", ".sample", "_sample", " sample"))


def folder_artwork(pictures: Iterable[str]) -> list[Artwork]:
    """Return the pictures that stand for a whole folder: `poster.jpg`, `fanart.png`, …."""
    return _artwork(pictures, _OF_FOLDER, "")


def video_artwork(pictures: Iterable[str], video: str) -> list[Artwork]:
    """Return the pictures named after a video file: `Heat.jpg`, `Heat-fanart.png`, …."""
    return _artwork(pictures, _OF_VIDEO, video.rpartition(".")[0].lower())


def _artwork(
    pictures: Iterable[str], names: dict[ArtworkKind, tuple[str, ...]], prefix: str
) -> list[Artwork]:
    by_name = {name.lower(): name for name in sorted(pictures)}
    found: list[Artwork] = []
    for kind, endings in names.items():
        wanted = (f"{prefix}{end}.{extension}" for end in endings for extension in _PICTURES)
        name = next((by_name[want] for want in wanted if want in by_name), None)
        if name is not None:
            found.append(Artwork(kind, name))
    return found
