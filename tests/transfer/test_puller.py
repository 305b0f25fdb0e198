"""Pulling trees from other servers, also faulty ones."""

from __future__ import annotations

import asyncio

import pytest

from blobhls.blob import BlobId, BlobInfo
from blobhls.errors import BadRequest, FetchFailed, Forbidden, TooLarge
from blobhls.index.ledger.uploads import ANONYMOUS, OPERATOR
from blobhls.nostr import SecretKey
from blobhls.remote import AddressPolicy
from blobhls.transfer.links import PLAYLIST
from blobhls.transfer.puller import Puller, PullProgress
from blobhls.vault import UploadLimits
from tests.remote.wire import Request, in_loop
from tests.transfer.port import Harbour, Port, open_ports
from tests.transfer.titles import MASTER, MEDIA, Title, add, film, title_of


async def pulled(harbour: Harbour, title: Title, *ports: Port) -> PullProgress:
    """Pull a title for the operator."""
    async with open_ports(*ports) as servers:
        return await Puller(harbour.uploads).pull(title.root, servers, OPERATOR)


def assert_whole(harbour: Harbour, title: Title) -> None:
    """Every blob is here, pinned, owned by the operator, and of the type that players want."""
    for blob_id, data in title.blobs.items():
        assert harbour.has(blob_id), blob_id
        assert harbour.upload_index.owned_since(BlobId(blob_id), OPERATOR) is not None
        assert harbour.file(BlobId(blob_id)).read_bytes() == data
        row = harbour.index.row(BlobId(blob_id))
        assert row is not None
        is_segment = blob_id in title.segments
        assert row.info.media_type == ("video/mp2t" if is_segment else PLAYLIST)


@in_loop
async def whole_title(harbour: Harbour, title: Title) -> None:
    done = await pulled(harbour, title, Port(dict(title.blobs)))
    assert_whole(harbour, title)
    assert done.blobs == done.named == done.fetched == len(title.blobs)
    assert done.bytes == sum(map(len, title.blobs.values()))


def test_a_pull_stores_the_whole_tree_and_counts_it(harbour: Harbour) -> None:
    whole_title(harbour, film())


def test_a_segment_of_two_renditions_comes_once(harbour: Harbour) -> None:
    shared = b"the same" * 20_000
    whole_title(harbour, title_of([[shared, b"1", shared], [shared, b"2"]]))


def test_a_media_playlist_can_be_the_root(harbour: Harbour) -> None:
    title = film(renditions=1)
    (playlist,) = title.playlists
    blobs = {blob_id: data for blob_id, data in title.blobs.items() if blob_id != title.root}
    whole_title(harbour, Title(BlobId(playlist), blobs, ()))


@in_loop
async def test_a_blob_that_is_no_playlist_comes_alone(harbour: Harbour) -> None:
    data = b"\x89PNG\r\n\x1a\n" + bytes(100)
    blob_id = BlobId.of(data)
    done = await pulled(harbour, Title(blob_id, {}, ()), Port({blob_id: data}))
    row = harbour.index.row(blob_id)
    assert row is not None
    assert row.info.media_type == "image/png"
    assert done == PullProgress(blobs=1, named=1, fetched=1, bytes=len(data))


@in_loop
async def test_a_second_pull_fetches_nothing(harbour: Harbour) -> None:
    title = film()
    port = Port(dict(title.blobs))
    await pulled(harbour, title, port)
    before = port.count("GET")
    done = await pulled(harbour, title, port)
    assert port.count("GET") == before
    assert (done.blobs, done.fetched) == (len(title.blobs), 0)


@pytest.mark.parametrize("said", ["text/html", "text/plain", "application/octet-stream"])
def test_playlists_are_known_by_their_content_whatever_the_server_says(
    harbour: Harbour, said: str
) -> None:
    @in_loop
    async def scenario() -> None:
        title = film()
        port = Port(dict(title.blobs))
        port.said_type = said
        await pulled(harbour, title, port)
        assert_whole(harbour, title)

    scenario()


@in_loop
async def test_what_the_local_cache_fetched_is_pinned_and_gets_its_true_type(
    harbour: Harbour,
) -> None:
    title = film()
    for blob_id, data in title.blobs.items():
        harbour.store.put(data)
        info = BlobInfo(BlobId(blob_id), len(data), "text/html")
        harbour.elsewhere(harbour.index.add, info, pinned=False, now=0, made=False)
    done = await pulled(harbour, title, Port())
    assert done.fetched == 0
    assert_whole(harbour, title)


