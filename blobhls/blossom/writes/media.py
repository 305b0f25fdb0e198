"""`PUT` and `HEAD /media` (BUD-05): an upload is optimised, and the result is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, head, put
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from blobhls.blossom.access import caller_of
from blobhls.blossom.asgi import Scope
from blobhls.blossom.descriptors import BlobDescriptor
from blobhls.blossom.disconnect import cancel_on_disconnect
from blobhls.blossom.openapi import BytesOperation, UploadCheckOperation, known_blob, refusals
from blobhls.blossom.parameters import AccessDependency, BodyTimeoutsDependency, UploadsDependency
from blobhls.blossom.writes.request_body import (
    AnnouncedBlob,
    announced,
    announced_for_check,
    chunks,
)
from blobhls.blossom.writes.upload_handler import UploadHandler, UploadResponse, type_of_body
from blobhls.errors import TypeRefused
from blobhls.resolver import Optimizer, StagedBlob
from blobhls.vault import ReceivedBody, StoredUpload, Uploads, receive_body, staged_body


class MediaOptimiser:
    """Optimises uploads and stores the results for the uploader; the original is deleted."""

    def __init__(
        self, uploads: Uploads, upload_handler: UploadHandler, optimizer: Optimizer
    ) -> None:
        self._uploads = uploads
        self._upload_handler = upload_handler
        self._optimizer = optimizer

    async def admit(self, pubkey: str, said: AnnouncedBlob) -> None:
        """Check a file by its headers.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany` or `StoreFull`.
        """
        if said.media_type is not None and not Optimizer.takes(said.media_type):
            raise TypeRefused("only JPEG, PNG and WebP images and videos are optimised here")
        await self._uploads.admit(pubkey, said.size, None, said.blob_id)

    async def optimise(
        self, scope: Scope, body: ReceivedBody, said: str | None, pubkey: str
    ) -> UploadResponse:
        """Optimise a body, and return the descriptor of the image or root playlist.

        Raises `Forbidden`, `TooLarge`, `TypeRefused`, `TooMany`, `StoreFull`, `SourceBroken`,
        `RenderFailed` or `WorkersBusy`.
        """
        path = await body.as_file(self._uploads.staging)
        kept: list[StoredUpload] = []

        async def keep(blobs: Sequence[StagedBlob]) -> None:
            await self._keep(blobs, pubkey, kept)

        kind = type_of_body(said, body.head)
        made = await self._optimizer.optimise(path, kind, keep)
        facts = msgspec.structs.replace(made.facts, original=str(body.blob_id))
        root = next(stored for stored in kept if stored.upload.info.blob_id == made.root.blob_id)
        await self._upload_handler.note_facts(made.root, facts)
        return await self._upload_handler.answer(scope, root.upload, is_new=root.is_new)

    async def _keep(
        self, blobs: Sequence[StagedBlob], pubkey: str, kept: list[StoredUpload]
    ) -> None:
        """Store all blobs, the root last; if one fails, the others are removed again."""
        try:
            for blob in blobs:
                info = blob.info
                body = await asyncio.to_thread(staged_body, blob.staged, info.blob_id, info.size)
                kept.append(await self._uploads.store(body, info.media_type, pubkey))
        except BaseException:
            for stored in kept:
                if stored.is_new:
                    await self._uploads.remove(stored.upload.info.blob_id, pubkey)
            raise


MediaDependency = NamedDependency[SkipValidation[MediaOptimiser]]


@put(
    "/media",
    status_code=201,
    request_max_body_size=None,  # the operator's limit applies, with our own message
    operation_class=BytesOperation,
    tags=["blossom"],
    summary="Optimise an image or a video",
    description="A JPEG, PNG or WebP image becomes a smaller one without metadata; a video an "
    "HLS tree, whose root playlist is described (BUD-05). The original is not kept.",
    response_description="The result is stored.",
    responses=known_blob() | refusals(400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 503, 507),
)
async def put_media(
    request: Request[Any, Any, Any],
    access: AccessDependency,
    uploads: UploadsDependency,
    media: MediaDependency,
    timeouts: BodyTimeoutsDependency,
) -> Response[BlobDescriptor]:
    """Optimise an upload; cancelled if the client disconnects."""
    said = announced(request.headers)
    uploader = access.check_uploader(caller_of(request.scope), "media", said.blob_id)
    await media.admit(uploader.pubkey, said)
    most = uploads.limits.most_bytes
    async with receive_body(chunks(request.receive, timeouts), uploads.staging, most) as body:
        uploader.check(body.blob_id, said.blob_id)
        async with cancel_on_disconnect(request.receive):
            kept = await media.optimise(request.scope, body, said.media_type, uploader.pubkey)
    return Response(kept.descriptor, status_code=kept.status)


@head(
    "/media",
    operation_class=UploadCheckOperation,
    tags=["blossom"],
    summary="Ask whether a file would be optimised",
    description="`X-Reason` says why not (BUD-05).",
    response_description="It would be accepted.",
    responses=refusals(400, 401, 402, 403, 411, 413, 415, 429, 503, 507),
)
async def head_media(
    request: Request[Any, Any, Any], access: AccessDependency, media: MediaDependency
) -> None:
    """Raise the errors that `PUT` would raise."""
    said = announced_for_check(request.headers)
    uploader = access.check_uploader(caller_of(request.scope), "media", said.blob_id)
    await media.admit(uploader.pubkey, said)


MEDIA_HANDLERS = (put_media, head_media)
"""To be mounted at the root; need `access`, `uploads`, `media` and `timeouts`."""
