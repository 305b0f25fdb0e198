"""Episodes, their versions and parts, and the order in which they play. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from blobhls.index.viewing.history import Progress
from blobhls.names.tags import vertical_resolution

FILE_COLUMNS: Final = (
    "video_id, coalesce(main_id, video_id), version, edition, part, coalesce(season = 0, 0)"
)
"""Columns of a row that `as_episodes` takes, of the table `files`."""


class Entry(msgspec.Struct, frozen=True):
    """How far a file was watched, and its place in the history."""

    progress: Progress
    number: int  # the higher the later


Entries = Mapping[str, Entry]
"""The history entries of a profile, by video_id."""


class Version(msgspec.Struct, frozen=True):
    """One way to watch a film or an episode."""

    label: str  # `1080p`; "" if the name says nothing
    edition: str
    video_ids: tuple[str, ...]  # parts, in the order they play; one for a whole file

    def after(self, video_id: str) -> str | None:
        """Return the part after one of its parts, or None."""
        place = self.video_ids.index(video_id) + 1
        return self.video_ids[place] if place < len(self.video_ids) else None

    def start(self, entries: Entries) -> str:
        """Return the part to begin with: the first unseen one, or else the first."""
        unseen = (each for each in self.video_ids if not _is_seen(each, entries))
        return next(unseen, self.video_ids[0])

    def is_seen(self, entries: Entries) -> bool:
        """Tell whether it was seen to its end."""
        return _is_seen(self.video_ids[-1], entries)


class Episode(msgspec.Struct, frozen=True):
    """An episode of a series, or a film."""

    versions: tuple[Version, ...]  # never empty; the one that plays by default first
    special: bool

    @property
    def video_ids(self) -> list[str]:
        """The files of all versions."""
        return [video_id for version in self.versions for video_id in version.video_ids]

    def version_of(self, video_id: str) -> Version | None:
        """Return the version that a file belongs to, or None."""
        found = (version for version in self.versions if video_id in version.video_ids)
        return next(found, None)

    def is_seen(self, entries: Entries) -> bool:
        """Tell whether any version was seen to its end."""
        return any(version.is_seen(entries) for version in self.versions)

    def choice(self, watched: Version | None, entries: Entries) -> Version:
        """Return the version to play after another episode was played in `watched`.

        A version that was begun is resumed. Else the one most like `watched` plays: the same label
        and edition, or as many lines.
        """
        begun = [
            each for each in self.video_ids if each in entries and entries[each].progress.begun
        ]
        if begun:
            latest = max(begun, key=lambda video_id: entries[video_id].number)
            watched = self.version_of(latest)
        if watched is None:
            return self.versions[0]
        return max(self.versions, key=lambda version: _likeness(version, watched))


def _likeness(one: Version, other: Version) -> tuple[bool, bool, bool, bool]:
    same = (one.label, one.edition) == (other.label, other.edition)
    lines = vertical_resolution(one.label) == vertical_resolution(other.label)
    return one is other, same, one.edition == other.edition and lines, lines


def _is_seen(video_id: str, entries: Entries) -> bool:
    return video_id in entries and entries[video_id].progress.finished


def as_episodes(rows: Sequence[Sequence[Any]]) -> list[Episode]:
    """Return the episodes of a show from its files' rows (`FILE_COLUMNS`), in their order.

    Of each episode the row that plays by default comes first.
    """
    files: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        files.setdefault(row[1], []).append(row)
    return [Episode(tuple(_versions(each)), bool(each[0][5])) for each in files.values()]


def version_key(video_id: str, label: str, edition: str, part: int | None) -> tuple[str, str, str]:
    """Return the key that the files of one version share.

    A file that is not a part is a version by itself; parts are one version together.
    """
    return label, edition, video_id if part is None else ""


def _versions(rows: Sequence[Sequence[Any]]) -> list[Version]:
    parts: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for video_id, _, label, edition, part, _ in rows:
        key = version_key(video_id, label, edition, part)
        parts.setdefault(key, []).append((part or 0, video_id))
    return [
        Version(label, edition, tuple(video_id for _, video_id in sorted(found)))
        for (label, edition, _), found in parts.items()
    ]