@in_loop
async def test_other_uploaders_can_not_change_the_type_of_a_blob(harbour: Harbour) -> None:
    title = film()
    segment = BlobId(title.segments[0])
    harbour.store.put(title.blobs[segment])
    info = BlobInfo(segment, len(title.blobs[segment]), "audio/mpeg")
    harbour.elsewhere(harbour.index.add, info, pinned=False, now=0, made=False)
    async with open_ports(Port(dict(title.blobs))) as servers:
        await Puller(harbour.uploads).pull(title.root, servers, "ab" * 32)
    row = harbour.index.row(segment)
    assert row is not None
    assert row.info.media_type == "audio/mpeg"


@pytest.mark.parametrize("after", range(0, 11, 2))
def test_a_server_that_dies_in_the_middle_of_a_body_is_left_for_the_next(
    harbour: Harbour, after: int
) -> None:
    @in_loop
    async def scenario() -> None:
        title = film()
        dying, other = Port(dict(title.blobs)), Port(dict(title.blobs))
        dying.breaks_after = after
        await pulled(harbour, title, dying, other)
        assert_whole(harbour, title)

    scenario()


@in_loop
async def test_servers_that_have_a_part_each_make_a_whole(harbour: Harbour) -> None:
    title = film(windows=9)
    halves = [dict(list(title.blobs.items())[start::2]) for start in (0, 1)]
    await pulled(harbour, title, *(Port(half) for half in halves))
    assert_whole(harbour, title)


@in_loop
async def test_a_server_with_other_bytes_is_left_for_the_next(harbour: Harbour) -> None:
    title = film()
    liar = Port(dict.fromkeys(title.blobs, b"#EXTM3U\nevil"))
    await pulled(harbour, title, liar, Port(dict(title.blobs)))
    assert_whole(harbour, title)


@in_loop
async def test_a_failed_pull_can_be_continued_and_left_no_incomplete_playlist(
    harbour: Harbour,
) -> None:
    title = film()
    blobs = dict(title.blobs)
    lost = title.segments[-1]
    del blobs[lost]
    with pytest.raises(FetchFailed, match=f"no server gave {lost[:12]}"):
        await pulled(harbour, title, Port(blobs))
    assert harbour.index.row(title.root) is None
    assert harbour.index.row(BlobId(title.playlists[-1])) is None
    here = sum(harbour.has(blob_id) for blob_id in title.blobs)
    assert here > 0
    done = await pulled(harbour, title, Port(dict(title.blobs)))
    assert done.fetched == len(title.blobs) - here
    assert_whole(harbour, title)


@in_loop
async def test_a_playlist_waits_for_a_segment_that_another_one_is_pulling(
    harbour: Harbour,
) -> None:
    shared = b"slow" * 30_000
    title = title_of([[shared, b"1"], [shared, b"2"]])
    seen: list[object] = []

    class Slow(Port):
        async def answer(self, request: Request) -> object:
            if BlobId.of(shared) in request.path:
                while len(self.asked) < len(title.blobs) - 1:  # noqa: ASYNC110 - any turn may bring it
                    await asyncio.sleep(0)
                seen.extend(harbour.index.row(BlobId(each)) for each in title.playlists)
            return await super().answer(request)

    await pulled(harbour, title, Slow(dict(title.blobs)))
    assert seen == [None, None]
    assert_whole(harbour, title)


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/segment.ts",
        "/" + "a" * 64 + ".ts",
        "../" + "a" * 64 + ".ts",
        "A" * 64 + ".ts",
        "a" * 63 + ".ts",
        "a" * 64 + ".ts?x",
        "segment.ts",
        "data:text/plain,x",
    ],
)
def test_a_playlist_that_names_anything_but_blobs_is_refused(harbour: Harbour, link: str) -> None:
    @in_loop
    async def scenario() -> None:
        blobs: dict[str, bytes] = {}
        media = add(blobs, f"{MEDIA}#EXTINF:6,\n{link}\n#EXT-X-ENDLIST\n".encode())
        master = f"{MASTER}#EXT-X-STREAM-INF:BANDWIDTH=1\n{media}.m3u8\n"
        root = add(blobs, master.encode())
        with pytest.raises(FetchFailed, match="which is no blob"):
            await pulled(harbour, Title(root, blobs, ()), Port(blobs))
        assert list(harbour.index.present()) == []

    scenario()


