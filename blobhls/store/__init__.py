"""Bytes at rest.

base.py     the contract of every store
local.py    blobs as files in a folder
staging.py  where files are written before the store takes them over
"""
