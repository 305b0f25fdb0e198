"""For the operator: cache use, sealed titles, pushes."""
