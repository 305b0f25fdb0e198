"""RFC 6381 `CODECS` strings from parameter sets, and H.264 levels."""

from __future__ import annotations

from fractions import Fraction

from blobhls.media.bitstream.cut_points import nal_units

_HE_AAC = {"HE-AAC": "mp4a.40.5", "HE-AACv2": "mp4a.40.29"}
# H.264 Table A-1: level_idc, macroblocks a second, macroblocks a frame, kbit/s (High: times 1.25).
_LEVELS = (
    (10, 1_485, 99, 64),
    (11, 3_000, 396, 192),
    (12, 6_000, 396, 384),
    (13, 11_880, 396, 768),
    (20, 11_880, 396, 2_000),
    (21, 19_800, 792, 4_000),
    (22, 20_250, 1_620, 4_000),
    (30, 40_500, 1_620, 10_000),
    (31, 108_000, 3_600, 14_000),
    (32, 216_000, 5_120, 20_000),
    (40, 245_760, 8_192, 20_000),
    (41, 245_760, 8_192, 50_000),
    (42, 522_240, 8_704, 50_000),
    (50, 589_824, 22_080, 135_000),
    (51, 983_040, 36_864, 240_000),
    (52, 2_073_600, 36_864, 240_000),
    (60, 4_177_920, 139_264, 240_000),
    (61, 8_355_840, 139_264, 480_000),
    (62, 16_711_680, 139_264, 800_000),
)


# VP9 Annex A: level, luma samples a second, luma samples a frame.
_VP9_LEVELS = (
    (10, 829_440, 36_864),
    (11, 2_764_800, 73_728),
    (20, 4_608_000, 122_880),
    (21, 9_216_000, 245_760),
    (30, 20_736_000, 552_960),
    (31, 36_864_000, 983_040),
    (40, 83_558_400, 2_228_224),
    (41, 160_432_128, 2_228_224),
    (50, 311_951_360, 8_912_896),
    (51, 588_251_136, 8_912_896),
    (52, 1_176_502_272, 8_912_896),
    (60, 1_176_502_272, 35_651_584),
    (61, 2_353_004_544, 35_651_584),
    (62, 4_706_009_088, 35_651_584),
)


def h264_level(width: int, height: int, rate: Fraction, maxrate: int) -> int:
    """Return the lowest level_idc that allows this size, frame rate and bit rate (High profile)."""
    blocks = -(-width // 16) * -(-height // 16)
    for level, per_second, per_frame, kilobits in _LEVELS:
        fits = blocks <= per_frame and blocks * rate <= per_second
        if fits and maxrate <= kilobits * 1250:
            return level
    return _LEVELS[-1][0]


def h264_string(level: int) -> str:
    """Return the `CODECS` string of the ladder's encodes: High profile without constraints."""
    return f"avc1.6400{level:02x}"


def avc1(extradata: bytes) -> str | None:
    """Return the RFC 6381 §3.3 string: profile, constraints and level from avcC or the first SPS.

    None where `extradata` holds neither.
    """
    if len(extradata) > 3 and extradata[0] == 1:
        return f"avc1.{extradata[1:4].hex()}"
    for unit in nal_units(extradata, 0):
        if unit[0] & 31 == 7 and len(unit) > 3:
            return f"avc1.{bytes(unit[1:4]).hex()}"
    return None


def hvc1(extradata: bytes) -> str | None:
    """Return the ISO/IEC 14496-15 Annex E string, from hvcC or the first SPS in Annex B format.

    None where `extradata` holds neither.
    """
    if len(extradata) > 12 and extradata[0] == 1:
        return _hevc_string(extradata[1:13])
    for unit in nal_units(extradata, 0):
        if unit[0] >> 1 & 63 == 33 and len(unit) > 15:
            # NAL header (2 bytes), ids (1 byte), then profile_tier_level; emulation bytes removed.
            return _hevc_string(bytes(unit[3:40]).replace(b"\0\0\3", b"\0\0")[:12])
    return None


def _hevc_string(tier_level: bytes) -> str:
    space = ("", "A", "B", "C")[tier_level[0] >> 6]
    tier = "H" if tier_level[0] & 32 else "L"
    compatibility = int(f"{int.from_bytes(tier_level[1:5], 'big'):032b}"[::-1], 2)
    constraints = tier_level[5:11].rstrip(b"\0")
    tail = "".join(f".{byte:x}" for byte in constraints)
    return f"hvc1.{space}{tier_level[0] & 31}.{compatibility:x}.{tier}{tier_level[11]}{tail}"


def av01(extradata: bytes) -> str | None:
    """Return the AV1-ISOBMFF §5 string, mandatory fields only, from av1C; None without one."""
    if len(extradata) < 4 or extradata[0] != 0x81:
        return None
    profile, level = extradata[1] >> 5, extradata[1] & 31
    tier = "H" if extradata[2] & 128 else "M"
    high, twelve_bit = extradata[2] >> 6 & 1, extradata[2] >> 5 & 1
    depth = 12 if high and twelve_bit else 10 if high else 8
    return f"av01.{profile}.{level:02d}{tier}.{depth:02d}"


def vp09(profile: str | None, depth: int, pixels: int, rate: Fraction) -> str | None:
    """Return the mandatory fields of the VP Codec ISO Media File Format Binding.

    WebM states none of them. `profile`: libav's name; `depth`: bits; `pixels` of a frame; `rate`:
    frames a second. None for an unknown profile.
    """
    number = (profile or "").removeprefix("Profile ")
    if not number.isdecimal():
        return None
    fitting_levels = (
        level
        for level, max_rate, size in _VP9_LEVELS
        if pixels <= size and pixels * rate <= max_rate
    )
    return f"vp09.{int(number):02d}.{next(fitting_levels, _VP9_LEVELS[-1][0])}.{depth:02d}"


def mp4a(extradata: bytes, profile: str | None) -> str | None:
    """Return the RFC 6381 §3.3 string: object type from the AudioSpecificConfig, or from libav.

    `profile`: libav's name. It alone reveals HE-AAC that is signalled only inside the frames.
    """
    he_aac = _HE_AAC.get(profile or "")
    if he_aac is not None:
        return he_aac
    if len(extradata) >= 2:
        object_type = extradata[0] >> 3
        if object_type == 31:
            object_type = 32 + ((extradata[0] & 7) << 3 | extradata[1] >> 5)
        return f"mp4a.40.{object_type}"
    object_types = {"LC": 2, "Main": 1, "SSR": 3, "LTP": 4}
    return f"mp4a.40.{object_types[profile]}" if profile in object_types else None
