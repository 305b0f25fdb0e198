"""The HTTP face: blobs in front, the API and the page behind, CORS on everything."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin, YamlRenderPlugin
from litestar.static_files import create_static_files_router

from blobhls.api.errors import exception_handlers
from blobhls.api.events import EVENT_HANDLERS, HEAD
from blobhls.api.history import HISTORY_HANDLERS
from blobhls.api.login import LOGIN_HANDLERS, Attempts, Doorkeeper
from blobhls.api.parameters import given
from blobhls.api.previews import PREVIEW_HANDLERS
from blobhls.api.profiles import PROFILE_HANDLERS, profile_dependencies
from blobhls.api.sealing import SEAL_HANDLERS
from blobhls.api.shows import SHOW_HANDLERS
from blobhls.api.upnext import UP_NEXT_HANDLERS
from blobhls.api.video import VIDEO_HANDLERS
from blobhls.api.watched import WATCHED_HANDLERS
from blobhls.app.station import Station
from blobhls.blossom.asgi import ASGIApp, Message, Receive, Scope, Send
from blobhls.blossom.presence import HungUp, while_connected
from blobhls.blossom.reading import BlobReading
from blobhls.http import CORS, PREFLIGHT, encoded
from blobhls.index.sessions import Sessions
from blobhls.web import (
    PAGE_HANDLERS,
    AssetsDependency,
    SameOrigin,
    load_assets,
    page_answer,
    wants_page,
)

_CORS: Final = encoded(CORS)
_PREFLIGHT: Final = [*encoded(PREFLIGHT), (b"content-length", b"0")]
_PAGE_FILES: Final = "/schema-files"
_ORIGIN: Final = b"access-control-allow-origin"
_API: Final = "/api/v1"


class Greeting(msgspec.Struct, frozen=True):
    """What stands at `/`, and where to go from there."""

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


def build_app(station: Station, password: str | None = None) -> ASGIApp:
    """Return the whole server as one ASGI application; the API asks for `password`."""
    # The API answers segments by way of the same blob reader that stands in front of it.
    blobs = BlobReading(station.vault, _nowhere)
    shelf = station.shelf
    sessions = None if password is None else Sessions(shelf.db, time.time, password)
    doorkeeper = Doorkeeper(sessions, Attempts())
    api = Router(
        _API,
        guards=[doorkeeper.guard()],
        route_handlers=[
            *SHOW_HANDLERS,
            *PROFILE_HANDLERS,
            *HISTORY_HANDLERS,
            *UP_NEXT_HANDLERS,
            *WATCHED_HANDLERS,
            *VIDEO_HANDLERS,
            *SEAL_HANDLERS,
            *EVENT_HANDLERS,
            *PREVIEW_HANDLERS,
            *LOGIN_HANDLERS,
        ],
    )
    litestar = Litestar(
        route_handlers=[greet, api, *PAGE_HANDLERS, _page_files()],
        dependencies={
            "catalogue": given(shelf.catalogue),
            "history": given(shelf.viewing.history),
            **profile_dependencies(shelf.viewing),
            "placeholder": given(station.placeholder),
            "opener": given(station.opener),
            "sealer": given(station.sealer),
            "watching": given(station.watching),
            "blobs": given(blobs),
            "previewer": given(station.previewer),
            "doorkeeper": given(doorkeeper),
            "broadcaster": given(station.broadcaster),
            "assets": given(load_assets()),
        },
        exception_handlers=exception_handlers(),
        openapi_config=OpenAPIConfig(
            title="blobhls",
            version=version("blobhls"),
            description="The home-theatre API. Blobs are at `/<sha256>[.ext]`, as BUD-01 says.",
            path="/schema",
            render_plugins=[_page(), JsonRenderPlugin(), YamlRenderPlugin()],
        ),
    )
    # Blobs first and bare: they are most of the traffic, and bring their own CORS headers.
    behind = SameOrigin(WithHead(Attended(litestar)), _API)
    return BlobReading(station.vault, WithCors(behind))


def _page() -> SwaggerRenderPlugin:
    """Return the page that describes the API; its files come from us, not from the internet."""
    return SwaggerRenderPlugin(
        js_url=f"{_PAGE_FILES}/swagger-ui-bundle.js",
        css_url=f"{_PAGE_FILES}/swagger-ui.css",
        standalone_preset_js_url=f"{_PAGE_FILES}/swagger-ui-standalone-preset.js",
        favicon="",
    )


def _page_files() -> Router:
    # Only its files are wanted: importing the package would bring a deprecated setting with it.
    found = find_spec("litestar_offline_docs")
    folders = [] if found is None else found.submodule_search_locations or []
    return create_static_files_router(
        _PAGE_FILES, [Path(folder) / "static" for folder in folders], include_in_schema=False
    )


async def _nowhere(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError(f"{scope['path']} is no blob")


class WithCors:
    """Every response may be read by pages of other origins (BUD-01), errors included."""

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


class WithHead:
    """`HEAD` of everything that has a `GET`: the same answer without its body (RFC 9110 §9.3.2)."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - Litestar's own ASGI types
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", HEAD: True}, receive, bodiless)


class Attended:
    """What a `GET` began is dropped when its client hangs up, unless others wait for it too."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - Litestar's own ASGI types
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        with suppress(HungUp):
            async with while_connected(receive):
                await self._app(scope, _nothing_comes, send)


async def _nothing_comes() -> Message:
    """Wait for a message in vain: whoever ends the wait for the client ends this one too."""
    await asyncio.Event().wait()
    raise RuntimeError("unreachable")
