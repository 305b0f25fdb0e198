"""What a server answers: single blobs, and everything that it says of a library."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from tests.reproducing.build import Home

AT_ONCE: Final = 2
"""Requests at a time; more would only wait for each other."""

_TIMEOUT: Final = 700  # seconds for one request: an encode may take ten minutes
_ATTEMPTS: Final = 5  # while the server says that it is busy
_BUSY: Final = 503


class Answer(msgspec.Struct, frozen=True):
    """A response."""

    status: int
    media_type: str | None
    reason: str | None  # why not
    body: bytes


def get(url: str) -> Answer:
    """Return the answer to a GET, whatever it is; raises `OSError` where there is none."""
    for attempt in range(1, _ATTEMPTS):
        answer = _get(url)
        if answer.status != _BUSY:
            return answer
        time.sleep(attempt)
    return _get(url)


def _get(url: str) -> Answer:
    try:
        response = urllib.request.urlopen(url, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        headers = response.headers
        body = response.read()
        return Answer(response.status, headers["Content-Type"], headers["X-Reason"], body)


def answers(address: str, home: Home) -> dict[str, str]:
    """Return what a server says at each path that there is for a library, by path.

    Asking for pictures has them made, in sizes of their own.
    """
    paths = [*_paths(home)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(paths, pool.map(lambda path: _said(address, path), paths), strict=True))


def _said(address: str, path: str) -> str:
    answer = get(address + path)
    # The port is another each time.
    body = answer.body.replace(address.encode(), b"").replace(address[7:].encode(), b"")
    digest = hashlib.sha256(body).hexdigest()
    return f"{answer.status} {answer.media_type}, {len(body)} bytes, SHA-256 {digest}"


def _paths(home: Home) -> Iterator[str]:
    yield from ("/api/v1/shows?limit=1000", "/api/v1/library/problems")
    for (show_id,) in home.rows("SELECT show_id FROM shows ORDER BY show_id"):
        yield f"/api/v1/shows/{show_id}"
    for video_id, body in home.rows(
        "SELECT video_id, body FROM files JOIN plans USING (source_id) WHERE problem IS NULL "
        "ORDER BY video_id"
    ):
        video = f"/api/v1/video/{video_id}"
        yield from (video, f"{video}/master.m3u8")
        for rendition in json.loads(body)["renditions"]:
            yield f"{video}/{rendition['name']}/stream.m3u8"
            yield f"{video}/{rendition['name']}/iframes.m3u8"
    for (blob_id,) in home.rows(
        "SELECT DISTINCT blob_id FROM artwork WHERE blob_id IS NOT NULL ORDER BY blob_id"
    ):
        yield f"/api/v1/pictures/{blob_id}?width=160"
