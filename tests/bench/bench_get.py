"""Read blobs over HTTP: the real command against one nginx worker, same bytes, same client.

Run by hand: `python tests/bench/bench_get.py` where the package is installed. Needs `nginx` and
`wrk`, which uses one thread and 16 connections. The two take turns, so that what else the machine
does meets both; the ratio is of the medians.
"""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from blobhls.app.services import open_storage
from blobhls.blob import BlobInfo
from tests.bench.material import command, fresh_settings, load_line

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
    with fresh_settings() as settings, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "files").mkdir()
        names = {}
        with open_storage(settings) as storage:
            for label, size in _SIZES.items():
                data = (b"blobhls" * size)[:size]
                info = BlobInfo(storage.store.put(data), size, "video/mp2t")
                storage.blobs.add(info, pinned=True, now=time.time())
                names[label] = info.name
                (folder / "files" / info.name).write_bytes(data)
        nginx = _free_port()
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(folder=folder, port=nginx))
        with (
            command(settings) as (ours, _),
            _running(nginx, "nginx", "-c", str(config), "-p", str(folder)),
        ):
            print(f"one process each, {load_line()}\n")
            _table(ours, f"http://127.0.0.1:{nginx}", names)


def _table(ours: str, nginx: str, names: dict[str, str]) -> None:
    print("| blob | blobhls req/s | nginx req/s | blobhls MB/s | nginx MB/s | ratio | target |")
    print("|---|---|---|---|---|---|---|")
    for label, name in names.items():
        runs: dict[str, list[tuple[float, float]]] = {ours: [], nginx: []}
        for _ in range(_TURNS):
            for address, results in runs.items():
                results.append(_wrk(f"{address}/{name}"))
        rates = {where: statistics.median(run[0] for run in runs[where]) for where in runs}
        flows = {where: statistics.median(run[1] for run in runs[where]) for where in runs}
        ratio = rates[ours] / rates[nginx] if label == "1 KiB" else flows[ours] / flows[nginx]
        print(
            f"| {label} | {rates[ours]:.0f} | {rates[nginx]:.0f} | {flows[ours] / 1e6:.0f} "
            f"| {flows[nginx] / 1e6:.0f} | {ratio:.2f} | {_TARGETS[label]} |"
        )


if __name__ == "__main__":
    if shutil.which("nginx") is None or shutil.which("wrk") is None:
        raise SystemExit("needs nginx and wrk")
    main()
