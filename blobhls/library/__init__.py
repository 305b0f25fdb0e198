"""The folder tree: what its names mean (`names`) and what is in it (`scan`)."""
