"""Reading the facts of a file: tracks, key frames, chapters."""
