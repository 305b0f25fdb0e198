"""A server that is killed while many upload: what was acknowledged is there (row 12)."""

from __future__ import annotations

import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from blobhls.blob import BlobId
from tests.system.blossom import ALICE, empty_home, staged, token
from tests.system.server import Home, Server, until

ROUNDS = 6
CLIENTS = 6
SIZES = (10, 1_000, 60_000, 200_000, 2_000_000)


class Uploader:
    """Uploads one blob after the other until the server stops answering."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.acknowledged: dict[BlobId, int] = {}  # and size in bytes

    def run(self, address: str, begun: threading.Barrier) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            begun.wait()
            try:
                while True:
                    self._upload(client)
            except httpx.TransportError:
                return

    def _upload(self, client: httpx.Client) -> None:
        size = self._random.choice(SIZES)
        data = self._random.randbytes(size)
        blob_id = BlobId.of(data)
        answer = client.put("/upload", content=data, headers=token("upload", blob_id))
        assert answer.status_code == 201, answer.text
        self.acknowledged[blob_id] = size


def kill_amid_uploads(server: Server, uploaders: list[Uploader], at_least: int) -> None:
    """Have all upload at once, and kill the server when enough blobs were acknowledged."""
    begun = threading.Barrier(len(uploaders))
    before = sum(len(uploader.acknowledged) for uploader in uploaders)
    with ThreadPoolExecutor(len(uploaders)) as pool:
        runs = [pool.submit(uploader.run, server.address, begun) for uploader in uploaders]
        try:
            until(
                lambda: sum(len(u.acknowledged) for u in uploaders) >= before + at_least,
                "uploads that are acknowledged",
            )
        finally:
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        for run in runs:
            run.result()


def assert_all_is_there(server: Server, uploaders: list[Uploader]) -> None:
    for uploader in uploaders:
        for blob_id, size in uploader.acknowledged.items():
            data = server.body(f"/{blob_id}")
            assert len(data) == size
            assert BlobId.of(data) == blob_id


def counts(home: Home) -> dict[str, int]:
    """Return what fsck found."""
    done = home.run("fsck")
    assert done.returncode == 0, done.stderr
    lines = (line.split(": ") for line in done.stdout.splitlines())
    return {kind: int(count) for kind, count in lines}


def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    home = empty_home(tmp_path)
    uploaders = [Uploader(seed) for seed in range(CLIENTS)]
    for number in range(ROUNDS):
        with home.serving("--upload-access", "open") as server:
            assert_all_is_there(server, uploaders)
            kill_amid_uploads(server, uploaders, at_least=5 + 7 * number)
        if number % 2:  # a start without a check in between has to do as well
            found = counts(home)
            assert (found["missing"], found["damaged"], found["lost"]) == (0, 0, 0)
            assert staged(home) == []
            assert counts(home) == dict.fromkeys(found, 0) | {"checked": found["checked"]}
    with home.serving("--upload-access", "open") as server:
        assert_all_is_there(server, uploaders)
        listed = page_by_page(server)
    known = {blob_id for uploader in uploaders for blob_id in uploader.acknowledged}
    # A blob whose acknowledgement did not arrive may be there too: one for each client and round.
    assert known <= listed
    assert len(listed - known) <= CLIENTS * ROUNDS


def page_by_page(server: Server) -> set[str]:
    found: list[str] = []
    while True:
        cursor = f"&cursor={found[-1]}" if found else ""
        page = server.json(f"/list/{ALICE.pubkey}?limit=100{cursor}")
        if not page:
            assert len(found) == len(set(found))
            return set(found)
        found += [each["sha256"] for each in page]
