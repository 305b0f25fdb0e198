"""Requests that write (BUD-02, 04, 05, 06, 09, 12): upload, mirror, media, list, delete, report."""
