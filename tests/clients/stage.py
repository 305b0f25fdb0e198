"""The servers for the clients, the blobs of the clients, and how their scripts are run."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

from blobhls.nostr import SecretKey
from tests.system.server import Home, Server, clean_environ

_SCRIPTS: Final = Path(__file__).parent / "scripts"
_TIMEOUT: Final = 300  # seconds for one script, on a busy machine

Json = dict[str, Any]


class Stage(msgspec.Struct, frozen=True, eq=False):
    """Three running servers with different rules."""

    home: Home  # of `a`
    a: Server  # any client may read and upload; reports of the moderator act at once
    b: Server  # any client may read and upload
    closed: Server  # any client may upload, and read with a token
    moderator: SecretKey


class Luggage(msgspec.Struct, frozen=True):
    """What one client brings. Its texts are no other client's."""

    key: SecretKey
    texts: tuple[Path, ...]
    unsent: Path  # a text that every server refuses
    picture: Path  # JPEG, larger than what is passed on
    video: Path

    @property
    def hashes(self) -> list[str]:
        """The SHA-256 of each text."""
        return [hash_of(path) for path in self.texts]


class Interpreter(msgspec.Struct, frozen=True):
    """A program that runs scripts, with their dependencies."""

    program: Path
    home: Path  # for whatever clients write into a home directory
    scripts: Path = _SCRIPTS

    def tell(self, script: str, request: Json, seconds: float = _TIMEOUT) -> Json:
        """Return what a script answers to a request. It is ended if it takes too long."""
        done = subprocess.run(
            [str(self.program), str(self.scripts / script)],
            input=msgspec.json.encode(request),
            env=clean_environ(self.home, {"TMPDIR": str(self.home)}), cwd=self.home,
            capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        answer: Json = msgspec.json.decode(done.stdout)
        return answer


def request_for(stage: Stage, luggage: Luggage) -> Json:
    """Return what the scripts of all clients are asked."""
    return {
        "a": stage.a.address,
        "b": stage.b.address,
        "closed": stage.closed.address,
        "nsec": luggage.key.nsec(),
        "moderator": stage.moderator.nsec(),
        "texts": [str(path) for path in luggage.texts],
        "unsent": str(luggage.unsent),
        "picture": str(luggage.picture),
        "video": str(luggage.video),
    }


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
