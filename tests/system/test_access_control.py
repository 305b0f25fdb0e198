"""What other sites, and clients without the password, can't do, for every address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.system.server import Home, Server

_CHANGING = ("post", "put", "patch", "delete")
_PASSWORD = "open sesame"
_OPEN = {"/api/v1/login"}  # without the password
_PAGES = ("/", "/movies", "/series", "/search", "/profiles", "/operator", "/show/x", "/watch/x")
_BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the whole network, with a password and an empty library."""
    folder = tmp_path_factory.mktemp("doors")
    home = Home(folder / "library", folder)
    home.library.mkdir()
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    with home.serving("-h", "0.0.0.0", "--password-file", str(secret)) as server:
        yield server


def operations(server: Server) -> list[tuple[str, str]]:
    """Return method and path of all that the API does; parameters are made up."""
    paths = server.json("/schema/openapi.json")["paths"]
    found = [
        (method, re.sub(r"\{[^}]*\}", "x", path))
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/v1/")
    ]
    assert len(found) > 40
    return found


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_no_other_site_can_change_anything(server: Server, headers: dict[str, str]) -> None:
    bearer = {"Authorization": f"Bearer {_PASSWORD}"}
    changing = [each for each in operations(server) if each[0] in _CHANGING]
    assert len(changing) > 15
    for method, path in changing:
        for spelled in (path, path.replace("/api", "//api"), path.replace("/v1", "/%761")):
            answer = server.client.request(
                method, f"{server.address}{spelled}", headers=bearer | headers, content=b"{}"
            )
            # 404 and 405: another spelling leads nowhere, and so changes nothing
            allowed = {403} if spelled == path else {403, 404, 405}
            assert answer.status_code in allowed, (method, spelled, answer.status_code)


def test_without_the_password_the_api_gives_nothing(server: Server) -> None:
    for method, path in operations(server):
        if path not in _OPEN:
            answer = server.client.request(method, path, content=b"{}")
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", [*_PAGES, "/schema", "/schema/swagger"])
def test_every_page_has_a_strict_policy(server: Server, path: str) -> None:
    answer = server.client.get(path, headers=_BROWSER)
    assert answer.headers["content-type"].startswith("text/html")
    rules = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", answer.text) == []
    assert set(re.findall(r"(?:src|href)=\"(https?:[^\"]*)", answer.text)) == set()


@pytest.mark.parametrize("path", ["/nowhere", "/web/x/y.html", "/api/v1/nowhere", "/schema/none"])
def test_what_is_not_there_is_no_page_of_ours(server: Server, path: str) -> None:
    answer = server.client.get(path, headers=_BROWSER)
    assert answer.status_code in {401, 404}
    if answer.headers["content-type"].startswith("text/html"):
        assert "script" not in answer.text
