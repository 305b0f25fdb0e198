"""The sub-commands about reported and blocked blobs."""
# ruff: noqa: PLC0415 - blobhls.app is imported by the command that needs it: --help stays quick

from __future__ import annotations

import time

import click

from blobhls.cli.flags import Given, prepare, takes_settings
from blobhls.names.titles import printable
from blobhls.nostr import npub


@click.command()
@takes_settings
def reports(*, given: Given) -> None:
    """List reported blobs, newest report first, and blocked ones."""
    settings = prepare(given)
    from blobhls import app

    found, blocked = app.reports(settings)
    for report in found:
        day = time.strftime("%Y-%m-%d", time.gmtime(report.reported_at))
        state = "  (blocked)" if report.blob_id in blocked else ""
        kind = printable(report.kind) or "-"
        click.echo(f"{day}  {report.blob_id}  {kind}  {npub(report.pubkey)}{state}")
        if words := printable(report.content):
            click.echo(f"    {words}")
    for blob_id, reason in blocked.items():
        click.echo(f"blocked  {blob_id}  {reason}")
    click.echo(f"{len(found)} reports, {len(blocked)} blobs blocked")


@click.command()
@click.argument("blobs", metavar="SHA256...", nargs=-1, required=True)
@click.option("--reason", default="by the operator", show_default=True, help="Your own note.")
@takes_settings
def block(*, given: Given, blobs: tuple[str, ...], reason: str) -> None:
    """Remove blobs and refuse their hashes from now on."""
    settings = prepare(given)
    from blobhls import app

    here = app.block(settings, blobs, reason)
    click.echo(f"{len(blobs)} blobs blocked, {here} of them were here")


@click.command()
@click.argument("blobs", metavar="SHA256...", nargs=-1, required=True)
@takes_settings
def unblock(*, given: Given, blobs: tuple[str, ...]) -> None:
    """Accept blocked blobs again."""
    settings = prepare(given)
    from blobhls import app

    click.echo(f"{app.unblock(settings, blobs)} blobs unblocked")


MODERATION_COMMANDS = (reports, block, unblock)
