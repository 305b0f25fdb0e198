"""The whole server in a thread of the test, where one of its parts can be another."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from blobhls.app.asgi import build_app
from blobhls.app.http.protocol import BoundedHttpProtocol
from blobhls.app.services import Services, open_services
from blobhls.blossom.access import Charge, charge_nothing
from blobhls.settings import load
from tests.system.server import Home


class Inside:
    """A running server: its parts, and how to talk to it."""

    def __init__(self, services: Services, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self.services = services
        self.loop = loop
        self.address = address
        self.client = httpx.Client(base_url=address, timeout=60)


@contextmanager
def inside(home: Home, charge: Charge = charge_nothing, **settings: str) -> Iterator[Inside]:
    """Serve a home from this process, open for uploads unless `settings` say otherwise."""
    paths = {"target_path": home.library, "db": home.db, "cache_path": home.blobs}
    given = {name: str(path) for name, path in paths.items()}
    loaded = load({"upload_access": "open", "workers": "1", **given, **settings}, {})
    ready = threading.Event()
    found: list[Inside] = []
    servers: list[uvicorn.Server] = []

    async def serve(listening: socket.socket) -> None:
        async with open_services(loaded) as services:
            config = uvicorn.Config(
                build_app(services, charge=charge),
                http=BoundedHttpProtocol,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
            )
            servers.append(uvicorn.Server(config))
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            found.append(Inside(services, asyncio.get_running_loop(), address))
            ready.set()
            await servers[0].serve(sockets=[listening])

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            try:
                asyncio.run(serve(listening))
            finally:
                ready.set()

        thread = threading.Thread(target=run)
        thread.start()
        ready.wait()
        try:
            with found[0].client:
                yield found[0]
        finally:
            for server in servers:
                server.should_exit = True
            thread.join()
