"""Range headers, against tables from RFC 9110 and against a simple model."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from blobhls.http import (
    RequestedRange,
    Unsatisfiable,
    Whole,
    content_range,
    parse_range,
    unsatisfied_range,
)

WHOLE, NEVER = Whole(), Unsatisfiable()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-499", RequestedRange(0, 500)),
        ("bytes=500-999", RequestedRange(500, 1000)),
        ("bytes=0-0", RequestedRange(0, 1)),
        ("bytes=999-999", RequestedRange(999, 1000)),
        ("bytes=0-", RequestedRange(0, 1000)),
        ("bytes=900-", RequestedRange(900, 1000)),
        ("bytes=0-1000", RequestedRange(0, 1000)),
        ("bytes=900-5000", RequestedRange(900, 1000)),
        ("bytes=-1", RequestedRange(999, 1000)),
        ("bytes=-1000", RequestedRange(0, 1000)),
        ("BYTES=0-1", RequestedRange(0, 2)),
        ("bytes= 0-1 ", RequestedRange(0, 2)),
        ("bytes=,0-1, ,", RequestedRange(0, 2)),
        ("bytes=000-0001", RequestedRange(0, 2)),
        ("bytes=5-" + "9" * 5000, RequestedRange(5, 1000)),
    ],
)
def test_one_range_is_a_part_with_its_end_clamped(header: str, expected: RequestedRange) -> None:
    assert parse_range(header, 1000) == expected


def test_a_suffix_longer_than_the_blob_is_the_whole_blob() -> None:
    assert parse_range("bytes=-1001", 1000) == RequestedRange(0, 1000)
    assert parse_range("bytes=-" + "9" * 5000, 1000) == RequestedRange(0, 1000)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1000", "bytes=-0", "bytes=-000"])
def test_a_start_beyond_the_end_and_a_suffix_of_nothing_are_unsatisfiable(header: str) -> None:
    assert parse_range(header, 1000) == NEVER
    assert parse_range("bytes=" + "9" * 5000 + "-", 1000) == NEVER


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-x",
        "bytes=--5",
        "bytes=-5-",
        "bytes=1",
        "bytes=5-2",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=1 - 2",
        "bytes=\u0660-\u0669",
        "bytes:0-1",
        "items=0-1",
        "bytes 0-1",
        "=0-1",
    ],
)
def test_an_unknown_unit_or_a_malformed_range_is_ignored(header: str | None) -> None:
    assert parse_range(header, 1000) == WHOLE


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "bytes=0-1, 0-1", "bytes=2000-,0-"])
def test_several_ranges_are_answered_with_everything(header: str) -> None:
    assert parse_range(header, 1000) == WHOLE


def test_nothing_has_no_parts() -> None:
    assert parse_range("bytes=0-", 0) == NEVER
    assert parse_range("bytes=-0", 0) == NEVER
    assert parse_range("bytes=-5", 0) == WHOLE


def test_content_ranges_name_the_last_byte_and_the_size() -> None:
    assert content_range(RequestedRange(0, 500), 1000) == "bytes 0-499/1000"
    assert unsatisfied_range(1000) == "bytes */1000"


POSITIONS = st.none() | st.integers(0, 30)


@given(first=POSITIONS, last=POSITIONS, size=st.integers(0, 20))
def test_a_part_is_what_a_list_of_positions_says(
    first: int | None, last: int | None, size: int
) -> None:
    numbers = list(range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    match parse_range(header, size):
        case RequestedRange(start, stop):
            if first is None:
                assert last is not None
                assert numbers[start:stop] == numbers[-last:]
            else:
                stop_asked = size if last is None else last + 1
                assert numbers[start:stop] == numbers[first:stop_asked] != []
        case Unsatisfiable():
            assert last == 0 if first is None else first >= size
        case Whole():
            backward = first is not None and last is not None and last < first
            no_numbers = first is None and last is None
            assert backward or no_numbers or (first is None and size == 0)


@given(header=st.text() | st.from_regex(r"bytes=[-0-9, ]*"), size=st.integers(0, 2**40))
@example(header="bytes=-1", size=1)
def test_no_header_gives_bytes_that_are_not_there(header: str, size: int) -> None:
    span = parse_range(header, size)
    if isinstance(span, RequestedRange):
        assert 0 <= span.start < span.stop <= size
