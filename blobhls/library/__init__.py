"""The folder tree: scanned into the catalogue, and watched for changes.

walk.py           listing the folder tree with scandir and stat
scan.py           the catalogue brought up to date with the tree
build.py          entries of the catalogue from the names in a tree
sidecar_files.py  artwork, NFO and subtitle files of videos
discs.py          DVD and Blu-ray folders
mounts.py         disks mounted inside the library, and unmounted ones
watcher.py        changes in the tree as they happen
debounce.py       changes collected until the tree is quiet
"""
