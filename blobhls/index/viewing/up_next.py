"""What to resume and what comes next: begun videos, and the episode after the last one watched.

A show is in one of the two lists, by the video of it that was watched last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from blobhls.index.catalogue.rows import VIDEO_ORDER
from blobhls.index.database import Database
from blobhls.index.viewing import last_watched
from blobhls.index.viewing.episodes import FILE_COLUMNS, Entries, Entry, Episode, as_episodes
from blobhls.index.viewing.history import Progress, as_progress
from blobhls.index.viewing.viewer_profiles import DEFAULT_PROFILE

_SHOWS: Final = 300  # most recently watched ones that are considered

_LATEST: Final = f"""
    SELECT t.number, t.dismissed, f.video_id, f.show_id, f.kind, f.extra, f.part, p.position,
        coalesce(f.duration, p.duration), p.updated_at, p.watched
    FROM (
        SELECT number, dismissed FROM trails WHERE profile_id = ? ORDER BY number DESC LIMIT ?
    ) t JOIN progress p USING (number) JOIN files f ON f.video_id = {last_watched.CURRENT}
    ORDER BY t.number DESC
"""  # noqa: S608 - ours
_FILES: Final = f"""
    SELECT {FILE_COLUMNS} FROM files
    WHERE show_id = ? AND problem IS NULL AND extra IS NULL
    ORDER BY {VIDEO_ORDER}
"""  # noqa: S608 - ours
_ENTRIES: Final = f"""
    SELECT f.video_id, p.position, coalesce(f.duration, p.duration), p.updated_at, p.watched,
        p.number
    FROM files f JOIN progress p ON p.number = {last_watched.ENTRY}
    WHERE f.{{column}} IN (SELECT value FROM json_each(:ids))
        AND f.problem IS NULL AND f.extra IS NULL
