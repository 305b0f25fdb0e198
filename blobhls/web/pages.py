"""The page over HTTP: one shell for every URL of the application, and its files."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter, SkipValidation

from blobhls.web.assets import Asset, Assets

_Request = Request[Any, Any, Any]
AssetsDependency = NamedDependency[SkipValidation[Assets]]

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "no-cache"
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # media-chrome's elements have styles in their shadow roots; scripts stay strict.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "media-src 'self' blob: data:",  # blob: is Media Source, data: hls.js's empty track
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
"""Headers of every HTML answer (CSP level 3, HTML §7.1.3)."""


def wants_page(accept: str) -> bool:
    """Tell whether an `Accept` header is that of a browser that opens a page.

    It has to name `text/html`: `*/*`, as curl and players send it, does not count.
    """
    ranges = (part.partition(";") for part in accept.lower().split(","))
    return any(
        media.strip() == "text/html" and parameters.replace(" ", "") not in {"q=0", "q=0.0"}
        for media, _, parameters in ranges
    )


def page_answer(request: _Request, assets: Assets) -> Response[bytes]:
    """Return the shell, whatever the path: the application reads that itself."""
    return _answer(request, assets.shell, _ASK, PAGE_HEADERS | {"Vary": "Accept, Accept-Encoding"})


@get(
    [
        "/movies",
        "/series",
        "/search",
        "/profiles",
        "/operator",
        "/show/{page_id:str}",
        "/watch/{page_id:str}",
    ],
    include_in_schema=False,
    sync_to_thread=False,
)
def get_page(request: _Request, assets: AssetsDependency) -> Response[bytes]:
    """Return the shell for a URL within the application."""
    return page_answer(request, assets)


@get("/web/{digest:str}/{name:path}", include_in_schema=False, sync_to_thread=False)
def get_asset(
    request: _Request,
    digest: Annotated[str, PathParameter(description="`Assets.digest` of the page.")],
    name: Annotated[str, PathParameter(description="Path of a file of the page.")],
    assets: AssetsDependency,
) -> Response[bytes]:
    """Return a file; 404 for a URL of another version, whose files are gone."""
    asset = assets.files.get(name.lstrip("/"))
    if asset is None or digest != assets.digest:
        raise NotFoundException(f"the page has no file {name}")
    return _answer(request, asset, _FOREVER, {})


@get("/service-worker.js", include_in_schema=False, sync_to_thread=False)
def get_service_worker(request: _Request, assets: AssetsDependency) -> Response[bytes]:
    """Return the service worker; at the root, since its scope is its own folder."""
    return _answer(request, assets.service_worker, _ASK, {})


def _answer(request: _Request, asset: Asset, caching: str, more: dict[str, str]) -> Response[bytes]:
    headers = {
        "Cache-Control": caching,
        "ETag": asset.etag,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        **more,
    }
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=asset.content_type)
    body = asset.body
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=asset.content_type)


PAGE_HANDLERS: Final = (get_page, get_asset, get_service_worker)
"""To be mounted at `/`; need the dependency `assets`. The application answers `/` itself."""
