"""Refuses changes that pages of other sites request (CSRF).

Blossom opens every answer to scripts of other origins (BUD-01), so CORS does not protect the API:
any page that a viewer visits could reset the history. Browsers say which page sent a request; other
programs say nothing, and pass.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from blobhls.errors import Forbidden

_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN: Final = frozenset({"same-origin", "none"})  # `none`: the user, not a page


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


async def refuse_foreign(connection: ASGIConnection[Any, Any, Any, Any], _: object) -> None:
    """Raise `Forbidden` for a request of another site that would change something; a guard.

    It runs after routing, so that it holds however a path is spelled: the router takes `//api`
    for `/api`, which a check of the path alone did not.
    """
    headers = connection.headers
    if connection.scope.get("method") in _CHANGING and is_foreign(
        headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host")
    ):
        raise Forbidden("another site may not change anything here")
