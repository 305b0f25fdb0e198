"""HTTP requests within time limits, over connections that are kept for reuse."""

from __future__ import annotations

import asyncio
import ssl
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import httpcore
import httpx
import msgspec

from blobhls.errors import FetchFailed
from blobhls.remote.addresses import AddressPolicy
from blobhls.remote.failures import ServerRefused, ServerSilent, refusal
from blobhls.remote.network import GuardedNetwork, Resolver
from blobhls.remote.urls import redirected, same_origin

_REDIRECTS: Final = 5
_REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
_MAX_IDLE: Final = 32  # idle connections
_IDLE_SECONDS: Final = 4.0  # seconds; many servers close idle connections after five
_CHUNKS_PER_TURN: Final = 64  # chunks after which other tasks get a turn
_EXTENSION_BYTES: Final = 1 << 20  # bytes between two extensions of the deadline
_AGENT: Final = b"blobhls"


class TimeLimits(msgspec.Struct, frozen=True):
    """How long other servers may take, in seconds, and how many exchanges may run at once."""

    connect: float = 10.0  # to resolve the name and connect
    first_byte: float = 30.0  # until all headers of the response have arrived
    working: float = 300.0  # the same where the server has to store or fetch a blob first
    idle: float = 30.0  # between two chunks of a body, either way
    whole: float = 60.0  # a whole exchange, and …
    slowest: int = 32 * 1024  # … one second more for each of these bytes of the body
    at_once: int = 16  # exchanges
    per_host: int = 6  # exchanges with one host


