"""Text subtitles: decoding and WebVTT segments."""
