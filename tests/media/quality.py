"""Quality of an encoded window, compared with the ffmpeg command on the same frames.

By hand, for the middle window of every rung of every file of a folder:
`python -m tests.media.quality FOLDER`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from blobhls.encoding_profiles import profile_named
from blobhls.errors import SourceBroken
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.render import render
from blobhls.recipe import EncodeVideo
from tests.media.rendering import plan_of

_COUNTED = "settb=1/25,setpts=N"  # compared by number, whatever the time stamps are


class Quality(msgspec.Struct, frozen=True):
    """One encode compared with its source frames."""

    psnr: float  # dB, all planes; infinite where nothing is lost
    ssim: float  # 0 to 1
    size: int  # bytes of the coded pictures


class Compared(msgspec.Struct, frozen=True):
    """Our encode and that of the ffmpeg command with the same settings."""

    name: str
    ours: Quality
    theirs: Quality


def compared(source: Path, plan: Plan, rendition: Rendition, number: int, folder: Path) -> Compared:
    """Compare one window of an encoded rendition; works in `folder`."""
    recipe = plan.recipe(rendition, number)
    assert isinstance(recipe, EncodeVideo)
    segment, pictures, encoded = (folder / name for name in ("ours.ts", "wanted.y4m", "theirs.ts"))
    segment.write_bytes(_made(plan, rendition, number, source))
    _wanted(source, recipe, pictures)
    _ffmpeg("-i", pictures, *_settings(recipe), "-f", "mpegts", encoded)
    return Compared(
        rendition.name, ours=_measured(segment, pictures), theirs=_measured(encoded, pictures)
    )


def _made(plan: Plan, rendition: Rendition, number: int, source: Path) -> bytes:
    init = plan.init(rendition)
    head = b"" if init is None else render(init, source)
    return head + render(plan.recipe(rendition, number), source)


def _wanted(source: Path, recipe: EncodeVideo, target: Path) -> None:
    """Write the window's frames, scaled by the ffmpeg command and not encoded."""
    track, window = recipe.track, recipe.window
    half = recipe.frame / (2 * 90_000 * track.base.value)
    start, stop = (float((edge - half) * track.base.value) for edge in (window.start, window.stop))
    size = f"{recipe.width}:{recipe.height}"
    steps = (
        f"trim={start:.6f}:{stop:.6f}",
        f"scale={size}:flags=bicubic:out_range=limited",
        f"format=yuv420p,{_COUNTED}",
    )
    _ffmpeg(
        "-copyts", "-i", source, "-map", f"0:{track.stream}", "-vf", ",".join(steps),
        "-fps_mode", "passthrough", target,
    )  # fmt: skip


def _settings(recipe: EncodeVideo) -> list[str]:
    profile = profile_named(recipe.profile)
    rate = str(profile.maxrate)
    return [
        "-c:v", "libx264", "-preset", profile.preset, "-crf", str(profile.crf), "-maxrate", rate,
        "-bufsize", rate, "-bf", "3", "-profile:v", "high", "-level", f"{recipe.level / 10:.1f}",
        "-x264-params", f"keyint=infinite:fps={90_000 / recipe.frame:.5f}", "-threads", "1",
    ]  # fmt: skip


def _measured(encoded: Path, pictures: Path) -> Quality:
    graph = f"[0:v]{_COUNTED}[a];[1:v]{_COUNTED}[b];[a][b]"
    values: dict[str, float] = {}
    for name, key in (("psnr", "average:"), ("ssim", "All:")):
        told = _ffmpeg("-i", encoded, "-i", pictures, "-lavfi", f"{graph}{name}", "-f", "null", "-")
        found = re.findall(rf"{key}([0-9.]+|inf)", told)
        assert found, told[-500:]
        values[name] = float(found[-1])
    # Without the container: a segment of ours ends with padding (ADR 7).
    bare = encoded.with_suffix(".h264")
    _ffmpeg("-i", encoded, "-map", "0:v", "-c", "copy", bare)
    return Quality(values["psnr"], values["ssim"], bare.stat().st_size)


def _ffmpeg(*arguments: str | Path) -> str:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stderr


def plain(rendition: Rendition) -> bool:
    """Say whether a rendition is only scaled and encoded, so that it can be compared."""
    template = rendition.template
    return isinstance(template, EncodeVideo) and not (
        template.tonemap or template.deinterlace or template.every > 1 or template.rotation
    )


def main() -> None:
    """Print a row for every rung of every file."""
    for source in sorted(Path(sys.argv[1]).iterdir()):
        if not source.is_file():
            continue
        try:
            plan = plan_of(source)
        except SourceBroken:
            continue
        for rendition in filter(plain, plan.renditions):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    row = compared(source, plan, rendition, rendition.count // 2, Path(folder))
                except AssertionError as error:
                    sys.stdout.write(f"{source.name} {rendition.name}: {str(error)[-200:]}\n")
                    continue
            ours, theirs = row.ours, row.theirs
            sys.stdout.write(
                f"{source.name} {row.name}: {ours.psnr - theirs.psnr:+.2f} dB, "
                f"{ours.ssim - theirs.ssim:+.4f}, {ours.size / theirs.size:.3f} of the bytes\n"
            )


if __name__ == "__main__":
    main()
