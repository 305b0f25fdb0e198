"""Kinds of values that a setting takes, and how text becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from blobhls.nostr import parse_pubkey

_SIZE: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*([a-z]*)")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")  # int() would also take "1_0" and " ٣"
_UNITS: Final[dict[str, int]] = {"": 1, "b": 1} | {
    f"{prefix}{suffix}": base**power
    for power, prefix in enumerate("kmgt", start=1)
    for suffix, base in (("b", 1000), ("ib", 1024))
}
_DURATION: Final = re.compile(r"([0-9]{1,6})\s*([smhdwy])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_TYPE: Final = re.compile(r"(?:[a-z0-9.+-]+|\*)/(?:[a-z0-9.+-]+|\*)")
_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")
_LOG_LEVELS: Final = ("debug", "info", "warning", "error")


class Kind(msgspec.Struct, frozen=True):
    """What values a setting takes, and how text becomes one."""

    metavar: str
    expects: str  # completes "expected …"
    read: Callable[[str], Any]  # raises ValueError
    toml_types: tuple[type, ...]  # types that the configuration file may use


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
    except RuntimeError as error:  # "~name" of a user that does not exist
        raise ValueError(text) from error


def _parse_host(text: str) -> str:
    if not text or text != text.strip() or any(mark in text for mark in "/ \t\0"):
        raise ValueError(text)
    return text


def parse_duration(text: str) -> int:
    """Return seconds from `90s`, `15m`, `12h`, `30d`, `2w` or `1y`; raises `ValueError`."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(text)
    return int(match[1]) * _SECONDS[match[2]]


def _parse_rules(text: str) -> tuple[tuple[str, int], ...]:
    rules = []
    for item in _items(text):
        pattern, found, duration = item.partition("=")
        if not found:
            raise ValueError(text)
        rules.append((_parse_type(pattern.strip()), parse_duration(duration)))
    return tuple(rules)


def _parse_types(text: str) -> tuple[str, ...]:
    return tuple(_parse_type(item) for item in _items(text))


def _parse_type(text: str) -> str:
    pattern = "*/*" if text == "*" else text.lower()
    if not _TYPE.fullmatch(pattern):
        raise ValueError(text)
    return pattern


def _parse_keys(text: str) -> frozenset[str]:
    return frozenset(parse_pubkey(item) for item in _items(text))


def _parse_relays(text: str) -> tuple[str, ...]:
    relays = tuple(_items(text))
    if not all(urlsplit(relay).scheme in {"ws", "wss"} for relay in relays):
        raise ValueError(text)
    return relays


def _parse_url(text: str) -> str:
    url = urlsplit(text.strip())
    extra = url.path.strip("/") or url.query or url.fragment or url.username
    if url.scheme not in {"http", "https"} or not url.hostname or extra:
        raise ValueError(text)
    return f"{url.scheme}://{url.netloc.lower()}"


def _parse_most(text: str) -> int | None:
    return None if text.strip().lower() == "none" else _parse_count(text)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _one_of(*words: str) -> Kind:
    def read(text: str) -> str:
        word = text.strip().lower()
        if word not in words:
            raise ValueError(text)
        return word

    return Kind("|".join(words), "one of " + ", ".join(words), read, (str,))


PATH: Final = Kind("PATH", "a path", _parse_path, (str,))
HOST: Final = Kind("HOST", "a host name or address", _parse_host, (str,))
PORT: Final = Kind("PORT", "a port number from 0 to 65535", _parse_port, (int,))
BOOL: Final = Kind("true|false", "true or false", parse_bool, (bool,))
LIMIT: Final = Kind("SIZE", "a size like 10GB or 500MiB, or none", _parse_limit, (str, int))
COUNT: Final = Kind("COUNT", "a whole number from 1", _parse_count, (int,))
LEVEL: Final = Kind("LEVEL", "one of " + ", ".join(_LOG_LEVELS), _parse_level, (str,))
DURATION: Final = Kind("DURATION", "a duration like 12h or 30d", parse_duration, (str,))
MOST: Final = Kind("COUNT|none", "a whole number from 1, or none", _parse_most, (str, int))
URL: Final = Kind("URL", "an http or https URL without a path", _parse_url, (str,))
KEYS: Final = Kind("KEY,...", "public keys in hex or npub, with commas", _parse_keys, (str, list))
TYPES: Final = Kind("TYPE,...", "media types like image/*, with commas", _parse_types, (str, list))
RULES: Final = Kind(
    "TYPE=DURATION,...", "rules like video/*=30d, with commas", _parse_rules, (str, list)
)
RELAYS: Final = Kind("URL,...", "ws or wss URLs, with commas", _parse_relays, (str, list))
ENCODER: Final = _one_of("x264", "nvenc", "qsv", "vaapi")
READ_ACCESS: Final = _one_of("public", "token", "allowlist")
UPLOAD_ACCESS: Final = _one_of("off", "allowlist", "open")
