"""npm's blossom-client-sdk: asks without a token first, and signs one when it gets 401."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.clients.checks import (
    REASONS,
    assert_describes,
    assert_optimised_picture,
    assert_optimised_video,
    assert_pages,
    tags_of,
)
from tests.clients.conftest import Pack
from tests.clients.stage import Interpreter, Json, Luggage, Stage, request_for


@pytest.fixture(scope="module")
def luggage(pack: Pack) -> Luggage:
    return pack("blossom-client-sdk")


@pytest.fixture(scope="module")
def said(node: Interpreter, stage: Stage, luggage: Luggage) -> Json:
    return node.tell("blossom_client_sdk.mjs", request_for(stage, luggage))


def test_what_it_uploads_is_kept_as_it_is(said: Json, stage: Stage, luggage: Luggage) -> None:
    for descriptor, path in list(zip(said["uploads"], luggage.texts, strict=True))[2:]:
        assert_describes(descriptor, path, stage.a, "text/plain")
    assert said["again"] == said["uploads"][0]


def test_it_sees_and_downloads_what_is_there(said: Json, luggage: Luggage) -> None:
    assert said["has"]
    assert not said["hasUnsent"]
    assert said["downloaded"] == luggage.hashes[0]
    assert said["resolved"] == luggage.hashes[2]  # by a blossom: URI, at its second server


def test_it_lists_page_by_page(said: Json, luggage: Luggage) -> None:
    assert_pages(said["pages"], luggage)


def test_it_has_one_server_mirror_from_another(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_describes(said["mirrored"], luggage.texts[2], stage.b, "text/plain")
    for descriptor, server in zip(said["everywhere"], (stage.a, stage.b), strict=True):
        assert_describes(descriptor, luggage.texts[3], server, "text/plain")


def test_its_photograph_comes_back_smaller(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_optimised_picture(tags_of(said["picture"]), luggage.picture, stage.a)


def test_the_smaller_photograph_is_mirrored(said: Json, stage: Stage, luggage: Luggage) -> None:
    at_a, at_b = said["pictures"]
    assert at_a["sha256"] == at_b["sha256"] == said["picture"]["sha256"]
    assert_optimised_picture(tags_of(at_b), luggage.picture, stage.b)


def test_its_video_comes_back_as_a_tree_of_blobs(said: Json, stage: Stage) -> None:
    assert_optimised_video(tags_of(said["video"]), stage.a)


def test_where_reading_needs_a_token_it_signs_one(said: Json, luggage: Luggage) -> None:
    closed = said["closed"]
    assert closed["without"]["message"] == "Missing auth handler"  # its own words for 401
    assert closed["downloaded"] == luggage.hashes[0]
    assert [descriptor["sha256"] for descriptor in closed["listed"]] == luggage.hashes[:1]


@pytest.mark.parametrize("fault", [name for name in REASONS if name != "missing"])
def test_a_bad_token_is_refused_with_a_reason(said: Json, fault: str) -> None:
    assert said["refused"][fault]["status"] == 401
    assert said["refused"][fault]["message"].startswith(REASONS[fault])


def test_what_it_deletes_is_gone(said: Json) -> None:
    assert said["removed"]
    assert not said["hasRemoved"]
    assert said["removedTwice"]["status"] == 404


def test_the_report_of_a_moderator_removes_and_blocks(said: Json) -> None:
    assert said["report"] == said["moderation"] == {"done": True, "failed": []}
    assert said["hasReported"]
    assert not said["hasModerated"]
    assert said["blocked"] == {
        "status": 403,
        "message": "this blob was removed and is not accepted again",
    }


def test_reports_are_there_for_the_operator(said: Json, stage: Stage, luggage: Luggage) -> None:
    with closing(sqlite3.connect(f"file:{stage.home.db}?mode=ro", uri=True)) as index:
        found = index.execute(
            "SELECT pubkey, kind, content FROM reports WHERE blob_id = ?", (luggage.hashes[1],)
        ).fetchall()
    reporters = {luggage.key.pubkey, stage.moderator.pubkey}
    assert set(found) == {(pubkey, "malware", "a test") for pubkey in reporters}
