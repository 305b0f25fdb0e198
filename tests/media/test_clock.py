"""Time stamps of independently rendered segments chain."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.container.clock import Clock, Times, segment_times
from blobhls.recipe import LEAD_SECONDS, MPEG_CLOCK, Ratio, Track

ORIGIN = LEAD_SECONDS * MPEG_CLOCK  # where the timeline begins
EARLY = 180  # ticks, 2 ms


class Film(NamedTuple):
    """Windows, each with the presentation times of its frames in decoding order."""

    edges: list[int]
    groups: list[list[int]]
    reorder: int
    frame: int

    def times(self) -> list[Times]:
        pairs = zip(self.groups, pairwise(self.edges), strict=True)
        return [segment_times(group, span) for group, span in pairs]


@st.composite
def films(draw: st.DrawFn, *, steady: bool = False) -> Film:
    """Closed GOPs with any reordering up to `reorder`, at any distances."""
    frame = draw(st.integers(750, 90_000))  # 120 to 1 pictures a second
    reorder = draw(st.integers(0, 4))
    step = st.just(frame) if steady else st.integers(6, 3 * frame)
    edges, groups = [ORIGIN], []
    for _ in range(draw(st.integers(1, 4))):
        steps = draw(st.lists(step, min_size=1, max_size=24))
        shown = [edges[-1]]
        for distance in steps[1:]:
            shown.append(shown[-1] + distance)
        groups.append([shown[0], *draw(_reordered(shown[1:], reorder))])
        # Room for strictly rising ticks, as any real window has it.
        edges.append(shown[-1] + steps[0] + (0 if steady else len(steps) + EARLY))
    return Film(edges, groups, reorder, frame)


@st.composite
def _reordered(draw: st.DrawFn, shown: list[int], reorder: int) -> list[int]:
    """Decode some frames up to `reorder` positions early."""
    result = list(shown)
    for place in range(reorder, len(result), reorder + 1):
        early = draw(st.integers(0, reorder))
        result.insert(place - early, result.pop(place))
    return result


@given(films())
def test_decode_times_rise_strictly_even_over_joins(film: Film) -> None:
    decode = [tick for times in film.times() for tick in times.decode]
    assert all(earlier < later for earlier, later in pairwise(decode))


@given(films())
def test_each_segment_begins_exactly_where_the_one_before_ended(film: Film) -> None:
    for times, (start, stop) in zip(film.times(), pairwise(film.edges), strict=True):
        assert times.decode[0] == (start if start == ORIGIN else start - EARLY)
        assert times.decode[0] + sum(times.durations) == stop - EARLY
        assert min(times.durations) > 0


@given(films())
def test_the_very_first_frame_is_shown_when_it_is_decoded(film: Film) -> None:
    first, *others = film.times()
    assert first.decode[0] == first.presentation[0]
    assert all(times.decode[0] == times.presentation[0] - EARLY for times in others)


@given(films())
def test_presentation_times_are_those_of_the_source(film: Film) -> None:
    for times, group in zip(film.times(), film.groups, strict=True):
        assert times.presentation == group


@given(films())
def test_no_frame_is_shown_before_it_is_decoded(film: Film) -> None:
    for times in film.times():
        pairs = zip(times.decode, times.presentation, strict=True)
        assert all(decode <= presentation for decode, presentation in pairs)


@given(films(steady=True))
def test_at_a_constant_rate_frames_are_decoded_evenly(film: Film) -> None:
    for times in film.times():
        middle = times.durations[film.reorder + 1 : -film.reorder - 3]
        assert set(middle) <= {film.frame}


@given(films(steady=True))
def test_the_last_frame_lasts_until_the_next_segment(film: Film) -> None:
    for times, stop in zip(film.times(), film.edges[1:], strict=True):
        end = times.presentation[-1] + times.durations[-1]
        assert stop - EARLY <= end <= stop + film.frame


@pytest.mark.parametrize(
    "ending",
    [[0], [1, 0], [2, 0, 1], [3, 0, 1, 2], [3, 1, 0, 2], [1, 0, 2], [3, 1, 0, 2, 4]],
    ids=str,
)
def test_the_last_two_frames_are_as_far_apart_as_the_last_is_from_the_end(
    ending: list[int],
) -> None:
    # Ten mini groups of pictures like the ending, behind an IDR.
    size = len(ending)
    stamps = [0, *(1 + size * group + place for group in range(10) for place in ending)]
    times = segment_times(
        [ORIGIN + 3000 * at for at in stamps], (ORIGIN, ORIGIN + 3000 * len(stamps))
    )
    end = ORIGIN + 3000 * len(stamps) - EARLY
    assert abs((end - times.decode[-1]) - (times.decode[-1] - times.decode[-2])) <= 1
    assert end - times.decode[-1] < 2 * 3000


def test_frames_with_the_same_time_stamp_get_different_times() -> None:
    times = segment_times([ORIGIN, ORIGIN, ORIGIN + 3000], (ORIGIN, ORIGIN + 6000))
    assert times.presentation == [ORIGIN, ORIGIN + 1, ORIGIN + 3000]


@given(st.lists(st.integers(-(2**33), ORIGIN + MPEG_CLOCK), min_size=1, max_size=40))
def test_damaged_time_stamps_still_give_times_that_chain(stamps: list[int]) -> None:
    span = (ORIGIN, ORIGIN + 2 * MPEG_CLOCK)
    times = segment_times([ORIGIN, *stamps], span)
    assert all(earlier < later for earlier, later in pairwise(times.decode))
    pairs = zip(times.decode, times.presentation, strict=True)
    assert all(decode <= presentation for decode, presentation in pairs)
    assert len(set(times.presentation)) == len(times.presentation)
    assert times.decode[0] + sum(times.durations) == span[1] - EARLY


def test_a_segment_without_frames_has_no_times() -> None:
    assert segment_times([], (0, 10)) == Times([], [], [])


@given(
    st.integers(-(2**40), 2**40),
    st.fractions(0, 1000, max_denominator=90_000),
    st.sampled_from([(1, 1000), (1, 90_000), (1, 15_360), (1001, 30_000)]),
)
def test_a_clock_is_never_off_by_more_than_half_a_tick(
    tick: int, zero: Fraction, base: tuple[int, int]
) -> None:
    track = Track("source", 0, Ratio(*base), Ratio.of(zero))
    exact = (tick * Fraction(*base) - zero + LEAD_SECONDS) * MPEG_CLOCK
    assert abs(Clock.of(track, MPEG_CLOCK)(tick) - exact) <= Fraction(1, 2)
