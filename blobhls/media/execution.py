"""Execution of jobs, in a worker process and never in the server."""

from __future__ import annotations

from typing import TypeVar, cast

import msgspec
from av.container import InputContainer

from blobhls import recipe as recipes
from blobhls.blob import BlobInfo
from blobhls.errors import BlobhlsError, SourceOffline
from blobhls.media import jobs
from blobhls.media.batch import key_frames_of, render_batch, write_rendered
from blobhls.media.container.source import source_id
from blobhls.media.images.optimiser import optimised_image
from blobhls.media.images.posters import (
    artwork_jpeg,
    frame_jpeg,
    logo_webp,
    placeholder_jpeg,
    poster_jpeg,
)
from blobhls.media.images.preview_sheets import sheet_jpeg
from blobhls.media.jobs import AnyImageJob, AnyJob, Job
from blobhls.media.output import write
from blobhls.media.places import Places
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.chapters import chapters_in
from blobhls.media.probe.file_facts import facts_of
from blobhls.media.probe.probe import probe, probed
from blobhls.media.probe_values import Chapter
from blobhls.media.render import render, render_in
from blobhls.media.results import (
    BatchResult,
    Engine,
    FileFacts,
    FirstSegment,
    IFrame,
    RenderedBlob,
    RenderedImage,
    SourceSurvey,
    SubtitleSurvey,
)
from blobhls.media.subtitles.text_file import survey_file
from blobhls.media.video.encoder_check import check_encoder
from blobhls.recipe import CutVideo

T = TypeVar("T")


class Executor:
    """Executes jobs, one at a time, with the files of this machine."""

    def __init__(self, places: Places, engine: Engine) -> None:
        """`engine`: that of this process; rendered blobs name it."""
        self._places = places
        self._engine = engine

    def execute(self, job: Job[T]) -> T:
        """Return the result of a job.

        Raises `SourceOffline`, `SourceChanged`, `SourceBroken`, `RenderFailed` or `StoreFull`, and
        `ValueError` for a reference that leads out of its folder.
        """
        return cast("T", self._execute(cast("AnyJob", job)))

    def _execute(self, job: AnyJob) -> object:
        match job:
            case jobs.Survey() | jobs.SurveySubtitles() | jobs.ReadChapters() | jobs.Describe():
                return self._inspect(job)
            case jobs.Render() | jobs.RenderBatch() | jobs.FindIFrames():
                return self._render_any(job)
            case jobs.OptimiseImage():
                return self._optimise_image(job)
            case jobs.FindEngine():
                return self._engine
            case jobs.CheckEncoder():
                return check_encoder(job.profile)
            case _:
                return write(self._image(job), self._places.path(job.output))

    def _inspect(
        self, job: jobs.Survey | jobs.SurveySubtitles | jobs.ReadChapters | jobs.Describe
    ) -> SourceSurvey | SubtitleSurvey | tuple[Chapter, ...] | FileFacts:
        match job:
            case jobs.Survey():
                return self._survey(job)
            case jobs.SurveySubtitles():
                with self._places.source(job.source, throughout=True) as path:
                    return survey_file(path, job.language)
            case jobs.ReadChapters():
                with self._places.source(job.source) as path:
                    return chapters_in(path)
            case jobs.Describe():
                return facts_of(self._places.path(job.source), job.media_type)

    def _render_any(
        self, job: jobs.Render | jobs.RenderBatch | jobs.FindIFrames
    ) -> RenderedBlob | BatchResult | tuple[IFrame, ...]:
        match job:
            case jobs.Render():
                return self._render(job)
            case jobs.RenderBatch():
                return self._render_batch(job)
            case jobs.FindIFrames():
                return self._find_iframes(job)

    def _survey(self, job: jobs.Survey) -> SourceSurvey:
        with self._places.source(job.source, throughout=True) as path:
            fingerprint = source_id(path)
            with probed(path) as (container, found):
                plan = make_plan(fingerprint, found)
                first_segment = self._first_segment(container, plan, job)
        return SourceSurvey(
            source_id=fingerprint,
            probe=msgspec.json.encode(found),
            plan_id=plan.plan_id,
            plan=msgspec.json.encode(plan),
            duration=float(plan.duration),
            first_segment=first_segment,
        )

    def _first_segment(
        self, container: InputContainer, plan: Plan, job: jobs.Survey
    ) -> FirstSegment | None:
        """Cut the first segment of the best video; None if that is not requested or fails."""
        recipe = plan.recipe(plan.renditions[0], 0)
        if job.first_segment is None or not isinstance(recipe, CutVideo):
            return None
        path = self._places.path(job.first_segment)
        try:
            data = render_in(container, recipe)
            made = write_rendered(recipe, data, path, self._engine.name)
        except BlobhlsError:
            return None  # a request for it gets the error
        return FirstSegment(recipes.encode(recipe), made)

    def _render(self, job: jobs.Render) -> RenderedBlob:
        with self._places.source(job.source) as path:
            data = render(job.recipe, path)
        return write_rendered(job.recipe, data, self._places.path(job.output), self._engine.name)

    def _render_batch(self, job: jobs.RenderBatch) -> BatchResult:
        wanted = [
            (recipes.timed(recipe), self._places.path(output))
            for recipe, output in zip(job.recipes, job.outputs, strict=True)
        ]
        with self._places.source(job.source) as path:
            return render_batch(wanted, path, self._engine.name)

    def _find_iframes(self, job: jobs.FindIFrames) -> tuple[IFrame, ...]:
        try:
            data = self._places.path(job.segment).read_bytes()
        except OSError as error:
            raise SourceOffline(f"can't read a segment: {error.strerror}") from error
        return key_frames_of(job.recipe, data)

    def _image(self, job: AnyImageJob) -> bytes:
        if isinstance(job, jobs.Placeholder):
            return placeholder_jpeg()
        with self._places.source(job.source) as path:
            match job:
                case jobs.Artwork():
                    return artwork_jpeg(path, job.width, job.height)
                case jobs.Logo():
                    return logo_webp(path, job.width, job.height)
                case jobs.Frame():
                    return frame_jpeg(path, probe(path), job.width)
                case jobs.Poster():
                    return poster_jpeg(path, probe(path))
                case jobs.PreviewSheet():
                    return sheet_jpeg(path, job.sheet)

    def _optimise_image(self, job: jobs.OptimiseImage) -> RenderedImage:
        output = self._places.path(job.output)
        data, media_type = optimised_image(self._places.path(job.source), job.most_side)
        made = write(data, output)
        info = BlobInfo(made.blob_id, made.size, media_type)
        return RenderedImage(info, facts_of(output, media_type))
