"""What is known about blobs, sources and the catalogue: one SQLite file."""
