"""The OpenAPI document describes what the server does, for every operation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from blobhls.blob import BlobId
from tests.system.blossom import ALICE
from tests.system.server import Home, Server

_CHECKS: Final = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_EXAMPLES: Final = 12  # of each operation
_TEMPORARY: Final = {503, 507}  # documented, and no fault of the server
_HEAVY: Final = "/seal"  # encodes for minutes what it was asked for
_ENDLESS: Final = "/events"  # responds for as long as the client listens
_DATA: Final = b"a blob of the schema"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, clip_silent: Path) -> Iterator[Server]:
    """A server that wants no tokens, with a film and a blob."""
    folder = tmp_path_factory.mktemp("schema")
    home = Home(folder / "library", folder)
    home.library.mkdir()
    (home.library / "film.mp4").symlink_to(clip_silent)
    with home.serving("--local-cache", "true", "--upload-access", "open") as server:
        server.root(server.video("film.mp4"))
        assert server.client.put("/upload", content=_DATA).status_code == 201
        yield server


def known(server: Server) -> dict[str, st.SearchStrategy[str]]:
    """Return path parameters that name something here; drawn at random they never would."""
    name = Home.video_id("film.mp4")
    video = server.json(f"/api/v1/video/{name}")
    return {
        "video_id": st.just(name),
        "show_id": st.just(name),
        "rendition": st.sampled_from([each["name"] for each in video["renditions"]]),
        "blob_id": st.just(server.json("/api/v1/shows")[0]["info"]["thumbnail"][1:65]),
        "segment": st.sampled_from(["0.ts", "1.ts", "init.mp4", "99.ts"]),
        "pubkey": st.just(ALICE.pubkey),
        "blob": st.sampled_from([str(BlobId.of(_DATA)), f"{BlobId.of(_DATA)}.ts", "ab" * 32]),
    }


@pytest.mark.parametrize("face", ["/api/v1/", "/"])
def test_whatever_is_asked_is_answered_as_documented(server: Server, face: str) -> None:
    schema = schemathesis.openapi.from_dict(server.json("/schema/openapi.json"))
    schema.config.update(base_url=server.address)
    names = known(server)
    seen: set[int] = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        ours = operation.path.startswith("/api/v1/") == (face == "/api/v1/")
        if ours and not operation.path.endswith(_ENDLESS):
            seen |= ask_often(server, operation, names)
    assert {200, 404} <= seen
    assert server.body(f"/{BlobId.of(_DATA)}") == _DATA


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("put /upload", {200, 201, 400, 401, 402, 403, 408, 409, 413, 415, 429, 507}),
        ("head /upload", {200, 400, 401, 402, 403, 411, 413, 415, 429, 507}),
        ("put /mirror", {200, 201, 400, 401, 402, 403, 408, 409, 413, 415, 429, 502, 507}),
        ("put /media", {200, 201, 400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 503, 507}),
        ("head /media", {200, 400, 401, 402, 403, 411, 413, 415, 429, 507}),
        ("get /list/{pubkey}", {200, 400, 401, 403}),
        ("get /{blob}", {200, 206, 304, 400, 401, 403, 404, 416, 422, 503}),
        ("delete /{blob}", {204, 400, 401, 403, 404, 429}),
        ("put /report", {200, 400, 404, 408, 413, 429}),
    ],
)
def test_every_status_of_the_blossom_face_is_documented(
    server: Server, operation: str, statuses: set[int]
) -> None:
    method, path = operation.split(" ")
    documented = server.json("/schema/openapi.json")["paths"][path][method]["responses"]
    assert set(map(int, documented)) >= statuses


def ask_often(server: Server, operation: Any, names: dict[str, st.SearchStrategy[str]]) -> set[int]:  # noqa: ANN401
    """Ask as the document allows; returns what was answered."""
    seen: set[int] = set()
    seal = operation.path.endswith(_HEAVY) and operation.method == "post"

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,  # what is found is a claim of the document, not luck
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:  # noqa: ANN401
        if data.draw(st.booleans()) and not seal:
            for name in set(case.path_parameters or {}) & names.keys():
                case.path_parameters[name] = data.draw(names[name])
        response = case.call(base_url=server.address)
        assert response.headers["access-control-allow-origin"] == ["*"]
        if response.status_code not in _TEMPORARY:
            case.validate_response(response, checks=[not_a_server_error])
        case.validate_response(response, checks=_CHECKS)
        seen.add(response.status_code)

    ask()
    return seen
