"""A client of one Blossom server, with correct and faulty servers."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BadRequest, FetchFailed, Forbidden, TooLarge
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.client import TimeLimits
from blobhls.remote.failures import ServerRefused, ServerSilent
from blobhls.remote.fetcher import Fetcher
from blobhls.remote.retries import Retries
from blobhls.remote.servers import Descriptor, RemoteServer
from tests.remote.wire import (
    HANG_UP,
    Handler,
    Request,
    Server,
    answering,
    for_ever,
    in_loop,
    saying,
    serving,
)

BODY: Final = bytes(range(256)) * 9_000  # 2.2 MiB: read in three parts, sent in ten pieces
BLOB: Final = BlobId.of(BODY)
INFO: Final = BlobInfo(BLOB, len(BODY), "video/mp2t")
DESCRIPTOR: Final = {
    "url": f"https://cdn.example/{BLOB}.ts",
    "sha256": str(BLOB),
    "size": len(BODY),
    "type": "video/mp2t",
    "uploaded": 1_700_000_000,
    "magnet": "beyond BUD-02",
}
DESCRIBED: Final = msgspec.json.encode(DESCRIPTOR)


class Slept:
    """Does not sleep, but records for how long it should have."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


@asynccontextmanager
async def remote(
    handler: Handler, *, retries: Retries | None = None, bounds: TimeLimits | None = None
) -> AsyncIterator[tuple[RemoteServer, Server]]:
    """Yield a client of a server with this behaviour; by default without retries."""
    async with serving(handler) as server, Fetcher(AddressPolicy.PRIVATE, bounds) as fetcher:
        yield RemoteServer(fetcher, server.url, retries or Retries(attempts=1)), server


def one_after_the_other(*handlers: Handler) -> Handler:
    """Behave differently with every request; the last behaviour repeats."""
    ways = list(handlers)

    async def handler(request: Request) -> object:
        return await (ways.pop(0) if len(ways) > 1 else ways[0])(request)

    return handler


@in_loop
async def test_a_server_has_an_origin_and_a_host() -> None:
    async with Fetcher(AddressPolicy.PUBLIC) as fetcher:
        server = RemoteServer(fetcher, "HTTPS://CDN.Example.com:443/")
        assert server.origin == "https://cdn.example.com"
        assert server.host == "cdn.example.com"
        server = RemoteServer(fetcher, "http://[2606:4700::1]:3000")
        assert server.origin == "http://[2606:4700::1]:3000"
        assert server.host == "2606:4700::1"
        for url in ("cdn.example.com", "https://cdn.example.com/blobs", "file:///x"):
            with pytest.raises(BadRequest):
                RemoteServer(fetcher, url)


@in_loop
async def test_an_excluded_server_is_not_connected_to() -> None:
    async with serving(answering(200)) as server, Fetcher(AddressPolicy.PUBLIC) as fetcher:
        with pytest.raises(Forbidden):
            await RemoteServer(fetcher, server.url).has(BLOB)
        assert server.connections == 0


@in_loop
async def test_an_existing_blob_has_a_size() -> None:
    async with remote(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n")) as (
        client,
        server,
    ):
        assert await client.has(BLOB, "ts", "Nostr token") == 1234
        (request,) = server.requests
        assert (request.method, request.path) == ("HEAD", f"/{BLOB}.ts")
        assert request.headers["authorization"] == "Nostr token"


@pytest.mark.parametrize("status", [404, 410])
@in_loop
async def test_a_missing_blob_has_no_size(status: int) -> None:
    async with remote(answering(status)) as (client, server):
        assert await client.has(BLOB) is None
        assert server.requests[0].path == f"/{BLOB}"


@in_loop
async def test_a_refusal_has_a_status_and_a_sanitised_reason() -> None:
    rude = answering(403, x_reason="go \x1b[31maway\x1b[0m " + "y" * 500)
    async with remote(rude) as (client, _):
        with pytest.raises(ServerRefused) as caught:
            await client.has(BLOB)
    assert caught.value.status == 403
    assert caught.value.reason.startswith("go [31maway[0m yyy")
    assert len(caught.value.reason) == 200


@in_loop
async def test_a_missing_size_is_a_failure() -> None:
    async with remote(saying(b"HTTP/1.1 200 OK\r\n\r\n")) as (client, _):
        with pytest.raises(FetchFailed, match="state the size"):
            await client.has(BLOB)


@in_loop
async def test_a_fetched_blob_matches_its_hash(tmp_path: Path) -> None:
    async with remote(answering(200, BODY, content_type="video/mp2t")) as (client, server):
        got = await client.fetch(BLOB, "ts", tmp_path / "x", len(BODY))
        assert (got.blob_id, got.media_type) == (BLOB, "video/mp2t")
        assert server.requests[0].path == f"/{BLOB}.ts"


@in_loop
async def test_other_bytes_are_refused_and_removed(tmp_path: Path) -> None:
    async with remote(answering(200, b"something else")) as (client, _):
        with pytest.raises(FetchFailed, match=r"127\.0\.0\.1 sends other bytes"):
            await client.fetch(BLOB, None, tmp_path / "x", 100)
    assert not await asyncio.to_thread(os.listdir, tmp_path)