@in_loop
async def test_a_key_or_map_elsewhere_is_refused_too(harbour: Harbour) -> None:
    blobs: dict[str, bytes] = {}
    text = f'{MEDIA}#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1"\n'
    root = add(blobs, text.encode())
    with pytest.raises(FetchFailed, match=r"keys\.example"):
        await pulled(harbour, Title(root, blobs, ()), Port(blobs))


@in_loop
async def test_what_is_linked_as_a_playlist_but_is_none_is_refused(harbour: Harbour) -> None:
    blobs: dict[str, bytes] = {}
    media = add(blobs, b"<html>")
    root = add(blobs, f"{MASTER}#EXT-X-STREAM-INF:BANDWIDTH=1\n{media}.m3u8\n".encode())
    with pytest.raises(FetchFailed, match="the playlist is invalid"):
        await pulled(harbour, Title(root, blobs, ()), Port(blobs))


@in_loop
async def test_playlists_nested_deeper_than_in_hls_are_refused(harbour: Harbour) -> None:
    blobs: dict[str, bytes] = {}
    inner = add(blobs, f"{MEDIA}#EXT-X-ENDLIST\n".encode())
    for _ in range(3):
        inner = add(blobs, f"{MASTER}#EXT-X-STREAM-INF:BANDWIDTH=1\n{inner}.m3u8\n".encode())
    with pytest.raises(FetchFailed, match="deeper"):
        await pulled(harbour, Title(inner, blobs, ()), Port(blobs))


@in_loop
async def test_a_blocked_blob_is_not_fetched(harbour: Harbour) -> None:
    title = film()
    await harbour.block_list.block(BlobId(title.segments[0]), "no")
    port = Port(dict(title.blobs))
    with pytest.raises(Forbidden):
        await pulled(harbour, title, port)
    assert ("GET", title.segments[0]) not in port.asked


@in_loop
async def test_an_unreachable_server_is_skipped(
    harbour: Harbour,
) -> None:
    title = film()
    port = Port(dict(title.blobs))
    async with (
        open_ports(port, reach=AddressPolicy.PUBLIC) as far,
        open_ports(Port(dict(title.blobs))) as near,
    ):
        await Puller(harbour.uploads).pull(title.root, [*far, *near], OPERATOR)
    assert port.asked == []
    assert_whole(harbour, title)


@in_loop
async def test_without_any_server_there_is_nothing_to_pull_from(harbour: Harbour) -> None:
    with pytest.raises(BadRequest):
        await Puller(harbour.uploads).pull(film().root, [], OPERATOR)


@in_loop
async def test_the_limits_of_uploads_bind_others_but_not_the_operator(harbour: Harbour) -> None:
    title = film()
    async with open_ports(Port(dict(title.blobs))) as servers:
        puller = Puller(harbour.door(UploadLimits(most_bytes=10_000)))
        with pytest.raises(TooLarge):
            await puller.pull(title.root, servers, "ab" * 32)
        await puller.pull(title.root, servers, OPERATOR)
    assert_whole(harbour, title)
    assert harbour.upload_index.owned_since(title.root, ANONYMOUS) is None


@in_loop
async def test_a_token_goes_to_servers_that_want_one_and_to_no_other(harbour: Harbour) -> None:
    title = film()
    guarded, plain = Port(dict(title.blobs)), Port()
    guarded.refuses = lambda method, _: None if guarded.tokens else 401
    key = SecretKey.new()
    async with open_ports(plain, guarded) as servers:
        await Puller(harbour.uploads, key=key).pull(title.root, servers, OPERATOR)
    assert_whole(harbour, title)
    assert plain.tokens == []
    assert {token.pubkey for token in guarded.tokens} == {key.pubkey}
    assert all(token.values("t") == ["get"] for token in guarded.tokens)
    assert all(token.values("server") == ["127.0.0.1"] for token in guarded.tokens)
    assert {blob_id for token in guarded.tokens for blob_id in token.values("x")} == set(
        title.blobs
    )


@in_loop
async def test_a_cancelled_pull_leaves_nothing_half_done(harbour: Harbour) -> None:
    title = film(windows=20)
    stuck = asyncio.Event()

    class Stuck(Port):
        async def answer(self, request: Request) -> object:
            if len(self.asked) > 12:
                stuck.set()
                await asyncio.Event().wait()
            return await super().answer(request)

    async with open_ports(Stuck(dict(title.blobs))) as servers:
        task = asyncio.create_task(Puller(harbour.uploads).pull(title.root, servers, OPERATOR))
        await stuck.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert harbour.index.row(title.root) is None
