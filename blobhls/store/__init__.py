"""Bytes at rest: the contract (`base`) and the places that keep them (`local`)."""
