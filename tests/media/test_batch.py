"""Recipes of a batch share one opening of the file, and the bytes are the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from blobhls.blob import BlobId
from blobhls.errors import RenderFailed
from blobhls.media.container.source import source_id
from blobhls.media.error_values import ErrorValue
from blobhls.media.execution import Executor
from blobhls.media.jobs import Render, RenderBatch, Survey
from blobhls.media.places import Places
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.references import LibraryFile, StagedFile
from blobhls.media.results import Engine
from blobhls.recipe import CutAudio, CutVideo, Recipe, Window, decode

ENGINE = Engine("this one", "none")
CLIPS = (
    "clip_mp4",
    "clip_mkv_two_audio_srt",
    "clip_ts",
    "clip_hevc",
    "clip_open_gop",
    "clip_avi",
    "clip_webm",
)


@pytest.fixture(params=CLIPS)
def clip(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def worker(clip: Path, staging: Path) -> Executor:
    return Executor(Places(clip.parent, staging, staging), ENGINE)


def file(clip: Path) -> LibraryFile:
    return LibraryFile(clip.name.encode())


def cuts(clip: Path) -> list[Recipe]:
    """Every cutting recipe of the clip, track by track."""
    plan = make_plan("a" * 64, probe(clip))
    recipes = (plan.recipe(r, number) for r in plan.renditions for number in range(r.count))
    return [recipe for recipe in recipes if isinstance(recipe, CutVideo | CutAudio)]


def made_in_one_go(recipes: Sequence[Recipe], clip: Path, folder: Path) -> list[BlobId | str]:
    folder.mkdir()
    outputs = tuple(StagedFile(str(number)) for number in range(len(recipes)))
    batch = RenderBatch(file(clip), tuple(recipes), outputs)
    run = worker(clip, folder).execute(batch)
    return [str(o.error()) if isinstance(o, ErrorValue) else o.blob_id for o in run.outcomes]


def made_alone(recipe: Recipe, clip: Path, staged: Path) -> BlobId:
    job = Render(file(clip), recipe, StagedFile(staged.name))
    made = worker(clip, staged.parent).execute(job)
    assert made.engine == ENGINE.name
    staged.unlink()
    return made.blob_id


def test_a_batch_renders_the_same_bytes_as_single_jobs(clip: Path, tmp_path: Path) -> None:
    recipes = cuts(clip)
    alone = [made_alone(recipe, clip, tmp_path / "staged") for recipe in recipes]
    assert made_in_one_go(recipes, clip, tmp_path / "run") == alone


def test_the_order_of_a_batch_does_not_matter(clip: Path, tmp_path: Path) -> None:
    recipes = cuts(clip)
    forward = made_in_one_go(recipes, clip, tmp_path / "forward")
    backward = made_in_one_go(recipes[::-1], clip, tmp_path / "backward")
    assert backward == forward[::-1]


def test_a_failure_in_a_batch_does_not_stop_the_rest(clip_mp4: Path, tmp_path: Path) -> None:
    good, other = (recipe for recipe in cuts(clip_mp4)[:2] if isinstance(recipe, CutVideo))
    beyond = good.window.stop * 1000
    broken = msgspec.structs.replace(good, window=Window(beyond, beyond + 1))
    with pytest.raises(RenderFailed):
        made_alone(broken, clip_mp4, tmp_path / "staged")
    first, failed, last = made_in_one_go([good, broken, other], clip_mp4, tmp_path / "run")
    assert (first, last) == tuple(
        made_alone(recipe, clip_mp4, tmp_path / "staged") for recipe in (good, other)
    )
    assert not isinstance(failed, BlobId)


def test_the_first_segment_is_the_same_right_after_a_survey(clip: Path, tmp_path: Path) -> None:
    job = Survey(file(clip), StagedFile("begun"))
    begun = worker(clip, tmp_path).execute(job).first_segment
    first = make_plan(source_id(clip), probe(clip)).renditions[0].template
    assert (begun is not None) is isinstance(first, CutVideo)
    if begun is not None:
        alone = made_alone(decode(begun.recipe), clip, tmp_path / "alone")
        assert alone == begun.rendered.blob_id == BlobId.of((tmp_path / "begun").read_bytes())
