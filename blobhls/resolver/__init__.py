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

from blobhls.resolver.first_segments import Beginnings
from blobhls.resolver.iframe_playlists import iframe_playlist
from blobhls.resolver.optimise.optimizer import OptimisedUpload, OptimiseLimits, Optimizer
from blobhls.resolver.optimise.staged_blobs import Keep, StagedBlob
from blobhls.resolver.plans import PlannedVideo, Plans
from blobhls.resolver.playlists import master_playlist, media_playlist
from blobhls.resolver.previews import Making, Previewer
from blobhls.resolver.sealer import Sealer, Sealing, State, iframe_links
from blobhls.resolver.segments import SegmentServer
from blobhls.resolver.thumbnails import PictureWidth, Thumbnails
from blobhls.resolver.upload_facts import describe

__all__ = [
    "Beginnings",
    "Keep",
    "Making",
    "OptimiseLimits",
    "OptimisedUpload",
    "Optimizer",
    "PictureWidth",
    "PlannedVideo",
    "Plans",
    "Previewer",
    "Sealer",
    "Sealing",
    "SegmentServer",
    "StagedBlob",
    "State",
    "Thumbnails",
    "describe",
    "iframe_links",
    "iframe_playlist",
    "master_playlist",
    "media_playlist",
]
