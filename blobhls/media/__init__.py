"""Everything that touches libav*: probe, plan, render. libav runs in worker processes only.

probe/           what is in a file: tracks, key frames, chapters
plan/            from a probe to renditions, windows and recipes. Pure
video/           stream copy, encoding and tone mapping
audio/           decoding, alignment, stream copy and encoding
subtitles/       text subtitles as WebVTT
images/          posters, thumbnails and preview sheets
container/       opening a source, seeking, muxing, clocks
bitstream/       bitstream syntax, read without libav. Pure
probe_values.py  what a probe found, as values
references.py    how a job says which file it means. Pure
jobs.py          what a worker can be asked for, as values. Pure
results.py       what a worker answers, as values. Pure
error_values.py  what goes wrong in a worker, as values. Pure
places.py        where a worker finds what references name
worker.py        how a worker process is set up, and its engine
execution.py     doing jobs
render.py        a recipe to the bytes of its blob
batch.py         one recipe, or several of one source, into files
output.py        writing what a job made into staging
"""
