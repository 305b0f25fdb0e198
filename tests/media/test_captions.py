"""Closed captions are detected, kept in cut and encoded video, and announced where present."""

from __future__ import annotations

import io
from pathlib import Path

import av
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.hls import NO_CAPTIONS, parse_master
from blobhls.media.bitstream.captions import Captions, cc_data
from blobhls.media.plan.plan import Plan
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.render import render
from blobhls.resolver.playlists.playlists import master_playlist, planned_rate
from tests.media.captioned import Triple, captioned, each_alone, line21, sei, user_data

_WORDS = line21("HELLO THERE")


def heard(pictures: list[list[Triple]]) -> tuple[str, ...]:
    captions = Captions()
    captions.read(b"\0\0\0\1" + sei(triples) for triples in pictures)
    return captions.channels


def dtvcc(service: int, text: bytes) -> list[Triple]:
    """Return a CEA-708 packet of one service block, and padding to its even length."""
    head = bytes((min(service, 7) << 5 | len(text), service)[: 1 + (service >= 7)])
    packet = head + text
    packet += bytes((len(packet) + 1) % 2)
    packet = bytes(((len(packet) + 1) // 2,)) + packet
    kinds = [3] + [2] * (len(packet) // 2 - 1)
    return [(k, packet[2 * n], packet[2 * n + 1]) for n, k in enumerate(kinds)]


@pytest.mark.parametrize(
    ("triples", "channels"),
    [
        (_WORDS, ("CC1",)),
        (line21("SALUT", control=0x1C), ("CC2",)),
        (line21("HOLA", control=0x15, field=1), ("CC3",)),
        (line21("HALLO", control=0x1D, field=1), ("CC4",)),
        (_WORDS + line21("HOLA", control=0x15, field=1), ("CC1", "CC3")),
        ([(0, 0xC8, 0xC9)], ("CC1",)),  # letters, in the middle of a row
        ([(0, 0x80, 0x80), (1, 0x80, 0x80)], ()),  # nothing but padding
        ([(1, 0x01, 0x83), (1, 0xC8, 0xC9), (1, 0x8F, 0x1D)], ()),  # data about the programme
        ([(0, 0x94, 0x2A), (0, 0xC8, 0xC9)], ()),  # a text channel
        (dtvcc(1, b"Hi"), ("SERVICE1",)),
        (dtvcc(2, b"Hi") + dtvcc(9, b"Ho"), ("SERVICE2", "SERVICE9")),
        (dtvcc(1, b"Hi") + _WORDS, ("CC1",)),
        (dtvcc(1, b"")[:1], ()),
        (dtvcc(1, b"Hi")[1:], ()),  # without its beginning
        ([], ()),
    ],
)
def test_channels_with_text_are_found(triples: list[Triple], channels: tuple[str, ...]) -> None:
    assert heard(list(each_alone(triples))) == channels
    assert heard([triples[at : at + 20] for at in range(0, len(triples), 20)]) == channels


def test_captions_of_mpeg_2_are_found_behind_their_start_code() -> None:
    data = b"\0\0\1\0picture\0\0\1\xb2" + user_data(_WORDS[:2]) + b"\0\0\1\1slice"
    assert list(cc_data(data)) == _WORDS[:2]


def test_text_that_looks_like_captions_is_ignored() -> None:
    assert list(cc_data(b"\0\0\1\x06GA94\x03" + user_data(_WORDS[:2]))) == []


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_any_user_data_can_be_read(bodies: list[bytes]) -> None:
    captions = Captions()
    captions.read(b"\xb5\x00\x31GA94\x03" + body for body in bodies)
    assert len(captions.channels) <= 67


@pytest.fixture(scope="module")
def film(clip_mp4: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds, with captions at the beginning and again behind ten seconds."""
    padding: list[list[Triple]] = [[(0, 0x80, 0x80)]]
    pictures = [*each_alone(_WORDS), *padding * 230, *each_alone(_WORDS)]
    return captioned(clip_mp4, tmp_path_factory.mktemp("captions") / "film.mp4", pictures)


def carried(segment: bytes) -> list[Triple]:
    """Return the captions of a segment, in presentation order."""
    with av.open(io.BytesIO(segment), mode="r") as container:
        pictures = [p for p in container.demux(video=0) if p.size]
        pictures.sort(key=lambda packet: packet.pts or 0)
        return [triple for packet in pictures for triple in cc_data(bytes(packet))]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_captions_are_found_in_any_container(film: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    with av.open(str(film)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    video = probe(path).video
    assert video is not None
    assert video.captions == ("CC1",)


def test_cut_and_encoded_video_carry_the_same_captions(film: Path) -> None:
    found = probe(film)
    assert found.video is not None
    # A ladder that has a step below so small a picture.
    larger = msgspec.structs.replace(found.video, width=856, height=482)
    plans = [make_plan("source", found)]
    plans.append(make_plan("source", msgspec.structs.replace(found, video=larger)))
    cut = plans[0].rendition("source_h264")
    encoded = plans[1].rendition("360p_h264")
    for number in (0, cut.count - 1):
        words = carried(render(plans[0].recipe(cut, number), film))
        assert any(triple in words for triple in _WORDS)
        again = render(plans[1].recipe(encoded, number), film)
        assert carried(again) == words
        assert render(plans[1].recipe(encoded, number), film) == again


def master(plan: Plan) -> str:
    return master_playlist(
        plan.renditions,
        lambda r: f"{r.name}.m3u8",
        {r.name: planned_rate(r) for r in plan.renditions},
    )


def test_a_master_playlist_announces_captions_where_they_are(film: Path, clip_mp4: Path) -> None:
    text = master(make_plan("source", probe(film)))
    assert (
        '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME="Closed captions",'
        'DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1"\n'
    ) in text
    assert text.count('CLOSED-CAPTIONS="captions"') == text.count("#EXT-X-STREAM-INF")
    without = parse_master(master(make_plan("source", probe(clip_mp4))))
    assert all(variant.closed_captions is NO_CAPTIONS for variant in without.variants)


def test_if_only_some_variants_have_captions_the_others_state_nothing(film: Path) -> None:
    plan = make_plan("source", probe(film))
    picture = plan.renditions[0]
    silent = msgspec.structs.replace(picture, name="silent", captions=())
    read = parse_master(master(msgspec.structs.replace(plan, renditions=(picture, silent))))
    assert [variant.closed_captions for variant in read.variants] == ["captions", None]
