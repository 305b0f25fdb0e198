"""Memory of the server process: at rest, and while eight clients stream 4K.

Run by hand: `python tests/bench/bench_memory.py [--media FOLDER]` where the package is installed.
Needs `ffmpeg`; the film takes about 1 GB. The real command serves; the clients, in a process of
their own, read whole segments of the film at full speed, each beginning at another place, by turns
from the open face (`/api/v1/video/…/<n>.ts`) and, once it is sealed, from the blobs. The workers
that read video are processes of their own and are told apart.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final, Literal
from urllib.parse import urlsplit

from tests.bench.material import MB, command, film_4k, fresh_settings, load_line, media_folder

_CLIENTS: Final = 8
_SEGMENTS: Final = 1_000
_COLD: Final = 40  # of them read before the film is sealed
_EARLY: Final = 200  # segments after which growth is counted
_LIMIT: Final = 150  # MB
_GROWTH: Final = 5  # MB that an allocator may wander without anything leaking
_URI: Final = re.compile(r"^[^#\s].*$", re.MULTILINE)
_READ: Final = 1 << 20

Method = Literal["GET", "POST"]


def main() -> None:
    """Print the table."""
    film = film_4k(media_folder(__doc__))
    with fresh_settings() as settings:
        (settings.target_path / film.name).hardlink_to(film)
        with command(settings) as (address, process):
            client = Client(address)
            video = _video(client)
            time.sleep(1)
            rows = [("idle", _resident(process))]
            opened = _segments(client, f"/api/v1/video/{video}/master.m3u8")
            started = perf_counter()
            size = _streamed(address, opened, _COLD)
            rows.append((f"after {_COLD} segments, made as they are asked for", _resident(process)))
            sealed = _segments(Client(address), _sealed(Client(address), video))
            rows.append(("after sealing the rest", _resident(process)))
            size += _streamed(address, opened + sealed, _EARLY - _COLD)
            before = _resident(process)
            rows.append((f"after {_EARLY} segments, both faces", before))
            size += _streamed(address, opened + sealed, _SEGMENTS - _EARLY)
            after = _resident(process)
            rows.append((f"after {_SEGMENTS} segments, both faces", after))
            rate = size / (perf_counter() - started) / MB
            most, workers = _most(process), [_resident(pid) for pid in _below(process)]
    mean = size / _SEGMENTS / MB
    print(f"{_CLIENTS} clients, segments of {mean:.0f} MB, {rate:.0f} MB/s, {load_line()}\n")
    print("| server process | resident MB |\n|---|---|")
    print("\n".join(f"| {what} | {much:.0f} |" for what, much in rows))
    print(f"| most at any moment | {most:.0f} (must be ≤ {_LIMIT}) |")
    growth = after - before
    print(f"| growth, {_EARLY} to {_SEGMENTS} segments | {growth:+.1f} (must be ≤ {_GROWTH}) |")
    print(f"\nother processes of it: {', '.join(f'{much:.0f}' for much in sorted(workers))} MB")


class Client:
    """One connection."""

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)

    def get(self, path: str, method: Method = "GET") -> tuple[int, bytes]:
        """Return status and body."""
        self._connection.request(method, path)
        response = self._connection.getresponse()
        return response.status, response.read()

    def drain(self, path: str) -> int:
        """Read a body without keeping it and return its size."""
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        size = 0
        while piece := response.read(_READ):
            size += len(piece)
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}")
        return size


def _video(client: Client) -> str:
    """Return the film's id as soon as it is listed."""
    while True:
        _, body = client.get("/api/v1/shows")
        if shows := json.loads(body):
            video: str = shows[0]["info"]["id"]
            if client.get(f"/api/v1/video/{video}")[0] == 200:
                return video
        time.sleep(0.1)


def _segments(client: Client, master: str) -> list[str]:
    """Return the paths of the source's segments by way of a master playlist."""
    first = _absolute(master, next(_links(client, master)))
    return [_absolute(first, link) for link in _links(client, first)]


def _links(client: Client, playlist: str) -> Iterator[str]:
    status, body = client.get(playlist)
    if status != 200:
        raise SystemExit(f"{playlist}: {status}")
    yield from _URI.findall(body.decode())


def _absolute(base: str, link: str) -> str:
    return link if link.startswith("/") else f"{base.rpartition('/')[0]}/{link}"


def _sealed(client: Client, video: str) -> str:
    """Seal the film and return the path of its root."""
    while True:
        status, body = client.get(f"/api/v1/video/{video}/root")
        if status == 200:
            return f"/{json.loads(body)['sha256']}.m3u8"
        if status != 202:
            raise SystemExit(f"root: {status} {body!r}")
        time.sleep(0.1)


def _streamed(address: str, paths: list[str], count: int) -> int:
    """Have all clients read `count` segments between them; returns the bytes."""

    def watch(number: int) -> int:
        client, first = Client(address), number * len(paths) // _CLIENTS
        mine = range(first, first + count // _CLIENTS)
        return sum(client.drain(paths[n % len(paths)]) for n in mine)

    with ThreadPoolExecutor(_CLIENTS) as pool:
        return sum(pool.map(watch, range(_CLIENTS)))


def _resident(process: int) -> float:
    return _status(process, "VmRSS")


def _most(process: int) -> float:
    return _status(process, "VmHWM")


def _status(process: int, field: str) -> float:
    text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(rf"{field}:\s+(\d+) kB", text)
    return int(found[1]) * 1024 / MB if found else 0


def _below(process: int) -> list[int]:
    """Return the processes that a process began, and those that they began."""
    lists = Path(f"/proc/{process}/task").glob("*/children")  # of each thread
    children = [int(child) for found in lists for child in found.read_text("ascii").split()]
    return children + [below for child in children for below in _below(child)]


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None or not sys.platform.startswith("linux"):
        raise SystemExit("needs ffmpeg, and Linux for /proc")
    started = perf_counter()
    main()
    print(f"\n{perf_counter() - started:.0f} s in all, {os.cpu_count()} cores")
