"""AudioSpecificConfig and ADTS headers are converted into each other where possible."""

from __future__ import annotations

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.media.audio.silence import silent_aac_frame
from blobhls.media.bitstream.adts import (
    Configuration,
    can_carry,
    configuration,
    from_header,
    header,
    is_adts,
    parse,
    without_header,
)

FITTING = st.builds(Configuration, st.integers(1, 4), st.integers(0, 12), st.integers(1, 7))


def bits(*fields: tuple[int, int]) -> bytes:
    """Return (value, width) pairs as bytes, filled up with zeros."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


@given(said=FITTING, size=st.integers(1, 8000))
def test_a_header_holds_its_configuration(said: Configuration, size: int) -> None:
    data = header(said, size) + bytes(size)
    assert is_adts(data)
    assert from_header(data) == said
    assert parse(configuration(data)) == said


@pytest.mark.parametrize(
    ("extradata", "fits"),
    [
        (b"", True),  # ADTS already
        (bits((2, 5), (3, 4), (2, 4), (0, 3)), True),  # LC, 48 kHz, stereo
        (bytes.fromhex("131056e500"), True),  # LC, 24 kHz, "no SBR" said at the end
        (bits((5, 5), (6, 4), (2, 4), (3, 4), (2, 5), (0, 3)), True),  # HE-AAC
        (bits((29, 5), (6, 4), (1, 4), (3, 4), (2, 5), (0, 3)), True),  # HE-AAC v2
        (bits((5, 5), (15, 4), (24_000, 24), (2, 4), (3, 4), (2, 5), (0, 3)), False),  # odd rate
        (bits((31, 5), (10, 6), (3, 4), (2, 4)), False),  # xHE-AAC (42)
        (bits((23, 5), (3, 4), (2, 4), (0, 3)), False),  # ER AAC LD
        (bits((2, 5), (3, 4), (0, 4), (0, 3)), False),  # channels told by the stream
        (bits((2, 5), (3, 4), (12, 4), (0, 3)), False),  # 7.1 of a later edition
        (bits((2, 5), (3, 4), (2, 4), (4, 3)), False),  # 960 samples
        (b"\x12", False),  # cut short
    ],
)
def test_only_aac_that_fits_adts_can_be_cut_to_a_transport_stream(
    extradata: bytes, fits: bool
) -> None:
    assert can_carry(extradata) is fits


def test_he_aac_is_described_by_its_core() -> None:
    said = parse(bits((5, 5), (6, 4), (2, 4), (3, 4), (2, 5), (0, 3)))
    assert (said.object_type, said.rate, said.channels) == (2, 24_000, 2)


def test_a_header_is_removed_with_its_checksum() -> None:
    said = Configuration(2, 3, 2)
    plain = header(said, 3) + b"abc"
    checked = plain[:1] + bytes([plain[1] & ~1]) + plain[2:7] + b"cc" + b"abc"
    for data in (plain, checked, b"abc"):
        assert without_header(data) == b"abc"


def test_no_header_is_no_configuration() -> None:
    with pytest.raises(ValueError, match="no ADTS header"):
        configuration(b"not a frame of sound")
    with pytest.raises(ValueError, match="channels"):
        configuration(header(Configuration(2, 3, 0), 10) + bytes(10))


@given(data=st.binary(max_size=40))
def test_any_bytes_can_be_parsed(data: bytes) -> None:
    assert can_carry(data) in {True, False}
    assert is_adts(data) in {True, False}


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("frequency", [3, 4, 7])
def test_a_silent_frame_decodes_to_silence(channels: int, frequency: int) -> None:
    said = Configuration(2, frequency, channels)
    data = silent_aac_frame(said)
    stream = (header(said, len(data)) + data) * 4
    with av.open(io.BytesIO(stream), "r", format="aac") as container:
        frames = list(container.decode(audio=0))
    assert [frame.samples for frame in frames] == [1024] * 4
    assert {(frame.sample_rate, len(frame.layout.channels)) for frame in frames} == {
        (said.rate, channels)
    }
    assert not any(any(bytes(plane)) for frame in frames for plane in frame.planes)


def test_there_is_no_silent_frame_for_unknown_channels() -> None:
    with pytest.raises(ValueError, match="no silence"):
        silent_aac_frame(Configuration(2, 3, 0))
