"""What earlier profiles made, as one migration."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def second_profiles(db: SqliteUtils) -> None:
    """Plan every source anew: pictures of `cut-v2` and `h264-…-v2` have other decode times.

    Blobs of the first profiles stay what they are for as long as their bytes are here, so that
    roots which were sealed and passed on go on playing; nothing can make those bytes again.
    """
    _forget(db, "cut-v1", "h264-%-v1")


def second_sounds(db: SqliteUtils) -> None:
    """Plan every source anew: surround sound has renditions, and sound is packed tighter."""
    _forget(db, "aac-stereo-v1")


def _forget(db: SqliteUtils, *profiles: str) -> None:
    """Forget plans, and how the recipes of some profiles are made; what they made stays.

    `profiles`: patterns of SQL's LIKE.
    """
    db.execute("CREATE TEMP TABLE earlier (recipe_id TEXT)")
    for pattern in profiles:
        db.execute(
            "INSERT INTO earlier SELECT recipe_id FROM recipes WHERE profile LIKE ?", (pattern,)
        )
    db.execute("""
        UPDATE blobs SET pinned = 1 WHERE present = 1 AND blob_id IN
            (SELECT blob_id FROM bindings WHERE recipe_id IN (SELECT recipe_id FROM earlier))
    """)
    db.execute("DELETE FROM bindings WHERE recipe_id IN (SELECT recipe_id FROM earlier)")
    db.execute("DROP TABLE earlier")
    db.execute("DELETE FROM seals")
    db.execute("DELETE FROM plans")
