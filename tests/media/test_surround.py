"""Surround audio is kept in addition to its stereo downmix, which loses no channel."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import msgspec
import pytest

from blobhls.media.audio.silence import silent_dolby_frame
from blobhls.media.bitstream import dolby
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.render import render
from blobhls.recipe import CutAudio, EncodeAudio
from blobhls.resolver.optimise.optimise_plan import distribution_plan
from blobhls.resolver.playlists.playlists import master_playlist, planned_rate
from blobhls.resolver.sealer import is_cheap
from tests.media.audio_clips import (
    Film,
    Heard,
    click_at,
    click_time,
    heard_in_segments,
    make_film,
    rms,
    sine,
)
from tests.media.rendering import Rendered, plan_of, render_all
from tests.oracle.joins import check_rendition

MOMENT: Final = 2.5  # seconds; behind the first join
SECOND: Final = 48_000
FILMS: Final = {
    "ac3.mkv": Film("ac3", layout="5.1(side)"),
    "ac3.ts": Film("ac3", layout="5.1(side)", shifted=Fraction(10)),
    "eac3.mp4": Film("eac3", layout="5.1(side)"),
    "eac3.ts": Film("eac3", 44_100, layout="5.1(side)", shifted=Fraction(10)),
    "aac.mp4": Film("aac", layout="5.1"),
    "flac.mkv": Film("flac", layout="5.1"),
    "pcm.mkv": Film("pcm_s16le", layout="7.1"),
}
CUT: Final = {"ac3.mkv": "ac3", "ac3.ts": "ac3", "eac3.mp4": "eac3", "eac3.ts": "eac3"}


def of_channels(plan: Plan, *, surround: bool) -> Rendition:
    return next(r for r in plan.renditions if r.kind == "audio" and r.surround is surround)


def heard(rendered: Rendered, channel: int = 0) -> Heard:
    return heard_in_segments(list(rendered.segments), rendered.init or b"", channel)


@pytest.mark.parametrize("name", FILMS)
def test_both_renditions_join_and_are_in_time(name: str, tmp_path: Path) -> None:
    path = make_film(tmp_path / name, FILMS[name], click_at(MOMENT))
    plan = plan_of(path)
    for surround in (False, True):
        rendition = of_channels(plan, surround=surround)
        made = render_all(path, plan, rendition.name)
        faults = check_rendition(made.segments, made.durations, made.init, "audio")
        # 44.1 kHz in 90 kHz ticks: a frame of 1536 samples lasts 3134.69 of them.
        assert faults == []
        sound = heard(made)
        assert click_time(sound) == pytest.approx(MOMENT, abs=0.001)
        length = float(sound.start) + len(sound.samples) / SECOND
        assert length == pytest.approx(float(plan.duration), abs=0.035)


def dependent(frame: bytes) -> bytes:
    """Turn a stereo frame of E-AC-3 into one that adds the back channels (ATSC A/52 §E.2.3.1)."""
    bits = f"{int.from_bytes(frame, 'big'):0{8 * len(frame)}b}"
    more = 51 + 8 * int(bits[50])  # behind compre, and compr if there is one
    head = f"{bits[:16]}01000{len(frame) // 2 + 1:011b}{bits[32:more]}"
    wider = f"{head}1{1 << 9:016b}{bits[more:-18]}{0:017b}"  # chanmap; two words more in all
    data = int(wider, 2).to_bytes(len(wider) // 8, "big")
    crc = 0
    for byte in data[2:]:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x8005 if crc & 0x8000 else 0)) & 0xFFFF
    return data + crc.to_bytes(2, "big")


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4", "film.ts"])
def test_eight_channels_of_eac3_are_cut_as_they_are(name: str, tmp_path: Path) -> None:
    cinema = make_film(tmp_path / "5.1.mkv", FILMS["eac3.mp4"], click_at(MOMENT))
    pair = make_film(tmp_path / "pair.mkv", Film("eac3"), sine)
    with av.open(str(pair)) as film:
        back = iter([dependent(bytes(p)) for p in film.demux(audio=0) if p.size])
    path = tmp_path / name
    with av.open(str(cinema)) as film, av.open(str(path), "w") as target:
        streams = [target.add_stream_from_template(each) for each in film.streams]
        for packet in film.demux():
            if not packet.size:
                continue
            copy = packet
            if packet.stream_index:
                copy = av.Packet(bytes(packet) + next(back))
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.time_base = packet.time_base
            copy.stream = streams[packet.stream_index]
            target.mux(copy)
    plan = plan_of(path)
    rendition = of_channels(plan, surround=True)
    assert isinstance(rendition.template, CutAudio)
    assert (rendition.codecs, rendition.channels) == ("ec-3", 8)
    made = render_all(path, plan, rendition.name)
    assert check_rendition(made.segments, made.durations, made.init, "audio") == []
    assert click_time(heard(made)) == pytest.approx(MOMENT, abs=0.001)
    with av.open(io.BytesIO(made.joined), "r") as played:
        assert next(played.decode(audio=0)).layout.name == "7.1"


@pytest.mark.parametrize("name", FILMS)
def test_surround_is_cut_where_possible_and_announced(name: str, tmp_path: Path) -> None:
    path = make_film(tmp_path / name, msgspec.structs.replace(FILMS[name], seconds=1), sine)
    plan = plan_of(path)
    stereo, surround = (of_channels(plan, surround=each) for each in (False, True))
    assert (stereo.channels, stereo.codecs) == (2, "mp4a.40.2")
    assert (surround.title, surround.default) == (stereo.title, stereo.default)
    assert isinstance(stereo.template, EncodeAudio)
    if name == "aac.mp4":
        assert (surround.name, surround.codecs) == ("audio-1-und-surround_aac", "mp4a.40.2")
        assert isinstance(surround.template, CutAudio)
        return
    codec = CUT.get(name, "ac3")
    assert surround.codecs == dolby.CODECS[codec]
    assert surround.channels == 6
    assert isinstance(surround.template, CutAudio if name in CUT else EncodeAudio)
    assert surround.template.packaging == "fmp4"
    data = render_all(path, plan, surround.name).joined
    with av.open(io.BytesIO(data), mode="r") as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.codec_context.channels) == (codec, 6)


def test_surround_is_sealed_by_default_where_it_is_cut(tmp_path: Path) -> None:
    for name, cheap in (("ac3.mkv", True), ("flac.mkv", False)):
        film = msgspec.structs.replace(FILMS[name], seconds=Fraction(1))
        plan = plan_of(make_film(tmp_path / name, film, sine))
        assert is_cheap(of_channels(plan, surround=True)) is cheap
        assert is_cheap(of_channels(plan, surround=False))


def test_cut_surround_frames_are_the_sources_own(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", FILMS["ac3.mkv"], sine)
    plan = plan_of(path)
    made = render_all(path, plan, of_channels(plan, surround=True).name)
    with av.open(str(path)) as container:
        source = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    with av.open(io.BytesIO(made.joined), mode="r") as container:
        cut = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    assert cut == source[: len(cut)]
    assert len(cut) >= 4 * SECOND // dolby.FRAME_SAMPLES


@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [
        (0, 0.414, 0),  # front left; all together must not clip, so it is 7.7 dB down
        (2, 0.293, 0.293),  # the centre, where people speak: 3 dB below that, on both sides
        (3, 0, 0),  # low frequencies are left out (ITU-R BS.775-4 annex 4)
        (4, 0.293, 0),  # surround left
    ],
)
def test_every_channel_is_in_the_downmix(
    channel: int, left: float, right: float, tmp_path: Path
) -> None:
    film = Film("flac", layout="5.1", seconds=Fraction(1), speaking=(channel,))
    path = make_film(tmp_path / "film.mkv", film, sine)
    plan = plan_of(path)
    made = render_all(path, plan, of_channels(plan, surround=False).name)
    for side, expected in enumerate((left, right)):
        level = rms(heard(made, side).at(4_800, 38_400))
        assert level == pytest.approx(expected * 0.4 / 2**0.5, abs=0.004)


@pytest.mark.parametrize("layout", ["5.1", "7.1"])
def test_all_channels_at_full_scale_do_not_clip(layout: str, tmp_path: Path) -> None:
    def loudest(seconds: float) -> float:
        return 2.499 * sine(seconds)

    path = make_film(
        tmp_path / "loud.mkv", Film("flac", layout=layout, seconds=Fraction(1)), loudest
    )
    plan = plan_of(path)
    stereo = render_all(path, plan, of_channels(plan, surround=False).name)
    samples = heard(stereo).at(4_800, 38_400)
    # libavcodec's AAC itself stays a twentieth below full scale.
    assert max(samples) < 0.96
    assert rms(samples) == pytest.approx(0.95 / 2**0.5, abs=0.01)


def test_encoded_surround_keeps_every_channel_in_place(tmp_path: Path) -> None:
    film = Film("flac", layout="5.1", seconds=Fraction(1), speaking=(4,))
    path = make_film(tmp_path / "film.mkv", film, sine)
    plan = plan_of(path)
    made = render_all(path, plan, of_channels(plan, surround=True).name)
    levels = [rms(heard(made, channel).at(4_800, 38_400)) for channel in (2, 3, 4, 5)]
    assert levels == pytest.approx([0, 0, 0.4 / 2**0.5, 0], abs=0.003)


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_a_gap_in_cut_surround_is_filled_with_silence_in_its_codec(
    codec: str, tmp_path: Path
) -> None:
    film = Film(codec, layout="5.1(side)", begins=Fraction(1), lasts=Fraction(1))
    path = make_film(tmp_path / "late.mkv", film, sine)
    plan = plan_of(path)
    rendition = of_channels(plan, surround=True)
    made = render_all(path, plan, rendition.name)
    faults = check_rendition(made.segments, made.durations, made.init, "audio")
    assert {fault.rule for fault in faults} <= {"audio-grid"}
    sound = heard(made)
    assert len(sound.samples) / SECOND == pytest.approx(4, abs=0.065)
    for start, level in ((0.1, 0), (1.2, 0.28), (2.5, 0)):
        assert rms(sound.at(round(start * SECOND), SECOND // 2)) == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize(
    "layout", ["mono", "3.0", "3.1", "4.0", "quad(side)", "5.0(side)", "5.1(side)"]
)
def test_headers_match_the_encoder_settings(layout: str) -> None:
    for codec in dolby.CODECS:
        wanted = dolby.Header(codec, SECOND, dolby.FRAME_SAMPLES, layout, 384_000)
        assert dolby.parse_header(silent_dolby_frame(wanted)) == wanted


@pytest.mark.parametrize("data", [b"", b"\x0b\x77", b"\x0b\x77\0\0\xff\xff\xff", bytes(32)])
def test_other_bytes_have_no_header(data: bytes) -> None:
    assert dolby.parse_header(data) is None


def test_an_optimised_video_is_stereo(tmp_path: Path) -> None:
    plan = plan_of(make_film(tmp_path / "aac.mp4", FILMS["aac.mp4"], sine))
    sounds = [r for r in distribution_plan(plan, 1080).renditions if r.kind == "audio"]
    assert [r.name for r in sounds] == ["audio-1-und_aac"]


def test_atmos_is_announced(corpus: Path) -> None:
    plan = plan_of(corpus / "sample_eac3joc.ts")
    text = master_playlist(
        plan.renditions, lambda r: r.name, {r.name: planned_rate(r) for r in plan.renditions}
    )
    assert 'GROUP-ID="surround",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="16/JOC"' in text


def test_eight_channels_of_dts_become_surround(corpus: Path) -> None:
    path = corpus / "sample_dts_hd_ma.mp4"
    plan = plan_of(path)
    rendition = of_channels(plan, surround=True)
    assert (rendition.name, rendition.channels) == ("audio-0-eng-surround_ac3", 6)
    assert render(plan.recipe(rendition, 0), path)
