"""A Blossom server that can be stopped at any step, and a nostr relay."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from websockets.sync.server import Server as RelayServer
from websockets.sync.server import ServerConnection, serve


class Keeper:
    """Keeps blobs in memory. One that has answered some requests with a body answers no more."""

    def __init__(self, blobs: dict[str, bytes] | None = None) -> None:
        self.blobs = dict(blobs or {})
        self.address = ""
        self.left: int | None = None  # blobs given and taken before it stops
        self.stopped = threading.Event()
        self.hangs = False  # when it stops: says nothing any more, instead of dying
        self._lock = threading.Lock()
        self._released = threading.Event()

    def is_over(self) -> bool:
        """Count one more blob, and say whether it was one too many."""
        with self._lock:
            if self.left is None:
                return False
            self.left -= 1
            return self.left < 0

    def stop_here(self) -> None:
        """Tell that it has stopped; where it hangs, stay there until it is released."""
        self.stopped.set()
        if self.hangs:
            self._released.wait()

    def release(self) -> None:
        """Answer everything again."""
        self.left = None
        self._released.set()

    def blob(self, link: str) -> bytes:
        """Return a blob; raises `LookupError`, as `walk_tree` wants it."""
        return self.blobs[link[:64]]


@contextmanager
def keeping(keeper: Keeper) -> Iterator[str]:
    """Serve on a free port; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._give(with_body=False)

        def do_GET(self) -> None:
            self._give(with_body=True)

        def do_PUT(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/upload":
                self._say(404, b"")
                return
            if keeper.is_over():
                keeper.stop_here()
                self.close_connection = True
                return
            blob_id = hashlib.sha256(data).hexdigest()
            keeper.blobs[blob_id] = data
            url = f"{keeper.address}/{blob_id}"
            self._say(201, msgspec.json.encode({"url": url, "sha256": blob_id, "size": len(data)}))

        def _give(self, *, with_body: bool) -> None:
            data = keeper.blobs.get(self.path[1:65])
            if data is None:
                self._say(404, b"")
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if with_body and keeper.is_over():
                self.wfile.write(data[: len(data) // 2])
                keeper.stop_here()
                self.close_connection = True
            elif with_body:
                self.wfile.write(data)

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Clients are killed here: connections end as they like."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        keeper.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield keeper.address
        finally:
            keeper.release()
            server.shutdown()
            thread.join()


class Relay:
    """What a relay was given."""

    def __init__(self, *, takes: bool = True) -> None:
        self.events: list[bytes] = []
        self._takes = takes

    def talk(self, connection: ServerConnection) -> None:
        """Serve one client."""
        for message in connection:
            _, event = msgspec.json.decode(message, type=tuple[str, msgspec.Raw])
            self.events.append(bytes(event))
            event_id = msgspec.json.decode(event)["id"]
            answer = ["OK", event_id, self._takes, "" if self._takes else "blocked: not here"]
            connection.send(msgspec.json.encode(answer).decode())


@contextmanager
def relaying(relay: Relay) -> Iterator[str]:
    """Serve on a free port; gives the address."""
    server: RelayServer
    with serve(relay.talk, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
