"""The demo library, generated: a film and a series of two seasons for who has no videos."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Future, as_completed
from fractions import Fraction
from pathlib import Path
from typing import Final

from pebble import ProcessPool

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
    """Make the clips that `folder` does not have yet; `progress` gets done, total and name.

    Each is made in a child process: libav never runs in the one that will be the server.
    Raises `BlobhlsError` where the folder can't be written.
    """
    missing = {
        folder / name: clip for name, clip in demo_clips().items() if not (folder / name).exists()
    }
    if not missing:
        return
    progress(0, len(missing), "making the demo library")
    pool = ProcessPool(
        max_workers=min(len(missing), len(os.sched_getaffinity(0))),
        context=multiprocessing.get_context("spawn"),
        initializer=_ignore_interrupt,
    )
    try:
        waiting: dict[Future[None], Path] = {
            pool.schedule(_make, args=[path, clip]): path for path, clip in missing.items()
        }
        for done, future in enumerate(as_completed(waiting), start=1):
            future.result()
            progress(done, len(missing), waiting[future].name)
    except OSError as error:  # also pebble's ProcessExpired: a child died
        raise BlobhlsError(f"can't make the demo library in {folder}: {error}") from error
    finally:
        # After an interrupt nobody waits for the clips that were begun.
        pool.stop()  # type: ignore[no-untyped-call] # not annotated in pebble
        pool.join()


def _ignore_interrupt() -> None:
    """Leave Ctrl-C to the parent, which stops its children: no traceback from each of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make(path: Path, clip: Clip) -> None:
    from blobhls.demo_clips.clips import make_clip  # noqa: PLC0415 - libav only in the child

    make_clip(path, clip)
