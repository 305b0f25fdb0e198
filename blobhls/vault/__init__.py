"""The vault: gives blobs, and renders evicted ones again. No room above knows of eviction.

A blob is bytes in the store, or a recipe that renders them again, or missing. Bytes that were
rendered again are compared with the expected hash before they are served.

repository.py     changes bytes and rows in the only order that survives a crash
vault.py          gives blobs by id or by recipe
renderer.py       has workers render recipes, and stores the results
failures.py       recipes that failed to render
eviction.py       removes bytes when the cache is full, and runs the canary before
uploads.py        blobs that clients upload: owners, removal, expiry
block_list.py     hashes that the operator blocks
received_body.py  request bodies on their way to the store
upload_limits.py  limits and lifetimes of uploads
repair.py         fsck: rows without files, files without rows, bytes that don't match their name
"""

from blobhls.vault.block_list import BlockList
from blobhls.vault.eviction import CachePolicy, CacheUse, EvictionResult, Evictor
from blobhls.vault.received_body import ReceivedBody, receive_body, staged_body
from blobhls.vault.renderer import Renderer
from blobhls.vault.repair import Repairs, check_blobs
from blobhls.vault.repository import BlobRepository, BlobState
from blobhls.vault.upload_limits import UploadLimits
from blobhls.vault.uploads import StoredUpload, Uploads
from blobhls.vault.vault import Vault

__all__ = [
    "BlobRepository",
    "BlobState",
    "BlockList",
    "CachePolicy",
    "CacheUse",
    "EvictionResult",
    "Evictor",
    "ReceivedBody",
    "Renderer",
    "Repairs",
    "StoredUpload",
    "UploadLimits",
    "Uploads",
    "Vault",
    "check_blobs",
    "receive_body",
    "staged_body",
]
