"""What names of files and folders mean. Pure: no I/O."""
