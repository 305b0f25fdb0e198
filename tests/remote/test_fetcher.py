"""Fetching one URL into one file, from faulty servers."""

from __future__ import annotations

import asyncio
import errno
import gzip
import io
import time
from pathlib import Path

import pytest

from blobhls.blob import BlobId
from blobhls.errors import BadRequest, FetchFailed, Forbidden, StoreFull, TooLarge
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.client import TimeLimits
from blobhls.remote.failures import ServerRefused, ServerSilent
from blobhls.remote.fetcher import Fetched, Fetcher, media_type_of
from tests.remote.wire import (
    Handler,
    Request,
    answering,
    for_ever,
    in_loop,
    saying,
    serving,
)

BODY = bytes(range(256)) * 20_000  # 5 MiB: several batches
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


async def fetched(
    handler: Handler,
    path: Path,
    *,
    most: int = 1 << 24,
    bounds: TimeLimits | None = None,
    where: str = "/x",
) -> Fetched:
    async with serving(handler) as server, Fetcher(AddressPolicy.PRIVATE, bounds) as fetcher:
        return await fetcher.fetch(server.url + where, path, most=most)


async def failure(
    handler: Handler,
    path: Path,
    *,
    most: int = 1 << 24,
    bounds: TimeLimits | None = None,
    where: str = "/x",
) -> Exception:
    """Return the error of a failing fetch, and check that no file is left."""
    with pytest.raises(Exception, match=r".") as caught:
        await fetched(handler, path, most=most, bounds=bounds, where=where)
    assert list(path.parent.glob(path.name)) == []
    return caught.value


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.001)


