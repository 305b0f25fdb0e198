"""Shared by the migrations that drop encoding profiles."""

from __future__ import annotations

from sqlite_utils import Database as SqliteUtils


def drop_profiles(db: SqliteUtils, *profiles: str) -> None:
    """Delete all plans and seals, and the bindings of some profiles; their blobs are pinned.

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
