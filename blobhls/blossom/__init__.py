"""The Blossom server: `/<sha256>[.ext]` and the endpoints that write.

reads/           `GET` of a blob, hints, and rules for readers
writes/          upload, mirror, media, list, delete, report
access.py        access rules of the operator, for tokens and addresses
rate_limit.py    request limits by key and address
responses.py     responses of blob paths, as values
descriptors.py   blob descriptors (BUD-02) with NIP-94 tags (BUD-08)
parameters.py    dependencies of the handlers that write
disconnect.py    cancels work when the client disconnects
openapi.py       OpenAPI descriptions of endpoints that parse their own bodies
asgi.py          types of the ASGI call
"""
