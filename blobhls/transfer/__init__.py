"""Titles that travel: brought from other servers, taken to them, and shared as links.

links.py        what a playlist names, and what a blob of a tree is
title_trees.py  the tree of a title, which is sealed first where it is not yet
trees.py        everything that hangs on a root of ours
pusher.py       a tree to one other server
push_tasks.py   titles pushed in the background, for as long as the server runs
server_pool.py  several servers that may have the same blobs
puller.py       a playlist and all that it names, from several servers
uris.py         `blossom:` URIs (BUD-10)
share.py        a sealed video as links and as a video event (NIP-71)
"""
