"""WebVTT segments hold exactly the given cues, whatever their text contains."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls import Cue, webvtt
from blobhls.hls.webvtt import cue_text

HEAD = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"


def cue(text: str, settings: str = "") -> Cue:
    return Cue(Fraction(1), Fraction(2), text, settings)


def test_cues_are_written_in_order_with_their_time_map() -> None:
    cues = [
        Cue(Fraction(3661), Fraction(7322, 2) + Fraction(5, 2000), "second"),
        Cue(Fraction(1, 3), Fraction(4, 3), "first\nline two", "align:start line:10%"),
    ]
    assert webvtt(cues, 900_000) == (
        f"{HEAD}\n00:00:00.333 --> 00:00:01.333 align:start line:10%\nfirst\nline two\n"
        "\n01:01:01.000 --> 01:01:01.003\nsecond\n"
    )


def test_a_segment_without_cues_is_still_a_webvtt_file() -> None:
    assert webvtt([], 900_000) == HEAD


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("plain", "plain"),
        ("<i>kept</i>", "<i>kept</i>"),
        ("<b><u>kept</u></b>", "<b><u>kept</u></b>"),
        ("R&D &amp; &lt;3 &#39;", "R&amp;D &amp; &lt;3 &#39;"),
        ("a --> b", "a --&gt; b"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("<font color=red>x</font>", "&lt;font color=red&gt;x&lt;/font&gt;"),
        ("<i>open", "<i>open</i>"),
        ("<i><b>open", "<i><b>open</b></i>"),
        ("shut</i>", "shut"),
        ("<i><b>crossed</i></b>", "<i><b>crossed</b></i>"),
        ("one\n\n\n two \r\n\r\nthree\rfour", "one\ntwo\nthree\nfour"),
        ("one\n</i>\ntwo", "one\ntwo"),
        ("a\x00b\u2028c\ufeff", "a b c"),
        ("bad \udc80", "bad \ufffd"),
        ("\n \n", ""),
        ("&copy; &#9999999999;", "&amp;copy; &amp;#9999999999;"),
    ],
)
def test_the_text_of_a_cue_is_escaped(text: str, payload: str) -> None:
    assert cue_text(text) == payload


def test_a_cue_without_text_is_left_out() -> None:
    assert webvtt([cue(" \n\n ")], 900_000) == HEAD


def test_invalid_cue_settings_are_dropped() -> None:
    hostile = "line:5 region:x position:200% foo:bar align:middle -->\n\nNOTE size:50%"
    assert "\n00:00:01.000 --> 00:00:02.000 line:5 size:50%\nx\n" in webvtt([cue("x", hostile)], 0)


def test_a_cue_shorter_than_a_millisecond_lasts_one() -> None:
    short = Cue(Fraction(1), Fraction(10_001, 10_000), "x")
    assert "00:00:01.000 --> 00:00:01.001" in webvtt([short], 0)


@pytest.mark.parametrize(("start", "stop"), [(-1, 1), (1, 1), (2, 1)])
def test_an_impossible_cue_can_not_be_created(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="no cue"):
        Cue(Fraction(start), Fraction(stop), "x")


@pytest.mark.parametrize("mpegts", [-1, 1 << 33])
def test_a_timestamp_that_does_not_fit_33_bits_is_refused(mpegts: int) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        webvtt([], mpegts)


pieces = st.sampled_from(["-->", "\n", "\n\n", "\r", "<i>", "</i>", "<b>", "</b>", "&", "<", "x"])


@given(st.lists(st.lists(pieces | st.text(max_size=4), max_size=8).map("".join), max_size=4))
def test_untrusted_text_neither_adds_nor_splits_cues(texts: list[str]) -> None:
    document = webvtt(map(cue, texts), 0)
    blocks = document.rstrip("\n").split("\n\n")[1:]
    assert len(blocks) == len([text for text in texts if cue_text(text)])
    for block in blocks:
        timing, *lines = block.split("\n")
        assert "-->" in timing
        assert lines
        assert not any("-->" in line or not line.strip() for line in lines)
        assert not re.search(r"<(?!/?[biu]>)|&(?!\w+;|#)", "\n".join(lines))
    document.encode()
