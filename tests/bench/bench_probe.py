"""Look at 1 000 files of all kinds on one core, against a process of ffprobe for each.

Run by hand: `BLOBHLS_CORPUS=… python tests/bench/bench_probe.py` where the package is installed.
Needs `ffprobe`, and video files of any kind in that folder: they are gone through until it is a
thousand. Both sides have the same one core and take turns. Ours is what a worker does with a file
that nobody has seen: fingerprint, key frames, plan. ffprobe says format and streams, by a process
for each file, as programs do that ask it. CPU time is counted too: it bears other work beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Final

import msgspec

from blobhls.errors import BlobhlsError
from blobhls.media import worker
from blobhls.media.execution import Executor
from blobhls.media.jobs import Survey
from blobhls.media.places import Places
from blobhls.media.references import LibraryFile
from tests.bench.material import load_line

_FILES: Final = 1_000
_TURN: Final = 50  # files that each side looks at before it is the other's turn
_TARGET: Final = 1.2
_MEMORY: Final = 4 << 30  # bytes, as the server allows
_KINDS: Final = frozenset({".mp4", ".mkv", ".webm", ".ts", ".avi", ".mpg", ".ogv"})


class Cost(msgspec.Struct):
    """What one side took."""

    seconds: float = 0
    cpu: float = 0


def main() -> None:
    """Print the table."""
    corpus = sorted(p for p in Path(os.environ["BLOBHLS_CORPUS"]).rglob("*") if p.suffix in _KINDS)
    files = list(islice(cycle(corpus), _FILES))
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    root = Path("/")
    executor = worker.start(Places(root, root, root), _MEMORY)
    for path in corpus:  # into the page cache
        path.read_bytes()
    ours, theirs = Cost(), Cost()
    for first in range(0, _FILES, _TURN):
        turn = files[first : first + _TURN]
        _measure(ours, RUSAGE_SELF, partial(_survey, executor), turn)
        _measure(theirs, RUSAGE_CHILDREN, _ffprobe, turn)
    print(f"{_FILES} files of {len(corpus)} kinds, one core, {load_line()}\n")
    print("| what | seconds | CPU |\n|---|---|---|")
    print(f"| blobhls | {ours.seconds:.1f} | {ours.cpu:.1f} |")
    print(f"| ffprobe | {theirs.seconds:.1f} | {theirs.cpu:.1f} |")
    clock, cpu = ours.seconds / theirs.seconds, ours.cpu / theirs.cpu
    print(f"| ratio | {clock:.2f} | {cpu:.2f} (must be ≤ {_TARGET}) |")


def _measure(cost: Cost, who: int, look: Callable[[Path], None], files: Sequence[Path]) -> None:
    before, start = getrusage(who), perf_counter()
    for path in files:
        look(path)
    after = getrusage(who)
    cost.seconds += perf_counter() - start
    cost.cpu += after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _survey(executor: Executor, path: Path) -> None:
    with suppress(BlobhlsError):  # some are no videos
        executor.execute(Survey(LibraryFile(os.fsencode(path.absolute())[1:])))


def _ffprobe(path: Path) -> None:
    line = ["ffprobe", "-v", "quiet", "-show_format", "-show_streams", "-of", "json", str(path)]
    subprocess.run(line, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if shutil.which("ffprobe") is None or "BLOBHLS_CORPUS" not in os.environ:
        raise SystemExit("needs ffprobe, and video files in the folder BLOBHLS_CORPUS")
    main()
