"""Renders recipes of one source into files, several in one job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from blobhls.errors import BlobhlsError
from blobhls.media.container.clock import Clock
from blobhls.media.container.iframe_ranges import key_frames
from blobhls.media.error_values import ErrorValue
from blobhls.media.output import write
from blobhls.media.render import can_follow, opened_for, render_in
from blobhls.media.results import BatchResult, IFrame, RenderedBlob
from blobhls.recipe import MPEG_CLOCK, CutVideo, EncodeVideo, Recipe, Timed


def render_batch(wanted: Sequence[tuple[Timed, Path]], source: Path, engine: str) -> BatchResult:
    """Render several recipes into their files; one that fails does not stop the others.

    Neighbours share one opening of the source where possible: it takes as long as cutting. While
    one is cut, the one before is written and hashed in a thread; both release Python's lock.
    """
    outcomes: list[Future[RenderedBlob] | BlobhlsError] = []
    with ThreadPoolExecutor(1) as writer:
        while len(outcomes) < len(wanted):
            try:
                for recipe, data, path in _render_neighbours(wanted[len(outcomes) :], source):
                    if outcomes and isinstance(outcomes[-1], Future):
                        wait([outcomes[-1]])  # two segments in memory are enough
                    outcomes.append(writer.submit(write_rendered, recipe, data, path, engine))
            except BlobhlsError as error:
                outcomes.append(error)
    return BatchResult(tuple(map(_outcome_value, outcomes)))


def _render_neighbours(
    wanted: Sequence[tuple[Timed, Path]], source: Path
) -> Iterator[tuple[Timed, bytes, Path]]:
    """Render the first recipe and those behind it that can follow it."""
    before: Timed | None = None
    with opened_for(wanted[0][0], source) as container:
        for recipe, path in wanted:
            if before is not None and not can_follow(recipe, before, container):
                return
            yield recipe, render_in(container, recipe), path
            before = recipe


def _outcome_value(outcome: Future[RenderedBlob] | BlobhlsError) -> RenderedBlob | ErrorValue:
    if isinstance(outcome, BlobhlsError):
        return ErrorValue.of(outcome)
    try:
        return outcome.result()
    except BlobhlsError as error:
        return ErrorValue.of(error)


def write_rendered(recipe: Recipe, data: bytes, path: Path, engine: str) -> RenderedBlob:
    """Write the bytes of a recipe to a file, and find their key frames."""
    made = write(data, path)
    return RenderedBlob(made.blob_id, made.size, engine, key_frames_of(recipe, data))


def key_frames_of(recipe: Recipe, data: bytes) -> tuple[IFrame, ...]:
    """Find the key frames in the bytes of a recipe; none if it is not video."""
    if not isinstance(recipe, CutVideo | EncodeVideo):
        return ()
    start = Clock.of(recipe.track, MPEG_CLOCK)(recipe.window.start)
    return key_frames(data, recipe.packaging, start)
