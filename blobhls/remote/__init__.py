"""Everything that goes out to other servers. Whatever comes back is hostile until it is checked.

addresses.py      which addresses may be asked at all
network.py        connections to checked addresses only
duplex_stream.py  an answer is heard while the request is still being sent
urls.py           which URLs may be asked for
failures.py       what other servers do wrong, and their words made harmless
client.py         requests and answers within bounds of time; redirects; connections kept
file_sink.py      bytes to a file, hashed on the way
fetcher.py        one URL into one file
retries.py        what is worth another try, and when
servers.py        a client of one Blossom server
relays.py         events to and from nostr relays (NIP-01)
"""

from blobhls.remote.addresses import AddressPolicy, is_public
from blobhls.remote.client import TimeLimits
from blobhls.remote.failures import ServerRefused, ServerSilent
from blobhls.remote.fetcher import Fetched, Fetcher
from blobhls.remote.relays import RelayBounds, publish, query
from blobhls.remote.retries import Retries
from blobhls.remote.servers import Descriptor, RemoteServer
from blobhls.remote.urls import server_origins

__all__ = [
    "AddressPolicy",
    "Descriptor",
    "Fetched",
    "Fetcher",
    "RelayBounds",
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
