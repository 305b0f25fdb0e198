"""The flags of every setting, and their values on the command line."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from blobhls.settings import SETTINGS, Settings, check_folders, key_file, load


class Given(msgspec.Struct, frozen=True):
    """The settings of the command line, as text."""

    flags: dict[str, str]  # by setting name
    config_file: str | None = None

    def over(self, other: Given) -> Given:
        """Return both; values of this one win."""
        return Given(other.flags | self.flags, self.config_file or other.config_file)

    def load(self) -> Settings:
        """Return the settings these flags lead to; raises `ConfigError`."""
        config_file = None if self.config_file is None else Path(self.config_file)
        return load(self.flags, os.environ, config_file)

    def key_file(self) -> Path | None:
        """Return the key file alone, which needs no library; raises `ConfigError`."""
        config_file = None if self.config_file is None else Path(self.config_file)
        return key_file(self.flags, os.environ, config_file)


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flag of every setting to a command, which gets their values as `given`."""

    @functools.wraps(command)
    def wrapped(*, config: str | None, **values: str | None) -> None:
        flags = {row.name: values.pop(row.name) for row in SETTINGS}
        given = Given({name: text for name, text in flags.items() if text is not None}, config)
        before = click.get_current_context().obj
        command(given=given.over(before) if isinstance(before, Given) else given, **values)

    wrapped = click.option("--config", metavar="FILE", help="TOML file with settings.")(wrapped)
    for row in reversed(SETTINGS):
        # Written out: click's own default would count as given, and win over the environment.
        told = f"{row.help}  [default: {row.default_text}]"
        option = click.option(*row.flags, row.name, metavar=row.kind.metavar, help=told)
        wrapped = option(wrapped)
    return wrapped


def prepare(given: Given) -> Settings:
    """Return checked settings, and configure logging; raises `ConfigError`."""
    settings = given.load()
    check_folders(settings)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    # At level INFO it logs every change of a file.
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    return settings
