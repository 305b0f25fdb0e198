"""Which files of a folder are one film or episode: its versions and its parts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Final

import msgspec

from blobhls.names.numbers import read_numbers
from blobhls.names.tags import (
    Part,
    Version,
    read_edition,
    read_part,
    read_version,
    vertical_resolution,
)
from blobhls.names.titles import UNTITLED, Title, match_key, natural_key, printable, read_title

_MAX_VERSIONS: Final = 50  # files of one film


class Choice(msgspec.Struct, frozen=True, gc=False):
    """Which version or part of a film or episode a file is, if there are several."""

    main: str = ""  # name of the file that represents all of them; "" for that file itself
    version: str = ""  # `1080p`, `Director's Cut`; "" if the name states none
    edition: str = ""  # from `{edition-…}`
    part: int | None = None  # 1, 2, …: to be played in sequence


class Work(msgspec.Struct, frozen=True):
    """A film as named by a file."""

    title: Title
    key: Hashable  # equal for the files of one film
    version: str
    certain: bool  # confirmed by the year or the folder, not by the title alone


def read_parts(stems: Sequence[str], folder: str, *, season: bool) -> list[Part | None]:
    """Return which part each stem is; None for complete films.

    Parts count from 1 without a gap. `Part 2` may be a sequel: it counts only for a numbered
    episode, or if the whole folder holds the parts of the film that it is named after. In a
    `season` it is an episode.
    """
    found = [read_part(stem) for stem in stems]
    if not any(found):
        return found
    stacks: dict[str, list[Part]] = {}
    for part in filter(None, found):
        stacks.setdefault(part.base.casefold(), []).append(part)
    own = len(stacks) == 1 and all(found) and not season
    whole = {
        base
        for base, parts in stacks.items()
        if len(parts) > 1
        and sorted(part.number for part in parts) == list(range(1, len(parts) + 1))
        and (
            all(part.certain for part in parts)
            or read_numbers(base) is not None
            or (own and _is_called(base, folder))
        )
    }
    return [part if part and part.base.casefold() in whole else None for part in found]


def _is_called(base: str, folder: str) -> bool:
    key = match_key(read_title(base).text)
    return not base.strip(" ._-") or key == match_key(read_title(folder).text)


def read_work(stem: str, home: Title) -> Work:
    """Return the film that a stem (without part) names, in a folder called `home`."""
    version = read_version(stem, home)
    title = read_title(version.base)
    key = match_key(title.text)
    if title.text == UNTITLED or not key:
        return Work(title, (version.base.strip(), None, ""), version.label, certain=False)
    year, words, certain = title.year, version.words, title.year is not None
    if key == match_key(home.text):
        certain = True
    if home.year is not None and key == match_key(home.text):
        # In a folder with the film's name and year, all other words describe versions.
        if year in {None, home.year}:
            year, words = home.year, ""
    elif version.is_custom:
        return _literal(stem, version)
    return Work(title, (key, year, words), version.label, certain)


def _literal(stem: str, version: Version) -> Work:
    return Work(read_title(stem), (stem, None, ""), version.label, certain=False)


class Candidate(msgspec.Struct, frozen=True):
    """A file that may be one of several of a film or episode."""

    name: str
    stem: str
    part: Part | None
    key: Hashable  # equal for the files of one film or episode
    label: str  # of the version; "" if the name states none
    certain: bool  # not by its title alone

    @property
    def edition(self) -> str:
        """The text of `{edition-…}`."""
        return read_edition(self.stem)

    @property
    def distinguished_by(self) -> Hashable:
        """The labels by which a viewer distinguishes it from the others."""
        return self.label, self.edition, self.part and self.part.number

    @property
    def order(self) -> tuple[bool, int, str, int, str]:
        """Unlabelled files first, as the original; then by resolution; parts by number."""
        named = bool(self.label or self.edition)
        base, number = (self.part.base, self.part.number) if self.part else (self.stem, 0)
        return named, -vertical_resolution(self.label), natural_key(base), number, self.name


def choices(candidates: Sequence[Candidate]) -> list[Choice]:
    """Return the choice of each file, in their order."""
    groups: dict[Hashable, list[Candidate]] = {}
    for candidate in candidates:
        group = groups.setdefault(candidate.key, [])
        if candidate.certain or all(
            other.distinguished_by != candidate.distinguished_by for other in group
        ):
            group.append(candidate)
        else:
            # The same title twice, and nothing that distinguishes the files: treated as two films.
            groups[candidate.key, candidate.name] = [candidate]
    found: dict[str, Choice] = {}
    for group in groups.values():
        if len(group) > _MAX_VERSIONS:
            # No film has this many versions: it is a folder of clips with the same title.
            found.update((file.name, next(_choices([file]))) for file in group)
        else:
            found.update(zip((file.name for file in group), _choices(group), strict=True))
    return [found[candidate.name] for candidate in candidates]


def _choices(group: Sequence[Candidate]) -> Iterator[Choice]:
    """Yield the choices of one film or episode."""
    main = min(group, key=lambda file: file.order) if len(group) > 1 else group[0]
    labels = Counter(file.distinguished_by for file in group)
    stems = Counter(file.stem for file in group)
    for file in group:
        label = file.label
        if labels[file.distinguished_by] > 1:
            # Where labels are not unique, file names are used.
            name = file.name if stems[file.stem] > 1 else file.stem
            # All parts of a version have the same label.
            label = printable(file.part.base if file.part else name).strip(" ._-")
        part = None if file.part is None else file.part.number
        yield Choice("" if file is main else main.name, label, file.edition, part)
