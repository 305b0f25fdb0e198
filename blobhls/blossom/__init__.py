"""The Blossom face: `/<sha256>[.ext]`.

reads/           `GET` of a blob, hints, and the rules for readers
writes/          upload, mirror, media, list, delete, report
access.py        the operator's rules, applied to tokens and addresses
rate_limit.py    how often a key or an address may ask
responses.py     every answer that a blob path can have, as values
descriptors.py   blob descriptors (BUD-02) with NIP-94 tags (BUD-08)
parameters.py    dependencies and parameters of the handlers that write
disconnect.py    work that ends when the client has disconnected
openapi.py       what OpenAPI says of endpoints that are read by hand
asgi.py          the ASGI call, as far as its types can be told
"""
