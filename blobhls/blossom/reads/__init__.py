"""Reading blobs (BUD-01): responses, `xs` and `as` hints, and rules for readers."""
