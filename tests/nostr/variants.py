"""Valid and invalid authorization headers (BUD-11)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from blobhls.blob import BlobId
from blobhls.nostr import SecretKey

Tag = list[Any]
Header = Callable[["Around"], str]

OTHER: Final = "cd" * 32  # a blob that nobody has
NO_POINT: Final = "ff" * 32  # x beyond the field: no key has it


class Around(msgspec.Struct, frozen=True):
    """The context of a token for an upload."""

    key: SecretKey
    blob_id: BlobId
    host: str  # of the server, without port
    now: int  # seconds since the epoch

    def tags(self, **changes: list[Tag] | None) -> list[Tag]:
        """Return the tags of a good token; those of a name replaced, or left out."""
        good: dict[str, list[Tag] | None] = {
            "t": [["t", "upload"]],
            "expiration": [["expiration", str(self.now + 600)]],
            "x": [["x", str(self.blob_id)]],
        }
        return [tag for tags in (good | changes).values() for tag in tags or []]

    def event(
        self,
        tags: list[Tag] | None = None,
        *,
        kind: int = 24242,
        content: str = "Upload",
        created_at: int | None = None,
    ) -> dict[str, object]:
        """Return a signed event, not encoded."""
        chosen = tuple(map(tuple, self.tags() if tags is None else tags))
        signed = self.key.sign(
            kind, chosen, content, self.now - 5 if created_at is None else created_at
        )
        return msgspec.structs.asdict(signed)


def header(event: Mapping[str, object] | str | bytes) -> str:
    """Return the header of an event, or of any other value."""
    if not isinstance(event, str | bytes):
        event = json.dumps(event)
    data = event.encode() if isinstance(event, str) else event
    return "Nostr " + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _tagged(**changes: Callable[[Around], list[Tag] | None]) -> Header:
    """Return a header in which some tags are replaced."""
    return lambda a: header(a.event(a.tags(**{name: make(a) for name, make in changes.items()})))


def _expiring(*texts: str) -> Header:
    return _tagged(expiration=lambda _: [["expiration", text] for text in texts])


def _in(*seconds: int) -> Header:
    return _tagged(expiration=lambda a: [["expiration", str(a.now + each)] for each in seconds])


def _for(*servers: str) -> Header:
    """Return a header with `server` tags; HOST stands for the server's name."""
    return _tagged(server=lambda a: [["server", each.replace("HOST", a.host)] for each in servers])


def _signed(*, kind: int = 24242, content: str = "", created_at: int | None = None) -> Header:
    return lambda a: header(a.event(kind=kind, content=content, created_at=created_at))


def _spoilt(**fields: object) -> Header:
    """Return a header whose fields were changed after signing; None: left out."""
    return lambda a: header({k: v for k, v in (a.event() | fields).items() if v is not None})


def _encoded(encode: Callable[[bytes], str]) -> Header:
    # Two pairs of ?? and >> give every character in which the alphabets differ.
    return lambda a: encode(json.dumps(a.event(content="??>>???>>>")).encode())


def _with_scheme(scheme: str) -> Header:
    return lambda a: scheme + header(a.event()).removeprefix("Nostr ")


