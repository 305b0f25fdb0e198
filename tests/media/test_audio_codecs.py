"""Audio of every codec and container is rendered at its time and in full length."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import pytest
from av.stream import Disposition

from blobhls.media.bitstream import adts
from blobhls.media.plan.roles import AUXILIARY, DESCRIBES_VIDEO
from blobhls.recipe import CutAudio
from tests.media.audio_clips import (
    Film,
    click_at,
    click_time,
    difference,
    heard_in,
    heard_in_segments,
    make_film,
    rms,
    sweep,
)
from tests.media.rendering import Rendered, plan_of, render_all
from tests.oracle.joins import check_rendition

MOMENT: Final = 2.5  # seconds; behind the first join
MADE: Final = {
    "aac.flv": Film("aac", 44_100),
    "ac3.avi": Film("ac3"),
    "alac.m4a": Film("alac", picture=False),
    "eac3.ts": Film("eac3", 32_000, "mono", shifted=Fraction(10)),
    "flac.mp4": Film("flac"),
    "float.wav": Film("pcm_f32le", picture=False),
    "mp3.mp4": Film("libmp3lame", 44_100),
    "mulaw.mov": Film("pcm_mulaw", 8_000, "mono"),
    "opus.mkv": Film("libopus", layout="5.1"),
    "pcm24.mov": Film("pcm_s24le"),
    "quad.mkv": Film("flac", layout="quad"),
}
# Encoders that PyAV has not: what ffmpeg makes of a film.
CONVERTED: Final = {
    "bluray.m2ts": "-c:v copy -c:a pcm_bluray",
    "dts.mkv": "-c:v copy -c:a dca",
    "dts.ts": "-c:v copy -ac 2 -c:a dca",
    "dvd.vob": "-c:v mpeg2video -c:a ac3",
    "lpcm.vob": "-c:v mpeg2video -ac 2 -c:a pcm_s16be",  # a time stamp is of the middle of a packet
    "mlp.mkv": "-c:v copy -ac 2 -c:a mlp",
    "mp2.mpg": "-c:v mpeg1video -ac 2 -c:a mp2",
    "truehd.mp4": "-c:v copy -ac 2 -c:a truehd",
    "wma.wmv": "-c:v copy -ac 2 -c:a wmav2",
}


@pytest.fixture(scope="module")
def surround(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with FLAC 5.1."""
    path = tmp_path_factory.mktemp("codecs") / "film.mkv"
    return make_film(path, Film("flac", layout="5.1"), click_at(MOMENT))


def check(path: Path) -> None:
    """Check that every rendition joins and matches the source."""
    plan = plan_of(path)
    with av.open(str(path)) as container:
        expected = click_time(heard_in(container, plan.zero))
    assert expected == pytest.approx(MOMENT, abs=0.1)  # of ASF, pictures begin 80 ms late
    sounds = [each for each in plan.renditions if each.kind == "audio"]
    assert sounds
    for rendition in sounds:
        made = render_all(path, plan, rendition.name)
        assert check_rendition(made.segments, made.durations, made.init, "audio") == []
        heard = heard_in_segments(list(made.segments), made.init or b"")
        assert click_time(heard) == pytest.approx(expected, abs=0.001)
        length = float(heard.start) + len(heard.samples) / 48_000
        assert length == pytest.approx(float(plan.duration), abs=0.033)


@pytest.mark.parametrize("name", MADE)
def test_every_codec_is_rendered_from_its_container(name: str, tmp_path: Path) -> None:
    check(make_film(tmp_path / name, MADE[name], click_at(MOMENT)))


@pytest.mark.parametrize("name", CONVERTED)
def test_audio_of_discs_and_cameras_is_rendered(name: str, surround: Path, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: nothing encodes it")
    path = tmp_path / name
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(surround), "-map", "0"]
    command += [*CONVERTED[name].split(), "-strict", "-2", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    check(path)


def with_sbr_announced(source: Path, path: Path) -> Path:
    """Write the same film, with its AAC announced as the core of HE-AAC at twice the rate.

    libavcodec has no encoder of HE-AAC; without anything in its upper band it is AAC-LC.
    """
    # AudioSpecificConfig: SBR (5), 24 kHz, two channels, extended to 48 kHz, AAC-LC (2).
    announced = (5 << 27 | 6 << 23 | 2 << 19 | 3 << 15 | 2 << 10).to_bytes(4, "big")
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams}
        streams[1].codec_context.extradata = announced
        for packet in old.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                new.mux(packet)
    return path


def cut_sound(path: Path) -> Rendered:
    """Return the cut rendition."""
    plan = plan_of(path)
    name = next(r.name for r in plan.renditions if isinstance(r.template, CutAudio))
    return render_all(path, plan, name)


@pytest.mark.parametrize("name", ["aac.mp4", "aac.ts", "ac3.mkv", "eac3.ts"])
def test_cut_audio_decodes_to_the_samples_of_its_source(name: str, tmp_path: Path) -> None:
    codec = name.partition(".")[0]
    layout = "stereo" if codec == "aac" else "5.1(side)"
    path = make_film(tmp_path / name, Film(codec, layout=layout, seconds=Fraction(9)), sweep)
    made = cut_sound(path)
    assert len(made.segments) > 2
    joined = heard_in_segments(list(made.segments), made.init or b"")
    with av.open(str(path)) as container:
        whole = heard_in(container)
    # Containers tell differently how long the encoder took.
    part = joined.at(96_000, 256)
    lag = min(range(-64, 1_100), key=lambda lag: rms(difference(part, whole.at(96_000 + lag, 256))))
    apart = difference(
        joined.at(4_096, len(joined.samples) - 8_192), whole.at(4_096 + lag, len(whole.samples))
    )
    assert len(apart) > 8 * 48_000
    # AAC has bands that are noise, and noise is another each time.
    assert max(map(abs, apart)) < 0.0001


