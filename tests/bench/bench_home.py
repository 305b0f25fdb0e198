"""100 000 files, 20 000 of them watched: the lists of home. Needs the checkout on PYTHONPATH."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, time

from rich.console import Console
from rich.table import Table

from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.rows import SeenVideo
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.viewing.history import History
from blobhls.index.viewing.up_next import UpNext
from blobhls.index.viewing.watched import Watched

_EPISODES = 50  # of a series
_SEASON = 10  # episodes


def library(files: int) -> list[SeenVideo]:
    """Return half movies, half episodes."""
    made = []
    for number in range(files):
        name = f"video-{number}"
        if number % 2:
            made.append(
                SeenVideo(name, 1, 1, name, name, "movie", name, 2000, name, None, None, None, name)
            )
            continue
        series, place = divmod(number // 2, _EPISODES)
        season, episode = place // _SEASON + 1, place % _SEASON + 1
        show = f"series-{series}"
        made.append(
            SeenVideo(
                name, 1, 1, name, show, "series", show, 2000, name, season, episode, None, name
            )
        )
    return made


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds `action` takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--watched", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = Database(Path(folder, "index.db"), MIGRATIONS)
        videos = library(asked.files)
        CatalogueIntake(db).apply([], videos)
        db.run("UPDATE files SET source_id = 'source ' || video_id, duration = 100")
        history, up_next = History(db, time), UpNext(db)
        with db.transaction():
            # Every second series to its end, the others half; films now and then in the middle.
            for number, video in enumerate(videos[: asked.watched]):
                position = 50.0 if video.kind == "movie" and number % 9 == 0 else 95.0
                if video.season is None or number // 100 % 2 or video.season < 3:
                    history.put(video.video_id, f"source {video.video_id}", position, 100.0)
        watched = Watched(db, history, up_next)
        rows: dict[str, Callable[[], object]] = {
            "continue watching": partial(up_next.begun, 24),
            "continue watching, all": up_next.begun,
            "next up": partial(up_next.next, 24),
            "next up, all": up_next.next,
            "a show's progress": partial(watched.of, "series-3"),
            "save progress": partial(history.put, "video-2", "source video-2", 50.0, 100.0),
            "history, 50": partial(history.recent, 50),
        }
        table = Table("what", "took", title=f"{asked.files} files, {asked.watched} watched")
        for name, action in rows.items():
            table.add_row(name, f"{median(timed(action) for _ in range(9)) * 1000:.1f} ms")
        db.close()
    Console().print(table)


if __name__ == "__main__":
    main()
