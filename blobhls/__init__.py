"""A folder of films and series, served as HLS made of content-addressed blobs."""
