"""Derive every evictable rendition of some files in several ways, and say what differs.

    python -m tests.reproducing [--windows 3] [FILE or FOLDER …]

Without files, the whole corpus in `BLOBHLS_CORPUS`. Each window is derived in processes of their
own: on two cores, on one, and with the instructions of a CPU of 2003. Windows are the first, the
last and those between. Takes hours for the corpus with three windows, twenty minutes with one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import av

from blobhls.errors import BlobhlsError
from blobhls.media.container.source import source_id
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from tests.reproducing.trial import WAYS, derived, pieces


def main() -> int:
    """Print a table by profile, and each difference; return 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("files", nargs="*", type=Path)
    chosen = parser.parse_args()
    av.logging.set_level(av.logging.PANIC)
    tried: Counter[str] = Counter()
    differ: Counter[str] = Counter()
    for path in _files(chosen.files or [Path(os.environ["BLOBHLS_CORPUS"])]):
        for profile, fault in _tried(path, chosen.windows):
            tried[profile] += 1
            if fault:
                differ[profile] += 1
                print(f"DIFFERS {path.name}: {fault}", flush=True)
        print(f"{path.name}: {tried.total()} windows so far", flush=True)
    print("\n| profile | windows | that differ |\n|---|---|---|")
    for profile in sorted(tried):
        print(f"| `{profile}` | {tried[profile]} | {differ[profile]} |")
    return 1 if differ else 0


def _files(chosen: Iterable[Path]) -> Iterator[Path]:
    for path in chosen:
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _tried(path: Path, windows: int) -> Iterator[tuple[str, str]]:
    """Yield the profile of each window of a file, and what differs; empty if nothing does."""
    try:
        found = pieces(make_plan(source_id(path), probe(path)), windows)
    except BlobhlsError:
        return  # not a video
    outcomes = [derived(path, [piece.recipe for piece in found], way) for way in WAYS]
    for piece, made in zip(found, zip(*outcomes, strict=True), strict=True):
        same = len(set(made)) == 1
        by_way = ", ".join(f"{way.name} {made[n][:40]}" for n, way in enumerate(WAYS))
        fault = "" if same else f"{piece.rendition} {piece.number}: {by_way}"
        yield piece.recipe.profile, fault


if __name__ == "__main__":
    sys.exit(main())
