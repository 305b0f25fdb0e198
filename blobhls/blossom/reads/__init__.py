"""Reading blobs (BUD-01): answers, `xs` and `as` hints, and the rules for readers."""
