"""From probe results to a plan: renditions, windows and recipes. Pure."""
