"""Chapters of real containers, and of hostile ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest

from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.chapters import chapters_in
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import Chapter, Probe
from blobhls.recipe import Ratio
from blobhls.resolver.chapters import PlacedChapter, place_chapters

MARKS = [(0, 3_500, "Opening"), (3_500, 8_001, "Völuspá «ñ» 日本"), (8_001, 11_000, "")]


def with_chapters(
    source: Path,
    target: Path,
    marks: list[tuple[int, int, str]] = MARKS,
    *,
    later: Fraction = Fraction(0),
) -> Path:
    """Copy a file's packets, moved by `later` seconds, and add chapters in milliseconds."""
    with av.open(str(source)) as container, av.open(str(target), "w") as output:
        streams = {
            stream.index: output.add_stream_from_template(stream)
            for stream in container.streams
            if stream.type == "video"  # sound would move the start by its priming
        }
        output.set_chapters(
            [
                {"id": n, "start": start, "end": end, "time_base": Fraction(1, 1000),
                 "metadata": {"title": title} if title else {}}
                for n, (start, end, title) in enumerate(marks)
            ]
        )  # fmt: skip
        for packet in container.demux(*(container.streams[index] for index in streams)):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            ticks = round(later / packet.time_base)
            packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
            packet.stream = streams[packet.stream_index]
            output.mux(packet)
    return target


def placed(path: Path) -> list[PlacedChapter]:
    found = probe(path)
    plan = make_plan("source", found)
    return place_chapters(found.chapters or (), plan.zero, plan.duration)


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4", "film.mov"])
def test_chapters_are_at_their_exact_seconds(name: str, clip_mp4: Path, tmp_path: Path) -> None:
    path = with_chapters(clip_mp4, tmp_path / name)
    found = placed(path)
    assert [(int(c.start * 1000), c.title) for c in found] == [(m[0], m[2]) for m in MARKS]
    assert all(c.start * 1000 == m[0] for c, m in zip(found, MARKS, strict=True))
    # MP4 does not say where a chapter ends: at the next one.
    ends = [3_500, 8_001, 11_000 if path.suffix == ".mkv" else 12_000]
    assert [int(c.end * 1000) for c in found] == ends


def test_audio_files_have_chapters(clip_webm: Path, tmp_path: Path) -> None:
    with av.open(str(clip_webm)) as container:
        assert container.streams.audio
    path = tmp_path / "sound.ogg"
    with av.open(str(clip_webm)) as container, av.open(str(path), "w", format="ogg") as output:
        stream = output.add_stream_from_template(container.streams.audio[0])
        output.set_chapters(
            [{"id": 0, "start": 1, "end": 4, "time_base": Fraction(1), "metadata": {"title": "A"}}]
        )
        for packet in container.demux(container.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    (chapter,) = chapters_in(path)
    assert (int(chapter.start.value), chapter.title) == (1, "A")


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4"])
def test_a_video_that_starts_later_has_its_chapters_earlier(
    name: str, clip_mp4: Path, tmp_path: Path
) -> None:
    # In Matroska the first time stamp is 2 s, in MP4 an edit list says so.
    path = with_chapters(clip_mp4, tmp_path / name, later=Fraction(2))
    assert probe(path).video is not None
    # MP4 does not say where the last one ends.
    end = 12 if path.suffix == ".mp4" else 9
    assert [(float(c.start), float(c.end)) for c in placed(path)] == [
        (0, 1.5), (1.5, 6.001), (6.001, end)
    ]  # fmt: skip


def test_chapters_are_cut_to_the_video_and_put_in_order() -> None:
    marks = [(9, 90, "last"), (60, 70, "beyond"), (-5, 2, "first"), (-5, 0, "before"), (9, 10, "")]
    chapters = [Chapter(Ratio(start, 1), Ratio(end, 1), title) for start, end, title in marks]
    assert place_chapters(chapters, Fraction(-1), Fraction(12)) == [
        PlacedChapter(Fraction(0), Fraction(3), "first"),
        PlacedChapter(Fraction(0), Fraction(1), "before"),
        PlacedChapter(Fraction(10), Fraction(12), "last"),
        PlacedChapter(Fraction(10), Fraction(11), ""),
    ]


def test_untrusted_titles_and_numbers_are_bounded(clip_mp4: Path, tmp_path: Path) -> None:
    marks = [(n, n + 1, "") for n in range(1_100)]
    marks[0] = (0, 1, "a\r\n\tb\u202e \x1b[2J" + "x" * 100_000)
    found = chapters_in(with_chapters(clip_mp4, tmp_path / "hostile.mkv", marks))
    assert len(found) == 1_000
    assert found[0].title.startswith("a b [2Jxxx")
    assert len(found[0].title) == 200


def test_a_file_without_chapters_has_none(clip_mp4: Path) -> None:
    assert probe(clip_mp4).chapters == ()


def test_a_probe_stored_without_chapters_can_still_be_decoded(clip_mp4: Path) -> None:
    stored = msgspec.to_builtins(probe(clip_mp4))
    del stored["chapters"]
    assert msgspec.convert(stored, Probe).chapters is None
