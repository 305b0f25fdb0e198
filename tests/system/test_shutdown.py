"""How a server ends: gracefully within seconds, or killed without losing acknowledged data."""

from __future__ import annotations

import hashlib
import random
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.oracle.tree import walk_tree
from tests.system.conftest import MakeHome
from tests.system.server import Home, Server, group_members, until
from tests.system.test_commands import counts
from tests.system.wire import connect, request

_SOON = 5  # seconds that a server has to end
_ROUNDS = 6
_MORE = 100_000_000  # bytes
_SEED = 20_240_229


def assert_ends_in_order(server: Server, number: int = signal.SIGTERM) -> None:
    assert server.stop(number, _SOON) == 0
    until(lambda: not group_members(server.process.pid), "the end of its processes", _SOON)
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_on_a_signal(
    make_home: MakeHome, clip_mp4: Path, number: signal.Signals
) -> None:
    with make_home(clip_mp4).serving() as server:
        server.json(server.video(clip_mp4.name))
        assert_ends_in_order(server, number)


def test_a_server_that_has_just_begun_ends_in_order(make_home: MakeHome, film: Path) -> None:
    with make_home(film).serving() as server:
        assert_ends_in_order(server)


def test_a_server_ends_in_the_middle_of_encodes(make_home: MakeHome, film: Path) -> None:
    with make_home(film).serving() as server:
        video = server.video(film.name)
        ladder = [r["name"] for r in server.json(video)["renditions"] if "source" not in r["name"]]
        begun = server.client.post(f"{video}/seal", json={"renditions": ladder}).json()
        assert begun["state"] == "sealing"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(answered, server.address, f"{video}/{ladder[-1]}/3.ts")
            until(lambda: server.json(f"{video}/seal")["done"] > 0, "an encoded segment")
            assert server.json(f"{video}/seal")["done"] < begun["total"]
            assert_ends_in_order(server)
            waiting.result(_SOON)


def test_a_server_ends_while_a_slow_reader_downloads(make_home: MakeHome, film: Path) -> None:
    with make_home(film).serving() as server:
        video = server.video(film.name)
        segment = f"{video}/source_h264/1.ts"
        size = len(server.body(segment))
        with connect(server.address, receive_buffer=4096) as line:
            # More than all buffers on the way hold.
            line.sendall(request(segment.encode(), keep=True) * (_MORE // size))
            assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert_ends_in_order(server)
            assert received(line) < _MORE // 2, "the download was over before the server ended"


def received(line: socket.socket) -> int:
    """Return how many bytes still come before the connection ends."""
    count = 0
    with suppress(ConnectionResetError):
        while piece := line.recv(1 << 20):
            count += len(piece)
    return count


def answered(address: str, url: str) -> httpx.Response | None:
    """Return an answer, or None where the server was killed before."""
    try:
        return httpx.get(address + url, timeout=60)
    except httpx.TransportError:
        return None


def test_kill_9_at_any_moment_loses_nothing_that_was_said(
    make_home: MakeHome, film: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = make_home(film)
    chance = random.Random(_SEED)
    said: dict[str, str] = {}  # blob → where it was said
    for _ in range(_ROUNDS):
        with home.serving() as server:
            assert_still_true(server, said)
            video = server.video(film.name)
            everything = [r["name"] for r in server.json(video)["renditions"]]
            state = server.client.post(f"{video}/seal", json={"renditions": everything}).json()
            enough = chance.randint(0, max(0, state["total"] - 1))
            with ThreadPoolExecutor(2) as pool:
                asked = [
                    pool.submit(said_by_segment, server.address, video, name, number)
                    for name in everything
                    for number in chance.sample(range(4), 2)
                ]
                until(has_done(server, video, enough), f"{enough} segments")
                resolved = server.get(f"{video}/root")
                if resolved.status_code == 200:
                    said[resolved.json()["sha256"]] = "root"
                server.stop(signal.SIGKILL)
                for each in asked:
                    said |= each.result()
            until(partial(is_empty, server.process.pid), "the end of the workers", 15)
        found = counts(home.run("fsck").stdout)
        assert (found["missing"], found["damaged"], found["lost"]) == (0, 0, 0)
    with home.serving() as server:
        assert_still_true(server, said)
        assert said
        root = seal_whole(server, server.video(film.name))
        assert walk_tree(f"{root}.m3u8", server.blob).faults == ()
    calm = Home(home.library, tmp_path_factory.mktemp("calm"))
    with calm.serving() as server:
        assert seal_whole(server, server.video(film.name)) == root


def is_empty(group: int) -> bool:
    return not group_members(group)


def said_by_segment(address: str, video: str, name: str, number: int) -> dict[str, str]:
    """Ask for a segment; return its blob if the server answered."""
    answer = answered(address, f"{video}/{name}/{number}.ts")
    if answer is None or answer.status_code != 200:
        return {}
    blob = answer.headers["etag"].strip('"')
    assert hashlib.sha256(answer.content).hexdigest() == blob
    return {blob: f"{name}/{number}"}


def has_done(server: Server, video: str, count: int) -> Callable[[], bool]:
    def look() -> bool:
        state = server.json(f"{video}/seal")
        assert state["state"] != "failed", state
        return bool(state["done"] >= count)

    return look


def assert_still_true(server: Server, said: dict[str, str]) -> None:
    for blob, where in said.items():
        answer = server.get(f"/{blob}")
        assert answer.status_code == 200, where
        assert hashlib.sha256(answer.content).hexdigest() == blob


def seal_whole(server: Server, video: str) -> str:
    """Seal every rendition; return the root."""
    everything = [r["name"] for r in server.json(video)["renditions"]]
    server.client.post(f"{video}/seal", json={"renditions": everything})

    def sealed() -> str | None:
        root = server.get(f"{video}/root")
        if root.status_code != 200 or len(root.json()["renditions"]) < len(everything):
            return None
        return str(root.json()["sha256"])

    return until(sealed, "the root of everything", 300)
