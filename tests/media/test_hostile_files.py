"""Hostile files cost little, are refused with a reason, and don't affect other work."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from blobhls.errors import BlobhlsError, RenderFailed, SourceBroken
from blobhls.media.jobs import Job, Render, Survey
from blobhls.media.places import Places
from blobhls.media.plan.plan import Plan
from blobhls.media.references import LibraryFile, StagedFile
from blobhls.media.results import RenderedBlob, SourceSurvey
from blobhls.workers import LocalPool, Priority, WorkerPool
from tests.media.hostile import FILES

_MEMORY: Final = 2 << 30  # bytes; half of what the server allows
_TIMEOUT: Final = 60  # seconds; none of these takes five
_MUTATIONS: Final = 50

# What becomes of each; None: it is planned, and plays as far as there is anything in it.
_REASONS: Final = {
    "samples-without-end.mp4": "no frame and no audio",
    "many-samples.mp4": None,
    "edits-without-end.mp4": None,
    "a-table-longer-than-the-file.mp4": "invalid data",
    "many-tracks.mp4": "more than 200 tracks",
    "deep-boxes.mp4": "invalid data",
    "a-huge-picture.h264": "no video or audio",
    "a-picture-bomb.mkv": None,
    "inflating-frames.mkv": "no frame and no audio",
    "many-tracks.mkv": "max_streams",
    "a-giant-attachment.mkv": None,
    "an-endless-attachment.mkv": "8 GB of attachments",
    "an-index-without-end.mkv": None,
    "a-flood-of-cues.mkv": None,
    "three-centuries.mkv": "longer than 100 hours",
    "many-programs.ts": "no video or audio",
}


@asynccontextmanager
async def workers(count: int, folder: Path) -> AsyncIterator[WorkerPool]:
    opened = LocalPool(count, _MEMORY, Places(folder, folder, folder))
    try:
        yield opened
    finally:
        await opened.close()


def survey(path: Path) -> Survey:
    return Survey(LibraryFile(path.name.encode()))


async def outcome(
    pool: WorkerPool, job: Job[Any], priority: Priority
) -> RenderedBlob | SourceSurvey | BlobhlsError:
    try:
        done: RenderedBlob | SourceSurvey = await pool.run(job, priority, within=_TIMEOUT)
    except BlobhlsError as error:
        return error
    return done


async def made_of(
    pool: WorkerPool, found: SourceSurvey, path: Path, number: int = 0
) -> list[RenderedBlob | SourceSurvey | BlobhlsError]:
    """Return the outcome for a segment of each planned rendition of a file."""
    plan = msgspec.json.decode(found.plan, type=Plan)
    jobs = []
    for rendition in plan.renditions:
        recipe = plan.recipe(rendition, number % rendition.count)
        source = LibraryFile(path.name.encode())
        jobs.append(Render(source, recipe, StagedFile(f"{path.name}-{rendition.name}")))
    return await asyncio.gather(*(outcome(pool, job, Priority.SEAL) for job in jobs))


def test_every_hostile_file_is_handled_in_time_and_with_a_reason(
    tmp_path: Path, clip_mp4: Path
) -> None:
    async def met(pool: WorkerPool, name: str) -> None:
        path = tmp_path / name
        FILES[name](path)
        found = await outcome(pool, survey(path), Priority.BACKGROUND)
        reason = _REASONS[name]
        if reason is not None:
            assert isinstance(found, SourceBroken), (name, found)
            assert reason in found.reason
            return
        assert isinstance(found, SourceSurvey), (name, found)
        for made in await made_of(pool, found, path):
            assert isinstance(made, RenderedBlob | RenderFailed), (name, made)
            assert isinstance(made, RenderFailed) or made.size < 1 << 20

    watched = Path(shutil.copy(clip_mp4, tmp_path / "watched.mp4"))

    async def scenario() -> None:
        async with workers(2, tmp_path) as pool:
            all_of_them = asyncio.gather(*(met(pool, name) for name in FILES))
            while not all_of_them.done():  # who watches another file is in front of all of them
                assert (await pool.run(survey(watched), Priority.VIEWER)).duration == 12
            await all_of_them

    asyncio.run(scenario())


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a file with flipped bits, replaced header bytes, a missing part or a truncated end."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 50))):
        # Half of them where containers say what is where.
        reach = len(changed) if chance.random() < 0.5 else min(len(changed), 4096)
        at = chance.randrange(reach) if chance.random() < 0.7 else len(changed) - 1 - reach // 8
        changed[max(0, at)] = chance.choice((0, 0xFF, chance.randrange(256)))
    match chance.randrange(4):
        case 0:
            del changed[chance.randrange(len(changed)) :]
        case 1:
            at = chance.randrange(len(changed))
            del changed[at : at + chance.randrange(1, 5_000)]
    return bytes(changed)


def test_no_mutation_of_a_file_kills_a_worker(
    clip_mp4: Path, clip_mkv_two_audio_srt: Path, clip_ts: Path, tmp_path: Path
) -> None:
    sources = [clip_mp4, clip_mkv_two_audio_srt, clip_ts]
    bodies = [path.read_bytes() for path in sources]

    async def scenario() -> None:
        async with workers(2, tmp_path) as pool:
            await asyncio.gather(*(attempt(pool, number) for number in range(_MUTATIONS)))

    async def attempt(pool: WorkerPool, number: int) -> None:
        chance = random.Random(number)
        which = number % len(sources)
        path = tmp_path / f"{number}-{sources[which].name}"
        path.write_bytes(mutated(bodies[which], chance))
        found = await outcome(pool, survey(path), Priority.VIEWER)
        assert isinstance(found, SourceSurvey | SourceBroken), (number, found)
        if isinstance(found, SourceBroken):
            return
        for made in await made_of(pool, found, path, chance.randrange(100)):
            assert isinstance(made, RenderedBlob | RenderFailed | SourceBroken), (number, made)

    asyncio.run(scenario())
