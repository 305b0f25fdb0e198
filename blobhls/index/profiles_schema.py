"""What earlier profiles made, as one migration."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def second_profiles(db: SqliteUtils) -> None:
    """Plan every source anew: pictures of `cut-v2` and `h264-…-v2` have other decode times.

    Blobs of the first profiles stay what they are for as long as their bytes are here, so that
    roots which were sealed and passed on go on playing; nothing can make those bytes again.
    """
    db.execute("""
        CREATE TEMP TABLE earlier AS
        SELECT recipe_id FROM recipes WHERE profile = 'cut-v1' OR profile LIKE 'h264-%-v1'
    """)
    db.execute("""
        UPDATE blobs SET pinned = 1 WHERE present = 1 AND blob_id IN
            (SELECT blob_id FROM bindings WHERE recipe_id IN (SELECT recipe_id FROM earlier))
    """)
    db.execute("DELETE FROM bindings WHERE recipe_id IN (SELECT recipe_id FROM earlier)")
    db.execute("DROP TABLE earlier")
    db.execute("DELETE FROM seals")
    db.execute("DELETE FROM plans")
