from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from blobhls.names.folders import path_id

Client = TestClient[Litestar]
HEAT = path_id("Heat (1995)/Heat.mkv")


def make(client: Client, name: str) -> str:
    answer = client.post("/api/v1/profiles", json={"name": name})
    assert answer.status_code == 201
    made: str = answer.json()["id"]
    return made


def test_profiles_are_listed_made_renamed_and_removed(client: Client) -> None:
    assert client.get("/api/v1/profiles").json() == [{"id": "default", "name": "Everybody"}]
    ada = make(client, " Ada ")
    assert client.get("/api/v1/profiles").json()[1] == {"id": ada, "name": "Ada"}
    renamed = client.put(f"/api/v1/profiles/{ada}", json={"name": "Ada L"})
    assert renamed.json() == {"id": ada, "name": "Ada L"}
    assert client.delete(f"/api/v1/profiles/{ada}").status_code == 204
    assert client.delete(f"/api/v1/profiles/{ada}").status_code == 404
    assert client.delete("/api/v1/profiles/default").status_code == 400


@pytest.mark.parametrize(
    "body", [b'{"name": ""}', b"{}", b'{"name": 5}', b"", b'{"name": "\\u0000"}']
)
def test_a_name_that_is_none_is_a_bad_request(client: Client, body: bytes) -> None:
    assert client.post("/api/v1/profiles", content=body).status_code == 400


def test_two_people_don_t_overwrite_each_other(client: Client) -> None:
    url = f"/api/v1/video/{HEAT}/progress"
    for name, position in (("Ada", 30), ("Ben", 60)):
        assert client.put(url, params={"profile": make(client, name)}, json={"position": position})
    ids = {each["name"]: each["id"] for each in client.get("/api/v1/profiles").json()}
    for name, position in (("Ada", 30), ("Ben", 60)):
        mine = {"profile": ids[name]}
        assert client.get(url, params=mine).json()["position"] == position
        (item,) = client.get("/api/v1/history", params=mine).json()
        assert item["progress"]["position"] == position
    assert client.get(url).status_code == 404
    assert client.get("/api/v1/history").json() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/history"),
        ("GET", "/history/continue"),
        ("GET", "/history/next"),
        ("PUT", f"/video/{HEAT}/progress"),
        ("PUT", f"/video/{HEAT}/watched"),
        ("GET", f"/shows/{HEAT}/progress"),
    ],
)
def test_an_unknown_profile_is_not_found(client: Client, method: str, path: str) -> None:
    answer = client.request(method, f"/api/v1{path}?profile=nobody", json={"position": 1})
    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]
