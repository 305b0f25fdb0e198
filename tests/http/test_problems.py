"""Which error has which status, and what is said of it."""

from __future__ import annotations

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls import errors
from blobhls.http import (
    CORS,
    PREFLIGHT,
    Problem,
    encoded,
    header_text,
    problem,
    problem_body,
    problem_headers,
)

TABLE: list[tuple[errors.BlobhlsError, int, int | None]] = [
    (errors.BadRequest("no such thing"), 400, None),
    (errors.Refused("no"), 403, None),
    (errors.Unauthorized("who?"), 401, None),
    (errors.PaymentRequired("pay", {"X-Cashu": "creq"}), 402, None),
    (errors.Forbidden("no"), 403, None),
    (errors.TooSlow("slow"), 408, None),
    (errors.HashMismatch("other"), 409, None),
    (errors.LengthRequired("how long?"), 411, None),
    (errors.TooLarge("large"), 413, None),
    (errors.TypeRefused("exe"), 415, None),
    (errors.TooMany("often", 7), 429, 7),
    (errors.FetchFailed("origin"), 502, None),
    (errors.NotFound("gone"), 404, None),
    (errors.BlobMissing("ab"), 404, None),
    (errors.ShowUnknown("s"), 404, None),
    (errors.VideoUnknown("v"), 404, None),
    (errors.ProfileUnknown("p"), 404, None),
    (errors.PasswordNeeded("password"), 401, None),
    (errors.RenditionUnknown("r"), 404, None),
    (errors.SourceGone("deleted"), 404, None),
    (errors.SourceBroken("truncated"), 422, None),
    (errors.RenderFailed("recipe", "crashed"), 500, None),
    (errors.WorkerFailed("crashed"), 500, None),
    (errors.ConfigError("flag"), 500, None),
    (errors.BlobhlsError("other"), 500, None),
    (errors.Unavailable("later"), 503, 5),
    (errors.SourceChanged("replaced"), 503, 60),
    (errors.IndexBusy("backup"), 503, 5),
    (errors.IndexOffline("disk"), 503, 60),
    (errors.WorkersBusy("busy"), 503, 5),
    (errors.SourceOffline("not mounted"), 503, 60),
    (errors.StoreFull("full"), 507, 60),
]


@pytest.mark.parametrize(("error", "status", "retry_after"), TABLE)
def test_every_error_has_its_status_and_tells_its_reason(
    error: errors.BlobhlsError, status: int, retry_after: int | None
) -> None:
    found = problem(error)
    assert (found.status, found.reason, found.retry_after) == (status, str(error), retry_after)


def test_who_is_not_known_or_has_not_paid_is_told_how_to() -> None:
    unauthorized = problem_headers(problem(errors.Unauthorized("who?")))
    assert unauthorized["WWW-Authenticate"] == "Nostr"
    stranger = problem_headers(problem(errors.PasswordNeeded("password")))
    assert stranger["WWW-Authenticate"] == "Bearer"
    assert (
        problem_headers(problem(errors.PaymentRequired("pay", {"X-Cashu": "c"})))["X-Cashu"] == "c"
    )


def test_the_table_knows_every_error_there_is() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.BlobhlsError)
    }
    assert kinds == {type(error) for error, _, _ in TABLE}


def test_an_error_of_elsewhere_says_nothing_of_the_inside() -> None:
    assert problem(KeyError("/etc/secret")) == Problem(500, "internal error")


def test_an_error_s_headers_tell_the_reason_and_when_to_try_again() -> None:
    assert problem_headers(Problem(503, "später", 5)) == {
        "X-Reason": "spater",
        "Cache-Control": "no-store",
        "Retry-After": "5",
    }
    assert "Retry-After" not in problem_headers(Problem(404, "no"))


def test_an_error_s_body_is_json_with_the_full_reason() -> None:
    told = {"status_code": 404, "detail": "über\nalles"}
    assert json.loads(problem_body(Problem(404, "über\nalles"))) == told


@given(st.text())
def test_a_reason_is_always_a_safe_header_value(text: str) -> None:
    value = header_text(text)
    assert value.isascii()
    assert value.isprintable()
    assert len(value) <= 200
    assert value == value.strip()


def test_a_reason_keeps_what_ascii_can_say() -> None:
    assert header_text("can't read Amélie.mkv:\r\n 映画") == "can't read Amelie.mkv: ??"


def test_preflight_allows_what_bud_01_lists() -> None:
    assert PREFLIGHT["Access-Control-Allow-Origin"] == CORS["Access-Control-Allow-Origin"] == "*"
    assert PREFLIGHT["Access-Control-Allow-Headers"] == "Authorization, *"
    assert PREFLIGHT["Access-Control-Allow-Methods"] == "GET, HEAD, PUT, DELETE"


def test_encoded_headers_are_what_asgi_wants() -> None:
    assert encoded({"ETag": '"é映"'}) == [(b"etag", b'"\xe9?"')]
