"""A playlist and, recursively, all that it names, from whichever of several servers has it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobId, type_of
from blobhls.errors import BadRequest, FetchFailed
from blobhls.hls import PlaylistError, links
from blobhls.media.sniffing import SNIFFED, sniff
from blobhls.remote import RemoteServer
from blobhls.vault import Received, Uploads, staged_body

PLAYLIST: Final = type_of("m3u8")

_LINK: Final = re.compile(r"([0-9a-f]{64})(?:\.([a-z0-9]+))?")
_AT_ONCE: Final = 6
_MOST_BLOBS: Final = 200_000  # in one tree: a day of video in a dozen renditions
_MOST_TEXT: Final = 32 << 20  # bytes of one playlist
_DEPTH: Final = 3  # master, media playlist, segment
MOST_BYTES: Final = 1 << 50
"""Where nothing limits a blob."""


class Pulled(msgspec.Struct):
    """How far a tree has come. Changes while it goes on."""

    blobs: int = 0  # that are here now
    named: int = 1  # that are known to belong to it, so far
    fetched: int = 0
    bytes: int = 0  # that came over the network


Report = Callable[[Pulled], None]


class Puller:
    """Brings trees. A playlist is kept once everything it names is here: never half a title."""

    def __init__(self, uploads: Uploads, report: Report = lambda _: None) -> None:
        self._uploads = uploads
        self._report = report
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def pull(self, root: BlobId, servers: Sequence[RemoteServer], pubkey: str) -> Pulled:
        """Bring the tree of a playlist for an owner, or one blob that is none.

        What is here already is not fetched. Raises `FetchFailed` where no server has a blob, or a
        playlist names something that is no blob, and as `Uploads.take`; what had come stays, so
        that another try goes on from there.
        """
        if not servers:
            raise BadRequest("no server to fetch from")
        pull = _Pull(self._uploads, list(servers), pubkey, self._room, self._report)
        await pull.bring(root, "m3u8", _DEPTH)
        return pull.done

    async def pull_named(
        self, playlist: bytes, servers: Sequence[RemoteServer], pubkey: str
    ) -> Pulled:
        """Bring all that a playlist names, but not the playlist itself. Raises as `pull`."""
        pull = _Pull(self._uploads, list(servers), pubkey, self._room, self._report)
        await pull.bring_named(playlist, _DEPTH - 1)
        return pull.done


class _Body(msgspec.Struct, frozen=True, eq=False):
    received: Received
    media_type: str | None  # as the server says


class _Pull:
    """One tree under way."""

    def __init__(
        self,
        uploads: Uploads,
        servers: list[RemoteServer],
        pubkey: str,
        room: asyncio.Semaphore,
        report: Report,
    ) -> None:
        self.done = Pulled()
        self._uploads = uploads
        self._servers = servers
        self._pubkey = pubkey
        self._room = room
        self._report = report
        self._seen: set[str] = set()

    async def bring(self, blob_id: BlobId, extension: str | None, depth: int) -> None:
        if await self._own(blob_id, depth):
            self._count()
            return
        async with self._room:
            body = await self._fetched(blob_id, extension)
        try:
            media_type = body.media_type or _type(body.received.head, extension)
            if media_type == PLAYLIST and depth > 1:
                await self.bring_named(await asyncio.to_thread(_text, body.received), depth - 1)
            await self._uploads.take(body.received, media_type, self._pubkey)
        finally:
            if body.received.staged is not None:
                body.received.staged.unlink(missing_ok=True)
        self._count()

    async def bring_named(self, playlist: bytes, depth: int) -> None:
        new = {each: ext for each, ext in named(playlist).items() if each not in self._seen}
        self._seen |= new.keys()
        self.done.named += len(new)
        if self.done.named > _MOST_BLOBS:
            raise FetchFailed(f"the title has more than {_MOST_BLOBS} blobs")
        try:
            async with asyncio.TaskGroup() as group:
                for each, extension in new.items():
                    group.create_task(self.bring(each, extension, depth))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _own(self, blob_id: BlobId, depth: int) -> bool:
        """Own a blob that is here, with all that it names; False if it is not here."""
        here = self._uploads.peek(blob_id)
        if here is None:
            return False
        with here:
            is_playlist = here.info.media_type == PLAYLIST and depth > 1
            text = here.file.read(_MOST_TEXT) if is_playlist else b""
        if is_playlist:
            await self.bring_named(text, depth - 1)
        return await self._uploads.known(blob_id, self._pubkey) is not None

    async def _fetched(self, blob_id: BlobId, extension: str | None) -> _Body:
        """Fetch a blob from the first server that has it; one that fails is asked last from now."""
        self._uploads.admit(self._pubkey, None, None, blob_id)
        most = self._uploads.limits.most_bytes or MOST_BYTES
        problems = []
        for server in tuple(self._servers):
            staged = self._uploads.store.staging()
            try:
                fetched = await server.fetch(blob_id, extension, staged, most)
            except FetchFailed as error:
                problems.append(str(error))
                self._put_last(server)
                continue
            self.done.fetched += 1
            self.done.bytes += fetched.size
            received = await asyncio.to_thread(staged_body, staged, blob_id, fetched.size)
            return _Body(received, fetched.media_type)
        raise FetchFailed(f"no server gave {blob_id[:12]}…: {'; '.join(dict.fromkeys(problems))}")

    def _put_last(self, server: RemoteServer) -> None:
        if server in self._servers:
            self._servers.remove(server)
            self._servers.append(server)

    def _count(self) -> None:
        self.done.blobs += 1
        self._report(self.done)


def named(playlist: bytes) -> dict[BlobId, str | None]:
    """Return the blobs that a playlist names, with their extensions.

    Raises `FetchFailed` for what is no playlist, or names anything else than blobs beside it: it
    would not play from here (HLS formatting document, "Relative Paths").
    """
    try:
        uris = links(playlist.decode("utf-8"))
    except (PlaylistError, UnicodeDecodeError) as error:
        raise FetchFailed(f"what should be a playlist is none: {error}") from error
    found: dict[BlobId, str | None] = {}
    for uri in uris:
        match = _LINK.fullmatch(uri)
        if match is None:
            raise FetchFailed(f"the playlist names {uri[:100]!r}, which is no blob")
        found[BlobId(match[1])] = match[2]
    return found


def _type(head: bytes, extension: str | None) -> str:
    guessed = type_of(extension or "")
    return guessed if guessed != DEFAULT_TYPE else sniff(head[:SNIFFED]) or DEFAULT_TYPE


def _text(body: Received) -> bytes:
    if body.size > _MOST_TEXT:
        raise FetchFailed(f"a playlist of {body.size} bytes is none")
    return body.head if body.staged is None else body.staged.read_bytes()
