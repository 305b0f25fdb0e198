"""Ranges and conditional requests, over the wire."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blossom.conftest import HEX, LARGE, SMALL, FakeSource


@pytest.mark.parametrize("data", [SMALL, LARGE])
@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=990-", 990, None),
        ("bytes=-7", -7, None),
        ("bytes=-99999999", 0, None),
        ("bytes=5-99999999", 5, None),
    ],
)
def test_a_range_is_answered_with_its_bytes(
    source: FakeSource, client: httpx.Client, data: bytes, header: str, start: int, stop: int | None
) -> None:
    answer = client.get(f"/{source.add(data)}", headers={"Range": header})
    first, after, _ = slice(start, stop).indices(len(data))
    assert answer.status_code == 206
    assert answer.content == data[start:stop]
    assert answer.headers["content-range"] == f"bytes {first}-{after - 1}/{len(data)}"
    assert answer.headers["content-length"] == str(after - first)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("header", ["bytes=0-1,4-5", "bytes=x", "lines=1-2", "bytes=9-1"])
def test_ranges_that_are_ignored_give_everything(
    source: FakeSource, client: httpx.Client, header: str
) -> None:
    answer = client.get(f"/{source.add(SMALL)}", headers={"Range": header})
    assert (answer.status_code, answer.content) == (200, SMALL)
    assert "content-range" not in answer.headers


def test_two_range_headers_are_several_ranges(source: FakeSource, client: httpx.Client) -> None:
    headers = [("Range", "bytes=0-1"), ("Range", "bytes=4-5")]
    assert client.get(f"/{source.add(SMALL)}", headers=headers).status_code == 200


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=-0"])
def test_a_range_outside_the_blob_is_416_with_the_size(
    source: FakeSource, client: httpx.Client, header: str
) -> None:
    answer = client.get(f"/{source.add(SMALL)}", headers={"Range": header})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1000"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-reason"] == answer.json()["detail"]


def test_a_range_applies_only_if_the_bytes_are_the_same(
    source: FakeSource, client: httpx.Client
) -> None:
    blob_id = source.add(SMALL)
    for tag, status in ((f'"{blob_id}"', 206), (f'W/"{blob_id}"', 200), ('"other"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": tag}
        assert client.get(f"/{blob_id}", headers=headers).status_code == status


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(start=st.integers(0, 70_000), length=st.integers(0, 70_000))
def test_every_range_is_the_slice_it_names(
    source: FakeSource, client: httpx.Client, start: int, length: int
) -> None:
    data = LARGE[:66_000]
    header = f"bytes={start}-{start + length}"
    answer = client.get(f"/{source.add(data)}", headers={"Range": header})
    if start >= len(data):
        assert answer.status_code == 416
    else:
        assert (answer.status_code, answer.content) == (206, data[start : start + length + 1])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"x", "{}"', "*"])
def test_a_blob_the_client_has_is_not_sent_again(
    source: FakeSource, client: httpx.Client, method: str, tags: str
) -> None:
    blob_id = source.add(SMALL)
    headers = {"If-None-Match": tags.format(blob_id), "Range": "bytes=0-1"}
    answer = client.request(method, f"/{blob_id}", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == f'"{blob_id}"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert source.opened == []


def test_a_blob_the_client_has_not_is_sent(source: FakeSource, client: httpx.Client) -> None:
    answer = client.get(f"/{source.add(SMALL)}", headers={"If-None-Match": '"other"'})
    assert answer.content == SMALL


def test_not_having_a_blob_beats_the_client_having_it(client: httpx.Client) -> None:
    answer = client.get(f"/{HEX}", headers={"If-None-Match": f'"{HEX}"'})
    assert answer.status_code == 404
