"""`PUT` and `HEAD /upload` (BUD-02, BUD-06).

`PUT` is plain ASGI in front of the framework, like reading: a pushed title is a thousand uploads,
and the framework took a third of the time.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from litestar import Request, head, put

from blobhls.blossom.access import Access, caller_of
from blobhls.blossom.asgi import ASGIApp, Receive, Scope, Send
from blobhls.blossom.descriptors import BlobDescriptor
from blobhls.blossom.disconnect import ClientDisconnected
from blobhls.blossom.openapi import BytesOperation, UploadCheckOperation, known_blob, refusals
from blobhls.blossom.parameters import AccessDependency, UploadsDependency
from blobhls.blossom.responses import Response, in_json, refusal
from blobhls.blossom.writes.request_body import BodyTimeouts, announced, announced_for_check, chunks
from blobhls.blossom.writes.upload_handler import UploadHandler
from blobhls.errors import BlobhlsError
from blobhls.http import problem
from blobhls.vault import Uploads, receive_body

_PATH: Final = "/upload"
# The same paths as in the framework: a client may append `/upload` to `https://host/`.
_PATHS: Final = re.compile("/+upload/*")


class UploadApp:
    """ASGI application that answers `PUT /upload` and passes everything else on."""

    def __init__(
        self,
        fallback: ASGIApp,
        access: Access,
        uploads: Uploads,
        upload_handler: UploadHandler,
        timeouts: BodyTimeouts,
    ) -> None:
        self._fallback = fallback
        self._access = access
        self._uploads = uploads
        self._upload_handler = upload_handler
        self._timeouts = timeouts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        ours = scope["type"] == "http" and scope["method"] == "PUT"
        if not (ours and _PATHS.fullmatch(scope["path"])):
            await self._fallback(scope, receive, send)
            return
        try:
            answer = await self._upload(scope, receive)
        except ClientDisconnected:
            return
        except BlobhlsError as error:
            answer = refusal(problem(error))
        except Exception as error:
            logging.getLogger(__name__).exception("could not store an upload")
            answer = refusal(problem(error))
        await send(answer.start())
        await send({"type": "http.response.body", "body": answer.body})

    async def _upload(self, scope: Scope, receive: Receive) -> Response:
        """Store a body; the headers are checked before the body is read."""
        said = announced(_headers(scope))
        uploader = self._access.check_uploader(caller_of(scope), "upload", said.blob_id)
        uploads = self._uploads
        await uploads.admit(uploader.pubkey, said.size, said.media_type, said.blob_id)
        most = uploads.limits.most_bytes
        async with receive_body(chunks(receive, self._timeouts), uploads.staging, most) as body:
            uploader.check(body.blob_id, said.blob_id)
            kept = await self._upload_handler.store(scope, body, said.media_type, uploader.pubkey)
        return in_json(kept.status, kept.descriptor)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


@put(
    _PATH,
    status_code=201,
    operation_class=BytesOperation,
    tags=["blossom"],
    summary="Upload a blob",
    description="The body is stored unchanged, under its SHA-256 (BUD-02). 200 if it was here.",
    response_description="The blob is stored, and survives a power cut.",
    responses=known_blob() | refusals(400, 401, 402, 403, 408, 409, 413, 415, 429, 503, 507),
)
async def describe_upload() -> BlobDescriptor:
    """Describe uploads for OpenAPI; `UploadApp` answers them in front of the framework."""
    raise NotImplementedError


@head(
    _PATH,
    operation_class=UploadCheckOperation,
    tags=["blossom"],
    summary="Ask whether an upload would be accepted",
    description="`X-Reason` says why not (BUD-06).",
    response_description="It would be accepted.",
    responses=refusals(400, 401, 402, 403, 411, 413, 415, 429, 503, 507),
)
async def head_upload(
    request: Request[Any, Any, Any], access: AccessDependency, uploads: UploadsDependency
) -> None:
    """Raise the errors that `PUT` would raise."""
    said = announced_for_check(request.headers)
    uploader = access.check_uploader(caller_of(request.scope), "upload", said.blob_id)
    await uploads.admit(uploader.pubkey, said.size, said.media_type, said.blob_id)


UPLOAD_HANDLERS = (describe_upload, head_upload)
"""To be mounted at the root, behind `UploadApp`; need `access` and `uploads`."""
