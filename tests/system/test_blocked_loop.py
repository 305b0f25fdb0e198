"""What one client has to wait for, the others need not: a slow disk, a lock on the index."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

import httpx
import msgspec

from blobhls.hls import parse_media
from tests.system.conftest import MakeHome
from tests.system.server import Home, Server, cpu_seconds, until
from tests.system.titles import renditions

_SLOW = 4  # seconds that each `stat` takes on the slow disk
_HELD = 4  # seconds that the index is locked, unless everybody is answered before
_OFTEN = 100  # requests of each client that is timed
_APART = 0.02  # seconds between two of them
_CLIENTS = 16
_ALLOWANCE = 0.02  # seconds: what a median may move by on a busy machine


class Film(msgspec.Struct, frozen=True):
    """A film that was watched a little: where its parts are."""

    master: str
    playlist: str
    segments: tuple[str, ...]
    blob: str  # of the first segment, the only one that was made


@contextmanager
def slowly(flag: Path) -> Iterator[None]:
    """Have the disk be slow in the body."""
    flag.touch()
    try:
        yield
    finally:
        flag.unlink()


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Have the index written by another process in the body, as far as the server can tell."""
    connection = sqlite3.connect(home.db, timeout=60, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def begun(server: Server, name: str) -> Film:
    """Watch the beginning of a film, and wait until the server has nothing left to do."""
    video = server.video(name)
    playlist = renditions(server, video, whole=False)[0].playlist
    parsed = parse_media(server.body(playlist).decode())
    segments = tuple(urljoin(playlist, segment.uri) for segment in parsed.segments)
    blob = server.get(segments[0]).headers["etag"].strip('"')
    master = f"{video}/master.m3u8"
    server.body(master)
    until(lambda: _is_idle(server), "the end of what a server begins with", 300)
    return Film(master, playlist, segments, f"/{blob}")


def _is_idle(server: Server) -> bool:
    before = cpu_seconds(server.process.pid)
    time.sleep(0.3)
    return cpu_seconds(server.process.pid) - before < 0.03


def usual_wait(server: Server, path: str) -> float:
    """Return the median time that an answer takes, from when its request was due.

    Requests are due at fixed times, however late the answers before were: of clients that wait for
    each answer, one request would show that the server stood still, and the median nothing.
    """
    waits = []
    with httpx.Client(base_url=server.address, timeout=60) as client:
        due = time.monotonic()
        for _ in range(_OFTEN):
            time.sleep(max(0.0, due - time.monotonic()))
            assert client.get(path).status_code == 200
            waits.append(time.monotonic() - due)
            due += _APART
    return median(waits)


def usual_waits(server: Server, paths: Sequence[str]) -> list[float]:
    """Return the median for each of several paths that are asked for at the same time."""
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(lambda path: usual_wait(server, path), paths))


def assert_no_slower(now: Sequence[float], before: Sequence[float]) -> None:
    """Fail unless each median is at most twice what it was."""
    for one, other in zip(now, before, strict=True):
        assert one <= 2 * other + _ALLOWANCE, (now, before)


@contextmanager
def on_a_slow_disk(home: Home) -> Iterator[tuple[Server, Path]]:
    """Serve a library; the disk is slow while the file that is returned is there."""
    flag = home.state / "slow"
    options = ("--slow", str(home.library), str(flag), str(_SLOW))
    with home.serving(watched=options) as server:
        yield server, flag


def test_a_slow_disk_delays_only_requests_for_its_files(
    make_home: MakeHome, clip_mp4: Path
) -> None:
    with (
        on_a_slow_disk(make_home(clip_mp4)) as (server, flag),
        ThreadPoolExecutor(_CLIENTS) as pool,
    ):
        film = begun(server, clip_mp4.name)
        others = [film.blob] * 2
        before = usual_waits(server, others)
        with slowly(flag):
            viewer = [
                pool.submit(server.get, path)
                for path in (film.segments[0], film.playlist, film.master)
            ]
            now = usual_waits(server, others)
        assert [answer.result().status_code for answer in viewer] == [200] * 3
        assert_no_slower(now, before)


def test_a_bound_segment_does_not_wait_for_a_slow_disk(make_home: MakeHome, clip_mp4: Path) -> None:
    with on_a_slow_disk(make_home(clip_mp4)) as (server, flag):
        film = begun(server, clip_mp4.name)
        with slowly(flag):
            begin = time.monotonic()
            server.body(film.segments[0])
            took = time.monotonic() - begin
        assert took < _SLOW / 2


def test_a_lock_on_the_index_blocks_no_reader(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4, clip_ts)
    with home.serving() as server, ThreadPoolExecutor(_CLIENTS) as pool:
        other = begun(server, clip_ts.name)
        film = begun(server, clip_mp4.name)
        paths = ["/api/v1/shows", film.blob]
        before = usual_waits(server, paths)
        with locked(home):
            # Noted are the new date of a file, before anything else, and what is made.
            os.utime(home.library / clip_ts.name)
            dated = pool.submit(server.get, other.master)
            made = [pool.submit(server.get, path) for path in film.segments[1:]]
            reading = pool.submit(usual_waits, server, paths)
            wait([reading], timeout=_HELD)
        assert {answer.result().status_code for answer in made} == {200}
        assert dated.result().status_code in {200, 503}  # its file may be looked into just then
        assert_no_slower(reading.result(), before)
