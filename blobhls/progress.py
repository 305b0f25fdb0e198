"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress(Protocol):
    """A function that long work calls to say how far it is."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show `done` of `total`, and the current item `what`; any thread may call it."""


@contextmanager
def report_progress(work: str) -> Iterator[Progress]:
    """Show `work` on stderr for as long as the block runs; stdout is for results."""
    if not sys.stderr.isatty():
        yield _line_writer(work, sys.stderr)
        return
    columns = (
        TextColumn(work),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        # File names may hold brackets, which rich would take for markup.
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield report


def _line_writer(work: str, out: TextIO) -> Progress:
    """Return a `Progress` that writes at most eleven lines for a piece of work."""
    tenth, before = -1, 0

    def report(done: int, total: int, what: str) -> None:
        nonlocal tenth, before
        now = 10 * done // max(total, 1)
        if now > tenth or done < before:  # less than before: another piece of work has begun
            tenth = now
            out.write(f"{work}: {done}/{total} {what}\n")
            out.flush()
        before = done

    return report
