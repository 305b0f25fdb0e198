"""Video id → plan, rendition, segment, root.

opening.py    files to plans, and where a source's file lies now
beginning.py  the first segment, made as a file is looked at
chapters.py   chapters on the timeline. Pure
playlists.py  plans to playlists, open and sealed. Pure
iframes.py    I-frame playlists, of what was made. Pure
iframing.py   the same as blobs, also of what was made before there were any
batching.py   how recipes are given to the workers
picturing.py  pictures of titles in the sizes of screens
previewing.py pictures over the seek bar
sealing.py    binding every window of a rendition, and writing its playlists as blobs
watching.py   segments for viewers, and reading ahead of them
describing.py what can be said of an uploaded file
optimising.py uploads made fit for distribution; fitting.py says how, workpiece.py holds the files
"""

from blobhls.resolver.beginning import Beginnings
from blobhls.resolver.describing import describe
from blobhls.resolver.iframes import iframe_playlist
from blobhls.resolver.opening import Opened, Opener
from blobhls.resolver.optimising import Limits, Optimised, Optimizer
from blobhls.resolver.picturing import PictureWidth, Scaler
from blobhls.resolver.playlists import master_playlist, media_playlist
from blobhls.resolver.previewing import Making, Previewer
from blobhls.resolver.sealing import Sealer, Sealing, State, iframe_links
from blobhls.resolver.watching import Watching
from blobhls.resolver.workpiece import Keep, Part

__all__ = [
    "Beginnings",
    "Keep",
    "Limits",
    "Making",
    "Opened",
    "Opener",
    "Optimised",
    "Optimizer",
    "Part",
    "PictureWidth",
    "Previewer",
    "Scaler",
    "Sealer",
    "Sealing",
    "State",
    "Watching",
    "describe",
    "iframe_links",
    "iframe_playlist",
    "master_playlist",
    "media_playlist",
]
