"""If-None-Match and If-Range."""

from __future__ import annotations

import pytest

from blobhls.http import etag_of, is_current, range_applies


def test_an_etag_is_quoted() -> None:
    assert etag_of("abc") == '"abc"'


@pytest.mark.parametrize(
    "header",
    ['"abc"', 'W/"abc"', "*", " * ", '"x", "abc"', '"x",W/"abc" , "y"', '"a,b", "abc"'],
)
def test_a_list_that_holds_the_tag_weak_or_strong_means_current(header: str) -> None:
    assert is_current(header, "abc")


@pytest.mark.parametrize(
    "header", [None, "", "abc", '"ab"', '"abcd"', '"x", "*"', '"x abc"', "W/*"]
)
def test_a_list_without_the_tag_means_not_current(header: str | None) -> None:
    assert not is_current(header, "abc")


@pytest.mark.parametrize("header", [None, '"abc"', ' "abc" '])
def test_a_range_applies_to_the_very_same_bytes(header: str | None) -> None:
    assert range_applies(header, "abc")


@pytest.mark.parametrize(
    "header", ["", 'W/"abc"', '"x"', '"x", "abc"', "*", "Sun, 06 Nov 1994 08:49:37 GMT"]
)
def test_a_weak_tag_or_a_date_lets_no_range_apply(header: str) -> None:
    assert not range_applies(header, "abc")
