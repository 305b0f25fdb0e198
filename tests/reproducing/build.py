"""A build by its command alone, and the folder it works in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

_COMMAND: Final = 2 * 3600  # seconds for one sub-command
_START: Final = 120  # seconds until a server answers
_END: Final = 30  # seconds that it has to end in
_LOOK: Final = 0.1  # seconds between two looks at whether it answers


class Trouble(Exception):
    """A build could not do what it was asked for."""


class Home(msgspec.Struct, frozen=True):
    """Everything that a build reads and writes."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Home:
        """Return the home in a folder; commands run inside it, so its path is absolute."""
        return cls(folder.absolute())

    @property
    def library(self) -> Path:
        """The folder of videos."""
        return self.folder / "library"

    @property
    def db(self) -> Path:
        """The index."""
        return self.folder / "index.db"

    @property
    def blobs(self) -> Path:
        """The blob store."""
        return self.folder / "blobs"

    def copied(self, folder: Path) -> Home:
        """Return a copy; times of files stay, or all of them would be looked into anew."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Home.at(folder)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return every row of a query of the index, which is never written to from here."""
        with closing(sqlite3.connect(f"{self.db.as_uri()}?mode=ro", uri=True)) as index:
            return index.execute(sql, parameters).fetchall()


class Build(msgspec.Struct, frozen=True):
    """A build of blobhls that is installed somewhere."""

    command: tuple[str, ...]

    @classmethod
    def of(cls, command: Sequence[str]) -> Build:
        """Return the build of a command, which may be a path from here."""
        program, *rest = command
        # Not resolved: the link in a virtual environment is what makes it that environment's.
        return cls((str(Path(program).absolute()) if "/" in program else program, *rest))

    def run(self, home: Home, *arguments: str) -> str:
        """Run a sub-command; return what it printed.

        Exit code 1 says that it could not do all of it, as with files that are damaged on purpose.
        Raises `Trouble` for any other.
        """
        try:
            done = subprocess.run(
                [*self.command, *arguments, *_flags(home)], cwd=home.folder, env=_environ(home),
                capture_output=True, text=True, check=False, timeout=_COMMAND,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise Trouble(f"{arguments[0]} took more than {_COMMAND} s") from error
        if done.returncode not in {0, 1} or "Traceback" in done.stderr:
            what = f"{arguments[0]} ended with {done.returncode}"
            raise Trouble(f"{what}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    @contextmanager
    def serving(self, home: Home) -> Iterator[str]:
        """Run a server until the block ends, then end it by SIGTERM; yield its address."""
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        log = home.folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*self.command, "serve", *_flags(home), "-h", "127.0.0.1", "-p", str(port)],
                cwd=home.folder, env=_environ(home), stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            _wait_for(server, address, log)
            yield address
            server.send_signal(signal.SIGTERM)
            code = server.wait(_END)
            if code:
                raise Trouble(f"the server ended with {code}: {_tail(log)}")
        finally:
            _end(server)


def _flags(home: Home) -> list[str]:
    paths = {"-t": home.library, "--db": home.db, "--cache-path": home.blobs}
    return [word for flag, path in paths.items() for word in (flag, str(path))]


def _environ(home: Home) -> dict[str, str]:
    # Another build's modules may be on PYTHONPATH, as they are in the folder we are called from.
    foreign = ("BLOBHLS", "PYTHONPATH")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    return kept | {"HOME": str(home.folder)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Trouble(f"the server ended with {server.returncode}: {_tail(log)}")
        try:
            urllib.request.urlopen(f"{address}/api/v1/shows", timeout=10).close()
        except urllib.error.HTTPError as error:  # it answers, whatever it says
            error.close()
            return
        except OSError:
            time.sleep(_LOOK)
        else:
            return
    raise Trouble(f"no server after {_START} s: {_tail(log)}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server that something went wrong with; killed at once, it would leave its workers."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(_END)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace").strip()[-2000:]