def _standard(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _by_another_key(a: Around) -> str:
    other = msgspec.structs.replace(a, key=SecretKey.new()).event()
    return header(other | {"pubkey": a.key.pubkey})


def _indented(a: Around) -> str:
    return header(json.dumps(dict(reversed(a.event().items())), indent=2))


GOOD: Final[dict[str, Header]] = {
    "as BUD-11 has it": lambda a: header(a.event()),
    "URL-safe base64 without padding": _encoded(lambda d: "Nostr " + _url_safe(d).rstrip("=")),
    "URL-safe base64 with padding": _encoded(lambda d: "Nostr " + _url_safe(d)),
    "standard base64 with padding": _encoded(lambda d: "Nostr " + _standard(d)),
    "standard base64 without padding": _encoded(lambda d: "Nostr " + _standard(d).rstrip("=")),
    "scheme in lower case": _with_scheme("nostr "),
    "scheme in upper case": _with_scheme("NOSTR "),
    "several blanks": _with_scheme("Nostr   "),
    "indented JSON in another order": _indented,
    "fields that nobody knows": _spoilt(relay="wss://example.org", seen=[1, {"a": None}]),
    "content in UTF-8": _signed(content="Ünïcode 🌸 上传"),
    "content with escapes": _signed(content='"\\/\b\f\n\r\t\x01\x7f\u2028'),
    "no content": _signed(content=""),
    "made an hour ago": lambda a: header(a.event(created_at=a.now - 3600)),
    "made in 1970": _signed(created_at=0),
    "made by a clock a little ahead": lambda a: header(a.event(created_at=a.now + 10)),
    "expires in a century": _in(3_000_000_000),
    "two expirations to come": _in(600, 700),
    "more in a tag than is needed": _tagged(t=lambda _: [["t", "upload", "and", "more"]]),
    "several verbs": _tagged(t=lambda _: [["t", "get"], ["t", "upload"]]),
    "tags twice": lambda a: header(a.event(a.tags() * 2)),
    "tags that are empty": lambda a: header(a.event([[], *a.tags(), ["x"], ["t"], [""]])),
    "tags that nobody knows": lambda a: header(a.event([["client", "x"], *a.tags()])),
    "for this server": _for("HOST"),
    "for this server, with a port": _for("HOST:24242"),
    "for this server, with a scheme": _for("http://HOST"),
    "for this server, as a URL": _for("https://HOST:443/"),
    "for this server, among others": _for("cdn.example.com", "HOST", "cdn.example.org"),
    "one of several blobs": _tagged(x=lambda a: [["x", OTHER], ["x", str(a.blob_id)]]),
    "one of three hundred blobs": _tagged(
        x=lambda a: [["x", f"{number:064x}"] for number in range(300)] + [["x", str(a.blob_id)]]
    ),
}

BAD: Final[dict[str, Header]] = {
    "nothing": lambda _: "",
    "a scheme alone": lambda _: "Nostr",
    "another scheme": _with_scheme("Bearer "),
    "no scheme": _with_scheme(""),
    "a scheme that goes on": _with_scheme("Nostrich "),
    "not base64": lambda _: "Nostr !!!!",
    "base64 of an impossible length": lambda _: "Nostr AAAAA",
    "base64 with a blank in it": lambda a: header(a.event())[:60] + " " + header(a.event())[60:],
    "base64 cut short": lambda a: header(a.event())[:-40],
    "not JSON": lambda _: header("upload, please"),
    "JSON that is no object": lambda _: header("[1, 2]"),
    "an empty object": lambda _: header("{}"),
    "nested deeply": lambda _: header("[" * 20_000),
    "tags nested deeply": lambda _: header('{"tags":' + "[" * 9_000 + "]" * 9_000 + "}"),
    "invalid UTF-8": lambda a: header(json.dumps(a.event()).encode() + b"\xff"),
    "invalid UTF-8 in the content": lambda a: header(
        json.dumps(a.event(content="?!")).encode().replace(b"?!", b"\xc3\x28")
    ),
    "half a surrogate": lambda a: header(json.dumps(a.event()).replace("Upload", "\\ud800")),
    "huge": lambda a: header(a.event(content="x" * 40_000)),
    "no tags": lambda a: header(a.event([])),
    "a tag that is text": lambda a: header(a.event() | {"tags": ["t"]}),
    "a tag of numbers": lambda a: header(a.event() | {"tags": [["expiration", a.now + 600]]}),
    "another kind": _signed(kind=27235),
    "kind 1": _signed(kind=1),
    "a kind that is text": _spoilt(kind="24242"),
    "no kind": _spoilt(kind=None),
    "made in the future": lambda a: header(a.event(created_at=a.now + 3600)),
    "made before time": _signed(created_at=-1),
    "made at half a second": _spoilt(created_at=1.5),
    "no expiration": _tagged(expiration=lambda _: None),
    "expired long ago": _in(-3600),
    "expired a second ago": _in(-1),
    "one of two expirations is past": _in(600, -1),
    "expiration without a value": _tagged(expiration=lambda _: [["expiration"]]),
    "expiration empty": _expiring(""),
    "expiration in words": _expiring("tomorrow"),
    "expiration with a fraction": _expiring("9999999999.5"),
    "expiration with an exponent": _expiring("1e12"),
    "expiration negative": _expiring("-1"),
    "expiration with a sign": _expiring("+9999999999"),
    "expiration with blanks": _expiring(" 9999999999"),
    "expiration in milliseconds of eternity": _expiring("9" * 30),
    "expiration in other digits": _expiring("٩٩٩٩٩٩٩٩٩٩"),
    "no verb": _tagged(t=lambda _: None),
    "another verb": _tagged(t=lambda _: [["t", "delete"]]),
    "a verb in upper case": _tagged(t=lambda _: [["t", "UPLOAD"]]),
    "for another server": _for("cdn.example.com"),
    "for a server below": _for("cdn.HOST"),
    "for a server whose name ends alike": _for("xHOST"),
    "for a server without a name": _for(""),
    "for this server in a path": _for("https://cdn.example.com/HOST"),
    "no blob": _tagged(x=lambda _: None),
    "another blob": _tagged(x=lambda _: [["x", OTHER]]),
    "the blob in upper case": _tagged(x=lambda a: [["x", a.blob_id.upper()]]),
    "the blob with an extension": _tagged(x=lambda a: [["x", f"{a.blob_id}.bin"]]),
    "an id of something else": _spoilt(id=OTHER),
    "an id in upper case": lambda a: header(a.event() | {"id": str(a.event()["id"]).upper()}),
    "no id": _spoilt(id=None),
    "a wrong signature": _spoilt(sig="ab" * 64),
    "a signature of nothing": _spoilt(sig="00" * 64),
    "a short signature": _spoilt(sig="ab" * 63),
    "no signature": _spoilt(sig=None),
    "signed by another key": _by_another_key,
    "a key that is no point of the curve": _spoilt(pubkey=NO_POINT),
    "a short key": _spoilt(pubkey="ab" * 31),
    "content changed after signing": _spoilt(content="Delete"),
    "time changed after signing": _spoilt(created_at=7),
    "tags changed after signing": lambda a: header(
        a.event(a.tags(x=[["x", OTHER]])) | {"tags": a.tags()}
    ),
}
