"""Which files of a folder matter, told by their names alone: videos, pictures, junk. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

FileKind = Literal["video", "picture", "text", "note"]
ArtworkKind = Literal["thumbnail", "banner", "backdrop", "landscape", "logo"]

VIDEO_EXTENSIONS: Final = frozenset(
    {"3g2", "3gp", "asf", "avi", "divx", "dv", "dvr-ms", "f4v", "flv", "ivf", "m1v", "m2t", "m2ts"}
    | {"m2v", "m4v", "mk3d", "mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mpv", "mts", "mxf", "ogm"}
    | {"ogv", "qt", "rm", "rmvb", "tp", "trp", "ts", "vob", "webm", "wmv", "wtv", "xvid"}
)
_PICTURES: Final = ("jpg", "jpeg", "png", "webp")  # the first is taken where there are several
TEXT_EXTENSIONS: Final = frozenset({"ass", "srt", "ssa", "vtt"})
# Subtitles that are pictures (VobSub, Blu-ray), or in formats that are hardly met any more.
_OTHER_TEXTS: Final = frozenset({"idx", "smi", "sub", "sup"})
_KINDS: Final[dict[str, FileKind]] = {
    **dict.fromkeys(VIDEO_EXTENSIONS, "video"),
    **dict.fromkeys(_PICTURES, "picture"),
    **dict.fromkeys(TEXT_EXTENSIONS, "text"),
    "nfo": "note",  # what somebody wrote down about a title
}

_JUNK_FOLDERS: Final = frozenset(
    {"@eadir", "@recently-snapshot", "@recycle", "#recycle", "#snapshot", "$recycle.bin"}
    | {"__macosx", "backdrops", "lost+found", "recycler", "system volume information"}
    | {"theme-music"}
)
# What unpackers call a folder that is not complete.
_UNFINISHED: Final = ("_unpack_", "_failed_")
# A folder with one of these in it is not for us, as its owner says.
_KEEP_OUT: Final = frozenset({".ignore", ".nomedia", ".plexignore"})
# A download is going on while one of these lies beside the file or is its end.
_PARTIAL: Final = (
    ".part", ".partial", ".crdownload", ".!qb", ".!ut", ".aria2", ".bc!", ".download", ".filepart",
    ".opdownload", ".unfinished",
)  # fmt: skip
# Advertisements that release groups put beside a film.
_ADVERTS: Final = frozenset({"etrg", "rarbg", "rarbg.com", "rarbg_do_not_mirror", "yify", "yts"})

_BACKDROPS: Final = ("fanart", "backdrop", "background", "art", "fanart1", "backdrop1")
# By kind: names for what fills a folder, then endings put behind a video's own name.
_OF_FOLDER: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("poster", "folder", "cover", "movie", "show", "default"),
    "banner": ("banner", *_BACKDROPS),
    "backdrop": _BACKDROPS,
    "landscape": ("landscape", "thumb"),
    "logo": ("logo", "clearlogo"),
}
_OF_VIDEO: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("-poster", "-cover", "", "-thumb"),
    "banner": ("-banner", *(f"-{name}" for name in _BACKDROPS)),
    "backdrop": tuple(f"-{name}" for name in _BACKDROPS),
    "landscape": ("-landscape", "-thumb"),
    "logo": ("-logo", "-clearlogo"),
}
# Behind `season01`, in the folder of the series.
_OF_SEASON: Final[dict[ArtworkKind, tuple[str, ...]]] = {
    "thumbnail": ("-poster", "", "-cover"),
    "banner": ("-banner", "-fanart"),
    "backdrop": ("-fanart", "-backdrop"),
    "landscape": ("-landscape", "-thumb"),
}
_SEASON: Final = re.compile(r"season[ ._-]?([0-9]{1,4}|specials)(?=[.-])", re.IGNORECASE)


class Artwork(msgspec.Struct, frozen=True):
    """A picture file that belongs to a show or a video."""

    kind: ArtworkKind
    name: str  # file name


def extension(name: str) -> str:
    """Return a file name's extension in lower case, without dot; "" if it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(name: str) -> FileKind | None:
    """Return what a file name promises; None for what is of no use here, and for hidden files."""
    return None if name.startswith(".") else _KINDS.get(extension(name))


def refused_texts(names: Iterable[str]) -> list[str]:
    """Return the subtitle files that can't be offered, by name; of `.idx` and `.sub` the first."""
    found = {name for name in names if extension(name) in _OTHER_TEXTS and name[0] != "."}
    stems = {name.rpartition(".")[0] for name in found if extension(name) == "idx"}
    return sorted(
        name for name in found if extension(name) != "sub" or name.rpartition(".")[0] not in stems
    )


def is_video(name: str) -> bool:
    """Whether a file name promises a video."""
    return kind_of(name) == "video"


def is_partial(name: str) -> bool:
    """Whether a file is a download going on, or the mark of one."""
    return name.lower().endswith(_PARTIAL)


def is_junk_folder(name: str) -> bool:
    """Whether a folder is never looked into: hidden, thumbnails of a NAS, recycle bins."""
    lower = name.lower()
    return name.startswith(".") or lower in _JUNK_FOLDERS or lower.startswith(_UNFINISHED)


def keeps_out(names: Iterable[str]) -> bool:
    """Whether a folder with such files in it is marked as not to be looked into."""
    return not _KEEP_OUT.isdisjoint(names)


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
    return stem in {"sample", *_ADVERTS} or stem.endswith(
        ("-sample", ".sample", "_sample", " sample")
    )


def folder_artwork(pictures: Iterable[str]) -> list[Artwork]:
    """Return the pictures that stand for a whole folder: `poster.jpg`, `fanart.png`, …."""
    return _artwork(pictures, _OF_FOLDER, "")


def video_artwork(pictures: Iterable[str], video: str) -> list[Artwork]:
    """Return the pictures named after a video file: `Heat.jpg`, `Heat-fanart.png`, …."""
    return _artwork(pictures, _OF_VIDEO, video.rpartition(".")[0].lower())


def season_artwork(pictures: Iterable[str]) -> list[tuple[int, Artwork]]:
    """Return the pictures in a series' folder that stand for a season: `season01-poster.jpg`."""
    names = list(pictures)
    prefixes = {found[0].lower(): found[1] for name in names if (found := _SEASON.match(name))}
    return [
        (int(number) if number.isascii() and number.isdecimal() else 0, artwork)
        for prefix, number in sorted(prefixes.items())
        for artwork in _artwork(names, _OF_SEASON, prefix)
    ]


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
