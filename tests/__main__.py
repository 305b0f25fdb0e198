"""Every check of the project, pytest last: `python -m tests [--fast] [pytest arguments]`.

With `--fast`, pytest leaves out the tests that need more than this process (tests/marks.py).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.marks import FAST

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


def main(arguments: Sequence[str]) -> int:
    """Run everything, also after a failure; return 0 only if all of it passed."""
    failed = [command for command in CHECKS if not run(command)]
    if failed:
        print(f"{len(failed)} of {len(CHECKS)} checks failed, see above", flush=True)
    fast = FAST if "--fast" in arguments else ()
    given = [argument for argument in arguments if argument != "--fast"]
    passed = run((*PYTEST, *fast, *given))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
