"""Push a sealed ten-minute film to a second blobhls on the same machine, against `cp` and hashing.

Run by hand: `python tests/bench/bench_push.py [--media FOLDER]` where the package is installed.
Needs `cp` and `sha256sum`. The two take turns, each into fresh folders with the disk at rest; the
ratio is of the medians. Ours includes asking for every blob before and after, tokens, the HTTP
between the two, hashing, syncing every blob to the disk, and reading the playlists back; theirs
syncs nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import uvloop

from blobhls.app.services import Services, open_services
from blobhls.nostr import SecretKey
from blobhls.remote import AddressPolicy, Fetcher, RemoteServer
from blobhls.settings import Settings
from blobhls.transfer.pusher import Pusher
from blobhls.transfer.trees import Tree, local_tree
from tests.bench.material import (
    MB,
    command,
    fresh_settings,
    listed,
    load_line,
    long_film,
    media_folder,
    settle,
    timed,
)

_TURNS: Final = 5
_TARGET: Final = 0.5


def main() -> None:
    """Print the table."""
    film = long_film(media_folder(__doc__), ".mkv")
    with fresh_settings() as settings:
        uvloop.run(_measured(settings, film))


async def _measured(settings: Settings, film: Path) -> None:
    link = settings.target_path / film.name
    link.symlink_to(film)
    theirs, ours = [], []
    async with open_services(settings) as services:
        tree = await _sealed(services, link)
        blobs = [each for stage in tree.stages for each in stage]
        files = [services.storage.store.path(info.blob_id) for info in blobs]
        size = sum(info.size for info in blobs) / MB
        for _ in range(_TURNS):
            theirs.append(_theirs(files))
            ours.append(await _ours(services, tree))
    copying, hashing = (median(turn[n] for turn in theirs) for n in (0, 1))
    ratio = median(sum(turn) for turn in theirs) / median(ours)
    print(f"{len(blobs)} blobs, {size:.0f} MB, median of {_TURNS} turns, {load_line()}\n")
    print("| what | seconds |\n|---|---|")
    print(f"| `cp` | {copying:.2f} |")
    print(f"| `sha256sum` | {hashing:.2f} |")
    print(f"| push | {median(ours):.2f} |")
    print(f"| speed against both together | {ratio:.2f} (must be ≥ {_TARGET}) |")


async def _sealed(services: Services, link: Path) -> Tree:
    opened = await services.plans.open(await listed(services, link))
    root = await services.sealer.seal(opened)
    if root is None:
        raise SystemExit("it could not be sealed")
    return await local_tree(services.vault, services.storage.repository, root.blob_id)


def _theirs(files: list[Path]) -> tuple[float, float]:
    """Return the seconds of copying and of hashing."""
    with tempfile.TemporaryDirectory() as folder:
        settle()
        copying = timed(lambda: subprocess.run(["cp", *files, folder], check=True))
        copies = sorted(Path(folder).iterdir())
        hashing = timed(
            lambda: subprocess.run(["sha256sum", *copies], check=True, stdout=subprocess.DEVNULL)
        )
        return copying, hashing


async def _ours(services: Services, tree: Tree) -> float:
    """Return the seconds of a push to a server that has nothing yet."""
    with fresh_settings(workers=1) as other, command(other, "--upload-access=open") as (url, _):
        async with Fetcher(AddressPolicy.PRIVATE) as fetcher:
            pusher = Pusher(
                services.vault,
                RemoteServer(fetcher, url),
                SecretKey.new(),
                services.storage.store.staging,
            )
            settle()
            start = perf_counter()
            pushed = await pusher.push(tree, lambda _: None)
            seconds = perf_counter() - start
    if pushed.uploaded != tree.count:
        raise SystemExit("something was there before")
    return seconds


if __name__ == "__main__":
    if shutil.which("cp") is None or shutil.which("sha256sum") is None:
        raise SystemExit("needs cp and sha256sum")
    main()
