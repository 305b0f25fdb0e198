"""Video id → plan, rendition, segment, root.

plans.py             the plan of a video
sources.py           where the file of a source is, and whether it is unchanged
stat_pool.py         calls to disks that may hang, in threads of their own
surveys.py           has workers survey files, and stores the results
first_segments.py    stores the first segment that is cut during a survey
chapters.py          chapters on the timeline. Pure
captions.py          closed captions in master playlists. Pure
playlists.py         playlists of a plan, open and sealed. Pure
segments.py          segments for viewers, and reading ahead
batches.py           how recipes are grouped into jobs
sealer.py            binds every window of a rendition, and writes its playlists as blobs
iframe_playlists.py  I-frame playlists. Pure
iframe_blobs.py      I-frame playlists as blobs
thumbnails.py        artwork in the sizes of screens
previews.py          previews over the seek bar
upload_facts.py      facts of an uploaded file
optimise/            uploads optimised for distribution
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
