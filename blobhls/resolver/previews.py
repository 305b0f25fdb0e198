"""Previews over the seek bar: rendered once for a source, on request, in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
from cachetools import FIFOCache

from blobhls.blob import BlobId, blob_name, type_of
from blobhls.errors import BlobhlsError, NotFound, SourceGone, Unavailable
from blobhls.index.access import Index
from blobhls.index.catalogue.previews import PreviewIndex, PreviewRow
from blobhls.media.jobs import PreviewSheet
from blobhls.media.plan.preview_plan import LAYOUT_VERSION, Previews, plan_previews, previews_vtt
from blobhls.resolver.plans import PlannedVideo, Plans
from blobhls.resolver.sources import Sources
from blobhls.tasks import BackgroundTasks
from blobhls.vault import Renderer, Vault

_log: Final = logging.getLogger(__name__)

_KEPT: Final = 1_000  # failures remembered
_JPEG: Final = type_of("jpg")
_VTT: Final = type_of("vtt")


class PreviewProgress(msgspec.Struct):
    """Progress of rendering the previews of one source. Mutable."""

    total: int  # sheets
    done: int = 0


class Previewer:
    """Renders previews, one sheet at a time. To be used from one event loop."""

    def __init__(
        self,
        plans: Plans,
        sources: Sources,
        renderer: Renderer,
        vault: Vault,
        *,
        preview_index: PreviewIndex,
        index: Index,
    ) -> None:
        self._plans = plans
        self._sources = sources
        self._renderer = renderer
        self._vault = vault
        self._preview_index = preview_index
        self._index = index
        self._turn = asyncio.Lock()
        self._making: dict[str, PreviewProgress] = {}  # by source_id
        self._tasks = BackgroundTasks()
        self._failed: FIFOCache[str, str] = FIFOCache(_KEPT)  # source_id → why
        self._listeners: list[Callable[[str], None]] = []

    def on_made(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the id of a video whose previews are rendered."""
        self._listeners.append(listener)

    async def get(self, planned: PlannedVideo) -> str | PreviewProgress:
        """Return the WebVTT of a video, or start to render it and return the progress.

        Sheets are named `<sha256>.jpg`. Raises `NotFound` if the video can't have previews.
        """
        source_id = planned.plan.source_id
        made = await self._index.lookup(self._preview_index.get, source_id, LAYOUT_VERSION)
        text = None if made is None else await self._read(made.vtt)
        if text is not None:
            return text
        if source_id in self._failed:
            raise NotFound(f"no previews: {self._failed[source_id]}")
        if source_id not in self._making:
            await self._begin(planned)
        return self._making[source_id]

    async def close(self) -> None:
        """Stop; sheets that were rendered are rendered again later, with the same bytes."""
        await self._tasks.cancel()

    async def _read(self, blob_id: BlobId) -> str | None:
        found = await self._vault.present(blob_id)
        if found is None:
            return None
        with found:
            text = await asyncio.to_thread(found.file.read)
        return text.decode()

    async def _begin(self, planned: PlannedVideo) -> None:
        """Start to render the previews of a video, unless another request has done so."""
        source_id = planned.plan.source_id
        probe = await self._plans.probe(source_id)
        previews = Previews((), ()) if probe is None else plan_previews(probe)
        if not previews.sheets:
            raise NotFound("no previews: it has no video")
        if source_id not in self._making:
            self._making[source_id] = PreviewProgress(len(previews.sheets))
            self._tasks.start(self._make(planned, previews, self._making[source_id]))

    async def _make(
        self, planned: PlannedVideo, previews: Previews, progress: PreviewProgress
    ) -> None:
        source_id = planned.plan.source_id
        try:
            async with self._turn:
                await self._make_all(source_id, previews, progress)
        except (Unavailable, SourceGone) as error:
            _log.info("previews of %s have to wait: %s", planned.video.path, error)
            return
        except BlobhlsError as error:
            _log.info("no previews of %s: %s", planned.video.path, error)
            self._failed[source_id] = str(error)
            return
        finally:
            del self._making[source_id]
        for listener in self._listeners:
            listener(planned.video.video_id)

    async def _make_all(
        self, source_id: str, previews: Previews, progress: PreviewProgress
    ) -> None:
        sheets = []
        for sheet in previews.sheets:
            source = await self._sources.locate(source_id)
            info = await self._renderer.render_image(
                partial(PreviewSheet, source=source, sheet=sheet)
            )
            sheets.append(info.blob_id)
            progress.done += 1
        names = [blob_name(sheet, _JPEG) for sheet in sheets]
        vtt = await self._vault.put(previews_vtt(previews, names).encode(), _VTT)
        row = PreviewRow(vtt.blob_id, tuple(sheets))
        await self._index.write(self._preview_index.put, source_id, LAYOUT_VERSION, row)
