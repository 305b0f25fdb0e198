"""Pushing trees to other servers, also faulty ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from blobhls.blob import BlobId
from blobhls.errors import FetchFailed, SourceOffline
from blobhls.nostr import SecretKey, host_of
from blobhls.remote import RemoteServer
from blobhls.transfer.pusher import Pusher, PushProgress
from blobhls.transfer.trees import Tree, local_tree
from tests.remote.wire import Request, in_loop
from tests.resolver.stage import Stage
from tests.transfer.port import Port, open_ports

KEY = SecretKey.new()
PUBLIC = "https://films.example"


@contextlib.asynccontextmanager
async def sealed(stage: Stage, beside: bytes | None = None) -> AsyncIterator[Tree]:
    """Give a sealed title, two of its renditions with bytes that can be evicted."""
    planned = await stage.planned()
    root = await stage.sealer.seal(planned)
    assert root is not None
    pictures = [] if beside is None else [(await stage.vault.put(beside, "image/jpeg")).blob_id]
    try:
        yield await local_tree(stage.vault, stage.repository, root.blob_id, pictures)
    finally:
        await stage.end()


def pusher(stage: Stage, server: RemoteServer, public_url: str | None = None) -> Pusher:
    """Return what brings a title to a server."""
    return Pusher(stage.vault, server, KEY, stage.store.staging, public_url)


async def pushed(
    stage: Stage, tree: Tree, port: Port, public_url: str | None = None
) -> PushProgress:
    """Push a title to one server."""
    async with open_ports(port) as (server,):
        return await pusher(stage, server, public_url).push(tree, lambda _: None)


def hashes(tree: Tree) -> set[str]:
    """Return the hashes of a title."""
    return {info.blob_id for each in tree.stages for info in each}


@in_loop
async def test_everything_arrives_the_root_last_and_its_playlists_before_it(stage: Stage) -> None:
    port = Port()
    async with sealed(stage, beside=b"a picture") as tree:
        done = await pushed(stage, tree, port)
    assert set(port.blobs) == hashes(tree)
    leaves = len(tree.leaves)
    assert set(port.order[:leaves]) == {info.blob_id for info in tree.leaves}
    assert set(port.order[leaves:-1]) == {info.blob_id for info in tree.playlists}
    assert port.order[-1] == tree.root.blob_id
    assert done == PushProgress(
        total=tree.count,
        done=tree.count,
        uploaded=tree.count,
        bytes=sum(map(len, port.blobs.values())),
    )
    assert port.types[tree.root.blob_id] == "application/vnd.apple.mpegurl"
    assert BlobId.of(b"a picture") in port.blobs


@in_loop
async def test_a_second_push_sends_nothing(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        await pushed(stage, tree, port)
        sent = port.count("/upload")
        done = await pushed(stage, tree, port)
    assert port.count("/upload") == sent
    assert (done.uploaded, done.mirrored, done.bytes) == (0, 0, 0)


@in_loop
async def test_only_what_is_missing_or_has_another_size_is_sent(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        await pushed(stage, tree, port)
        port.order.clear()
        del port.blobs[tree.leaves[0].blob_id]
        port.blobs[tree.leaves[1].blob_id] = b"cut short"
        await pushed(stage, tree, port)
    assert set(port.order) == {info.blob_id for info in tree.leaves[:2]}


@in_loop
async def test_evicted_bytes_are_rendered_again_on_the_way(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        evicted = await stage.evict()
        assert evicted.removed > 0
        await pushed(stage, tree, port)
    assert set(port.blobs) == hashes(tree)


@in_loop
async def test_every_token_is_for_that_server_and_one_blob_alone(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        await pushed(stage, tree, port)
    assert len(port.tokens) >= 2 * tree.count
    for token in port.tokens:
        assert token.pubkey == KEY.pubkey
        assert token.values("server") == [host_of(port.url)]
        assert len(token.values("x")) == 1
    uploads = [token for token in port.tokens if token.values("t") == ["upload"]]
    assert {token.values("x")[0] for token in uploads} == hashes(tree)


@in_loop
async def test_a_server_that_can_reach_us_fetches_by_itself(stage: Stage) -> None:
    port = Port()
    urls = []

    def fetch(url: str) -> bytes:
        urls.append(url)
        return stage.file(BlobId(url.removeprefix(f"{PUBLIC}/")[:64])).read_bytes()

    port.mirrors = fetch
    async with sealed(stage) as tree:
        done = await pushed(stage, tree, port, PUBLIC)
    assert done.mirrored == tree.count
    assert port.count("/upload") == 0
    assert f"{PUBLIC}/{tree.root.name}" in urls


@pytest.mark.parametrize("reaches", [True, False], ids=["fetch fails", "no mirror"])
@in_loop
async def test_a_server_that_does_not_mirror_gets_uploads_and_is_not_asked_again(
    stage: Stage, *, reaches: bool
) -> None:
    port = Port()
    asked = []

    def fetch(url: str) -> None:
        asked.append(url)

    port.mirrors = fetch if reaches else None
    async with sealed(stage) as tree:
        done = await pushed(stage, tree, port, PUBLIC)
    assert (done.uploaded, done.mirrored) == (tree.count, 0)
    assert set(port.blobs) == hashes(tree)
    assert len(asked) <= 6  # those that were under way together


@pytest.mark.parametrize("status", [400, 401, 402, 403, 413, 415])
@in_loop
async def test_a_refusal_ends_the_push_with_the_servers_reason_and_no_root(
    stage: Stage, status: int
) -> None:
    port = Port()
    async with sealed(stage) as tree:
        playlist = tree.playlists[0].blob_id
        port.refuses = lambda method, blob_id: (
            status if method == "/upload" and blob_id == playlist else None
        )
        with pytest.raises(FetchFailed, match=f"answered {status}: not for you"):
            await pushed(stage, tree, port)
    assert tree.root.blob_id not in port.blobs


@in_loop
async def test_a_refused_segment_keeps_every_playlist_back(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        segment = tree.leaves[-1].blob_id
        port.refuses = lambda method, blob_id: (
            403 if method == "/upload" and blob_id == segment else None
        )
        with pytest.raises(FetchFailed):
            await pushed(stage, tree, port)
        assert not {info.blob_id for info in tree.playlists} & set(port.blobs)
        port.refuses = lambda _method, _blob_id: None
        before = set(port.blobs)
        done = await pushed(stage, tree, port)
    assert done.uploaded == tree.count - len(before)
    assert set(port.blobs) == hashes(tree)


@in_loop
async def test_a_server_that_lost_an_accepted_blob_is_detected(stage: Stage) -> None:
    port = Port()
    port.forgets = True
    async with sealed(stage) as tree:
        with pytest.raises(FetchFailed):
            await pushed(stage, tree, port)


@in_loop
async def test_a_server_that_gives_other_bytes_back_is_found_out(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        await pushed(stage, tree, port)
        port.blobs[tree.root.blob_id] = bytes(tree.root.size)
        with pytest.raises(FetchFailed, match="other bytes"):
            await pushed(stage, tree, port)


@in_loop
async def test_a_blob_that_can_not_be_rendered_again_is_no_server_error(stage: Stage) -> None:
    port = Port()
    async with sealed(stage) as tree:
        await stage.evict()
        (stage.library / "Heat.mkv").unlink()
        with pytest.raises(SourceOffline):
            await pushed(stage, tree, port)
    assert tree.root.blob_id not in port.blobs


@in_loop
async def test_never_more_than_six_are_sent_at_a_time(stage: Stage) -> None:
    under_way = most = 0

    class Counting(Port):
        async def answer(self, request: Request) -> object:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            try:
                return await super().answer(request)
            finally:
                under_way -= 1

    async with sealed(stage) as tree:
        await pushed(stage, tree, Counting())
    assert 1 < most <= 6


@in_loop
async def test_a_tree_names_every_blob_once(stage: Stage) -> None:
    async with sealed(stage) as tree:
        names = [info.blob_id for each in tree.stages for info in each]
    assert len(names) == len(set(names)) == tree.count
