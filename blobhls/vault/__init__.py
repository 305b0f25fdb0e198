"""The vault: get a blob whatever it takes. Nobody above knows what eviction is.

A blob is bytes in the store, or a recipe that makes them again, or missing. Bytes made again are
compared with the hash they must have before anybody sees them.

vault.py     reading by blob id, obtaining by recipe
making.py    recipes to bytes in the store, by way of the workers
failures.py  what could not be made
eviction.py  what goes when the cache is full, and the canary that must sing first
uploads.py   what people bring: owners, limits, removal, expiry
intake.py    bodies on their way into the store
limits.py    how much may be brought, and for how long it stays
lasting.py   work that is not left half done
repair.py    fsck: rows without files, files without rows, bytes that don't match their name
"""

from blobhls.vault.eviction import CachePolicy, CacheUse, Evicted, Evictor
from blobhls.vault.intake import Received, received, staged_body
from blobhls.vault.lasting import to_the_end
from blobhls.vault.limits import UploadLimits
from blobhls.vault.making import Maker
from blobhls.vault.repair import Repairs, check
from blobhls.vault.uploads import Taken, Uploads
from blobhls.vault.vault import Vault

__all__ = [
    "CachePolicy",
    "CacheUse",
    "Evicted",
    "Evictor",
    "Maker",
    "Received",
    "Repairs",
    "Taken",
    "UploadLimits",
    "Uploads",
    "Vault",
    "check",
    "received",
    "staged_body",
    "to_the_end",
]
