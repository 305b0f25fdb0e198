"""PyPI's python-blossom, both its clients. It can't report, and its lists take no dates."""

from __future__ import annotations

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
    return pack("python-blossom")


@pytest.fixture(scope="module")
def said(python: Interpreter, stage: Stage, luggage: Luggage) -> Json:
    return python.tell("use_python_blossom.py", request_for(stage, luggage))


def test_what_it_uploads_is_kept_as_it_is(said: Json, stage: Stage, luggage: Luggage) -> None:
    for descriptor, path in list(zip(said["uploads"], luggage.texts, strict=True))[1:]:
        assert_describes(descriptor, path, stage.a, "text/plain")
    assert said["again"] == said["uploads"][0]


def test_it_uploads_to_two_servers_at_once(said: Json, stage: Stage, luggage: Luggage) -> None:
    for descriptor, server in zip(said["everywhere"], (stage.a, stage.b), strict=True):
        assert_describes(descriptor, luggage.texts[3], server, "text/plain")


def test_it_sees_and_downloads_what_is_there(said: Json, luggage: Luggage) -> None:
    assert said["head"] == {
        "content_type": "text/plain",
        "content_length": str(luggage.texts[0].stat().st_size),
        "accept_ranges": "bytes",
    }
    assert said["downloaded"] == luggage.hashes[0]


def test_it_lists_page_by_page(said: Json, luggage: Luggage) -> None:
    assert_pages(said["pages"], luggage)


def test_it_has_one_server_mirror_from_another(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_describes(said["mirrored"], luggage.texts[2], stage.b, "text/plain")


def test_its_photograph_comes_back_smaller(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_optimised_picture(tags_of(said["picture"]), luggage.picture, stage.a)


def test_its_video_comes_back_as_a_tree_of_blobs(said: Json, stage: Stage) -> None:
    assert_optimised_video(tags_of(said["video"]), stage.a)


def test_where_reading_needs_a_token_it_can_send_one(said: Json, luggage: Luggage) -> None:
    closed = said["closed"]
    assert closed["without"]["status"] == 401
    assert "a token for 'get' is needed" in closed["without"]["message"]
    assert closed["downloaded"] == luggage.hashes[0]
    assert [descriptor["sha256"] for descriptor in closed["listed"]] == luggage.hashes[:1]


@pytest.mark.parametrize("fault", ["expired", "missing"])
def test_a_bad_token_is_refused_with_a_reason(said: Json, fault: str) -> None:
    assert said["refused"][fault]["status"] == 401
    assert REASONS[fault] in said["refused"][fault]["message"]


def test_what_it_deletes_is_gone(said: Json) -> None:
    assert said["missing"]["status"] == 404
    assert said["removedTwice"]["status"] == 404
