"""Titles as JSON: shows, their artwork and details."""
