"""Plans to playlists: pure functions from a plan and what was measured to HLS text."""
