"""Dependencies of the handlers that write."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from blobhls.blossom.access import Access
from blobhls.blossom.writes.request_body import BodyTimeouts
from blobhls.http import PublicUrls
from blobhls.vault import BlockList, Uploads

AccessDependency = NamedDependency[SkipValidation[Access]]
UploadsDependency = NamedDependency[SkipValidation[Uploads]]
PublicUrlsDependency = NamedDependency[SkipValidation[PublicUrls]]
BodyTimeoutsDependency = NamedDependency[SkipValidation[BodyTimeouts]]
BlockListDependency = NamedDependency[SkipValidation[BlockList]]
