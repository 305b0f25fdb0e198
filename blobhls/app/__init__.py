"""The one place where parts are put together, and what the command line asks of them.

services.py      every part, opened and closed in order
asgi.py          the HTTP face: blobs in front, the API and the page behind
blossom.py       the Blossom face: the operator's rules, and the handlers that need them
server.py        the socket, the event loop, and an orderly end
http/            connection limits, time limits and write coalescing below the framework
background.py    work beside requests: scanning, surveying, eviction
artwork.py       pictures of titles: artwork into blobs, and frames where there is none
notifications.py what the page hears of as it happens
hardware.py      encoders of graphics cards
password.py      the operator's password
schema_page.py   the page that describes the API
commands/        the work of the sub-commands
"""

from blobhls.app.commands.common import SealReport
from blobhls.app.commands.local import FsckReport, GcReport, ScanReport, fsck, gc, scan, seal
from blobhls.app.commands.moderation import block, reports, unblock
from blobhls.app.commands.transfer import PullReport, PushReport, ShareReport, pull, push, share
from blobhls.app.server import serve

__all__ = [
    "FsckReport",
    "GcReport",
    "PullReport",
    "PushReport",
    "ScanReport",
    "SealReport",
    "ShareReport",
    "block",
    "fsck",
    "gc",
    "pull",
    "push",
    "reports",
    "scan",
    "seal",
    "serve",
    "share",
    "unblock",
]
