"""Reading what is in a file: tracks, key frames, chapters."""
