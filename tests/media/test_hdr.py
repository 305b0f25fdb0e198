"""HDR films: kept in `source`, with Dolby Vision where they have it; SDR in the ladder."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from blobhls.demo_clips.clip_spec import Clip
from blobhls.errors import SourceBroken
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import DolbyVision
from blobhls.media.render import render
from blobhls.recipe import EncodeVideo
from blobhls.resolver.playlists.playlists import master_playlist, planned_rate
from tests.media.rendering import pictures, plan_of, render_all

ClipFactory = Callable[[str, Clip], Path]
_ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hev1")
_COLOURS = "colorprim=bt2020:colormatrix=bt2020nc:range=limited"
_SCREEN = "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(20000000,50)"


def hdr(factory: ClipFactory, name: str, transfer: str, more: str = "") -> Path:
    """4 s of HEVC, 10 bits, two key frames."""
    parameters = f"log-level=error:{_COLOURS}:transfer={transfer}{more}"
    clip = Clip(
        seconds=4, size=(320, 180), audio=(), video_codec="libx265", pixel_format="yuv420p10le",
        video_options={"preset": "ultrafast", "x265-params": parameters},
    )  # fmt: skip
    return factory(name, clip)


@pytest.fixture(scope="session")
def clip_hdr10(clip_factory: ClipFactory) -> Path:
    """PQ, mastered on a display of 2000 cd/m², with a peak of 800."""
    return hdr(clip_factory, "hdr10.mp4", "smpte2084", f":{_SCREEN}:max-cll=800,200")


@pytest.fixture(scope="session")
def clip_hlg(clip_factory: ClipFactory) -> Path:
    return hdr(clip_factory, "hlg.mp4", "arib-std-b67")


def with_dolby_vision(source: Path, target: Path, profile: int, base: int, box: bytes) -> Path:
    """Write a configuration record into the sample entry, as Dolby Vision encoders do."""
    flags = bytes((profile << 1, 6 << 3 | 0b101, base << 4))  # level 6; RPU and base layer
    record = (b"\1\0" + flags).ljust(24, b"\0")
    whole = (len(record) + 8).to_bytes(4, "big") + box + record
    # libav writes the index behind the data, so nothing that it points to moves.
    target.write_bytes(_grown(source.read_bytes(), _ENTRY, whole))
    return target


def _grown(data: bytes, path: tuple[bytes, ...], box: bytes) -> bytes:
    result, at = b"", 0
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + size]
        if kind == path[0]:
            head = 8 if kind == b"stsd" else 0  # version, flags and the number of entries
            inner = body[:head] + _grown(body[head:], path[1:], box) if path[1:] else body + box
            body = inner
        result += (len(body) + 8).to_bytes(4, "big") + kind + body
        at += size
    return result


@pytest.mark.parametrize(("fixture", "video_range"), [("clip_hdr10", "PQ"), ("clip_hlg", "HLG")])
def test_the_source_stays_hdr_and_the_ladder_is_sdr(
    fixture: str, video_range: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(fixture)
    plan = plan_of(path)
    source, rung = plan.renditions
    assert (source.name, source.video_range) == ("source_hevc", video_range)
    assert (rung.video_range, source.supplemental) == ("SDR", None)
    kept = render_all(path, plan, source.name)
    assert kept.faults() == []
    assert pictures(kept.joined)[5].color_trc == (16 if video_range == "PQ" else 18)
    made = render_all(path, plan, rung.name)
    assert made.faults() == []
    shown = pictures(made.joined)[5]
    assert (shown.format.name, shown.color_range) == ("yuv420p", 1)
    assert (shown.color_primaries, shown.color_trc, shown.colorspace) == (1, 1, 1)


def test_the_ladder_uses_the_peak_of_the_source(clip_hdr10: Path, clip_hlg: Path) -> None:
    peaks = {}
    for path in (clip_hdr10, clip_hlg):
        template = plan_of(path).renditions[-1].template
        assert isinstance(template, EncodeVideo)
        peaks[template.tonemap] = template.peak
    assert peaks == {"pq": 800, "hlg": 0}


@pytest.mark.parametrize(
    ("fixture", "base", "brand"), [("clip_hdr10", 1, "db1p"), ("clip_hlg", 4, "db4h")]
)
def test_dolby_vision_is_announced_beside_the_base_layer(
    fixture: str, base: int, brand: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    plain: Path = request.getfixturevalue(fixture)
    path = with_dolby_vision(plain, tmp_path / "dovi.mp4", 8, base, b"dvvC")
    video = probe(path).video
    assert video is not None
    assert video.dolby == DolbyVision(profile=8, level=6, base=base)
    plan = plan_of(path)
    source = plan.renditions[0]
    init = plan.init(source)
    assert init is not None
    assert b"dvvC" in render(init, path)
    assert b"dvvC" not in render(init, plain)
    text = master_playlist(
        plan.renditions, lambda r: r.name, {r.name: planned_rate(r) for r in plan.renditions}
    )
    assert text.count(f'SUPPLEMENTAL-CODECS="dvh1.08.06/{brand}"') == 1
    assert source.codecs is not None
    assert source.codecs.startswith("hvc1.2.")


def test_dolby_vision_of_discs_is_offered_as_its_base_layer(
    clip_hdr10: Path, tmp_path: Path
) -> None:
    path = with_dolby_vision(clip_hdr10, tmp_path / "dovi.mp4", 7, 6, b"dvcC")
    assert plan_of(path).renditions[0].supplemental is None


def test_dolby_vision_without_a_base_layer_is_refused(clip_hdr10: Path, tmp_path: Path) -> None:
    path = with_dolby_vision(clip_hdr10, tmp_path / "dovi.mp4", 5, 0, b"dvcC")
    with pytest.raises(SourceBroken, match="Dolby Vision without a base layer"):
        probe(path)


def test_dolby_vision_of_phones_is_found(corpus: Path) -> None:
    video = probe(corpus / "sample_edit_list.mp4").video
    assert video is not None
    assert video.dolby == DolbyVision(profile=8, level=4, base=4)


def test_hdr_of_a_phone_becomes_sdr(corpus: Path) -> None:
    path = corpus / "hdr10-video-with-sdr-container.mp4"
    made = render_all(path, plan_of(path), "360p_h264")
    assert made.faults(Fraction(5)) == []
    shown = pictures(made.joined)[5]
    assert (shown.colorspace, shown.color_trc, shown.color_primaries) == (1, 1, 1)
    # The sky at the top is blue; swscale's own conversion made it magenta.
    u, v = (bytes(shown.planes[n])[shown.width * 3 // 10] for n in (1, 2))
    assert u > 136
    assert v < 128
