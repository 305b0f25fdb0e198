"""The lists of home against what a person would work out from everything that was played."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo, ShowKind
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.viewing.history import History
from blobhls.index.viewing.up_next import UpNext

_SERIES = ("lost", "fargo")
_FILMS = ("heat", "jaws")
# Two series of two seasons, in the order in which they are watched.
_EPISODES = {
    show: [f"{show}.{season}.{number}" for season in (1, 2) for number in (1, 2)]
    for show in _SERIES
}
_VIDEOS = [*_FILMS, *(video for videos in _EPISODES.values() for video in videos)]
_PARTS = (0.0, 3.0, 40.0, 95.0)  # seconds of a hundred

Step = tuple[str, float | None]  # video, and where somebody stopped; None: it is forgotten


def seen(video_id: str) -> SeenVideo:
    show_id, *numbers = video_id.split(".")
    kind: ShowKind = "series" if numbers else "movie"
    season, number = map(int, numbers) if numbers else (None, None)
    return SeenVideo(
        video_id, 1, 1, video_id, show_id, kind, show_id, None, video_id, season, number, None,
        video_id,
    )  # fmt: skip


def expected(steps: list[Step]) -> tuple[list[str], list[str]]:
    """What is to be continued and what comes next, latest first."""
    entries: dict[str, float] = {}  # by video, the one played last at the end
    for video_id, position in steps:
        entries.pop(video_id, None)
        if position is not None:
            entries[video_id] = position
    begun, following, met = [], [], set()
    for video_id, position in reversed(entries.items()):
        show_id = video_id.split(".")[0]
        if position < 5 or show_id in met:
            continue
        met.add(show_id)
        if position < 90:
            begun.append(video_id)
        elif show_id in _EPISODES:
            episodes = _EPISODES[show_id]
            rest = episodes[episodes.index(video_id) + 1 :]
            following += [each for each in rest if entries.get(each, 0) < 90][:1]
    return begun, following


@given(st.lists(st.tuples(st.sampled_from(_VIDEOS), st.sampled_from((*_PARTS, None))), max_size=25))
def test_the_lists_are_what_follows_from_everything_played(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(Path(folder, "index.db"), MIGRATIONS)
        CatalogueIntake(db).apply([], [seen(video_id) for video_id in _VIDEOS])
        catalogue = Catalogue(db)
        for video_id in _VIDEOS:
            catalogue.bind_source(video_id, f"source of {video_id}", 100.0)
        ticks = count(1)
        history, up_next = History(db, lambda: float(next(ticks))), UpNext(db)
        for video_id, position in steps:
            if position is None:
                history.delete(video_id, f"source of {video_id}")
            else:
                history.put(video_id, f"source of {video_id}", position, 100.0)
        found = (
            [offer.video_id for offer in up_next.begun()],
            [offer.video_id for offer in up_next.next()],
        )
        db.close()
    assert found == expected(steps)
