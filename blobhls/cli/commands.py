"""The command itself, and the sub-commands about this server."""
# ruff: noqa: PLC0415 - blobhls.app is imported by the command that needs it: --help stays quick

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import click
from platformdirs import user_cache_path
from rich.filesize import decimal

from blobhls.cli.flags import Given, prepare, takes_settings
from blobhls.cli.moderation import MODERATION_COMMANDS
from blobhls.cli.transfer import key, pull, push, share
from blobhls.demo_clips.library import make_demo_library
from blobhls.errors import BlobhlsError, ConfigError
from blobhls.progress import report_progress
from blobhls.settings import Settings, operator_key

_FAILED: Final = 1
_USAGE: Final = 2
_INTERRUPTED: Final = 130


def main() -> NoReturn:
    """Run the command of this process and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every error becomes one line on stderr."""
    try:
        cli.main(arguments, prog_name="blobhls", standalone_mode=False)
    except click.UsageError as error:
        return _report_error(error.format_message(), _USAGE)
    except ConfigError as error:
        return _report_error(str(error), _USAGE)
    except (BlobhlsError, OSError) as error:
        return _report_error(str(error), _FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except Exception as error:  # outermost: one line for the user, the rest for the log
        logging.getLogger(__name__).debug("unexpected error", exc_info=True)
        return _report_error(f"unexpected {type(error).__name__}: {error}", _FAILED)
    return 0


def _report_error(message: str, exit_code: int) -> int:
    click.echo(f"blobhls: {' '.join(message.split())}", err=True)
    return exit_code


@click.group(invoke_without_command=True)
@click.version_option(package_name="blobhls")
@takes_settings
@click.pass_context
def cli(context: click.Context, *, given: Given) -> None:
    """Serve a folder of films and series as HLS made of content-addressed blobs.

    Without a sub-command: serve.
    """
    context.obj = given
    if context.invoked_subcommand is None:
        _serve(prepare(given))


@cli.command()
@takes_settings
def serve(*, given: Given) -> None:
    """Serve the folder until interrupted."""
    _serve(prepare(given))


def _serve(settings: Settings) -> None:
    from blobhls import app

    def say_where(address: str) -> None:
        click.echo(f"blobhls: serving {settings.target_path} at {address}")

    signer = operator_key(settings.key_file, os.environ)
    app.serve(settings, key=signer, on_ready=say_where)


@cli.command()
@takes_settings
def scan(*, given: Given) -> None:
    """Read the whole folder once and name the files that can't be played."""
    settings = prepare(given)
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
    help="Seal this rendition, 720p_h264 say; may be given again.  "
         "[default: all but the ladder and encoded surround]",
)  # fmt: skip
@takes_settings
def seal(
    *, given: Given, videos: tuple[str, ...], all_videos: bool, renditions: tuple[str, ...]
) -> None:
    """Render every blob of a video and print its root. VIDEO is a video id or a path."""
    if all_videos == bool(videos):
        raise click.UsageError("seal wants either VIDEO... or --all")
    settings = prepare(given)
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
@click.option("--quick", is_flag=True, help="Don't read the bytes to compare their hashes.")
@takes_settings
def fsck(*, given: Given, quick: bool) -> None:
    """Check index and bytes against each other and repair what differs."""
    settings = prepare(given)
    from blobhls import app

    with report_progress("fsck") as progress:
        report = app.fsck(settings, progress, check_hashes=not quick)
    for kind, count in report.counts.items():
        click.echo(f"{kind}: {count}")


@cli.command()
@takes_settings
def gc(*, given: Given) -> None:
    """Remove bytes that can be rendered again, down to the cache limit."""
    settings = prepare(given)
    from blobhls import app

    with report_progress("gc") as progress:
        report = app.gc(settings, progress)
    click.echo(f"removed {report.removed} blobs, {decimal(report.freed)} freed")


@cli.command()
@click.option(
    "--demo-path", metavar="PATH",
    help="Folder of the demo library.  [default: the user's cache folder, blobhls/demo]",
)  # fmt: skip
@takes_settings
def demo(*, given: Given, demo_path: str | None) -> None:
    """Create a small library of generated clips and serve it."""
    if "target_path" in given.flags:
        raise click.UsageError("demo serves a library of its own; choose its place by --demo-path")
    folder = Path(demo_path or user_cache_path("blobhls") / "demo")
    ours = Given({"target_path": str(folder)}).over(given)
    ours.load()  # a wrong flag is reported before the clips are rendered, not after
    with report_progress("demo") as progress:
        make_demo_library(folder, progress)
    _serve(prepare(ours))


for command in (push, pull, share, key, *MODERATION_COMMANDS):
    cli.add_command(command)
