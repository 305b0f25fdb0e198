"""What to go on with: what was begun, and the episode after the last one of each series.

A show stands in one of both lists, by what was watched of it last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from blobhls.index import trails
from blobhls.index.database import Database
from blobhls.index.history import Progress, as_progress
from blobhls.index.history_schema import DEFAULT_PROFILE

_SHOWS: Final = 300  # watched last, that are looked at; what lies longer ago has been given up

_LATEST: Final = f"""
    SELECT t.number, t.dismissed, f.video_id, f.show_id, f.kind, f.extra, p.position,
        coalesce(f.duration, p.duration), p.updated_at, p.watched
    FROM (
        SELECT number, dismissed FROM trails WHERE profile_id = ? ORDER BY number DESC LIMIT ?
    ) t JOIN progress p USING (number) JOIN files f ON f.video_id = {trails.CURRENT}
    ORDER BY t.number DESC
"""  # noqa: S608 - ours
# In the order of the catalogue's own lists: regular seasons, then specials.
_FILES: Final = """
    SELECT video_id, coalesce(main_id, video_id), part, coalesce(season = 0, 0) FROM files
    WHERE show_id = ? AND problem IS NULL AND extra IS NULL
    ORDER BY season IS NULL, season = 0, season, episode IS NULL, episode, episode_to, aired,
        main_id IS NOT NULL, part, sort_key
"""
_ENTRIES: Final = f"""
    SELECT f.video_id, p.position, coalesce(f.duration, p.duration), p.updated_at, p.watched,
        p.number
    FROM files f JOIN progress p ON p.number = {trails.ENTRY}
    WHERE f.{{column}} IN (SELECT value FROM json_each(:ids))
        AND f.problem IS NULL AND f.extra IS NULL
"""  # noqa: S608 - ours
_OF_SHOW: Final = _ENTRIES.format(column="show_id")
_OF_VIDEOS: Final = _ENTRIES.format(column="video_id")


class Offer(msgspec.Struct, frozen=True):
    """A video to go on with."""

    video_id: str
    progress: Progress | None  # None: not begun


class Episode(msgspec.Struct, frozen=True):
    """What is watched as one: the versions of a film or episode, and the parts of each."""

    main_id: str
    video_ids: tuple[str, ...]  # the main one first
    last_parts: frozenset[str]  # those of them that end it
    special: bool

    def finished(self, entries: dict[str, Entry]) -> bool:
        """Say whether some version was seen to its end; `entries` by video."""
        return any(
            entries[video_id].progress.finished for video_id in self.last_parts & entries.keys()
        )


class Entry(msgspec.Struct, frozen=True):
    """How far a file was watched, and its place in the history."""

    progress: Progress
    number: int  # the higher the later


class _Latest(msgspec.Struct, frozen=True):
    show_id: str
    kind: str
    progress: Progress


class UpNext:
    """The lists of what to go on with, and what stands behind them. Cheap: asked for at home."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begun(self, limit: int | None = None, profile_id: str = DEFAULT_PROFILE) -> list[Offer]:
        """Return what was left in the middle, latest first; of a film in parts maybe the next."""
        return list(islice(self._begun(profile_id), limit))

    def next(self, limit: int | None = None, profile_id: str = DEFAULT_PROFILE) -> list[Offer]:
        """Return the next unwatched episode of each series that was watched, latest first.

        Specials come after the last season; nothing comes after everything.
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
        files: dict[str, list[tuple[Any, ...]]] = {}
        for row in self._db.all(_FILES, (show_id,)):
            files.setdefault(row[1], []).append(row)
        return [_episode(main_id, rows) for main_id, rows in files.items()]

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
            elif latest.kind == "movie":
                yield from self._next_part(latest, profile_id)

    def _next_part(self, latest: _Latest, profile_id: str) -> Iterator[Offer]:
        """Yield the part after one that was seen to its end."""
        for episode in self.episodes(latest.show_id):
            video_ids = episode.video_ids
            if latest.progress.video_id in set(video_ids) - episode.last_parts:
                video_id = video_ids[video_ids.index(latest.progress.video_id) + 1]
                entry = self.entries(latest.show_id, profile_id).get(video_id)
                yield Offer(video_id, None if entry is None else entry.progress)

    def _next(self, profile_id: str) -> Iterator[Offer]:
        for latest in self._latest(profile_id):
            if latest.kind == "series" and latest.progress.finished:
                offer = self.next_of(latest.show_id, latest.progress.video_id, profile_id)
                if offer is not None:
                    yield offer

    def next_of(
        self, show_id: str, last_id: str, profile_id: str = DEFAULT_PROFILE
    ) -> Offer | None:
        """Return the first unwatched episode after a video of a series, or None."""
        episodes = self.episodes(show_id)
        place = next((n for n, e in enumerate(episodes) if last_id in e.video_ids), None)
        if place is None:
            return None
        if episodes[place].special:
            place = _place_of_story(episodes, self.entries(show_id, profile_id), place)
        for episode in episodes[place + 1 :]:
            # One by one: it is the first, mostly.
            entries = self._entries(_OF_VIDEOS, episode.video_ids, profile_id)
            if not episode.finished(entries):
                entry = entries.get(episode.video_ids[0])
                return Offer(episode.video_ids[0], None if entry is None else entry.progress)
        return None

    def within(self, show_id: str, profile_id: str = DEFAULT_PROFILE) -> str | None:
        """Return the video of a show to go on with, dismissed or not; None: begin, or all seen."""
        entries = self.entries(show_id, profile_id).values()
        begun = [entry for entry in entries if entry.progress.begun]
        if not begun:
            return None
        last = max(begun, key=lambda entry: entry.number).progress
        if not last.finished:
            return last.video_id
        offer = self.next_of(show_id, last.video_id, profile_id)
        return None if offer is None else offer.video_id

    def _latest(self, profile_id: str) -> Iterator[_Latest]:
        """Yield what was watched last of each show, without what was dismissed."""
        met: set[str] = set()
        for _, dismissed, video_id, show_id, kind, extra, *progress in self._rows(profile_id):
            # A show that was renamed may stand here under both names.
            if show_id not in met and not dismissed and extra is None:
                yield _Latest(show_id, kind, as_progress((video_id, *progress)))
            met.add(show_id)

    def _rows(self, profile_id: str) -> list[tuple[Any, ...]]:
        return self._db.all(_LATEST, (profile_id, _SHOWS))


def _place_of_story(episodes: Sequence[Episode], entries: dict[str, Entry], special: int) -> int:
    """Return the place of the regular episode seen last: a special in between leads nowhere else.

    That of the special itself if there is none.
    """
    seen = [
        (max(entries[each].number for each in episode.video_ids if each in entries), place)
        for place, episode in enumerate(episodes)
        if not episode.special and episode.finished(entries)
    ]
    return max(seen)[1] if seen else special


def _episode(main_id: str, rows: Sequence[tuple[Any, ...]]) -> Episode:
    last = max((part or 0 for _, _, part, _ in rows), default=0)
    return Episode(
        main_id,
        tuple(row[0] for row in rows),
        frozenset(video_id for video_id, _, part, _ in rows if part is None or part == last),
        bool(rows[0][3]),
    )
