"""The Blossom face: `/<sha256>[.ext]`."""
