"""Every table, as numbered migrations. A released migration never changes: add a new one."""

from __future__ import annotations

from blobhls.index.database import Migration
from blobhls.index.migrations.m001_blobs import blobs
from blobhls.index.migrations.m002_sources import sources
from blobhls.index.migrations.m003_catalogue import catalogue
from blobhls.index.migrations.m004_history import history
from blobhls.index.migrations.m005_uploads import uploads
from blobhls.index.migrations.m006_sidecar_files import sidecar_files
from blobhls.index.migrations.m007_profiles import profiles
from blobhls.index.migrations.m008_previews import previews
from blobhls.index.migrations.m009_changes import changes
from blobhls.index.migrations.m010_sessions import sessions
from blobhls.index.migrations.m011_iframes import iframes
from blobhls.index.migrations.m012_added import added
from blobhls.index.migrations.m013_stored import stored
from blobhls.index.migrations.m014_second_profiles import second_profiles
from blobhls.index.migrations.m015_revision import revision
from blobhls.index.migrations.m016_second_audio_profile import second_audio_profile
from blobhls.index.migrations.m017_redrawn_artwork import redrawn_artwork
from blobhls.index.migrations.m018_mounts import mounts
from blobhls.index.migrations.m019_crashed_files import crashed_files

MIGRATIONS: tuple[Migration, ...] = (
    blobs,
    sources,
    catalogue,
    history,
    uploads,
    sidecar_files,
    profiles,
    previews,
    changes,
    sessions,
    iframes,
    added,
    stored,
    second_profiles,
    revision,
    second_audio_profile,
    redrawn_artwork,
    mounts,
    crashed_files,
)
