"""What is known about blobs, sources and the catalogue: one SQLite file.

access.py        how the event loop uses the index: three awaited verbs
database.py      the SQLite file: one connection for each thread, WAL, migrations at open
group_commit.py  writes of several callers in one transaction, with one fsync
ledger/          blobs, recipes, bindings, proofs, sources, plans, seals, roots, uploads
catalogue/       files, shows, artwork, NFO files, subtitle files, previews
viewing/         viewer profiles, history, watched marks, languages, sessions
migrations/      every table, as numbered migrations
"""
