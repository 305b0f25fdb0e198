"""Other sites may look, as BUD-01 says, and change nothing."""

from __future__ import annotations

import asyncio

import pytest

from blobhls.blossom.asgi import Message, Receive, Scope, Send
from blobhls.web import SameOrigin
from blobhls.web.origins import is_foreign


@pytest.mark.parametrize(
    ("site", "origin", "foreign"),
    [
        (None, None, False),  # curl, a television's player
        ("same-origin", "http://home:24242", False),
        ("none", None, False),
        ("cross-site", None, True),
        ("same-site", "http://other.home", True),  # another port is another origin
        (None, "http://home:24242", False),
        (None, "http://HOME:24242", False),
        (None, "http://home:8080", True),
        (None, "https://evil.example", True),
        (None, "null", True),
        ("cross-site", "http://home:24242", True),
        ("same-origin", "https://behind.a.proxy", False),
    ],
)
def test_who_is_foreign(site: str | None, origin: str | None, foreign: bool) -> None:
    assert is_foreign(site, origin, "home:24242") is foreign


def answered(method: str, path: str, *headers: tuple[bytes, bytes]) -> int:
    """Return the status that such a request gets; 200 if it passes."""
    seen: list[Message] = []

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        seen.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    asyncio.run(SameOrigin(passed, "/api/v1")(scope, receive, send))
    return int(seen[0]["status"])


EVIL = (b"origin", b"https://evil.example")
HOST = (b"host", b"home")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_foreign_page_can_change_nothing(method: str) -> None:
    assert answered(method, "/api/v1/video/x/progress", EVIL, HOST) == 403


def test_a_foreign_page_can_read() -> None:
    assert answered("GET", "/api/v1/shows", EVIL, HOST) == 200


def test_blossom_stays_open_to_all() -> None:
    assert answered("PUT", "/upload", EVIL, HOST) == 200


def test_our_own_page_can_change_things() -> None:
    own = (b"sec-fetch-site", b"same-origin")
    assert answered("PUT", "/api/v1/video/x/progress", own, HOST) == 200
