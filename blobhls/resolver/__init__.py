"""Video id → plan, rendition, segment, root.

opening.py    files to plans, and where a source's file lies now
playlists.py  plans to playlists, open and sealed. Pure
previewing.py pictures over the seek bar
sealing.py    binding every window of a rendition, and writing its playlists as blobs
watching.py   segments for viewers, and reading ahead of them
"""

from blobhls.resolver.opening import Opened, Opener
from blobhls.resolver.playlists import master_playlist, media_playlist
from blobhls.resolver.previewing import Making, Previewer
from blobhls.resolver.sealing import Sealer, Sealing, State
from blobhls.resolver.watching import Watching

__all__ = [
    "Making",
    "Opened",
    "Opener",
    "Previewer",
    "Sealer",
    "Sealing",
    "State",
    "Watching",
    "master_playlist",
    "media_playlist",
]
