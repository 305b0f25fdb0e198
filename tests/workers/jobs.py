"""What the workers of these tests are asked to do; runs in worker processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from blobhls.errors import RenderFailed
from blobhls.media.worker import prepare

__all__ = ["prepare"]


def add(left: int, right: int) -> int:
    return left + right


def pid() -> int:
    return os.getpid()


def note(log: str, word: str) -> None:
    """Append a line to a file."""
    with Path(log).open("a") as file:
        file.write(f"{word}\n")


def hold(log: str, word: str, gate: str) -> str:
    """Note that it began, then wait until a file is there."""
    note(log, word)
    while not Path(gate).exists():
        time.sleep(0.005)
    return word


def write_and_hold(staged: str, log: str, gate: str) -> None:
    """Write to a file again and again, even if it is removed, until another is there."""
    note(log, "writing")
    while not Path(gate).exists():
        Path(staged).write_bytes(b"half")
        time.sleep(0.001)
    Path(staged).write_bytes(b"whole")


def fail() -> None:
    raise RenderFailed("f" * 64, "as arranged")


def stumble() -> None:
    raise KeyError("a fault of the program")


def unpicklable() -> object:
    return lambda: None


def abort(staged: str) -> None:
    Path(staged).write_bytes(b"half")
    os.abort()


def leave() -> None:
    os._exit(3)


def hang(staged: str) -> None:
    """Never end, and don't listen to reason either, as C code does."""
    Path(staged).write_bytes(b"half")
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
    while True:
        time.sleep(60)


def swallow(size: int) -> int:
    return len(bytearray(size))


def large(size: int) -> bytes:
    return bytes(size)
