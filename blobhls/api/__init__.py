"""The home-theatre API, `/api/v1`."""
