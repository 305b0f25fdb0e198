"""What slow readers cost the others: median latency of `GET` with and without 200 of them.

Run by hand: `python tests/bench/bench_slow_readers.py` where the package is installed. The real
command serves. A slow reader has asked for 32 MiB and takes 4 KiB of it every 50 ms, so that its
connection is always full; other clients read 64 KiB by turns, each on a connection that stays
open. The two situations take turns, so that what else the machine does meets both.
"""

from __future__ import annotations

import http.client
import multiprocessing
import selectors
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.synchronize import Event
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from blobhls.app.services import open_storage
from blobhls.blob import BlobInfo
from tests.bench.material import command, fresh_settings, load_line

_SLOW: Final = 200
_TAKEN: Final = 4096  # bytes at once
_PAUSE: Final = 0.05  # seconds
_LARGE: Final = 32 * 1024 * 1024
_SMALL: Final = 64 * 1024
_CLIENTS: Final = 4
_REQUESTS: Final = 2_000
_TURNS: Final = 5
_LIMIT: Final = 2.0


def main() -> None:
    """Measure in turns and print a table."""
    with fresh_settings() as settings:
        names = {}
        with open_storage(settings) as storage:
            for size in (_LARGE, _SMALL):
                data = (b"blobhls" * size)[:size]
                info = BlobInfo(storage.store.put(data), size, "video/mp2t")
                storage.blobs.add(info, pinned=True, now=time.time())
                names[size] = info.name
        with command(settings) as (address, _):
            place = urlsplit(address)
            port = place.port or 0
            _latencies(port, names[_SMALL])  # warms up
            alone, among = [], []
            for _ in range(_TURNS):
                alone += _latencies(port, names[_SMALL])
                with _slow_readers(port, names[_LARGE]):
                    among += _latencies(port, names[_SMALL])
    print(f"{_CLIENTS} readers of {_SMALL // 1024} KiB, {load_line()}\n")
    print("| slow readers | median | 95 % | 99 % |")
    print("|---|---|---|---|")
    for count, found in ((0, alone), (_SLOW, among)):
        parts = statistics.quantiles(found, n=100)
        print(
            f"| {count} | " + " | ".join(f"{parts[n] * 1000:.2f} ms" for n in (49, 94, 98)) + " |"
        )
    ratio = statistics.median(among) / statistics.median(alone)
    print(f"\nmedian with to without: {ratio:.2f} (limit {_LIMIT})")


def _latencies(port: int, name: str) -> list[float]:
    """Return the seconds that each of some requests took, over connections that take turns."""
    found = []
    with ExitStack() as stack:
        lines = [
            stack.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port)))
            for _ in range(_CLIENTS)
        ]
        for number in range(_REQUESTS):
            line = lines[number % _CLIENTS]
            begun = perf_counter()
            line.request("GET", f"/{name}")
            body = line.getresponse().read()
            found.append(perf_counter() - begun)
            if len(body) != _SMALL:
                raise SystemExit(f"{len(body)} bytes in place of {_SMALL}")
    return found


@contextmanager
def _slow_readers(port: int, name: str) -> Iterator[None]:
    """Keep slow readers until the block ends, in a process of their own."""
    context = multiprocessing.get_context("spawn")
    ready, over = context.Event(), context.Event()
    process = context.Process(target=_read_slowly, args=(port, name, ready, over))
    process.start()
    try:
        if not ready.wait(60):
            raise SystemExit("the slow readers did not begin")
        yield
    finally:
        over.set()
        process.join()


def _read_slowly(port: int, name: str, ready: Event, over: Event) -> None:
    with ExitStack() as stack:
        choice = stack.enter_context(selectors.DefaultSelector())
        lines = []
        for _ in range(_SLOW):
            line = stack.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _TAKEN)
            line.connect(("127.0.0.1", port))
            line.sendall(f"GET /{name} HTTP/1.1\r\nHost: slow\r\n\r\n".encode())
            choice.register(line, selectors.EVENT_READ)
            lines.append(line)
        for line in lines:
            line.recv(1)
        ready.set()
        while not over.wait(_PAUSE):
            for key, _ in choice.select(0):
                if isinstance(key.fileobj, socket.socket) and not key.fileobj.recv(_TAKEN):
                    raise SystemExit("a slow reader was left")


if __name__ == "__main__":
    main()
