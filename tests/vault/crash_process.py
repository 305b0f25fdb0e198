"""A process that changes blobs and dies at one step, as by `kill -9`: `<folder> <step> <when>`.

`step`: `store.<method>` or `index.<method>`; `when`: `before` or `after` it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from blobhls.blob import BlobId, BlobInfo
from tests.vault.bench import Bench

KEPT = b"kept"
ADDED = b"added"
DROPPED = b"dropped"
EVICTED = b"evicted"


async def add(bench: Bench, data: bytes) -> None:
    info = BlobInfo(BlobId.of(data), len(data), "text/plain")
    await bench.repository.add(data, info, partial(bench.index.add, info, pinned=False, now=1.0))


async def change(bench: Bench, owner: object, name: str, when: str) -> None:
    for data in (KEPT, DROPPED, EVICTED):
        await add(bench, data)
    real = getattr(owner, name)

    def die(*args: Any, **options: Any) -> None:  # noqa: ANN401 - whatever the method takes
        if when == "after":
            real(*args, **options)
        os._exit(9)

    setattr(owner, name, die)
    if name == "sync":
        bench.access._committer._sync = die
    await add(bench, ADDED)
    await bench.repository.drop(BlobId.of(DROPPED), keep_row=False)
    await bench.repository.drop(BlobId.of(EVICTED), keep_row=True)


def main(folder: str, step: str, when: str) -> None:
    bench = Bench(Path(folder))
    where, _, name = step.partition(".")
    asyncio.run(change(bench, getattr(bench, where), name, when))


if __name__ == "__main__":
    main(*sys.argv[1:])
