"""The first segment of a title, which is cut while its file is surveyed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from blobhls import recipe as recipes
from blobhls.errors import BlobhlsError
from blobhls.media.results import FirstSegment
from blobhls.store.staging import discard
from blobhls.tasks import BackgroundTasks
from blobhls.vault import Vault

_log: Final = logging.getLogger(__name__)


class FirstSegments:
    """Stores first segments in the vault. To be used from one event loop."""

    def __init__(self, vault: Vault, staging: Callable[[], Path]) -> None:
        """`staging` returns paths where workers may write."""
        self._vault = vault
        self.staging = staging
        self._tasks = BackgroundTasks()

    def keep(self, segment: FirstSegment | None, staged: Path) -> None:
        """Store a first segment in the background; a request for it meanwhile waits for that."""
        if segment is not None:
            self._tasks.start(self._keep(segment, staged))

    async def close(self) -> None:
        """Wait until all segments are stored."""
        await self._tasks.close()

    async def _keep(self, segment: FirstSegment, staged: Path) -> None:
        try:
            await self._vault.keep_rendered(
                recipes.decode(segment.recipe), staged, segment.rendered
            )
        except BlobhlsError as error:  # it is rendered again for the next request
            _log.warning("could not store a first segment: %s", error)
        finally:
            await discard(staged)
