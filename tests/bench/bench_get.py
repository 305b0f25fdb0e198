"""Read blobs over HTTP: one server process against one nginx worker, same bytes, same client.

Run by hand: `python tests/bench/bench_get.py` where the package is installed (or PYTHONPATH=.).
Needs `nginx` and `wrk`. The two take turns, so that what else the machine does meets both; the
ratio is of the medians.
"""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn

from blobhls.blob import BlobId, BlobInfo
from blobhls.blossom.asgi import Receive, Scope, Send
from blobhls.blossom.reading import BlobReading
from blobhls.errors import BlobMissing
from blobhls.store.base import OpenBlob
from blobhls.store.local import LocalStore

_SIZES: Final = {"1 KiB": 1024, "2 MiB": 2 * 1024 * 1024}
_TARGETS: Final = {"1 KiB": 0.25, "2 MiB": 0.6}
_TURNS: Final = 3
_SECONDS: Final = 3

_NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


class StoreSource:
    """What is in the store, as MPEG-TS. Sizes come from memory, as they do from a warm index."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._infos = {
            blob_id: BlobInfo(blob_id, store.stat(blob_id), "video/mp2t") for blob_id in store.ids()
        }

    def peek(self, blob_id: BlobId) -> OpenBlob | None:
        info = self._infos.get(blob_id)
        return OpenBlob(info, self._store.open(blob_id)) if info else None

    async def stat(self, blob_id: BlobId) -> BlobInfo:
        return self._infos[blob_id]

    async def open(self, blob_id: BlobId) -> OpenBlob:
        raise BlobMissing(blob_id)


async def _nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """The fallback; never reached."""


def serve(port: int, folder: Path) -> None:
    """Run the server under test."""
    app = BlobReading(StoreSource(LocalStore(folder)), _nothing_else)
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(port: int, *command: str) -> Iterator[None]:
    with subprocess.Popen(command) as process:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield
        finally:
            process.terminate()


def _wrk(url: str) -> tuple[float, float]:
    """Return requests/s and bytes/s."""
    command = ["wrk", "-c16", "-t1", f"-d{_SECONDS}", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(text)
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s), ", text)
    transfer = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if found is None or transfer is None or rate is None:
        raise SystemExit(text)
    factor = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[transfer[2]]
    return float(rate[1]), float(transfer[1]) * factor


def main() -> None:
    """Measure in turns and print a table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "files").mkdir()
        store = LocalStore(folder / "store")
        names = {}
        for label, size in _SIZES.items():
            data = (b"blobhls" * size)[:size]
            blob_id = store.put(data)
            names[label] = f"{blob_id}.ts"
            (folder / "files" / names[label]).write_bytes(data)
        ours, nginx = _free_port(), _free_port()
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, port=nginx))
        with (
            _running(ours, sys.executable, __file__, "--serve", str(ours), str(folder / "store")),
            _running(nginx, "nginx", "-c", str(config), "-p", str(folder)),
        ):
            _table(ours, nginx, names)


def _table(ours: int, nginx: int, names: dict[str, str]) -> None:
    print("| blob | blobhls req/s | nginx req/s | blobhls MB/s | nginx MB/s | ratio | target |")
    print("|---|---|---|---|---|---|---|")
    for label, name in names.items():
        runs: dict[int, list[tuple[float, float]]] = {ours: [], nginx: []}
        for _ in range(_TURNS):
            for port, results in runs.items():
                results.append(_wrk(f"http://127.0.0.1:{port}/{name}"))
        rates = {port: statistics.median(run[0] for run in runs[port]) for port in runs}
        flows = {port: statistics.median(run[1] for run in runs[port]) for port in runs}
        ratio = rates[ours] / rates[nginx] if label == "1 KiB" else flows[ours] / flows[nginx]
        print(
            f"| {label} | {rates[ours]:.0f} | {rates[nginx]:.0f} | {flows[ours] / 1e6:.0f} "
            f"| {flows[nginx] / 1e6:.0f} | {ratio:.2f} | {_TARGETS[label]} |"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]), Path(sys.argv[3]))
    elif shutil.which("nginx") is None or shutil.which("wrk") is None:
        raise SystemExit("needs nginx and wrk")
    else:
        main()
