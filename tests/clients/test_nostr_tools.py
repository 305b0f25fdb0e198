"""npm's nostr-tools: the functions and the client of its module nipb7."""

from __future__ import annotations

import pytest

from tests.clients.checks import REASONS, assert_describes, assert_pages
from tests.clients.conftest import Pack
from tests.clients.stage import Interpreter, Json, Luggage, Stage, request_for


@pytest.fixture(scope="module")
def luggage(pack: Pack) -> Luggage:
    return pack("nostr-tools")


@pytest.fixture(scope="module")
def said(node: Interpreter, stage: Stage, luggage: Luggage) -> Json:
    return node.tell("nostr_tools.mjs", request_for(stage, luggage))


def test_what_it_uploads_is_kept_as_it_is(said: Json, stage: Stage, luggage: Luggage) -> None:
    for descriptor, path in list(zip(said["uploads"], luggage.texts, strict=True))[2:]:
        assert_describes(descriptor, path, stage.a, "text/plain")
    assert said["again"] == said["uploads"][0]


def test_it_sees_and_downloads_what_is_there(said: Json, luggage: Luggage) -> None:
    assert said["has"]
    assert not said["hasUnsent"]
    assert "(404)" in said["missing"]["message"]
    assert said["downloaded"] == luggage.hashes[0]


def test_it_lists_page_by_page(said: Json, luggage: Luggage) -> None:
    assert_pages(said["pages"], luggage)
    assert said["listed"] == [descriptor for page in said["pages"] for descriptor in page]


def test_it_has_one_server_mirror_from_another(said: Json, stage: Stage, luggage: Luggage) -> None:
    assert_describes(said["mirrored"], luggage.texts[2], stage.b, "text/plain")
    assert_describes(said["mirroredToo"], luggage.texts[3], stage.b, "text/plain")


def test_where_reading_needs_a_token_it_sends_one(said: Json, luggage: Luggage) -> None:
    closed = said["closed"]
    assert "(401): a token for 'get' is needed" in closed["without"]["message"]
    assert closed["downloaded"] == luggage.hashes[0]
    assert [descriptor["sha256"] for descriptor in closed["listed"]] == luggage.hashes[:1]


@pytest.mark.parametrize("fault", REASONS)
def test_a_bad_token_is_refused_with_a_reason(said: Json, fault: str) -> None:
    assert f"(401): {REASONS[fault]}" in said["refused"][fault]["message"]


def test_what_it_deletes_is_gone(said: Json) -> None:
    assert not said["hasRemoved"]
    assert "(404)" in said["removedTwice"]["message"]


def test_the_report_of_a_moderator_removes_and_blocks(said: Json) -> None:
    assert said["report"] == said["moderation"] == {"done": True, "failed": []}
    assert said["hasReported"]
    assert not said["hasModerated"]
    assert "(403)" in said["blocked"]["message"]
