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

from blobhls.app.station import Station, opened_station
from blobhls.nostr import SecretKey
from blobhls.remote import Fetcher, Reach, RemoteServer
from blobhls.settings import Settings
from blobhls.travel.pushing import Pusher
from blobhls.travel.trees import Tree, local_tree
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
    async with opened_station(settings) as station:
        tree = await _sealed(station, link)
        blobs = [each for stage in tree.stages for each in stage]
        files = [station.shelf.store.path(info.blob_id) for info in blobs]
        size = sum(info.size for info in blobs) / MB
        for _ in range(_TURNS):
            theirs.append(_theirs(files))
            ours.append(await _ours(station, tree))
    copying, hashing = (median(turn[n] for turn in theirs) for n in (0, 1))
    ratio = median(sum(turn) for turn in theirs) / median(ours)
    print(f"{len(blobs)} blobs, {size:.0f} MB, median of {_TURNS} turns, {load_line()}\n")
    print("| what | seconds |\n|---|---|")
    print(f"| `cp` | {copying:.2f} |")
    print(f"| `sha256sum` | {hashing:.2f} |")
    print(f"| push | {median(ours):.2f} |")
    print(f"| speed against both together | {ratio:.2f} (must be ≥ {_TARGET}) |")


async def _sealed(station: Station, link: Path) -> Tree:
    opened = await station.opener.open(await listed(station, link))
    root = await station.sealer.seal(opened)
    if root is None:
        raise SystemExit("it could not be sealed")
    return await local_tree(station.vault, station.shelf.blobs, root.blob_id)


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


async def _ours(station: Station, tree: Tree) -> float:
    """Return the seconds of a push to a server that has nothing yet."""
    with fresh_settings(workers=1) as other, command(other, "--upload-access=open") as (url, _):
        async with Fetcher(Reach.PRIVATE) as fetcher:
            pusher = Pusher(
                station.vault,
                RemoteServer(fetcher, url),
                SecretKey.new(),
                station.shelf.store.staging,
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
