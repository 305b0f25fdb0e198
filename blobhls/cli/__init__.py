"""The command `blobhls`: flags in, one line per mistake out.

Every flag may stand before the sub-command or after it; without a sub-command it is `serve`.
Exit codes: 0 done, 1 the work failed, 2 wrong flags or settings, 130 interrupted.

flags.py       the flag of every setting
commands.py    the command itself, and the sub-commands about this server
transfer.py    push, pull, share, and the key they sign with
moderation.py  reported and blocked blobs
"""

from blobhls.cli.commands import cli, main, run

__all__ = [
    "cli",
    "main",
    "run",
]