@in_loop
async def test_a_blob_is_fetched_and_hashed(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    got = await fetched(answering(200, BODY, content_type="Video/MP2T; x=y"), path)
    assert path.read_bytes() == BODY
    assert (got.blob_id, got.size, got.media_type) == (BlobId.of(BODY), len(BODY), "video/mp2t")
    assert got.url.endswith("/x")


@in_loop
async def test_an_empty_blob_is_a_blob(tmp_path: Path) -> None:
    got = await fetched(answering(200), tmp_path / "blob")
    assert (got.blob_id, got.size) == (BlobId.of(b""), 0)
    assert (tmp_path / "blob").read_bytes() == b""


@in_loop
async def test_a_body_in_chunks_of_one_byte_is_put_together(tmp_path: Path) -> None:
    chunks = b"".join(b"1;some=extension\r\n%c\r\n" % byte for byte in BODY[:5000])
    got = await fetched(saying(CHUNKED, chunks, b"0\r\n\r\n"), tmp_path / "blob")
    assert got.blob_id == BlobId.of(BODY[:5000])


@in_loop
async def test_a_body_that_ends_with_the_connection_is_accepted(tmp_path: Path) -> None:
    got = await fetched(saying(b"HTTP/1.0 200 OK\r\n\r\n", BODY), tmp_path / "blob")
    assert got.blob_id == BlobId.of(BODY)


@in_loop
async def test_requests_ask_for_uncompressed_bytes(tmp_path: Path) -> None:
    async with serving(answering(200)) as server, Fetcher(AddressPolicy.PRIVATE) as fetcher:
        await fetcher.fetch(server.url, tmp_path / "x", most=1)
        assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip"])
@in_loop
async def test_compressed_bytes_are_refused(coding: str, tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(1 << 20))
    error = await failure(answering(200, bomb, content_encoding=coding), tmp_path / "x")
    assert isinstance(error, FetchFailed)


@in_loop
async def test_an_announced_size_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    head = OK + b"content-length: 1000000\r\n\r\n"
    error = await failure(saying(head, then=for_ever), tmp_path / "x", most=999_999)
    assert isinstance(error, TooLarge)


@in_loop
async def test_an_endless_body_stops_at_the_limit(tmp_path: Path) -> None:
    async def endless(request: Request) -> object:
        await request.raw(CHUNKED)
        while True:
            await request.raw(b"10000\r\n" + bytes(0x10000) + b"\r\n")

    error = await failure(endless, tmp_path / "x", most=3 << 20)
    assert isinstance(error, TooLarge)


@in_loop
async def test_exactly_the_limit_is_accepted(tmp_path: Path) -> None:
    got = await fetched(answering(200, BODY), tmp_path / "x", most=len(BODY))
    assert got.size == len(BODY)


BROKEN: dict[str, Handler] = {
    "fewer bytes than announced": saying(OK + b"content-length: 100\r\n\r\n", b"x" * 99),
    "two lengths": saying(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
    "a negative length": saying(OK + b"content-length: -1\r\n\r\nx"),
    "chunks cut off": saying(CHUNKED, b"5\r\nhello\r\n"),
    "chunks of nonsense": saying(CHUNKED, b"zz\r\nhello\r\n"),
    "no HTTP": saying(b"220 mail.example ESMTP\r\n\r\n"),
    "nothing": saying(),
    "huge headers": saying(OK + b"x: " + b"y" * 300_000 + b"\r\n\r\n"),
    "many headers": saying(OK + b"x: y\r\n" * 60_000 + b"\r\n"),
    "no status": saying(b"HTTP/1.1 \r\n\r\n"),
    "a body half-way": saying(OK + b"content-length: 9000000\r\n\r\n", BODY),
}


@pytest.mark.parametrize("name", BROKEN)
@in_loop
async def test_a_malformed_response_is_a_failed_fetch(name: str, tmp_path: Path) -> None:
    assert isinstance(await failure(BROKEN[name], tmp_path / "x"), FetchFailed)


@pytest.mark.parametrize("status", [204, 206, 400, 401, 404, 410, 500, 503])
@in_loop
async def test_the_status_is_reported_unless_it_is_200(status: int, tmp_path: Path) -> None:
    error = await failure(answering(status, x_reason="no such thing"), tmp_path / "x")
    assert isinstance(error, ServerRefused)
    assert (error.status, error.reason) == (status, "no such thing")


@in_loop
async def test_a_server_that_never_responds_times_out(tmp_path: Path) -> None:
    error = await failure(for_ever, tmp_path / "x", bounds=TimeLimits(connect=0.2, first_byte=0.05))
    assert isinstance(error, ServerSilent)


@in_loop
async def test_endless_interim_responses_time_out(tmp_path: Path) -> None:
    async def interim(request: Request) -> object:
        while True:
            await request.raw(b"HTTP/1.1 102 Processing\r\n\r\n")

    error = await failure(interim, tmp_path / "x", bounds=TimeLimits(connect=0.2, first_byte=0.1))
    assert isinstance(error, ServerSilent)


@in_loop
async def test_a_body_that_stops_times_out(tmp_path: Path) -> None:
    stops = saying(OK + b"content-length: 9000000\r\n\r\n", BODY, then=for_ever)
    error = await failure(stops, tmp_path / "x", bounds=TimeLimits(idle=0.05))
    assert isinstance(error, ServerSilent)


@in_loop
async def test_a_very_slow_body_times_out(tmp_path: Path) -> None:
    async def drips(request: Request) -> object:
        await request.raw(OK + b"content-length: 9000000\r\n\r\n")
        while True:
            await request.raw(b"x")
            await asyncio.sleep(0.001)

    error = await failure(drips, tmp_path / "x", bounds=TimeLimits(whole=0.1, idle=60))
    assert isinstance(error, ServerSilent)


@in_loop
async def test_a_body_at_the_minimum_rate_may_take_longer(tmp_path: Path) -> None:
    tight = TimeLimits(whole=5, slowest=len(BODY))
    assert (await fetched(answering(200, BODY), tmp_path / "x", bounds=tight)).size == len(BODY)


@in_loop
async def test_redirects_are_followed_to_the_blob(tmp_path: Path) -> None:
    async def steps(request: Request) -> None:
        left = int(request.path[1:])
        if left:
            await request.answer(307, location=f"/{left - 1}")
        else:
            await request.answer(200, b"here")

    got = await fetched(steps, tmp_path / "x", where="/5")
    assert got.url.endswith("/0")
    error = await failure(steps, tmp_path / "y", where="/6")
    assert isinstance(error, FetchFailed)


@in_loop
async def test_a_redirect_loop_ends(tmp_path: Path) -> None:
    error = await failure(answering(302, location="/x"), tmp_path / "x")
    assert isinstance(error, FetchFailed)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x.example/", "http://u@x/"])
@in_loop
async def test_a_redirect_to_another_scheme_fails(location: str, tmp_path: Path) -> None:
    error = await failure(answering(301, location=location), tmp_path / "x")
    assert isinstance(error, FetchFailed)


@in_loop
async def test_a_redirect_to_a_private_address_is_forbidden(tmp_path: Path) -> None:
    metadata = answering(302, location="http://169.254.169.254/latest/meta-data/")
    assert isinstance(await failure(metadata, tmp_path / "x"), Forbidden)


@in_loop
async def test_a_token_stays_with_the_server_it_is_for(tmp_path: Path) -> None:
    async with serving(answering(200)) as other:

        async def sends_away(request: Request) -> None:
            target = "/y" if request.path == "/x" else f"{other.url}/z"
            await request.answer(307, location=target)

        async with serving(sends_away) as server, Fetcher(AddressPolicy.PRIVATE) as fetcher:
            await fetcher.fetch(
                f"{server.url}/x", tmp_path / "x", most=1, authorization="Nostr secret"
            )
            seen = [request.headers.get("authorization") for request in server.requests]
        assert seen == ["Nostr secret", "Nostr secret"]
        assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "x", ""])
