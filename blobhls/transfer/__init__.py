"""Transfer of titles: pull them from other servers, push them, and share them as links.

links.py        the blobs that a playlist names, and the types of blobs of a tree
trees.py        all blobs of a root of this server
title_trees.py  the tree of a title, sealed first if needed
pusher.py       pushes a tree to one server
push_tasks.py   pushes in the background, for as long as the server runs
server_pool.py  several servers that may have the same blobs
puller.py       pulls a playlist and all blobs that it names
uris.py         `blossom:` URIs (BUD-10)
share.py        a sealed video as links and as a video event (NIP-71)
"""