"""  # noqa: S608 - ours
_OF_SHOW: Final = _ENTRIES.format(column="show_id")
_OF_VIDEOS: Final = _ENTRIES.format(column="video_id")


class Offer(msgspec.Struct, frozen=True):
    """A video to resume or to begin."""

    video_id: str
    progress: Progress | None  # None: not begun


class _Latest(msgspec.Struct, frozen=True):
    show_id: str
    kind: str
    part: int | None
    progress: Progress


class UpNext:
    """The lists `continue` and `next`. They take milliseconds: the home page asks for both."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begun(self, limit: int | None = None, profile_id: str = DEFAULT_PROFILE) -> list[Offer]:
        """Return the videos that were left in the middle, latest first.

        After a part that was seen to its end, the next part of the same version is offered.
        """
        return list(islice(self._begun(profile_id), limit))

    def next(self, limit: int | None = None, profile_id: str = DEFAULT_PROFILE) -> list[Offer]:
        """Return the next unwatched episode of each series that was watched, latest first.

        Specials come after the last season. A series without an unwatched episode is left out.
        """
        return list(islice(self._next(profile_id), limit))

    def dismiss(self, show_id: str, profile_id: str = DEFAULT_PROFILE) -> None:
        """Offer nothing of a show until it is watched again."""
        with self._db.transaction():
            for number, _, _, found, *_ in self._rows(profile_id):
                if found == show_id:
                    self._db.run("UPDATE trails SET dismissed = 1 WHERE number = ?", (number,))

    def episodes(self, show_id: str) -> list[Episode]:
        """Return the episodes of a show in order, specials last; one for a film."""
        return as_episodes(self._db.all(_FILES, (show_id,)))

    def entries(self, show_id: str, profile_id: str = DEFAULT_PROFILE) -> dict[str, Entry]:
        """Return how far the files of a show were watched, by video."""
        return self._entries(_OF_SHOW, [show_id], profile_id)

    def _entries(self, sql: str, ids: Sequence[str], profile_id: str) -> dict[str, Entry]:
        names = {"ids": json.dumps(ids), "profile_id": profile_id}
        rows = self._db.connection.execute(sql, names)
        return {row[0]: Entry(as_progress(row), number=row[5]) for row in rows}

    def _begun(self, profile_id: str) -> Iterator[Offer]:
        for latest in self._latest(profile_id):
            if not latest.progress.finished:
                yield Offer(latest.progress.video_id, latest.progress)
            elif latest.part is not None:
                offer = self._part_after(latest.show_id, latest.progress.video_id, profile_id)
                if offer is not None:
                    yield offer

    def _part_after(self, show_id: str, video_id: str, profile_id: str) -> Offer | None:
        """Return the part after one that was seen to its end, or None."""
        for episode in self.episodes(show_id):
            version = episode.version_of(video_id)
            part_id = None if version is None else version.after(video_id)
            if part_id is not None:
                return _offer(part_id, self._entries(_OF_VIDEOS, [part_id], profile_id))
        return None

    def _next(self, profile_id: str) -> Iterator[Offer]:
        for latest in self._latest(profile_id):
            if latest.kind == "series" and latest.progress.finished:
                video_id = latest.progress.video_id
                if latest.part is not None and self._part_after(
                    latest.show_id, video_id, profile_id
                ):
                    continue  # another part of the episode is offered by `begun`
                offer = self.next_of(latest.show_id, video_id, profile_id)
                if offer is not None:
                    yield offer

    def next_of(
        self, show_id: str, last_id: str, profile_id: str = DEFAULT_PROFILE
    ) -> Offer | None:
        """Return the first unwatched episode after a video of a series, or None.

        It is in the version of the video, if the episode has that.
        """
        episodes = self.episodes(show_id)
        place = next((n for n, e in enumerate(episodes) if last_id in e.video_ids), None)
        if place is None:
            return None
        watched = episodes[place].version_of(last_id)
        if episodes[place].special:
            place = _last_regular(episodes, self.entries(show_id, profile_id), place)
        for episode in episodes[place + 1 :]:
            # One query for each: mostly the first episode is the one.
            entries = self._entries(_OF_VIDEOS, episode.video_ids, profile_id)
            if not episode.is_seen(entries):
                return _offer(episode.choice(watched, entries).start(entries), entries)
        return None

    def resume_id(self, show_id: str, profile_id: str = DEFAULT_PROFILE) -> str | None:
        """Return the video to resume, even if dismissed; None for an unwatched or finished show."""
        entries = self.entries(show_id, profile_id).values()
        begun = [entry for entry in entries if entry.progress.begun]
        if not begun:
            return None
        last = max(begun, key=lambda entry: entry.number).progress
        if not last.finished:
            return last.video_id
        offer = self._part_after(show_id, last.video_id, profile_id) or self.next_of(
            show_id, last.video_id, profile_id
        )
        return None if offer is None else offer.video_id

    def _latest(self, profile_id: str) -> Iterator[_Latest]:
        """Yield the video that was watched last of each show, without dismissed shows."""
        met: set[str] = set()
        for _, dismissed, video_id, show_id, kind, extra, part, *rest in self._rows(profile_id):
            # A renamed show may have an entry under each name.
            if show_id not in met and not dismissed and extra is None:
                yield _Latest(show_id, kind, part, as_progress((video_id, *rest)))
            met.add(show_id)

    def _rows(self, profile_id: str) -> list[tuple[Any, ...]]:
        return self._db.all(_LATEST, (profile_id, _SHOWS))


def _last_regular(episodes: Sequence[Episode], entries: Entries, special: int) -> int:
    """Return the position of the regular episode seen last: a special does not change what is next.

    Without one, that of the special itself.
    """
    seen = [
        (max(entries[each].number for each in episode.video_ids if each in entries), place)
        for place, episode in enumerate(episodes)
        if not episode.special and episode.is_seen(entries)
    ]
    return max(seen)[1] if seen else special


def _offer(video_id: str, entries: Entries) -> Offer:
    entry = entries.get(video_id)
    return Offer(video_id, None if entry is None else entry.progress)
