"""Bitstream syntax, read without libav. Pure."""
