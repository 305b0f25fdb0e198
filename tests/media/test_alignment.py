"""Audio frames find their exact sample although containers round time stamps."""

from __future__ import annotations

from array import array
from fractions import Fraction
from itertools import pairwise

from av.audio.frame import AudioFrame
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.audio.alignment import (
    AudioFormat,
    TimedFrame,
    aligned_to_earliest_claim,
    common_grid_sample,
    common_start,
    dejittered,
    missing_frames,
    on_timeline,
    run_slices,
)

RATE = 44_100
FORM = AudioFormat(RATE, "stereo")
SLACK = Fraction(RATE, 2000)  # half a millisecond


def rounded(sample: int) -> Fraction:
    """Return a sample's claim by a time stamp of whole milliseconds."""
    return Fraction(round(Fraction(sample, RATE) * 1000), 1000) * RATE


def sound(
    at: Fraction | int, samples: int, value: float = 1.0, *, trimmed: bool = False
) -> TimedFrame:
    frame = AudioFrame("fltp", "stereo", samples)
    frame.sample_rate = RATE
    for plane in frame.planes:
        plane.update(array("f", [value] * (plane.buffer_size // 4)).tobytes())
    return TimedFrame(frame, Fraction(at), trimmed)


@given(start=st.integers(-(10**6), 10**9), rate=st.sampled_from([8000, 11_024, 22_050, 44_100]))
def test_resampling_starts_on_both_grids(start: int, rate: int) -> None:
    seconds = Fraction(start, 48_000)
    sample = common_grid_sample(seconds, rate)
    assert (Fraction(sample, rate) * 48_000).denominator == 1
    assert sample <= seconds * rate < sample + rate


@given(
    start=st.integers(0, 10**9),
    lengths=st.lists(st.sampled_from([128, 576, 1024]), min_size=60, max_size=90),
)
def test_rounded_time_stamps_still_give_the_exact_sample(start: int, lengths: list[int]) -> None:
    claims, at = [], start
    for length in lengths:
        claims.append(rounded(at))
        at += length
    assert abs(common_start(claims, lengths, SLACK) - start) <= 3


def test_a_few_estimated_time_stamps_are_outvoted() -> None:
    lengths = [1024] * 60
    claims = [rounded(5000 + 1024 * number) for number in range(60)]
    for number in range(0, 60, 4):
        claims[number] += 100
    assert abs(common_start(claims, lengths, SLACK) - 5000) <= 3


def test_the_claim_of_a_trimmed_frame_is_ignored() -> None:
    claims = [None, Fraction(1000), Fraction(2000)]
    assert common_start(claims, [1000, 1000, 1000], Fraction(24)) == 0


def test_claims_that_are_late_now_and_then_are_moved_to_the_earliest() -> None:
    late = (18, 0, 35, 500, 9)
    first = [sound(number * 504 + off, 504) for number, off in enumerate(late)]
    second = [sound(90_000 + number * 504 + off, 504) for number, off in enumerate(late)]
    placed = [each.at for each in aligned_to_earliest_claim([*first, *second], SLACK, RATE)]
    assert placed == [number * 504 + start for start in (0, 90_000) for number in range(5)]
    assert aligned_to_earliest_claim([], SLACK, RATE) == []


def test_a_run_ends_where_time_stamps_jump() -> None:
    claims = [Fraction(at) for at in (0, 1024, 2048, 20_000, 21_024)]
    assert run_slices(claims, [1024] * 5, SLACK, RATE) == [slice(0, 3), slice(3, 5)]
    assert run_slices([], [], SLACK, RATE) == []


def test_jitter_is_removed_and_drift_is_kept() -> None:
    steady = [Fraction(1024 * number) for number in range(40)]
    jittering = [at + (number % 3) * 10 for number, at in enumerate(steady)]
    places = dejittered(jittering, 1024, Fraction(1, 2), RATE)
    assert {b - a for a, b in pairwise(places)} == {Fraction(1024)}
    drifting = [at + 8 * number for number, at in enumerate(steady)]
    assert dejittered(drifting, 1024, Fraction(1, 2), RATE) == drifting


def test_missing_frames_before_between_and_after_are_found() -> None:
    places = [Fraction(at) for at in (2500, 3500, 6500)]
    assert missing_frames(places, 1000, Fraction(0), Fraction(9000)) == [
        500,
        1500,
        4500,
        5500,
        7500,
        8500,
    ]
    assert missing_frames(places, 1000, Fraction(3000), Fraction(6000)) == [4500, 5500]
    assert missing_frames([], 1000, Fraction(1500), Fraction(4000)) == [2000, 3000]
    assert missing_frames([Fraction(0), Fraction(1010)], 1000, Fraction(0), Fraction(2000)) == []


@given(
    pieces=st.lists(st.tuples(st.integers(-3000, 12_000), st.integers(1, 3000)), max_size=6).map(
        sorted
    )
)
def test_the_timeline_has_neither_gap_nor_overlap(pieces: list[tuple[int, int]]) -> None:
    frames = list(
        on_timeline((sound(*piece) for piece in pieces), Fraction(1, 2), FORM, -1000, 10_000)
    )
    at = -1000
    for frame in frames:
        assert frame.pts == at
        at += frame.samples
    assert at >= 10_000


def test_overlaps_are_left_out_and_gaps_are_silent() -> None:
    sounds = [sound(0, 2000, 0.25), sound(-3000, 4000, 0.5), sound(6000, 1000, 0.75)]
    heard = array("f")
    for frame in on_timeline(sounds, Fraction(1, 2), FORM, 0, 7000):
        heard.extend(array("f", bytes(frame.planes[0])[: 4 * frame.samples]))
    assert list(heard) == [0.25] * 2000 + [0.0] * 4000 + [0.75] * 1000
