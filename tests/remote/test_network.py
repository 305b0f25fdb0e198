"""Connections only go to checked addresses, whatever a later look-up returns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpcore
import pytest

from blobhls.errors import BadRequest, FetchFailed, Forbidden
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.client import TimeLimits
from blobhls.remote.failures import ServerSilent
from blobhls.remote.fetcher import Fetcher
from blobhls.remote.network import GuardedNetwork, SystemResolver
from tests.remote.wire import Request, in_loop, serving

LOOPBACK_FORMS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://①②⑦.0.0.1:{port}/",
]


class Names:
    """A resolver with prepared answers in sequence; the last one repeats."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Dialled(httpcore.AsyncNetworkBackend):
    """Records the addresses of connections; `dead` addresses don't answer."""

    def __init__(self, dead: Iterable[str] = ()) -> None:
        self._dead = frozenset(dead)
        self.addresses: list[str] = []

    async def connect_tcp(self, host: str, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        if host in self._dead:
            raise httpcore.ConnectError
        return httpcore.AsyncMockStream([])


async def good(request: Request) -> object:
    await request.answer(200, b"x", connection="close")
    return None


@pytest.mark.parametrize("form", LOOPBACK_FORMS)
@in_loop
async def test_no_spelling_of_loopback_passes_the_public_policy(form: str, tmp_path: Path) -> None:
    async with serving(good) as server, Fetcher(AddressPolicy.PUBLIC) as fetcher:
        with pytest.raises((Forbidden, BadRequest, FetchFailed)) as caught:
            await fetcher.fetch(form.format(port=server.port), tmp_path / "x", most=10)
        assert not isinstance(caught.value, ServerSilent)  # it was not even tried
        assert server.connections == 0
    assert not (tmp_path / "x").exists()


@in_loop
async def test_errors_do_not_disclose_the_address_behind_a_name(tmp_path: Path) -> None:
    async with Fetcher(AddressPolicy.PUBLIC, resolver=Names(["10.9.8.7"])) as fetcher:
        with pytest.raises(Forbidden) as caught:
            await fetcher.fetch("http://inside.example/x", tmp_path / "x", most=10)
    assert "10.9.8.7" not in str(caught.value)


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0"])
@in_loop
async def test_one_excluded_address_refuses_the_whole_name(inside: str) -> None:
    dialled = Dialled()
    network = GuardedNetwork(AddressPolicy.PUBLIC, Names(["8.8.8.8", inside]), dialled)
    with pytest.raises(Forbidden):
        await network.connect_tcp("mixed.example", 80)
    assert dialled.addresses == []


@in_loop
async def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    dialled, names = Dialled(), Names(["8.8.8.8"], ["127.0.0.1"])
    network = GuardedNetwork(AddressPolicy.PUBLIC, names, dialled)
    await network.connect_tcp("rebinding.example", 80)
    assert dialled.addresses == ["8.8.8.8"]
    assert names.asked == ["rebinding.example"]
    with pytest.raises(Forbidden):
        await network.connect_tcp("rebinding.example", 80)
    assert dialled.addresses == ["8.8.8.8"]


@in_loop
async def test_a_reconnect_is_checked_again(tmp_path: Path) -> None:
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with serving(good) as server, Fetcher(AddressPolicy.PRIVATE, resolver=names) as fetcher:
        url = f"http://rebinding.example:{server.port}/x"
        await fetcher.fetch(url, tmp_path / "first", most=10)
        assert server.requests[0].headers["host"] == f"rebinding.example:{server.port}"
        with pytest.raises(Forbidden):
            await fetcher.fetch(url, tmp_path / "second", most=10)
    assert not (tmp_path / "second").exists()


@in_loop
async def test_the_next_address_is_tried_if_one_is_dead() -> None:
    dialled = Dialled(dead=["2606:4700::1", "8.8.8.8"])
    network = GuardedNetwork(
        AddressPolicy.PUBLIC, Names(["2606:4700::1", "8.8.8.8", "1.1.1.1"]), dialled
    )
    await network.connect_tcp("cdn.example", 80)
    assert dialled.addresses == ["2606:4700::1", "8.8.8.8", "1.1.1.1"]


@in_loop
async def test_a_name_with_only_dead_addresses_is_silent() -> None:
    network = GuardedNetwork(AddressPolicy.PUBLIC, Names(["8.8.8.8"]), Dialled(dead=["8.8.8.8"]))
    with pytest.raises(ServerSilent):
        await network.connect_tcp("cdn.example", 80)


@in_loop
async def test_a_name_without_an_address_is_a_failed_fetch(tmp_path: Path) -> None:
    async with Fetcher(AddressPolicy.PUBLIC, resolver=Names([])) as fetcher:
        with pytest.raises(FetchFailed, match=r"nowhere\.example has no address"):
            await fetcher.fetch("http://nowhere.example/", tmp_path / "x", most=10)


@in_loop
async def test_an_endless_look_up_times_out(tmp_path: Path) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with Fetcher(AddressPolicy.PUBLIC, TimeLimits(connect=0.01), never) as fetcher:
        with pytest.raises(ServerSilent):
            await fetcher.fetch("http://slow.example/", tmp_path / "x", most=10)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b"])
@in_loop
async def test_an_invalid_host_name_has_no_address(host: str) -> None:
    resolver = SystemResolver()
    try:
        with pytest.raises(OSError, match=r".*"):
            await resolver(host, 80)
    finally:
        resolver.close()


@in_loop
async def test_proxies_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with serving(good) as proxy, serving(good) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with Fetcher(AddressPolicy.PRIVATE) as fetcher:
            await fetcher.fetch(server.url, tmp_path / "x", most=10)
        assert proxy.connections == 0