@in_loop
async def test_an_interrupted_fetch_is_retried_from_the_start(tmp_path: Path) -> None:
    breaks = saying(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(BODY), BODY[:-1])
    slept = Slept()
    once_more = one_after_the_other(breaks, answering(200, BODY))
    async with remote(once_more, retries=Retries(sleep=slept)) as (client, _):
        await client.fetch(BLOB, None, tmp_path / "x", len(BODY))
    assert slept.waits == [0.5]
    assert (tmp_path / "x").read_bytes() == BODY


@in_loop
async def test_a_blob_that_is_too_large_is_not_retried(tmp_path: Path) -> None:
    async with remote(answering(200, BODY), retries=Retries(sleep=Slept())) as (client, server):
        with pytest.raises(TooLarge):
            await client.fetch(BLOB, None, tmp_path / "x", 100)
        assert len(server.requests) == 1


@in_loop
async def test_an_upload_sends_bytes_type_and_hash() -> None:
    received = []

    async def keeps(request: Request) -> None:
        received.append(await request.body())
        await request.answer(201, DESCRIBED)

    async with remote(keeps) as (client, server):
        descriptor = await client.upload(io.BytesIO(BODY), INFO, "Nostr token")
        (request,) = server.requests
    assert received == [BODY]
    assert (request.method, request.path) == ("PUT", "/upload")
    assert request.headers["content-length"] == str(len(BODY))
    assert request.headers["content-type"] == "video/mp2t"
    assert request.headers["x-sha-256"] == BLOB
    assert request.headers["authorization"] == "Nostr token"
    assert "transfer-encoding" not in request.headers
    assert descriptor == Descriptor(
        f"https://cdn.example/{BLOB}.ts", BLOB, len(BODY), "video/mp2t", 1_700_000_000
    )


@in_loop
async def test_an_upload_is_retried_from_its_start() -> None:
    received = []

    async def breaks(request: Request) -> object:
        await request.reader.readexactly(1000)
        return HANG_UP

    async def busy(request: Request) -> None:
        await request.body()
        await request.answer(503, retry_after="7")

    async def keeps(request: Request) -> None:
        received.append(await request.body())
        await request.answer(200, DESCRIBED)

    slept = Slept()
    ways = one_after_the_other(breaks, busy, keeps)
    async with remote(ways, retries=Retries(sleep=slept)) as (client, _):
        await client.upload(io.BytesIO(BODY), INFO)
    assert received == [BODY]
    assert slept.waits == [0.5, 7.0]


async def reads_on(request: Request) -> object:
    await request.body()
    return None


@pytest.mark.parametrize("then", [reads_on, for_ever])
@in_loop
async def test_a_refusal_is_read_while_the_body_is_sent(then: Handler) -> None:
    large = bytes(32 << 20)  # more than the sockets hold
    info = BlobInfo(BlobId.of(large), len(large), "video/mp2t")
    refuses = saying(
        b"HTTP/1.1 413 \r\nx-reason: not so much\r\ncontent-length: 0\r\n\r\n", then=then
    )
    async with remote(refuses) as (client, server):
        for _ in range(2):
            with pytest.raises(ServerRefused, match="413: not so much"):
                await client.upload(io.BytesIO(large), info)
        assert server.connections == 2


@in_loop
async def test_an_interim_response_does_not_end_an_upload() -> None:
    async def goes_on(request: Request) -> None:
        await request.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await request.body() == BODY
        await request.answer(201, DESCRIBED)

    async with remote(goes_on) as (client, _):
        assert (await client.upload(io.BytesIO(BODY), INFO)).sha256 == BLOB


@in_loop
async def test_many_uploads_go_over_few_connections() -> None:
    async with remote(answering(201, DESCRIBED)) as (client, server):
        await asyncio.gather(*(client.upload(io.BytesIO(BODY), INFO) for _ in range(20)))
        assert server.connections <= TimeLimits().per_host


@in_loop
async def test_an_upload_can_be_checked_beforehand() -> None:
    async with remote(answering(200)) as (client, server):
        await client.check_upload(INFO, "Nostr token")
        (request,) = server.requests
    assert (request.method, request.path) == ("HEAD", "/upload")
    assert request.headers["x-sha-256"] == BLOB
    assert request.headers["x-content-length"] == str(len(BODY))
    assert request.headers["x-content-type"] == "video/mp2t"


@pytest.mark.parametrize("status", [404, 405, 501])
@in_loop
async def test_a_server_without_upload_checks_is_uploaded_to(status: int) -> None:
    async with remote(answering(status)) as (client, _):
        await client.check_upload(INFO)


@in_loop
async def test_a_refused_upload_check_is_a_refusal() -> None:
    async with remote(answering(402, x_reason="pay first")) as (client, _):
        with pytest.raises(ServerRefused, match="402: pay first"):
            await client.check_upload(INFO)


@in_loop
async def test_a_file_that_is_too_short_fails_the_upload() -> None:
    async with remote(answering(201, DESCRIBED)) as (client, _):
        with pytest.raises(FetchFailed, match="shorter"):
            await client.upload(io.BytesIO(BODY[:-1]), INFO)


