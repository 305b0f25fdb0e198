from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar, Router, get
from litestar.testing import TestClient

from blobhls.api.errors import exception_handlers
from blobhls.api.login import LOGIN_HANDLERS, Attempts, Authenticator
from blobhls.api.parameters import provide_value
from blobhls.app.password import read_password
from blobhls.errors import ConfigError
from blobhls.index.access import Index
from blobhls.index.database import Database
from blobhls.index.migrations import MIGRATIONS
from blobhls.index.viewing.sessions import LIFETIME, Sessions

Client = TestClient[Litestar]
PASSWORD = "sésame 1"
LOGIN = "/api/v1/login"
THING = "/api/v1/thing"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@get("/thing", sync_to_thread=False)
def thing() -> str:
    return "secret"


def app(db: Database, sessions: Sessions | None, clock: Clock) -> Litestar:
    index = Index(db, lambda _: None)

    async def serve() -> None:
        db.serve_event_loop()

    authenticator = Authenticator(sessions, index, Attempts(clock))
    return Litestar(
        [
            Router(
                "/api/v1", route_handlers=[*LOGIN_HANDLERS, thing], guards=[authenticator.guard()]
            )
        ],
        dependencies={"authenticator": provide_value(authenticator)},
        exception_handlers=exception_handlers(),
        openapi_config=None,
        on_startup=[serve],
        on_shutdown=[index.close],
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "index.db", MIGRATIONS)
    yield db
    db.close()


@pytest.fixture
def client(db: Database, clock: Clock) -> Iterator[Client]:
    with TestClient(app(db, Sessions(db, clock, PASSWORD), clock)) as client:
        yield client


def login(client: Client, password: str = PASSWORD) -> int:
    return client.post(LOGIN, json={"password": password}).status_code


def test_a_client_without_password_is_refused_with_a_challenge(client: Client) -> None:
    answer = client.get(THING)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {"status_code": 401, "detail": "the password is needed"}
    assert client.get(LOGIN).json() == {"required": True, "valid": False}


@pytest.mark.parametrize("path", ["//api/v1/thing", "/api//v1/thing", "/api/v1/thing/"])
def test_no_other_spelling_of_a_path_leads_around_the_password(client: Client, path: str) -> None:
    assert client.get(f"http://testserver.local{path}").status_code in {401, 404}


def test_a_session_lasts_until_it_is_ended(client: Client) -> None:
    answer = client.post(LOGIN, json={"password": PASSWORD})
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/api/v1", f"Max-Age={LIFETIME}"):
        assert attribute in cookie
    assert client.get(THING).status_code == 200
    assert client.get(LOGIN).json() == {"required": True, "valid": True}
    token = client.cookies["blobhls_session"]
    assert client.delete(LOGIN).status_code == 204
    client.cookies.set("blobhls_session", token)
    assert client.get(THING).status_code == 401
    assert client.delete(LOGIN).status_code == 204


def test_a_session_ends_after_its_time(client: Client, clock: Clock) -> None:
    login(client)
    token = client.cookies["blobhls_session"]
    client.cookies.clear()
    headers = {"Cookie": f"blobhls_session={token}"}
    clock.now += LIFETIME - 1
    assert client.get(THING, headers=headers).status_code == 200
    clock.now += 1
    assert client.get(THING, headers=headers).status_code == 401


def test_a_session_outlives_a_restart_but_not_the_password(db: Database, clock: Clock) -> None:
    token = Sessions(db, clock, "one").open()
    assert Sessions(db, clock, "one").is_open(token)
    assert not Sessions(db, clock, "two").is_open(token)


def test_the_database_keeps_neither_token_nor_password(db: Database, clock: Clock) -> None:
    token = Sessions(db, clock, PASSWORD).open()
    ((tag, _),) = db.all("SELECT * FROM sessions")
    assert len(tag) == 32
    assert token.encode() not in tag


def test_programs_send_the_password_itself(client: Client) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {b"Authorization": f"{scheme} plain".encode()}
        assert client.get(THING, headers=headers).status_code == 401
    answer = client.get(THING, headers={b"Authorization": f"Bearer {PASSWORD}".encode()})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("wrong", ["", "x", PASSWORD + " ", PASSWORD[:-1], "\x00", "x" * 2000])
def test_a_wrong_password_is_refused(client: Client, wrong: str) -> None:
    assert login(client, wrong) == 401
    assert client.get(THING).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"password": 5}', b"\xff"])
def test_what_is_no_password_is_a_bad_request(client: Client, body: bytes) -> None:
    assert client.post(LOGIN, content=body).status_code == 400


def test_after_ten_wrong_ones_even_the_right_one_has_to_wait(client: Client, clock: Clock) -> None:
    for _ in range(10):
        assert login(client, "wrong") == 401
    answer = client.post(LOGIN, json={"password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert client.get(THING, headers={"Authorization": "Bearer wrong"}).status_code == 429
    clock.now += 61
    assert login(client) == 200


def test_a_session_stays_valid_while_others_guess(client: Client) -> None:
    login(client)
    for _ in range(11):
        login(client, "wrong")
    assert client.get(THING).status_code == 200


def test_without_a_password_everybody_may(db: Database, clock: Clock) -> None:
    with TestClient(app(db, None, clock)) as client:
        assert client.get(THING).status_code == 200
        assert client.get(LOGIN).json() == {"required": False, "valid": True}
        answer = client.post(LOGIN, json={"password": "whatever"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("two words \r\nand more\n")
    assert read_password(path) == "two words"
    assert read_password(None) is None


@pytest.mark.parametrize("content", [b"", b"\n", b"  \n", b"\xff\n", b"x" * 1001])
def test_a_file_without_a_password_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="password"):
        read_password(path)
    with pytest.raises(ConfigError, match="can't read"):
        read_password(tmp_path / "missing")
