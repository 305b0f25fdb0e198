"""Several servers that may have the same blobs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from blobhls.blob import BlobId
from blobhls.errors import FetchFailed, Forbidden
from blobhls.nostr import SecretKey, make_authorization
from blobhls.remote import Fetched, RemoteServer, ServerRefused

_GONE: Final = frozenset({404, 410})
_UNAUTHORIZED: Final = 401


class ServerPool:
    """The servers to fetch from; those that failed are tried last."""

    def __init__(self, servers: Sequence[RemoteServer], key: SecretKey | None) -> None:
        """`key`: signs tokens for servers that require one for reading; others never get one."""
        self._servers = list(servers)
        self._key = key
        self._guarded: set[RemoteServer] = set()

    async def fetch(
        self, blob_id: BlobId, extension: str | None, staged: Path, most: int
    ) -> Fetched:
        """Fetch from the first server that has it, into a new file of at most `most` bytes.

        Raises `FetchFailed` with the reasons of all servers, `TooLarge` or `StoreFull`; no file
        is left then.
        """
        problems = []
        for server in tuple(self._servers):
            try:
                return await self._from_one(server, blob_id, extension, staged, most)
            except (FetchFailed, Forbidden) as error:
                problems.append(str(error))
                if not (isinstance(error, ServerRefused) and error.status in _GONE):
                    self._servers.remove(server)
                    self._servers.append(server)
        raise FetchFailed(f"no server gave {blob_id[:12]}…: {'; '.join(dict.fromkeys(problems))}")

    async def _from_one(
        self, server: RemoteServer, blob_id: BlobId, extension: str | None, staged: Path, most: int
    ) -> Fetched:
        token = self._token(server, blob_id) if server in self._guarded else None
        try:
            return await server.fetch(blob_id, extension, staged, most, token)
        except ServerRefused as error:
            if error.status != _UNAUTHORIZED or token is not None or self._key is None:
                raise
        self._guarded.add(server)
        return await self._from_one(server, blob_id, extension, staged, most)

    def _token(self, server: RemoteServer, blob_id: BlobId) -> str | None:
        if self._key is None:
            return None
        return make_authorization(self._key, "get", [blob_id], host=server.host, now=time.time())
