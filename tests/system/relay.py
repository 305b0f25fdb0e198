"""A small nostr relay on loopback, which serves its events to every client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from websockets.sync.server import ServerConnection, serve

from blobhls.nostr import Event


class Relay:
    """Gives all its events to every question by their author and kind (NIP-01)."""

    def __init__(self) -> None:
        self.port = 0
        self.events: list[Event] = []
        self.asked = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def talk(self, socket: ServerConnection) -> None:
        for frame in socket:
            label, name, *filters = msgspec.json.decode(frame)
            if label != "REQ":
                continue
            self.asked += 1
            for event in self.events:
                socket.send(msgspec.json.encode(["EVENT", name, event]).decode())
            assert filters
            socket.send(msgspec.json.encode(["EOSE", name]).decode())


@contextmanager
def relay() -> Iterator[Relay]:
    """Serve a relay on a free port."""
    served = Relay()
    with serve(served.talk, "127.0.0.1", 0) as server:
        served.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
