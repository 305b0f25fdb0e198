"""How much processor time a name takes, by kind of library. Needs the checkout on PYTHONPATH."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from statistics import median
from time import process_time

from rich.console import Console
from rich.table import Table

from blobhls.names.folders import read_folder
from blobhls.names.series import Folder

_MUST_REACH = 100  # microseconds a name


def libraries(count: int) -> dict[str, list[Folder]]:
    """Return folders with about `count` videos each, in the manners that people have."""
    return {
        "films in folders of their own": [
            Folder(f"Films/Film {n} (19{n % 90 + 10}) [tmdbid-{n}]",
                   (f"Film {n} (19{n % 90 + 10}) [tmdbid-{n}] - 1080p.mkv",))
            for n in range(count)
        ],
        "three versions each": [
            Folder(f"Films/Film {n} (1999)", tuple(
                f"Film {n} (1999) - {label}.mkv" for label in ("2160p", "1080p", "Director's Cut")
            ))
            for n in range(count // 3)
        ],
        "release names in one folder": [
            Folder("Films", tuple(
                f"Some.Film.{n}.19{n % 90 + 10}.1080p.BluRay.x264-GRP.mkv" for n in range(count)
            ))
        ],
        "seasons": [
            Folder(f"TV/Show {n}/Season 01", tuple(
                f"Show {n} - S01E{e:02d} - Title of it.mkv" for e in range(1, 21)
            ))
            for n in range(count // 20)
        ],
        "anime": [
            Folder(f"Anime/Show {n}", tuple(
                f"[Group] Show {n} - {e:02d} [1080p][ABCD1234].mkv" for e in range(1, 21)
            ))
            for n in range(count // 20)
        ],
        "one folder of whatever": [
            Folder("Home", tuple(f"Kinder am Strand {n}, Teil zwei.mp4" for n in range(count)))
        ],
        "very long names": [
            Folder("Long", tuple(f"{'Word. - [x] (y) ' * 15}{n}.mkv" for n in range(count // 10)))
        ],
    }  # fmt: skip


def rounds(folders: list[Folder]) -> Iterator[float]:
    """Yield the microseconds a name of each of a few rounds."""
    names = sum(len(folder.videos) for folder in folders)
    for _ in range(5):
        start = process_time()
        for folder in folders:
            read_folder(folder)
        yield (process_time() - start) / names * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=3000)
    table = Table("library", "µs a name", "must reach")
    for kind, folders in libraries(parser.parse_args().names).items():
        table.add_row(kind, f"{median(rounds(folders)):.0f}", str(_MUST_REACH))
    Console().print(table)


if __name__ == "__main__":
    main()
