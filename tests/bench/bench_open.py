"""Open films that the server has never seen: the first playlist, and the first segment.

Run by hand: `python tests/bench/bench_open.py [--media FOLDER]` where the package is installed.
Needs `ffmpeg` and `ffprobe`. It is the real application on a real socket, warm, but without the
task that probes new files in the background: that one must not have been there first. Every turn
has a copy with bytes and so a fingerprint of its own, in the page cache for both sides. Ours and
ffprobe take turns; ffprobe's time includes starting its process, as that is how it is asked.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import uvloop

from blobhls.app.services import Services
from tests.bench.material import (
    fresh_settings,
    listed,
    load_line,
    long_film,
    media_folder,
    middle,
    never_seen,
    serving,
    settle,
    timed,
)

_TURNS: Final = 7
_ALLOWED: Final = 0.050  # seconds more than ffprobe
_FIRST_SEGMENT: Final = 0.050  # from asking for the master until the segment is there
_URI: Final = re.compile(r"^[^#\s].*$", re.MULTILINE)

Read = Callable[[http.client.HTTPConnection, str], list[float]]


def main() -> None:
    """Print the table."""
    folder = media_folder(__doc__)
    films = [long_film(folder, suffix) for suffix in (".mkv", ".mp4")]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows = [row for film in films for row in runner.run(_measured(film))]
    print(f"median (range) of {_TURNS} turns in ms, {load_line()}\n")
    print("| what | blobhls | ffprobe | must be | |\n|---|---|---|---|---|")
    print("\n".join(rows))


async def _measured(film: Path) -> list[str]:
    """Return the table's rows for one film."""
    opening: list[list[float]] = []
    segments: list[list[float]] = []
    probing: list[float] = []
    with fresh_settings() as settings:
        async with serving(settings) as (services, address):
            for number in range(2 * _TURNS + 2):
                copy = never_seen(film, settings.target_path, number)
                settle()
                read, times = (_master, opening) if number % 2 else (_first_segment, segments)
                if number >= 2:  # the first of each warms both up
                    probing.append(await asyncio.to_thread(timed, partial(_probe, copy)))
                seconds = await _asked(services, address, copy, read)
                if number >= 2:
                    times.append(seconds)
                copy.unlink()
    allowed = median(probing) + _ALLOWED
    kind = "Matroska" if film.suffix == ".mkv" else "MP4"
    alone = [turn[0] for turn in opening]
    whole = [sum(turn) for turn in segments]
    parts = zip(("master", "playlist", "segment"), zip(*segments, strict=True), strict=True)
    return [
        f"| `master.m3u8`, {kind} | {middle(alone)} | {middle(probing)} "
        f"| ≤ ffprobe + 50 = {allowed * 1000:.0f} | {_said(median(alone) <= allowed)} |",
        f"| master, playlist, first `source` segment, {kind} | {middle(whole)} | "
        f"| ≤ {_FIRST_SEGMENT * 1000:.0f} | {_said(median(whole) <= _FIRST_SEGMENT)} |",
        *(f"| of which the {name} | {middle([*seconds])} | | | |" for name, seconds in parts),
    ]


async def _asked(services: Services, address: str, film: Path, read: Read) -> list[float]:
    """Return the seconds of each thing that a client reads of a film that was just listed."""
    video_id = await listed(services, film)
    where = urlsplit(address)

    def ask() -> list[float]:
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        connection.connect()
        try:
            return read(connection, f"/api/v1/video/{video_id}")
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


def _master(connection: http.client.HTTPConnection, video: str) -> list[float]:
    return [timed(lambda: _body(connection, f"{video}/master.m3u8"))]


def _first_segment(connection: http.client.HTTPConnection, video: str) -> list[float]:
    """Go where a player goes: the first variant is the source."""
    times = [perf_counter()]
    variants = _URI.findall(_body(connection, f"{video}/master.m3u8").decode())
    playlist = next(uri for uri in variants if uri.startswith("source_"))
    times.append(perf_counter())
    segments = _URI.findall(_body(connection, f"{video}/{playlist}").decode())
    times.append(perf_counter())
    _body(connection, f"{video}/{playlist.rpartition('/')[0]}/{segments[0]}")
    times.append(perf_counter())
    return [later - earlier for earlier, later in pairwise(times)]


def _body(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status} {body[:200]!r}")
    return body


def _probe(film: Path) -> None:
    line = ["ffprobe", "-v", "error", "-show_streams", "-show_format", str(film)]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)


def _said(reached: bool) -> str:
    return "reached" if reached else "missed"


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        raise SystemExit("needs ffmpeg and ffprobe")
    started = perf_counter()
    main()
    print(f"\n{perf_counter() - started:.0f} s in all")
