"""`docs/media-support.md`: what each file of the corpus is, what is made of it, whether it plays.

Facts and renditions come from a probe and its plan alone, so they are quick to compare; whether a
file plays is found out by `tests/system/trial.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import msgspec

from blobhls.errors import SourceBroken
from blobhls.media.plan.colour import video_range
from blobhls.media.plan.plan import Rendition
from blobhls.media.plan.planner import make_plan
from blobhls.media.probe.probe import probe
from blobhls.media.probe_values import AudioTrack, SubtitleTrack, VideoTrack
from blobhls.recipe import CutAudio, CutSubtitles, CutVideo, Ratio
from tests.players.known_failures import failing_files

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "media-support.md"
NONE: Final = "-"
_HEADINGS: Final = (
    "file", "container", "length", "video", "audio", "subtitles", "renditions",
    "plays open", "plays sealed", "remarks",
)  # fmt: skip
_PLAYER_HEADINGS: Final = ("file", "player", "why it does not play, or what is reported")
Mode = Literal["", "check", "write"]


class FileFacts(msgspec.Struct, frozen=True):
    """What a probe and a plan say of one file, as the page has it."""

    container: str
    length: str
    video: str
    audio: str
    subtitles: str
    renditions: str


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    file: str  # as in the corpus: `derived/empty.mkv`
    facts: FileFacts
    plays_open: str
    plays_sealed: str
    remarks: str

    def cells(self) -> tuple[str, ...]:
        """Return the text of each column."""
        return (
            self.file, *msgspec.structs.astuple(self.facts),
            self.plays_open, self.plays_sealed, self.remarks,
        )  # fmt: skip


def mode() -> Mode:
    """Return what `BLOBHLS_MEDIA_SUPPORT` asks for; nothing unless it is set."""
    match os.environ.get("BLOBHLS_MEDIA_SUPPORT", ""):
        case "" | "check" | "write" as asked:
            return asked
        case other:
            raise ValueError(f"BLOBHLS_MEDIA_SUPPORT is `check` or `write`, not {other!r}")


def facts_of(path: Path) -> FileFacts:
    """Probe and plan a file."""
    try:
        probed = probe(path)
    except SourceBroken:
        return FileFacts(*[NONE] * 6)
    plan = make_plan("of the table", probed)
    return FileFacts(
        container=probed.container.partition(",")[0],
        length=f"{_number(probed.duration)} s",
        video=_video(probed.video),
        audio=_joined(_audio(track) for track in probed.audio),
        subtitles=_joined(_subtitles(track) for track in probed.subtitles),
        renditions=_joined(_rendition(rendition) for rendition in plan.renditions),
    )


def read_page() -> dict[str, Row]:
    """Return the rows of the page by file; none where it has not been written."""
    rows = {}
    for line in PAGE.read_text("utf-8").splitlines() if PAGE.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == len(_HEADINGS):
            name = cells[0].strip("`")
            rows[name] = Row(name, FileFacts(*cells[1:7]), *cells[7:])
    return rows


def write_page(rows: Iterable[Row]) -> None:
    """Write the page anew."""
    ordered = sorted(rows, key=lambda row: ("/" in row.file, row.file.lower()))
    lines = [_line(_HEADINGS), _line(["---"] * len(_HEADINGS))]
    lines += [_line([f"`{row.file}`", *row.cells()[1:]]) for row in ordered]
    table = "\n".join(lines)
    PAGE.write_text(f"{_preface(ordered)}\n{table}\n\n{players(ordered)}", "utf-8")


def players(rows: Iterable[Row]) -> str:
    """Return what the page says of players."""
    files = {row.file for row in rows}
    lines = [_line(_PLAYER_HEADINGS), _line(["---"] * len(_PLAYER_HEADINGS))]
    lines += [_line([f"`{name}`", *rest]) for name, *rest in failing_files() if name in files]
    table = "\n".join(lines)
    return f"""## Players

`BLOBHLS_WHOLE_CORPUS=1 python -m pytest tests/players` plays every file but the damaged ones (half
an hour): mpv plays the open and the sealed playlists, hls.js and Chromium itself the open ones,
shaka-player the sealed ones. Each has to reach the end without an error, and what a browser has
loaded has to be continuous from the first frame on. The exceptions are:

{table}
"""


def _preface(rows: Sequence[Row]) -> str:
    def count(*, opened: str, sealed: str) -> int:
        return sum(row.plays_open == opened and row.plays_sealed == sealed for row in rows)

    both = count(opened="yes", sealed="yes")
    neither = count(opened="no", sealed="no")
    return f"""# What plays

Written by the tests; don't edit it. Of {len(rows)} files from other sources, some damaged on
purpose, {both} play open and sealed, {neither} are refused with a reason, and
{len(rows) - both - neither} play only open or only sealed.

```sh
BLOBHLS_CORPUS=… BLOBHLS_MEDIA_SUPPORT=write python -m pytest tests/system/test_media_support.py
```

writes this page again (a quarter of an hour on two cores), and with `-k flower` only the rows of
some files. With `check` instead of `write` it writes nothing, and fails where a row is wrong.
Without `BLOBHLS_MEDIA_SUPPORT` it compares the facts and the names of the renditions alone, in
seconds, as CI does.

**plays open** means: ffmpeg played the master playlist of the API, and each rendition alone, to the
end; every frame of the source was shown at its time, in sync with the audio; ffmpeg reported
nothing at the joins of segments; and the oracle (`tests/oracle`) found no fault in any rendition.
**plays sealed** means the same for the root blob and the renditions that are sealed by default, and
that the tree consists of blobs alone. Where a remark says so, only the lowest rung of the ladder
was encoded. A rendition is _cut_ if it has the source's own coded frames; otherwise it is encoded.
"""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts) or NONE


def _number(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _video(video: VideoTrack | None) -> str:
    if video is None:
        return NONE
    shape = [] if video.aspect == Ratio(1, 1) else [f"pixels {_ratio(video.aspect)}"]
    if video.rotation:
        shape.append(f"turned {video.rotation}°")
    if video.interlaced:
        shape.append("interlaced")
    if video_range(video) != "SDR":
        shape.append(video_range(video))
    first = f"{video.codec} {video.profile}".strip()
    rate = f"{_number(video.frame_rate.value)}/s"
    return ", ".join([f"{first} {video.width}x{video.height} {video.pixel_format} {rate}", *shape])


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.value.numerator}:{ratio.value.denominator}"


def _audio(track: AudioTrack) -> str:
    rate = _number(Fraction(track.sample_rate, 1000))
    return " ".join(filter(None, (track.codec, f"{track.channels}ch", f"{rate} kHz", _of(track))))


def _subtitles(track: SubtitleTrack) -> str:
    kind = None if track.text else "(bitmaps: not offered)"
    return " ".join(filter(None, (track.codec, _of(track), kind)))


def _of(track: AudioTrack | SubtitleTrack) -> str | None:
    return None if track.language in {None, "und"} else track.language


def _rendition(rendition: Rendition) -> str:
    cut = isinstance(rendition.template, CutVideo | CutAudio | CutSubtitles)
    return f"{rendition.name} (cut)" if cut and rendition.kind != "subtitles" else rendition.name
