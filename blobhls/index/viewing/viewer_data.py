"""The data of viewers, by profile."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from blobhls.index.database import Database
from blobhls.index.viewing.history import History
from blobhls.index.viewing.languages import LanguageChoices
from blobhls.index.viewing.up_next import UpNext
from blobhls.index.viewing.viewer_profiles import ViewerProfiles
from blobhls.index.viewing.watched import Watched


class ViewerData(msgspec.Struct, frozen=True, eq=False):
    """The tables of viewers together."""

    profiles: ViewerProfiles
    history: History
    up_next: UpNext
    watched: Watched
    choices: LanguageChoices


def make_viewer_data(db: Database, clock: Callable[[], float]) -> ViewerData:
    """Create them for a database; `clock` gives seconds since the epoch, as `time.time`."""
    history, up_next = History(db, clock), UpNext(db)
    return ViewerData(
        ViewerProfiles(db, clock),
        history,
        up_next,
        Watched(db, history, up_next),
        LanguageChoices(db),
    )
