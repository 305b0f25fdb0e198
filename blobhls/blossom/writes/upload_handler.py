"""Stores a received body, and responds with its descriptor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec

from blobhls.blob import DEFAULT_TYPE, BlobInfo
from blobhls.blossom.asgi import Scope
from blobhls.blossom.descriptors import BlobDescriptor, descriptor
from blobhls.errors import BlobhlsError
from blobhls.http import PublicUrls
from blobhls.index.ledger.uploads import Upload
from blobhls.media.bitstream.signatures import SNIFFED, sniff
from blobhls.media.references import BlobFile
from blobhls.media.results import FileFacts
from blobhls.tasks import BackgroundTasks
from blobhls.vault import ReceivedBody, Uploads

# The response waits so long for facts of the file; later facts are in the list only.
_FACTS_TIMEOUT: Final = 3  # seconds
_SHOWN: Final = ("image/", "video/", "audio/")

Describe: TypeAlias = Callable[[BlobFile, str], Awaitable[FileFacts]]
"""Returns the facts of a file of a media type; raises `BlobhlsError`."""


def type_of_body(said: str | None, head: bytes) -> str:
    """Return the type that a client gave, or the one that the first bytes show."""
    return said or sniff(head[:SNIFFED]) or DEFAULT_TYPE


class UploadResponse(msgspec.Struct, frozen=True):
    """The response to a request to store a blob."""

    descriptor: BlobDescriptor
    is_new: bool  # the bytes were not here before

    @property
    def status(self) -> int:
        """201 for a blob that is new here, 200 for a known one (BUD-02)."""
        return 201 if self.is_new else 200


class UploadHandler:
    """Stores a body, has a worker find its facts, and responds with a descriptor."""

    def __init__(self, uploads: Uploads, public_urls: PublicUrls, describe: Describe) -> None:
        self._uploads = uploads
        self._public_urls = public_urls
        self._describe = describe
        self._description_tasks = BackgroundTasks()

    async def store(
        self, scope: Scope, body: ReceivedBody, said: str | None, pubkey: str
    ) -> UploadResponse:
        """Store a body for its uploader; `said`: the type that the client gave."""
        self._public_urls.base(scope)  # raises before the body is stored
        stored = await self._uploads.store(body, type_of_body(said, body.head), pubkey)
        info = stored.upload.info
        if stored.is_new and info.media_type.startswith(_SHOWN):
            await self._describe_in_background(info)
        return await self.answer(scope, stored.upload, is_new=stored.is_new)

    async def answer(self, scope: Scope, upload: Upload, *, is_new: bool) -> UploadResponse:
        """Return the response for a stored blob."""
        info = upload.info
        facts = (await self._uploads.facts([info.blob_id])).get(info.blob_id)
        return UploadResponse(descriptor(upload, self._public_urls.url(scope, info), facts), is_new)

    async def note_facts(self, info: BlobInfo, facts: FileFacts) -> None:
        """Store the facts of a blob's content, if there are any."""
        if facts != FileFacts():
            await self._uploads.set_facts(info.blob_id, msgspec.json.encode(facts))

    async def close(self) -> None:
        """Cancel the background tasks."""
        await self._description_tasks.cancel()

    async def _describe_in_background(self, info: BlobInfo) -> None:
        task = self._description_tasks.start(self._describe_and_note(info))
        await asyncio.wait([task], timeout=_FACTS_TIMEOUT)

    async def _describe_and_note(self, info: BlobInfo) -> None:
        try:
            facts = await self._describe(BlobFile(info.blob_id), info.media_type)
        except BlobhlsError:
            return  # the worker died or is busy: the blob has no facts
        await self.note_facts(info, facts)
