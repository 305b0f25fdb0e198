"""Collects the values: flags, environment, configuration file, defaults."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path

from blobhls.errors import ConfigError
from blobhls.settings.table import SETTINGS, Setting, Settings

CONFIG_ENV: Final = "BLOBHLS_CONFIG"


def load(
    flags: Mapping[str, str], environ: Mapping[str, str], config_file: Path | None = None
) -> Settings:
    """Return the settings, from `flags` (by setting name) over `environ` over the file.

    `config_file` wins over `BLOBHLS_CONFIG`. An empty environment variable counts as not set.
    Raises `ConfigError`, one line that names the wrong flag, variable, or file and key.
    """
    values = _given(flags, environ, config_file)
    if "target_path" not in values:
        raise ConfigError(
            "no folder to serve: give --target-path FOLDER, BLOBHLS_TARGET_PATH, "
            "or target_path in the configuration file"
        )
    settings = Settings(**_computed(values["target_path"], values) | values)
    if settings.local_cache and not _is_loopback(settings.host):
        raise ConfigError(f"--local-cache needs a loopback host, not {settings.host}")
    return settings


def key_file(
    flags: Mapping[str, str], environ: Mapping[str, str], config_file: Path | None = None
) -> Path | None:
    """Return the setting `key_file` alone, which needs no library; raises `ConfigError`."""
    found: Path | None = _given(flags, environ, config_file).get("key_file")
    return found


def _given(
    flags: Mapping[str, str], environ: Mapping[str, str], config_file: Path | None
) -> dict[str, Any]:
    """Return every given value and every fixed default, by setting name."""
    if config_file is None and environ.get(CONFIG_ENV):
        config_file = Path(environ[CONFIG_ENV])
    values: dict[str, Any] = {
        setting.name: setting.kind.read(setting.default)
        for setting in SETTINGS
        if setting.default is not None
    }
    if config_file is not None:
        values |= _from_file(config_file)
    for setting in SETTINGS:
        if setting.name in flags:
            values[setting.name] = _read(setting, flags[setting.name], setting.flags[-1])
        elif environ.get(setting.env):
            values[setting.name] = _read(setting, environ[setting.env], setting.env)
    return values


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_folders(settings: Settings) -> None:
    """Raise `ConfigError` where the library can't be read, or index or cache can't be written.

    Creates the folders of `db` and `cache_path` where they are missing.
    """
    if not settings.target_path.is_dir():
        what = "not a folder" if settings.target_path.exists() else "no such folder"
        raise ConfigError(f"{what}: {settings.target_path}")
    if not os.access(settings.target_path, os.R_OK | os.X_OK):
        raise ConfigError(f"can't read {settings.target_path}")
    for what, folder in (("cache", settings.cache_path), ("database", settings.db.parent)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"can't create {what} folder {folder}: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(f"can't write to {what} folder {folder}")


def _read(setting: Setting, text: str, source: str) -> Any:  # noqa: ANN401 - the table's types
    try:
        return setting.kind.read(text)
    except ValueError:
        raise ConfigError(f"{source}: expected {setting.kind.expects}, not {text!r}") from None


def _from_file(config_file: Path) -> dict[str, Any]:
    """Return the values of a TOML file; paths in it are relative to the file's own folder."""
    try:
        document = tomllib.loads(config_file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"can't read {config_file}: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise ConfigError(f"{config_file}: not TOML: {error}") from error
    table = {setting.name: setting for setting in SETTINGS}
    values: dict[str, Any] = {}
    for name, value in document.items():
        source = f"{config_file}: {name}"
        if name not in table:
            raise ConfigError(f"{source}: no such setting")
        setting = table[name]
        if type(value) not in setting.kind.toml_types:  # bool is an int to isinstance
            raise ConfigError(f"{source}: expected {setting.kind.expects}, not {value!r}")
        if isinstance(value, list):
            value = ",".join(map(str, value))  # noqa: PLW2901 - the text a flag would have
        final = _read(setting, str(value), source)
        values[name] = config_file.parent / final if isinstance(final, Path) else final
    return values


def _computed(target_path: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that depend on the machine and on the library.

    Each library has its own database and blobs: ids are relative to the library's folder, and a
    scan deletes what is gone from it, so two libraries must not share them. They are data, not an
    XDG cache: some bytes (encoded audio, say) can't be rendered again with the same hash.
    """
    values: dict[str, Any] = {
        "workers": len(os.sched_getaffinity(0)),
        "public_url": None,
        "key_file": None,
        "password_file": None,
    }
    if "db" not in known or "cache_path" not in known:
        folder = target_path.resolve()
        tag = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
        library = user_data_path("blobhls") / f"{folder.name or 'root'}-{tag}"
        values |= {"db": library / "index.db", "cache_path": library / "blobs"}
    return values
