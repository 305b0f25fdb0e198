"""Assembles all services, and does the work of the command line.

services.py      all services, opened and closed in order
asgi.py          the ASGI application: blobs in front, the API and the page behind
blossom.py       the Blossom application: access rules, and the dependencies of its handlers
server.py        the socket, the event loop, and a graceful shutdown
http/            connection limits, time limits and write coalescing below the framework
background.py    background tasks: scanning, surveying, NFO files
artwork.py       renders artwork into blobs, and frames for titles without artwork
notifications.py publishes changes to the page
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
