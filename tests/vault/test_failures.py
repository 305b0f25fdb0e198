"""Recipes that failed to render."""

from __future__ import annotations

import pytest

from blobhls.recipe import CutSubtitles, Ratio, Recipe, Track
from blobhls.vault.failures import Failures


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def failures(clock: Clock) -> Failures:
    return Failures(clock)


def text(number: int, source_id: str = "s") -> Recipe:
    return CutSubtitles(
        Track(source_id, 0, Ratio(1, 1), Ratio(0, 1)), number, number + 1, "webvtt-v1"
    )


def test_one_failure_may_be_chance_and_two_are_none(failures: Failures) -> None:
    failures.note(text(1), "why")
    assert failures.recent_reason(text(1)) is None
    assert failures.of_source("s") == frozenset()
    failures.note(text(1), "why again")
    assert failures.recent_reason(text(1)) == "why again"
    assert failures.of_source("s") == {text(1).recipe_id}
    assert failures.recent_reason(text(2)) is None
    assert failures.of_source("another") == frozenset()


def test_the_impossible_is_tried_again_after_some_minutes(failures: Failures, clock: Clock) -> None:
    for _ in range(2):
        failures.note(text(1), "why")
    clock.now = 601
    assert failures.recent_reason(text(1)) is None
    assert failures.of_source("s") == {text(1).recipe_id}
    failures.note(text(1), "still")
    assert failures.recent_reason(text(1)) == "still"


def test_what_was_made_is_forgotten(failures: Failures) -> None:
    failures.clear(text(1))
    for _ in range(2):
        failures.note(text(1), "why")
    failures.clear(text(1))
    assert failures.of_source("s") == frozenset()


def test_it_does_not_grow_without_end(failures: Failures) -> None:
    for number in range(1_100):
        for _ in range(2):
            failures.note(text(1, f"s{number}"), "why")
    assert failures.of_source("s0") == frozenset()
    assert failures.of_source("s1099") != frozenset()
