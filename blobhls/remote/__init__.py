"""Requests to other servers. Every response is untrusted until it is checked.

addresses.py      which addresses may be connected to
network.py        connections to checked addresses only
duplex_stream.py  reading the response while the request is being sent
urls.py           which URLs may be requested
failures.py       failures of other servers; their texts, sanitised
client.py         HTTP requests within time limits; redirects; connection reuse
file_sink.py      bytes to a file, hashed on the way
fetcher.py        one URL into one file
retries.py        which failures are retried, and when
servers.py        a client of one Blossom server
relays.py         events to and from nostr relays (NIP-01)
"""

from blobhls.remote.addresses import AddressPolicy, is_public
from blobhls.remote.client import TimeLimits
from blobhls.remote.failures import ServerRefused, ServerSilent
from blobhls.remote.fetcher import Fetched, Fetcher
from blobhls.remote.relays import RelayLimits, publish, query
from blobhls.remote.retries import Retries
from blobhls.remote.servers import Descriptor, RemoteServer
from blobhls.remote.urls import server_origins

__all__ = [
    "AddressPolicy",
    "Descriptor",
    "Fetched",
    "Fetcher",
    "RelayLimits",
    "RemoteServer",
    "Retries",
    "ServerRefused",
    "ServerSilent",
    "TimeLimits",
    "is_public",
    "publish",
    "query",
    "server_origins",
]