@in_loop
async def test_a_url_that_can_not_be_fetched_is_a_bad_request(url: str, tmp_path: Path) -> None:
    async with Fetcher(AddressPolicy.PRIVATE) as fetcher:
        with pytest.raises(BadRequest):
            await fetcher.fetch(url, tmp_path / "x", most=1)


@in_loop
async def test_many_small_blobs_come_over_few_connections(tmp_path: Path) -> None:
    async with (
        serving(answering(200, b"x" * 100)) as server,
        Fetcher(AddressPolicy.PRIVATE) as fetcher,
    ):
        fetches = [fetcher.fetch(server.url, tmp_path / str(n), most=100) for n in range(60)]
        await asyncio.gather(*fetches)
        assert server.connections <= TimeLimits().per_host


@in_loop
async def test_exchanges_with_one_host_are_limited(tmp_path: Path) -> None:
    active = peak = 0
    full = asyncio.Event()

    async def counting(request: Request) -> None:
        nonlocal active, peak
        active += 1
        peak = max(peak, active)
        if active == 2:
            full.set()
        await full.wait()
        await request.answer(200)
        active -= 1

    async with (
        serving(counting) as server,
        Fetcher(AddressPolicy.PRIVATE, TimeLimits(at_once=5, per_host=2)) as fetcher,
    ):
        fetches = [fetcher.fetch(server.url, tmp_path / str(n), most=1) for n in range(8)]
        await asyncio.gather(*fetches)
    assert peak == 2


@in_loop
async def test_a_host_that_hangs_leaves_slots_for_others(tmp_path: Path) -> None:
    async def loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with (
        serving(for_ever) as hangs,
        serving(answering(200)) as works,
        Fetcher(AddressPolicy.PRIVATE, TimeLimits(at_once=2, per_host=1), loopback) as fetcher,
        asyncio.TaskGroup() as group,
    ):
        url = f"http://hangs.example:{hangs.port}/"
        waiting = [
            group.create_task(fetcher.fetch(url, tmp_path / str(n), most=1)) for n in range(4)
        ]
        await fetcher.fetch(f"http://works.example:{works.port}/", tmp_path / "x", most=1)
        for task in waiting:
            task.cancel()


@in_loop
async def test_a_cancelled_fetch_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    stops = saying(OK + b"content-length: 9000000\r\n\r\n", BODY, then=for_ever)
    async with serving(stops) as server, Fetcher(AddressPolicy.PRIVATE) as fetcher:
        task = asyncio.create_task(fetcher.fetch(server.url, path, most=1 << 24))
        await asyncio.to_thread(wait_for, path)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not path.exists()


@in_loop
async def test_a_full_disk_is_reported_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Full(io.FileIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(io, "FileIO", Full)
    for body in (b"small", BODY):
        assert isinstance(await failure(answering(200, body), tmp_path / "x"), StoreFull)


@in_loop
async def test_an_existing_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        await fetched(answering(200, b"other"), path)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("video/mp2t", "video/mp2t"),
        ("Text/HTML; charset=utf-8", "text/html"),
        (" image/jpeg ", "image/jpeg"),
        (None, None),
        ("", None),
        ("application/octet-stream", None),
        ("application/octet-stream; x", None),
        ("video", None),
        ("a/b/c", None),
        ("a b/c", None),
        ("é/x", None),
        ("x/" + "y" * 200, None),
    ],
)
def test_a_specific_content_type_is_kept(header: str | None, media_type: str | None) -> None:
    assert media_type_of(header) == media_type
