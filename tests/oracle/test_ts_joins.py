"""Good MPEG-TS renditions pass; each way to break one is reported under its own rule."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.breaking import (
    Segments,
    first_of,
    groups,
    patched,
    regrouped,
    renumbered,
    repacked,
    shifted,
)
from tests.oracle.faults import Fault, Rule
from tests.oracle.joins import check_rendition
from tests.oracle.streams import ES_PID, Rendition, packets, pid_of, ts_audio, ts_video
from tests.oracle.ts import PAT_PID, crc32_mpeg, parse_ts

FRAME = 3600  # ticks of 90 kHz at 25 pictures per second
PMT_PID = 0x1000
Break = Callable[[Segments], Segments]


def broken(faults: list[Fault]) -> set[tuple[int, Rule]]:
    return {(fault.segment, fault.rule) for fault in faults}


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_video_cut_before_key_frames_is_good(codec: str) -> None:
    good = ts_video(codec)
    assert len(good.segments) == 4
    assert check_rendition(good.segments, good.extinf) == []


@pytest.mark.parametrize("codec", ["aac", "ac3", "eac3"])
def test_audio_cut_between_frames_is_good(codec: str) -> None:
    good = ts_audio(codec)
    assert len(good.segments) >= 4
    assert check_rendition(good.segments, good.extinf, kind="audio") == []


def test_the_times_found_are_those_that_libav_finds(h264: Rendition) -> None:
    whole = b"".join(h264.segments)
    stream = parse_ts(whole).stream("video")
    assert stream is not None
    with av.open(io.BytesIO(whole), "r", format="mpegts") as container:
        expected = [(packet.pts, packet.dts) for packet in container.demux(video=0) if packet.size]
    assert [(unit.pts, unit.dts) for unit in stream.units] == expected


def test_timestamps_that_wrap_at_33_bits_are_continuous(h264: Rendition) -> None:
    first = parse_ts(h264.segments[0]).streams[0].units[0].pts
    assert first is not None
    ticks = (1 << 33) - first - 100 * FRAME // 2
    wrapped = [shifted(segment, ticks) for segment in h264.segments]
    faults = check_rendition(wrapped, h264.extinf)
    assert {rule for _, rule in broken(faults)} <= {"pcr"}  # the clock was not moved with them


def test_segments_numbered_apart_from_each_other_do_not_chain(h264: Rendition) -> None:
    alone = [renumbered([segment])[0] for segment in h264.segments]
    # A PID whose packets happen to be a multiple of 16 chains all the same.
    assert (1, "continuity") in broken(check_rendition(alone, h264.extinf))


def _without_flag(parts: list[bytes]) -> list[bytes]:
    at = first_of(parts, ES_PID)
    parts[at] = patched(parts[at], 5, parts[at][5] & ~0x40)
    return parts


def _without_sync(parts: list[bytes]) -> list[bytes]:
    return [*parts[:5], patched(parts[5], 0, 0), *parts[6:]]


def _with_error_indicator(parts: list[bytes]) -> list[bytes]:
    return [*parts[:5], patched(parts[5], 1, parts[5][1] | 0x80), *parts[6:]]


def _without_first(pid: int) -> Callable[[list[bytes]], list[bytes]]:
    def change(parts: list[bytes]) -> list[bytes]:
        at = first_of(parts, pid)
        return parts[:at] + parts[at + 1 :]

    return change


def _without_tables(parts: list[bytes]) -> list[bytes]:
    return [packet for packet in parts if pid_of(packet) not in {PAT_PID, PMT_PID}]


def _with_damaged_pmt(parts: list[bytes]) -> list[bytes]:
    at = first_of(parts, PMT_PID)
    parts[at] = patched(parts[at], 10, parts[at][10] ^ 1)
    return parts


def _without_pcr(parts: list[bytes]) -> list[bytes]:
    return [
        patched(packet, 5, packet[5] & ~0x10) if packet[3] & 0x20 and packet[4] else packet
        for packet in parts
    ]


def _without_sps(parts: list[bytes]) -> list[bytes]:
    at = first_of(parts, ES_PID)
    assert b"\x00\x00\x01\x67" in parts[at]
    parts[at] = parts[at].replace(b"\x00\x00\x01\x67", b"\x00\x00\x01\x6c")
    return parts


def _shifted(number: int, ticks: int) -> Break:
    def apply(segments: Segments) -> Segments:
        return [*segments[:number], shifted(segments[number], ticks), *segments[number + 1 :]]

    return apply


def _cut_a_frame_late(segments: Segments) -> Segments:
    first, *rest = groups(segments[1])
    return [segments[0] + first, b"".join(rest), *segments[2:]]


def _begins_inside_a_frame(parts: list[bytes]) -> list[bytes]:
    at = first_of(parts, ES_PID)
    parts[at] = patched(parts[at], 1, parts[at][1] & ~0x40)
    return parts


BREAKS: dict[str, tuple[Break, tuple[int, Rule]]] = {
    "a sync byte lost": (repacked(1, _without_sync), (1, "sync")),
    "an error indicator set": (repacked(1, _with_error_indicator), (1, "sync")),
    "bytes at the end": (lambda s: [s[0] + b"\0", *s[1:]], (0, "sync")),
    "an empty segment": (lambda s: [s[0], b"", *s[2:]], (1, "sync")),
    "a packet dropped": (repacked(1, lambda parts: parts[:8] + parts[9:]), (1, "continuity")),
    "a packet twice": (repacked(1, lambda parts: parts[:8] + parts[7:]), (1, "continuity")),
    "no PAT first": (repacked(1, _without_first(PAT_PID)), (1, "tables")),
    "no PMT first": (repacked(1, _without_first(PMT_PID)), (1, "tables")),
    "no tables at all": (repacked(1, _without_tables), (1, "tables")),
    "a damaged PMT": (repacked(1, _with_damaged_pmt), (1, "tables")),
    "no clock": (repacked(1, _without_pcr), (1, "pcr")),
    "times before the clock": (_shifted(1, -1_000_000), (1, "pcr")),
    "no random access flag": (repacked(1, _without_flag), (1, "random-access")),
    "no SPS": (repacked(1, _without_sps), (1, "parameter-sets")),
    "a cut one frame late": (_cut_a_frame_late, (1, "random-access")),
    "begins inside a frame": (repacked(1, _begins_inside_a_frame), (1, "pes")),
    "a frame dropped": (regrouped(1, lambda parts: parts[:9] + parts[10:]), (1, "pts-gap")),
    "a frame repeated": (regrouped(1, lambda parts: parts[:9] + parts[8:]), (1, "pts-repeat")),
    "decoded twice": (regrouped(1, lambda parts: parts[:9] + parts[8:]), (1, "dts-order")),
    "the last frame again": (regrouped(0, lambda parts: [*parts, parts[-1]]), (0, "pts-repeat")),
    "a segment dropped": (lambda s: [s[0], *renumbered(s[2:]), b""], (1, "pts-gap")),
    "a segment twice": (lambda s: [s[0], s[0], *s[2:]], (1, "pts-repeat")),
    "a segment too early": (_shifted(1, -FRAME * 5 // 2), (1, "pts-overlap")),
    "a segment too late": (_shifted(1, FRAME), (1, "pts-gap")),
    "the next then overlaps": (_shifted(1, FRAME * 3 // 2), (2, "pts-overlap")),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_rendition_is_reported_where_it_is_broken(name: str, h264: Rendition) -> None:
    apply, expected = BREAKS[name]
    assert expected in broken(check_rendition(apply(list(h264.segments)), h264.extinf))


@pytest.mark.parametrize("name", ["no random access flag", "no SPS", "a frame dropped", "no clock"])
def test_nothing_else_is_reported_than_what_is_broken(name: str, h264: Rendition) -> None:
    apply, expected = BREAKS[name]
    faults = check_rendition(apply(list(h264.segments)), h264.extinf)
    assert broken(faults) == {expected}


def test_a_longer_frame_is_no_gap_where_the_frame_rate_varies(h264: Rendition) -> None:
    thinned = regrouped(1, lambda parts: parts[:9] + parts[10:])(list(h264.segments))
    assert check_rendition(thinned, h264.extinf, longest_frame=Fraction(2, 25)) == []
    faults = check_rendition(thinned, h264.extinf, longest_frame=Fraction(1, 25))
    assert broken(faults) == {(1, "pts-gap")}


def test_a_wrong_duration_is_reported_for_its_segment(h264: Rendition) -> None:
    extinf = [*h264.extinf[:2], h264.extinf[2] + Fraction(1, 20), h264.extinf[3] - Fraction(1, 20)]
    faults = check_rendition(h264.segments, extinf)
    assert broken(faults) == {(2, "extinf"), (2, "extinf-sum"), (3, "extinf")}


def test_durations_that_drift_are_reported_though_each_is_near(h264: Rendition) -> None:
    extinf = [each + Fraction(3, 100) for each in h264.extinf]
    rules = {rule for _, rule in broken(check_rendition(h264.segments, extinf))}
    assert rules == {"extinf-sum"}


def _without_a_packet_of_a_frame(parts: list[bytes]) -> list[bytes]:
    at = next(n for n, packet in enumerate(parts) if n > 9 and packet[1] & 0x41 == 0x01)
    return parts[:at] + parts[at + 1 :]


def _with_a_damaged_frame(parts: list[bytes]) -> list[bytes]:
    at = first_of(parts, ES_PID)
    offset = parts[at].index(b"\xff\xf1", 12)
    parts[at] = patched(parts[at], offset, 0)
    return parts


AUDIO_BREAKS: dict[str, tuple[Break, tuple[int, Rule]]] = {
    "a frame dropped": (regrouped(1, lambda parts: parts[:4] + parts[5:]), (1, "audio-grid")),
    "a frame repeated": (regrouped(1, lambda parts: parts[:4] + parts[3:]), (1, "audio-grid")),
    "two ticks late": (_shifted(1, 2), (1, "audio-grid")),
    "and the next early": (_shifted(1, 2), (2, "audio-grid")),
    "a packet dropped": (repacked(1, _without_a_packet_of_a_frame), (1, "pes")),
    "a damaged header": (repacked(1, _with_a_damaged_frame), (1, "audio-frames")),
}


@pytest.mark.parametrize("name", AUDIO_BREAKS)
def test_broken_audio_is_reported_where_it_is_broken(name: str, aac: Rendition) -> None:
    apply, expected = AUDIO_BREAKS[name]
    faults = check_rendition(apply(list(aac.segments)), aac.extinf, kind="audio")
    assert expected in broken(faults)


def test_jitter_within_the_tolerance_given_is_no_fault(aac: Rendition) -> None:
    jittered = _shifted(1, 40)(list(aac.segments))
    tolerance = Fraction(1, 1000)
    assert check_rendition(jittered, aac.extinf, kind="audio", audio_tolerance=tolerance) == []


def test_a_rendition_without_the_kind_asked_for_is_reported(aac: Rendition) -> None:
    assert (0, "pes") in broken(check_rendition(aac.segments, aac.extinf, kind="video"))


def test_there_is_one_duration_for_each_segment(h264: Rendition) -> None:
    with pytest.raises(ValueError, match="3 segments and 4 durations"):
        check_rendition(h264.segments[:3], h264.extinf)


def test_the_crc_is_the_one_of_the_standard() -> None:
    assert crc32_mpeg(b"123456789") == 0x0376E6E7  # the check value of CRC-32/MPEG-2


@given(data=st.data())
def test_no_damage_makes_the_validator_fail(data: st.DataObject, h264: Rendition) -> None:
    damaged = bytearray(h264.segments[1])
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=30)):
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(packets(bytes(damaged))))) * 188
    check_rendition([h264.segments[0], bytes(damaged[:cut])], h264.extinf[:2])
