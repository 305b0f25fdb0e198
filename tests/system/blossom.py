"""A Blossom client for tests: tokens, uploads, and what a refusal has to look like."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from blobhls.blob import BlobId
from blobhls.nostr import Event, SecretKey, Verb, encode_event, make_authorization
from tests.system.server import Home, Server
from tests.system.wire import Answer, ask

ALICE: Final = SecretKey(b"\x0a" * 32)
BOB: Final = SecretKey(b"\x0b" * 32)
CAROL: Final = SecretKey(b"\x0c" * 32)
HOST: Final = "127.0.0.1"


def token(verb: Verb, *blobs: str, key: SecretKey = ALICE, host: str = HOST) -> dict[str, str]:
    """Return the header of a good token."""
    named = [BlobId(blob) for blob in blobs]
    return {"Authorization": make_authorization(key, verb, named, host=host, now=time.time())}


def upload(
    server: Server,
    data: bytes,
    media_type: str | None = None,
    key: SecretKey = ALICE,
    **headers: str,
) -> httpx.Response:
    """Upload a blob with a token; `headers` with underscores for hyphens."""
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    if media_type is not None:
        more["Content-Type"] = media_type
    sent = token("upload", BlobId.of(data), key=key) | more
    return server.client.put("/upload", content=data, headers=sent)


def uploaded(
    server: Server, data: bytes, media_type: str | None = None, key: SecretKey = ALICE
) -> BlobId:
    """Upload a blob that has to be taken."""
    answer = upload(server, data, media_type, key)
    assert answer.status_code in {200, 201}, answer.text
    return BlobId.parse(answer.json()["sha256"])


def ahead(size: int, blob_id: str | None = None, media_type: str | None = None) -> dict[str, str]:
    """Return the headers of a question about an upload (BUD-06)."""
    headers = {"X-Content-Length": str(size)}
    if blob_id is not None:
        headers["X-SHA-256"] = blob_id
    if media_type is not None:
        headers["X-Content-Type"] = media_type
    return headers


def delete(server: Server, blob_id: str, key: SecretKey = ALICE) -> httpx.Response:
    return server.client.delete(f"/{blob_id}", headers=token("delete", blob_id, key=key))


def mirror(server: Server, url: str, *blobs: str, key: SecretKey = ALICE) -> httpx.Response:
    headers = token("upload", *blobs, key=key)
    return server.client.put("/mirror", json={"url": url}, headers=headers)


def listed(server: Server, key: SecretKey = ALICE, **query: Any) -> list[str]:  # noqa: ANN401
    """Return the hashes of a page of what a key uploaded."""
    answer = server.client.get(f"/list/{key.pubkey}", params=query)
    assert answer.status_code == 200, answer.text
    return [each["sha256"] for each in answer.json()]


def report_event(key: SecretKey, *blobs: str, kind: int = 1984, why: str = "malware") -> Event:
    return key.sign(kind, tuple(("x", blob, why) for blob in blobs), "look", int(time.time()))


def report(server: Server, key: SecretKey, *blobs: str, kind: int = 1984) -> httpx.Response:
    body = encode_event(report_event(key, *blobs, kind=kind))
    return server.client.put("/report", content=body)


def assert_refused(answer: httpx.Response, *statuses: int) -> None:
    """Say that an answer refuses as BUD-01 has it: to people, and to pages of any origin."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.headers} {answer.text}"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "X-Reason" in answer.headers["access-control-expose-headers"]
    assert answer.headers["x-reason"]
    assert answer.headers["x-reason"].isascii()
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == "Nostr"
    if answer.request.method == "HEAD":
        assert answer.content == b""
    else:
        assert answer.headers["content-type"] == "application/json"
        assert msgspec.json.decode(answer.content)["detail"]


def staged(home: Home) -> list[Path]:
    """Return the files that lie in staging."""
    return [path for path in (home.blobs / "staging").glob("*/*") if path.is_file()]


def stored(home: Home) -> set[str]:
    """Return the hashes of all files in the store."""
    return {path.parent.name + path.name for path in home.blobs.glob("??/*")}


def empty_home(folder: Path) -> Home:
    """Return a home of an empty library in a new folder."""
    home = Home(folder / "library", folder / "state")
    home.library.mkdir(parents=True)
    home.state.mkdir()
    return home


def serving(folder: Path, *flags: str) -> AbstractContextManager[Server]:
    """Serve an empty library, open for uploads unless `flags` say otherwise."""
    return empty_home(folder).serving("--upload-access", "open", *flags)


def chunked(*pieces: bytes) -> Iterable[bytes]:
    """Return a body without a length."""
    yield from pieces


def head_of(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """Return the head of a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def raw(
    server: Server, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer:
    """Send a request byte by byte; nothing is added but `Host`."""
    return ask(server.address, head_of(method, path, {"Host": HOST, **headers}) + body)
