"""Every check of the project, pytest last: `python -m tests [--fast] [pytest arguments]`.

With `--fast`, pytest leaves out the tests that need more than this process (tests/marks.py), and
tries fewer examples. Without any argument the coverage of these tests is measured and has a floor.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.marks import MARKED, UNMARKED

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent  # lint-imports can't be run by `python -m`

CHECKS: tuple[tuple[str, ...], ...] = (
    (sys.executable, "-m", "ruff", "check", "."),
    (sys.executable, "-m", "ruff", "format", "--check", "."),
    (sys.executable, "-m", "mypy"),
    (str(BIN / "lint-imports"),),
)

# Two at a time, file by file: a file's tests share a server. Much of the time is spent waiting.
PYTEST = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


def run(command: Sequence[str]) -> bool:
    """Run one check in the checkout and tell whether it passed."""
    print("$", *command, flush=True)
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_runs(arguments: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the commands that run the tests which the arguments ask for."""
    given = tuple(argument for argument in arguments if argument != "--fast")
    if "--fast" in arguments:
        return [(*PYTEST, *UNMARKED, "--hypothesis-profile=fast", *given)]
    if given:
        return [(*PYTEST, *given)]
    # Tracing costs the tests of libav up to 70 % and would be heard by those that watch a clock.
    return [(*PYTEST, *UNMARKED, "--cov"), (*PYTEST, *MARKED)]


def main(arguments: Sequence[str]) -> int:
    """Run everything, also after a failure; return 0 only if all of it passed."""
    failed = [command for command in CHECKS if not run(command)]
    if failed:
        print(f"{len(failed)} of {len(CHECKS)} checks failed, see above", flush=True)
    passed = [run(command) for command in test_runs(arguments)]
    return 0 if all(passed) and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
