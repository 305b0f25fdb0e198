"""Titles that travel: brought from other servers, taken to them, and shared as links.

pulling.py  a playlist and all that it names, from several servers
"""
