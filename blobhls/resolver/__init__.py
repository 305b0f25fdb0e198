"""Video id → plan, rendition, segment, root.

plans.py             files to plans, and where a source's file lies now
first_segments.py    the first segment, made while a file is surveyed
chapters.py          chapters on the timeline. Pure
captions.py          closed captions in master playlists. Pure
playlists.py         plans to playlists, open and sealed. Pure
segments.py          segments for viewers, and reading ahead of them
batches.py           how recipes are given to the workers
sealer.py            binding every window of a rendition, and writing its playlists as blobs
iframe_playlists.py  I-frame playlists of what was made. Pure
iframe_blobs.py      the same as blobs, also of what was made before there were any
thumbnails.py        pictures of titles in the sizes of screens
previews.py          pictures over the seek bar
upload_facts.py      what can be said of an uploaded file
optimise/            uploads made fit for distribution
"""

from blobhls.resolver.first_segments import FirstSegments
from blobhls.resolver.iframe_playlists import iframe_playlist
from blobhls.resolver.optimise.optimizer import OptimisedUpload, OptimiseLimits, Optimizer
from blobhls.resolver.optimise.staged_blobs import KeepBlobs, StagedBlob
from blobhls.resolver.plans import PlannedVideo, Plans
from blobhls.resolver.playlists import master_playlist, media_playlist
from blobhls.resolver.previews import Previewer, PreviewProgress
from blobhls.resolver.sealer import Sealer, SealProgress, SealState, iframe_links
from blobhls.resolver.segments import SegmentServer
from blobhls.resolver.sources import Sources
from blobhls.resolver.surveys import Surveyor
from blobhls.resolver.thumbnails import ImageWidth, Thumbnails
from blobhls.resolver.upload_facts import describe

__all__ = [
    "FirstSegments",
    "ImageWidth",
    "KeepBlobs",
    "OptimiseLimits",
    "OptimisedUpload",
    "Optimizer",
    "PlannedVideo",
    "Plans",
    "PreviewProgress",
    "Previewer",
    "SealProgress",
    "SealState",
    "Sealer",
    "SegmentServer",
    "Sources",
    "StagedBlob",
    "Surveyor",
    "Thumbnails",
    "describe",
    "iframe_links",
    "iframe_playlist",
    "master_playlist",
    "media_playlist",
]
