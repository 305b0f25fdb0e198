"""Links and video events (BUD-10, NIP-71)."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from blobhls.blob import BlobId, BlobInfo
from blobhls.nostr import SecretKey, decode_event, verify
from blobhls.transfer.share import Share, Sharing, Stream, video_event
from tests.remote.wire import in_loop
from tests.resolver.stage import Stage

ROOT, SMALL = BlobId.of(b"root"), BlobId.of(b"small")
IMAGE = BlobInfo(BlobId.of(b"image"), 5, "image/jpeg")
HOME, OTHER = "https://films.example", "http://127.0.0.1:24242"


def share(width: int = 1920, height: int = 1080) -> Share:
    """The shared facts of a film."""
    return Share(
        title="Heat",
        duration=Fraction(61, 2),
        size=481,
        root=Stream(ROOT, 6_190_000, width, height),
        videos=(Stream(SMALL, 6_000_000, width, height),),
        image=IMAGE,
    )


def fields(tag: list[str]) -> dict[str, list[str]]:
    """Return the pairs of an `imeta` tag."""
    found: dict[str, list[str]] = {}
    for pair in tag[1:]:
        key, _, value = pair.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def test_an_event_has_every_stream_with_all_that_players_choose_by() -> None:
    event = video_event(share(), [HOME, OTHER], 1_700_000_000)
    assert event.kind == 21
    plain = {tag[0]: tag[1] for tag in event.tags if tag[0] != "imeta"}
    assert plain == {
        "title": "Heat",
        "published_at": "1700000000",
        "duration": "30.500",
        "alt": "Video: Heat",
    }
    root, small = (fields(tag) for tag in event.tags if tag[0] == "imeta")
    assert root == {
        "url": [f"{HOME}/{ROOT}.m3u8"],
        "x": [ROOT],
        "m": ["application/vnd.apple.mpegurl"],
        "dim": ["1920x1080"],
        "duration": ["30.500"],
        "bitrate": ["6190000"],
        "image": [f"{HOME}/{IMAGE.name}", f"{OTHER}/{IMAGE.name}"],
        "fallback": [f"{OTHER}/{ROOT}.m3u8"],
    }
    assert small["x"] == [SMALL]
    assert small["bitrate"] == ["6000000"]


def test_an_upright_video_is_a_short_one() -> None:
    assert video_event(share(1080, 1920), [HOME], 0).kind == 22


def test_sound_alone_has_no_dimensions() -> None:
    root = Stream(ROOT, 190_000)
    event = video_event(msgspec.structs.replace(share(), root=root, videos=()), [HOME], 0)
    (only,) = (fields(tag) for tag in event.tags if tag[0] == "imeta")
    assert event.kind == 21
    assert "dim" not in only


def test_a_signed_event_is_valid_and_says_the_same() -> None:
    key = SecretKey.new()
    template = video_event(share(), [HOME], 1_700_000_000)
    event = decode_event(template.signed(key))
    verify(event)
    assert event.pubkey == key.pubkey
    assert [list(tag) for tag in event.tags] == template.tags
    assert (event.kind, event.created_at, event.content) == (21, 1_700_000_000, "Heat")


def test_the_uri_names_servers_author_and_size() -> None:
    author = "ab" * 32
    assert str(share().uri([HOME, OTHER], author)) == (
        f"blossom:{ROOT}.m3u8?xs=films.example&xs=http://127.0.0.1:24242&as={author}&sz=481"
    )
    assert str(share().uri([HOME])) == f"blossom:{ROOT}.m3u8?xs=films.example&sz=481"


@pytest.fixture
def sharing(stage: Stage) -> Sharing:
    """What knows the titles of the stage."""
    return Sharing(stage.catalogue, stage.sealer, stage.repository)


@in_loop
async def test_a_video_is_shared_once_it_has_a_root(stage: Stage, sharing: Sharing) -> None:
    planned = await stage.planned()
    assert await sharing.share(planned) is None
    root = await stage.sealer.seal(planned, ["source_h264", "720p_h264", "audio-1-eng_aac"])
    found = await sharing.share(planned)
    assert root is not None
    assert found is not None
    assert found.root.blob_id == root.blob_id
    assert (found.root.width, found.root.height) == (1920, 1080)
    assert [stream.height for stream in found.videos] == [1080, 720]
    sound = (await stage.sealer.seals(planned))["audio-1-eng_aac"].average
    assert found.root.bitrate == found.videos[0].bitrate + sound
    assert found.size == stage.file(root.blob_id).stat().st_size
    assert found.image is None
    await stage.end()


@in_loop
async def test_the_picture_of_the_show_stands_in_for_that_of_the_video(
    stage: Stage, sharing: Sharing
) -> None:
    planned = await stage.planned()
    await stage.sealer.seal(planned)
    picture = await stage.vault.put(b"picture", "image/jpeg")
    for task in stage.catalogue.artwork_todo(10):
        owner_id, kind, blob_id = task.owner_id, task.kind, picture.blob_id
        stage.elsewhere(stage.catalogue.set_artwork, owner_id, kind, blob_id)
    found = await sharing.share(planned)
    assert found is not None
    assert found.image == picture
    await stage.end()


@in_loop
async def test_an_episode_is_called_by_show_number_and_title(
    stage: Stage, sharing: Sharing
) -> None:
    (stage.library / "Lost" / "Season 01").mkdir(parents=True)
    planned = await stage.planned("Lost/Season 01/S01E02 - Walkabout.mkv")
    await stage.sealer.seal(planned)
    found = await sharing.share(planned)
    assert found is not None
    assert found.title == "Lost S01E02 Walkabout"
    await stage.end()
