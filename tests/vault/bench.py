"""A vault over a real database and a real store, whose bytes are made in this process.

What libav would take seconds for is a hash of the recipe here, so thousands of cases fit into a
test. All the rest is what the server runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

from blake3 import blake3

from blobhls import recipe as recipes
from blobhls.blob import BlobId
from blobhls.errors import BlobhlsError, SourceGone, SourceOffline
from blobhls.index.access import Index
from blobhls.index.database import Database
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.index.migrations import MIGRATIONS
from blobhls.media.jobs import AnyJob, Job, Render, RenderBatch
from blobhls.media.places import Places
from blobhls.media.references import LibraryFile, StagedFile
from blobhls.media.results import BatchResult, Engine, RenderedBlob
from blobhls.recipe import CutVideo, EncodeAudio, EncodeVideo, Ratio, Recipe, Track, Window
from blobhls.store.local import LocalStore
from blobhls.vault import (
    BlobRepository,
    BlockList,
    CachePolicy,
    EvictionResult,
    Evictor,
    Renderer,
    Vault,
)
from blobhls.workers import Priority, Urgency
from blobhls.workers.messages import HEADER, Codec, Done, job_decoder

P = ParamSpec("P")
T = TypeVar("T")

ENGINE: Final = "test-engine"
LARGE: Final = 70_000  # bytes; more than the vault keeps in memory
SMALL: Final = 300


def track(source_id: str) -> Track:
    return Track(source_id, 0, Ratio(1, 90_000), Ratio(0, 1))


def cut(number: int, source_id: str = "film") -> CutVideo:
    """A cheap recipe, which can be evicted."""
    return CutVideo(track(source_id), Window(number, number + 1), "ts", "cut-v2")


def encoded(number: int, source_id: str = "film") -> EncodeVideo:
    """A recipe that takes long; its bytes are more than the vault keeps in memory."""
    window = Window(number, number + 1)
    return EncodeVideo(track(source_id), window, "ts", "h264-720p-v2", 1280, 720, 31, frame=3_750)


def sound(number: int, source_id: str = "film") -> EncodeAudio:
    """A recipe whose bytes always stay."""
    return EncodeAudio(track(source_id), number, number + 1, 2, "ts", "aac-stereo-v2")


class Flavours:
    """What makes bytes what they are beside the recipe: CPU, threads, moon. By profile."""

    def __init__(self) -> None:
        self._flavours: dict[str, int] = {}

    def change(self, profile: str) -> None:
        """From now on, a profile makes other bytes of the same recipe."""
        self._flavours[profile] = self._flavours.get(profile, 0) + 1

    def bytes_of(self, recipe: Recipe) -> bytes:
        """Return what a worker makes of a recipe now."""
        salt = self._flavours.get(recipe.profile, 0).to_bytes(4, "big")
        size = LARGE if isinstance(recipe, EncodeVideo) else SMALL
        return blake3(salt + recipes.encode(recipe)).digest(length=size)


class InProcess:
    """A `WorkerPool` that does jobs in this process at its next turn, and writes real files."""

    def __init__(self, flavours: Flavours) -> None:
        self.flavours = flavours
        self.engine = ENGINE  # that makes what is rendered from now on
        self.places: Places
        self.done: list[str] = []  # tags of jobs, in order
        self.wanted: list[tuple[str, Urgency]] = []
        self.gate: asyncio.Event | None = None  # what jobs wait for, if anything
        self.ahead_gate: asyncio.Event | None = None  # likewise, those that no viewer waits for
        self.fault: Callable[[Job[Any]], BlobhlsError | None] = lambda _: None
        self.other: dict[str, Callable[..., object]] = {}  # by tag, jobs besides those of recipes
        self._codec, self._decoder = Codec(), job_decoder(AnyJob)

    @property
    def engines(self) -> tuple[Engine, ...]:
        return (Engine(ENGINE, "pillow"),)

    async def start(self) -> None:
        pass

    async def run(
        self, job: Job[T], urgency: Urgency | Priority, *, within: float | None = None
    ) -> T:
        urgency = Urgency(urgency) if isinstance(urgency, Priority) else urgency
        self.wanted.append((tag_of(job), urgency))
        if self.ahead_gate is not None and urgency.priority > Priority.VIEWER:
            await self.ahead_gate.wait()
        return await self._done(job, tag_of(job))

    async def run_alone(self, job: Job[T]) -> T:
        return await self._done(job, f"alone {tag_of(job)}")

    async def close(self) -> None:
        pass

    async def _done(self, job: Job[T], name: str) -> T:
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            self.done.append(name)
            result = self._call(self._travelled(job))
            reply = self._codec.reply(self._codec.done(result)[HEADER.size :])
            assert isinstance(reply, Done)
            return cast(T, self._codec.result(type(job), reply))
        except BaseException:
            for output in job.outputs:
                with contextlib.suppress(OSError):
                    self.places.path(output).unlink(missing_ok=True)
            raise

    def _travelled(self, job: Job[T]) -> AnyJob:
        return cast(AnyJob, self._decoder.decode(self._codec.frame(job)[HEADER.size :]))

    def _call(self, job: AnyJob) -> object:
        fault = self.fault(job)
        if fault is not None:
            raise fault
        with self.places.source(getattr(job, "source", StagedFile("none"))):
            return self._result(job)

    def _result(self, job: AnyJob) -> object:
        match job:
            case Render(recipe=recipe, output=output):
                return self.made(recipe, output)
            case RenderBatch(recipes=recipes, outputs=outputs):
                return BatchResult(tuple(map(self.made, recipes, outputs)))
            case _:
                return self.other[tag_of(job)](job)

    def made(self, recipe: Recipe, output: StagedFile) -> RenderedBlob:
        """Do what a worker does with a recipe."""
        data = self.flavours.bytes_of(recipe)
        self.places.path(output).write_bytes(data)
        return RenderedBlob(BlobId.of(data), len(data), self.engine)


def tag_of(job: Job[Any]) -> str:
    """What a kind of jobs is called."""
    return str(job.__struct_config__.tag)


def recipes_of(job: Job[Any]) -> tuple[Recipe, ...]:
    """The recipes that a job makes."""
    match job:
        case Render(recipe=recipe):
            return (recipe,)
        case RenderBatch(recipes=several):
            return several
    return ()


class Sources:
    """Where the files of sources are: there, not to be read just now, or gone for good."""

    def __init__(self) -> None:
        self.offline: set[str] = set()
        self.gone: set[str] = set()
        self.asked = 0
        self.changed: list[str] = []

    async def find(self, source_id: str) -> LibraryFile:
        return await self.locate(source_id)

    async def locate(self, source_id: str) -> LibraryFile:
        self.asked += 1
        if source_id in self.gone:
            raise SourceGone("gone")
        if source_id in self.offline:
            raise SourceOffline("not mounted")
        return LibraryFile(f"{source_id}.mkv".encode())

    def note_change(self, source_id: str) -> None:
        self.changed.append(source_id)


class Bench:
    """All parts of a vault, which can be put down and opened again as a server does."""

    strict = True  # the thread that opens it can't write to the index

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flavours = Flavours()
        self.sources = Sources()
        self.distrusted: list[tuple[str, str]] = []
        self.workers = InProcess(self.flavours)
        self.open()

    def open(self) -> None:
        """Put new objects over whatever the disk holds."""
        self.db = Database(self.folder / "index.db", MIGRATIONS)
        self.index = BlobIndex(self.db)
        self.store = LocalStore(self.folder / "store")
        self.workers.places = Places(
            self.folder / "library", self.folder / "store", self.store.staging_folder
        )
        self.access = Index(self.db, self.store.sync)
        if self.strict:
            self.db.serve_event_loop()
        self.repository = BlobRepository(self.store, self.index, self.access)
        self.block_list = BlockList(self.repository, UploadIndex(self.db))
        self.renderer = Renderer(self.repository, self.workers, self.sources, ENGINE)
        self.vault = Vault(self.repository, self.renderer, self.block_list)
        self.vault.on_quarantine(self.note_quarantine)

    async def note_quarantine(self, blob_id: BlobId, why: str) -> None:
        self.distrusted.append((blob_id, why))

    def close(self) -> None:
        """Write down what is not yet written, also from a running loop, and end all threads."""
        self.elsewhere(asyncio.run, self._end())
        self.db.close()

    async def _end(self) -> None:
        await self.repository.touch()
        await self.access.close()

    def elsewhere(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something in a thread that may write, as the loop's own must not."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(work, *args, **kwargs).result()

    def evictor(self, limit: int | None, *, keep: bool = True) -> Evictor:
        return Evictor(self.repository, self.renderer, CachePolicy(limit, keep))

    async def evict(self, limit: int | None = 0, grace: float = -1) -> EvictionResult:
        """Evict what was used up to now; the clock may not have ticked since."""
        return await self.evictor(limit).evict(grace)

    async def bytes_of(self, blob_id: BlobId) -> bytes:
        """Read a blob as a client gets it."""
        with await self.vault.open(blob_id) as blob:
            data = blob.file.read()
            assert len(data) == blob.info.size
            return data

    def file(self, blob_id: BlobId) -> Path:
        """Where the store has a blob's bytes."""
        return self.folder / "store" / blob_id[:2] / blob_id[2:]

    def staged(self) -> list[Path]:
        """What lies in staging: nothing, once everything has ended."""
        # Not rglob: the folder of a store that was put down goes when Python gets round to it.
        walk = os.walk(self.folder / "store" / "staging")
        return [Path(folder, name) for folder, _, names in walk for name in names]
