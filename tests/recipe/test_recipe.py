"""Recipes are canonical: one value, one encoding, one id, on any machine, for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from typing import Final, get_args

import msgspec
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from blobhls.encoding_profiles import (
    AUDIO,
    CUT,
    HARDWARE,
    IMAGE,
    PLAIN_SUBTITLES,
    RUNGS,
    SUBTITLES,
    ladder_profile,
    profile_named,
)
from blobhls.recipe import (
    Blank,
    CutAudio,
    CutSubtitleFile,
    CutSubtitles,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Init,
    Ratio,
    Recipe,
    ScaledImage,
    Segment,
    Track,
    Window,
    decode,
    encode,
    image_blob,
    timed,
)
from tests.recipe.strategies import recipes

TRACK: Final = Track("5" * 32, 1, Ratio(1, 90_000), Ratio(-1, 24))
CUT_VIDEO: Final = CutVideo(TRACK, Window(0, 540_000), "ts", "cut-v2")
ENCODE_VIDEO: Final = EncodeVideo(
    TRACK, Window(0, 540_000, 188), "fmp4", "h264-720p-v1", 1280, 720, 31, 3_750, rotation=90
)
CUT_AUDIO: Final = CutAudio(TRACK, Window(-9, 9), "ts", "cut-v1", 1024, 48_000)
ENCODE_AUDIO: Final = EncodeAudio(TRACK, 0, 281, 2, "ts", "aac-stereo-v1")
CUT_TEXT: Final = CutSubtitles(TRACK, 0, 6_000, "webvtt-v1")
SCALED: Final = ScaledImage("5" * 64, 320, "pillow-13 webp-1.6", "picture-v1")
CUT_TEXT_FILE: Final = CutSubtitleFile(
    TRACK, 0, 6_000, "webvtt-v1", encoding="cp1252", format="srt"
)

# Other bytes under an old tag would leave every library with blobs that nothing makes again. If
# one of these changes, the recipe needs a new tag.
GOLDEN: Final[dict[str, tuple[Recipe, str]]] = {
    "cut-video-2": (CUT_VIDEO, "2330d6f7ec995508585b687c2b689ac53457f2c05e6ffdaa5f1c22e4822e53e9"),
    "encode-video-2": (
        ENCODE_VIDEO,
        "44f162c0d6595e3a4bb9acdba4850591a8507fbce10273aaa18ba5e7a616047e",
    ),
    "cut-text-file-1": (
        CUT_TEXT_FILE,
        "cbbae56e51772cb61d59ec7a06e287848246d2192106869849dfb9fca250f51d",
    ),
    "cut-audio-1": (CUT_AUDIO, "ca5766e796ea20796c97950a4d42225d1882ea4eac25f534601d824bc69ddeea"),
    "encode-audio-1": (
        ENCODE_AUDIO,
        "99d9ba1e5d7057d3a2f726ba928ac13f30af1a68a8d28e171af3f89038947d7f",
    ),
    "cut-text-1": (CUT_TEXT, "5a55171a32d241f764e36a53ca9e4a3d60006b6456084446db0b12338dccac99"),
    "init-1": (Init(CUT_VIDEO), "0a21493f6002a49ed75d0a1621a52b144770deabddb0968b15215353e66d4497"),
    "scaled-1": (SCALED, "dceaa29e803379aec5e729c606c2f59041cace4f920e1d39c97347e3aa4196aa"),
    "blank-1": (
        Blank(CUT_TEXT),
        "132f0bfcbf9b1138f50e0b0ee739a54a0fab89da20380389b20218272cdefe21",
    ),
}
GOLDEN_ENCODING: Final = (
    b'{"type":"encode-video-2","track":{"source_id":"55555555555555555555555555555555","stream'
    b'":1,"base":[1,90000],"zero":[-1,24]},"window":{"start":0,"stop":540000,"position":188},"'
    b'packaging":"fmp4","profile":"h264-720p-v1","width":1280,"height":720,"level":31,"frame":'
    b'3750,"rotation":90,"mirrored":false,"deinterlace":false,"every":1,"tonemap":null,"peak":0,'
    b'"colour":[1,1,1]}'
)
_MAXRATES: Final = {
    360: 800_000, 480: 1_500_000, 720: 3_000_000,
    1080: 5_500_000, 1440: 9_000_000, 2160: 16_000_000,
}  # fmt: skip
GOLDEN_HARDWARE: Final = {
    f"h264-{rung}p-{hardware}-v1": (False, maxrate, 23, preset, 0)
    for rung, maxrate in _MAXRATES.items()
    for hardware, preset in (("nvenc", "p4"), ("qsv", "veryfast"), ("vaapi", ""))
}
# What a profile is called is what it does: settings of a name never change.
GOLDEN_PROFILES: Final = {
    "cut-v2": (True, 0, 0, "", 0),
    "webvtt-v1": (True, 0, 0, "", 0),
    "webvtt-v2": (True, 0, 0, "", 0),
    "picture-v1": (True, 0, 0, "", 0),
    "aac-stereo-v2": (False, 0, 0, "", 160_000, "aac", "stereo", 1024, 0),
    "ac3-surround-v1": (False, 0, 0, "", 640_000, "ac3", "5.1(side)", 1536, 256),
    **GOLDEN_HARDWARE,
    "h264-360p-v2": (True, 800_000, 23, "veryfast", 0),
    "h264-480p-v2": (True, 1_500_000, 23, "veryfast", 0),
    "h264-720p-v2": (True, 3_000_000, 23, "veryfast", 0),
    "h264-1080p-v2": (True, 5_500_000, 23, "veryfast", 0),
    "h264-1440p-v2": (True, 9_000_000, 23, "veryfast", 0),
    "h264-2160p-v2": (True, 16_000_000, 23, "veryfast", 0),
}


@given(recipes)
def test_what_was_encoded_is_decoded(recipe: Recipe) -> None:
    assert decode(encode(recipe)) == recipe
    assert encode(decode(encode(recipe))) == encode(recipe)


@given(recipes, recipes)
def test_equal_recipes_and_no_others_have_equal_ids(one: Recipe, other: Recipe) -> None:
    assert (one.recipe_id == other.recipe_id) is (one == other)


@given(recipes)
def test_an_id_is_the_blake3_of_the_encoding(recipe: Recipe) -> None:
    assert recipe.recipe_id == blake3(encode(recipe)).hexdigest()


@given(recipes)
def test_the_order_of_keys_that_were_read_does_not_matter(recipe: Recipe) -> None:
    fields = msgspec.json.decode(encode(recipe))
    backwards = msgspec.json.encode(dict(reversed(list(fields.items()))))
    assert decode(backwards).recipe_id == recipe.recipe_id


@given(recipes)
def test_every_recipe_has_a_source_a_profile_and_a_type(recipe: Recipe) -> None:
    assert isinstance(recipe.source_id, str)
    assert isinstance(recipe.profile, str)
    kinds = {"video/mp2t", "video/iso.segment", "video/mp4", "text/vtt", "image/webp"}
    assert recipe.media_type in kinds


def test_a_source_is_a_file_or_a_blob() -> None:
    assert image_blob(SCALED.source_id) == SCALED.picture
    assert image_blob(CUT_VIDEO.source_id) is None
    assert timed(CUT_VIDEO) == CUT_VIDEO
    with pytest.raises(TypeError, match="no track"):
        timed(SCALED)


@given(st.integers(), st.integers(min_value=1), st.integers(min_value=1))
def test_a_ratio_is_in_lowest_terms_however_it_was_written(num: int, den: int, by: int) -> None:
    assert Ratio.of(Fraction(num * by, den * by)) == Ratio.of(Fraction(num, den))
    assert Ratio.of(Fraction(num, den)).value == Fraction(num, den)


@pytest.mark.parametrize("tag", GOLDEN)
def test_ids_are_what_they_have_always_been(tag: str) -> None:
    recipe, golden = GOLDEN[tag]
    assert msgspec.json.decode(encode(recipe))["type"] == tag
    assert recipe.recipe_id == golden


def test_the_encoding_is_what_it_has_always_been() -> None:
    assert encode(ENCODE_VIDEO) == GOLDEN_ENCODING


def test_every_kind_of_recipe_has_a_golden_id() -> None:
    assert {type(recipe) for recipe, _ in GOLDEN.values()} == {
        *get_args(Segment),
        Init,
        Blank,
        ScaledImage,
    }


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_gives_the_same_ids(seed: str) -> None:
    bodies = [encode(recipe) for recipe, _ in GOLDEN.values()]
    program = (
        "from blobhls.recipe import decode\n"
        f"print(*[decode(body).recipe_id for body in {bodies!r}])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    )
    assert printed.stdout.split() == [recipe.recipe_id for recipe, _ in GOLDEN.values()]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"type":"cut-video-0"}', b'{"type":"init-1"}'])
def test_what_is_no_recipe_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)


@pytest.mark.parametrize("name", GOLDEN_PROFILES)
def test_a_profile_is_what_its_name_has_always_meant(name: str) -> None:
    profile = profile_named(name)
    assert (
        profile.evictable,
        profile.maxrate,
        profile.crf,
        profile.preset,
        profile.bitrate,
        *(
            (profile.encoder, profile.layout, profile.samples, profile.delay)
            if profile.layout
            else ()
        ),
    ) == GOLDEN_PROFILES[name]


def test_every_profile_that_is_used_has_a_golden_line() -> None:
    kinds = ("", *HARDWARE)
    ladder = (ladder_profile(rung, hardware) for rung in RUNGS for hardware in kinds)
    profiles = (CUT, SUBTITLES, *AUDIO, IMAGE, *ladder)
    used = {profile.name for profile in profiles}
    # Plans made before there was another one still name it.
    assert used | {PLAIN_SUBTITLES.name} == set(GOLDEN_PROFILES)
    with pytest.raises(KeyError):
        profile_named("h264-720p-v0")


@given(st.integers(2, 5000))
def test_the_rung_of_a_picture_is_the_lowest_that_holds_it(short_side: int) -> None:
    rung = int(ladder_profile(short_side).name.split("-")[1].removesuffix("p"))
    assert rung >= min(short_side, max(RUNGS))
    assert all(lower < short_side for lower in RUNGS if lower < rung)
