"""A browser, driven by `drive.mjs`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

HERE: Final = Path(__file__).parent
PROGRAMS: Final = {"chromium": "chromium", "firefox": "firefox-esr"}  # as Debian calls them


class Browser(msgspec.Struct, frozen=True, eq=False):
    """A browser that runs one scenario after the other, each in a fresh profile."""

    process: subprocess.Popen[str]

    def see(self, address: str, scenario: str, given: dict[str, object]) -> Any:  # noqa: ANN401 - what the scenario returns
        """Run a scenario, a function of one of the modules here, and return what it saw."""
        task = {"address": address, "scenario": scenario, "given": given}
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(task), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"the browser ended with {self.process.wait()}"
        seen = json.loads(line)
        assert "failure" not in seen, seen["failure"]
        return seen


@contextmanager
def open_browser(node: str, kind: str, program: str) -> Iterator[Browser]:
    """Start a browser of a kind of `PROGRAMS`; it ends with the block."""
    command = [node, "drive.mjs", kind, program]
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Browser(process)
