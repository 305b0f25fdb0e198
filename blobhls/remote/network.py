"""Connections to checked addresses only.

A name is resolved once per connection, every address found is checked, and the connection goes to
one of these same addresses. Checking a URL beforehand would not suffice: a second look-up may
return other addresses (DNS rebinding), and a redirect leads elsewhere anyway.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpcore

from blobhls.errors import FetchFailed, Forbidden
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.duplex_stream import DuplexStream
from blobhls.remote.failures import ServerSilent

# (host, port) → addresses, best first; raises `OSError` if there is none.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]

_LOOKUPS: Final = 8  # at once
_MAX_TRIED: Final = 4  # addresses of one name that are tried
_CONNECT_TIME: Final = 10.0  # seconds, where the caller sets no limit


class SystemResolver:
    """Resolves names as the operating system does, in threads of its own.

    The event loop's threads are not used: a few names whose DNS servers never answer would occupy
    all of them, and block all reading of files.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`; raises `OSError` if there is none."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, _look_up, host, port
        )
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Accept no more names; look-ups in progress are not awaited."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError as error:  # such as a label of more than 63 letters
        raise OSError("not a host name") from error
    return [str(where[0]) for *_, where in found]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """A network for `httpcore` that connects only to addresses that the policy allows.

    TLS is unaffected: server name and certificate are checked by the URL's host. Unix sockets are
    not supported.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        resolver: Resolver,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Create the network. `backend` opens the connections, to addresses only; for tests."""
        self._policy = policy
        self._resolver = resolver
        self._backend = backend or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a checked address of `host` within `timeout` seconds.

        Raises `Forbidden` if the policy excludes any address of the host, `FetchFailed` if it has
        none, `ServerSilent` if no connection can be made.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (_CONNECT_TIME if timeout is None else timeout)
        addresses = await self._checked_addresses(host, port, deadline)
        for tried, address in enumerate(addresses):
            share = (deadline - loop.time()) / (len(addresses) - tried)
            try:
                stream = await self._backend.connect_tcp(
                    address, port, max(share, 0.0), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return DuplexStream(stream)
        raise ServerSilent(f"{host} could not be reached")

    async def sleep(self, seconds: float) -> None:
        """Wait before another attempt to connect; called by `httpcore`."""
        await asyncio.sleep(seconds)

    async def _checked_addresses(self, host: str, port: int, deadline: float) -> list[str]:
        """Resolve `host` and return the addresses to try, all of them checked."""
        try:
            async with asyncio.timeout_at(deadline):
                found = await self._resolver(host, port)
        except TimeoutError:
            raise ServerSilent(f"{host} could not be looked up in time") from None
        except OSError:
            raise FetchFailed(f"{host} has no address") from None
        if not found:
            raise FetchFailed(f"{host} has no address")
        # All of them, not only those that are tried: a name with both public and private addresses
        # is an attack or a mistake.
        if not all(self._policy.allows(address) for address in found):
            raise Forbidden(f"{host} is not at an address that may be asked from here")
        return list(found[:_MAX_TRIED])
