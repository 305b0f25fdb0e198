"""Events arrive as they happen, over real connections."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.system.conftest import MakeHome
from tests.system.server import Server, until

_EVENTS = "/api/v1/events"
_MANY = 100


class Ear:
    """One client of the stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def hear(self, name: str) -> Any:  # noqa: ANN401 - whatever the event says
        """Return the data of the next event of a name."""
        for line in self._lines:
            if line == f"event: {name}":
                return msgspec.json.decode(next(self._lines).removeprefix("data: "))
        raise AssertionError(f"the stream ended without {name}")

    def uninterrupted(self) -> None:
        for _ in self._lines:
            pass


@contextmanager
def listening(server: Server) -> Iterator[Ear]:
    with (
        httpx.Client(base_url=server.address, timeout=60) as client,
        client.stream("GET", _EVENTS) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Ear(answer)


def test_a_title_that_comes_is_sealed_and_goes_is_heard(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path
) -> None:
    home = make_home(clip_mp4)
    with home.serving() as server, listening(server) as ear:
        first = server.video(clip_mp4.name)
        assert ear.hear("scan")["videos"] <= 1
        shutil.copyfile(clip_ts, home.library / "new.ts")
        new = home.video_id("new.ts")
        until(lambda: new in ear.hear("library")["added"] or None, "the new title")
        server.client.post(f"{first}/seal", json={})
        while (seal := ear.hear("seal"))["state"] != "sealed":
            assert seal["id"] == home.video_id(clip_mp4.name)
        assert seal["done"] == seal["total"] > 0
        (home.library / "new.ts").unlink()
        until(lambda: new in ear.hear("library")["removed"] or None, "the end of the title")


def test_a_server_with_many_listeners_ends_in_order(make_home: MakeHome, clip_mp4: Path) -> None:
    with make_home(clip_mp4).serving() as server, ExitStack() as stack:
        ears = [stack.enter_context(listening(server)) for _ in range(_MANY)]
        head = server.client.head(_EVENTS)
        assert (head.status_code, head.content) == (200, b"")
        for ear in ears:
            ear.hear("scan")
        assert server.stop() == 0
        for ear in ears:
            ear.uninterrupted()  # raises if it was hung up on, as others are after a grace
        assert "Traceback" not in server.log.read_text()
