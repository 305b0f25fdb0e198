"""The plan of a video, by video id."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
from cachetools import LRUCache

from blobhls.errors import BlobhlsError, SourceOffline
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import SubtitleFileRow, VideoRow
from blobhls.index.ledger.sources import SourceIndex
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.subtitle_renditions import SubtitleFile, with_subtitle_files
from blobhls.media.probe_values import Probe
from blobhls.media.results import SubtitleSurvey
from blobhls.resolver.chapters import PlacedChapter, place_chapters
from blobhls.resolver.sources import Sources
from blobhls.resolver.surveys import CHANGING, Surveyor
from blobhls.workers import Priority, SingleFlight, Urgency

_PLANS: Final = 64  # kept decoded


class PlannedVideo(msgspec.Struct, frozen=True):
    """A video and its plan."""

    video: VideoRow
    plan_id: str  # of the video's own plan, without subtitle files, which come and go
    plan: Plan


class Plans:
    """Returns the plan of a video, and has a new file surveyed for it.

    To be used from one event loop. A video that was surveyed before has a plan even while its file
    can't be read.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        source_index: SourceIndex,
        index: Index,
        sources: Sources,
        surveyor: Surveyor,
        *,
        hardware: str = "",
    ) -> None:
        """`hardware`: the encoder that is used instead of x264; empty: x264."""
        self._catalogue = catalogue
        self._source_index = source_index
        self._index = index
        self._sources = sources
        self._surveyor = surveyor
        self._hardware = hardware
        self._flights = SingleFlight()
        self._plans: LRUCache[str, tuple[str, Plan]] = LRUCache(_PLANS)

    async def open(self, video_id: str, priority: Priority = Priority.VIEWER) -> PlannedVideo:
        """Return a video's plan as a client opens it: a new plan, if its file has changed.

        A change that the disk reports slowly is seen by the next call. Raises `VideoUnknown`,
        `SourceOffline`, or `SourceBroken` for a file that is no video; it is removed from the
        catalogue.
        """
        video = await self._index.lookup(self._catalogue.video, video_id)
        if await self._plan(video.source_id) is not None:
            video = await self._sources.refreshed_if_quick(video)
        return await self._planned(video, priority)

    async def get(self, video_id: str) -> PlannedVideo:
        """Return a video's plan, if it has one without asking its disk.

        Raises `VideoUnknown`, `SourceOffline` or `SourceBroken`.
        """
        video = await self._index.lookup(self._catalogue.video, video_id)
        return await self._planned(video, Priority.VIEWER)

    async def existing(self, video: VideoRow) -> PlannedVideo | None:
        """Return a video's plan if it exists already; surveys no file.

        It contains the subtitle files that were surveyed.
        """
        files = await self._index.lookup(self._catalogue.subtitle_files.of_video, video.video_id)
        return await self._existing(video, files)

    async def probe(self, source_id: str) -> Probe | None:
        """Return the probe of a source."""
        return await self._index.read(self._load_probe, source_id)

    async def chapters(self, planned: PlannedVideo) -> list[PlacedChapter]:
        """Return a video's chapters on its timeline; none while its file can't be read.

        If its source was probed by a version that read no chapters, they are read now, once.
        """
        source_id, plan = planned.plan.source_id, planned.plan
        found = await self.probe(source_id)
        if found is None:
            return []
        if found.chapters is None:
            with suppress(BlobhlsError):
                read = partial(self._read_chapters, source_id)
                await self._flights.join(f"chapters {source_id}", Priority.VIEWER, read)
            found = await self.probe(source_id) or found
        return place_chapters(found.chapters or (), plan.zero, plan.duration)

    async def _read_chapters(self, source_id: str, urgency: Urgency) -> None:
        probe = await self.probe(source_id)
        if probe is not None and probe.chapters is None:  # else another caller has read them
            await self._surveyor.read_chapters(source_id, probe, urgency)

    async def _planned(self, video: VideoRow, priority: Priority) -> PlannedVideo:
        video_id = video.video_id
        if await self._plan(video.source_id) is None:
            survey = partial(self._surveyor.survey, video)
            await self._flights.join(video_id, priority, survey)
            video = await self._index.lookup(self._catalogue.video, video_id)
        files = await self._index.lookup(self._catalogue.subtitle_files.of_video, video_id)
        if any(file.found is None for file in files):
            await self._survey_subtitles(files, priority)
            files = await self._index.lookup(self._catalogue.subtitle_files.of_video, video_id)
        known = await self._existing(video, files)
        if known is None:
            raise SourceOffline(CHANGING)
        return known

    async def _existing(
        self, video: VideoRow, files: Sequence[SubtitleFileRow]
    ) -> PlannedVideo | None:
        found = await self._plan(video.source_id)
        if found is None:
            return None
        plan_id, plan = found
        surveyed = [_subtitle_file(file, file.found) for file in files if file.found is not None]
        return PlannedVideo(
            video, plan_id, with_subtitle_files(plan, surveyed) if surveyed else plan
        )

    async def _survey_subtitles(self, files: Sequence[SubtitleFileRow], priority: Priority) -> None:
        """Have the new subtitle files surveyed."""
        for file in files:
            if file.found is None:
                survey = partial(self._surveyor.survey_subtitles, file)
                await self._flights.join(file.path, priority, survey)

    async def _plan(self, source_id: str | None) -> tuple[str, Plan] | None:
        """Return the plan of a source, and its id."""
        if source_id is None:
            return None
        known = self._plans.get(source_id)
        if known is None:
            known = await self._index.read(self._load_plan, source_id)
            if known is not None:
                self._plans[source_id] = known
        return known

    def _load_plan(self, source_id: str) -> tuple[str, Plan] | None:
        found = self._source_index.plan(source_id)
        if found is None:
            return None
        plan = msgspec.json.decode(found[1], type=Plan)
        # GPUs come and go: plans are kept as they are for x264.
        return found[0], plan.accelerated(self._hardware) if self._hardware else plan

    def _load_probe(self, source_id: str) -> Probe | None:
        body = self._source_index.probe(source_id)
        return None if body is None else msgspec.json.decode(body, type=Probe)


def _subtitle_file(file: SubtitleFileRow, found: SubtitleSurvey) -> SubtitleFile:
    return SubtitleFile(
        found, file.language, file.title, file.forced, file.hearing_impaired, file.default
    )
