"""The meaning of file and folder names. Pure: no I/O.

file_kinds.py     which files matter: videos, artwork, subtitles, junk
folders.py        movie, episode or extra, by name and folder
numbers.py        season and episode numbers
series.py         which series the videos of a folder belong to
versions.py       versions and parts of one film or episode
extras.py         trailers, deleted scenes and the like
tags.py           ids, editions, versions and parts beside a title
titles.py         from a name to a title
sidecar_names.py  subtitle files: language, forced, SDH
nfo.py            NFO files, Kodi's XML
readings.py       the results of reading a name
"""
