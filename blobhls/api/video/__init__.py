"""One video: its playlists and segments, seals, previews and links."""
