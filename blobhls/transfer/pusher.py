"""Pushes a tree to one server, each playlist after the blobs that it names."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from blobhls.blob import BlobInfo, extension_of
from blobhls.errors import FetchFailed
from blobhls.nostr import SecretKey, Verb, make_authorization
from blobhls.remote import RemoteServer
from blobhls.store.staging import staged_file
from blobhls.tasks import for_each
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.trees import Tree
from blobhls.vault import Vault
from blobhls.workers import Priority

_AT_ONCE: Final = 6


class PushProgress(msgspec.Struct):
    """Progress of pushing a tree to one server. Mutable."""

    total: int  # blobs
    done: int = 0
    uploaded: int = 0
    mirrored: int = 0  # fetched from here by the server itself
    bytes: int = 0  # of uploaded and mirrored blobs


Report = Callable[[PushProgress], None]


class Pusher:
    """Pushes trees to one server, with tokens that are limited to that server and one blob."""

    def __init__(
        self,
        vault: Vault,
        server: RemoteServer,
        key: SecretKey,
        staging: Callable[[], Path],
        public_url: str | None = None,
    ) -> None:
        """`staging` returns paths; `public_url`: where the server can fetch from this one."""
        self._vault = vault
        self._server = server
        self._key = key
        self._staging = staging
        self._public_url = public_url  # None, too, once the server has refused to mirror

    @property
    def origin(self) -> str:
        """The server's scheme and host."""
        return self._server.origin

    async def push(self, tree: Tree, report: Report) -> PushProgress:
        """Push a whole tree to the server, and check that it is there.

        Blobs that are there are not sent again; evicted bytes are rendered again. Raises
        `FetchFailed` or `Forbidden` for errors of the server, and `BlobMissing`, `Unavailable`,
        `SourceBroken` or `RenderFailed`. Blobs that were sent stay there, so that another try
        continues from there.
        """
        pushed = PushProgress(tree.count)
        sent: list[BlobInfo] = []

        async def send_if_missing(info: BlobInfo) -> None:
            if not await self._has(info):
                await self._send(info, pushed)
                sent.append(info)
            pushed.done += 1
            report(pushed)

        for stage in tree.stages:
            await for_each(stage, send_if_missing, limit=_AT_ONCE)
        await self._check(tree, sent)
        return pushed

    async def _has(self, info: BlobInfo) -> bool:
        token = self._token("get", info)
        extension = extension_of(info.media_type)
        return await self._server.has(info.blob_id, extension, token) == info.size

    async def _send(self, info: BlobInfo, pushed: PushProgress) -> None:
        if await self._mirror(info):
            pushed.mirrored += 1
        else:
            with await self._vault.open(info.blob_id, Priority.SEAL) as blob:
                await self._server.upload(blob.file, info, self._token("upload", info))
            pushed.uploaded += 1
        pushed.bytes += info.size

    async def _mirror(self, info: BlobInfo) -> bool:
        """Have the server fetch a blob from here; False if it refuses or fails."""
        if self._public_url is None:
            return False
        url = f"{self._public_url}/{info.name}"
        try:
            await self._server.mirror(url, info.blob_id, self._token("upload", info))
        except FetchFailed:
            self._public_url = None  # not tried again: the next blob would fail, too
            return False
        return True

    async def _check(self, tree: Tree, sent: list[BlobInfo]) -> None:
        """Read the playlists back, and check the blobs that were sent; the others were checked."""

        async def ask(info: BlobInfo) -> None:
            if not await self._has(info):
                raise FetchFailed(f"{self._server.host} accepted {info.name}, but does not have it")

        await for_each((tree.root, *tree.playlists), self._read_back, limit=_AT_ONCE)
        leaves = [info for info in sent if info.media_type != PLAYLIST]
        await for_each(leaves, ask, limit=_AT_ONCE)

    async def _read_back(self, info: BlobInfo) -> None:
        async with staged_file(self._staging) as staged:
            token = self._token("get", info)
            extension = extension_of(info.media_type)
            await self._server.fetch(info.blob_id, extension, staged, info.size, token)

    def _token(self, verb: Verb, info: BlobInfo) -> str:
        return make_authorization(
            self._key, verb, [info.blob_id], host=self._server.host, now=time.time()
        )
