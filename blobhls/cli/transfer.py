"""The sub-commands that copy and publish titles, and the key they sign with."""
# ruff: noqa: PLC0415 - blobhls.app is imported by the command that needs it: --help stays quick

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from rich.filesize import decimal

from blobhls.cli.flags import Given, prepare, takes_settings
from blobhls.errors import BlobhlsError, ConfigError
from blobhls.nostr import SecretKey, npub
from blobhls.progress import report_progress
from blobhls.settings import KEY_ENV, operator_key

if TYPE_CHECKING:
    from blobhls import app


@click.command()
@click.argument("videos", metavar="[VIDEO]...", nargs=-1)
@click.option("--all", "all_videos", is_flag=True, help="Push every video of the library.")
@click.option(
    "--to", "servers", metavar="URL", multiple=True, required=True,
    help="Blossom server to push to; may be given again.",
)  # fmt: skip
@click.option(
    "--rendition", "renditions", metavar="NAME", multiple=True,
    help="Seal this rendition first if it is not; may be given again.",
)  # fmt: skip
@takes_settings
def push(
    *,
    given: Given,
    videos: tuple[str, ...],
    all_videos: bool,
    servers: tuple[str, ...],
    renditions: tuple[str, ...],
) -> None:
    """Copy videos to other Blossom servers. VIDEO is a video id or a path.

    Seals what is not sealed, sends the blobs that the server lacks, and checks the result. Signs
    with the key of --key-file or BLOBHLS_KEY. With --public-url, servers are asked to fetch from
    here themselves.
    """
    if all_videos == bool(videos):
        raise click.UsageError("push wants either VIDEO... or --all")
    settings = prepare(given)
    from blobhls import app

    with report_progress("push") as progress:
        reports = app.push(
            settings,
            videos,
            servers,
            all_videos=all_videos,
            renditions=renditions,
            key=operator_key(settings.key_file, os.environ),
            progress=progress,
        )
    for report in reports:
        click.echo(
            f"{report.root or '-'}  {report.server or '-'}  {report.title}: "
            f"{report.problem or _sent(report)}"
        )
    failed = sum(report.problem is not None for report in reports)
    if failed:
        raise BlobhlsError(f"{failed} of {len(reports)} could not be pushed")


def _sent(report: app.PushReport) -> str:
    pushed = report.pushed
    if pushed is None:
        return ""
    there = pushed.total - pushed.uploaded - pushed.mirrored
    return (
        f"{pushed.uploaded} blobs uploaded, {pushed.mirrored} mirrored, {there} there before, "
        f"{decimal(pushed.bytes)}"
    )


@click.command()
@click.argument("what", metavar="SHA256|URI")
@click.option(
    "--from", "servers", metavar="URL", multiple=True,
    help="Blossom server to pull from; may be given again.",
)  # fmt: skip
@takes_settings
def pull(*, given: Given, what: str, servers: tuple[str, ...]) -> None:
    """Fetch a playlist and every blob that it names from other Blossom servers, and keep them.

    The playlist is given by its hash, or by a blossom: URI, whose xs hints are servers to ask too.
    Servers that require a token get one, signed with the key of --key-file or BLOBHLS_KEY.
    """
    settings = prepare(given)
    from blobhls import app

    with report_progress("pull") as progress:
        key = operator_key(settings.key_file, os.environ)
        report = app.pull(settings, what, servers, key=key, progress=progress)
    pulled = report.pulled
    click.echo(f"/{report.name}")
    click.echo(f"{pulled.blobs} blobs, {pulled.fetched} fetched, {decimal(pulled.bytes)}")


@click.command()
@click.argument("video")
@click.option(
    "--server", "servers", metavar="URL", multiple=True,
    help="Blossom server that has a copy; may be given again.",
)  # fmt: skip
@click.option(
    "--relay", "publish_to", metavar="URL", multiple=True,
    help="nostr relay to publish the event to; may be given again.",
)  # fmt: skip
@takes_settings
def share(
    *, given: Given, video: str, servers: tuple[str, ...], publish_to: tuple[str, ...]
) -> None:
    """Print links to a sealed video and the event that announces it. VIDEO is an id or a path.

    Prints three lines: a blossom: URI, a plain URL, and a nostr video event (NIP-71) as JSON,
    signed with the key of --key-file or BLOBHLS_KEY.
    """
    settings = prepare(given)
    from blobhls import app

    key = operator_key(settings.key_file, os.environ)
    report = app.share(settings, video, servers=servers, relays=publish_to, key=key)
    if key is None:
        click.echo("blobhls: no key was given, so the event is not signed", err=True)
    click.echo(report.uri)
    click.echo(report.url)
    click.echo(report.event.decode())
    for relay, reason in report.refusals.items():
        click.echo(f"blobhls: {relay}: {reason}", err=True)
    if report.refusals:
        raise BlobhlsError(f"{len(report.refusals)} relays did not accept the event")


@click.group()
def key() -> None:
    """Create or show the key that push and share sign with."""


@key.command()
@takes_settings
def new(*, given: Given) -> None:
    """Create a key in the new file that --key-file names, and print the public key."""
    path = given.key_file()
    if path is None:
        raise ConfigError("no file for the key: give --key-file PATH")
    created = SecretKey.new()
    created.save(path)
    click.echo(npub(created.pubkey))


@key.command()
@takes_settings
def show(*, given: Given) -> None:
    """Print the public key of --key-file or BLOBHLS_KEY, as npub and in hex."""
    found = operator_key(given.key_file(), os.environ)
    if found is None:
        raise ConfigError(f"no key is given: give --key-file or {KEY_ENV}")
    click.echo(npub(found.pubkey))
    click.echo(found.pubkey)
