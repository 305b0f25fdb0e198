"""Requests and answers within bounds of time, over connections that are kept for the next one."""

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
_KEPT: Final = 32  # idle connections
_KEPT_FOR: Final = 4.0  # seconds; many servers hang up after five
_BREATH: Final = 64  # pieces after which others have their turn
_LEEWAY: Final = 1 << 20  # bytes between two looks at the clock
_AGENT: Final = b"blobhls"


class TimeLimits(msgspec.Struct, frozen=True):
    """How long other servers may take, in seconds, and how many may be busy for us at once."""

    connect: float = 10.0  # to look the name up and connect
    first_byte: float = 30.0  # until all headers of the answer are there
    working: float = 300.0  # the same where the server has to store or fetch a blob first
    idle: float = 30.0  # between two pieces of a body, either way
    whole: float = 60.0  # one exchange from its start to its end, and …
    slowest: int = 32 * 1024  # … a second more for so many bytes of the body
    at_once: int = 16  # exchanges
    per_host: int = 6  # exchanges with one host


class Call(msgspec.Struct, frozen=True):
    """One request. A `body` is used once: another try needs another call."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str] = {}  # without Host
    body: bytes | AsyncIterator[bytes] | None = None
    size: int = 0  # bytes of the body
    works: bool = False  # the server has to do more than to look something up

    def elsewhere(self, url: httpx.URL) -> Call:
        """Return the same request for another URL; a token stays with the server it is for."""
        headers = dict(self.headers)
        if not same_origin(self.url, url):
            headers.pop("Authorization", None)
        return Call(self.method, url, headers)


class Response:
    """What a server answered: status and headers are there, the body is still to come."""

    def __init__(
        self, call: Call, response: httpcore.Response, bounds: TimeLimits, deadline: asyncio.Timeout
    ) -> None:
        self.url = call.url
        self.host = call.url.host
        self.status = response.status
        self._response = response
        self._slowest = bounds.slowest
        self._deadline = deadline

    def header(self, name: str) -> str | None:
        """Return the first header of this name, without blanks around; None if there is none."""
        wanted = name.lower().encode("ascii")
        for key, value in self._response.headers:
            if key.lower() == wanted:
                return value.decode("utf-8", "replace").strip()
        return None

    @property
    def length(self) -> int | None:
        """Bytes of the body as announced; None where they are not, or make no sense."""
        text = self.header("content-length")
        return int(text) if text is not None and text.isascii() and text.isdigit() else None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the body piece by piece as it comes; raises as `HttpClient.exchange` does."""
        uncounted = count = 0
        async for piece in self._response.aiter_stream():
            yield piece
            count += 1
            if count % _BREATH == 0:
                # Pieces that came in one packet take no waiting: a body chopped into single
                # bytes would keep the event loop for itself.
                await asyncio.sleep(0)
            uncounted += len(piece)
            if uncounted >= _LEEWAY:
                self._allow(uncounted)
                uncounted = 0

    async def read(self, most: int) -> bytes:
        """Return the whole body; raises `FetchFailed` if it has more than `most` bytes."""
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > most:
                raise FetchFailed(f"{self.host} answers more than makes sense")
        return bytes(body)

    def refusal(self) -> ServerRefused:
        """Return the error for an answer that is no success."""
        return refusal(self.host, self.status, self.header("x-reason"), self.header("retry-after"))

    def _allow(self, received: int) -> None:
        """Give the exchange more time for bytes that really came."""
        when = self._deadline.when()
        if when is not None:
            self._deadline.reschedule(when + received / self._slowest)


