"""nostr, as far as a Blossom server needs it: signed events, keys, tokens. No network access.

events.py  events: their id, signature and JSON (NIP-01)
keys.py    secret and public keys, and their text forms (NIP-19)
tokens.py  authorization tokens (BUD-11)
"""

from blobhls.nostr.events import Event, InvalidEvent, decode_event, encode_event, verify
from blobhls.nostr.keys import SecretKey, npub, parse_pubkey
from blobhls.nostr.tokens import (
    Token,
    Verb,
    check_token,
    host_of,
    make_authorization,
    read_authorization,
)

__all__ = [
    "Event",
    "InvalidEvent",
    "SecretKey",
    "Token",
    "Verb",
    "check_token",
    "decode_event",
    "encode_event",
    "host_of",
    "make_authorization",
    "npub",
    "parse_pubkey",
    "read_authorization",
    "verify",
]
