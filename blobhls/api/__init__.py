"""The home-theatre API, `/api/v1`.

catalogue/        shows as JSON, with artwork and details
video/            one video: its playlists and segments, seals, previews and links
viewing/          viewer profiles, history, watched marks and next-up
operator/         cache use, sealed titles, pushes
events.py         changes as they happen (server-sent events)
broadcast.py      publishes events to every listening client
login.py          the operator's password and sessions
parameters.py     parameters and dependencies of several handlers
bodies.py         request bodies, decoded strictly
blob_response.py  responses that are blobs under another URL
errors.py         errors as JSON
"""
