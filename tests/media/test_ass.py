"""ASS events reduced to what WebVTT has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls.webvtt import cue_text
from blobhls.media.subtitles.ass import TOP, Script, Style, parse_script, plain_text, reduce_event

HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: 640
PlayResY: 360

[V4+ Styles]
Format: Name, Fontname, Bold, Italic, Alignment, MarginL
Style: Default,Arial,-1,0,2,10
Style: Sign,Arial,0,-1,8,10
Style: Corner, Arial, 0, 1, 7, 10
Style: Broken
[Events]
Style: Late,Arial,0,-1,8,10
"""
OLD = """[V4 Styles]
Format: Name, Italic, Alignment
Style: *Default,0,2
Style: Top,-1,6
Style: Numpad top is middle here,0,9
"""
SCRIPT = parse_script(HEADER.encode())


def event(words: str, style: str = "Default") -> str:
    return f"0,0,{style},,0,0,0,,{words}"


def test_a_header_states_italics_and_position_of_its_styles() -> None:
    assert SCRIPT.height == 360
    assert SCRIPT.styles == {
        "Default": Style(),
        "Sign": Style(italic=True, top=True),
        "Corner": Style(italic=True, top=True),
        "Broken": Style(),
    }


def test_alignments_of_ssa_have_other_numbers() -> None:
    assert parse_script(OLD.encode()).styles == {
        "Default": Style(),
        "Top": Style(italic=True, top=True),
        "Numpad top is middle here": Style(),
    }


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("plain", "plain"),
        ("{\\i1}leaning{\\i0} not", "<i>leaning</i> not"),
        ("{\\b1\\i1}both{\\b0\\i0}", "<b><i>both</i></b>"),
        ("{\\i1}a{\\b1}b{\\i0}c{\\b0}d", "<i>a<b>b</b></i><b>c</b>d"),
        ("{\\i1}Top{\\r}\\NLine", "<i>Top</i>\nLine"),
        ("a {\\rSign}sign{\\rDefault} b", "a <i>sign</i> b"),
        ("{\\i1}a{\\rUnknown}b", "<i>a</i>b"),
        ("{\\b700}heavy{\\b}", "<b>heavy</b>"),
        ("{\\i1}{\\i0}nothing", "nothing"),
        ("{\\bord2\\blur3\\iclip(1,2,3,4)\\be1}none of these", "none of these"),
        ("{\\p1}m 0 0 l 100 0 100 100{\\p0}words", "words"),
        ("{\\pos(10,300)\\p2}m 0 0 l 1 1", ""),
        ("two\\Nlines\\nand\\ha space", "two\nlines\nand\u00a0a space"),
        ("{comment}words, with, commas", "words, with, commas"),
        ("\\{kept\\}", "{kept}"),
        ("{open", "{open"),
    ],
)
def test_only_styling_that_webvtt_has_is_kept(words: str, text: str) -> None:
    assert reduce_event(event(words), SCRIPT).text == text


def test_a_style_is_italic_until_an_override_ends_it() -> None:
    assert reduce_event(event("sign{\\i0} not{\\i} again", "Sign"), SCRIPT).text == (
        "<i>sign</i> not<i> again</i>"
    )
    assert reduce_event(event("sign", "*Sign"), SCRIPT).text == "<i>sign</i>"
    assert reduce_event(event("sign", "Late"), SCRIPT).text == "sign"


@pytest.mark.parametrize(
    ("words", "style", "top"),
    [
        ("as the style", "Default", False),
        ("as the style", "Sign", True),
        ("{\\an8}x", "Default", True),
        ("{\\an9}x", "Default", True),
        ("{\\an2}x", "Sign", False),
        ("{\\an5}x", "Default", False),
        ("{\\a6}x", "Default", True),
        ("{\\a10}x", "Sign", False),
        ("{\\an8}x{\\an2}", "Default", True),  # the first one counts
        ("{\\pos(320,20)}x", "Default", True),
        ("{\\an8\\pos(320,340)}x", "Default", False),  # where it is, not how it is anchored
        ("{\\move(0,10.5,0,300)}x", "Default", True),
        ("{\\pos(320,-.-)}x", "Default", False),
        ("{\\alpha&H80&}x", "Default", False),
    ],
)
def test_cues_at_the_top_stay_there(words: str, style: str, *, top: bool) -> None:
    assert reduce_event(event(words, style), SCRIPT).settings == (TOP if top else "")


@given(st.text(), st.binary(max_size=300))
def test_any_event_becomes_a_valid_cue(words: str, header: bytes) -> None:
    found = reduce_event(words, parse_script(header))
    assert found.settings in {"", TOP}
    cue_text(found.text)


soup = st.lists(
    st.sampled_from(["a", " ", "{\\i1}", "{\\i0}", "{\\b1}", "{\\b}", "{\\u1}", "{\\r}", "\\N"])
).map("".join)


@given(soup)
def test_tags_are_in_pairs(words: str) -> None:
    text = reduce_event(event(words), Script()).text
    assert cue_text(text).replace("\n", "") == text.replace("\n", "") or "\n" in text
    for tag in "ibu":
        assert text.count(f"<{tag}>") == text.count(f"</{tag}>")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("plain", "plain"),
        ("{\\an8}top", "top"),
        ("{\\i1}leaning{\\i0} not", "<i>leaning</i> not"),
        ("{\\b1\\i1}both{\\b0\\i0}", "<b><i>both</b></i>"),
        ("{\\b700}heavy{\\b}", "<b>heavy</b>"),
        ("{\\bord2\\blur3\\iclip(1,2,3,4)\\be1}none of these", "none of these"),
        ("{\\p1}m 0 0 l 100 0 100 100{\\p0}words", "words"),
        ("{\\pos(10,20)\\p2}m 0 0 l 1 1", ""),
        ("two\\Nlines\\nand\\ha space", "two\nlines\nand\u00a0a space"),
        ("{comment}words, with, commas", "words, with, commas"),
        ("\\{kept\\}", "{kept}"),
        ("{open", "{open"),
    ],
)
def test_the_first_profile_still_gives_the_same_text(event: str, words: str) -> None:
    assert plain_text(f"0,0,Default,,0,0,0,,{event}") == words
