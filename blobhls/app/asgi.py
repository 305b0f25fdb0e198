"""The ASGI application: blobs in front, the API and the page behind, CORS on everything."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.params import PathParameter

from blobhls.api.catalogue.images import IMAGE_HANDLERS
from blobhls.api.catalogue.shows import SHOW_HANDLERS
from blobhls.api.errors import exception_handlers
from blobhls.api.events import EVENT_HANDLERS, HEAD
from blobhls.api.login import LOGIN_HANDLERS, Attempts, Authenticator
from blobhls.api.operator.cache import CACHE_HANDLERS
from blobhls.api.operator.pushes import PUSH_HANDLERS
from blobhls.api.operator.sealed import SEALED_HANDLERS
from blobhls.api.parameters import provide_value
from blobhls.api.video.previews import PREVIEW_HANDLERS
from blobhls.api.video.seals import SEAL_HANDLERS
from blobhls.api.video.share import SHARE_HANDLERS
from blobhls.api.video.video import VIDEO_HANDLERS
from blobhls.api.viewing.history import HISTORY_HANDLERS
from blobhls.api.viewing.up_next import UP_NEXT_HANDLERS
from blobhls.api.viewing.viewer_profiles import PROFILE_HANDLERS, profile_dependencies
from blobhls.api.viewing.watched import WATCHED_HANDLERS
from blobhls.app.blossom import BLOSSOM_HANDLERS, make_blossom_app
from blobhls.app.schema_page import DescribedInThread, schema_config, schema_files
from blobhls.app.services import Services
from blobhls.blossom.access import Charge, charge_nothing
from blobhls.blossom.asgi import ASGIApp, Message, Receive, Scope, Send
from blobhls.blossom.disconnect import ClientDisconnected, cancel_on_disconnect
from blobhls.blossom.openapi import TokenOperation, parts_of_blob, refusals
from blobhls.blossom.reads.blobs import BlobApp
from blobhls.blossom.reads.read_policy import VideoGuard
from blobhls.blossom.writes.upload import UploadApp
from blobhls.errors import NotFound
from blobhls.http import CORS, PREFLIGHT, PublicUrls, encoded
from blobhls.index.catalogue.sealed import SealedVideos
from blobhls.index.viewing.sessions import Sessions
from blobhls.transfer.share import Sharing
from blobhls.web import (
    PAGE_HANDLERS,
    AssetsDependency,
    load_assets,
    page_answer,
    refuse_foreign,
    wants_page,
)

_CORS: Final = encoded(CORS)
_PREFLIGHT: Final = [*encoded(PREFLIGHT), (b"content-length", b"0")]
_API: Final = "/api/v1"
_OWN_HEAD: Final = frozenset({"/upload", "/media"})  # where HEAD asks something else than GET
_ORIGIN: Final = b"access-control-allow-origin"


class Greeting(msgspec.Struct, frozen=True):
    """The response at `/`: name, version and links."""

    name: str
    version: str
    api: str
    documentation: str


@get(
    "/",
    tags=["server"],
    summary="Say what this is",
    description="Browsers, which ask for `text/html`, get the page. `HEAD` for a health check.",
)
async def greet(
    request: Request[Any, Any, Any], assets: AssetsDependency
) -> Response[Greeting | bytes]:
    """Return name and version, or the page."""
    if wants_page(request.headers.get("accept", "")):
        return cast("Response[Greeting | bytes]", page_answer(request, assets))
    greeting = Greeting("blobhls", version("blobhls"), _API, "/schema")
    return Response(greeting, headers={"Vary": "Accept"})


@get(
    "/{blob:str}",
    operation_class=TokenOperation,
    media_type="application/octet-stream",
    tags=["blossom"],
    summary="Get a blob",
    description="By its SHA-256, with or without an extension (BUD-01). Ranges, conditions and "
    "`HEAD` are understood; evicted bytes are rendered again first.",
    response_description="The bytes.",
    responses=parts_of_blob() | refusals(400, 401, 403, 404, 416, 422, 503),
)
async def describe_blob(
    blob: Annotated[str, PathParameter(description="SHA-256, with or without an extension.")],
) -> bytes:
    """Respond 404 to other paths: blobs are answered in front of the framework."""
    raise NotFound(f"there is nothing at /{blob}")


def build_app(
    services: Services, password: str | None = None, charge: Charge = charge_nothing
) -> ASGIApp:
    """Return the whole server as one ASGI application; the API requires `password`.

    `charge` raises `PaymentRequired`, for a server that charges (BUD-07).
    """
    blossom = make_blossom_app(services, charge)
    # The API serves segments by a blob application, too; access was checked before.
    blobs = BlobApp(services.vault, _nowhere)
    storage = services.storage
    sessions = None if password is None else Sessions(storage.db, time.time, password)
    authenticator = Authenticator(sessions, storage.index, Attempts())
    assets = load_assets()
    api = Router(
        _API,
        guards=[refuse_foreign, authenticator.guard()],
        route_handlers=[
            *SHOW_HANDLERS,
            *CACHE_HANDLERS,
            *PROFILE_HANDLERS,
            *HISTORY_HANDLERS,
            *UP_NEXT_HANDLERS,
            *WATCHED_HANDLERS,
            *VIDEO_HANDLERS,
            *SEAL_HANDLERS,
            *SEALED_HANDLERS,
            *SHARE_HANDLERS,
            *PUSH_HANDLERS,
            *EVENT_HANDLERS,
            *PREVIEW_HANDLERS,
            *IMAGE_HANDLERS,
            *LOGIN_HANDLERS,
        ],
    )
    litestar = Litestar(
        route_handlers=[
            greet,
            api,
            *PAGE_HANDLERS,
            *BLOSSOM_HANDLERS,
            describe_blob,
            schema_files(),
        ],
        dependencies={
            "index": provide_value(storage.index),
            "catalogue": provide_value(storage.catalogue),
            "history": provide_value(storage.viewing.history),
            **profile_dependencies(storage.viewing, storage.index),
            "placeholder": provide_value(services.placeholder),
            "plans": provide_value(services.plans),
            "public_urls": provide_value(PublicUrls(services.settings.public_url)),
            "cache_use": provide_value(services.evictor.use),
            "sealer": provide_value(services.sealer),
            "sealed": provide_value(SealedVideos(storage.db)),
            "sharing": provide_value(
                Sharing(storage.catalogue, services.sealer, storage.repository)
            ),
            "pushes": provide_value(services.pushes),
            "segments": provide_value(services.segments),
            "blobs": provide_value(blobs),
            **{name: provide_value(value) for name, value in blossom.dependencies.items()},
            "previewer": provide_value(services.previewer),
            "thumbnails": provide_value(services.thumbnails),
            "authenticator": provide_value(authenticator),
            "broadcaster": provide_value(services.broadcaster),
            "assets": provide_value(assets),
        },
        exception_handlers={**exception_handlers(), ClientDisconnected: _drop_response},
        openapi_config=schema_config(f"{assets.prefix}/js/schema.js"),
    )
    # Blobs are in front: they are most of the traffic, and have their own CORS headers.
    videos = VideoGuard(DescribedInThread(litestar), blossom.access, f"{_API}/video/")
    behind = HeadMiddleware(DisconnectMiddleware(videos))
    uploading = UploadApp(
        CorsMiddleware(behind),
        blossom.access,
        services.uploads,
        services.upload_handler,
        blossom.timeouts,
    )
    return BlobApp(services.vault, uploading, blossom.policy)


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError(f"{scope['path']} is no blob")


def _drop_response(_request: Any, _error: ClientDisconnected) -> Response[None]:  # noqa: ANN401 - Litestar's
    """The client disconnected while sending its body: the response is dropped, and not logged."""
    return Response(None, status_code=400)


class CorsMiddleware:
    """Adds CORS headers: pages of other origins may read every response (BUD-01)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
            return

        async def allowed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: list[Any] = list(message["headers"])
                if all(name != _ORIGIN for name, _ in headers):
                    message = {**message, "headers": [*headers, *_CORS]}
            await send(message)

        await self._app(scope, receive, allowed)


class HeadMiddleware:
    """Answers `HEAD` as `GET` without the body (RFC 9110 §9.3.2)."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - Litestar's own ASGI types
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        ours = scope["type"] == "http" and scope["method"] == "HEAD"
        if not ours or scope["path"] in _OWN_HEAD:
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", HEAD: True}, receive, bodiless)


class DisconnectMiddleware:
    """Cancels a `GET` when its client disconnects; shared work goes on for other callers."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - Litestar's own ASGI types
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        with suppress(ClientDisconnected):
            async with cancel_on_disconnect(receive):
                await self._app(scope, _receive_nothing, send)


async def _receive_nothing() -> Message:
    """Wait for ever: the middleware cancels the whole request on disconnect."""
    await asyncio.Event().wait()
    raise RuntimeError("unreachable")
