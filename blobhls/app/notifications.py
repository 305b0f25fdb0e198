"""Publishes changes to the page: shows, scanning, sealing, pushing, previews."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

import msgspec

from blobhls.api.broadcast import Broadcaster
from blobhls.api.operator.push_values import push_value
from blobhls.api.video.video_values import seal_value
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.change_log import Change, ChangeLog
from blobhls.library.scan import ScanResult
from blobhls.resolver import SealProgress
from blobhls.transfer.push_tasks import Push

_log: Final = logging.getLogger(__name__)

_LOOK: Final = 0.5  # seconds between two rounds; changes in between are published together
_COUNT: Final = 4  # rounds between two counts of the files to survey
_NAMED: Final = 100  # shows; more are not named one by one


class LibraryChange(msgspec.Struct, frozen=True):
    """Data of `library`: ids of shows."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    many: bool  # too many to name: the lists are empty, fetch everything anew


class LastScan(msgspec.Struct, frozen=True):
    """The result of the last scan, in files."""

    at: float  # seconds since the epoch
    added: int
    changed: int
    removed: int


class ScanState(msgspec.Struct, frozen=True):
    """Data of `scan`."""

    videos: int  # that are listed
    unprobed: int  # of them, that are not surveyed yet
    problems: int  # files that can't be used
    walk: LastScan | None  # null: no scan has ended yet


class ChangeNotifier:
    """Finds changes and publishes them. To be used from one event loop."""

    def __init__(
        self, broadcaster: Broadcaster, catalogue: Catalogue, changes: ChangeLog, index: Index
    ) -> None:
        self._broadcaster = broadcaster
        self._catalogue = catalogue
        self._changes = changes
        self._index = index
        self._sealing: dict[str, SealProgress] = {}
        self._pushing: dict[tuple[str, str], Push] = {}
        self._walk: LastScan | None = None
        self._looks = 0
        self._scan: ScanState | None = None

    def note_scan(self, found: ScanResult) -> None:
        """Note that a scan has ended."""
        self._walk = LastScan(time.time(), found.added, found.changed, found.removed)

    def note_sealing(self, sealing: SealProgress) -> None:
        """Note progress of sealing; the last one is published in the next round."""
        self._sealing[sealing.video_id] = sealing

    def note_push(self, push: Push) -> None:
        """Note progress of a push; the last one is published in the next round."""
        self._pushing[push.video_id, push.server] = push

    def note_previews(self, video_id: str) -> None:
        """Publish at once that the previews of a video are rendered."""
        self._broadcaster.publish("previews", {"id": video_id})

    async def watch(self) -> None:
        """Publish changes, for as long as the server runs."""
        while True:
            try:
                await self.publish_changes()
            except Exception:  # the database may be busy for long
                _log.exception("could not publish what has changed")
            await asyncio.sleep(_LOOK)

    async def publish_changes(self) -> None:
        """Publish the changes since the last round."""
        news = await self._index.read(self._changes.news)
        if news:
            await self._index.write(self._changes.prune)
            self._broadcaster.publish("library", _change(news))
        sealing, self._sealing = self._sealing, {}
        for video_id, each in sealing.items():
            value = msgspec.to_builtins(seal_value(each, sealed=False))
            self._broadcaster.publish("seal", {"id": video_id, **value})
        pushing, self._pushing = self._pushing, {}
        for push in pushing.values():
            self._broadcaster.publish("push", push_value(push))
        if news or self._must_count():
            counts = await self._index.read(self._catalogue.counts)
            scan = ScanState(counts.videos, counts.unprobed, counts.problems, self._walk)
            if scan != self._scan:
                self._scan = scan
                self._broadcaster.publish("scan", scan, state=True)

    def _must_count(self) -> bool:
        """Say whether to count now: counting takes too long for every round."""
        self._looks += 1
        if self._scan is None or self._scan.walk != self._walk:
            return True
        return self._scan.unprobed > 0 and self._looks % _COUNT == 0


def _change(news: Mapping[str, Change]) -> LibraryChange:
    if len(news) > _NAMED:
        return LibraryChange([], [], [], many=True)
    by_change: dict[Change, list[str]] = {"added": [], "changed": [], "removed": []}
    for show_id, change in news.items():
        by_change[change].append(show_id)
    return LibraryChange(**by_change, many=False)
