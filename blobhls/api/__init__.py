"""The home-theatre API, `/api/v1`.

catalogue/        titles as JSON: shows, their artwork and details
video/            one video: its playlists and segments, seals, previews and links
viewing/          what viewers watch: profiles, history, watched marks and next-up
operator/         cache use, sealed titles, pushes
events.py         changes as they happen (server-sent events)
broadcast.py      publishing them to every client that listens
login.py          the operator's password and sessions
parameters.py     parameters and dependencies that several handlers take
bodies.py         request bodies, decoded strictly
blob_response.py  answers that are blobs under another URL
errors.py         errors as JSON
"""
