"""What the operator sees and starts: cache use, sealed titles, pushes."""
