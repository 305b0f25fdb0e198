"""Audio: decoding, alignment, stream copy and encoding."""