class HttpClient:
    """All requests of this process to other servers, by one `AddressPolicy`. A context manager.

    Neither proxies nor anything else of the environment is used, and no cookies are kept.
    """

    def __init__(self, reach: AddressPolicy, bounds: TimeLimits, resolver: Resolver) -> None:
        self._bounds = bounds
        self._all = asyncio.Semaphore(bounds.at_once)
        self._hosts: weakref.WeakValueDictionary[bytes, asyncio.Semaphore]
        self._hosts = weakref.WeakValueDictionary()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,  # the semaphores bound them
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEPT_FOR,
            network_backend=GuardedNetwork(reach, resolver),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    @asynccontextmanager
    async def exchange(self, call: Call) -> AsyncIterator[Response]:
        """Send one request and give the answer, whatever its status; redirects are answers too.

        Raises `Forbidden` if the host is out of reach, `ServerSilent` if it is not reached, too
        slow or breaks off, `FetchFailed` if it has no address or does not speak HTTP.
        """
        async with self._lane(call.url.raw_host):
            started = asyncio.get_running_loop().time()
            timeouts = self._timeouts(call)
            with _told_plainly(call.url.host):
                async with (
                    asyncio.timeout_at(started + self._patience(call)) as deadline,
                    self._pool.stream(
                        call.method,
                        _target(call.url),
                        headers=_headers(call),
                        content=call.body,
                        extensions={"timeout": timeouts},
                    ) as response,
                ):
                    timeouts["read"] = self._bounds.idle  # httpcore looks when the body begins
                    deadline.reschedule(started + self._bounds.whole + self._longer(call))
                    yield Response(call, response, self._bounds, deadline)

    @asynccontextmanager
    async def following(self, call: Call) -> AsyncIterator[Response]:
        """Send a `GET` or `HEAD` and give the first answer that is not a redirect.

        Each hop is checked like the first URL. Raises as `exchange` does, and `FetchFailed` for
        a sixth redirect, for one to what can't be fetched, and for one from https to http.
        """
        for _ in range(1 + _REDIRECTS):
            async with self.exchange(call) as answer:
                if answer.status not in _REDIRECTIONS:
                    yield answer
                    return
                call = call.elsewhere(redirected(call.url, answer.header("location")))
        raise FetchFailed(f"{call.url.host} redirects too often")

    @asynccontextmanager
    async def _lane(self, host: bytes) -> AsyncIterator[None]:
        """Wait for this host's turn, then for ours: one slow host must not hold all lanes."""
        of_host = self._hosts.get(host)
        if of_host is None:
            of_host = asyncio.Semaphore(self._bounds.per_host)
            self._hosts[host] = of_host  # for as long as somebody holds it or waits
        async with of_host, self._all:
            yield

    def _longer(self, call: Call) -> float:
        """Return the seconds that an exchange may take beyond `whole` before its body comes."""
        working = self._bounds.working if call.works else 0.0
        return working + call.size / self._bounds.slowest

    def _patience(self, call: Call) -> float:
        """Return the seconds within which the headers of the answer must be there."""
        bounds = self._bounds
        if call.works:
            return bounds.whole + self._longer(call)
        return bounds.connect + bounds.first_byte

    def _timeouts(self, call: Call) -> dict[str, float | None]:
        """Return what httpcore waits for at most, each time; `_patience` is for all together."""
        bounds = self._bounds
        return {
            "connect": bounds.connect,
            "read": bounds.working if call.works else bounds.first_byte,
            "write": bounds.idle,
            "pool": None,
        }


def _target(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _headers(call: Call) -> list[tuple[bytes, bytes]]:
    # Host is given here as httpcore forgets the brackets of an IPv6 address.
    headers = [(b"Host", call.url.netloc), (b"User-Agent", _AGENT), (b"Accept", b"*/*")]
    headers += [
        (name.encode("ascii"), value.encode("utf-8")) for name, value in call.headers.items()
    ]
    return headers


@contextmanager
def _told_plainly(host: str) -> Iterator[None]:
    """Say in a person's words what went wrong on the wire; addresses and internals stay here."""
    try:
        yield
    except (TimeoutError, httpcore.TimeoutException):
        raise ServerSilent(f"{host} did not answer in time") from None
    except httpcore.ConnectError as error:
        if _is_about_certificate(error):
            raise FetchFailed(f"{host} has no certificate that can be trusted") from error
        raise ServerSilent(f"{host} could not be reached") from error
    except httpcore.NetworkError as error:
        raise ServerSilent(f"{host} broke off the connection") from error
    except httpcore.RemoteProtocolError as error:
        if "disconnected" in str(error) or "closed" in str(error):
            raise ServerSilent(f"{host} broke off the connection") from error
        raise FetchFailed(f"{host} does not answer as HTTP/1.1 asks for") from error
    except httpcore.LocalProtocolError as error:
        raise FetchFailed(f"nothing could be sent to {host} that HTTP/1.1 allows") from error


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
