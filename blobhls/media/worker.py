"""What worker processes are asked to do. Everything here runs there, nothing in the server."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import platform
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

import av
import msgspec
from av.container import InputContainer

from blobhls import recipe as recipes
from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BlobhlsError, SourceOffline, StoreFull
from blobhls.media.container.clock import Clock
from blobhls.media.container.iframe_ranges import key_frames
from blobhls.media.container.source import source_id
from blobhls.media.images.optimiser import optimised_image
from blobhls.media.images.posters import (
    artwork_jpeg,
    frame_jpeg,
    logo_webp,
    placeholder_jpeg,
    poster_jpeg,
)
from blobhls.media.images.preview_sheets import sheet_jpeg
from blobhls.media.images.scaler import encoder
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.plan.preview_plan import Sheet
from blobhls.media.probe.chapters import chapters_in
from blobhls.media.probe.file_facts import facts_of
from blobhls.media.probe.probe import probe, probed
from blobhls.media.probe_values import Chapter
from blobhls.media.render import can_follow, opened_for, render, render_in
from blobhls.media.results import (
    BatchResult,
    FileFacts,
    FirstSegment,
    IFrame,
    RenderedBlob,
    RenderedImage,
    SourceSurvey,
    SubtitleSurvey,
)
from blobhls.media.subtitles.text_file import survey_file
from blobhls.media.video.encoder_check import check_encoder
from blobhls.recipe import MPEG_CLOCK, CutVideo, EncodeVideo, Recipe, Timed

_PR_SET_PDEATHSIG: Final = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_MOST_KEPT: Final = 32 << 20  # bytes; glibc takes no higher threshold
# Bytes written at once. For more, Linux takes pages of 2 MB, which a virtual machine has often
# given back to its host: then writing took ten times as long.
_PIECE: Final = 256 * 1024
_CPU_CLASSES: Final = ("avx512f", "avx2", "avx", "sse4_2", "asimd")


def prepare(memory: int) -> None:
    """Set up a worker: bounded memory, quiet libav, and an end when the server ends.

    `memory`: bytes of address space.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _keep_freed_memory()
    av.logging.set_level(av.logging.PANIC)


def _keep_freed_memory() -> None:
    """Have glibc use the memory of one segment again for the next.

    Given back to the system and faulted in anew each time, it cost a tenth of all cutting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MOST_KEPT)
        mallopt(_M_TRIM_THRESHOLD, 2 * _MOST_KEPT)


def engine() -> str:
    """Return what may change the bytes of a recipe: libav* and the class of CPU."""
    libraries = "/".join(
        f"{name}-{'.'.join(map(str, version))}"
        for name, version in sorted(av.library_versions.items())
        if name in {"libavcodec", "libavformat", "libavfilter", "libswscale", "libswresample"}
    )
    return f"av-{av.__version__} {libraries} {platform.machine()}/{_cpu_class()}"


def _cpu_class() -> str:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return platform.processor() or "unknown"
    return next((name for name in _CPU_CLASSES if name in flags), "baseline")


def picture_encoder() -> str:
    """Return what may change the bytes of a picture that is scaled: Pillow and its WebP."""
    return encoder()


def survey(path: str, staged: str | None = None) -> SourceSurvey:
    """Fingerprint, probe and plan a file; raises `SourceBroken` or `SourceOffline`.

    `staged`: a file to write the first segment to, where that is a cut. Somebody is about to ask
    for it, and opening the file once more would take longer than cutting.
    """
    source = Path(path)
    fingerprint = source_id(source)
    with probed(source) as (container, found):
        plan = make_plan(fingerprint, found)
        begun = None if staged is None else _begun(container, plan, staged)
    return SourceSurvey(
        source_id=fingerprint,
        probe=msgspec.json.encode(found),
        plan_id=plan.plan_id,
        plan=msgspec.json.encode(plan),
        duration=float(plan.duration),
        begun=begun,
    )


def _begun(container: InputContainer, plan: Plan, staged: str) -> FirstSegment | None:
    """Cut the first segment of the best picture; None where that can't be done here and now."""
    recipe = plan.recipe(plan.renditions[0], 0)
    if not isinstance(recipe, CutVideo):
        return None
    try:
        made = _written(recipe, render_in(container, recipe), staged)
    except BlobhlsError:
        return None  # whoever asks for it is told why
    return FirstSegment(recipes.encode(recipe), made)


def survey_text(path: str, language: str | None) -> SubtitleSurvey:
    """Look at a subtitle file; raises `SourceBroken` or `SourceOffline`."""
    return survey_file(Path(path), language)


def chapters(path: str) -> tuple[Chapter, ...]:
    """Return the chapters of a file; raises `SourceBroken` or `SourceOffline`."""
    return chapters_in(Path(path))


def make(recipe: bytes, source: str, staged: str) -> RenderedBlob:
    """Render a recipe into the file `staged`."""
    wanted = recipes.decode(recipe)
    return _written(wanted, render(wanted, Path(source)), staged)


