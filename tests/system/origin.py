"""Small servers on loopback that blobs are fetched from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from blobhls.blob import BlobId


class Page(msgspec.Struct, frozen=True):
    """What stands at a path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = {}


class Origin:
    """Serves pages by path, and counts what it was asked. Extensions don't count."""

    def __init__(self) -> None:
        self.port = 0
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str]] = []  # method and path, as they came
        self.gate = threading.Event()  # answers wait for it
        self.gate.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add(self, data: bytes, media_type: str | None = None) -> BlobId:
        """Serve a blob at its hash."""
        blob_id = BlobId.of(data)
        headers = {} if media_type is None else {"Content-Type": media_type}
        self.pages[f"/{blob_id}"] = Page(data, headers=headers)
        return blob_id

    def count(self, method: str, path: str) -> int:
        return sum(asked == method and _bare(at) == path for asked, at in self.asked)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append((request.command, request.path))
        self.gate.wait(60)
        page = self.pages.get(_bare(request.path), Page(status=404))
        request.send_response(page.status)
        for name, text in page.headers.items():
            request.send_header(name, text)
        if "Content-Length" not in page.headers:
            request.send_header("Content-Length", str(len(page.body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(page.body)


def _bare(path: str) -> str:
    """Return a path without query and extension."""
    return path.partition("?")[0].partition(".")[0]


@contextmanager
def origin() -> Iterator[Origin]:
    """Serve an origin on a free port."""
    served = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def do_HEAD(self) -> None:
            served.answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            served.gate.set()
            server.shutdown()
            thread.join()
