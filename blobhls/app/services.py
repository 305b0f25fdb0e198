"""All services of blobhls, opened and closed in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from blobhls.api.broadcast import Broadcaster
from blobhls.app.hardware import usable_hardware
from blobhls.app.notifications import ChangeNotifier
from blobhls.blob import BlobId
from blobhls.blossom.writes.upload_handler import UploadHandler
from blobhls.errors import ConfigError, Unavailable
from blobhls.http import PublicUrls
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.change_log import ChangeLog
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.catalogue.previews import PreviewIndex
from blobhls.index.database import Database
from blobhls.index.ledger.blobs import BlobIndex
from blobhls.index.ledger.sources import SourceIndex
from blobhls.index.ledger.uploads import UploadIndex
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.viewing.viewer_data import ViewerData, make_viewer_data
from blobhls.media.jobs import Placeholder
from blobhls.media.places import Places
from blobhls.nostr import SecretKey
from blobhls.remote import AddressPolicy, Fetcher
from blobhls.resolver import (
    FirstSegments,
    Plans,
    Previewer,
    Sealer,
    SegmentServer,
    Sources,
    Surveyor,
    Thumbnails,
    describe,
)
from blobhls.settings import Settings
from blobhls.store.local import LocalStore
from blobhls.transfer.push_tasks import PushTasks, Sender
from blobhls.transfer.title_trees import TitleTrees
from blobhls.vault import (
    BlobRepository,
    BlockList,
    CachePolicy,
    Evictor,
    Renderer,
    UploadLimits,
    Uploads,
    Vault,
)
from blobhls.workers import LocalPool, WorkerPool

# Address space of a worker: decoding and encoding 4K takes about a third of it.
_WORKER_MEMORY: Final = 4 << 30
# A GPU driver reserves address space for all memory of the GPU and of the machine.
_HARDWARE_MEMORY: Final = 1 << 40
# Threads wait for the disk, which does several syncs in the time of one; Python's default, six on
# two cores, halved the rate of small uploads.
_THREADS: Final = 32


class Storage(msgspec.Struct, frozen=True, eq=False):
    """Persistent state: the index and the store."""

    db: Database
    index: Index
    blobs: BlobIndex
    source_index: SourceIndex
    catalogue: Catalogue
    intake: CatalogueIntake
    viewing: ViewerData
    uploads: UploadIndex
    store: LocalStore
    repository: BlobRepository
    places: Places  # where the workers find library, blobs and staging


class Services(msgspec.Struct, frozen=True, eq=False):
    """All services."""

    settings: Settings
    storage: Storage
    workers: WorkerPool
    engine: str
    sources: Sources
    plans: Plans
    renderer: Renderer
    vault: Vault
    block_list: BlockList
    evictor: Evictor
    sealer: Sealer
    segments: SegmentServer
    first_segments: FirstSegments
    previewer: Previewer
    thumbnails: Thumbnails
    broadcaster: Broadcaster
    notifier: ChangeNotifier
    uploads: Uploads
    upload_handler: UploadHandler
    fetcher: Fetcher
    trees: TitleTrees
    pushes: PushTasks
    placeholder: BlobId


@contextmanager
def open_storage(settings: Settings, *, alone: bool = False) -> Iterator[Storage]:
    """Open the index and the store; `alone`: with an exclusive lock.

    Raises `ConfigError`.
    """
    with _lock(settings.db, alone=alone):
        db = Database(settings.db, MIGRATIONS)
        try:
            store, blobs = LocalStore(settings.cache_path), BlobIndex(db)
            index = Index(db, store.sync)
            yield Storage(
                db=db,
                index=index,
                blobs=blobs,
                source_index=SourceIndex(db),
                catalogue=Catalogue(db),
                intake=CatalogueIntake(db),
                viewing=make_viewer_data(db, time.time),
                uploads=UploadIndex(db),
                store=store,
                repository=BlobRepository(store, blobs, index),
                places=Places(
                    library=settings.target_path.absolute(),
                    blobs=settings.cache_path.absolute(),
                    staging=store.staging_folder,
                ),
            )
        finally:
            db.close()


@contextmanager
def _lock(db: Path, *, alone: bool) -> Iterator[None]:
    """Hold a lock file next to the database: shared, or exclusive for fsck."""
    path = db.with_name(f"{db.name}.lock")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"can't write {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ConfigError(f"another blobhls is at work on {db}; stop it first") from error
    finally:
        os.close(file)


@asynccontextmanager
async def open_services(
    settings: Settings, key: SecretKey | None = None
) -> AsyncIterator[Services]:
    """Open all services; the workers have started when this yields.

    `key` signs pushes.
    """
    reach = AddressPolicy.PRIVATE if settings.private_addresses else AddressPolicy.PUBLIC
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "background"))
    with open_storage(settings) as storage:
        storage.db.serve_event_loop()
        memory = _WORKER_MEMORY if settings.encoder == "x264" else _HARDWARE_MEMORY
        workers = LocalPool(settings.workers, memory, storage.places)
        try:
            async with Fetcher(reach) as fetcher:
                sender = Sender(fetcher, key, settings.public_url)
                services = await _assemble(settings, storage, workers, sender)
                try:
                    yield services
                finally:
                    await services.pushes.close()
                    await services.first_segments.close()
                    await services.segments.close()
                    await services.sealer.close()
                    await services.previewer.close()
                    await services.upload_handler.close()
                    await services.sources.close()
                    await services.renderer.close()
                    with suppress(Unavailable):  # eviction uses the times that were written before
                        await storage.repository.touch()
        finally:
            await storage.index.close()
            await workers.close()


async def _assemble(
    settings: Settings,
    storage: Storage,
    workers: WorkerPool,
    sender: Sender,
) -> Services:
    await workers.start()
    engine = workers.engines[0]
    index, repository = storage.index, storage.repository
    catalogue, source_index = storage.catalogue, storage.source_index

    async def quarantine(blob_id: BlobId, reason: str) -> None:
        await index.write(source_index.quarantine, blob_id, reason)

    sources = Sources(settings.target_path, catalogue, index)
    renderer = Renderer(repository, workers, sources, engine.name)
    block_list = BlockList(repository, storage.uploads)
    await block_list.refresh()
    vault = Vault(repository, renderer, block_list)
    vault.on_quarantine(quarantine)
    first_segments = FirstSegments(vault, repository.staging)
    surveyor = Surveyor(
        workers, sources, catalogue, source_index, index, first_segments=first_segments
    )
    hardware = await usable_hardware(settings.encoder, workers)
    plans = Plans(catalogue, source_index, index, sources, surveyor, hardware=hardware)
    policy = CachePolicy(limit=settings.cache_limit, keep=settings.cache)
    sealer = Sealer(vault, source_index, index)
    broadcaster = Broadcaster(secrets.token_hex(4))
    notifier = ChangeNotifier(broadcaster, catalogue, ChangeLog(storage.db), index)
    sealer.on_progress(notifier.note_sealing)
    trees = TitleTrees(vault, repository, catalogue, plans, sealer)
    pushes = PushTasks(vault, trees, sealer, sender, repository.staging)
    pushes.on_progress(notifier.note_push)
    previewer = Previewer(
        plans, sources, renderer, vault, preview_index=PreviewIndex(storage.db), index=index
    )
    previewer.on_made(notifier.note_previews)
    placeholder = await renderer.render_image(Placeholder)
    uploads = Uploads(vault, repository, storage.uploads, block_list, _limits(settings))
    return Services(
        settings=settings,
        storage=storage,
        workers=workers,
        engine=engine.name,
        sources=sources,
        plans=plans,
        renderer=renderer,
        vault=vault,
        block_list=block_list,
        evictor=Evictor(repository, renderer, policy),
        sealer=sealer,
        segments=SegmentServer(vault),
        first_segments=first_segments,
        previewer=previewer,
        thumbnails=Thumbnails(vault, engine.image_encoder),
        broadcaster=broadcaster,
        notifier=notifier,
        uploads=uploads,
        upload_handler=UploadHandler(
            uploads, PublicUrls(settings.public_url), partial(describe, workers)
        ),
        fetcher=sender.fetcher,
        trees=trees,
        pushes=pushes,
        placeholder=placeholder.blob_id,
    )


def _limits(settings: Settings) -> UploadLimits:
    return UploadLimits(
        most_bytes=settings.max_blob_size,
        types=settings.upload_types,
        key_bytes=settings.key_quota,
        key_blobs=settings.key_blobs,
        all_blobs=settings.upload_blobs,
        all_bytes=settings.upload_quota,
        expire=settings.expire,
    )
