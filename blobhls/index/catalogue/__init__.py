"""Tables of the catalogue: files, shows, artwork, NFO files, subtitle files, previews."""
