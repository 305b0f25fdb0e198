"""No other site may change anything.

Blossom opens every answer to scripts of other origins (BUD-01), so CORS does not protect the API:
any page that somebody visits could reset their history. Browsers say where a request comes from;
programs that are no browsers say nothing, and pass.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import msgspec

from blobhls.blossom.asgi import ASGIApp, Receive, Scope, Send

_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN: Final = frozenset({"same-origin", "none"})  # `none`: the person themself, no page
_REASON: Final = "another site may not change anything here"


def is_foreign(site: str | None, origin: str | None, host: str | None) -> bool:
    """Tell whether a request comes from a page of another origin.

    `site` is `Sec-Fetch-Site` (W3C Fetch Metadata), which browsers send to trustworthy addresses
    only; in a plain-HTTP home network `origin` is compared with `host` (RFC 6454 §7.3).
    """
    if site is not None:
        return site.strip().lower() not in _OWN
    if origin is None:
        return False
    return urlsplit(origin).netloc.lower() != (host or "").lower()


class SameOrigin:
    """Answers 403 to other sites that want to change something below a path."""

    def __init__(self, app: ASGIApp, below: str) -> None:
        self._app = app
        self._below = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if self._must_refuse(scope):
            await _refuse(send)
        else:
            await self._app(scope, receive, send)

    def _must_refuse(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in _CHANGING:
            return False
        if not scope["path"].startswith(self._below):
            return False
        found = {name: value.decode("latin-1") for name, value in scope["headers"]}
        return is_foreign(found.get(b"sec-fetch-site"), found.get(b"origin"), found.get(b"host"))


async def _refuse(send: Send) -> None:
    body = msgspec.json.encode({"status_code": 403, "detail": _REASON})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-reason", _REASON.encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
