"""Keys, in their text forms and in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.errors import ConfigError
from blobhls.nostr import SecretKey, npub, parse_pubkey

# The examples of NIP-19.
PUBKEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"
NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
SECRET = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"
NSEC = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"


def test_keys_are_written_as_nip_19_says() -> None:
    assert npub(PUBKEY) == NPUB
    assert SecretKey.parse(SECRET).nsec() == NSEC


@pytest.mark.parametrize("text", [PUBKEY, PUBKEY.upper(), NPUB, f" {NPUB}\n", NPUB.upper()])
def test_public_keys_are_read_in_hex_and_as_npub(text: str) -> None:
    assert parse_pubkey(text) == PUBKEY


@pytest.mark.parametrize("text", [SECRET, NSEC])
def test_secret_keys_are_read_in_hex_and_as_nsec(text: str) -> None:
    assert SecretKey.parse(text).nsec() == NSEC


@pytest.mark.parametrize(
    "text",
    ["", "npub1", NSEC, NPUB[:-1] + "q", NPUB[:-1], PUBKEY[1:], PUBKEY + "0", "g" * 64, NPUB[5:]],
)
def test_invalid_public_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="npub1"):
        parse_pubkey(text)


@pytest.mark.parametrize("text", ["", NPUB, "0" * 64, "f" * 64, SECRET[1:]])
def test_invalid_secret_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several libraries
        SecretKey.parse(text)


@given(st.binary(min_size=32, max_size=32))
def test_every_public_key_is_parsed_back(data: bytes) -> None:
    assert parse_pubkey(npub(data.hex())) == data.hex()


def test_a_secret_is_not_shown_by_accident() -> None:
    key = SecretKey.new()
    shown = f"{key!r} {key} {vars(key)}"
    assert key.nsec() not in shown
    assert npub(key.pubkey) in shown


def test_a_saved_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path, key = tmp_path / "key", SecretKey.new()
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SecretKey.from_file(path).pubkey == key.pubkey


def test_a_key_is_not_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "key"
    SecretKey.new().save(path)
    before = path.read_bytes()
    with pytest.raises(ConfigError):
        SecretKey.new().save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    SecretKey.new().save(path)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        SecretKey.from_file(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe", b"a" * 5000])
def test_a_key_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="key file"):
        SecretKey.from_file(path)


def test_a_key_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        SecretKey.from_file(tmp_path / "nothing")
