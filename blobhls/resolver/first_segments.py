"""The first segment of a title that nobody has opened before, made as the title is looked at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from blobhls import recipe as recipes
from blobhls.errors import BlobhlsError
from blobhls.media.results import FirstSegment
from blobhls.vault import Vault

_log: Final = logging.getLogger(__name__)


class Beginnings:
    """Takes what a worker cut unasked into the vault. To be used from one event loop."""

    def __init__(self, vault: Vault, staging: Callable[[], Path]) -> None:
        """`staging` gives paths where workers may write."""
        self._vault = vault
        self.staging = staging
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, begun: FirstSegment | None, staged: Path) -> None:
        """Keep a first segment, beside everything else; who asks for it meanwhile waits for it."""
        if begun is not None:
            task = asyncio.get_running_loop().create_task(self._kept(begun, staged))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait until everything is kept."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _kept(self, begun: FirstSegment, staged: Path) -> None:
        try:
            await self._vault.take(recipes.decode(begun.recipe), staged, begun.made)
        except BlobhlsError as error:  # it is made again for whoever asks for it
            _log.warning("could not keep a first segment: %s", error)
        finally:
            _discard(staged)


def _discard(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
