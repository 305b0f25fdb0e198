"""The real command in its own process group, with a home of its own, and how to talk to it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import msgspec

from blobhls.names.folders import path_id
from tests.event_loop import ROOT
from tests.unblocked import FINDINGS

T = TypeVar("T")

_START: Final = 240.0  # seconds until a server answers; the demo makes its clips first
_REQUEST: Final = 300.0  # seconds for one request: an encode on a busy machine
_LOOK: Final = 0.02  # seconds between two looks at a condition
_ADDRESS: Final = re.compile(r"^blobhls: serving .* at (http://\S+)/$", re.MULTILINE)


def until(condition: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """Return what `condition` gives once it is neither None nor False; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for: {what}")
        time.sleep(_LOOK)


class _Member(msgspec.Struct, frozen=True):
    process: int
    ticks: int  # of CPU time


def group_members(group: int) -> list[int]:
    """Return the ids of all living processes of a process group."""
    return [member.process for member in _members(group)]


def cpu_seconds(group: int) -> float:
    """Return the CPU time that the living processes of a group have taken."""
    return sum(member.ticks for member in _members(group)) / os.sysconf("SC_CLK_TCK")


def _members(group: int) -> Iterator[_Member]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # proc(5): pid (name) state parent group …; a name may hold anything, ")" included
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[2]) == group and fields[0] != "Z":
            yield _Member(int(folder.name), int(fields[11]) + int(fields[12]))


class Server(msgspec.Struct, frozen=True, eq=False):
    """A running server."""

    process: subprocess.Popen[bytes]
    address: str  # http://127.0.0.1:<port>
    client: httpx.Client
    log: Path

    def get(self, url: str) -> httpx.Response:
        """Return the answer to a `GET`, whatever it is."""
        return self.client.get(url)

    def body(self, url: str) -> bytes:
        """Return the body of a `GET` that must succeed."""
        answer = self.client.get(url)
        assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:500]}"
        return answer.content

    def json(self, url: str) -> Any:  # noqa: ANN401 - whatever the server says
        """Return the JSON of a `GET` that must succeed."""
        return msgspec.json.decode(self.body(url))

    def blob(self, link: str) -> bytes:
        """Return a blob; raises `LookupError`, as `walk_tree` wants it."""
        answer = self.client.get(f"/{link}")
        if answer.status_code != 200:
            raise LookupError(f"{answer.status_code} {answer.headers.get('x-reason')}")
        return answer.content

    def video(self, name: str) -> str:
        """Return the URL of the video in a file of the library, once it is listed."""
        url = f"/api/v1/video/{path_id(name)}"
        until(lambda: self.get(f"/api/v1/shows/{path_id(name)}").status_code == 200, name)
        return url

    def root(self, video: str, seconds: float = 300) -> str:
        """Return the SHA-256 of a video's root, once it is sealed."""

        def sealed() -> str | None:
            answer = self.get(f"{video}/root")
            assert answer.status_code in {200, 202}, f"{answer.status_code} {answer.text}"
            body = answer.json()
            assert answer.status_code == 200 or body["state"] != "failed", body
            return body["sha256"] if answer.status_code == 200 else None

        return until(sealed, f"the root of {video}", seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 20) -> int:
        """Send a signal to the server alone, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


class Home(msgspec.Struct, frozen=True):
    """A library, and the folder for everything that blobhls keeps about it."""

    library: Path
    state: Path

    @property
    def db(self) -> Path:
        """The index."""
        return self.state / "index.db"

    @property
    def blobs(self) -> Path:
        """The blob store."""
        return self.state / "blobs"

    @staticmethod
    def video_id(name: str) -> str:
        """Return the id of the video in a file of the library."""
        return path_id(name)

    def flags(self) -> list[str]:
        """Return the flags that name all of it."""
        paths = {"-t": self.library, "--db": self.db, "--cache-path": self.blobs}
        return [word for flag, path in paths.items() for word in (flag, str(path))]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a sub-command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "blobhls", *self.flags(), *arguments],
            env=clean_environ(self.state, {}), cwd=self.state,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    @contextmanager
    def serving(self, *flags: str, watched: Sequence[str] = ()) -> Iterator[Server]:
        """Run a server until the block ends; all its processes are gone then.

        The first of `flags` may be a sub-command; `watched` are for `watched_server`.
        """
        log = self.state / f"server-{time.monotonic_ns()}.log"
        blocked = log.with_suffix(".blocked")
        command = [
            sys.executable, "-m", "tests.system.watched_server", str(blocked), *watched,
            *self.flags(), "-p", "0", *flags,
        ]  # fmt: skip
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                env=clean_environ(self.state, {"PYTHONPATH": str(ROOT)}), cwd=self.state,
            )  # fmt: skip
        with FINDINGS.told_in(blocked):
            try:
                address = until(lambda: _address(process, log), "a server that starts", _START)
                with httpx.Client(base_url=address, timeout=_REQUEST) as client:
                    yield Server(process, address, client, log)
            finally:
                _end(process)


def clean_environ(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without settings of blobhls but those in `more`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BLOBHLS")}
    return kept | {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")} | dict(more)


def _address(process: subprocess.Popen[bytes], log: Path) -> str | None:
    text = log.read_text(errors="replace")
    assert process.poll() is None, f"the server ended with {process.returncode}: {text}"
    found = _ADDRESS.search(text)
    return found[1] if found else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and whatever it started: its process group is its own."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for member in group_members(process.pid):
        with suppress(ProcessLookupError):  # it ended by itself a moment ago
            os.kill(member, signal.SIGKILL)
