"""Jobs that fail in every way, and the worker that runs them."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import time
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from blobhls.blob import BlobId
from blobhls.errors import RenderFailed, TooSlow
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import FindEngine, Job
from blobhls.media.places import Places
from blobhls.media.references import StagedFile
from blobhls.media.results import BatchResult, Engine, RenderedBlob
from blobhls.media.worker import prepare

T_co = TypeVar("T_co", covariant=True)

ENGINE: Final = Engine("test-engine", "test-image-encoder")


class Trial(Job[T_co], Generic[T_co], frozen=True, kw_only=True):
    """A job whose weight and outputs a test decides on."""

    weighs: bool = False
    writes: tuple[StagedFile, ...] = ()

    @property
    def subject(self) -> str:
        return "a film.mkv"

    @property
    def heavy(self) -> bool:
        return self.weighs

    @property
    def outputs(self) -> tuple[StagedFile, ...]:
        return self.writes


class Add(Trial[int], frozen=True, tag="add"):
    left: int
    right: int


class Pid(Trial[int], frozen=True, tag="pid"):
    pass


class Note(Trial[None], frozen=True, tag="note"):
    """Append a line to a file."""

    log: str
    word: str


class Hold(Trial[str], frozen=True, tag="hold"):
    """Note that it began, then wait until a file is there."""

    log: str
    word: str
    gate: str


class WriteAndHold(Trial[None], frozen=True, tag="write-and-hold"):
    """Write its output again and again, even if it is removed, until a file is there."""

    log: str
    gate: str


class Fail(Trial[None], frozen=True, tag="fail"):
    pass


class FailAsNoJobMay(Trial[None], frozen=True, tag="fail-as-no-job-may"):
    pass


class Stumble(Trial[None], frozen=True, tag="stumble"):
    pass


class Batch(Trial[BatchResult], frozen=True, tag="batch"):
    """One outcome of each kind."""


class Misfit(Trial[int], frozen=True, tag="misfit"):
    """Return a pickle instead of a number; unpickled, it would touch a file."""

    touched: str


class NoSuchError(Trial[BatchResult], frozen=True, tag="no-such-error"):
    """Return an error of a class that there is not."""


class Unspeakable(Trial[int], frozen=True, tag="unspeakable"):
    """Return what can't be sent to a worker."""


class SendBytes(Trial[int], frozen=True, tag="send-bytes"):
    """Send bytes past the worker's own code, then return 0."""

    data: bytes


class Abort(Trial[None], frozen=True, tag="abort"):
    pass


class Leave(Trial[None], frozen=True, tag="leave"):
    pass


class Hang(Trial[None], frozen=True, tag="hang"):
    """Never end, and don't listen to reason either, as C code does."""


class Swallow(Trial[int], frozen=True, tag="swallow"):
    size: int


class Large(Trial[bytes], frozen=True, tag="large"):
    size: int


JOBS = (
    Add | Pid | Note | Hold | WriteAndHold | Fail | FailAsNoJobMay | Stumble | Batch | Misfit
    | NoSuchError | Unspeakable | SendBytes | Abort | Leave | Hang | Swallow | Large | FindEngine
)  # fmt: skip


class Touch:
    """Touches a file where it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path(self.path).touch, ()


def start(places: Places, memory: int) -> Worker:
    prepare(memory)
    return Worker(places)


class Worker:
    """Does these jobs."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def execute(self, job: Job[Any]) -> object:
        match job:
            case FindEngine():
                return ENGINE
            case Add():
                return job.left + job.right
            case Pid():
                return os.getpid()
            case Note():
                note(job.log, job.word)
            case Hold():
                note(job.log, job.word)
                until(job.gate)
                return job.word
            case WriteAndHold():
                self._write_and_hold(job)
            case Large():
                return bytes(job.size)
            case Swallow():
                return len(bytearray(job.size))
            case Batch():
                blob = RenderedBlob(BlobId.of(b"x"), 1, ENGINE.name)
                return BatchResult((blob, ErrorValue.of(RenderFailed("f" * 64, "as arranged"))))
            case _:
                return self._fail(job)
        return None

    def _write_and_hold(self, job: WriteAndHold) -> None:
        (output,) = map(self._places.path, job.outputs)
        note(job.log, "writing")
        while not Path(job.gate).exists():
            output.write_bytes(b"half")
            time.sleep(0.001)
        output.write_bytes(b"whole")

    def _fail(self, job: Job[Any]) -> object:
        for output in job.outputs:
            self._places.path(output).write_bytes(b"half")
        match job:
            case Fail():
                raise RenderFailed("f" * 64, "as arranged")
            case FailAsNoJobMay():
                raise TooSlow("as no job may")
            case Stumble():
                raise KeyError("a fault of the program")
            case Misfit():
                return pickle.dumps(Touch(job.touched))
            case NoSuchError():
                return {"outcomes": [{"type": "error", "kind": "Exit", "arguments": ["1"]}]}
            case Unspeakable():
                return lambda: None
            case SendBytes():
                return say(job.data)
            case Abort():
                os.abort()
            case Leave():
                os._exit(3)
            case Hang():
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
                while True:
                    time.sleep(60)
        raise TypeError(job)


def note(log: str, word: str) -> None:
    with Path(log).open("a") as file:
        file.write(f"{word}\n")


def until(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.005)


def say(data: bytes) -> int:
    """Send bytes through the only socket that a worker has."""
    for descriptor in range(3, 100):
        try:
            connection = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
        with connection:
            connection.sendall(data)
        return 0
    raise RuntimeError("no socket")
