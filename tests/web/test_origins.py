"""Other sites may read blobs, as BUD-01 says, and change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar import Litestar, Router, get, route
from litestar.testing import TestClient

from blobhls.api.errors import exception_handlers
from blobhls.web import refuse_foreign
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
def test_a_request_of_another_site_is_foreign(
    site: str | None, origin: str | None, foreign: bool
) -> None:
    assert is_foreign(site, origin, "home:24242") is foreign


@get("/thing", sync_to_thread=False)
def read() -> None:
    """Changes nothing."""


@route("/thing", http_method=["POST", "PUT", "PATCH", "DELETE"], status_code=200)
async def change() -> None:
    """Would change something."""


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    api = Router("/api/v1", guards=[refuse_foreign], route_handlers=[read, change])
    app = Litestar([api], exception_handlers=exception_handlers(), openapi_config=None)
    with TestClient(app) as client:
        yield client


EVIL = {"Origin": "https://evil.example"}
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/thing", "//api/v1/thing", "/api//v1/thing/"])
def test_a_foreign_page_can_change_nothing(
    client: TestClient[Litestar], method: str, path: str
) -> None:
    answer = client.request(method, f"http://testserver.local{path}", headers=EVIL)
    assert answer.status_code == 403
    assert answer.headers["X-Reason"] == answer.json()["detail"]


def test_a_foreign_page_can_read(client: TestClient[Litestar]) -> None:
    assert client.get("/api/v1/thing", headers=EVIL).status_code == 200


@pytest.mark.parametrize("headers", [OWN, {"Origin": "http://testserver.local"}, {}])
def test_our_own_page_and_programs_can_change_things(
    client: TestClient[Litestar], headers: dict[str, str]
) -> None:
    assert client.put("/api/v1/thing", headers=headers).status_code == 200
