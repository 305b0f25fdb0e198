"""Generated clips for the demo library and the tests.

clip_spec.py     what a clip holds; naming one does not load libav
clips.py         clips: moving pictures with a timecode, beeps and subtitles
test_pattern.py  their pictures
library.py       the demo library
"""
