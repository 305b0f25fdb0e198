"""What is known of those who watch."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from blobhls.index.choices import ChoiceIndex
from blobhls.index.database import Database
from blobhls.index.history import History
from blobhls.index.profiles import Profiles
from blobhls.index.upnext import UpNext
from blobhls.index.watched import Watched


class Viewing(msgspec.Struct, frozen=True, eq=False):
    """Everything by profile."""

    profiles: Profiles
    history: History
    up_next: UpNext
    watched: Watched
    choices: ChoiceIndex


def make_viewing(db: Database, clock: Callable[[], float]) -> Viewing:
    """Put it together; `clock` gives seconds since the epoch, as `time.time`."""
    history, up_next = History(db, clock), UpNext(db)
    return Viewing(
        Profiles(db, clock), history, up_next, Watched(db, history, up_next), ChoiceIndex(db)
    )
