"""A folder of films and series, served as HLS made of content-addressed blobs.

cli/                  the command `blobhls`
app/                  every part put together, and the work of the sub-commands
demo_clips/           generated clips for the demo and the tests
web/                  the page
settings/             every setting, in one table
progress.py           progress of long work, on a terminal
api/                  the home-theatre API, `/api/v1`
blossom/              the Blossom server: `/<sha256>[.ext]`
transfer/             push, pull and share
resolver/             video id → plan, rendition, segment, root
http/                 ranges, conditions, headers, problems. Pure
nostr/                signed events, keys, tokens
vault/                a blob, whatever it takes: bytes, recipes, eviction, uploads
library/              the folder tree, scanned and watched
workers/              worker processes, and the queue in front of them
index/                what is known: one SQLite file
remote/               requests to other servers
media/                everything that touches libav, in worker processes
store/                bytes at rest
tasks.py              tasks that belong together
recipe.py             everything that determines one blob before it exists
hls/                  playlists and WebVTT as values. Pure
names/                what names of files and folders mean. Pure
encoding_profiles.py  named, immutable sets of encoder settings
blob.py               blobs and their media types
errors.py             everything that can go wrong
"""
