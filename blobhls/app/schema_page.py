"""`/schema`: the page of the API; without external resources and inline scripts."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from litestar import Litestar, Request, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.static_files import create_static_files_router

from blobhls.web import PAGE_HEADERS

_PATH: Final = "/schema"
_FILES: Final = "/schema-files"


class SchemaPage(OpenAPIRenderPlugin):
    """Swagger UI under the CSP of all pages; Litestar's own page has an inline script."""

    def __init__(self, script: str) -> None:
        """`script`: path of the script that starts Swagger UI."""
        super().__init__(path="/swagger")
        self._script = script

    def render(
        self,
        request: Request[Any, Any, Any],  # noqa: ARG002 - Litestar gives it
        openapi_schema: dict[str, Any],
    ) -> bytes:
        """Return the HTML; the script fetches the schema itself."""
        return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{openapi_schema["info"]["title"]}: the API</title>
<link rel="stylesheet" href="{_FILES}/swagger-ui.css">
<script src="{_FILES}/swagger-ui-bundle.js"></script>
<script type="module" src="{self._script}"></script>
<main id="swagger"></main>
</html>
""".encode()


class DescribedInThread:
    """Has Litestar describe itself in a thread; in the event loop, the first time took 0.1 s."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        # Its class is private, but its name is what the registry knows it by.
        self._plugin: Any = app.plugins.get("OpenAPIPlugin")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - Litestar's
        """Answer one ASGI connection."""
        if scope["type"] == "http" and scope["path"].startswith(_PATH):
            await asyncio.to_thread(self._plugin.provide_openapi_schema)
        await self._app(scope, receive, send)


def schema_config(script: str) -> OpenAPIConfig:
    """Return the OpenAPI configuration for Litestar."""
    return OpenAPIConfig(
        title="blobhls",
        version=version("blobhls"),
        description="The home-theatre API, and a Blossom server (BUD-00 to BUD-12).",
        render_plugins=[SchemaPage(script), JsonRenderPlugin(), YamlRenderPlugin()],
        openapi_router=Router(
            _PATH, route_handlers=[], include_in_schema=False, response_headers=PAGE_HEADERS
        ),
    )


def schema_files() -> Router:
    """Return the files of Swagger UI."""
    # Only its files are used: importing the package would use a deprecated setting.
    found = find_spec("litestar_offline_docs")
    folders = [] if found is None else found.submodule_search_locations or []
    return create_static_files_router(
        _FILES, [Path(folder) / "static" for folder in folders], include_in_schema=False
    )
