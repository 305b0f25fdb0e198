"""Containers: opening a source, seeking, muxing, clocks."""
