"""All services from a file to its root, with handmade plans and bytes rendered in this process."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec
from blake3 import blake3

from blobhls.blob import BlobId
from blobhls.errors import SourceBroken, SourceOffline
from blobhls.index.catalogue.catalogue import Catalogue
from blobhls.index.catalogue.intake import CatalogueIntake
from blobhls.index.ledger.sources import SourceIndex
from blobhls.library.scan import scan
from blobhls.media.jobs import Survey
from blobhls.media.plan.plan import Plan, Rendition
from blobhls.media.results import SourceSurvey
from blobhls.names.folders import path_id
from blobhls.recipe import (
    CutAudio,
    CutSubtitles,
    CutVideo,
    EncodeAudio,
    EncodeVideo,
    Packaging,
    Ratio,
    Track,
    Window,
)
from blobhls.resolver import PlannedVideo, Plans, Sealer, SegmentServer, Sources, Surveyor
from blobhls.vault import Renderer, Vault
from tests.vault.bench import ENGINE, Bench

CLOCK: Final = 90_000
FRAME: Final = 3_750  # 24 frames a second


def plan_of(
    source_id: str, windows: int = 4, packaging: Packaging = "ts", *, pictures: bool = True
) -> Plan:
    """A plan of all kinds of renditions: two windows of 2 s, then 6 s each, the last half that."""
    lengths = [2, 2, *[6] * (windows - 3), 3]
    edges = tuple(CLOCK * sum(lengths[:n]) for n in range(windows + 1))
    track = Track(source_id, 0, Ratio(1, CLOCK), Ratio(0, 1))
    first = Window(0, edges[1])
    cut = CutVideo(track, first, packaging, "cut-v2")
    encode = EncodeVideo(track, first, packaging, "h264-720p-v2", 1280, 720, 31, FRAME)
    video = (
        Rendition(
            "source_h264", "video", cut, edges, bandwidth=8_000_000, average=6_000_000,
            codecs="avc1.640028", width=1920, height=1080, frame_rate=Ratio(24, 1),
        ),
        Rendition(
            "720p_h264", "video", encode, edges, bandwidth=4_050_000, average=3_000_000,
            codecs="avc1.64001f", width=1280, height=720, frame_rate=Ratio(24, 1),
        ),
    )  # fmt: skip
    sound = (
        Rendition(
            "audio-1-eng_aac", "audio",
            CutAudio(track, first, packaging, "cut-v2", 1024, 48_000),
            edges, bandwidth=200_000, average=190_000, codecs="mp4a.40.2", title="English",
            language="en", channels=2, default=True,
        ),
        Rendition(
            "audio-2-deu_aac", "audio",
            EncodeAudio(track, 0, 93, 2, packaging, "aac-stereo-v2"),
            edges, bandwidth=184_000, average=160_000, codecs="mp4a.40.2", title="Deutsch",
            language="de", channels=2,
        ),
    )  # fmt: skip
    text = Rendition(
        "subs-1-fra_vtt", "subtitles", CutSubtitles(track, 0, 2_000, "webvtt-v1"),
        edges, bandwidth=4_000, average=1_000, title="Français", language="fr",
    )  # fmt: skip
    chosen = (*(video if pictures else ()), *sound, text)
    return Plan(source_id, packaging, Ratio(1, CLOCK), (), chosen)


def survey(path: Path) -> SourceSurvey:
    """Look at a text file as the workers do at a video: its text is what it holds."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceOffline("can't be read") from error
    if content.startswith(b"broken"):
        raise SourceBroken("not a video")
    plan = plan_of(blake3(content).hexdigest()[:32], pictures=not content.startswith(b"sound"))
    return SourceSurvey(
        plan.source_id, b"{}", plan.plan_id, msgspec.json.encode(plan), float(plan.duration)
    )


class Stage(Bench):
    """A library of text files, and all that resolves them."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        self.library.mkdir()
        super().__init__(folder)
        self.workers.other["survey"] = self.survey

    def open(self) -> None:
        super().open()
        self.catalogue = Catalogue(self.db)
        self.source_index = SourceIndex(self.db)
        self.look_with(Sources(self.library, self.catalogue, self.access, grace=10))

    def look_with(self, files: Sources) -> None:
        """Have everything that needs files ask these."""
        self.files = files
        self.surveyor = Surveyor(
            self.workers, files, self.catalogue, self.source_index, self.access
        )
        self.plans = self.new_plans()
        self.renderer = Renderer(self.repository, self.workers, files, ENGINE)
        self.vault = Vault(self.repository, self.renderer, self.block_list)
        self.vault.on_quarantine(self.note_quarantine)
        self.sealer = Sealer(self.vault, self.source_index, self.access)
        self.segments = SegmentServer(self.vault)

    def new_plans(self, hardware: str = "", surveyor: Surveyor | None = None) -> Plans:
        return Plans(
            self.catalogue,
            self.source_index,
            self.access,
            self.files,
            surveyor or self.surveyor,
            hardware=hardware,
        )

    async def note_quarantine(self, blob_id: BlobId, why: str) -> None:
        await self.access.write(self.source_index.quarantine, blob_id, why)

    def survey(self, job: Survey) -> SourceSurvey:
        """Look at a file as a worker does."""
        with self.workers.places.source(job.source, throughout=True) as path:
            return survey(path)

    def add(self, name: str, content: str) -> str:
        """Write a file into the library and scan; returns its video id."""
        (self.library / name).write_text(content)
        self.scan()
        return path_id(name)

    async def path_of(self, source_id: str) -> Path:
        """Where the file of a source is."""
        return self.workers.places.path(await self.files.find(source_id))

    def scan(self) -> None:
        self.elsewhere(scan, self.library, CatalogueIntake(self.db))

    async def planned(self, name: str = "Heat.mkv", content: str = "a film") -> PlannedVideo:
        return await self.plans.open(self.add(name, content))

    async def end(self) -> None:
        await self.segments.close()
        await self.sealer.close()
        await self.renderer.close()
        await self.files.close()


def seconds(rendition: Rendition) -> list[Fraction]:
    """Return how long each segment is."""
    pairs = zip(rendition.edges, rendition.edges[1:], strict=False)
    return [Fraction(stop - start, CLOCK) for start, stop in pairs]
