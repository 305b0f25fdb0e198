"""Pulls a playlist and, recursively, all blobs that it names, from several servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from blobhls.blob import BlobId
from blobhls.errors import BadRequest, FetchFailed
from blobhls.index.ledger.uploads import OPERATOR
from blobhls.nostr import SecretKey
from blobhls.remote import RemoteServer
from blobhls.store.base import OpenBlob
from blobhls.store.staging import staged_file
from blobhls.tasks import for_each
from blobhls.transfer.links import PLAYLIST, is_playlist, named_blobs, type_in_tree
from blobhls.transfer.server_pool import ServerPool
from blobhls.vault import ReceivedBody, Uploads, staged_body

_AT_ONCE: Final = 6
_MOST_BLOBS: Final = 200_000  # in one tree: a day of video in a dozen renditions
_MOST_TEXT: Final = 8 << 20  # bytes of one playlist: two days in segments of 2 s
_DEPTH: Final = 3  # levels: master, media playlist, segment
_LEAF: Final = 1
_HEAD: Final = 4096  # bytes that show the type of a blob
MOST_BYTES: Final = 1 << 50
"""Bytes of a blob, if the operator sets no limit."""


class PullProgress(msgspec.Struct):
    """Progress of pulling a tree. Mutable."""

    blobs: int = 0  # that are here now
    named: int = 1  # that are known so far to belong to it
    fetched: int = 0
    bytes: int = 0  # that came over the network


Report = Callable[[PullProgress], None]


class Puller:
    """Pulls trees. A playlist is stored after all blobs that it names: never half a title."""

    def __init__(
        self,
        uploads: Uploads,
        report: Report = lambda _: None,
        key: SecretKey | None = None,
    ) -> None:
        """`key`: signs tokens for servers that require one; others never get one."""
        self._uploads = uploads
        self._report = report
        self._key = key

    async def pull(
        self,
        root: BlobId,
        servers: Sequence[RemoteServer],
        pubkey: str,
        extension: str | None = None,
    ) -> PullProgress:
        """Pull the tree of a playlist for an owner, or a single blob.

        A blob that is here is not fetched; the owner is added. Raises `FetchFailed` if no server
        has a blob, or a playlist names something that is no blob, and `Forbidden`, `TooLarge`,
        `TypeRefused`, `TooMany` or `StoreFull`. Stored blobs stay, so that another try continues
        from there.
        """
        if not servers:
            raise BadRequest("no server to fetch from")
        pull = _Pull(self._uploads, ServerPool(servers, self._key), pubkey, self._report)
        await pull.pull_blob(root, extension, _DEPTH)
        return pull.done

    async def pull_named(
        self, playlist: bytes, servers: Sequence[RemoteServer], pubkey: str
    ) -> PullProgress:
        """Pull all blobs that a playlist names, but not the playlist itself.

        Raises the errors of `pull`.
        """
        pull = _Pull(self._uploads, ServerPool(servers, self._key), pubkey, self._report)
        await pull.pull_named(playlist, _DEPTH)
        return pull.done


class _Body(msgspec.Struct, frozen=True, eq=False):
    received: ReceivedBody
    said: str | None  # media type, by the server


class _Pull:
    """One tree that is being pulled."""

    def __init__(self, uploads: Uploads, sources: ServerPool, pubkey: str, report: Report) -> None:
        self.done = PullProgress()
        self._uploads = uploads
        self._sources = sources
        self._pubkey = pubkey
        self._report = report
        self._room = asyncio.Semaphore(_AT_ONCE)
        limit = None if pubkey == OPERATOR else uploads.limits.most_bytes
        self._most = limit or MOST_BYTES
        self._arrived: dict[BlobId, bool] = {}
        self._under_way: dict[BlobId, asyncio.Event] = {}

    async def pull_blob(self, blob_id: BlobId, extension: str | None, depth: int) -> None:
        """Store a blob, after all blobs that it names. Each blob is pulled once.

        `depth`: levels of the tree from here down, including this one.
        """
        if self._arrived.get(blob_id):
            return
        under_way = self._under_way.get(blob_id)
        if under_way is not None:
            # If it fails, this wait is cancelled, too: all are tasks of one pull.
            await under_way.wait()
            return
        self._arrived.setdefault(blob_id, False)
        self._under_way[blob_id] = asyncio.Event()
        if not await self._own_if_here(blob_id, extension, depth):
            await self._fetch(blob_id, extension, depth)
        self._arrived[blob_id] = True
        self._under_way.pop(blob_id).set()
        self.done.blobs += 1
        self._report(self.done)

    async def pull_named(self, playlist: bytes, depth: int) -> None:
        """Store all blobs that a playlist names; hashes can't form a cycle."""
        if depth <= _LEAF:
            raise FetchFailed("the playlists are nested deeper than those of HLS")
        links = await asyncio.to_thread(named_blobs, playlist)
        for blob_id in links:
            self._arrived.setdefault(blob_id, False)
        self.done.named = max(len(self._arrived), 1)
        if self.done.named > _MOST_BLOBS:
            raise FetchFailed(f"the title has more than {_MOST_BLOBS} blobs")

        async def pull_link(link: tuple[BlobId, str | None]) -> None:
            await self.pull_blob(*link, depth - 1)

        await for_each(list(links.items()), pull_link, limit=_AT_ONCE)

    async def _own_if_here(self, blob_id: BlobId, extension: str | None, depth: int) -> bool:
        """Add the owner to a blob, and to all that it names; False if it is not here."""
        here = await self._uploads.present(blob_id)
        if here is None:
            return False
        with here:
            head = await asyncio.to_thread(here.file.read, _HEAD)
            text = await asyncio.to_thread(_rest, here, head, extension)
        if text is not None:
            await self.pull_named(text, depth)
        upload = await self._uploads.add_owner(blob_id, self._pubkey)
        if upload is None:
            return False
        media_type = type_in_tree(extension, head, upload.info.media_type)
        if self._pubkey == OPERATOR and media_type != upload.info.media_type:
            # The first uploader chose the type freely; only the operator may correct it.
            await self._uploads.set_type(blob_id, media_type)
        return True

    async def _fetch(self, blob_id: BlobId, extension: str | None, depth: int) -> None:
        async with self._fetched(blob_id, extension) as body:
            received = body.received
            media_type = type_in_tree(extension, received.head, body.said)
            if media_type == PLAYLIST:
                await self.pull_named(await asyncio.to_thread(_text, received), depth)
            await self._uploads.store(received, media_type, self._pubkey)

    @asynccontextmanager
    async def _fetched(self, blob_id: BlobId, extension: str | None) -> AsyncIterator[_Body]:
        """Fetch a blob into a file that is removed afterwards, unless the store adopted it."""
        await self._uploads.admit(self._pubkey, None, None, blob_id)
        async with staged_file(self._uploads.staging) as staged:
            async with self._room:  # not held while the blobs that it names are pulled
                fetched = await self._sources.fetch(blob_id, extension, staged, self._most)
            self.done.fetched += 1
            self.done.bytes += fetched.size
            received = await asyncio.to_thread(staged_body, staged, blob_id, fetched.size)
            yield _Body(received, fetched.media_type)


def _rest(blob: OpenBlob, head: bytes, extension: str | None) -> bytes | None:
    """Return the text of a playlist whose head was read already; None for other blobs."""
    if not is_playlist(extension, head):
        return None
    _check_size(blob.info.size)
    return head + blob.file.read()


def _text(body: ReceivedBody) -> bytes:
    _check_size(body.size)
    return body.head if body.staged is None else body.staged.read_bytes()


def _check_size(size: int) -> None:
    if size > _MOST_TEXT:
        raise FetchFailed(f"a playlist of {size} bytes is too large")
