"""Titles that travel: brought from other servers, taken to them, and shared as links.

playlists.py  what a playlist names, and what a blob of a tree is
crews.py      many small works, a few at a time
trees.py      everything that hangs on a root of ours
pushing.py    a tree to one other server
pushes.py     titles pushed beside everything else, for as long as the server runs
sources.py    several servers that may have the same blobs
pulling.py    a playlist and all that it names, from several servers
uris.py       `blossom:` URIs (BUD-10)
sharing.py    a sealed video as links and as a video event (NIP-71)
"""
