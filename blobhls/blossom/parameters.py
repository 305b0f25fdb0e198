"""Dependencies and parameters that the writing handlers take."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from blobhls.blossom.access import Access
from blobhls.blossom.bodies import Pace
from blobhls.blossom.media import Media
from blobhls.blossom.mirror import Mirror
from blobhls.http import Naming
from blobhls.vault import Uploads

AccessDependency = NamedDependency[SkipValidation[Access]]
UploadsDependency = NamedDependency[SkipValidation[Uploads]]
NamingDependency = NamedDependency[SkipValidation[Naming]]
PaceDependency = NamedDependency[SkipValidation[Pace]]
MirrorDependency = NamedDependency[SkipValidation[Mirror]]
MediaDependency = NamedDependency[SkipValidation[Media]]
