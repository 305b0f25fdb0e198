"""The vault: get a blob whatever it takes. Nothing above knows what eviction is.

A blob is bytes in the store, or a recipe that makes them again, or missing. Bytes made again are
compared with the hash they must have before they are served.

repository.py     bytes and rows, changed in the one order that survives a crash
vault.py          reading by blob id, obtaining by recipe
renderer.py       recipes to bytes in the store, by way of the workers
failures.py       what could not be made
eviction.py       what goes when the cache is full, and the canary that must sing first
uploads.py        what clients bring: owners, removal, expiry
block_list.py     hashes that are kept out
received_body.py  bodies on their way to the store
upload_limits.py  how much may be brought, and for how long it stays
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
