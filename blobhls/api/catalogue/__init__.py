"""Shows as JSON, with artwork and details."""
