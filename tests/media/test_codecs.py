"""`CODECS` strings and levels, against the examples and tables of the standards."""

from __future__ import annotations

from fractions import Fraction

import pytest

from blobhls.media.plan import codecs


@pytest.mark.parametrize(
    ("size", "rate", "maxrate", "level"),
    [
        ((128, 96), 15, 64_000, 10),
        ((640, 360), 30, 800_000, 30),
        ((854, 480), 30, 1_500_000, 31),
        ((1280, 720), 30, 3_000_000, 31),
        ((1280, 720), 60, 3_000_000, 32),
        ((1920, 1080), 30, 5_500_000, 40),
        ((1920, 1080), 60, 5_500_000, 42),
        ((3840, 2160), 30, 16_000_000, 51),
        ((3840, 2160), 60, 16_000_000, 52),
        ((2160, 3840), 60, 16_000_000, 52),
        ((7680, 4320), 120, 16_000_000, 62),
        ((16_384, 16_384), 240, 16_000_000, 62),  # beyond every level: the highest
        ((320, 180), 30, 30_000_000, 41),  # bits decide; level 4.1 has 4.0's pictures
    ],
)
def test_the_level_is_the_lowest_that_allows_size_rate_and_bits(
    size: tuple[int, int], rate: int, maxrate: int, level: int
) -> None:
    assert codecs.h264_level(*size, Fraction(rate), maxrate) == level


@pytest.mark.parametrize(("level", "string"), [(31, "avc1.64001f"), (52, "avc1.640034")])
def test_the_ladder_states_high_profile_and_its_level(level: int, string: str) -> None:
    assert codecs.h264_string(level) == string


def test_avc1_reads_avcc_and_annex_b() -> None:
    assert codecs.avc1(bytes.fromhex("014d401fffe1")) == "avc1.4d401f"
    assert codecs.avc1(bytes.fromhex("000000016742c01eab")) == "avc1.42c01e"
    assert codecs.avc1(b"") is None


@pytest.mark.parametrize(
    ("tier_level", "string"),
    [
        # ISO/IEC 14496-15 annex E.3: Main, Main tier, level 3.1; and High tier with constraints.
        ("01" + "60000000" + "b00000000000" + "5d", "hvc1.1.6.L93.b0"),
        ("22" + "20000000" + "900000000000" + "78", "hvc1.2.4.H120.90"),
        ("41" + "60000000" + "000000000000" + "5d", "hvc1.A1.6.L93"),
    ],
)
def test_hvc1_follows_annex_e(tier_level: str, string: str) -> None:
    assert codecs.hvc1(b"\1" + bytes.fromhex(tier_level)) == string


def test_hvc1_takes_emulation_bytes_out_of_an_sps() -> None:
    sps = bytes.fromhex("0000000142010101600000030090000003000003005da00280")
    assert codecs.hvc1(sps) == "hvc1.1.6.L93.90"


@pytest.mark.parametrize(
    ("configuration", "string"),
    [
        ("81050c00", "av01.0.05M.08"),
        ("81094c00", "av01.0.09M.10"),
        ("812dac00", "av01.1.13H.08"),
        ("00000000", None),
    ],
)
def test_av01_states_profile_level_tier_and_depth(configuration: str, string: str | None) -> None:
    assert codecs.av01(bytes.fromhex(configuration)) == string


@pytest.mark.parametrize(
    ("profile", "depth", "size", "rate", "string"),
    [
        ("Profile 0", 8, (256, 144), 15, "vp09.00.10.08"),
        ("Profile 0", 8, (1280, 720), 30, "vp09.00.31.08"),
        ("Profile 0", 8, (1920, 1080), 30, "vp09.00.40.08"),
        ("Profile 0", 8, (1920, 1080), 60, "vp09.00.41.08"),
        ("Profile 2", 10, (3840, 2160), 60, "vp09.02.51.10"),
        ("Profile 2", 10, (16_384, 16_384), 240, "vp09.02.62.10"),
        (None, 8, (1920, 1080), 30, None),
        ("unknown", 8, (1920, 1080), 30, None),
    ],
)
def test_vp09_states_profile_level_and_depth(
    profile: str | None, depth: int, size: tuple[int, int], rate: int, string: str | None
) -> None:
    assert codecs.vp09(profile, depth, size[0] * size[1], Fraction(rate)) == string


def test_mp4a_reads_the_object_type() -> None:
    assert codecs.mp4a(bytes.fromhex("1190"), None) == "mp4a.40.2"
    assert codecs.mp4a(bytes.fromhex("f8e0"), None) == "mp4a.40.39"
    assert codecs.mp4a(b"", "HE-AAC") == "mp4a.40.5"
