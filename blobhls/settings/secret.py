"""The operator's secret key. It is no setting: settings may be printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from blobhls.errors import ConfigError
from blobhls.nostr import SecretKey

KEY_ENV: Final = "BLOBHLS_KEY"


def operator_key(key_file: Path | None, environ: Mapping[str, str]) -> SecretKey | None:
    """Return the key of a file, else that of `BLOBHLS_KEY`; None without both.

    Raises `ConfigError` where it can't be read or is no key.
    """
    if key_file is not None:
        return SecretKey.from_file(key_file)
    text = environ.get(KEY_ENV)
    if not text:
        return None
    try:
        return SecretKey.parse(text)
    except ValueError as error:
        raise ConfigError(f"{KEY_ENV}: {error}") from error
