"""The page over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from blobhls.api.parameters import provide_value
from blobhls.web import PAGE_HANDLERS, Assets, load_assets, wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / "index.html").write_text("<p>the page</p>" * 20)
    (tmp_path / "service-worker.js").write_text("self")
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text("a script " * 50)
    return load_assets(tmp_path, tmp_path / "absent")


@pytest.fixture
def client(assets: Assets) -> Iterator[TestClient[Litestar]]:
    app = Litestar(
        [*PAGE_HANDLERS], dependencies={"assets": provide_value(assets)}, openapi_config=None
    )
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("TEXT/HTML", True),
        ("application/json, text/html; q=0.2", True),
        ("text/html;q=0, */*", False),
        ("*/*", False),
        ("application/json", False),
        ("text/htmlish", False),
        ("", False),
    ],
)
def test_only_clients_that_name_html_get_the_page(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


@pytest.mark.parametrize(
    "path", ["/movies", "/series", "/search", "/profiles", "/operator", "/show/x", "/watch/y"]
)
def test_every_address_of_the_application_is_the_page(
    client: TestClient[Litestar], assets: Assets, path: str
) -> None:
    answer = client.get(path)
    assert answer.content == assets.shell.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_the_policy_allows_no_script_but_ours(client: TestClient[Litestar]) -> None:
    policy = client.get("/movies").headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


def test_a_file_may_be_kept_for_ever(client: TestClient[Litestar], assets: Assets) -> None:
    answer = client.get(f"{assets.prefix}/js/main.js")
    assert answer.content == assets.files["js/main.js"].body
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get(f"{assets.prefix}/js/main.js", headers={"accept-encoding": "identity"})
    assert plain.content == answer.content
    assert "content-encoding" not in plain.headers


def test_the_files_of_another_version_are_not_these(client: TestClient[Litestar]) -> None:
    assert client.get("/web/0000000000000000/js/main.js").status_code == 404


@pytest.mark.parametrize("name", ["none.js", "../index.html", "%2e%2e/pages.py", "/etc/passwd"])
def test_only_files_of_the_page_are_served(
    client: TestClient[Litestar], assets: Assets, name: str
) -> None:
    assert client.get(f"{assets.prefix}/{name}").status_code == 404


def test_an_unchanged_page_is_not_sent_again(client: TestClient[Litestar]) -> None:
    etag = client.get("/movies").headers["etag"]
    answer = client.get("/movies", headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert answer.content == b""


def test_the_service_worker_is_asked_for_each_time(client: TestClient[Litestar]) -> None:
    answer = client.get("/service-worker.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
