"""Every part of blobhls, opened and closed in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from blobhls.api.broadcast import Broadcaster
from blobhls.app.accelerating import usable_hardware
from blobhls.app.announcing import Announcer
from blobhls.blob import BlobId
from blobhls.blossom.taking import Taker
from blobhls.derive import Job, Priority, Workers
from blobhls.errors import ConfigError
from blobhls.http import Naming
from blobhls.index.blobs import BlobIndex
from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_intake import CatalogueIntake
from blobhls.index.changes import ChangeLog
from blobhls.index.database import Database
from blobhls.index.previews import PreviewIndex
from blobhls.index.schema import MIGRATIONS
from blobhls.index.scribe import Scribe
from blobhls.index.sources import SourceIndex
from blobhls.index.uploads import UploadIndex
from blobhls.index.viewing import Viewing, make_viewing
from blobhls.nostr import SecretKey
from blobhls.remote import Fetcher, Reach
from blobhls.resolver import Beginnings, Opener, Previewer, Scaler, Sealer, Watching, describe
from blobhls.settings import Settings
from blobhls.store.local import LocalStore
from blobhls.travel.pushes import Pushes, Sender
from blobhls.vault import CachePolicy, Evictor, Maker, UploadLimits, Uploads, Vault

# Address space of a worker: decoding and encoding 4K takes about a third of it.
_WORKER_MEMORY: Final = 4 << 30
# A card's driver reserves addresses for all memory there is, its own and the machine's.
_HARDWARE_MEMORY: Final = 1 << 40
# They wait for the disk, which serves several syncs in the time of one; Python's own number, six
# on two cores, halved the rate of small uploads.
_THREADS: Final = 32


class Shelf(msgspec.Struct, frozen=True, eq=False):
    """What is on the disk: the index and the store."""

    db: Database
    blobs: BlobIndex
    sources: SourceIndex
    catalogue: Catalogue
    intake: CatalogueIntake
    viewing: Viewing
    uploads: UploadIndex
    store: LocalStore


class Station(msgspec.Struct, frozen=True, eq=False):
    """Everything, put together."""

    settings: Settings
    shelf: Shelf
    workers: Workers
    engine: str
    opener: Opener
    maker: Maker
    vault: Vault
    evictor: Evictor
    sealer: Sealer
    watching: Watching
    beginnings: Beginnings
    previewer: Previewer
    scaler: Scaler
    broadcaster: Broadcaster
    announcer: Announcer
    uploads: Uploads
    taker: Taker
    fetcher: Fetcher
    pushes: Pushes
    placeholder: BlobId


@contextmanager
def opened_shelf(settings: Settings, *, alone: bool = False) -> Iterator[Shelf]:
    """Open the index and the store; `alone`: with no other blobhls at work on them.

    Raises `ConfigError`.
    """
    with _lock(settings.db, alone=alone):
        db = Database(settings.db, MIGRATIONS)
        try:
            yield Shelf(
                db=db,
                blobs=BlobIndex(db),
                sources=SourceIndex(db),
                catalogue=Catalogue(db),
                intake=CatalogueIntake(db),
                viewing=make_viewing(db, time.time),
                uploads=UploadIndex(db),
                store=LocalStore(settings.cache_path),
            )
        finally:
            db.close()


@contextmanager
def _lock(db: Path, *, alone: bool) -> Iterator[None]:
    """Hold a lock beside the database: shared, or exclusive where files are about to be judged."""
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
async def opened_station(
    settings: Settings, key: SecretKey | None = None
) -> AsyncIterator[Station]:
    """Open everything; the workers are running and answer when this yields.

    `key` signs what the API is asked to push.
    """
    reach = Reach.PRIVATE if settings.private_addresses else Reach.PUBLIC
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "beside"))
    with opened_shelf(settings) as shelf:
        memory = _WORKER_MEMORY if settings.encoder == "x264" else _HARDWARE_MEMORY
        workers = Workers(settings.workers, memory)
        scribe = Scribe(shelf.db, shelf.store.settle)
        try:
            async with Fetcher(reach) as fetcher:
                sender = Sender(fetcher, key, settings.public_url)
                station = await _assembled(settings, shelf, workers, scribe, sender)
                try:
                    yield station
                finally:
                    await station.pushes.close()
                    await station.beginnings.close()
                    await station.watching.close()
                    await station.sealer.close()
                    await station.previewer.close()
                    await station.taker.close()
                    await station.maker.close()
                    station.vault.note_use()
        finally:
            await scribe.close()
            await workers.close()


async def _assembled(
    settings: Settings, shelf: Shelf, workers: Workers, scribe: Scribe, sender: Sender
) -> Station:
    engine = await workers.run(Job("engine", (), str, subject="libav"), Priority.VIEWER)
    encoder = await workers.run(Job("picture_encoder", (), str, subject="Pillow"), Priority.VIEWER)
    opener = Opener(
        settings.target_path,
        shelf.catalogue,
        shelf.sources,
        workers,
        hardware=await usable_hardware(settings.encoder, workers),
    )
    maker = Maker(shelf.store, shelf.blobs, workers, opener.find_source, engine)
    vault = Vault(shelf.store, shelf.blobs, maker)
    vault.on_distrust(shelf.sources.withdraw)
    beginnings = Beginnings(vault, shelf.store.staging)
    opener.begin_with(beginnings)
    policy = CachePolicy(limit=settings.cache_limit, keep=settings.cache)
    sealer = Sealer(vault, shelf.sources)
    broadcaster = Broadcaster(secrets.token_hex(4))
    announcer = Announcer(broadcaster, shelf.catalogue, ChangeLog(shelf.db))
    sealer.on_progress(announcer.sealed)
    pushes = Pushes(
        vault=vault,
        blobs=shelf.blobs,
        catalogue=shelf.catalogue,
        opener=opener,
        sealer=sealer,
        sender=sender,
        staging=shelf.store.staging,
    )
    pushes.on_progress(announcer.pushed)
    previewer = Previewer(opener, maker, vault, PreviewIndex(shelf.db))
    previewer.on_made(announcer.previewed)
    placeholder = await maker.picture("placeholder", subject="placeholder")
    uploads = Uploads(
        vault, shelf.store, shelf.blobs, shelf.uploads, scribe=scribe, limits=_limits(settings)
    )
    return Station(
        settings=settings,
        shelf=shelf,
        workers=workers,
        engine=engine,
        opener=opener,
        maker=maker,
        vault=vault,
        evictor=Evictor(vault, shelf.store, shelf.blobs, maker, policy),
        sealer=sealer,
        watching=Watching(vault),
        beginnings=beginnings,
        previewer=previewer,
        scaler=Scaler(vault, shelf.blobs, encoder),
        broadcaster=broadcaster,
        announcer=announcer,
        uploads=uploads,
        taker=Taker(uploads, Naming(settings.public_url), partial(describe, workers)),
        fetcher=sender.fetcher,
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
