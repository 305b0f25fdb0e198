"""Viewer profiles, history, watched marks and next-up."""
