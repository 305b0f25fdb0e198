"""Uploads: many small ones, one large one, and the check of a token.

Run by hand: `python tests/bench/bench_put.py` where the package is installed; set
`BLOBHLS_BENCH_DIR` to choose the disk. The real command serves; the clients, in a process of their
own, send signed requests that were written beforehand, over 16 connections. Beside it a bare loop
writes, syncs and renames the same files on the same disk, and `sha256sum` reads the large one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import secrets
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.synchronize import Event as _Event
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey, check_token, make_authorization, read_authorization
from blobhls.settings import Settings
from tests.bench.material import MB, command, fresh_settings, load_line, settle, timed

_SMALL: Final = 1024  # bytes
_COUNT: Final = 3_000  # small uploads a turn
_CONNECTIONS: Final = 16
_TURNS: Final = 3
_LARGE: Final = 1 << 30  # bytes
_PIECE: Final = 1 << 20
_CHECKS: Final = 3_000
_FLAGS: Final = ("--upload-access=open", "--rate-limit=none", "--max-blob-size=none")


def main() -> None:
    """Print the tables."""
    print(f"{load_line()}\n")
    _small()
    _large()
    _token()


def _small() -> None:
    print("| 1 KiB blobs, 16 connections | blobhls/s | bare loop/s | ratio |\n|---|---|---|---|")
    with fresh_settings() as settings, command(settings, *_FLAGS) as (address, _):
        folder = settings.db.parent / "bare"
        folder.mkdir()
        ours, bare = [], []
        for _ in range(_TURNS):
            bodies = [secrets.token_bytes(_SMALL) for _ in range(_COUNT)]
            bare.append(_COUNT / timed(lambda b=bodies: _bare_loop(folder, b)))  # type: ignore[misc]
            settle()
            requests = [_request(address, body, len(body)) + body for body in bodies]
            ours.append(_COUNT / _in_another_process(_send_all, address, requests))
            settle()
    rates = statistics.median(ours), statistics.median(bare)
    print(f"| PUT /upload | {rates[0]:.0f} | {rates[1]:.0f} | {rates[0] / rates[1]:.2f} |\n")


def _bare_loop(folder: Path, bodies: Sequence[bytes]) -> None:
    """Write, sync and rename, one after the other."""
    for number, body in enumerate(bodies):
        part = folder / f"{number}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(descriptor, body)
        os.fsync(descriptor)
        os.close(descriptor)
        part.rename(folder / str(number))


def _large() -> None:
    print("| one blob of 1 GiB | seconds | MB/s |\n|---|---|---|")
    with fresh_settings() as settings, command(settings, *_FLAGS) as (address, server):
        film = _large_file(settings)
        summing = statistics.median(timed(lambda: _sha256sum(film)) for _ in range(_TURNS))
        blob_id = BlobId(_sha256sum(film))
        settle()
        head = _request(address, b"", _LARGE, blob_id)
        before = _resident(server)
        taken = _in_another_process(_send_file, address, (head, str(film)))
        growth = _peak(server) - before
    for what, seconds in (("PUT /upload", taken), ("sha256sum", summing)):
        print(f"| {what} | {seconds:.2f} | {_LARGE / seconds / MB:.0f} |")
    print(f"\nratio {summing / taken:.2f} (must be ≥ 0.6), ", end="")
    print(f"memory of the server grew by {growth:.0f} MB at most (≤ 32)\n")


def _large_file(settings: Settings) -> Path:
    film = settings.db.parent / "large"
    block = secrets.token_bytes(_PIECE)
    with film.open("wb") as file:
        for number in range(_LARGE // _PIECE):
            file.write(number.to_bytes(8, "big") + block[8:])
    settle()
    return film


def _sha256sum(path: Path) -> str:
    done = subprocess.run(["sha256sum", path], check=True, capture_output=True, text=True)
    return done.stdout.split()[0]


def _token() -> None:
    key = SecretKey.new()
    header = make_authorization(key, "upload", [BlobId.of(b"x")], host="localhost", now=time.time())

    def check_all() -> None:
        for _ in range(_CHECKS):
            check_token(read_authorization(header), "upload", ("localhost",), time.time())

    spent = timed(check_all) / _CHECKS * 1e6
    print(f"token check: {spent:.0f} µs (must be ≤ 150)")


def _request(address: str, body: bytes, size: int, blob_id: BlobId | None = None) -> bytes:
    """Return the head of a signed request."""
    blob_id = blob_id or BlobId.of(body)
    where = urlsplit(address)
    token = make_authorization(
        _KEY, "upload", [blob_id], host=where.hostname or "", now=time.time()
    )
    lines = (
        "PUT /upload HTTP/1.1",
        f"Host: {where.netloc}",
        f"Authorization: {token}",
        "Content-Type: application/octet-stream",
        f"X-SHA-256: {blob_id}",
        f"Content-Length: {size}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _in_another_process(work: Callable[..., None], address: str, what: object) -> float:
    """Return how many seconds it takes there, without what it takes to get there."""
    context = multiprocessing.get_context("spawn")
    ready, go, done = context.Event(), context.Event(), context.Event()
    process = context.Process(target=_wait_and, args=(work, address, what, ready, go, done))
    process.start()
    ready.wait()
    start = time.perf_counter()
    go.set()
    done.wait()
    spent = time.perf_counter() - start
    process.join()
    if process.exitcode:
        raise SystemExit("the clients failed")
    return spent


def _wait_and(
    work: Callable[..., None], address: str, what: object, ready: _Event, go: _Event, done: _Event
) -> None:
    ready.set()
    go.wait()
    try:
        work(address, what)
    finally:
        done.set()


def _send_all(address: str, requests: Sequence[bytes]) -> None:
    asyncio.run(_sent(address, requests))


async def _sent(address: str, requests: Sequence[bytes]) -> None:
    waiting = iter(requests)
    await asyncio.gather(*(_client(address, waiting) for _ in range(_CONNECTIONS)))


async def _client(address: str, waiting: Iterator[bytes]) -> None:
    where = urlsplit(address)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    for request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise SystemExit(head.decode())
        found = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(found[1]) if found else 0)
    writer.close()


def _send_file(address: str, what: tuple[bytes, str]) -> None:
    head, path = what
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(head)
        with Path(path).open("rb") as file:
            connection.sendfile(file)
        answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 201"):
        raise SystemExit(answer.decode())


def _resident(process: int) -> float:
    return _status(process, "VmRSS")


def _peak(process: int) -> float:
    return _status(process, "VmHWM")


def _status(process: int, field: str) -> float:
    """Return a field of `/proc/<pid>/status` in MB."""
    text = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(rf"{field}:\s+(\d+) kB", text)
    return int(found[1]) * 1024 / MB if found else 0.0


_KEY: Final = SecretKey.new()


if __name__ == "__main__":
    main()
