"""The generated demo library: a film and a series of two seasons, for trying blobhls out."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Mapping
from contextlib import closing
from fractions import Fraction
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final, cast

from blobhls.demo_clips.clip_spec import AudioTrack, Clip
from blobhls.errors import BlobhlsError
from blobhls.progress import Progress

_SERIES: Final = "Harbour Lights"
_EPISODES: Final = (
    # season, episode, title
    (1, 1, "First Tide"),
    (1, 2, "The Lamp Room"),
    (1, 3, "Fog Signal"),
    (2, 1, "Return of the Ferry"),
    (2, 2, "Last Light"),
)
_FILM: Final = "The Long Way to Arcturus"


def demo_clips() -> dict[str, Clip]:
    """Return every clip of the demo library by its path within it."""
    clips = {f"{_FILM} (2019)/{_FILM} (2019).mkv": _film()}
    for season, episode, title in _EPISODES:
        name = f"{_SERIES} S{season:02}E{episode:02} {title}.mp4"
        clips[f"{_SERIES}/Season {season:02}/{name}"] = Clip(
            title=f"{_SERIES}: {title}",
            seconds=30,
            size=(1280, 720),
            fps=Fraction(25),
            hue=20 + 60 * season + 25 * episode,
        )
    return clips


def _film() -> Clip:
    return Clip(
        title=_FILM,
        seconds=48,
        size=(1280, 720),
        audio=(AudioTrack("eng", title="English"), AudioTrack("deu", title="Deutsch")),
        subtitles=("eng", "deu"),
        chapters=("Departure", "The Second Sun", "Landfall"),
    )


def make_demo_library(folder: Path, progress: Progress) -> None:
    """Generate the clips that are missing in `folder`; `progress` gets done, total and name.

    Each is generated in a child process, since libav never runs in the process that becomes the
    server. Raises `BlobhlsError` where the folder can't be written.
    """
    missing = {
        folder / name: clip for name, clip in demo_clips().items() if not (folder / name).exists()
    }
    if not missing:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BlobhlsError(f"can't make the demo library in {folder}: {error.strerror}") from error
    progress(0, len(missing), "making the demo library")
    with closing(_made_in_children(missing)) as made:
        for done, (path, problem) in enumerate(made, start=1):
            if problem:
                raise BlobhlsError(f"can't make the demo library in {folder}: {problem}")
            progress(done, len(missing), path.name)


def _made_in_children(missing: Mapping[Path, Clip]) -> Generator[tuple[Path, str]]:
    """Make clips in one process per core; yield the path and the problem of each as it ends.

    Processes that still run when the generator is closed are killed.
    """
    context = multiprocessing.get_context("spawn")
    waiting = iter(missing.items())
    running: dict[Connection, tuple[Path, SpawnProcess]] = {}
    try:
        while True:
            cores = len(os.sched_getaffinity(0))
            for path, clip in islice(waiting, cores - len(running)):
                receiver, sender = context.Pipe(duplex=False)
                child = context.Process(target=_make, args=(path, clip, sender))
                child.start()
                sender.close()
                running[receiver] = (path, child)
            if not running:
                return
            for receiver in cast("list[Connection]", wait(list(running))):
                path, child = running.pop(receiver)
                problem = _outcome(receiver)
                child.join()
                yield path, problem
    finally:
        for _, child in running.values():
            child.kill()
            child.join()


def _outcome(receiver: Connection) -> str:
    with receiver:
        try:
            return str(receiver.recv())
        except EOFError:
            return "the process that made it died"


def _make(path: Path, clip: Clip, result: Connection) -> None:
    """Make a clip and send the problem, or "". Runs in a child process."""
    # Leave Ctrl-C to the parent, which stops its children: they print no tracebacks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from blobhls.demo_clips.clips import make_clip  # noqa: PLC0415 - libav only in the child

    try:
        make_clip(path, clip)
    except OSError as error:
        result.send(str(error) or type(error).__name__)
    else:
        result.send("")
