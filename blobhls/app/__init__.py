"""The one place where parts are put together, and what the command line asks of them.

station.py     every part, opened and closed in order
caretaker.py   what goes on beside requests: scanning, probing, pictures, eviction
asgi.py        the HTTP face
lookout.py     changes in the library as they happen
serving.py     the socket, and an orderly end
"""

from blobhls.app.commands import FsckReport, GcReport, ScanReport, SealReport, fsck, gc, scan, seal
from blobhls.app.serving import serve

__all__ = [
    "FsckReport",
    "GcReport",
    "ScanReport",
    "SealReport",
    "fsck",
    "gc",
    "scan",
    "seal",
    "serve",
]
