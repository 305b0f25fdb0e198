"""The HTTP transport below litestar: connection limits, time limits and write coalescing."""
