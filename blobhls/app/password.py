"""The operator's password: reading its file, and a warning without one."""

from __future__ import annotations

import ipaddress
import logging
import socket
from pathlib import Path
from typing import Final

from blobhls.errors import ConfigError

_log: Final = logging.getLogger(__name__)

_LONGEST: Final = 1000  # characters


def read_password(path: Path | None) -> str | None:
    """Return the stripped first line of a file; raises `ConfigError`.

    Returns None if `path` is None.
    """
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8") as file:
            password = file.readline(_LONGEST + 2).strip()
    except OSError as error:
        raise ConfigError(f"can't read password file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"password file {path} is not text in UTF-8") from error
    if not password or len(password) > _LONGEST:
        raise ConfigError(f"password file {path}: its first line must be the password")
    return password


def warn_if_open(listener: socket.socket, password: str | None, *, can_push: bool = False) -> None:
    """Log a warning if every client that reaches the server may use it."""
    host = listener.getsockname()[0]
    if password is None and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        _log.warning(
            "every client that reaches %s may watch everything%s; set --password-file",
            host,
            ", change the history and push titles with your key"
            if can_push
            else " and change the history",
        )
