"""Jobs, their results and their errors are values that travel."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, assert_type, get_args

import msgspec
import pytest

from blobhls import errors
from blobhls.blob import BlobId
from blobhls.errors import (
    BlobhlsError,
    RenderFailed,
    SourceBroken,
    SourceChanged,
    SourceOffline,
    StoreFull,
)
from blobhls.media import jobs
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import AnyJob, Job
from blobhls.media.plan.preview_plan import Sheet
from blobhls.media.probe_values import Chapter, KeyFrame
from blobhls.media.references import BlobFile, LibraryFile, StagedFile
from blobhls.media.results import (
    BatchResult,
    Engine,
    FileFacts,
    IFrame,
    RenderedBlob,
    RenderedImage,
    SourceSurvey,
    SubtitleSurvey,
    WrittenBlob,
)
from blobhls.recipe import CutVideo, EncodeVideo, Ratio, ScaledImage, Track, Window
from blobhls.workers import Priority, WorkerPool
from blobhls.workers.messages import HEADER, Codec, Done, job_decoder, result_type

SOURCE = LibraryFile(b"films/caf\xe9.mkv", 1 << 40, 1_700_000_000_123_456_789, "a" * 64)
OUTPUT = StagedFile("0123")
TRACK = Track("a" * 64, 0, Ratio.of(Fraction(1, 90_000)), Ratio(0, 1))
CUT = CutVideo(TRACK, Window(0, 540_000), "ts", "cut-v2")
ENCODED = EncodeVideo(TRACK, Window(0, 1), "ts", "h264-720p-v2", 1280, 720, 31, frame=3_750)
SCALED = ScaledImage("b" * 64, 320, "pillow", "webp-v1")
SHEET = Sheet(0, (KeyFrame(1, 2, clean=True),), 160, 90, 0, by_position=False)
BLOB = BlobFile(BlobId.of(b"x"))

JOBS: list[Job[Any]] = [
    jobs.Survey(SOURCE),
    jobs.Survey(OUTPUT, StagedFile("4567")),
    jobs.SurveySubtitles(SOURCE, "en"),
    jobs.ReadChapters(SOURCE),
    jobs.Describe(BLOB, "video/mp4"),
    jobs.Render(SOURCE, ENCODED, OUTPUT),
    jobs.Render(BLOB, SCALED, OUTPUT),
    jobs.RenderBatch(SOURCE, (CUT, ENCODED), (OUTPUT, StagedFile("4567"))),
    jobs.FindIFrames(CUT, BLOB),
    jobs.Artwork(OUTPUT, SOURCE, 600, 900),
    jobs.Logo(OUTPUT, SOURCE, 800, 320),
    jobs.Frame(OUTPUT, SOURCE, 640),
    jobs.Poster(OUTPUT, SOURCE),
    jobs.PreviewSheet(OUTPUT, SOURCE, SHEET),
    jobs.Placeholder(OUTPUT),
    jobs.OptimiseImage(OUTPUT, 2048, StagedFile("4567")),
    jobs.FindEngine(),
    jobs.CheckEncoder("h264-360p-nvenc-v1"),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_a_job_travels_whole(job: Job[Any]) -> None:
    body = Codec().frame(job)[HEADER.size :]
    assert job_decoder(AnyJob).decode(body) == job
    assert job.timeout > 0
    assert job.subject


def test_every_kind_of_job_travels_and_says_what_it_results_in() -> None:
    kinds = set(get_args(AnyJob))
    assert {type(job) for job in JOBS} == kinds
    defined = {kind for kind in vars(jobs).values() if isinstance(kind, type)}
    tagged = {kind for kind in defined if issubclass(kind, Job) and kind.__struct_config__.tag}
    assert tagged == kinds
    assert all(result_type(kind) is not None for kind in kinds)


async def results_have_types(pool: WorkerPool) -> None:
    """Checked by mypy; never run."""
    now = Priority.VIEWER
    assert_type(await pool.run(jobs.Survey(SOURCE), now), SourceSurvey)
    assert_type(await pool.run(jobs.SurveySubtitles(SOURCE, None), now), SubtitleSurvey)
    assert_type(await pool.run(jobs.ReadChapters(SOURCE), now), tuple[Chapter, ...])
    assert_type(await pool.run(jobs.Describe(BLOB, ""), now), FileFacts)
    assert_type(await pool.run_alone(jobs.Render(SOURCE, CUT, OUTPUT)), RenderedBlob)
    assert_type(await pool.run(jobs.RenderBatch(SOURCE, (), ()), now), BatchResult)
    assert_type(await pool.run(jobs.FindIFrames(CUT, BLOB), now), tuple[IFrame, ...])
    assert_type(await pool.run(jobs.Poster(OUTPUT, SOURCE), now), WrittenBlob)
    assert_type(await pool.run(jobs.OptimiseImage(OUTPUT, 1, OUTPUT), now), RenderedImage)
    assert_type(await pool.run(jobs.FindEngine(), now), Engine)
    assert_type(await pool.run(jobs.CheckEncoder(""), now), str)


@pytest.mark.parametrize(
    "error",
    [
        RenderFailed("f" * 64, "as arranged"),
        SourceBroken("no video"),
        SourceChanged("changing"),
        SourceOffline("not mounted"),
        StoreFull("no room"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_on_the_other_side(error: BlobhlsError) -> None:
    sent = Codec().frame(ErrorValue.of(error))[HEADER.size :]
    value = Codec().reply(sent)
    assert isinstance(value, ErrorValue)
    again = value.error()
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_an_error_that_no_job_may_raise_has_no_value() -> None:
    with pytest.raises(KeyError):
        ErrorValue.of(errors.PasswordNeeded("come in"))
    with pytest.raises(ValueError, match="2 arguments"):
        ErrorValue("SourceBroken", ("a", "b")).error()


def test_a_blob_id_in_a_result_is_one() -> None:
    codec = Codec()

    def result(blob_id: str) -> object:
        made = {"type": "rendered", "blob_id": blob_id, "size": 1, "engine": "e"}
        reply = codec.reply(codec.done(made)[HEADER.size :])
        assert isinstance(reply, Done)
        return codec.result(jobs.Render, reply)

    assert result("a" * 64) == RenderedBlob(BlobId("a" * 64), 1, "e")
    with pytest.raises(msgspec.ValidationError, match="hex digits"):
        result("../../etc/passwd")