def make_run(batch: Sequence[bytes], source: str, staged: Sequence[str]) -> BatchResult:
    """Render several recipes of one source; one that fails does not stop the others.

    Neighbours share one opening of the file where they can: it takes as long as cutting. While one
    is cut, the one before it is written and hashed, which both leave Python's lock to the other.
    """
    wanted = [
        (recipes.timed(recipes.decode(recipe)), path)
        for recipe, path in zip(batch, staged, strict=True)
    ]
    outcomes: list[Future[RenderedBlob] | BlobhlsError] = []
    with ThreadPoolExecutor(1) as beside:
        while len(outcomes) < len(wanted):
            try:
                for recipe, data, path in _stretch(wanted[len(outcomes) :], Path(source)):
                    if outcomes and isinstance(outcomes[-1], Future):
                        wait([outcomes[-1]])  # two segments in memory are enough
                    outcomes.append(beside.submit(_written, recipe, data, path))
            except BlobhlsError as error:
                outcomes.append(error)
    return BatchResult(tuple(map(_settled, outcomes)))


def _stretch(
    wanted: Sequence[tuple[Timed, str]], source: Path
) -> Iterator[tuple[Timed, bytes, str]]:
    """Render the first recipe and those behind it that can follow it."""
    before: Timed | None = None
    with opened_for(wanted[0][0], source) as container:
        for recipe, staged in wanted:
            if before is not None and not can_follow(recipe, before, container):
                return
            yield recipe, render_in(container, recipe), staged
            before = recipe


def _settled(outcome: Future[RenderedBlob] | BlobhlsError) -> RenderedBlob | BlobhlsError:
    if isinstance(outcome, BlobhlsError):
        return outcome
    try:
        return outcome.result()
    except BlobhlsError as error:
        return error


def _written(recipe: Recipe, data: bytes, staged: str) -> RenderedBlob:
    """Write what a recipe made, and note where its key frames are."""
    return msgspec.structs.replace(write(data, staged), iframes=_key_frames(recipe, data))


def _key_frames(recipe: Recipe, data: bytes) -> tuple[IFrame, ...]:
    if not isinstance(recipe, CutVideo | EncodeVideo):
        return ()
    start = Clock.of(recipe.track, MPEG_CLOCK)(recipe.window.start)
    return key_frames(data, recipe.packaging, start)


def look(recipe: bytes, segment: str) -> tuple[IFrame, ...]:
    """Say where the key frames are in a segment that was made before anybody asked."""
    try:
        data = Path(segment).read_bytes()
    except OSError as error:
        raise SourceOffline(f"can't read a segment: {error.strerror}") from error
    return _key_frames(recipes.decode(recipe), data)


def artwork(picture: str, width: int, height: int, staged: str) -> RenderedBlob:
    """Turn a picture file into a JPEG of limited size."""
    return write(artwork_jpeg(Path(picture), width, height), staged)


def frame(source: str, width: int, staged: str) -> RenderedBlob:
    """Take a picture from a video."""
    path = Path(source)
    return write(frame_jpeg(path, probe(path), width), staged)


def poster(source: str, staged: str) -> RenderedBlob:
    """Make a poster of a frame of a video."""
    path = Path(source)
    return write(poster_jpeg(path, probe(path)), staged)


def logo(picture: str, width: int, height: int, staged: str) -> RenderedBlob:
    """Turn a picture file into a WebP of limited size that keeps what is transparent."""
    return write(logo_webp(Path(picture), width, height), staged)


def sheet(source: str, encoded: bytes, staged: str) -> RenderedBlob:
    """Make a sheet of small pictures; `encoded`: a `Sheet` as JSON."""
    return write(sheet_jpeg(Path(source), msgspec.json.decode(encoded, type=Sheet)), staged)


def prove_encoder(profile: str) -> str:
    """Return why the encoder of a profile can't be used here, nothing where it can."""
    return check_encoder(profile)


def placeholder(staged: str) -> RenderedBlob:
    """Draw the picture that stands in until there is one."""
    return write(placeholder_jpeg(), staged)


def describe(path: str, media_type: str) -> FileFacts:
    """Say what can be said of a file; never fails because of the file."""
    return facts_of(Path(path), media_type)


def optimise_image(path: str, most_pixels_side: int, staged: str) -> RenderedImage:
    """Turn a picture file into one of limited size without metadata."""
    data, media_type = optimised_image(Path(path), most_pixels_side)
    made = write(data, staged)
    return RenderedImage(
        BlobInfo(made.blob_id, made.size, media_type), facts_of(Path(staged), media_type)
    )


def write(data: bytes, staged: str) -> RenderedBlob:
    """Write a new file and hash it; raises `StoreFull` and leaves nothing behind.

    Not synced: the store does that as it takes the file over, while this process goes on.
    """
    path = Path(staged)
    try:
        with path.open("xb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view[:_PIECE]) :]
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise StoreFull(f"can't write to the cache: {error.strerror}") from error
    return RenderedBlob(BlobId(hashlib.sha256(data).hexdigest()), len(data))
