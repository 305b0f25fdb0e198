"""Video id → plan, rendition, segment, root.

plans.py           videos to plans
sources.py         where a source's file lies now
stat_pool.py       the threads that ask the library's disks, with a time limit
surveys.py         surveys of files and subtitle files by the workers
first_segments.py  the first segment, cut while a file is surveyed
chapters.py        chapters on the timeline. Pure
playlists/         plans to playlists, open and sealed; I-frame playlists; captions. Pure
segments.py        segments for viewers, and reading ahead of them
batches.py         how recipes are divided into jobs
sealer.py          sealing: every window bound, and its playlists written as blobs
iframe_blobs.py    I-frame playlists as blobs
thumbnails.py      artwork in the sizes of screens
previews.py        images over the seek bar
upload_facts.py    the facts of an uploaded file
optimise/          uploads made fit for distribution
"""

from blobhls.resolver.first_segments import FirstSegments
from blobhls.resolver.optimise.optimizer import OptimisedUpload, OptimiseLimits, Optimizer
from blobhls.resolver.optimise.staged_blobs import KeepBlobs, StagedBlob
from blobhls.resolver.plans import PlannedVideo, Plans
from blobhls.resolver.playlists.iframe_playlists import iframe_playlist
from blobhls.resolver.playlists.playlists import master_playlist, media_playlist
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
