"""Good fMP4 renditions pass; each way to break one is reported under its own rule."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Callable
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.breaking import Segments
from tests.oracle.faults import Fault, Rule
from tests.oracle.fmp4 import BoxBroken, parse_fragment, parse_init
from tests.oracle.joins import check_rendition
from tests.oracle.streams import Rendition, fmp4


def broken(faults: list[Fault]) -> set[tuple[int, Rule]]:
    return {(fault.segment, fault.rule) for fault in faults}


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_video_fragmented_at_key_frames_is_good(codec: str) -> None:
    good = fmp4(codec)
    assert len(good.segments) == 4
    assert check_rendition(good.segments, good.extinf, good.init) == []


def test_fragmented_audio_is_good(aac_mp4: Rendition) -> None:
    assert len(aac_mp4.segments) >= 3
    assert check_rendition(aac_mp4.segments, aac_mp4.extinf, aac_mp4.init, "audio") == []


def test_the_init_blob_says_what_the_tracks_are(h264_mp4: Rendition, aac_mp4: Rendition) -> None:
    assert h264_mp4.init is not None
    assert aac_mp4.init is not None
    video = parse_init(h264_mp4.init).track("video")
    assert (video.entry, video.config[0]) == ("avc1", 1)
    audio = parse_init(aac_mp4.init).track("audio")
    assert (audio.entry, audio.timescale) == ("mp4a", 48_000)
    assert "cmfc" in parse_init(aac_mp4.init).brands


Found = tuple[int, int, bool]  # PTS in ticks, bytes, whether it is a sync sample


def relative(found: list[Found]) -> list[Found]:
    return [(pts - found[0][0], size, sync) for pts, size, sync in found]


def test_the_samples_found_are_those_that_libav_finds(h264_mp4: Rendition) -> None:
    assert h264_mp4.init is not None
    track = parse_init(h264_mp4.init).track("video")
    found: list[Found] = [
        (sample.pts, sample.size, sample.sync)
        for segment in h264_mp4.segments
        for sample in parse_fragment(segment, track).samples
    ]
    whole = io.BytesIO(h264_mp4.init + b"".join(h264_mp4.segments))
    with av.open(whole, "r", format="mp4") as container:
        expected: list[Found] = [
            (packet.pts or 0, packet.size, packet.is_keyframe)
            for packet in container.demux(video=0)
            if packet.size
        ]
    # libav adds the reorder delay to every PTS where composition offsets are negative (its
    # `dts_shift`), and the file says 0 for the first; the distances are the same.
    assert relative(found) == relative(expected)


def _with_tfdt(segment: bytes, ticks: int) -> bytes:
    at = segment.index(b"tfdt") + 8
    form = ">Q" if segment[at - 4] else ">I"
    (time,) = struct.unpack_from(form, segment, at)
    moved = struct.pack(form, time + ticks)
    return segment[:at] + moved + segment[at + len(moved) :]


def _with_longer_mdat(segment: bytes) -> bytes:
    at = segment.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", segment, at)
    return segment[:at] + struct.pack(">I", size + 4) + segment[at + 4 :] + bytes(4)


def _with_moved_samples(segment: bytes) -> bytes:
    at = segment.index(b"trun") + 12  # data_offset follows flags and count
    (offset,) = struct.unpack_from(">i", segment, at)
    return segment[:at] + struct.pack(">i", offset + 4) + segment[at + 4 :]


def _with(change: Callable[[bytes], bytes]) -> Callable[[Segments], Segments]:
    return lambda segments: [segments[0], change(segments[1]), *segments[2:]]


BREAKS: dict[str, tuple[Callable[[Segments], Segments], tuple[int, Rule]]] = {
    "a tick late": (_with(lambda segment: _with_tfdt(segment, 1)), (1, "tfdt")),
    "the next then is wrong": (_with(lambda segment: _with_tfdt(segment, 1)), (2, "tfdt")),
    "two frames late": (_with(lambda segment: _with_tfdt(segment, 1024)), (1, "pts-gap")),
    "three frames early": (_with(lambda segment: _with_tfdt(segment, -1500)), (1, "dts-order")),
    "a segment twice": (lambda s: [s[0], s[0], *s[2:]], (1, "pts-repeat")),
    "a segment out of order": (lambda s: [s[1], s[0], *s[2:]], (1, "tfdt")),
    "cut off": (_with(lambda segment: segment[:-5]), (1, "boxes")),
    "empty": (_with(lambda _: b""), (1, "boxes")),
    "bytes that are no box": (_with(lambda segment: segment + b"\0\0"), (1, "boxes")),
    "a longer mdat": (_with(_with_longer_mdat), (1, "boxes")),
    "samples outside mdat": (_with(_with_moved_samples), (1, "boxes")),
    "no tfdt": (_with(lambda segment: segment.replace(b"tfdt", b"free")), (1, "boxes")),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rendition_is_reported_where_it_is_broken(name: str, h264_mp4: Rendition) -> None:
    apply, expected = BREAKS[name]
    faults = check_rendition(apply(list(h264_mp4.segments)), h264_mp4.extinf, h264_mp4.init)
    assert expected in broken(faults)


def test_a_fragment_that_begins_inside_a_group_of_pictures_is_reported() -> None:
    inside = fmp4("libx264", flags="cmaf+empty_moov", fragment=500_000)
    extinf = [Fraction(1, 2)] * len(inside.segments)
    faults = check_rendition(inside.segments, extinf, inside.init)
    assert any(fault.rule == "random-access" for fault in faults)


@pytest.mark.parametrize("kind", [b"avcC", b"mvex", b"vide"])
def test_an_init_blob_that_lacks_something_is_reported(kind: bytes, h264_mp4: Rendition) -> None:
    assert h264_mp4.init is not None
    init = h264_mp4.init.replace(kind, b"free")
    rules = {rule for _, rule in broken(check_rendition(h264_mp4.segments, h264_mp4.extinf, init))}
    assert rules & {"parameter-sets", "boxes"}


def test_an_init_blob_without_a_clock_is_reported(h264_mp4: Rendition) -> None:
    assert h264_mp4.init is not None
    init = bytearray(h264_mp4.init)
    timescale = init.index(b"mdhd") + 16
    init[timescale : timescale + 4] = bytes(4)
    faults = check_rendition(h264_mp4.segments, h264_mp4.extinf, bytes(init))
    assert {rule for _, rule in broken(faults)} == {"boxes"}


def test_a_wrong_duration_is_reported_for_its_segment(h264_mp4: Rendition) -> None:
    extinf = [*h264_mp4.extinf[:3], h264_mp4.extinf[3] + 1]
    faults = check_rendition(h264_mp4.segments, extinf, h264_mp4.init)
    assert broken(faults) == {(3, "extinf"), (3, "extinf-sum")}


@given(data=st.data())
def test_no_damage_makes_the_validator_fail(data: st.DataObject, h264_mp4: Rendition) -> None:
    assert h264_mp4.init is not None
    init = bytearray(h264_mp4.init)
    damaged = bytearray(h264_mp4.segments[1])
    head = damaged.index(b"mdat") + 40
    for at in data.draw(st.lists(st.integers(0, head), max_size=12)):
        damaged[at] = data.draw(st.integers(0, 255))
    for at in data.draw(st.lists(st.integers(0, len(init) - 1), max_size=3)):
        init[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BoxBroken):
        track = parse_init(bytes(init)).track("video")
        parse_fragment(bytes(damaged), track)
    check_rendition([h264_mp4.segments[0], bytes(damaged)], h264_mp4.extinf[:2], bytes(init))
