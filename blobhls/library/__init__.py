"""The folder tree: scanned into the catalogue, and watched for changes.

walk.py           the folder tree, read with `scandir`
scan.py           the catalogue brought up to date with the tree
build.py          what was read of names, put together as titles
sidecar_files.py  artwork, NFO and subtitle files beside videos
discs.py          DVD and Blu-ray folders
mounts.py         disks mounted inside the library, and which of them are away
watcher.py        changes in the tree as they happen
debounce.py       changes collected until the tree is quiet
"""
