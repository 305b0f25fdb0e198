"""Pushes in the background: their order, their outcomes, and their events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from blobhls.errors import BadRequest, Forbidden, RenditionUnknown
from blobhls.nostr import SecretKey
from blobhls.remote import AddressPolicy, Fetcher
from blobhls.transfer.push_tasks import Push, PushTasks, Sender
from blobhls.transfer.title_trees import TitleTrees
from tests.remote.wire import Request, in_loop, serving
from tests.resolver.stage import Stage
from tests.transfer.port import Port

KEY = SecretKey.new()


class Gate(Port):
    """A server that answers nothing until it is planned."""

    def __init__(self) -> None:
        super().__init__()
        self.planned = asyncio.Event()
        self.knocked = asyncio.Event()

    async def answer(self, request: Request) -> object:
        self.knocked.set()
        await self.planned.wait()
        return await super().answer(request)


@asynccontextmanager
async def sending(
    stage: Stage, *, reach: AddressPolicy = AddressPolicy.PRIVATE, key: SecretKey | None = KEY
) -> AsyncIterator[PushTasks]:
    """Give what pushes the titles of a stage."""
    async with Fetcher(reach) as fetcher:
        trees = TitleTrees(
            stage.vault, stage.repository, stage.catalogue, stage.plans, stage.sealer
        )
        sender = Sender(fetcher, key, None)
        pushes = PushTasks(stage.vault, trees, stage.sealer, sender, stage.repository.staging)
        try:
            yield pushes
        finally:
            await pushes.close()
            await stage.end()


async def told(pushes: PushTasks, wanted: Callable[[Push], bool]) -> Push:
    """Wait until a push reports a wanted state."""
    found: asyncio.Future[Push] = asyncio.get_running_loop().create_future()

    def look(push: Push) -> None:
        if wanted(push) and not found.done():
            found.set_result(push)

    for push in pushes.all():
        look(push)
    pushes.on_progress(look)
    async with asyncio.timeout(20):
        return await found


def is_over(push: Push) -> bool:
    return push.state in {"done", "failed", "cancelled"}


@in_loop
async def test_a_title_that_is_not_sealed_is_sealed_and_then_sent(stage: Stage) -> None:
    port = Port()
    async with sending(stage) as pushes, serving(port.answer) as server:
        planned = await stage.planned()
        states: list[str] = []
        pushes.on_progress(lambda push: states.append(push.state))
        pushes.start(planned, server.url)
        push = await told(pushes, is_over)
        assert list(dict.fromkeys(states)) == ["waiting", "sealing", "sending", "done"]
        assert (push.done, push.problem) == (push.total, None)
        root = await stage.sealer.root(planned)
        assert root is not None
        assert root.blob_id in port.blobs
        assert push.url == f"{server.url}/{root.blob_id}.m3u8"
        uri = push.uri
        assert uri is not None
        assert (uri.servers, uri.authors) == ((server.url,), (KEY.pubkey,))


@in_loop
async def test_a_rendition_that_is_not_sealed_is_sealed_first(stage: Stage) -> None:
    port = Port()
    async with sending(stage) as pushes, serving(port.answer) as server:
        planned = await stage.planned()
        await stage.sealer.seal(planned)
        pushes.start(planned, server.url, ["720p_h264"])
        assert (await told(pushes, is_over)).state == "done"
        root = await stage.sealer.root(planned)
        assert root is not None
        assert "720p_h264" in root.renditions
        assert root.blob_id in port.blobs


@in_loop
async def test_a_title_goes_to_one_server_after_the_other(stage: Stage) -> None:
    gate, port = Gate(), Port()
    async with (
        sending(stage) as pushes,
        serving(gate.answer) as first,
        serving(port.answer) as second,
    ):
        planned = await stage.planned()
        one = pushes.start(planned, first.url)
        other = pushes.start(planned, second.url)
        assert pushes.start(planned, f"{first.url}/") is one
        await gate.knocked.wait()
        assert (one.state, other.state, port.asked) == ("sending", "waiting", [])
        gate.planned.set()
        await told(pushes, lambda push: push is other and is_over(push))
        assert (one.state, other.state) == ("done", "done")
        assert pushes.all() == [other, one]


@in_loop
async def test_a_push_that_is_cancelled_ends_and_the_next_one_has_its_turn(stage: Stage) -> None:
    gate, port = Gate(), Port()
    async with (
        sending(stage) as pushes,
        serving(gate.answer) as first,
        serving(port.answer) as second,
    ):
        planned = await stage.planned()
        one = pushes.start(planned, first.url)
        other = pushes.start(planned, second.url)
        await gate.knocked.wait()
        await pushes.cancel(planned.video.video_id, first.url)
        assert one.state == "cancelled"
        await told(pushes, lambda push: push is other and is_over(push))
        assert other.state == "done"
        await pushes.cancel(planned.video.video_id)
        assert other.state == "done"
        gate.planned.set()


@in_loop
async def test_one_that_waits_can_be_cancelled_too(stage: Stage) -> None:
    async with sending(stage) as pushes:
        planned = await stage.planned()
        push = pushes.start(planned, "http://127.0.0.1:1")
        await pushes.cancel(planned.video.video_id)
        assert push.state == "cancelled"


@pytest.mark.parametrize("status", [402, 403, 413])
@in_loop
async def test_a_refusal_has_the_reason_of_the_server(stage: Stage, status: int) -> None:
    port = Port()
    port.refuses = lambda method, _: status if method == "/upload" else None
    async with sending(stage) as pushes, serving(port.answer) as server:
        pushes.start(await stage.planned(), server.url)
        push = await told(pushes, is_over)
        assert (push.state, push.url) == ("failed", None)
        assert push.problem == f"127.0.0.1 answered {status}: not for you"
        port.refuses = lambda *_: None
        again = pushes.start(await stage.planned(), server.url)
        assert pushes.all() == [again]
        await told(pushes, is_over)
        assert (again.state, again.problem) == ("done", None)


@in_loop
async def test_a_wrong_hash_of_an_upload_is_an_error(stage: Stage) -> None:
    port = Port()
    async with sending(stage) as pushes, serving(port.answer) as server:
        planned = await stage.planned()
        pushes.start(planned, server.url)
        await told(pushes, is_over)
        root = await stage.sealer.root(planned)
        assert root is not None
        port.blobs[root.blob_id] = bytes(len(port.blobs[root.blob_id]))
        pushes.start(planned, server.url)
        push = await told(pushes, is_over)
        assert "sends other bytes" in (push.problem or "")


@in_loop
async def test_a_server_at_home_is_out_of_reach_unless_the_operator_allows_it(
    stage: Stage,
) -> None:
    port = Port()
    async with sending(stage, reach=AddressPolicy.PUBLIC) as pushes, serving(port.answer) as server:
        pushes.start(await stage.planned(), server.url)
        push = await told(pushes, is_over)
        assert push.state == "failed"
        assert "is not at an address that may be asked from here" in (push.problem or "")
        assert port.asked == []


@in_loop
async def test_a_title_that_can_not_be_sealed_says_why(stage: Stage) -> None:
    async with sending(stage) as pushes:
        planned = await stage.planned()
        (stage.library / "Heat.mkv").unlink()
        pushes.start(planned, "http://127.0.0.1:1")
        push = await told(pushes, is_over)
        assert push.state == "failed"
        assert push.problem


@in_loop
async def test_what_makes_no_sense_is_refused_at_once(stage: Stage) -> None:
    async with sending(stage) as pushes, sending(stage, key=None) as keyless:
        planned = await stage.planned()
        with pytest.raises(BadRequest):
            pushes.start(planned, "https://cdn.example/path")
        with pytest.raises(RenditionUnknown):
            pushes.start(planned, "cdn.example", ["9999p_h264"])
        with pytest.raises(Forbidden, match="--key-file"):
            keyless.start(planned, "cdn.example")
        assert pushes.all() == []
        assert (pushes.pubkey, keyless.pubkey) == (KEY.pubkey, None)
