"""Still images: posters, thumbnails and preview sheets."""