def test_he_aac_is_cut_and_announced(tmp_path: Path) -> None:
    core = make_film(tmp_path / "core.mp4", Film("aac", 24_000), click_at(MOMENT))
    path = with_sbr_announced(core, tmp_path / "he.mp4")
    made = cut_sound(path)
    assert made.rendition.codecs == "mp4a.40.5"
    assert check_rendition(made.segments, made.durations, kind="audio") == []
    heard = heard_in_segments(list(made.segments))
    assert click_time(heard) == pytest.approx(MOMENT, abs=0.001)


def with_sbr_in_frames(source: Path, path: Path) -> Path:
    """Write the same film, its AAC with SBR that no header announces.

    The upper band is empty, but decoders still output twice the rate.
    """
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        streams = [new.add_stream_from_template(s) for s in old.streams]
        said = adts.parse(bytes(old.streams.audio[0].codec_context.extradata or b""))
        plain = said.object_type << 11 | said.frequency << 7 | said.channels << 3
        streams[1].codec_context.extradata = plain.to_bytes(2, "big")
        for packet in old.demux():
            if packet.size and packet.stream_index:
                widened = av.Packet(with_fill(bytes(packet)))
                widened.pts, widened.dts, widened.duration = packet.pts, packet.dts, packet.duration
                widened.time_base, widened.stream = packet.time_base, streams[1]
                new.mux(widened)
            elif packet.size:
                packet.stream = streams[0]
                new.mux(packet)
    return path


def with_fill(frame: bytes) -> bytes:
    """Put a fill element with an SBR extension in front of a frame's end (ISO/IEC 14496-3 §4.4)."""
    bits = f"{int.from_bytes(frame, 'big'):0{8 * len(frame)}b}".rstrip("0")
    assert bits.endswith("111")  # ID_END
    bits = bits[:-3] + "110" + "0010" + "1101" + "0" * 12 + "111"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize(
    ("name", "layout", "codecs"),
    [
        ("he.ts", "stereo", "mp4a.40.5"),
        ("he.mp4", "stereo", "mp4a.40.5"),
        ("v2.ts", "mono", "mp4a.40.29"),
        ("v2.mkv", "mono", "mp4a.40.29"),
    ],
)
def test_implicitly_signalled_he_aac_is_cut_on_its_own_grid(
    name: str, layout: str, codecs: str, tmp_path: Path
) -> None:
    core = make_film(tmp_path / "core.mp4", Film("aac", 24_000, layout), click_at(MOMENT))
    path = with_sbr_in_frames(core, tmp_path / name)
    made = cut_sound(path)
    assert (made.rendition.codecs, made.rendition.channels) == (codecs, 2)
    template = made.rendition.template
    assert isinstance(template, CutAudio)
    assert (template.samples, template.rate) == (2048, 48_000)
    check(path)


@pytest.mark.parametrize("name", ["song.m4a", "song.mp3", "song.flac"])
def test_a_song_with_cover_art_is_audio_only(name: str, surround: Path, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: nothing puts a cover beside a sound")
    path = tmp_path / name
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(surround), "-f", "lavfi"]
    command += [
        "-i",
        "color=red:size=64x64:duration=0.04",
        "-map",
        "0:a",
        "-map",
        "1:v",
        "-ac",
        "2",
    ]
    command += ["-frames:v", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    plan = plan_of(path)
    assert [each.kind for each in plan.renditions] == ["audio"]
    assert plan.duration == pytest.approx(4, abs=0.06)


@pytest.mark.parametrize("name", ["tracks.mkv", "tracks.mp4"])
def test_the_role_of_a_track_is_read_from_its_flags(
    name: str, surround: Path, tmp_path: Path
) -> None:
    flags = (None, Disposition.comment, Disposition.visual_impaired, Disposition.default, None)
    languages = ("eng", "eng", "eng", "deu", "deu")
    path = tmp_path / name
    with av.open(str(surround)) as source, av.open(str(path), "w") as target:
        film = target.add_stream_from_template(source.streams.video[0])
        tracks = [target.add_stream_from_template(source.streams.audio[0]) for _ in flags]
        for track, flag, language in zip(tracks, flags, languages, strict=True):
            track.metadata["language"] = language
            track.disposition = flag or Disposition(0)
        for packet in source.demux():
            data, times = bytes(packet), (packet.pts, packet.dts, packet.duration)
            for stream in tracks if packet.stream_index else [film]:
                copy = av.Packet(data)
                copy.pts, copy.dts, copy.duration = times
                copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
                copy.stream = stream
                if data:
                    target.mux(copy)
    sounds = [r for r in plan_of(path).renditions if r.kind == "audio"]
    stereo, more = sounds[:5], sounds[5:]
    assert [r.title for r in stereo] == [
        "English", "English (commentary)", "English (audio description)", "German", "German 2",
    ]  # fmt: skip
    assert [r.characteristics for r in stereo[:4]] == [(), (AUXILIARY,), (DESCRIBES_VIDEO,), ()]
    assert [r.language for r in stereo] == ["en", "en", "en", "de", "de"]
    assert [r.default for r in stereo] == [False, False, False, True, False]
    assert [(r.title, r.default, r.characteristics) for r in more] == [
        (r.title, r.default, r.characteristics) for r in stereo
    ]
