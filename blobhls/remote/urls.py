"""Which URLs may be requested, and the servers that `xs` hints name."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

import httpx

from blobhls.errors import BadRequest, FetchFailed

_MAX_LENGTH: Final = 2048  # characters of a URL, a common limit
_SCHEMES: Final = frozenset({"http", "https"})
_USER: Final = re.compile(r"[^/?#]*//[^/?#]*@")
_NAME: Final = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,252}")


def checked_url(text: str) -> httpx.URL:
    """Return an absolute `http` or `https` URL without user name or fragment.

    Raises `BadRequest`. The host's address is checked later, when the connection is made.
    """
    if len(text) > _MAX_LENGTH:
        raise BadRequest("the URL is too long")
    try:
        url = httpx.URL(text)
        name = url.host  # raises for invalid punycode
    except (httpx.InvalidURL, ValueError):
        raise BadRequest("this is not a URL") from None
    if url.scheme not in _SCHEMES:
        raise BadRequest("only http and https URLs can be fetched")
    if _USER.match(text) or url.userinfo:
        raise BadRequest("a URL with a user name or password can't be fetched")
    # httpx accepts blanks and brackets.
    if not name or not _is_host(url.raw_host.decode("ascii")):
        raise BadRequest("the URL names no server")
    if url.port is not None and not 0 < url.port < 65536:
        raise BadRequest("the URL has an invalid port")
    return url.copy_with(fragment=None)


def _is_host(host: str) -> bool:
    """Say whether it has the form of a name or an address."""
    if ":" not in host:
        return _NAME.fullmatch(host) is not None
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def redirected(url: httpx.URL, location: str | None) -> httpx.URL:
    """Return the target of a redirect; raises `FetchFailed` if it can't be fetched."""
    if not location:
        raise FetchFailed(f"{url.host} redirects without a target")
    try:
        target = checked_url(str(url.join(location)))
    except (BadRequest, httpx.InvalidURL, ValueError):
        raise FetchFailed(f"{url.host} redirects to a URL that can't be fetched") from None
    if url.scheme == "https" and target.scheme != "https":
        raise FetchFailed(f"{url.host} redirects from https to http")
    return target


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Say whether both URLs are on one server, so that a token for one may be sent to the other."""
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port)


def server_origin(text: str) -> httpx.URL:
    """Return the root of a Blossom server; raises `BadRequest` for a URL with a path."""
    url = checked_url(text)
    if url.path not in {"", "/"} or url.query or "?" in text or "#" in text:
        raise BadRequest("the URL of a Blossom server has only a scheme and a host")
    return httpx.URL(scheme=url.scheme, host=url.host, port=url.port, path="/")


def server_origins(text: str) -> list[str]:
    """Return the origins to try for one `xs` hint (BUD-10), best first.

    A bare host gives `https`, then `http`; a hint with a scheme gives only that. Raises
    `BadRequest` for paths, user names and other schemes.
    """
    hint = text.strip()
    if "://" in hint:
        return [origin_text(server_origin(hint))]
    return [origin_text(server_origin(f"{scheme}://{hint}")) for scheme in ("https", "http")]


def origin_text(url: httpx.URL) -> str:
    """Return `scheme://host[:port]` in lowercase, without the scheme's default port."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
