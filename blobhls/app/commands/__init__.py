"""The work of the sub-commands."""
