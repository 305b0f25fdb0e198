"""Any recipe there can be."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec import UNSET

from blobhls.recipe import (
    Blank,
    CutAudio,
    CutSubtitleFile,
    CutSubtitles,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Init,
    Join,
    Ratio,
    Recipe,
    ScaledImage,
    Track,
    Window,
)

_ticks = st.integers(-(2**62), 2**62)
_counts = st.integers(0, 2**31)
_names = st.text(max_size=20)
_packagings = st.sampled_from(("ts", "fmp4"))
_ratios = st.builds(Ratio.of, st.fractions(max_denominator=10**9))
_joins = st.lists(st.builds(Join, _ticks, _ticks), max_size=3).map(tuple)
_tracks = st.builds(Track, _names, _counts, _ratios, _ratios, _joins)
_windows = st.builds(Window, _ticks, _ticks, _ticks)
_cut_video = st.builds(CutVideo, _tracks, _windows, _packagings, _names)
_encode_video = st.builds(
    EncodeVideo,
    _tracks,
    _windows,
    _packagings,
    _names,
    _counts,
    _counts,
    _counts,
    _counts,
    rotation=st.sampled_from((0, 90, 180, 270)),
    deinterlace=st.booleans(),
    mirrored=st.booleans(),
    every=_counts,
    tonemap=st.sampled_from((None, "pq", "hlg")),
    peak=_counts,
    colour=st.tuples(_counts, _counts, _counts),
    decode_times=st.sampled_from((True, UNSET)),
    longest=st.one_of(st.just(UNSET), _counts),
)
_cut_audio = st.builds(CutAudio, _tracks, _windows, _packagings, _names, _counts, _counts)
_encode_audio = st.builds(
    EncodeAudio, _tracks, _ticks, _ticks, _counts, _packagings, _names, position=_ticks
)
_cut_text = st.builds(CutSubtitles, _tracks, _ticks, _ticks, _names, position=_ticks)
_cut_text_file = st.builds(
    CutSubtitleFile, _tracks, _ticks, _ticks, _names, encoding=_names, format=st.just("ass")
)
_media = st.one_of(_cut_video, _encode_video, _cut_audio, _encode_audio)

_blanks = st.builds(
    Blank, st.one_of(_encode_video, _cut_audio, _encode_audio, _cut_text, _cut_text_file)
)

_scaled = st.builds(ScaledImage, _names, _counts, _names, _names)

recipes: st.SearchStrategy[Recipe] = st.one_of(
    _media, _cut_text, _cut_text_file, st.builds(Init, _media), _blanks, _scaled
)
