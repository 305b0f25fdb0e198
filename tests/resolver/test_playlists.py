"""Plans to playlists. The golden files are what players see; a change needs a changelog line.

`BLOBHLS_GOLDEN=write pytest tests/resolver/test_playlists.py` writes them anew.
"""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId, blob_name, extension_of
from blobhls.hls import parse_master, parse_media
from blobhls.media.plan.plan import Plan
from blobhls.resolver.playlists.playlists import (
    Bitrate,
    IFrameLink,
    master_playlist,
    measured_rate,
    media_playlist,
    planned_rate,
)
from tests.resolver.stage import plan_of


def with_surround(plan: Plan) -> Plan:
    """The same, its first sound in AC-3 too."""
    *pictures, first, second, text = plan.renditions
    template = msgspec.structs.replace(first.template, packaging="fmp4", samples=1536)
    twin = msgspec.structs.replace(
        first, name="audio-1-eng-surround_ac3", template=template, codecs="ac-3", channels=6,
        bandwidth=470_000, average=460_000, surround=True,
    )  # fmt: skip
    track = msgspec.structs.replace(second.template.track, stream=2)
    other = msgspec.structs.replace(
        second, template=msgspec.structs.replace(second.template, track=track)
    )
    return msgspec.structs.replace(plan, renditions=(*pictures, first, other, twin, text))


GOLDEN: Final = Path(__file__).parent / "golden"
PLANS: Final = {
    "ts": plan_of("s", 5),
    "fmp4": plan_of("s", 5, "fmp4"),
    "sound": plan_of("s", 5, pictures=False),
}
MASTERS: Final = PLANS | {
    "surround": with_surround(plan_of("s", 5)),
    "surround-sound": with_surround(plan_of("s", 5, pictures=False)),
}


