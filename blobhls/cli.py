"""The command `blobhls`: flags in, one line per mistake out.

Every flag may stand before the sub-command or after it; without a sub-command it is `serve`.
Exit codes: 0 done, 1 the work failed, 2 wrong flags or settings, 130 interrupted.
"""
# ruff: noqa: PLC0415 - blobhls.app is imported by the command that needs it: --help stays quick

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import click
import msgspec
from rich.filesize import decimal

from blobhls.demo import make_demo_library
from blobhls.errors import BlobhlsError, ConfigError
from blobhls.progress import report_progress
from blobhls.settings import SETTINGS, Settings, check_folders, load, user_folder

_FAILED: Final = 1
_USAGE: Final = 2
_INTERRUPTED: Final = 130


class Given(msgspec.Struct, frozen=True):
    """What stood on the command line, as text."""

    flags: dict[str, str]  # by setting name
    config_file: str | None = None

    def over(self, other: Given) -> Given:
        """Return both, where what is given here wins."""
        return Given(other.flags | self.flags, self.config_file or other.config_file)

    def load(self) -> Settings:
        """Return the settings these flags lead to; raises `ConfigError`."""
        config_file = None if self.config_file is None else Path(self.config_file)
        return load(self.flags, os.environ, config_file)


def main() -> NoReturn:
    """Run the command of this process and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every error becomes one line on stderr."""
    try:
        cli.main(arguments, prog_name="blobhls", standalone_mode=False)
    except click.UsageError as error:
        return _complain(error.format_message(), _USAGE)
    except ConfigError as error:
        return _complain(str(error), _USAGE)
    except (BlobhlsError, OSError) as error:
        return _complain(str(error), _FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except Exception as error:  # nothing is above: a line for the person, the rest for the log
        logging.getLogger(__name__).debug("unexpected error", exc_info=True)
        return _complain(f"unexpected {type(error).__name__}: {error}", _FAILED)
    return 0


def _complain(message: str, exit_code: int) -> int:
    click.echo(f"blobhls: {' '.join(message.split())}", err=True)
    return exit_code


def _takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flag of every setting, and hand it what was given as `given`."""

    @functools.wraps(command)
    def wrapped(*, config: str | None, **values: str | None) -> None:
        flags = {row.name: values.pop(row.name) for row in SETTINGS}
        given = Given({name: text for name, text in flags.items() if text is not None}, config)
        before = click.get_current_context().obj
        command(given=given.over(before) if isinstance(before, Given) else given, **values)

    wrapped = click.option("--config", metavar="FILE", help="TOML file with settings.")(wrapped)
    for row in reversed(SETTINGS):
        option = click.option(*row.flags, row.name, metavar=row.kind.metavar, help=row.help)
        wrapped = option(wrapped)
    return wrapped


def _prepare(given: Given) -> Settings:
    """Return settings that were checked, and start the log as they say."""
    settings = given.load()
    check_folders(settings)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
    )
    return settings


@click.group(invoke_without_command=True)
@click.version_option(package_name="blobhls")
@_takes_settings
@click.pass_context
def cli(context: click.Context, *, given: Given) -> None:
    """Serve a folder of films and series as HLS made of content-addressed blobs.

    Without a sub-command: serve.
    """
    context.obj = given
    if context.invoked_subcommand is None:
        _serve(_prepare(given))


@cli.command()
@_takes_settings
def serve(*, given: Given) -> None:
    """Serve the folder until interrupted."""
    _serve(_prepare(given))


def _serve(settings: Settings) -> None:
    from blobhls import app

    def say_where(address: str) -> None:
        click.echo(f"blobhls: serving {settings.target_path} at {address}")

    app.serve(settings, on_ready=say_where)


@cli.command()
@_takes_settings
def scan(*, given: Given) -> None:
    """Read the whole folder once and name the files that can't be played."""
    settings = _prepare(given)
    from blobhls import app

    with report_progress("scan") as progress:
        report = app.scan(settings, progress)
    for path, reason in report.problems:
        click.echo(f"{path}: {reason}")
    click.echo(f"{report.files} files, {report.shows} shows, {len(report.problems)} problems")


@cli.command()
@click.argument("videos", metavar="[VIDEO]...", nargs=-1)
@click.option("--all", "all_videos", is_flag=True, help="Seal every video of the library.")
@click.option(
    "--rendition", "renditions", metavar="NAME", multiple=True,
    help="Seal this rendition, 720p_h264 say; may be given again. Default: all that is cheap.",
)  # fmt: skip
@_takes_settings
def seal(
    *, given: Given, videos: tuple[str, ...], all_videos: bool, renditions: tuple[str, ...]
) -> None:
    """Make every blob of a video and print its root. VIDEO is a video id or a path."""
    if all_videos == bool(videos):
        raise click.UsageError("seal wants either VIDEO... or --all")
    settings = _prepare(given)
    from blobhls import app

    with report_progress("seal") as progress:
        reports = app.seal(
            settings, videos, all_videos=all_videos, renditions=renditions, progress=progress
        )
    for report in reports:
        click.echo(f"{report.video_id}  {report.root or '-'}  {report.problem or report.title}")
    failed = sum(report.problem is not None for report in reports)
    if failed:
        raise BlobhlsError(f"{failed} of {len(reports)} videos could not be sealed")


@cli.command()
@click.option("--quick", is_flag=True, help="Don't read the bytes to check them by their names.")
@_takes_settings
def fsck(*, given: Given, quick: bool) -> None:
    """Check index and bytes against each other and repair what differs."""
    settings = _prepare(given)
    from blobhls import app

    with report_progress("fsck") as progress:
        report = app.fsck(settings, progress, check_hashes=not quick)
    for kind, count in report.counts.items():
        click.echo(f"{kind}: {count}")


@cli.command()
@_takes_settings
def gc(*, given: Given) -> None:
    """Remove bytes that can be made again, down to the cache limit."""
    settings = _prepare(given)
    from blobhls import app

    with report_progress("gc") as progress:
        report = app.gc(settings, progress)
    click.echo(f"removed {report.removed} blobs, {decimal(report.freed)} freed")


@cli.command()
@click.option("--demo-path", metavar="PATH", help="Where the library is made.")
@_takes_settings
def demo(*, given: Given, demo_path: str | None) -> None:
    """Make a small library of generated clips and serve it."""
    if "target_path" in given.flags:
        raise click.UsageError("demo serves a library of its own; choose its place by --demo-path")
    folder = Path(demo_path or user_folder(os.environ, "XDG_CACHE_HOME", ".cache") / "demo")
    ours = Given({"target_path": str(folder)}).over(given)
    ours.load()  # a wrong flag is told before the clips are made, not after
    with report_progress("demo") as progress:
        make_demo_library(folder, progress)
    _serve(_prepare(ours))