class Request(msgspec.Struct, frozen=True):
    """One request. A `body` is used only once: another attempt needs another request."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str] = {}  # without Host
    body: bytes | AsyncIterator[bytes] | None = None
    size: int = 0  # bytes of the body
    is_slow: bool = False  # the server has to do more than a look-up

    def redirected_to(self, url: httpx.URL) -> Request:
        """Return the same request for another URL; a token is only sent to its own server."""
        headers = dict(self.headers)
        if not same_origin(self.url, url):
            headers.pop("Authorization", None)
        return Request(self.method, url, headers)


class Response:
    """A response whose status and headers have arrived, but not its body."""

    def __init__(
        self,
        request: Request,
        response: httpcore.Response,
        limits: TimeLimits,
        deadline: asyncio.Timeout,
    ) -> None:
        self.url = request.url
        self.host = request.url.host
        self.status = response.status
        self._response = response
        self._slowest = limits.slowest
        self._deadline = deadline

    def header(self, name: str) -> str | None:
        """Return the first header of this name, stripped; None if there is none."""
        wanted = name.lower().encode("ascii")
        for key, value in self._response.headers:
            if key.lower() == wanted:
                return value.decode("utf-8", "replace").strip()
        return None

    @property
    def length(self) -> int | None:
        """Announced bytes of the body; None if missing or invalid."""
        text = self.header("content-length")
        return int(text) if text is not None and text.isascii() and text.isdigit() else None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body in chunks as they arrive; raises as `HttpClient.exchange` does."""
        uncounted = count = 0
        async for chunk in self._response.aiter_stream():
            yield chunk
            count += 1
            if count % _CHUNKS_PER_TURN == 0:
                # Chunks that arrived in one packet need no waiting: a body sent in single bytes
                # would block the event loop.
                await asyncio.sleep(0)
            uncounted += len(chunk)
            if uncounted >= _EXTENSION_BYTES:
                self._extend_deadline(uncounted)
                uncounted = 0

    async def read(self, max_bytes: int) -> bytes:
        """Return the whole body; raises `FetchFailed` if it has more than `max_bytes` bytes."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > max_bytes:
                raise FetchFailed(f"{self.host} sends a larger response than expected")
        return bytes(body)

    def refusal(self) -> ServerRefused:
        """Return the error for a response that is no success."""
        return refusal(self.host, self.status, self.header("x-reason"), self.header("retry-after"))

    def _extend_deadline(self, received: int) -> None:
        """Extend the deadline for bytes that were received."""
        when = self._deadline.when()
        if when is not None:
            self._deadline.reschedule(when + received / self._slowest)


class HttpClient:
    """Sends all requests of this process to other servers, under one `AddressPolicy`.

    It ignores proxies and all other settings of the environment, and keeps no cookies.
    """

    def __init__(self, policy: AddressPolicy, limits: TimeLimits, resolver: Resolver) -> None:
        self._limits = limits
        self._all = asyncio.Semaphore(limits.at_once)
        self._hosts: weakref.WeakValueDictionary[bytes, asyncio.Semaphore]
        self._hosts = weakref.WeakValueDictionary()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,  # the semaphores bound them
            max_keepalive_connections=_MAX_IDLE,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedNetwork(policy, resolver),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def exchange(self, request: Request) -> AsyncIterator[Response]:
        """Send one request and yield the response, whatever its status, redirects included.

        Raises `Forbidden` if the policy excludes the host, `ServerSilent` if it can't be reached,
        is too slow or disconnects, `FetchFailed` if it has no address or does not speak HTTP.
        """
        async with self._slot(request.url.raw_host):
            started = asyncio.get_running_loop().time()
            timeouts = self._timeouts(request)
            with _failures_mapped(request.url.host):
                async with (
                    asyncio.timeout_at(started + self._header_timeout(request)) as deadline,
                    self._pool.stream(
                        request.method,
                        _httpcore_url(request.url),
                        headers=_headers(request),
                        content=request.body,
                        extensions={"timeout": timeouts},
                    ) as response,
                ):
                    timeouts["read"] = self._limits.idle  # httpcore reads it when the body begins
                    deadline.reschedule(started + self._limits.whole + self._extra_seconds(request))
                    yield Response(request, response, self._limits, deadline)

    @asynccontextmanager
    async def follow_redirects(self, request: Request) -> AsyncIterator[Response]:
        """Send a `GET` or `HEAD` and yield the first response that is not a redirect.

        Each hop is checked like the first URL. Raises as `exchange` does, and `FetchFailed` for a
        sixth redirect, for a target that can't be fetched, and for a redirect from https to http.
        """
        for _ in range(1 + _REDIRECTS):
            async with self.exchange(request) as response:
                if response.status not in _REDIRECTIONS:
                    yield response
                    return
                request = request.redirected_to(
                    redirected(request.url, response.header("location"))
                )
        raise FetchFailed(f"{request.url.host} redirects too often")

    @asynccontextmanager
    async def _slot(self, host: bytes) -> AsyncIterator[None]:
        """Wait for a slot of this host, then for a general one: no slow host may hold them all."""
        of_host = self._hosts.get(host)
        if of_host is None:
            of_host = asyncio.Semaphore(self._limits.per_host)
            self._hosts[host] = of_host  # for as long as a task holds it or waits
        async with of_host, self._all:
            yield

    def _extra_seconds(self, request: Request) -> float:
        """Return the seconds that an exchange may take beyond `whole` before its body arrives."""
        working = self._limits.working if request.is_slow else 0.0
        return working + request.size / self._limits.slowest

    def _header_timeout(self, request: Request) -> float:
        """Return the seconds within which the headers of the response have to arrive."""
        limits = self._limits
        if request.is_slow:
            return limits.whole + self._extra_seconds(request)
        return limits.connect + limits.first_byte

    def _timeouts(self, request: Request) -> dict[str, float | None]:
        """Return httpcore's limits for single operations; `_header_timeout` is for all together."""
        limits = self._limits
        return {
            "connect": limits.connect,
            "read": limits.working if request.is_slow else limits.first_byte,
            "write": limits.idle,
            "pool": None,
        }


def _httpcore_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    # Host is set here because httpcore drops the brackets of an IPv6 address.
    headers = [(b"Host", request.url.netloc), (b"User-Agent", _AGENT), (b"Accept", b"*/*")]
    headers += [
        (name.encode("ascii"), value.encode("utf-8")) for name, value in request.headers.items()
    ]
    return headers


@contextmanager
def _failures_mapped(host: str) -> Iterator[None]:
    """Map failures of the connection to our errors; addresses and internals are not disclosed."""
    try:
        yield
    except (TimeoutError, httpcore.TimeoutException):
        raise ServerSilent(f"{host} did not answer in time") from None
    except httpcore.ConnectError as error:
        if _is_about_certificate(error):
            raise FetchFailed(f"{host} has no certificate that can be trusted") from error
        raise ServerSilent(f"{host} could not be reached") from error
    except httpcore.NetworkError as error:
        raise ServerSilent(f"{host} closed the connection") from error
    except httpcore.RemoteProtocolError as error:
        if "disconnected" in str(error) or "closed" in str(error):
            raise ServerSilent(f"{host} closed the connection") from error
        raise FetchFailed(f"{host} does not answer in valid HTTP/1.1") from error
    except httpcore.LocalProtocolError as error:
        raise FetchFailed(f"this request to {host} is not valid HTTP/1.1") from error


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