def check_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("BLOBHLS_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()


def open_master(plan: Plan) -> str:
    rates = {rendition.name: planned_rate(rendition) for rendition in plan.renditions}
    return master_playlist(plan.renditions, lambda r: f"{r.name}/stream.m3u8", rates)


def sealed_master(plan: Plan, *names: str) -> str:
    chosen = [plan.rendition(name) for name in names] or list(plan.renditions)
    rates = {r.name: Bitrate(r.bandwidth - 1, r.average - 1) for r in chosen}
    iframes = {
        "source_h264": IFrameLink(blob_name(BlobId.of(b"iframes"), _TYPE), Bitrate(90_000, 80_000))
    }
    return master_playlist(
        chosen, lambda r: blob_name(BlobId.of(r.name.encode()), _TYPE), rates, iframes
    )


_TYPE: Final = "application/vnd.apple.mpegurl"


@pytest.mark.parametrize("name", MASTERS)
def test_open_master_playlists(name: str) -> None:
    check_golden(f"open-master-{name}.m3u8", open_master(MASTERS[name]))


@pytest.mark.parametrize("name", MASTERS)
def test_sealed_master_playlists(name: str) -> None:
    check_golden(f"sealed-master-{name}.m3u8", sealed_master(MASTERS[name]))


@pytest.mark.parametrize(
    "names", [("source_h264",), ("source_h264", "audio-2-deu_aac"), ("720p_h264", "subs-1-fra_vtt")]
)
def test_a_master_playlist_names_the_given_renditions_and_no_others(names: tuple[str, ...]) -> None:
    master = parse_master(sealed_master(PLANS["ts"], *names))
    uris = [v.uri for v in master.variants] + [m.uri for m in master.media]
    assert uris == [blob_name(BlobId.of(name.encode()), _TYPE) for name in names]


@pytest.mark.parametrize("name", ["surround", "surround-sound"])
def test_a_player_without_surround_has_every_track_in_stereo(name: str) -> None:
    master = parse_master(open_master(MASTERS[name]))
    groups = {v.audio: v for v in master.variants}
    assert set(groups) == {"audio", "surround"}
    assert master.variants[0].audio == "audio"
    names = {g: [m.name for m in master.media if m.group_id == g] for g in groups}
    assert names["audio"] == names["surround"] == ["English", "Deutsch"]
    assert all(("ac-3" in v.codecs) is (v.audio == "surround") for v in master.variants)
    without = {v.uri for v in master.variants if v.audio == "audio"}
    if name == "surround":
        assert without == {v.uri for v in master.variants if v.audio == "surround"}


def test_surround_alone_is_a_group_of_its_own() -> None:
    master = parse_master(
        sealed_master(MASTERS["surround"], "source_h264", "audio-1-eng-surround_ac3")
    )
    assert [v.audio for v in master.variants] == ["surround"]
    assert [m.channels for m in master.media] == ["6"]


@pytest.mark.parametrize("name", PLANS)
def test_open_media_playlists(name: str) -> None:
    plan = PLANS[name]
    rendition = plan.renditions[0]
    init = None if plan.init(rendition) is None else "init.mp4"
    ending = extension_of(rendition.template.media_type)
    text = media_playlist(plan, rendition, lambda number: f"{number}.{ending}", init)
    check_golden(f"open-media-{name}.m3u8", text)


def test_a_segment_that_can_not_be_rendered_is_a_gap_of_its_duration() -> None:
    plan = PLANS["ts"]
    text = media_playlist(plan, plan.renditions[0], lambda n: f"{n}.ts", None, {1, 3})
    check_golden("open-media-gaps.m3u8", text)
    parsed = parse_media(text)
    assert [segment.gap for segment in parsed.segments] == [False, True, False, True, False]
    assert [segment.duration for segment in parsed.segments] == [2, 2, 6, 6, 3]


@pytest.mark.parametrize("name", PLANS)
def test_sealed_media_playlists(name: str) -> None:
    plan = PLANS[name]
    rendition = plan.renditions[0]
    kind = rendition.template.media_type
    init = None if plan.init(rendition) is None else blob_name(BlobId.of(b"init"), "video/mp4")
    text = media_playlist(plan, rendition, lambda n: blob_name(BlobId.of(b"%d" % n), kind), init)
    check_golden(f"sealed-media-{name}.m3u8", text)


def test_a_media_playlist_has_every_window_and_their_lengths() -> None:
    plan = PLANS["ts"]
    text = media_playlist(plan, plan.renditions[0], str, None)
    parsed = parse_media(text)
    assert [segment.duration for segment in parsed.segments] == [2, 2, 6, 6, 3]
    assert [segment.uri for segment in parsed.segments] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize(
    ("codecs", "independent"),
    [("mp4a.40.2", True), ("mp4a.40.5", True), ("mp4a.40.1", False), ("mp4a.40.4", False)],
)
def test_segments_are_called_independent_exactly_where_they_are(
    name: str, codecs: str, *, independent: bool
) -> None:
    # AAC Main and LTP predict from the frames before.
    *others, sound, last = PLANS[name].renditions
    chosen = (*others, msgspec.structs.replace(sound, codecs=codecs), last)
    plan = msgspec.structs.replace(PLANS[name], renditions=chosen)
    assert parse_master(open_master(plan)).independent_segments is independent
    assert parse_master(sealed_master(plan)).independent_segments is independent
    # A root without that track is as good as if the track did not exist.
    if others:
        assert parse_master(sealed_master(plan, others[0].name)).independent_segments


def runs_of_target(durations: list[Fraction]) -> list[tuple[int, int]]:
    """Return every run that RFC 8216 §4.1 counts, the slow way."""
    target = max(1, int(max(durations) + Fraction(1, 2)))
    return [
        (first, last)
        for first, last in combinations(range(len(durations) + 1), 2)
        if Fraction(target, 2) <= sum(durations[first:last]) <= Fraction(3 * target, 2)
    ]


segments = st.lists(
    st.tuples(
        st.integers(0, 10_000_000),
        st.fractions(Fraction(1, 25), 13, max_denominator=1000),
    ),
    min_size=1,
    max_size=15,
)


@given(segments)
def test_the_peak_is_that_of_the_busiest_run_and_the_average_that_of_all(
    segments: list[tuple[int, Fraction]],
) -> None:
    sizes, durations = [size for size, _ in segments], [span for _, span in segments]
    average = Fraction(8 * sum(sizes)) / sum(durations)
    peaks = [
        Fraction(8 * sum(sizes[first:last])) / sum(durations[first:last])
        for first, last in runs_of_target(durations)
    ]
    rate = measured_rate(sizes, durations)
    assert 0 <= rate.peak - max([*peaks, average]) < 1
    assert 0 <= rate.average - average < 1


@given(segments, st.integers(2, 5))
def test_twice_the_bytes_are_twice_the_rate(
    segments: list[tuple[int, Fraction]], times: int
) -> None:
    sizes, durations = [size for size, _ in segments], [span for _, span in segments]
    once, more = (measured_rate([size * n for size in sizes], durations) for n in (1, times))
    assert 0 <= once.peak * times - more.peak < times
