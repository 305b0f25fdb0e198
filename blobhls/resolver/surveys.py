"""Surveys: a worker fingerprints, probes and plans a file once; the result is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec

from blobhls.errors import BlobhlsError, SourceBroken, SourceOffline, WorkerFailed
from blobhls.index.access import Index
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import SubtitleFileRow, VideoRow
from blobhls.index.ledger.sources import SourceIndex
from blobhls.media.jobs import ReadChapters, Survey, SurveySubtitles
from blobhls.media.probe_values import Probe
from blobhls.media.references import StagedFile
from blobhls.media.results import FirstSegment, SourceSurvey, SubtitleSurvey
from blobhls.resolver.sources import Sources, reference_to
from blobhls.workers import Priority, Urgency, WorkerPool

CHANGING: Final = "the video's file is changing just now"


class FirstSegmentKeeper(Protocol):
    """Stores the first segment of a title, which a worker cuts during the survey."""

    def staging(self) -> Path:
        """Return a path where the worker may write."""

    def keep(self, segment: FirstSegment | None, staged: Path) -> None:
        """Store the file `staged` in the background; None: there is no segment."""


class Surveyor:
    """Has workers survey files. To be used from one event loop."""

    def __init__(
        self,
        workers: WorkerPool,
        sources: Sources,
        catalogue: Catalogue,
        source_index: SourceIndex,
        index: Index,
        *,
        first_segments: FirstSegmentKeeper | None = None,
    ) -> None:
        """`first_segments`: None if surveys cut no first segment."""
        self._workers = workers
        self._sources = sources
        self._catalogue = catalogue
        self._source_index = source_index
        self._index = index
        self._first_segments = first_segments

    async def survey(self, video: VideoRow, urgency: Urgency) -> None:
        """Survey a video's file and store the result, unless the file changes meanwhile.

        Raises `SourceOffline`, or `SourceBroken` for a file that is no video; it is removed from
        the catalogue.
        """
        video = await self._sources.refreshed(video)
        try:
            found = await self._run_survey(video, urgency)
        except (SourceBroken, WorkerFailed) as error:
            await self._check_unchanged(video, error)
            await self._index.write(self._catalogue.flag, video.path, error.reason, video.mtime_ns)
            raise SourceBroken(error.reason) from error
        await self._index.write(self._note, video, found)

    async def survey_subtitles(self, file: SubtitleFileRow, urgency: Urgency) -> None:
        """Survey a subtitle file; an unusable one is ignored until it changes."""
        job = SurveySubtitles(reference_to(file), file.language)
        try:
            found: SubtitleSurvey | str = await self._workers.run(job, urgency)
        except (SourceBroken, WorkerFailed) as error:
            found = error.reason
        except BlobhlsError:
            return  # the video plays without it; it is tried again later
        await self._index.write(self._catalogue.subtitle_files.mark_done, file, found)

    async def read_chapters(self, source_id: str, probe: Probe, urgency: Urgency) -> None:
        """Add the chapters of a source's file to its probe.

        Raises `SourceOffline`, `SourceGone` or `WorkersBusy`.
        """
        source = await self._sources.locate(source_id)
        try:
            found = await self._workers.run(ReadChapters(source), urgency)
        except (SourceBroken, WorkerFailed):
            found = ()  # the video plays without; not tried again
        whole = msgspec.structs.replace(probe, chapters=found)
        await self._index.write(self._source_index.renew, source_id, msgspec.json.encode(whole))

    async def _run_survey(self, video: VideoRow, urgency: Urgency) -> SourceSurvey:
        source = reference_to(video)
        keeper = self._first_segments if urgency.priority == Priority.VIEWER else None
        if keeper is None:
            return await self._workers.run(Survey(source), urgency)
        staged = keeper.staging()
        try:
            found = await self._workers.run(Survey(source, StagedFile(staged.name)), urgency)
        except WorkerFailed:  # perhaps only the segment failed: survey without it
            return await self._workers.run(Survey(source), urgency)
        keeper.keep(found.first_segment, staged)
        return found

    async def _check_unchanged(self, video: VideoRow, error: SourceBroken | WorkerFailed) -> None:
        """Raise `SourceOffline` if a worker crashed on a file that is still being copied.

        Workers check that themselves, unless they crash.
        """
        if isinstance(error, WorkerFailed) and not await self._sources.is_unchanged(video):
            raise SourceOffline(CHANGING) from error

    def _note(self, video: VideoRow, found: SourceSurvey) -> None:
        self._source_index.add(found.source_id, found.probe, found.plan_id, found.plan)
        self._catalogue.bind_source(video.path, found.source_id, found.duration, video.mtime_ns)
