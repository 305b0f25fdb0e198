"""Pictures over the seek bar: made once a source, when somebody asks, after everything else."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from blobhls.blob import BlobId, blob_name, type_of
from blobhls.errors import BlobhlsError, NotFound, SourceGone, Unavailable
from blobhls.index.catalogue.previews import PreviewIndex, PreviewRow
from blobhls.media.plan.preview_plan import LAYOUT, Previews, plan_previews, previews_vtt
from blobhls.resolver.plans import PlannedVideo, Plans
from blobhls.vault import Renderer, Vault

_log: Final = logging.getLogger(__name__)

_KEPT: Final = 1_000  # failures remembered
_JPEG: Final = type_of("jpg")
_VTT: Final = type_of("vtt")


class Making(msgspec.Struct):
    """Previews of one source being made. Changes while it goes on."""

    total: int  # sheets
    done: int = 0


class Previewer:
    """Makes previews, one sheet of one video at a time. To be used from one event loop."""

    def __init__(self, plans: Plans, renderer: Renderer, vault: Vault, index: PreviewIndex) -> None:
        self._plans = plans
        self._renderer = renderer
        self._vault = vault
        self._index = index
        self._turn = asyncio.Lock()
        self._making: dict[str, Making] = {}  # by source_id
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: OrderedDict[str, str] = OrderedDict()  # source_id → why
        self._told: list[Callable[[str], None]] = []

    def on_made(self, tell: Callable[[str], None]) -> None:
        """Have `tell` called with the id of a video that has previews now."""
        self._told.append(tell)

    async def get(self, opened: PlannedVideo) -> str | Making:
        """Return the WebVTT of a video, or how far it is; asking starts it.

        Sheets are named `<sha256>.jpg`. Raises `NotFound` where there can't be any.
        """
        source_id = opened.plan.source_id
        made = self._index.get(source_id, LAYOUT)
        text = None if made is None else await self._read(made.vtt)
        if text is not None:
            return text
        if source_id in self._failed:
            raise NotFound(f"no previews: {self._failed[source_id]}")
        making = self._making.get(source_id)
        return self._begun(opened) if making is None else making

    async def close(self) -> None:
        """Stop; sheets that were made are made again another time, to the same bytes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, blob_id: BlobId) -> str | None:
        found = await self._vault.present(blob_id)
        if found is None:
            return None
        with found:
            return found.file.read().decode()

    def _begun(self, opened: PlannedVideo) -> Making:
        probe = self._plans.probe(opened.plan.source_id)
        previews = Previews((), ()) if probe is None else plan_previews(probe)
        if not previews.sheets:
            raise NotFound("no previews: it has no picture")
        making = self._making[opened.plan.source_id] = Making(len(previews.sheets))
        task = asyncio.create_task(self._make(opened, previews, making))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return making

    async def _make(self, opened: PlannedVideo, previews: Previews, making: Making) -> None:
        source_id = opened.plan.source_id
        try:
            async with self._turn:
                await self._make_all(source_id, previews, making)
        except (Unavailable, SourceGone) as error:
            _log.info("previews of %s have to wait: %s", opened.video.path, error)
            return
        except BlobhlsError as error:
            _log.info("no previews of %s: %s", opened.video.path, error)
            self._failed[source_id] = str(error)
            if len(self._failed) > _KEPT:
                self._failed.popitem(last=False)
            return
        except Exception:  # not of a video but of ours: nobody else may hear of it
            _log.exception("could not make previews of %s", opened.video.path)
            return
        finally:
            del self._making[source_id]
        for tell in self._told:
            tell(opened.video.video_id)

    async def _make_all(self, source_id: str, previews: Previews, making: Making) -> None:
        sheets = []
        for sheet in previews.sheets:
            source = self._plans.find_source(source_id)
            encoded = msgspec.json.encode(sheet)
            info = await self._renderer.picture(
                "sheet", str(source), encoded, subject=source.name, heavy=True
            )
            sheets.append(info.blob_id)
            making.done += 1
        names = [blob_name(sheet, _JPEG) for sheet in sheets]
        vtt = await self._vault.put(previews_vtt(previews, names).encode(), _VTT)
        self._index.put(source_id, LAYOUT, PreviewRow(vtt.blob_id, tuple(sheets)))
