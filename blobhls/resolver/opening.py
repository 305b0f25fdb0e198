"""Files to plans: a source is fingerprinted, probed and planned once, in a worker."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from blobhls.derive import Flights, Job, Priority, Workers
from blobhls.errors import SourceBroken, SourceOffline, VideoUnknown
from blobhls.index.catalogue import Catalogue
from blobhls.index.catalogue_values import VideoRow
from blobhls.index.sources import SourceIndex
from blobhls.media.plan import Plan
from blobhls.media.results import Surveyed
from blobhls.media.values import Probe
from blobhls.vault.recent import Recent

_SURVEY_TIMEOUT: Final = 900  # seconds; a file without index is read through once
_PLANS: Final = 64  # kept decoded


class Opened(msgspec.Struct, frozen=True):
    """A video and its plan."""

    video: VideoRow
    plan_id: str
    plan: Plan


class Opener:
    """Finds the plan of a video, made at once for what somebody opens."""

    def __init__(
        self, root: Path, catalogue: Catalogue, sources: SourceIndex, workers: Workers
    ) -> None:
        """`root`: the library's folder."""
        self._root = root
        self._catalogue = catalogue
        self._sources = sources
        self._workers = workers
        self._flights = Flights()
        self._plans: Recent[str, tuple[str, Plan]] = Recent(_PLANS)

    async def open(self, video_id: str, priority: Priority = Priority.VIEWER) -> Opened:
        """Return a video's plan.

        Raises `VideoUnknown`, `SourceOffline`, or `SourceBroken` for what turns out not to be a
        video; that one leaves the catalogue.
        """
        video = self._catalogue.video(video_id)
        source_id = video.source_id if self._is_current(video) else None
        known = None if source_id is None else self._plan(source_id)
        if known is None:
            source_id = await self._flights.join(video_id, lambda: self._survey(video, priority))
            known = self._plan(source_id)
            video = self._catalogue.video(video_id)
        if known is None:
            raise VideoUnknown(video_id)
        return Opened(video, *known)

    def known(self, video: VideoRow) -> Opened | None:
        """Return a video's plan if it was made already; looks into no file."""
        known = None if video.source_id is None else self._plan(video.source_id)
        return None if known is None else Opened(video, *known)

    def probe(self, source_id: str) -> Probe | None:
        """Return what was found out about a source."""
        body = self._sources.probe(source_id)
        return None if body is None else msgspec.json.decode(body, type=Probe)

    def find_source(self, source_id: str) -> Path:
        """Return where a source's file is; raises `SourceOffline`.

        A file that changed since it was looked at is another source.
        """
        for video in self._catalogue.videos_of_source(source_id):
            if self._is_current(video):
                return self.path(video)
        raise SourceOffline("the video's file can't be read just now")

    def path(self, video: VideoRow) -> Path:
        """Return where a video's file should be."""
        return self._root / video.path

    def _is_current(self, video: VideoRow) -> bool:
        try:
            found = self.path(video).stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (video.size, video.mtime_ns)

    def _plan(self, source_id: str) -> tuple[str, Plan] | None:
        known = self._plans.get(source_id)
        if known is None:
            found = self._sources.plan(source_id)
            if found is None:
                return None
            known = (found[0], msgspec.json.decode(found[1], type=Plan))
            self._plans.put(source_id, known)
        return known

    async def _survey(self, video: VideoRow, priority: Priority) -> str:
        """Look at a file and note what it is; returns its source id."""
        path = self.path(video)
        job = Job("survey", (str(path),), Surveyed, subject=path.name, timeout=_SURVEY_TIMEOUT)
        try:
            found = await self._workers.run(job, priority)
        except SourceBroken as error:
            self._catalogue.flag(video.path, error.reason, video.mtime_ns)
            raise
        self._sources.add(found.source_id, found.probe, found.plan_id, found.plan)
        self._catalogue.bind_source(video.path, found.source_id, found.duration, video.mtime_ns)
        return found.source_id
