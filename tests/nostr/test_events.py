"""Events: their canonical form, their id, their signature."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId
from blobhls.nostr import Event, InvalidEvent, SecretKey, decode_event, encode_event, verify
from blobhls.nostr.events import event_id
from tests.nostr.variants import NO_POINT

KEY = SecretKey(b"\x07" * 32)
# Whatever JSON can hold: a lone surrogate is no text.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
tags = st.lists(st.lists(texts, max_size=4).map(tuple), max_size=4).map(tuple)
kinds = st.integers(0, 65535)
times = st.integers(0, (1 << 53) - 1)


@given(created_at=times, kind=kinds, tags=tags, content=texts)
def test_the_id_is_the_hash_of_the_canonical_form(
    created_at: int, kind: int, tags: tuple[tuple[str, ...], ...], content: str
) -> None:
    form = json.dumps(
        [0, KEY.pubkey, created_at, kind, tags, content], separators=(",", ":"), ensure_ascii=False
    )
    expected = hashlib.sha256(form.encode()).hexdigest()
    assert event_id(KEY.pubkey, created_at, kind, tags, content) == expected


@given(created_at=times, kind=kinds, tags=tags, content=texts)
def test_a_signed_event_is_verified_after_encoding_and_decoding(
    created_at: int, kind: int, tags: tuple[tuple[str, ...], ...], content: str
) -> None:
    event = KEY.sign(kind, tags, content, created_at)
    arrived = decode_event(encode_event(event))
    assert arrived == event
    verify(arrived)


def test_the_example_of_bud_03_has_the_id_of_its_content() -> None:
    found = event_id(
        "781208004e09102d7da3b7345e64fd193cd1bc3fce8fdae6008d77f9cabcd036",
        1708774162,
        10063,
        (("server", "https://cdn.self.hosted"), ("server", "https://cdn.satellite.earth")),
        "",
    )
    assert found == "e4bee088334cb5d38cff1616e964369c37b6081be997962ab289d6c671975d71"


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "other"},
        {"kind": 2},
        {"created_at": 2},
        {"tags": (("x", "y"),)},
        {"id": "ab" * 32},
        {"sig": "ab" * 64},
        {"pubkey": SecretKey(b"\x08" * 32).pubkey},
    ],
)
def test_a_changed_event_is_invalid(changes: dict[str, object]) -> None:
    event = msgspec.structs.replace(KEY.sign(1, (), "", 1), **changes)
    with pytest.raises(InvalidEvent):
        verify(event)


def test_a_pubkey_that_is_not_on_the_curve_is_invalid() -> None:
    made = event_id(NO_POINT, 1, 1, (), "")
    with pytest.raises(InvalidEvent, match="not a public key"):
        verify(Event(made, NO_POINT, 1, 1, (), "", "ab" * 64))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"tags":' + b"[" * 100_000,
        b'{"id":"' + b"ab" * 32 + b'\n"}',
    ],
)
def test_other_json_is_not_an_event(text: bytes) -> None:
    with pytest.raises(InvalidEvent):
        decode_event(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_invalid(data: bytes) -> None:
    with pytest.raises(InvalidEvent):
        decode_event(data)


def test_a_blob_id_is_text_like_any_other() -> None:
    blob_id = BlobId.of(b"x")
    event = KEY.sign(1, (("x", blob_id),), "", 1)
    assert event.id == KEY.sign(1, (("x", str(blob_id)),), "", 1).id
    verify(decode_event(encode_event(event)))


def test_values_are_the_first_of_each_tag_of_a_name() -> None:
    event = KEY.sign(1, (("x", "a", "b"), ("y", "c"), ("x",), (), ("x", "d")), "", 1)
    assert event.values("x") == ["a", "", "d"]
    assert event.values("z") == []
