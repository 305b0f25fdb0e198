"""Uploads that are made fit for distribution before they are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from blobhls.blossom.asgi import Scope
from blobhls.blossom.writes.receiving import UploadHandler, UploadResponse, type_of_body
from blobhls.blossom.writes.request_body import Announced
from blobhls.errors import TypeRefused
from blobhls.resolver import Optimizer, StagedBlob
from blobhls.vault import ReceivedBody, Taken, Uploads, staged_body, uninterrupted


class Media:
    """Optimises uploads and keeps what comes out for whoever sent them; the original goes."""

    def __init__(self, uploads: Uploads, taker: UploadHandler, optimizer: Optimizer) -> None:
        self._uploads = uploads
        self._taker = taker
        self._optimizer = optimizer

    def admit(self, pubkey: str, said: Announced) -> None:
        """Raise what speaks against a file, as far as its headers tell."""
        if said.media_type is not None and not Optimizer.takes(said.media_type):
            raise TypeRefused("only JPEG, PNG and WebP pictures and videos are optimised here")
        self._uploads.admit(pubkey, said.size, None, said.blob_id)

    async def optimise(
        self, scope: Scope, body: ReceivedBody, said: str | None, pubkey: str
    ) -> UploadResponse:
        """Return the descriptor of what a body became: a picture, or a root playlist.

        Raises as `Optimizer.optimise` and `Uploads.take`.
        """
        path = await body.as_file(self._uploads.store)
        kept: list[Taken] = []

        async def keep(parts: Sequence[StagedBlob]) -> None:
            await uninterrupted(self._keep(parts, pubkey, kept))

        kind = type_of_body(said, body.head)
        made = await self._optimizer.optimise(path, kind, keep)
        facts = msgspec.structs.replace(made.facts, original=str(body.blob_id))
        root = next(taken for taken in kept if taken.upload.info.blob_id == made.root.blob_id)
        await self._taker.note_facts(made.root, facts)
        return self._taker.answer(scope, root.upload, is_new=root.is_new)

    async def _keep(self, parts: Sequence[StagedBlob], pubkey: str, kept: list[Taken]) -> None:
        """Keep all parts, the root last; if one can't be kept, none is."""
        try:
            for part in parts:
                info = part.info
                body = await asyncio.to_thread(staged_body, part.staged, info.blob_id, info.size)
                kept.append(await self._uploads.take(body, info.media_type, pubkey))
        except BaseException:
            for taken in kept:
                if taken.is_new:
                    await self._uploads.remove(taken.upload.info.blob_id, pubkey)
            raise
