"""Video: stream copy, encoding and tone mapping."""
