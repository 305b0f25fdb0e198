"""Generated clips for the demo library and the tests.

clip_spec.py     the content of a clip; does not load libav
clips.py         clips with a moving test pattern, a timecode, beeps and subtitles
test_pattern.py  the frames of the test pattern
library.py       the demo library
"""