@in_loop
async def test_a_cancelled_upload_stops_reading_the_file() -> None:
    async with remote(for_ever) as (client, server):
        file = io.BytesIO(BODY)
        task = asyncio.create_task(client.upload(file, INFO))
        while not server.requests:
            await asyncio.wait([task], timeout=0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        file.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"[]",
        b"{}",
        b'{"sha256": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        msgspec.json.encode({**DESCRIPTOR, "sha256": "x"}),
        msgspec.json.encode({**DESCRIPTOR, "size": "12"}),
        msgspec.json.encode({**DESCRIPTOR, "size": -1}),
        msgspec.json.encode({**DESCRIPTOR, "sha256": "0" * 64}),
        DESCRIBED + b" " * 300_000,
    ],
)
@in_loop
async def test_a_response_without_the_blobs_descriptor_is_a_failure(body: bytes) -> None:
    async with remote(answering(200, body)) as (client, _):
        with pytest.raises(FetchFailed):
            await client.upload(io.BytesIO(BODY), INFO)
        with pytest.raises(FetchFailed):
            await client.mirror("https://other.example/x", BLOB)


@in_loop
async def test_a_mirror_request_sends_the_url() -> None:
    received = []

    async def mirrors(request: Request) -> None:
        received.append(msgspec.json.decode(await request.body()))
        await request.answer(201, DESCRIBED)

    async with remote(mirrors) as (client, server):
        descriptor = await client.mirror("https://other.example/x.ts", BLOB, "Nostr token")
        (request,) = server.requests
    assert descriptor.sha256 == BLOB
    assert (request.method, request.path) == ("PUT", "/mirror")
    assert request.headers["authorization"] == "Nostr token"
    assert received == [{"url": "https://other.example/x.ts"}]


@in_loop
async def test_a_mirror_that_could_not_reach_the_origin_is_not_retried() -> None:
    async with remote(answering(502), retries=Retries(sleep=Slept())) as (client, server):
        with pytest.raises(ServerRefused, match="502"):
            await client.mirror("https://other.example/x.ts", BLOB)
        assert len(server.requests) == 1


@in_loop
async def test_a_redirected_upload_is_a_refusal() -> None:
    async with remote(answering(307, location="/elsewhere")) as (client, _):
        with pytest.raises(ServerRefused, match="307"):
            await client.upload(io.BytesIO(BODY), INFO)


@in_loop
async def test_a_list_is_requested_page_by_page() -> None:
    async with remote(answering(200, b"[" + DESCRIBED + b"]")) as (client, server):
        (first,) = await client.list_blobs("ab" * 32)
        assert first.sha256 == BLOB
        await client.list_blobs("ab" * 32, cursor=BLOB, limit=5, authorization="Nostr token")
        plain, paged = server.requests
    assert plain.path == f"/list/{'ab' * 32}"
    assert paged.path == f"/list/{'ab' * 32}?cursor={BLOB}&limit=5"
    assert paged.headers["authorization"] == "Nostr token"


@pytest.mark.parametrize("status", [200, 204])
@in_loop
async def test_a_blob_is_deleted_by_its_bare_hash(status: int) -> None:
    async with remote(answering(status)) as (client, server):
        await client.delete(BLOB, "Nostr token")
        (request,) = server.requests
    assert (request.method, request.path) == ("DELETE", f"/{BLOB}")


@in_loop
async def test_a_refused_deletion_is_a_refusal() -> None:
    async with remote(answering(404)) as (client, _):
        with pytest.raises(ServerRefused, match="404"):
            await client.delete(BLOB)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@in_loop
async def test_transient_failures_are_retried_a_few_times(status: int) -> None:
    slept = Slept()
    retries = Retries(attempts=4, pause=1, sleep=slept)
    async with remote(answering(status), retries=retries) as (client, server):
        with pytest.raises(ServerRefused, match=str(status)):
            await client.has(BLOB)
        assert len(server.requests) == 4
    assert slept.waits == [1, 2, 4]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 409, 413, 415, 500])
@in_loop
async def test_permanent_failures_are_not_retried(status: int) -> None:
    async with remote(answering(status), retries=Retries(sleep=Slept())) as (client, server):
        with pytest.raises(ServerRefused, match=str(status)):
            await client.has(BLOB)
        assert len(server.requests) == 1


@in_loop
async def test_a_very_long_retry_after_is_not_waited_for() -> None:
    busy = answering(429, retry_after="3600")
    async with remote(busy, retries=Retries(sleep=Slept())) as (client, server):
        with pytest.raises(ServerRefused) as caught:
            await client.has(BLOB)
        assert len(server.requests) == 1
    assert caught.value.retry_after == 3600


@in_loop
async def test_a_server_that_stores_endlessly_times_out() -> None:
    bounds = TimeLimits(working=0.05)
    async with remote(for_ever, bounds=bounds) as (client, _):
        with pytest.raises(ServerSilent):
            await client.mirror("https://other.example/x.ts", BLOB)
