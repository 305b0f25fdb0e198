"""Seal `source` and sound of a ten-minute film, against ffmpeg's HLS muxer and sha256sum.

Run by hand: `python tests/bench/bench_seal.py [--media FOLDER]` where the package is installed.
Needs `ffmpeg` and `sha256sum`. The two take turns, each into fresh folders with the disk at rest;
the ratio is of the medians. Ours includes probing, hashing, syncing every blob to the disk, the
index and the playlists; theirs syncs nothing.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import uvloop

from blobhls.app.services import open_services
from tests.bench.material import (
    MB,
    fresh_settings,
    listed,
    load_line,
    long_film,
    media_folder,
    run_ffmpeg,
    settle,
    timed,
)

_TURNS: Final = 7
_TARGETS: Final = {1: 0.8, 2: 0.5}  # by number of workers


def main() -> None:
    """Print the table."""
    film = long_film(media_folder(__doc__), ".mp4")
    size = film.stat().st_size / MB
    theirs: list[tuple[float, float]] = []
    ours: dict[int, list[float]] = {workers: [] for workers in _TARGETS}
    for _ in range(_TURNS):
        for workers, seconds in ours.items():
            theirs.append(_theirs(film))
            seconds.append(_ours(film, workers))
    copying, hashing = (median(turn[n] for turn in theirs) for n in (0, 1))
    whole = median(sum(turn) for turn in theirs)
    print(f"{film.name}, {size:.0f} MB, median of {_TURNS} turns, {load_line()}\n")
    print("| what | seconds |\n|---|---|")
    print(f"| `ffmpeg -c copy -f hls` | {copying:.2f} |")
    print(f"| `sha256sum` of its segments | {hashing:.2f} |")
    for workers, target in _TARGETS.items():
        taken = median(ours[workers])
        print(f"| blobhls, workers: {workers} | {taken:.2f} |")
        print(f"| ratio | {taken / whole:.2f} (must be ≤ {target}) |")


def _theirs(film: Path) -> tuple[float, float]:
    """Return the seconds of cutting and of hashing."""
    with tempfile.TemporaryDirectory() as folder:
        settle()
        cut = timed(
            lambda: run_ffmpeg(
                *("-i", str(film), "-c", "copy", "-f", "hls", "-hls_time", "6"),
                *("-hls_list_size", "0", f"{folder}/index.m3u8"),
            )
        )
        segments = sorted(Path(folder).glob("*.ts"))
        hashed = timed(
            lambda: subprocess.run(["sha256sum", *segments], check=True, stdout=subprocess.DEVNULL)
        )
        return cut, hashed


def _ours(film: Path, workers: int) -> float:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_sealed(film, workers))


async def _sealed(film: Path, workers: int) -> float:
    """Return the seconds from a server that never saw the film to its root."""
    with fresh_settings(workers) as settings:
        link = settings.target_path / film.name
        link.hardlink_to(film)
        async with open_services(settings) as services:
            video_id = await listed(services, link)
            settle()
            start = perf_counter()
            opened = await services.plans.open(video_id)
            root = await services.sealer.seal(opened)
            seconds = perf_counter() - start
    if root is None:
        raise SystemExit("it could not be sealed")
    return seconds


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None or shutil.which("sha256sum") is None:
        raise SystemExit("needs ffmpeg and sha256sum")
    main()
