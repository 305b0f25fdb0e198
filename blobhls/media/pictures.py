"""Temporary stand-in by the coordinator until the real module is written: replace this file."""

from __future__ import annotations
import io
from pathlib import Path
from PIL import Image
from blobhls.media.values import Probe


def _grey() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 600), (30, 30, 34)).save(out, "JPEG")
    return out.getvalue()


def artwork_jpeg(path: Path, max_width: int, max_height: int) -> bytes:
    return _grey()


def frame_jpeg(source: Path, probe: Probe, max_width: int) -> bytes:
    return _grey()


def placeholder_jpeg() -> bytes:
    return _grey()
