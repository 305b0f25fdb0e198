"""npm's @nostrify/nostrify: its BlossomUploader turns descriptors into NIP-94 tags."""

from __future__ import annotations

import pytest

from tests.clients.checks import REASONS, assert_optimised_picture, assert_optimised_video
from tests.clients.conftest import Pack
from tests.clients.stage import Interpreter, Json, Luggage, Stage, hash_of, request_for


@pytest.fixture(scope="module")
def luggage(pack: Pack) -> Luggage:
    return pack("nostrify")


@pytest.fixture(scope="module")
def said(node: Interpreter, stage: Stage, luggage: Luggage) -> Json:
    return node.tell("nostrify.mjs", request_for(stage, luggage))


def test_what_it_uploads_is_kept_as_it_is(said: Json, stage: Stage, luggage: Luggage) -> None:
    for tags, path in zip(said["uploads"], luggage.texts, strict=True):
        blob_hex = hash_of(path)
        assert tags == [
            ["url", f"{stage.a.address}/{blob_hex}.txt"],
            ["m", "text/plain"],
            ["x", blob_hex],
            ["size", str(path.stat().st_size)],
        ]
    assert said["again"] == said["uploads"][0]  # by a token that names the server
    assert said["downloaded"] == luggage.hashes[0]


def test_it_has_one_server_mirror_from_another(said: Json, stage: Stage, luggage: Luggage) -> None:
    url = f"{stage.b.address}/{luggage.hashes[2]}.txt"
    assert dict(said["mirrored"])["url"] == url
    assert stage.b.body(url) == luggage.texts[2].read_bytes()


def test_its_photograph_comes_back_smaller(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_optimised_picture(dict(said["picture"]), luggage.picture, stage.a)


def test_its_video_comes_back_as_a_tree_of_blobs(said: Json, stage: Stage) -> None:
    assert_optimised_video(dict(said["video"]), stage.a)


@pytest.mark.parametrize("fault", ["expired", "forged"])
def test_a_bad_token_is_refused_with_a_reason(said: Json, fault: str) -> None:
    message = said["refused"][fault]["message"]
    assert message.startswith(f"Blossom request failed (401): {REASONS[fault]}")


def test_a_mirror_of_other_bytes_than_the_token_names_is_a_conflict(said: Json) -> None:
    message = said["refused"]["for another blob"]["message"]
    assert message.startswith("Blossom request failed (409): the SHA-256 of the fetched bytes is")
