"""Where a setting's value comes from, and how mistakes are told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.errors import ConfigError
from blobhls.settings import SETTINGS, Settings, check_folders, load, parse_bool, parse_size

TARGET = {"target_path": "/films"}

# The example of NIP-19.
NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
KEY = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"
EXPIRY = (("video/*", 30 * 86400), ("*/*", 365 * 86400))
RELAYS = ("wss://a.example", "ws://b")


@pytest.fixture(scope="module", autouse=True)
def _home() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", "/home/eve")
        patch.delenv("XDG_DATA_HOME", raising=False)
        yield


def write(folder: Path, text: str) -> Path:
    """Write a configuration file."""
    path = folder / "blobhls.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_anything_but_a_folder_the_defaults_hold() -> None:
    settings = load(TARGET, {})
    assert (settings.host, settings.port) == ("127.0.0.1", 24242)
    assert settings.cache is True
    assert settings.cache_limit is None
    assert settings.workers >= 1
    assert settings.log_level == "info"


@pytest.mark.parametrize(
    ("flag", "env", "file", "port"),
    [
        ("1", "2", "3", 1),
        ("1", None, "3", 1),
        (None, "2", "3", 2),
        (None, None, "3", 3),
        (None, "", "3", 3),
        (None, "2", None, 2),
        (None, None, None, 24242),
    ],
)
def test_flags_win_over_environment_over_file_over_defaults(
    tmp_path: Path, flag: str | None, env: str | None, file: str | None, port: int
) -> None:
    flags = TARGET | ({} if flag is None else {"port": flag})
    environ = {} if env is None else {"BLOBHLS_PORT": env}
    config_file = None if file is None else write(tmp_path, f"port = {file}")
    assert load(flags, environ, config_file).port == port


EVERY_SETTING = [
    ("target_path", "/films", '"/films"', Path("/films")),
    ("host", "0.0.0.0", '"0.0.0.0"', "0.0.0.0"),
    ("port", "0", "0", 0),
    ("db", "/x/i.db", '"/x/i.db"', Path("/x/i.db")),
    ("cache", "false", "false", False),
    ("cache_path", "/x/blobs", '"/x/blobs"', Path("/x/blobs")),
    ("cache_limit", "10GB", '"10GB"', 10 * 1000**3),
    ("cache_limit", "1000", "1000", 1000),
    ("workers", "3", "3", 3),
    ("encoder", "nvenc", '"nvenc"', "nvenc"),
    ("log_level", "DEBUG", '"debug"', "debug"),
    ("public_url", "https://CDN.example/", '"https://cdn.example"', "https://cdn.example"),
    ("read_access", "token", '"token"', "token"),
    ("readers", KEY, f'["{KEY}"]', frozenset({KEY})),
    ("upload_access", "allowlist", '"allowlist"', "allowlist"),
    ("uploaders", f"{NPUB}, {'ab' * 32}", f'["{NPUB}", "{"ab" * 32}"]', {KEY, "ab" * 32}),
    ("moderators", NPUB, f'"{NPUB}"', frozenset({KEY})),
    ("local_cache", "true", "true", True),
    ("private_addresses", "true", "true", True),
    ("upload_types", "image/*,Video/MP4", '["image/*", "video/mp4"]', ("image/*", "video/mp4")),
    ("max_blob_size", "1MiB", '"1MiB"', 1 << 20),
    ("key_quota", "1GB", '"1GB"', 1000**3),
    ("key_blobs", "12", "12", 12),
    ("upload_quota", "none", '"none"', None),
    ("upload_blobs", "5000", "5000", 5000),
    ("rate_limit", "60", "60", 60),
    ("expire", "video/*=30d,*=1y", '["video/*=30d", "*=1y"]', EXPIRY),
    ("mirror_trees", "yes", "true", True),
    ("media_height", "480", "480", 480),
    ("media_duration", "90s", '"90s"', 90),
    ("relays", "wss://a.example,ws://b", '["wss://a.example", "ws://b"]', RELAYS),
    ("key_file", "/x/key", '"/x/key"', Path("/x/key")),
    ("password_file", "/x/password", '"/x/password"', Path("/x/password")),
]


def test_the_table_names_every_field() -> None:
    names = [setting.name for setting in SETTINGS]
    assert sorted(names) == sorted(Settings.__struct_fields__)
    assert set(names) == {name for name, *_ in EVERY_SETTING}


@pytest.mark.parametrize(("name", "text", "toml", "value"), EVERY_SETTING)
def test_every_setting_means_the_same_from_every_source(
    tmp_path: Path, name: str, text: str, toml: str, value: object
) -> None:
    target = "" if name == "target_path" else 'target_path = "/films"\n'
    config_file = write(tmp_path, f"{target}{name} = {toml}")
    from_flag = load(TARGET | {name: text}, {})
    from_env = load({}, {"BLOBHLS_TARGET_PATH": "/films", f"BLOBHLS_{name.upper()}": text})
    from_file = load({}, {"BLOBHLS_CONFIG": str(config_file)})
    assert getattr(from_flag, name) == value
    assert from_flag == from_env == from_file


def test_a_path_in_the_file_is_relative_to_the_file(tmp_path: Path) -> None:
    config_file = write(tmp_path, 'target_path = "films"\ndb = "/abs/index.db"')
    settings = load({}, {}, config_file)
    assert settings.target_path == tmp_path / "films"
    assert settings.db == Path("/abs/index.db")


@pytest.mark.parametrize(
    ("flags", "environ", "told"),
    [
        ({"port": "99999"}, {}, "--port: expected a port number from 0 to 65535, not '99999'"),
        ({"port": "1_0"}, {}, "--port: expected a port number"),
        ({"workers": "0"}, {}, "--workers: expected a whole number from 1, not '0'"),
        ({"cache": "maybe"}, {}, "--cache: expected true or false, not 'maybe'"),
        ({"cache_limit": "-1"}, {}, "--cache-limit: expected a size like 10GB or 500MiB"),
        ({"db": ""}, {}, "--db: expected a path, not ''"),
        ({"host": "a b"}, {}, "--host: expected a host name or address, not 'a b'"),
        ({"uploaders": "npub1x"}, {}, "--uploaders: expected public keys in hex or npub"),
        ({"public_url": "cdn.example"}, {}, "--public-url: expected an http or https URL"),
        ({"public_url": "https://a.example/x"}, {}, "--public-url: expected an http or https"),
        ({"expire": "30d"}, {}, "--expire: expected rules like video/*=30d"),
        ({"upload_types": "jpeg"}, {}, "--upload-types: expected media types like image/*"),
        ({"relays": "https://a.example"}, {}, "--relays: expected ws or wss URLs"),
        ({"upload_access": "all"}, {}, "--upload-access: expected one of off, allowlist, open"),
        ({"media_duration": "1"}, {}, "--media-duration: expected a duration like 12h"),
        ({"rate_limit": "0"}, {}, "--rate-limit: expected a whole number from 1, or none"),
        (
            {"local_cache": "true", "host": "0.0.0.0"},
            {},
            "--local-cache needs a loopback host, not 0.0.0.0",
        ),
        ({}, {"BLOBHLS_CACHE_LIMIT": "10 potatoes"}, "BLOBHLS_CACHE_LIMIT: expected a size"),
        ({}, {"BLOBHLS_LOG_LEVEL": "loud"}, "BLOBHLS_LOG_LEVEL: expected one of debug, info"),
        ({}, {"BLOBHLS_CONFIG": "/nowhere.toml"}, "can't read /nowhere.toml: No such file"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_with_its_source(
    flags: dict[str, str], environ: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(TARGET | flags, environ)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "prot: no such setting"),
        ('port = "80"', "port: expected a port number from 0 to 65535, not '80'"),
        ("port = true", "port: expected a port number from 0 to 65535, not True"),
        ("port = -1", "port: expected a port number from 0 to 65535, not '-1'"),
        ('cache = "false"', "cache: expected true or false, not 'false'"),
        ("cache_limit = 1.5", "cache_limit: expected a size like 10GB or 500MiB, or none, not 1.5"),
        ("[server]", "server: no such setting"),
        ("port = ", "not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_file_and_key(
    tmp_path: Path, text: str, told: str
) -> None:
    config_file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(TARGET, {}, config_file)
    assert str(caught.value).startswith(f"{config_file}: {told}")
    assert "\n" not in str(caught.value)


def test_no_folder_at_all_is_told() -> None:
    with pytest.raises(ConfigError, match="no folder to serve"):
        load({}, {})


def test_two_libraries_of_one_name_don_t_share_their_data() -> None:
    one = load({"target_path": "/a/films"}, {})
    other = load({"target_path": "/b/films"}, {})
    assert one.db != other.db
    assert one.cache_path != other.cache_path
    assert one.db.is_relative_to("/home/eve/.local/share/blobhls")
    assert one.db.parent.name.startswith("films-")


def test_the_same_library_by_another_path_has_the_same_data(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "films")
    named = load({"target_path": str(tmp_path / "films")}, {})
    linked = load({"target_path": str(tmp_path / "link")}, {})
    assert named.db == linked.db


def test_xdg_data_home_is_honoured_and_a_relative_one_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert load(TARGET, {}).db.is_relative_to("/data/blobhls")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert load(TARGET, {}).db.is_relative_to("/home/eve/.local/share/blobhls")


def settings_in(folder: Path, target: Path) -> Settings:
    """Return settings that keep everything in `folder`."""
    db, cache_path = str(folder / "index.db"), str(folder / "blobs")
    return load({"target_path": str(target), "db": db, "cache_path": cache_path}, {})


def test_missing_folders_for_data_are_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data", tmp_path)
    check_folders(settings)
    assert settings.cache_path.is_dir()
    assert settings.db.parent.is_dir()


def test_a_missing_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        check_folders(settings_in(tmp_path, tmp_path / "gone"))


def test_a_library_that_is_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a folder"):
        check_folders(settings_in(tmp_path, write(tmp_path, "")))


def test_a_cache_that_can_t_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't create cache folder"):
        check_folders(settings_in(write(tmp_path, ""), tmp_path))


UNITS = {"": 1, "B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4} | {
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4,
}  # fmt: skip


@given(st.integers(0, 10**18), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_a_size_is_its_number_times_its_unit_in_any_case(number: int, unit: str, gap: str) -> None:
    expected = number * UNITS[unit]
    assert parse_size(f"{number}{gap}{unit}") == expected
    assert parse_size(f"{number}{gap}{unit}".upper()) == expected
    assert parse_size(f"{number}{gap}{unit}".lower()) == expected


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1.5GiB", 1610612736), ("0.1kB", 100), ("9007199254740993", 2**53 + 1), ("0.5", 0)],
)
def test_sizes_are_exact(text: str, size: int) -> None:
    assert parse_size(text) == size


@given(st.text())
def test_any_other_text_is_no_size_and_no_other_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_size(text) >= 0


@pytest.mark.parametrize("text", ["", "GB", "-1", "1e9", "1,5GB", "10 GBs", "٣"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller words the error
        parse_size(text)


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "on", "1"])
def test_words_that_mean_true(text: str) -> None:
    assert parse_bool(text) is True


@pytest.mark.parametrize("text", ["false", "False", "no", "off", "0"])
def test_words_that_mean_false(text: str) -> None:
    assert parse_bool(text) is False
