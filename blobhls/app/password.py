"""The operator's password: from its file, and a warning where there is none."""

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
    """Return the first line of a file without spaces around it; raises `ConfigError`.

    None without a file.
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
        raise ConfigError(f"password file {path}: its first line has to be the password")
    return password


def warn_if_open(listener: socket.socket, password: str | None, *, can_push: bool = False) -> None:
    """Say in the log that everybody may use the server, where that is so."""
    host = listener.getsockname()[0]
    if password is None and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        _log.warning(
            "whoever reaches %s may watch everything%s; --password-file asks for a password",
            host,
            ", change the history and push titles with your key"
            if can_push
            else " and change the history",
        )
