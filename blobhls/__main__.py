"""`python -m blobhls`, the same as `blobhls`."""

from blobhls.cli import main

# Worker processes import this file too, under another name.
if __name__ == "__main__":
    main()
