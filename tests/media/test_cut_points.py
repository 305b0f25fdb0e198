"""Classification of key packets, with handmade bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.bitstream import cut_points

START = b"\0\0\0\1"
SPS, PPS, SEI, AUD = (bytes((kind, 0x80, 0x40)) for kind in (0x67, 0x68, 6, 9))
# Behind the type: first_mb_in_slice 0, then slice_type, in exp-Golomb codes (H.264 §9.1).
IDR, SLICE = b"\x65\x88\x80", b"\x41\x88\x80"  # all slices I: 1 0001000
IDR_OF_I, IDR_OF_P = b"\x65\xb8\x80", b"\x65\xe0\x80"  # this slice I: 1 011; P: 1 1
FAR_IDR = b"\x65\x00\x00\x03\x01\x00\x00\x03\x00\x88\x80"  # a number of many zeros


def _hevc(kind: int) -> bytes:
    return bytes((kind << 1, 1, 0x80))


def _annex_b(*units: bytes) -> bytes:
    return b"".join(START + unit for unit in units)


def _prefixed(size: int, *units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(size, "big") + unit for unit in units)


@pytest.mark.parametrize(
    ("units", "clean"),
    [
        ([AUD, SPS, PPS, SEI, IDR], True),
        ([IDR], True),
        ([IDR_OF_I, IDR_OF_I], True),
        ([IDR_OF_I, SLICE], True),  # the second field
        ([IDR_OF_P], False),  # an encoder's mistake
        ([IDR_OF_I, IDR_OF_P], False),
        ([SPS, PPS, SEI, SLICE], False),  # a recovery point: what follows may look back
        ([SPS, PPS], False),
    ],
)
@pytest.mark.parametrize("size", [0, 2, 4])
def test_in_h264_only_an_idr_is_a_cut_point(units: list[bytes], clean: bool, size: int) -> None:
    data = _prefixed(size, *units) if size else _annex_b(*units)
    assert cut_points.is_clean("h264", data, size) is clean


@pytest.mark.parametrize(
    ("kind", "clean"),
    [
        (20, True),  # IDR_N_LP
        (18, True),  # BLA_N_LP
        (19, None),  # IDR_W_RADL: what follows decides
        (21, None),  # CRA
        (16, None),  # BLA_W_LP
        (17, None),  # BLA_W_RADL
        (1, False),  # TRAIL_R
    ],
)
def test_in_hevc_the_packets_after_a_cra_decide(kind: int, clean: bool | None) -> None:
    data = _annex_b(_hevc(32), _hevc(33), _hevc(34), _hevc(39), _hevc(kind))
    assert cut_points.is_clean("hevc", data, 0) is clean


# OBU headers with a size: type << 3 | 2.
SEQUENCE, FRAME, DELIMITER = 1 << 3 | 2, 6 << 3 | 2, 2 << 3 | 2
SHOWN_KEY, HIDDEN_KEY, INTER = 0b0001_0000, 0b0000_0000, 0b0011_0000


@pytest.mark.parametrize(
    ("data", "clean"),
    [
        (bytes((DELIMITER, 0, SEQUENCE, 1, 0, FRAME, 1, SHOWN_KEY)), True),
        (bytes((SEQUENCE, 0x81, 0, 0, FRAME, 1, SHOWN_KEY)), True),  # a size of two bytes
        (bytes((DELIMITER, 0, FRAME, 1, SHOWN_KEY)), False),  # no sequence header
        (bytes((SEQUENCE, 1, 0, FRAME, 1, HIDDEN_KEY)), False),
        (bytes((SEQUENCE, 1, 0, FRAME, 1, INTER)), False),
        (b"", False),
    ],
)
def test_in_av1_a_shown_key_frame_behind_a_sequence_header_is_clean(
    data: bytes, clean: bool
) -> None:
    assert cut_points.is_clean("av1", data, 0) is clean


@pytest.mark.parametrize(
    ("data", "clean"),
    [
        ("82498342", True),
        ("a2498342", True),  # profile 1
        ("92498342", True),  # profile 2
        ("80498342", False),  # not shown: the first frame of a superframe that hides it
        ("86008342", False),  # refers to others
        ("88", False),  # shows an earlier picture again
        ("83498342", True),  # resilient against errors
        ("42498342", False),  # no frame at all
        ("82", False),
        ("", False),
    ],
)
def test_in_vp9_a_shown_key_frame_is_clean(data: str, clean: bool) -> None:
    assert cut_points.is_clean("vp9", bytes.fromhex(data), 0) is clean


@given(st.sampled_from(["h264", "hevc", "av1", "vp9"]), st.binary(max_size=300), st.integers(0, 4))
def test_any_bytes_can_be_judged(codec: str, data: bytes, size: int) -> None:
    cut_points.is_clean(codec, data, size)
    cut_points.has_parameter_sets(codec, data, size)
    cut_points.delimiter_size(codec, data)
    cut_points.length_size(codec, data)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.sampled_from([1, 2, 4]))
def test_length_prefixed_units_are_split_unchanged(units: list[bytes], size: int) -> None:
    assert [bytes(u) for u in cut_points.nal_units(_prefixed(size, *units), size)] == units


def test_a_unit_longer_than_the_packet_ends_the_list() -> None:
    assert [bytes(u) for u in cut_points.nal_units(_prefixed(4, IDR) + b"\0\0\x10\0abc", 4)] == [
        IDR
    ]


@pytest.mark.parametrize("start", [b"\0\0\1", b"\0\0\0\1"])
def test_the_delimiter_ends_where_the_next_start_code_begins(start: bytes) -> None:
    data = START + b"\x09\xf0" + start + IDR
    assert data[cut_points.delimiter_size("h264", data) :] == start + IDR


def test_an_access_unit_without_delimiter_has_size_zero() -> None:
    assert cut_points.delimiter_size("h264", _annex_b(SPS, IDR)) == 0


def test_parameter_sets_after_the_slice_do_not_count() -> None:
    assert cut_points.has_parameter_sets("h264", _annex_b(SPS, PPS, IDR), 0)
    assert not cut_points.has_parameter_sets("h264", _annex_b(IDR, SPS), 0)
    assert cut_points.has_parameter_sets("hevc", _annex_b(_hevc(33), _hevc(19)), 0)


@pytest.mark.parametrize("size", [0, 4])
def test_a_truncated_access_unit_ends_early_in_its_first_slice(size: int) -> None:
    long = IDR + bytes(range(1, 200)) * 50
    units = [SPS, PPS, long, long]
    data = _prefixed(size, *units) if size else _annex_b(*units)
    begun = cut_points.up_to_first_slice("h264", data, size)
    assert [bytes(unit)[:1] for unit in cut_points.nal_units(begun, size)] == [
        SPS[:1],
        PPS[:1],
        IDR[:1],
    ]
    assert len(begun) < len(long) // 4
    assert cut_points.up_to_first_slice("h264", data[: len(data) - 2 * len(long) - 8], size) == b""
