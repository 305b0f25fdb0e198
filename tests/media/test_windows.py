"""Windows tile the timeline, wherever the key frames are."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.plan.windows import LONGEST, TARGET, cut_windows, split_windows

BASE = Fraction(1, 1000)
points = st.lists(st.integers(0, 600_000), min_size=2, max_size=80, unique=True).map(sorted)
bases = st.sampled_from([BASE, Fraction(1, 90_000), Fraction(1, 15_360), Fraction(1001, 30_000)])


@given(points, bases)
def test_cut_windows_tile_from_the_first_point_to_the_last(
    found: list[int], base: Fraction
) -> None:
    edges = cut_windows(found, base)
    assert (edges[0], edges[-1]) == (found[0], found[-1])
    assert all(start < stop for start, stop in pairwise(edges))


@given(points, bases)
def test_every_cut_is_at_one_of_the_points(found: list[int], base: Fraction) -> None:
    assert set(cut_windows(found, base)) <= set(found)


@given(points, bases)
def test_a_window_is_long_only_where_no_point_could_end_it(
    found: list[int], base: Fraction
) -> None:
    for start, stop in list(pairwise(cut_windows(found, base)))[:-1]:
        if (stop - start) * base > LONGEST:
            # What could have ended it came within the first seconds, too early for a window.
            inside = [point for point in found if start < point < stop]
            assert all((point - start) * base < TARGET for point in inside)


@given(points, bases)
def test_split_windows_tile_and_keep_every_edge(found: list[int], base: Fraction) -> None:
    edges = split_windows(found, base)
    assert set(found) <= set(edges)
    assert (edges[0], edges[-1]) == (found[0], found[-1])
    assert all(start < stop for start, stop in pairwise(edges))
    # Half a tick of rounding at either end.
    assert all((stop - start - 1) * base <= LONGEST for start, stop in pairwise(edges))


@pytest.mark.parametrize(
    ("keys", "edges"),
    [
        ([0, 2, 4, 6, 8, 10, 12, 14, 16, 18], (0, 2, 4, 10, 16, 18)),
        ([0, 10, 20, 30], (0, 10, 20, 30)),
        ([0, 5, 17, 22], (0, 5, 17, 22)),
        ([0, 1, 2, 3], (0, 2, 3)),
        ([0, 30], (0, 30)),
    ],
)
def test_the_first_windows_are_short_and_the_others_near_the_target(
    keys: list[int], edges: tuple[int, ...]
) -> None:
    assert cut_windows(keys, Fraction(1)) == edges


def test_a_last_window_below_a_second_joins_the_one_before() -> None:
    assert cut_windows([0, 2000, 4000, 4500], BASE) == (0, 2000, 4500)


def test_a_long_first_window_is_split_so_that_playback_starts_soon() -> None:
    assert split_windows((0, 30), Fraction(1))[:3] == (0, 2, 4)
