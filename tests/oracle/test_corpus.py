"""The validators on foreign streams: those of the corpus, intact or damaged."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.oracle.joins import check_rendition
from tests.oracle.ts import parse_ts


@pytest.fixture(scope="module")
def corpus() -> Path:
    folder = os.environ.get("BLOBHLS_CORPUS")
    if not folder:
        pytest.skip("BLOBHLS_CORPUS is not set")
    return Path(folder)


@pytest.mark.parametrize(
    "name",
    [
        "960x720_seg0.ts",
        "ChID_voices_720p_eac3.ts",
        "bipbop_960x720_20s.ts",
        "hevc.ts",
        "missing-keyframe-labels.ts",
        "sample_h264_iframes_only.ts",
        "shaka_hls-ts-h265_10bit.ts",
    ],
)
def test_an_intact_stream_has_the_frames_that_libav_finds(corpus: Path, name: str) -> None:
    path = corpus / name
    parsed = parse_ts(path.read_bytes())
    stream = parsed.stream("video")
    assert parsed.problems == ()
    assert stream is not None
    with av.open(str(path)) as container:
        expected = {packet.pts for packet in container.demux(video=0) if packet.size}
    assert {unit.pts for unit in stream.units} == expected


def test_flipped_bits_are_noticed(corpus: Path) -> None:
    damaged = (corpus / "derived" / "bipbop_200flips.ts").read_bytes()
    assert {problem.rule for problem in parse_ts(damaged).problems} >= {"sync", "continuity"}


def test_a_stream_without_random_access_flags_is_noticed(corpus: Path) -> None:
    data = (corpus / "missing-keyframe-labels.ts").read_bytes()
    faults = check_rendition([data], [Fraction("10.0")])
    assert {fault.rule for fault in faults} == {"random-access"}
