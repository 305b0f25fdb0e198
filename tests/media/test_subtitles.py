"""Subtitle tracks of every container become WebVTT segments, exact to the millisecond."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import pytest
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream
from hypothesis import given, settings
from hypothesis import strategies as st

from blobhls.encoding_profiles import PLAIN_SUBTITLES, SUBTITLES
from blobhls.media.container.matroska import long_cues
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.recipe import CutSubtitles, Ratio, Track, encode

HEADER = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"
ASS_HEADER = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\n"
    b"Format: Name, Fontname, Italic, Alignment\r\n"
    b"Style: Default,Arial,0,2\r\nStyle: Sign,Arial,-1,8\r\n\r\n[Events]\r\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)
FILES = {"srt.mkv": "subrip", "ass.mkv": "ass", "tx3g.mp4": "mov_text", "vtt.webm": "webvtt"}
CUES = ((500, 1500, "First"), (1501, 6000, "Long"), (2999, 3001, "Short"), (7000, 7900, "Last"))


def coded(codec: str, number: int, text: str, style: str) -> bytes:
    match codec:
        case "ass":
            return f"{number},0,{style},,0,0,0,,{text}".encode()
        case "mov_text":
            return len(text.encode()).to_bytes(2, "big") + text.encode()
        case _:
            return text.encode()


def subtitled(
    path: Path,
    codec: str,
    cues: tuple[tuple[int, int, str], ...],
    style: str = "Default",
    seconds: int = 8,
    offset: int = 0,
) -> Path:
    """Write a film with cues of start and stop in milliseconds; stop 0: no duration.

    `offset`: seconds at which the file begins.
    """
    with av.open(str(path), "w") as container:
        name = "libvpx" if path.suffix == ".webm" else "libx264"
        video = cast("VideoStream", container.add_stream(name, 10))
        video.width, video.height, video.pix_fmt, video.gop_size = 64, 36, "yuv420p", 20
        text = cast("SubtitleStream", container.add_stream(codec))
        text.codec_context.subtitle_header = ASS_HEADER
        text.time_base = Fraction(1, 1000)
        waiting = list(enumerate(cues))
        for number in range(seconds * 10):
            while waiting and waiting[0][1][0] < number * 100 + 100:
                place, (start, stop, words) = waiting.pop(0)
                packet: Packet[Stream] = Packet(coded(codec, place, words, style))
                packet.stream, packet.time_base = text, Fraction(1, 1000)
                packet.pts = packet.dts = start + offset * 1000
                packet.duration = stop - start if stop else 0
                container.mux(packet)
            frame = av.VideoFrame(64, 36, "yuv420p")
            frame.pts, frame.time_base = number + offset * 10, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def window(path: Path, start: int, stop: int, profile: str = SUBTITLES.name) -> str:
    text = probe(path).subtitles[0]
    track = Track("source", text.stream, text.base, Ratio(0, 1))
    return render(CutSubtitles(track, start, stop, profile), path).decode()


@pytest.mark.parametrize("name", FILES)
def test_a_cue_is_in_every_window_that_it_is_visible_in(name: str, tmp_path: Path) -> None:
    cues = [cue for cue in CUES if cue[2] != "Short" or name != "tx3g.mp4"]
    path = subtitled(tmp_path / name, FILES[name], tuple(cues))
    long = "00:00:01.501 --> 00:00:06.000\nLong\n"
    first = f"{HEADER}\n00:00:00.500 --> 00:00:01.500\nFirst\n\n{long}"
    assert window(path, 0, 2000) == first
    for start, stop in ((2000, 2999), (4000, 5000), (5999, 7000)):
        assert window(path, start, stop) == f"{HEADER}\n{long}"
    assert window(path, 6000, 8000) == f"{HEADER}\n00:00:07.000 --> 00:00:07.900\nLast\n"
    if "Short" in str(cues):
        short = "00:00:02.999 --> 00:00:03.001\nShort\n"
        assert window(path, 3000, 4000) == f"{HEADER}\n{long}\n{short}"


@pytest.mark.parametrize("name", FILES)
def test_a_window_without_cues_is_an_empty_segment(name: str, tmp_path: Path) -> None:
    path = subtitled(tmp_path / name, FILES[name], CUES[:1])
    assert window(path, 2000, 4000) == HEADER


def test_any_script_and_punctuation_is_kept(tmp_path: Path) -> None:
    words = "שלום <i>עולם</i>\r\nمرحبب & a\\b 日本 <font color=red>red</font> 1 < 2"
    path = subtitled(tmp_path / "all.mkv", "subrip", ((0, 1000, words),))
    assert window(path, 0, 1000) == (
        f"{HEADER}\n00:00:00.000 --> 00:00:01.000\n"
        "שלום <i>עולם</i>\nمرحبب &amp; a\\b 日本 red 1 &lt; 2\n"
    )


def test_a_cue_without_a_duration_lasts_three_seconds(tmp_path: Path) -> None:
    path = subtitled(tmp_path / "open.mkv", "subrip", ((1000, 0, "Open"),))
    assert "00:00:01.000 --> 00:00:04.000\nOpen" in window(path, 0, 8000)


def test_cue_times_count_from_the_first_frame(tmp_path: Path) -> None:
    path = subtitled(tmp_path / "late.mkv", "subrip", CUES)
    track = Track("source", 1, Ratio(1, 1000), Ratio(1, 1))
    made = render(CutSubtitles(track, 0, 2000, "webvtt-v1"), path).decode()
    assert made == (
        f"{HEADER}\n00:00:00.000 --> 00:00:00.500\nFirst\n\n00:00:00.501 --> 00:00:05.000\nLong\n\n"
        "00:00:01.999 --> 00:00:02.001\nShort\n"
    )


@pytest.mark.parametrize("offset", [10, 65_946, 143_166])
@pytest.mark.parametrize("name", ["late.mkv", "late.mp4"])
def test_cues_stay_in_sync_wherever_the_video_starts(
    name: str, offset: int, tmp_path: Path
) -> None:
    codec = "subrip" if name.endswith("mkv") else "mov_text"
    path = subtitled(tmp_path / name, codec, CUES[:2], offset=offset)
    plan = make_plan("source", probe(path))
    text = next(each for each in plan.renditions if each.kind == "subtitles")
    made = render(plan.recipe(text, 0), path).decode()
    assert made.startswith(f"{HEADER}\n00:00:00.500 --> 00:00:01.500\nFirst\n")
    assert plan.duration == 8


def test_a_plan_offers_subtitles_for_the_whole_video(tmp_path: Path) -> None:
    path = subtitled(tmp_path / "film.mkv", "subrip", CUES)
    plan = make_plan("source", probe(path))
    rendition = next(each for each in plan.renditions if each.kind == "subtitles")
    made = [render(plan.recipe(rendition, n), path).decode() for n in range(rendition.count)]
    assert all(text.startswith(HEADER) for text in made)
    assert all(words in "".join(made) for _, _, words in CUES)


def test_styles_of_a_script_apply_in_every_window(tmp_path: Path) -> None:
    words = "Ausgang{\\i0}\\NOst"
    path = subtitled(tmp_path / "sign.mkv", "ass", ((500, 3500, words),), style="Sign")
    for start, stop in ((0, 2000), (2000, 4000)):
        assert window(path, start, stop) == (
            f"{HEADER}\n00:00:00.500 --> 00:00:03.500 line:0\n<i>Ausgang</i>\nOst\n"
        )
        assert window(path, start, stop, PLAIN_SUBTITLES.name) == (
            f"{HEADER}\n00:00:00.500 --> 00:00:03.500\nAusgang\nOst\n"
        )


def test_identical_cues_are_written_once(tmp_path: Path) -> None:
    cues = ((500, 1500, "{\\an8}Sign"), (500, 1500, "{\\bord3\\an8}Sign"), (500, 1500, "Words"))
    path = subtitled(tmp_path / "layers.mkv", "ass", cues)
    assert window(path, 0, 2000) == (
        f"{HEADER}\n00:00:00.500 --> 00:00:01.500 line:0\nSign\n"
        "\n00:00:00.500 --> 00:00:01.500\nWords\n"
    )


def test_positions_in_srt_are_kept(tmp_path: Path) -> None:
    path = subtitled(tmp_path / "top.mkv", "subrip", ((500, 1500, "{\\an8}<i>Oben</i>"),))
    assert "00:00:01.500 line:0\n<i>Oben</i>\n" in window(path, 0, 2000)


def test_settings_of_webvtt_are_kept(tmp_path: Path) -> None:
    film = subtitled(tmp_path / "film.webm", "webvtt", ())
    (tmp_path / "cues.vtt").write_text(
        "WEBVTT\n\n00:00.500 --> 00:01.500 line:10% align:start position:20% odd:1\nOben\n"
    )
    path = tmp_path / "set.webm"
    with (
        av.open(str(film)) as pictures,
        av.open(str(tmp_path / "cues.vtt")) as words,
        av.open(str(path), "w") as target,
    ):
        video = target.add_stream_from_template(pictures.streams.video[0])
        text = target.add_stream_from_template(words.streams.subtitles[0])
        for packets, stream in ((words.demux(), text), (pictures.demux(video=0), video)):
            for packet in packets:
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    made = window(path, 0, 2000)
    assert "00:00:01.500 line:10% align:start position:20%\nOben\n" in made


@pytest.mark.parametrize(("name", "codec"), [("long.mkv", "subrip"), ("long.mp4", "mov_text")])
def test_a_long_cue_is_in_every_window_however_long_ago_it_began(
    name: str, codec: str, tmp_path: Path
) -> None:
    cues = ((1000, 89_900, "By night"), (1000, 40_000, "Berlin"), (50_000, 51_000, "Words"))
    # Those of an MP4 follow each other.
    path = subtitled(tmp_path / name, codec, cues if codec == "subrip" else cues[:1], seconds=90)
    plan = make_plan("source", probe(path))
    text = next(each for each in plan.renditions if each.kind == "subtitles")
    starts = [plan.recipe(text, n).start for n in range(text.count)]  # type: ignore[union-attr]
    made = [render(plan.recipe(text, n), path).decode() for n in range(text.count)]
    assert starts[-1] > 80_000
    for number, segment in enumerate(made):
        assert segment.count("\nBy night\n") == 1
        assert segment.count("00:00:01.000 --> 00:01:29.900") == 1
        seen = codec == "subrip" and starts[number] < 40_000
        assert segment.count("\nBerlin\n") == seen


def test_only_recipes_of_affected_windows_list_a_long_cue(tmp_path: Path) -> None:
    path = subtitled(tmp_path / "film.mkv", "subrip", ((1000, 50_000, "Long"),), seconds=60)
    plan = make_plan("source", probe(path))
    text = next(each for each in plan.renditions if each.kind == "subtitles")
    assert text.long_cues == ((1000, 50_000),)
    for number in range(text.count):
        recipe = plan.recipe(text, number)
        assert isinstance(recipe, CutSubtitles)
        needed = 31_000 < recipe.start < 50_000
        assert (recipe.earlier == (1000,)) == needed
        assert (b"earlier" in encode(recipe)) == needed


def test_long_cues_are_found_among_many_short_ones(tmp_path: Path) -> None:
    cues = tuple(
        (at, at + (35_000 + at if at % 7000 == 0 else 900), f"Cue {at}")
        for at in range(0, 60_000, 1000)
    )
    path = subtitled(tmp_path / "film.mkv", "subrip", cues, seconds=60)
    expected = [(start, stop) for start, stop, _ in cues if stop - start > 30_000]
    assert long_cues(path, 30) == {1: expected}


@pytest.mark.parametrize("damage", [b"", b"\x1a\x45\xdf\xa3", b"\0" * 100, b"\xff" * 1000])
def test_an_invalid_index_lists_no_cues(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(damage)
    assert long_cues(tmp_path / "film.mkv", 30) == {}


@settings(max_examples=30)
@given(data=st.data())
def test_any_damaged_index_can_be_read(data: st.DataObject, long_film: Path) -> None:
    damaged = bytearray(long_film.read_bytes())
    places = st.integers(0, 600) | st.integers(len(damaged) - 600, len(damaged) - 1)
    for at in data.draw(st.lists(places, min_size=1, max_size=20)):
        damaged[at] = data.draw(st.integers(0, 255))
    path = long_film.with_name("damaged.mkv")
    path.write_bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    assert all(isinstance(cues, list) for cues in long_cues(path, 1).values())


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return subtitled(tmp_path_factory.mktemp("long") / "film.mkv", "subrip", CUES)


def test_srt_of_a_real_file(corpus: Path) -> None:
    path = corpus / "sample_with_srt.mkv"
    plan = make_plan("source", probe(path))
    rendition = next(each for each in plan.renditions if each.kind == "subtitles")
    assert "This is the first subtitle" in render(plan.recipe(rendition, 0), path).decode()
