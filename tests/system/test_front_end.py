"""A front end's evening: from the list of shows to what was watched, over HTTP alone."""

from __future__ import annotations

from pathlib import Path

from tests.system.conftest import MakeHome


def test_a_viewer_finds_watches_leaves_and_comes_back(
    make_home: MakeHome, clip_mp4: Path, clip_ts: Path, clip_silent: Path
) -> None:
    home = make_home()
    places = {
        "Heat (1995).mp4": clip_mp4,
        "Lost/Season 01/Lost S01E01 Pilot.ts": clip_ts,
        "Lost/Season 01/Lost S01E02 Tabula Rasa.mp4": clip_silent,
    }
    for place, clip in places.items():
        (home.library / place).parent.mkdir(parents=True, exist_ok=True)
        (home.library / place).write_bytes(clip.read_bytes())
    with home.serving() as server:
        movie_id = home.video_id("Heat (1995).mp4")
        server.video("Heat (1995).mp4")
        shows = {show["info"]["title"]: show for show in server.json("/api/v1/shows")}
        assert set(shows) == {"Heat", "Lost"}
        assert shows["Heat"]["info"]["id"] == movie_id
        (found,) = server.json("/api/v1/shows?search=los")
        episodes = server.json(f"/api/v1/shows/{found['info']['id']}")["episodes"]
        assert [(e["index"], e["title"]) for e in episodes] == [
            ("S01E01", "Pilot"),
            ("S01E02", "Tabula Rasa"),
        ]
        pictures = [shows["Heat"]["info"]["thumbnail"], *(e["thumbnail"] for e in episodes)]
        for url in pictures:
            assert server.get(url).headers["content-type"] == "image/jpeg"

        assert server.json("/api/v1/history") == []
        film, pilot = (f"/api/v1/video/{each}" for each in (movie_id, episodes[0]["id"]))
        assert server.get(f"{film}/progress").status_code == 404
        assert server.json(film)["progress"] is None
        for video, position in ((film, 3), (pilot, 1.5), (film, 5.25)):
            answer = server.client.put(f"{video}/progress", json={"position": position})
            assert answer.status_code == 200
            assert answer.json()["position"] == position
        assert server.json(film)["progress"]["position"] == 5.25

    with home.serving() as server:  # the next evening
        seen = server.json("/api/v1/history")
        assert [(item["id"], item["progress"]["position"]) for item in seen] == [
            (movie_id, 5.25),
            (episodes[0]["id"], 1.5),
        ]
        assert not any(item["progress"]["finished"] for item in seen)
        done = server.client.put(f"{film}/progress", json={"position": 9999}).json()
        assert done["finished"]
        assert abs(done["position"] - server.json(film)["duration"]) < 0.1
        assert server.client.delete(f"{film}/progress").status_code == 204
        assert [item["id"] for item in server.json("/api/v1/history")] == [episodes[0]["id"]]
        assert server.client.delete(f"{film}/progress").status_code == 204
