"""The one place where parts are put together, and what the command line asks of them.

station.py     every part, opened and closed in order
caretaker.py   what goes on beside requests: scanning, probing, pictures, eviction
asgi.py        the HTTP face
schema_page.py the page that describes the API
lookout.py     changes in the library as they happen
serving.py     the socket, and an orderly end
commands.py    the work of sub-commands; working.py has what they share
travelling.py  that of push, pull and share
moderating.py  that of reports, block and unblock
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
