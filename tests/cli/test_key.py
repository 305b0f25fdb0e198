"""The key that push and share sign with."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from blobhls.cli import run
from blobhls.nostr import SecretKey, npub, parse_pubkey
from blobhls.settings import KEY_ENV

SECRET = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"
PUBKEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set in the environment."""
    for name in (KEY_ENV, "BLOBHLS_KEY_FILE", "BLOBHLS_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_a_new_key_is_for_its_owner_alone_and_prints_its_public_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key"
    assert run(["key", "new", "--key-file", str(path)]) == 0
    key = SecretKey.from_file(path)
    assert capsys.readouterr().out == f"{npub(key.pubkey)}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_is_there_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "key"
    path.write_text(SECRET)
    assert run(["key", "new", "--key-file", str(path)]) == 2
    assert capsys.readouterr().err == f"blobhls: can't write key file {path}: File exists\n"
    assert path.read_text() == SECRET


def test_the_flag_may_stand_before_the_sub_command_too(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert run(["--key-file", str(path), "key", "new"]) == 0
    assert path.exists()


def test_no_library_is_needed_and_the_configuration_file_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "blobhls.toml").write_text('key_file = "operator.key"')
    path = tmp_path / "operator.key"
    SecretKey.parse(SECRET).save(path)
    assert run(["--config", str(tmp_path / "blobhls.toml"), "key", "show"]) == 0
    assert capsys.readouterr().out == f"{npub(PUBKEY)}\n{PUBKEY}\n"


def test_a_key_in_the_environment_is_shown_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (SECRET, SecretKey.parse(SECRET).nsec()):
        monkeypatch.setenv(KEY_ENV, text)
        assert run(["key", "show"]) == 0
        said = capsys.readouterr()
        assert parse_pubkey(said.out.splitlines()[0]) == PUBKEY
        assert text not in said.out + said.err


def test_a_key_file_counts_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    SecretKey.parse(SECRET).save(tmp_path / "key")
    monkeypatch.setenv(KEY_ENV, SecretKey.new().nsec())
    assert run(["key", "show", "--key-file", str(tmp_path / "key")]) == 0
    assert capsys.readouterr().out.splitlines()[1] == PUBKEY


@pytest.mark.parametrize("text", ["x", SECRET[:-1], npub(PUBKEY), "0" * 64])
def test_what_is_no_key_is_a_mistake_that_does_not_show_the_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setenv(KEY_ENV, text)
    assert run(["key", "show"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"blobhls: {KEY_ENV}: ")
    assert text == "x" or text not in said
