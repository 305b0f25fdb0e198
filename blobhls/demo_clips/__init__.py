"""Generated clips for the demo library and the tests."""
