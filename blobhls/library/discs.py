"""Discs that were copied as folders: `VIDEO_TS` of a DVD, `BDMV` of a Blu-ray. Pure.

Their files have the same names on every disc, and are not titles of their own. A disc is one film,
named by the folder that contains it, and its files are parts of it:

- of a DVD, the largest title set in bytes, and others at least half as large, in order; no menus
  (`VIDEO_TS.VOB`, `VTS_01_0.VOB`);
- of a Blu-ray, the largest stream.

Folders such as `Disc 2` in between only determine the order of the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from blobhls.library.walk import FoundFile, FoundFolder, join
from blobhls.names.numbers import read_season_folder
from blobhls.names.titles import natural_key

_DVD: Final = re.compile(r"vts_([0-9]{2})_([1-9])\.vob", re.IGNORECASE)
_DVD_MENU: Final = re.compile(r"(?:video_ts|vts_[0-9]{2}_0)\.vob", re.IGNORECASE)
_BLURAY: Final = re.compile(r"[0-9]{5}\.m2ts", re.IGNORECASE)
_BLURAY_FOLDER: Final = ("bdmv", "stream")
_NFO_NAMES: Final = frozenset({"video_ts.nfo", "index.nfo"})
_NUMBERED_DISC: Final = re.compile(r"(?:bd|cd|dis[ck]|dvd|d)[ ._-]*[0-9]{1,2}", re.IGNORECASE)
_MAX_PARTS: Final = 99


class Disc(msgspec.Struct, frozen=True):
    """The files of one or more discs that are one film."""

    label: str  # `DVD`, `Blu-ray`
    files: tuple[FoundFile, ...]  # in playing order; names relative to the film's folder
    nfo_files: tuple[FoundFile, ...] = ()  # NFO files; names likewise


class GatheredDiscs(msgspec.Struct, frozen=True):
    """A tree in which the files of discs are in the folders that name them."""

    folders: list[FoundFolder]
    discs: dict[str, Disc]  # by path of these folders


def gather_discs(folders: Sequence[FoundFolder]) -> GatheredDiscs:
    """Return the folders of a walk, in order, with every disc as a film of its own."""
    found = {folder.path: files for folder in folders if (files := _main_film(folder))}
    if not found:
        return GatheredDiscs([*folders], {})
    by_path = {folder.path: folder for folder in folders}
    discs: dict[str, Disc] = {}
    for path in sorted(found, key=natural_key):
        home = _home(path)
        before = discs.get(home, Disc(_label(path), ()))
        nfo_files = [
            _relative_to(home, above, note)
            for above in (path, path.rpartition("/")[0])
            if above in by_path and above != home
            for note in by_path[above].nfo_files
            if note.name.lower() in _NFO_NAMES
        ]
        files = [*before.files, *(_relative_to(home, path, file) for file in found[path])]
        discs[home] = Disc(before.label, tuple(files[:_MAX_PARTS]), (*before.nfo_files, *nfo_files))
    return GatheredDiscs([_rearranged(folder, found, discs) for folder in folders], discs)


def _relative_to(home: str, path: str, file: FoundFile) -> FoundFile:
    name = join(path[len(home) :].lstrip("/"), file.name)
    return msgspec.structs.replace(file, name=name)


def _label(path: str) -> str:
    return "Blu-ray" if _is_bluray(path) else "DVD"


def ordinary_names(folder: FoundFolder, disc: Disc, library: str) -> dict[str, str]:
    """Return names for the files of a disc, as if they were ordinary files of its folder.

    By their real names. `library` is the name of the library's own folder.
    """
    name = folder.path.rpartition("/")[2] or library
    if read_season_folder(name, top=False) is not None:
        name = "Disc"
    ending = "vob" if disc.label == "DVD" else "m2ts"
    if len(disc.files) == 1:
        return {disc.files[0].name: f"{name}.{ending}"}
    return {file.name: f"{name}-part{number}.{ending}" for number, file in enumerate(disc.files, 1)}


def _main_film(folder: FoundFolder) -> list[FoundFile]:
    """Return the main film of a folder with a disc, in order; empty for other folders."""
    if _is_bluray(folder.path):
        streams = [file for file in folder.videos if _BLURAY.fullmatch(file.name)]
        return [max(streams, key=lambda file: file.size)] if streams else []
    sets: dict[str, list[FoundFile]] = {}
    for file in folder.videos:
        found = _DVD.fullmatch(file.name)
        if found is not None:
            sets.setdefault(found[1], []).append(file)
    largest = max(map(_size, sets.values()), default=0)
    film_sets = [files for _, files in sorted(sets.items()) if _size(files) * 2 >= largest]
    return [
        file for files in film_sets for file in sorted(files, key=lambda file: file.name.lower())
    ]


def _size(files: Iterable[FoundFile]) -> int:
    return sum(file.size for file in files)


def _is_bluray(path: str) -> bool:
    return tuple(path.lower().split("/")[-2:]) == _BLURAY_FOLDER


def _home(path: str) -> str:
    """Return the path of the folder that names the disc whose files are in `path`."""
    parts = path.split("/") if path else []
    if _is_bluray(path):
        parts = parts[:-2]
    elif parts and parts[-1].lower() == "video_ts":
        parts = parts[:-1]
    if len(parts) > 1 and _NUMBERED_DISC.fullmatch(parts[-1]):
        parts = parts[:-1]
    return "/".join(parts)


def _rearranged(
    folder: FoundFolder, found: Mapping[str, Sequence[FoundFile]], discs: Mapping[str, Disc]
) -> FoundFolder:
    """Return a folder without files of a disc, plus the files of the disc that it names."""
    videos, disc = folder.videos, discs.get(folder.path)
    if disc is None and folder.path not in found:
        return folder
    if folder.path in found:
        videos = tuple(file for file in videos if not _is_of_disc(file.name))
    if disc is None:
        return msgspec.structs.replace(folder, videos=videos)
    taken = {file.name.partition("/")[0] for file in disc.files}
    rest = tuple(name for name in folder.subfolders if name not in taken)
    nfo_files = (*folder.nfo_files, *disc.nfo_files)
    videos = (*videos, *disc.files)
    return msgspec.structs.replace(folder, videos=videos, subfolders=rest, nfo_files=nfo_files)


def _is_of_disc(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in (_DVD, _DVD_MENU, _BLURAY))
