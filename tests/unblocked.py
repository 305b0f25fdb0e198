"""No test may pass in which blobhls blocked an event loop.

`BLOBHLS_LOOP_LIMIT_MS`: milliseconds that a callback may take, 50 unless set; 0 lets everything
pass. `BLOBHLS_LOOP_REPORT`: a file to which every block from 20 ms on is added, a line of JSON
each, with the test that saw it. `@pytest.mark.blocks_the_loop("reason")` lets one test pass.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.event_loop import Block, watch

MARKER: Final = "blocks_the_loop"
_LIMIT: Final = 50  # ms


class Noted(msgspec.Struct, frozen=True):
    """A line of the report."""

    test: str
    block: Block


class Findings:
    """What blocked a loop, in this process and in servers that tests started."""

    def __init__(self) -> None:
        self._here: list[Block] = []
        self._told: dict[Path, int] = {}  # bytes read of each server's report

    def add(self, block: Block) -> None:
        """Note what was found in this process."""
        self._here.append(block)

    @contextmanager
    def told_in(self, report: Path) -> Iterator[None]:
        """Follow the report of a server that runs in the body (`tests.system.watched_server`)."""
        self._told[report] = 0
        try:
            yield
        finally:
            self._read(report)
            del self._told[report]

    def take(self) -> list[Block]:
        """Return what is new."""
        for report in self._told:
            self._read(report)
        taken, self._here = self._here, []
        return taken

    def _read(self, report: Path) -> None:
        with suppress(FileNotFoundError), report.open("rb") as file:
            file.seek(self._told[report])
            whole, _, _ = file.read().rpartition(b"\n")  # a line may be half written
            self._told[report] += len(whole) + 1 if whole else 0
            self._here += [msgspec.json.decode(line, type=Block) for line in whole.splitlines()]


FINDINGS: Final = Findings()


def pytest_configure(config: pytest.Config) -> None:
    """Watch all loops that tests run."""
    config.addinivalue_line(
        "markers", f"{MARKER}(reason): blobhls may block the event loop in this test"
    )
    watching = ExitStack()
    watching.enter_context(watch(FINDINGS.add))
    config.add_cleanup(watching.close)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that blocked a loop; as a test, not after it, so that `xfail` knows it too."""
    _report(f"before {item.nodeid}", FINDINGS.take())
    try:
        outcome = yield
    finally:
        found = FINDINGS.take()
        _report(item.nodeid, found)
    limit = int(os.environ.get("BLOBHLS_LOOP_LIMIT_MS", _LIMIT))
    bad = [block for block in found if limit and block.blocked >= limit]
    if bad and item.get_closest_marker(MARKER) is None:
        told = "\n".join(map(str, bad))
        pytest.fail(f"blobhls blocked the event loop:\n{told}", pytrace=False)
    return outcome


def _report(test: str, found: list[Block]) -> None:
    path = os.environ.get("BLOBHLS_LOOP_REPORT")
    if path and found:
        lines = [msgspec.json.encode(Noted(test, block)) + b"\n" for block in found]
        with Path(path).open("ab") as file:
            file.write(b"".join(lines))
