"""The operator's rules for reading."""

from __future__ import annotations

import re
from typing import Final

from blobhls.blob import BlobId, BlobInfo
from blobhls.blossom.access import Access, caller_of
from blobhls.blossom.asgi import ASGIApp, Receive, Scope, Send
from blobhls.blossom.reads.hints import Hints, hints_of
from blobhls.blossom.responses import refusal
from blobhls.errors import BlobhlsError
from blobhls.http import problem
from blobhls.vault import Uploads

_SLASHES: Final = re.compile("//+")


class ReadPolicy:
    """The `BlobPolicy` of `BlobApp`: tokens, hints and expiry."""

    def __init__(self, access: Access, uploads: Uploads, hints: Hints | None) -> None:
        """`hints`: None if this is no local cache."""
        self._access = access
        self._uploads = uploads
        self._hints = hints

    @property
    def is_needed(self) -> bool:
        """Whether there is any rule."""
        expires = bool(self._uploads.limits.expire)
        return expires or self._hints is not None or not self._access.is_public

    def check(self, scope: Scope, blob_id: BlobId) -> None:
        """Raise `Unauthorized` or `Forbidden` if the client may not read this blob."""
        if not self._access.is_public:
            self._access.check_reader(caller_of(scope), blob_id)

    async def seek(self, scope: Scope, blob_id: BlobId) -> bool:
        """Follow the hints of a client on this machine; False if no server has the blob."""
        wanted = None if self._hints is None else hints_of(scope["query_string"])
        if wanted is None or self._hints is None or not self._access.is_local(caller_of(scope)):
            return False
        extension = scope["path"].partition(".")[2] or None
        return await self._hints.follow(blob_id, extension, wanted)

    async def sunset(self, info: BlobInfo) -> float | None:
        """Return when a blob expires unless it is read again; None: never, or not known."""
        return await self._uploads.sunset(info)


class VideoGuard:
    """Applies the rules for reading to open playlists and segments, too."""

    def __init__(self, app: ASGIApp, access: Access, prefix: str) -> None:
        """`prefix`: the common prefix of the paths of videos."""
        self._app = app
        self._access = access
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "http" and self._leads_to_video(scope["path"]):
            try:
                self._access.check_reader(caller_of(scope), None)
            except BlobhlsError as error:
                answer = refusal(problem(error))
                await send(answer.start())
                await send({"type": "http.response.body", "body": answer.body})
                return
        await self._app(scope, receive, send)

    def _leads_to_video(self, path: str) -> bool:
        # The router treats repeated slashes as one: `/api//v1/video/` is a video too.
        return _SLASHES.sub("/", path).startswith(self._prefix)
