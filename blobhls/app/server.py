"""The socket, the server in its event loop, and a graceful shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, cast

import uvicorn
import uvloop

from blobhls.app.asgi import build_app
from blobhls.app.background import run_background
from blobhls.app.http.limits import ConnectionLimits, raise_descriptor_limit, with_room
from blobhls.app.http.protocol import BoundedHttpProtocol, sweep
from blobhls.app.password import read_password, warn_if_open
from blobhls.app.services import open_services
from blobhls.errors import ConfigError
from blobhls.nostr import SecretKey
from blobhls.settings import Settings
from blobhls.tasks import BackgroundTasks

_GRACE: Final = 2  # seconds that open requests get when the server ends
_BACKLOG: Final = 1024
_TICKS: Final = 10  # of a tenth of a second, between two sweeps


def serve(
    settings: Settings,
    *,
    key: SecretKey | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Raises `ConfigError`.

    `key` signs pushes; `on_ready` is called with the address.
    """
    password = read_password(settings.password_file)
    with (
        _listening(settings.host, settings.port) as listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        warn_if_open(listener, password, can_push=key is not None)
        runner.run(_serve(settings, password, key, listener, on_ready))


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on the socket. This is done first, so that a used port is reported at once."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"can't use host {host}: {error.strerror}") from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError as error:
            raise ConfigError(f"can't listen on {host}:{port}: {error.strerror}") from error
        yield listener


async def _serve(
    settings: Settings,
    password: str | None,
    key: SecretKey | None,
    listener: socket.socket,
    on_ready: Callable[[str], None] | None,
) -> None:
    limits = with_room(raise_descriptor_limit(), ConnectionLimits())
    async with open_services(settings, key) as services:
        server = _Server(
            uvicorn.Config(
                build_app(services, password),
                # uvicorn only calls it; its annotation is narrower
                http=cast("type[asyncio.Protocol]", partial(BoundedHttpProtocol, limits=limits)),
                ws="none",
                lifespan="off",
                proxy_headers=False,  # the address of the client is that of the connection
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE + 1,
            ),
            services.broadcaster.close,
        )
        server.handle_signals()
        background = BackgroundTasks()
        background.start(run_background(services, services.notifier.note_scan))
        for service in (services.notifier, services.evictor, services.uploads):
            background.start(service.watch())
        if on_ready is not None:
            on_ready(_url(listener))
        try:
            await server.serve(sockets=[listener])
        finally:
            await background.cancel()


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class _Server(uvicorn.Server):
    """A uvicorn server that ends on a signal, so that the services can be closed afterwards.

    uvicorn raises a caught signal again once it has ended, before the workers are ended.
    """

    def __init__(self, config: uvicorn.Config, on_end: Callable[[], None]) -> None:
        """`on_end` is called when the shutdown begins, to end endless streams."""
        super().__init__(config)
        self._on_end = on_end

    def handle_signals(self) -> None:
        """End on SIGTERM or SIGINT; the second one does not wait for open requests."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._end)

    def _end(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Check the connections regularly."""
        if counter % _TICKS == 0:
            sweep(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; connections with open requests are aborted after a grace period.

        uvicorn would cancel the requests instead, and log each of them as an error.
        """
        self._on_end()
        end = asyncio.get_running_loop().call_later(_GRACE, self._abort_connections)
        await super().shutdown(sockets)
        end.cancel()

    def _abort_connections(self) -> None:
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
