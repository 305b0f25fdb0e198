"""Everything that touches libav*: probe, plan, render. Runs in worker processes only.

probe/           what is in a file: tracks, key frames, chapters
plan/            from a probe to renditions, windows and recipes. Pure
video/           stream copy, encoding and tone mapping
audio/           decoding, alignment, stream copy and encoding
subtitles/       text subtitles as WebVTT
images/          posters, thumbnails and preview sheets
container/       opening a source, seeking, muxing, clocks
bitstream/       bitstream syntax, read without libav. Pure
render.py        a recipe to the bytes of its blob
worker.py        what a worker process can be asked for
probe_values.py  what a probe found, as values
results.py       what a worker answers, as values
"""
