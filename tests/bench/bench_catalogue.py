"""10 000 files: walk until listed, rescan unchanged, search. Needs the checkout on PYTHONPATH."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_intake import CatalogueIntake
from blobhls.index.database import Database
from blobhls.index.schema import MIGRATIONS
from blobhls.library.reading import Memory
from blobhls.library.scan import scan

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


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds `action` takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "library")
        make_library(root, files)
        db = Database(Path(folder, "index.db"), MIGRATIONS)
        catalogue, intake = Catalogue(db), CatalogueIntake(db)
        first = timed(lambda: scan(root, intake))
        memory = Memory()
        scan(root, intake, memory=memory)
        again = median(timed(lambda: scan(root, intake, memory=memory)) for _ in range(3))
        searches = {
            text: median(timed(partial(catalogue.shows, text, 50)) for _ in range(9))
            for text in ("s", "sil", "silver garden", "1987", "show 7")
        }
        everything = median(timed(lambda: catalogue.shows("", None, 0)) for _ in range(3))
        newest = median(timed(lambda: catalogue.shows("", 20, order="added")) for _ in range(9))
        counts = catalogue.counts()
        db.close()
    table = Table("what", "took", "must reach", title=f"{files} files: {counts}")
    table.add_row("walk until listed", f"{first:.2f} s", "3 s")
    table.add_row("rescan unchanged", f"{again:.2f} s", "1 s")
    for text, seconds in searches.items():
        table.add_row(f"search {text!r}, 50 shows", f"{seconds * 1000:.1f} ms", "20 ms")
    table.add_row("recently added, 20 shows", f"{newest * 1000:.1f} ms", "")
    table.add_row("all shows, one page", f"{everything * 1000:.0f} ms", "")
    Console().print(table)


if __name__ == "__main__":
    main()
