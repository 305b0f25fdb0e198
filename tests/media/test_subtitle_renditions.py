from __future__ import annotations

import msgspec
import pytest

from blobhls.media.plan.subtitle_renditions import SubtitleFile, with_subtitle_files
from blobhls.media.results import SubtitleSurvey
from blobhls.recipe import CutSubtitleFile, Ratio, Track
from tests.resolver.stage import plan_of

PLAN = plan_of("film")


def file(
    source: str = "a" * 64, language: str | None = "en", title: str | None = None, **flags: bool
) -> SubtitleFile:
    found = SubtitleSurvey(source, "cp1252", "srt", Ratio(1, 1000))
    none = {"forced": False, "hearing_impaired": False, "default": False}
    return SubtitleFile(found, language, title, **(none | flags))


def test_subtitle_files_come_after_the_plans_own_renditions() -> None:
    plan = with_subtitle_files(PLAN, [file(), file("b" * 64, "ger", forced=True)])
    assert plan.renditions[:-2] == PLAN.renditions
    english, german = plan.renditions[-2:]
    assert (english.name, english.title, english.language) == (
        "subs-aaaaaaaaaaaa-en_vtt",
        "English",
        "en",
    )
    assert (german.name, german.title, german.language, german.forced) == (
        "subs-bbbbbbbbbbbb-ger_vtt",
        "German (forced)",
        "de",
        True,
    )
    assert english.edges == PLAN.renditions[-1].edges
    assert plan.source_id == PLAN.source_id


def test_titles_are_unique_and_at_most_one_is_the_default() -> None:
    files = [
        file("a" * 64, "fr", "Français", default=True),
        file("b" * 64, "fr", "Français 2", default=True),
        file("c" * 64, "fr", "Français"),
    ]
    texts = [r for r in with_subtitle_files(PLAN, files).renditions if r.kind == "subtitles"]
    titles = [rendition.title for rendition in texts]
    assert len(set(titles)) == len(titles) == 4
    assert [rendition.default for rendition in texts] == [False, True, False, False]


def test_the_same_content_twice_is_offered_once() -> None:
    assert len(with_subtitle_files(PLAN, [file(), file()]).renditions) == len(PLAN.renditions) + 1


def test_a_segments_recipe_names_the_file_format_and_encoding() -> None:
    plan = with_subtitle_files(PLAN, [file(hearing_impaired=True)])
    rendition = plan.renditions[-1]
    recipe = plan.recipe(rendition, 1)
    assert isinstance(recipe, CutSubtitleFile)
    assert (recipe.track.source_id, recipe.encoding, recipe.format) == ("a" * 64, "cp1252", "srt")
    assert (recipe.start, recipe.stop, recipe.position) == (2000, 4000, -1)
    assert plan.init(rendition) is None
    assert rendition.characteristics


@pytest.mark.parametrize(
    ("zero", "wanted"), [(Ratio(0, 1), 0), (Ratio(1, 12), 1 / 12), (Ratio(3, 2), 0)]
)
def test_times_count_from_the_start_of_the_file_or_the_first_frame(
    zero: Ratio, wanted: float
) -> None:
    first = PLAN.renditions[0]
    moved = msgspec.structs.replace(first.template, track=Track("film", 0, Ratio(1, 90_000), zero))
    plan = msgspec.structs.replace(
        PLAN,
        renditions=(msgspec.structs.replace(first, template=moved), *PLAN.renditions[1:]),
    )
    track = with_subtitle_files(plan, [file()]).renditions[-1].template.track
    assert float(track.zero.value) == pytest.approx(wanted)
