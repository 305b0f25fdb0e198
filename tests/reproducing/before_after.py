"""Prove that two builds behave alike, whatever their code looks like.

    python -m tests.reproducing.before_after write --media DIR --state DIR --list FILE
    python -m tests.reproducing.before_after compare BEFORE AFTER
    python -m tests.reproducing.before_after remake --state DIR --list FILE

`write` makes a library of some media and seals it, and lists what came of it: plans, recipes,
blobs, roots, and what a server says of them. `compare` says what differs between two lists.
`remake` has one build make again, byte for byte, what another one wrote; it works on a copy of that
state. `--command` names the build; nothing of its code is imported, so it may be any that has this
command line, HTTP interface and index. Name the command of the environment that the build is
installed in: its worker processes import it from there, whatever the command itself does.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.reproducing.build import Build, Home, Trouble
from tests.reproducing.comparing import differences
from tests.reproducing.listing import Listing
from tests.reproducing.remaking import remake
from tests.reproducing.writing import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Returns 1 if builds differ or bytes do not come back, 2 if a build could not be tried at all.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return _done(chosen)
    except Trouble as error:
        print(error, file=sys.stderr)
        return 2


def _done(chosen: argparse.Namespace) -> int:
    match chosen.what:
        case "write":
            return _write(chosen)
        case "remake":
            return _remake(chosen)
        case _:
            return _compare(chosen)


def _write(chosen: argparse.Namespace) -> int:
    listing = write(Build.of(chosen.command), Home.at(chosen.state), chosen.media, chosen.rendition)
    listing.save(chosen.list)
    print(listing.summary())
    return 0


def _compare(chosen: argparse.Namespace) -> int:
    before, after = Listing.load(chosen.before), Listing.load(chosen.after)
    print(f"before: {before.summary()}\nafter:  {after.summary()}")
    lines = differences(before, after)
    print("\n".join(lines) if lines else "nothing differs")
    return 1 if lines else 0


def _remake(chosen: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(dir=chosen.scratch) as scratch:
        home = Home.at(chosen.state).copied(Path(scratch) / "state")
        report = remake(Build.of(chosen.command), home, Listing.load(chosen.list))
    print("\n".join(report.lines()))
    return 1 if report.faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="what", required=True)
    writing = commands.add_parser("write", help="seal some media and list what came of it")
    writing.add_argument("--media", type=Path, required=True, help="folder of video files")
    writing.add_argument(
        "--rendition", nargs="+", default=[], metavar="NAME",
        help="what to encode of short files; without, the lowest rung of each",
    )  # fmt: skip
    remaking = commands.add_parser("remake", help="evict all of a copy and have it made again")
    remaking.add_argument("--scratch", type=Path, help="folder for the copy; default: temporary")
    for command in (writing, remaking):
        command.add_argument("--state", type=Path, required=True, help="library, index and blobs")
        command.add_argument("--list", type=Path, required=True, help="JSON file of what there is")
        command.add_argument(
            "--command", type=shlex.split, default=[sys.executable, "-m", "blobhls"],
            help="the build to run; default: blobhls of this Python",
        )  # fmt: skip
    comparing = commands.add_parser("compare", help="say what differs between two lists")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
