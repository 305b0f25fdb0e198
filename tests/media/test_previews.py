"""Previews over the seek bar: without gaps and at the right time for every file."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from blobhls.demo_clips.clip_spec import Clip
from blobhls.errors import SourceBroken
from blobhls.media.images.preview_sheets import sheet_jpeg
from blobhls.media.plan.preview_plan import COLUMNS, Previews, plan_previews, previews_vtt
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import KeyFrame, Probe, VideoTrack
from blobhls.recipe import Ratio
from tests.conftest import ClipFactory

_CUE = re.compile(
    r"(\d+):(\d\d):(\d\d)\.(\d{3}) --> (\d+):(\d\d):(\d\d)\.(\d{3})\n"
    r"(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n"
)
_BASE = 1000  # ticks a second


def film(seconds: float, keys: list[float], start: float = 0) -> Probe:
    """The probe of a film with key frames at these seconds."""
    video = VideoTrack(
        stream=0, codec="h264", codecs=None, profile="", width=1920, height=1080,
        aspect=Ratio(1, 1), pixel_format="yuv420p", frame_rate=Ratio(24, 1),
        tick_rate=Ratio(24, 1), base=Ratio(1, _BASE), start=round(start * _BASE),
        stop=round((start + seconds) * _BASE), rotation=0, interlaced=False,
        transfer=1, steady=True, peak_rate=0,
        key_frames=tuple(KeyFrame(round((start + at) * _BASE), -1, clean=True) for at in keys),
    )  # fmt: skip
    return Probe("mov", 1, video, (), (), by_position=False)


def cues(previews: Previews) -> list[tuple[Fraction, Fraction, str, tuple[int, ...]]]:
    names = [f"sheet{number}" for number in range(len(previews.sheets))]
    text = previews_vtt(previews, names)
    assert text.startswith("WEBVTT\n\n")
    found = []
    for match in _CUE.finditer(text):
        numbers = [int(match[place]) for place in range(1, 9)]
        times = [
            Fraction(h * 3600 + m * 60 + s) + Fraction(ms, 1000)
            for h, m, s, ms in (numbers[:4], numbers[4:])
        ]
        found.append((times[0], times[1], match[9], tuple(int(match[n]) for n in range(10, 14))))
    return found


@given(
    seconds=st.floats(0.1, 200_000),
    gaps=st.lists(st.floats(0.05, 900), max_size=300),
    start=st.floats(-10, 10_000),
)
def test_preview_cues_tile_the_timeline(seconds: float, gaps: list[float], start: float) -> None:
    keys, at = [0.0], 0.0
    for gap in gaps:
        at += gap
        if at < seconds:
            keys.append(at)
    found = cues(plan_previews(film(seconds, keys, start)))
    assert found[0][0] == 0
    assert abs(found[-1][1] - Fraction(seconds)) < Fraction(1, 100)
    for before, after in pairwise(found):
        assert before[1] == after[0]
    assert len(found) <= 1000
    assert len({(name, place) for _, _, name, place in found}) == len(found)


@pytest.mark.parametrize(
    ("seconds", "tiles"), [(5, 3), (60, 30), (300, 60), (3600, 360), (36_000, 1000)]
)
def test_tiles_of_longer_videos_are_further_apart(seconds: int, tiles: int) -> None:
    every_second = [float(at) for at in range(seconds)]
    assert len(cues(plan_previews(film(seconds, every_second)))) == tiles


def test_a_tile_is_shown_until_the_next_key_frame_is_nearer() -> None:
    previews = plan_previews(film(3600, [0.0, 1800.0]))
    (page,) = previews.tiles
    assert [(tile.start, tile.stop) for tile in page] == [
        (Fraction(0), Fraction(1800)),
        (Fraction(1800), Fraction(3600)),
    ]
    assert [key.pts for key in previews.sheets[0].keys] == [0, 1800 * _BASE]


def test_tiles_are_in_rows_on_sheets_of_six_minutes() -> None:
    found = cues(plan_previews(film(720, [float(at) for at in range(720)])))
    assert [name for _, _, name, _ in found] == ["sheet0"] * 36 + ["sheet1"] * 36
    assert found[COLUMNS + 1][3] == (160, 90, 160, 90)


def test_audio_files_have_no_previews() -> None:
    silent = Probe("mov", 1, None, (), (), by_position=False)
    assert plan_previews(silent) == Previews((), ())
    assert plan_previews(film(10, [])) == Previews((), ())


def sizes(path: Path) -> list[tuple[int, int]]:
    """Render every sheet of a file, as a worker does, and return the sizes."""
    found = []
    for sheet in plan_previews(probe(path)).sheets:
        sent = msgspec.json.decode(msgspec.json.encode(sheet), type=type(sheet))
        picture = Image.open(io.BytesIO(sheet_jpeg(path, sent)))
        picture.load()
        found.append(picture.size)
    return found


def test_a_sheet_holds_its_tiles(clip_mp4: Path) -> None:
    assert sizes(clip_mp4) == [(6 * 160, 90)]


@pytest.mark.parametrize("name", ["plain.mkv", "plain.ts", "plain.webm", "plain.avi"])
def test_every_container_gives_a_sheet(clip_factory: ClipFactory, name: str) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(name.rpartition(".")[2], "libx264")
    audio = () if codec != "libx264" else Clip().audio
    path = clip_factory(f"previews-{name}", Clip(seconds=6, video_codec=codec, audio=audio))
    ((width, height),) = sizes(path)
    assert (width % 160, height) == (0, 90)


def test_a_replaced_file_gives_no_sheet(clip_mp4: Path, tmp_path: Path) -> None:
    (sheet,) = plan_previews(probe(clip_mp4)).sheets
    with pytest.raises(SourceBroken):
        sheet_jpeg(clip_mp4, msgspec.structs.replace(sheet, stream=7))
    other = tmp_path / "other.mp4"
    other.write_bytes(b"no video")
    with pytest.raises(SourceBroken):
        sheet_jpeg(other, sheet)


def test_every_file_of_the_corpus_gives_its_sheets(corpus: Path) -> None:
    for path in sorted(corpus.glob("*.*")):
        if path.suffix != ".md":
            sizes(path)
    for path in sorted((corpus / "derived").iterdir()):
        with suppress(SourceBroken):
            sizes(path)
