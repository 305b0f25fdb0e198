"""The table of settings, and their final values."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import msgspec

from blobhls.settings.kinds import (
    BOOL,
    COUNT,
    DURATION,
    ENCODER,
    HOST,
    KEYS,
    LEVEL,
    LIMIT,
    MOST,
    PATH,
    PORT,
    READ_ACCESS,
    RELAYS,
    RULES,
    TYPES,
    UPLOAD_ACCESS,
    URL,
    Kind,
)  # fmt: skip


class Settings(msgspec.Struct, frozen=True):
    """Every setting with its final value. Field names are those of `SETTINGS`."""

    target_path: Path
    host: str
    port: int  # 0: any free port
    db: Path
    cache: bool  # False: keep only pinned bytes
    cache_path: Path
    cache_limit: int | None  # bytes; None: no limit
    workers: int  # worker processes, at least 1
    encoder: Literal["x264", "nvenc", "qsv", "vaapi"]  # of video
    log_level: str  # one of debug, info, warning, error
    public_url: str | None  # scheme and host; None: as the request has it
    read_access: Literal["public", "token", "allowlist"]
    readers: frozenset[str]  # public keys in hex, as in all lists of keys
    upload_access: Literal["off", "allowlist", "open"]
    uploaders: frozenset[str]
    moderators: frozenset[str]
    local_cache: bool
    private_addresses: bool
    upload_types: tuple[str, ...]  # type/subtype, either may be *
    max_blob_size: int | None  # bytes; None: no limit, as with all below
    key_quota: int | None  # bytes
    key_blobs: int | None
    upload_quota: int | None  # bytes
    upload_blobs: int | None
    rate_limit: int | None  # requests a minute
    expire: tuple[tuple[str, int], ...]  # type and seconds; the first that fits counts
    mirror_trees: bool
    media_height: int  # lines of a frame
    media_duration: int  # seconds
    relays: tuple[str, ...]
    key_file: Path | None
    password_file: Path | None  # None: every client that reaches the API may use it


class Setting(msgspec.Struct, frozen=True):
    """One row of the table."""

    name: str
    flags: tuple[str, ...]
    kind: Kind
    default: str | None  # as text, like any other source; None: computed by `loader`
    default_text: str  # the default as the documentation puts it
    help: str

    @property
    def env(self) -> str:
        """The environment variable of this setting."""
        return f"BLOBHLS_{self.name.upper()}"


SETTINGS: Final = (
    Setting("target_path", ("-t", "--target-path"), PATH, None, "none; required",
            "Folder of films and series to serve."),
    Setting("host", ("-h", "--host"), HOST, "127.0.0.1", "127.0.0.1",
            "Address to listen on."),
    Setting("port", ("-p", "--port"), PORT, "24242", "24242",
            "Port to listen on; 0 takes any free one."),
    Setting("db", ("--db",), PATH, None, "the library's own folder, index.db",
            "SQLite file with everything known about the library."),
    Setting("cache", ("--cache",), BOOL, "true", "true",
            "Keep rendered blobs; false keeps only those that can't be rendered again."),
    Setting("cache_path", ("--cache-path",), PATH, None, "the library's own folder, blobs/",
            "Folder for the bytes of blobs."),
    Setting("cache_limit", ("--cache-limit",), LIMIT, "none", "none",
            "Limit for bytes that can be rendered again: 10GB, 500MiB, none."),
    Setting("workers", ("--workers",), COUNT, None, "one per usable core",
            "Worker processes that read and render media."),
    Setting("encoder", ("--encoder",), ENCODER, "x264", "x264",
            "Video encoder: x264, or nvenc, qsv or vaapi of a GPU."),
    Setting("log_level", ("--log-level",), LEVEL, "info", "info",
            "How much to log: debug, info, warning or error."),
    Setting("public_url", ("--public-url",), URL, None, "from the request",
            "Public URL of this server, for URLs in answers and server tags of tokens."),
    Setting("read_access", ("--read-access",), READ_ACCESS, "public", "public",
            "Who may read blobs and videos: public, token (any key's), allowlist."),
    Setting("readers", ("--readers",), KEYS, "", "none",
            "Allowlist of public keys that may read; uploaders may too."),
    Setting("upload_access", ("--upload-access",), UPLOAD_ACCESS, "off", "off",
            "Who may upload, mirror and optimise: off, allowlist, open (any key's token)."),
    Setting("uploaders", ("--uploaders",), KEYS, "", "none",
            "Allowlist of public keys that may upload."),
    Setting("moderators", ("--moderators",), KEYS, "", "none",
            "Public keys whose reports remove a blob at once and block it."),
    Setting("local_cache", ("--local-cache",), BOOL, "false", "false",
            "Be a local Blossom cache: no tokens, and xs and as hints; on loopback only."),
    Setting("private_addresses", ("--private-addresses",), BOOL, "false", "false",
            "Let mirroring and the local cache fetch from private and loopback addresses."),
    Setting("upload_types", ("--upload-types",), TYPES, "*/*", "*/*",
            "Media types that uploads may have."),
    Setting("max_blob_size", ("--max-blob-size",), LIMIT, "10GB", "10GB",
            "Most bytes of one uploaded blob."),
    Setting("key_quota", ("--key-quota",), LIMIT, "none", "none",
            "Most bytes that one key may own here."),
    Setting("key_blobs", ("--key-blobs",), MOST, "none", "none",
            "Most blobs that one key may own here."),
    Setting("upload_quota", ("--upload-quota",), LIMIT, "none", "none",
            "Most bytes of all uploads together."),
    Setting("upload_blobs", ("--upload-blobs",), MOST, "none", "none",
            "Most blobs of all uploads together."),
    Setting("rate_limit", ("--rate-limit",), MOST, "6000", "6000",
            "Writing requests a minute that one key or address may send."),
    Setting("expire", ("--expire",), RULES, "", "none",
            "When unread uploads expire, by media type: video/*=30d,*=1y."),
    Setting("mirror_trees", ("--mirror-trees",), BOOL, "false", "false",
            "Mirror with a playlist every blob that it names."),
    Setting("media_height", ("--media-height",), COUNT, "720", "720",
            "Most lines of the video that PUT /media encodes."),
    Setting("media_duration", ("--media-duration",), DURATION, "15m", "15m",
            "Longest video that PUT /media accepts."),
    Setting("relays", ("--relays",), RELAYS, "", "none",
            "nostr relays to ask for the servers of an author (as hints)."),
    Setting("key_file", ("--key-file",), PATH, None, "none",
            "File with the operator's secret key, for push and share."),
    Setting("password_file", ("--password-file",), PATH, None, "none",
            "File with the password that the API and the page ask for."),
)  # fmt: skip
