"""Subtitle files of videos, and their surveys."""

from __future__ import annotations

import os
from typing import Any, Final

import msgspec

from blobhls.index.catalogue.rows import SubtitleFileRow
from blobhls.index.database import Database
from blobhls.media.results import SubtitleSurvey

_ROWS: Final = """
    SELECT path, size, mtime_ns, language, title, forced, hearing_impaired, is_default, body
    FROM texts
"""
_decoder: Final = msgspec.json.Decoder(SubtitleSurvey)
_encoder: Final = msgspec.json.Encoder()


class SubtitleFiles:
    """The table `texts`. A subtitle file is offered as soon as it was surveyed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of_video(self, video_id: str) -> list[SubtitleFileRow]:
        """Return the subtitle files of a video, by path, without those that have a problem."""
        rows = self._db.all(
            f"{_ROWS} WHERE video_id = ? AND problem IS NULL ORDER BY path", (video_id,)
        )
        return [_row(row) for row in rows]

    def of_source(self, source_id: str) -> list[SubtitleFileRow]:
        """Return the files with the bytes of a source, by path."""
        rows = self._db.all(f"{_ROWS} WHERE source_id = ? ORDER BY path", (source_id,))
        return [_row(row) for row in rows]

    def mark_done(self, text: SubtitleFileRow, found: SubtitleSurvey | str) -> None:
        """Store the survey of a file, or why it is not offered; if the file has not changed."""
        problem = found if isinstance(found, str) else None
        known = None if isinstance(found, str) else found
        self._db.run(
            "UPDATE texts SET source_id = ?, body = ?, problem = ?"
            " WHERE path = ? AND size = ? AND mtime_ns = ?",
            (
                None if known is None else known.source_id,
                None if known is None else _encoder.encode(known),
                problem,
                os.fsencode(text.path),
                text.size,
                text.mtime_ns,
            ),
        )


def _row(row: tuple[Any, ...]) -> SubtitleFileRow:
    path, size, mtime_ns, language, title, forced, impaired, default, body = row
    return SubtitleFileRow(
        os.fsdecode(path),
        size,
        mtime_ns,
        language,
        title,
        bool(forced),
        bool(impaired),
        bool(default),
        None if body is None else _decoder.decode(body),
    )
