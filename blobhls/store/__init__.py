"""Bytes at rest.

base.py     what every store promises
local.py    blobs as files in a folder
staging.py  where files are written before the store takes them over
"""
