"""10 000 files: walk until listed, rescan, search. Needs the checkout on PYTHONPATH.

Each line has the time by the clock and the time of the processor: the second is the one to compare
on a machine that does other things as well. Files count as probed, as they are but for a first day.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.library.scan import ScanMemory, scan
from blobhls.library.walk import walk

_WORDS = ("night", "river", "silver", "garden", "winter", "city", "iron", "last", "day", "sea")


def make_library(root: Path, files: int) -> None:
    """Make half movies in folders of their own, a quarter in one folder, a quarter episodes."""
    for number in range(files):
        title = f"{_WORDS[number % 10].title()} {_WORDS[number // 10 % 10].title()} {number}"
        year = 1950 + number % 70
        if number % 2:
            path = root / "Movies" / f"{title} ({year})" / f"{title} ({year}).mkv"
        elif number % 4:
            path = root / "More" / f"{title.replace(' ', '.')}.{year}.1080p.BluRay.x264-GRP.mp4"
        else:
            show, season, episode = number // 400, number // 40 % 10 + 1, number // 4 % 10 + 1
            name = f"Show {show} S{season:02d}E{episode:02d} {title}.mkv"
            path = root / "Series" / f"Show {show}" / f"Season {season:02d}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)


class Took(NamedTuple):
    """Medians."""

    seconds: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.1f} ms (CPU {self.cpu * 1000:.1f})"


def timed(action: Callable[[], object], times: int = 1) -> Took:
    """Return how long `action` takes."""
    clock, cpu = [], []
    for _ in range(times):
        start, busy = perf_counter(), process_time()
        action()
        clock.append(perf_counter() - start)
        cpu.append(process_time() - busy)
    return Took(median(clock), median(cpu))


def scans(root: Path, db: Database) -> Iterator[tuple[str, Took, str]]:
    """Yield what a walk takes: line, time and what must be reached."""
    intake, memory = CatalogueIntake(db), ScanMemory()
    yield "walk until listed", timed(lambda: scan(root, intake)), "3 s for 10 000"
    db.run("UPDATE files SET source_id = path, duration = 5400.0")
    scan(root, intake, memory=memory)
    scan(root, intake, memory=memory)
    yield "walk alone, unchanged", timed(lambda: walk(root, memory.walk), 3), "1 s"
    yield "rescan, unchanged", timed(lambda: scan(root, intake, memory=memory), 3), "1 s"
    (root / "More" / "new.mkv").write_bytes(b"new")
    yield "rescan, one file more", timed(lambda: scan(root, intake, memory=memory)), ""


def questions(catalogue: Catalogue) -> Iterator[tuple[str, Took, str]]:
    """Yield what searches and lists take."""
    for text in ("s", "sil", "silver", "silver garden", "1987", "show 7"):
        took = timed(partial(catalogue.shows, text, 50), 9)
        yield f"search {text!r}, 50 shows", took, "20 ms"
    newest = timed(lambda: catalogue.shows("", 20, order="added"), 9)
    yield "recently added, 20 shows", newest, ""
    yield "all shows, one page", timed(lambda: catalogue.shows("", None, 0), 3), ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "library")
        make_library(root, files)
        db = Database(Path(folder, "index.db"), MIGRATIONS)
        lines = [*scans(root, db), *questions(Catalogue(db))]
        counts = Catalogue(db).counts()
        db.close()
    table = Table("what", "took", "must reach", title=f"{files} files: {counts}")
    for what, took, must in lines:
        table.add_row(what, str(took), must)
    Console().print(table)


if __name__ == "__main__":
    main()
