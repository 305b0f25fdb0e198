"""Texts of other servers are sanitised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.remote.failures import clean, refusal


@given(st.text())
def test_sanitised_text_is_one_short_printable_line(text: str) -> None:
    words = clean(text)
    assert len(words) <= 200
    assert words == words.strip()
    assert words.isprintable() or " " in words
    assert "\x1b" not in words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  not\r\n\tallowed ", "not allowed"),
        ("\x1b[31mred\x07", "[31mred"),
        ("\u202eback\u200bwards", "backwards"),
        ("Größe", "Größe"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_control_and_direction_characters_are_removed(text: str, words: str) -> None:
    assert clean(text) == words


def test_without_a_reason_the_usual_phrase_is_used() -> None:
    assert str(refusal("cdn.example", 404, None, None)) == "cdn.example answered 404: Not Found"
    assert refusal("cdn.example", 599, "\x00", None).reason == "no reason given"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 0 ", 0.0), ("-1", None), ("soon", None), ("", None), ("9" * 30, None)],
)
def test_retry_after_may_be_seconds(header: str, seconds: float | None) -> None:
    assert refusal("cdn.example", 503, None, header).retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    late = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    patience = refusal("cdn.example", 503, None, late).retry_after
    assert patience is not None
    assert 3000 < patience <= 3600
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert refusal("cdn.example", 503, None, past).retry_after == 0
