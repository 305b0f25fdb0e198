"""The command as a person meets it: real processes, real exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from blobhls.settings import SETTINGS

pytestmark = pytest.mark.processes

COMMANDS = ("serve", "scan", "seal", "fsck", "gc", "demo", "push", "pull", "share")


def blobhls(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with `folder` as its home and nothing set in the environment."""
    environ = {name: text for name, text in os.environ.items() if "BLOBHLS" not in name}
    return subprocess.run(
        [sys.executable, "-m", "blobhls", *arguments],
        env=environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--bogus"], "No such option '--bogus'"),
        (["-t"], "Option '-t' requires an argument"),
        (["-t", "HERE/gone"], "no such folder: HERE/gone"),
        (["serve", "-t", "HERE/gone"], "no such folder: HERE/gone"),
        (["-t", "HERE", "--cache", "maybe"], "--cache: expected true or false, not 'maybe'"),
        (["-t", "HERE", "-p", "http"], "--port: expected a port number from 0 to 65535"),
        (["-t", "HERE", "-h", "a b"], "--host: expected a host name or address"),
        (["--cache-limit", "lots", "scan", "-t", "HERE"], "--cache-limit: expected a size"),
        (["-t", "HERE", "--cache-path", "HERE/file/x"], "can't create cache folder HERE/file/x"),
        (["--config", "HERE/file", "gc"], "HERE/file: not TOML"),
        (["-t", "HERE", "scam"], "No such command 'scam'"),
        (["scan"], "no folder to serve"),
        (["seal", "-t", "HERE"], "seal wants either VIDEO... or --all"),
        (["seal", "-t", "HERE", "--all", "abc"], "seal wants either VIDEO... or --all"),
        (["push", "-t", "HERE", "--all"], "Missing option '--to'"),
        (["push", "-t", "HERE", "--to", "x"], "push wants either VIDEO... or --all"),
        (["push", "-t", "HERE", "--to", "x", "--all"], "pushing needs a key: give --key-file"),
        (["push", "-t", "HERE", "--to", "x", "--all", "--key-file", "HERE/file"],
         "other users may read key file HERE/file"),
        (["pull", "-t", "HERE"], "Missing argument 'SHA256|URI'"),
        (["share", "-t", "HERE", "x"], "sharing needs the address of a server"),
        (["share", "-t", "HERE", "x", "--server", "x", "--relay", "ws://x"],
         "publishing needs a key"),
        (["key", "new"], "no file for the key: give --key-file PATH"),
        (["key", "new", "--key-file", "HERE/file"], "can't write key file HERE/file: File exists"),
        (["key", "show"], "no key is given: give --key-file or BLOBHLS_KEY"),
        (["demo", "-t", "HERE"], "demo serves a library of its own"),
        (["demo", "-p", "-1"], "--port: expected a port number"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_on_stderr_and_exit_code_2(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "file").write_text("not = = toml")
    done = blobhls(tmp_path, *(word.replace("HERE", str(tmp_path)) for word in arguments))
    assert done.stderr.startswith(f"blobhls: {told}".replace("HERE", str(tmp_path)))
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert done.returncode == 2


def test_help_names_every_command_and_every_flag(tmp_path: Path) -> None:
    done = blobhls(tmp_path, "--help")
    assert done.returncode == 0
    for word in COMMANDS:
        assert f"  {word} " in done.stdout
    for setting in SETTINGS:
        assert ", ".join(setting.flags) in done.stdout


def test_help_tells_what_holds_where_a_flag_is_not_given(tmp_path: Path) -> None:
    words = " ".join(blobhls(tmp_path, "--help").stdout.split())
    for setting in SETTINGS:
        told = f"{setting.kind.metavar} {setting.help} [default: {setting.default_text}]"
        assert told in words


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_every_setting(tmp_path: Path, command: str) -> None:
    done = blobhls(tmp_path, command, "--help")
    assert done.returncode == 0
    for setting in SETTINGS:
        assert ", ".join(setting.flags) in done.stdout
    assert "--config" in done.stdout


def test_help_loads_neither_libav_nor_the_server() -> None:
    script = (
        "import sys; from blobhls.cli import run; run(['--help']);"
        "sys.exit(any(name in sys.modules for name in ('av', 'litestar', 'uvicorn')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0
