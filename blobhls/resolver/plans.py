"""Files to plans: a source is fingerprinted, probed and planned once, in a worker."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from cachetools import LRUCache

from blobhls.errors import BlobhlsError, SourceBroken, SourceGone, SourceOffline, WorkerFailed
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.rows import SubtitleFileRow, VideoRow
from blobhls.index.ledger.sources import SourceIndex
from blobhls.media.jobs import ReadChapters, Survey, SurveySubtitles
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.subtitle_renditions import SubtitleFile, with_subtitle_files
from blobhls.media.probe_values import Probe
from blobhls.media.references import LibraryFile, StagedFile
from blobhls.media.results import SourceSurvey, SubtitleSurvey
from blobhls.resolver.chapters import Placed, place
from blobhls.resolver.first_segments import Beginnings
from blobhls.workers import Priority, SingleFlight, Urgency, WorkerPool

_PLANS: Final = 64  # kept decoded
_CHANGING: Final = "the video's file is changing just now"


class PlannedVideo(msgspec.Struct, frozen=True):
    """A video and its plan."""

    video: VideoRow
    plan_id: str  # of the video's own plan: subtitle files come and go, what is sealed stays
    plan: Plan


class Plans:
    """Finds the plan of a video, made at once for what somebody opens."""

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        sources: SourceIndex,
        workers: WorkerPool,
        *,
        hardware: str = "",
    ) -> None:
        """`root`: the library's folder; `hardware`: what encodes pictures instead of x264."""
        self._root = root
        self._catalogue = catalogue
        self._sources = sources
        self._workers = workers
        self._hardware = hardware
        self._flights = SingleFlight()
        self._plans: LRUCache[str, tuple[str, Plan]] = LRUCache(_PLANS)
        self._beginnings: Beginnings | None = None

    def begin_with(self, beginnings: Beginnings) -> None:
        """Have the first segment made along with the plan of what somebody opens to watch."""
        self._beginnings = beginnings

    async def open(self, video_id: str, priority: Priority = Priority.VIEWER) -> PlannedVideo:
        """Return a video's plan.

        A video that was looked at before has one even while its file can't be read. Raises
        `VideoUnknown`, `SourceOffline`, or `SourceBroken` for what turns out not to be a video;
        that one leaves the catalogue.
        """
        video = self._followed(self._catalogue.video(video_id))
        if video.source_id is None or self._plan(video.source_id) is None:
            await self._flights.join(
                video_id, priority, lambda urgency: self._survey(video, urgency)
            )
            video = self._catalogue.video(video_id)
        texts = self._catalogue.texts.of_video(video_id)
        if any(text.found is None for text in texts):
            texts = await self._looked_into(video_id, texts, priority)
        known = self._opened(video, texts)
        if known is None:
            raise SourceOffline(_CHANGING)
        return known

    def known(self, video: VideoRow) -> PlannedVideo | None:
        """Return a video's plan if it was made already; looks into no file.

        Subtitle files that were looked into are in it too.
        """
        return self._opened(video, self._catalogue.texts.of_video(video.video_id))

    def _opened(self, video: VideoRow, texts: Sequence[SubtitleFileRow]) -> PlannedVideo | None:
        known = None if video.source_id is None else self._plan(video.source_id)
        if known is None:
            return None
        plan_id, plan = known
        files = [_text_file(text, text.found) for text in texts if text.found is not None]
        return PlannedVideo(video, plan_id, with_subtitle_files(plan, files) if files else plan)

    def probe(self, source_id: str) -> Probe | None:
        """Return what was found out about a source."""
        body = self._sources.probe(source_id)
        return None if body is None else msgspec.json.decode(body, type=Probe)

    async def chapters(self, opened: PlannedVideo) -> list[Placed]:
        """Return a video's chapters on its timeline; none while its file can't be read.

        Where its source was probed before chapters were looked for, they are read now, once.
        """
        source_id, plan = opened.plan.source_id, opened.plan
        found = self.probe(source_id)
        if found is None:
            return []
        if found.chapters is None:
            with suppress(BlobhlsError):
                await self._flights.join(
                    f"chapters {source_id}",
                    Priority.VIEWER,
                    partial(self._read_chapters, source_id, found),
                )
            found = self.probe(source_id) or found
        return place(found.chapters or (), plan.zero, plan.duration)

    def find_source(self, source_id: str) -> LibraryFile:
        """Return the file of a source; raises `SourceOffline`, or `SourceGone` for good.

        A file that changed since it was looked at is another source.
        """
        videos = self._catalogue.videos_of_source(source_id)
        for video in videos:
            if _stamp(self.path(video)) == (video.size, video.mtime_ns):
                return _library_file(video)
        texts = self._catalogue.texts.of_source(source_id)
        for text in texts:
            if _stamp(self._root / text.path) == (text.size, text.mtime_ns):
                return _library_file(text)
        # One that nobody has looked into yet may be it, under another name or with another date.
        if videos or texts or self._catalogue.unprobed(1):
            raise SourceOffline("the video's file can't be read just now")
        raise SourceGone("the video's file is gone, or another one is in its place")

    def path(self, video: VideoRow) -> Path:
        """Return where a video's file should be."""
        return self._root / video.path

    def _plan(self, source_id: str) -> tuple[str, Plan] | None:
        known = self._plans.get(source_id)
        if known is None:
            found = self._sources.plan(source_id)
            if found is None:
                return None
            plan = msgspec.json.decode(found[1], type=Plan)
            # Cards come and go: plans are kept as they are for x264.
            known = (found[0], plan.accelerated(self._hardware) if self._hardware else plan)
            self._plans[source_id] = known
        return known

    def _followed(self, video: VideoRow) -> VideoRow:
        """Return the row of a video as its file is now: the scan may be minutes behind."""
        stamp = _stamp(self.path(video))
        if stamp is None or stamp == (video.size, video.mtime_ns):
            return video
        self._catalogue.renew(video, *stamp)
        return self._catalogue.video(video.video_id)

    async def _survey(self, video: VideoRow, urgency: Urgency) -> None:
        """Look at a file and note what it is, unless it changed meanwhile."""
        try:
            found = await self._looked_at(_library_file(video), urgency)
        except (SourceBroken, WorkerFailed) as error:
            self._check_unchanged(video)  # or it was only half there
            self._catalogue.flag(video.path, error.reason, video.mtime_ns)
            raise SourceBroken(error.reason) from error
        self._check_unchanged(video)
        self._sources.add(found.source_id, found.probe, found.plan_id, found.plan)
        self._catalogue.bind_source(video.path, found.source_id, found.duration, video.mtime_ns)

    async def _looked_at(self, source: LibraryFile, urgency: Urgency) -> SourceSurvey:
        beginnings = self._beginnings if urgency.priority == Priority.VIEWER else None
        if beginnings is None:
            return await self._workers.run(Survey(source), urgency)
        staged = beginnings.staging()
        try:
            found = await self._workers.run(Survey(source, StagedFile(staged.name)), urgency)
        except WorkerFailed:  # perhaps of the segment: then the file can be watched all the same
            return await self._workers.run(Survey(source), urgency)
        beginnings.keep(found.begun, staged)
        return found

    async def _looked_into(
        self, video_id: str, texts: Sequence[SubtitleFileRow], priority: Priority
    ) -> list[SubtitleFileRow]:
        """Look into the subtitle files that are new, and return what there is then."""
        for text in texts:
            if text.found is None:
                survey = partial(self._survey_text, text)
                await self._flights.join(text.path, priority, survey)
        return self._catalogue.texts.of_video(video_id)

    async def _survey_text(self, text: SubtitleFileRow, urgency: Urgency) -> None:
        """Look at a subtitle file; one that can't be used is left aside until it changes."""
        path = self._root / text.path
        job = SurveySubtitles(_library_file(text), text.language)
        try:
            found = await self._workers.run(job, urgency)
        except (SourceBroken, WorkerFailed) as error:
            self._catalogue.texts.mark_done(text, error.reason)
        except BlobhlsError:
            return  # the video plays without it; next time, perhaps
        else:
            if _stamp(path) == (text.size, text.mtime_ns):
                self._catalogue.texts.mark_done(text, found)

    async def _read_chapters(self, source_id: str, probe: Probe, urgency: Urgency) -> None:
        source = self.find_source(source_id)
        try:
            found = await self._workers.run(ReadChapters(source), urgency)
        except (SourceBroken, WorkerFailed):
            found = ()  # what plays without them need not be tried again
        whole = msgspec.structs.replace(probe, chapters=found)
        self._sources.renew(source_id, msgspec.json.encode(whole))

    def _check_unchanged(self, video: VideoRow) -> None:
        if _stamp(self.path(video)) != (video.size, video.mtime_ns):
            raise SourceOffline(_CHANGING)


def _text_file(text: SubtitleFileRow, found: SubtitleSurvey) -> SubtitleFile:
    return SubtitleFile(
        found, text.language, text.title, text.forced, text.hearing_impaired, text.default
    )


def _library_file(row: VideoRow | SubtitleFileRow) -> LibraryFile:
    return LibraryFile(os.fsencode(row.path), row.size, row.mtime_ns)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return size in bytes and time in ns, by which a change shows; None: can't be read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
