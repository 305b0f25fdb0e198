"""Every setting: one table, from which flags, environment, configuration file and docs follow.

A value is looked for in the flags, then in the environment (`BLOBHLS_PORT`), then in the TOML
file (`port = 24242`), then in the table. Wherever it stood, it is read by the same function, so
`10GB` means the same everywhere. Only `blobhls.app` and `blobhls.cli` know this module.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from blobhls.errors import ConfigError

CONFIG_ENV: Final = "BLOBHLS_CONFIG"

_SIZE: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*([a-z]*)")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")  # int() would also take "1_0" and " ٣"
_UNITS: Final[dict[str, int]] = {"": 1, "b": 1} | {
    f"{prefix}{suffix}": base**power
    for power, prefix in enumerate("kmgt", start=1)
    for suffix, base in (("b", 1000), ("ib", 1024))
}
_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


class Settings(msgspec.Struct, frozen=True):
    """Every setting with its final value. Field names are those of `SETTINGS`."""

    target_path: Path
    host: str
    port: int  # 0: any free port
    db: Path
    cache: bool  # False: keep only the bytes that can't be made again
    cache_path: Path
    cache_limit: int | None  # bytes; None: no limit
    workers: int  # worker processes, at least 1
    log_level: str  # one of debug, info, warning, error
    password_file: Path | None  # None: whoever reaches the API may use it


class Kind(msgspec.Struct, frozen=True):
    """What values a setting takes, and how text becomes one."""

    metavar: str
    expects: str  # completes "expected …"
    read: Callable[[str], Any]  # raises ValueError
    toml_types: tuple[type, ...]  # what the configuration file may say it with


class Setting(msgspec.Struct, frozen=True):
    """One row of the table."""

    name: str
    flags: tuple[str, ...]
    kind: Kind
    default: str | None  # as text, like any other source; None: worked out in `_computed`
    default_text: str  # the default as the documentation puts it
    help: str

    @property
    def env(self) -> str:
        """The environment variable of this setting."""
        return f"BLOBHLS_{self.name.upper()}"


def parse_size(text: str) -> int:
    """Return bytes from `1234`, `10GB` (powers of 1000) or `500MiB` (powers of 1024).

    Case does not matter, `1.5TB` is fine, a fraction of a byte is dropped. Raises `ValueError`.
    """
    match = _SIZE.fullmatch(text.strip().lower())
    if match is None or match[3] not in _UNITS:
        raise ValueError(text)
    whole, fraction, unit = match[1], match[2] or "", _UNITS[match[3]]
    # Integers to the end: 10**15 bytes and more would lose digits in a float.
    scale: int = 10 ** len(fraction)
    return int(whole + fraction) * unit // scale


def parse_bool(text: str) -> bool:
    """Return the truth of `true`, `false`, `yes`, `no`, `on`, `off`, `1` or `0`, in any case."""
    word = text.strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _parse_limit(text: str) -> int | None:
    return None if text.strip().lower() == "none" else parse_size(text)


def _parse_whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _parse_port(text: str) -> int:
    port = _parse_whole(text)
    if port > 65535:
        raise ValueError(text)
    return port


def _parse_count(text: str) -> int:
    count = _parse_whole(text)
    if count < 1:
        raise ValueError(text)
    return count


def _parse_level(text: str) -> str:
    level = text.strip().lower()
    if level not in _LOG_LEVELS:
        raise ValueError(text)
    return level


def _parse_path(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # "~name" of nobody
        raise ValueError(text) from error


def _parse_host(text: str) -> str:
    if not text or text != text.strip() or any(mark in text for mark in "/ \t\0"):
        raise ValueError(text)
    return text


_PATH: Final = Kind("PATH", "a path", _parse_path, (str,))
_HOST: Final = Kind("HOST", "a host name or address", _parse_host, (str,))
_PORT: Final = Kind("PORT", "a port number from 0 to 65535", _parse_port, (int,))
_BOOL: Final = Kind("true|false", "true or false", parse_bool, (bool,))
_LIMIT: Final = Kind("SIZE", "a size like 10GB or 500MiB, or none", _parse_limit, (str, int))
_COUNT: Final = Kind("COUNT", "a whole number from 1", _parse_count, (int,))
_LEVEL: Final = Kind("LEVEL", "one of " + ", ".join(_LOG_LEVELS), _parse_level, (str,))

SETTINGS: Final = (
    Setting("target_path", ("-t", "--target-path"), _PATH, None, "none; needed",
            "Folder of films and series to serve."),
    Setting("host", ("-h", "--host"), _HOST, "127.0.0.1", "127.0.0.1",
            "Address to listen on."),
    Setting("port", ("-p", "--port"), _PORT, "24242", "24242",
            "Port to listen on; 0 takes any free one."),
    Setting("db", ("--db",), _PATH, None, "the library's own folder, index.db",
            "SQLite file with everything known about the library."),
    Setting("cache", ("--cache",), _BOOL, "true", "true",
            "Keep what was made; false keeps only what can't be made again."),
    Setting("cache_path", ("--cache-path",), _PATH, None, "the library's own folder, blobs/",
            "Folder for the bytes of blobs."),
    Setting("cache_limit", ("--cache-limit",), _LIMIT, "none", "none",
            "Room for bytes that can be made again: 10GB, 500MiB, none."),
    Setting("workers", ("--workers",), _COUNT, None, "one per usable core",
            "Worker processes that read and make video."),
    Setting("log_level", ("--log-level",), _LEVEL, "info", "info",
            "How much to log: debug, info, warning or error."),
    Setting("password_file", ("--password-file",), _PATH, None, "none",
            "File with the password that the API and the page ask for."),
)  # fmt: skip


def load(
    flags: Mapping[str, str], environ: Mapping[str, str], config_file: Path | None = None
) -> Settings:
    """Return the settings, from `flags` (by setting name) over `environ` over the file.

    `config_file` wins over `BLOBHLS_CONFIG`. An empty environment variable counts as not set.
    Raises `ConfigError`, one line that names the flag, variable or file and key at fault.
    """
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
    if "target_path" not in values:
        raise ConfigError(
            "no folder to serve: give --target-path FOLDER, BLOBHLS_TARGET_PATH, "
            "or target_path in the configuration file"
        )
    return Settings(**_computed(values["target_path"], environ, values) | values)


def check_folders(settings: Settings) -> None:
    """Raise `ConfigError` where the library can't be read, or nothing can be kept.

    Makes the folders of `db` and `cache_path` where they are missing.
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
            raise ConfigError(f"can't make {what} folder {folder}: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(f"can't write to {what} folder {folder}")


def user_folder(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    """Return blobhls's folder below an XDG base directory, such as `~/.cache/blobhls`.

    A relative base is ignored, as the XDG Base Directory Specification asks.
    """
    base = Path(environ.get(variable) or "")
    if not base.is_absolute():
        home = environ.get("HOME")
        base = (Path(home) if home else _parse_path("~")) / fallback
    return base / "blobhls"


def _read(setting: Setting, text: str, source: str) -> Any:  # noqa: ANN401 - the table's types
    try:
        return setting.kind.read(text)
    except ValueError:
        raise ConfigError(f"{source}: expected {setting.kind.expects}, not {text!r}") from None


def _from_file(config_file: Path) -> dict[str, Any]:
    """Return what a TOML file sets; paths in it are relative to the file's own folder."""
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
        final = _read(setting, str(value), source)
        values[name] = config_file.parent / final if isinstance(final, Path) else final
    return values


def _computed(
    target_path: Path, environ: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the defaults that depend on the machine and on the library.

    Database and blobs are kept per library: ids are relative to the library's folder, and a scan
    drops what is gone from it, so two libraries must not share them. They are data, not an XDG
    cache: some bytes (re-encoded audio, say) can't be made again with the same hash.
    """
    values: dict[str, Any] = {"workers": len(os.sched_getaffinity(0)), "password_file": None}
    if "db" not in given or "cache_path" not in given:
        folder = target_path.resolve()
        tag = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
        library = (
            user_folder(environ, "XDG_DATA_HOME", ".local/share") / f"{folder.name or 'root'}-{tag}"
        )
        values |= {"db": library / "index.db", "cache_path": library / "blobs"}
    return values
