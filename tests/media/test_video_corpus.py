"""Real files, each with its own kind of trouble: every join is checked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from blobhls.errors import SourceBroken
from blobhls.media.plan.plan import Plan
from blobhls.media.probe.probe import probe
from blobhls.recipe import CutVideo
from tests.media.rendering import pictures, plan_of, render_all

STILL = Fraction(5)  # seconds without a new picture that a variable rate may have


class Case(msgspec.Struct, frozen=True):
    """A file, and what is expected of its first renditions."""

    name: str
    why: str  # the trouble it stands for
    first: str = "source_h264"  # name of the best rendition
    cut: bool = True  # and whether it is cut
    longest: Fraction | None = None  # seconds between pictures, where the rate varies
    lost: int = 0  # pictures that can't be had; negative: pictures added
    renditions: int = 2  # how many are rendered


CASES = [
    Case("bikes.mp4", "key frames inside a window"),
    Case("flower.mp4", "B-frames, 30000/1001"),
    Case("960x720_seg0.ts", "no average rate", longest=STILL),
    Case("ChID_voices_720p_eac3.ts", "DTS after PTS", renditions=1),
    Case("bipbop_960x720_20s.ts", "DTS after PTS", longest=STILL, renditions=1),
    Case("missing-keyframe-labels.ts", "no random access flags", renditions=1),
    Case("no-aud.ts", "no delimiters", longest=STILL),
    Case("sample_h264_iframes_only.ts", "key frames alone"),
    Case("VID_20191220_170832.mp4", "variable rate", longest=STILL),
    Case("movie-hello.mp4", "variable rate", longest=STILL, renditions=1),
    Case("bbb_firstpts_10s.mp4", "starts at 10 s, odd pixels"),
    Case("pixel_aspect_ratio.mp4", "odd pixels, an IDR of P slices", cut=False, longest=STILL),
    Case("sar_2x1.mp4", "double pixels"),
    Case("edts.mp4", "edit list"),
    Case("iibbibb_editlist_videoonly.mp4", "hidden pictures, 1 frame/s", cut=False),
    Case("sample_partially_fragmented.mp4", "index and fragments"),
    Case("sample_2_byte_NAL_length.mp4", "short length fields"),
    Case("sample_without_stss.mp4", "every picture a key frame"),
    Case("sample_with_chapters.mkv", "4:4:4", cut=False),
    Case("rotate-buck-bunny.mp4", "turned", cut=False, renditions=1),
    Case("hevc.ts", "HEVC from TS to fMP4", first="source_hevc", renditions=1),
    Case("shaka_hls-ts-h265_10bit.ts", "joined segments, 10 bits", first="source_hevc"),
    Case("h265_10bits.mp4", "10 bits", first="source_hevc"),
    Case("av1_video.mkv", "AV1", first="source_av1"),
    Case("demo.avi", "MPEG-4 part 2, a gap", cut=False, longest=STILL),
    Case("demo.mpg", "MPEG-1, seeks by byte", cut=False),
    Case("demo.ogv", "Theora leaves pictures out", cut=False, longest=STILL),
    Case("kphotoalbum_movie.avi", "MJPEG 4:2:2, full range", cut=False),
    Case("no_duration.webm", "no duration", first="source_vp9", longest=STILL),
    Case("corrupted.mp4", "a broken packet", longest=STILL),
    Case("annex-b-truncated.mp4", "Annex B in MP4", longest=STILL, lost=1, renditions=1),
    # Its first half can't be decoded: the first good picture stands in, once a second.
    Case("decode_error_vp9.webm", "RGB, damaged", cut=False, longest=Fraction(3, 2), lost=-5),
    # libav decodes one picture more from the cut than from the source.
    Case("sample_with_invalid_nalu.mp4", "a unit of no type", lost=-1, renditions=1),
    Case("derived/demo_head60.mkv", "ends early"),
    Case("derived/car_head60.mp4", "ends early"),
    # Damage at a join: one picture without a time stamp of its own.
    Case("derived/bipbop_200flips.ts", "flipped bits", longest=STILL, lost=1, renditions=1),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_segments_of_real_files_join(corpus: Path, case: Case) -> None:
    path = corpus / case.name
    plan = plan_of(path)
    names = _pictured(plan)
    assert names[0] == case.first
    assert isinstance(plan.renditions[0].template, CutVideo) is case.cut
    expected = len(pictures(path)) - case.lost
    for name in names[: case.renditions]:
        made = render_all(path, plan, name)
        assert made.faults(case.longest) == []
        assert len(pictures(made.joined)) == expected


def _pictured(plan: Plan) -> list[str]:
    return [rendition.name for rendition in plan.renditions if rendition.kind == "video"]


@pytest.mark.parametrize(
    "name", ["derived/empty.mkv", "derived/text_named.mp4", "derived/demo_head60.mp4"]
)
def test_other_files_than_videos_are_refused_with_a_reason(corpus: Path, name: str) -> None:
    with pytest.raises(SourceBroken, match=r"\w+ \w+"):
        probe(corpus / name)
