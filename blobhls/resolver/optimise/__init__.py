"""`PUT /media` (BUD-05): an uploaded video becomes an HLS tree, an image a smaller one."""
