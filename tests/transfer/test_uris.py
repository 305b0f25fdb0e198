"""`blossom:` URIs (BUD-10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blobhls.blob import BlobId
from blobhls.errors import BadRequest
from blobhls.transfer.uris import BlossomUri, hint_of, parse_uri

BLOB = BlobId("b1674191a88ec5cdd733e4240a81803105dc412d6c6708d53ab94fc248f4f553")
ONE = "ec4425ff5e9446080d2f70440188e3ca5d6da8713db7bdeef73d0ed54d9093f0"
TWO = "781208004e09102d7da3b7345e64fd193cd1bc3fce8fdae6008d77f9cabcd036"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"blossom:{BLOB}.pdf", BlossomUri(BLOB, "pdf")),
        (
            f"blossom:{BLOB}.pdf?xs=https://cdn.example.com",
            BlossomUri(BLOB, "pdf", ("https://cdn.example.com",)),
        ),
        (
            f"blossom:{BLOB}.pdf?xs=cdn.example.com&as={ONE}&xs=b.example&sz=184292",
            BlossomUri(BLOB, "pdf", ("cdn.example.com", "b.example"), (ONE,), 184_292),
        ),
        (f"blossom:{BLOB}.bin?as={ONE}&as={TWO}", BlossomUri(BLOB, "bin", (), (ONE, TWO))),
        (f" blossom:{BLOB}.bin?xs=a.org&xs=a.org\n", BlossomUri(BLOB, "bin", ("a.org",))),
        (f"blossom:{BLOB}.bin?sz=-1&foo=bar", BlossomUri(BLOB, "bin")),
        (f"blossom:{BLOB}.bin?sz=٣", BlossomUri(BLOB, "bin")),
    ],
)  # fmt: skip
def test_a_uri_is_taken_apart(text: str, meant: BlossomUri) -> None:
    assert parse_uri(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{BLOB}.pdf",
        f"blossom:{BLOB}",  # the extension must be there
        f"blossom:{BLOB}.",
        f"blossom:{BLOB[:-1]}.pdf",
        f"blossom:{BLOB.upper()}.pdf",
        f"blossom://{BLOB}.pdf",
        f"blossom:{BLOB}.pdf/..",
        f"blossom:{BLOB}.pdf?" + "xs=a&" * 100,
        f"blossom:{BLOB}.pdf?" + "x" * 10_000,
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_uri(text)


hosts = st.from_regex(r"(http://)?[a-z0-9]{1,9}(\.[a-z]{2,5}){0,2}(:[0-9]{2,4})?", fullmatch=True)


@given(
    servers=st.lists(hosts, unique=True, max_size=5),
    authors=st.lists(st.sampled_from([ONE, TWO]), unique=True),
    size=st.none() | st.integers(0, 10**14),
)
def test_what_is_written_is_read_again(
    servers: list[str], authors: list[str], size: int | None
) -> None:
    uri = BlossomUri(BLOB, "m3u8", tuple(servers), tuple(authors), size)
    assert parse_uri(str(uri)) == uri


def test_a_hint_says_its_scheme_only_where_clients_would_try_another_one_first() -> None:
    assert hint_of("https://cdn.example.com") == "cdn.example.com"
    assert hint_of("http://127.0.0.1:24242") == "http://127.0.0.1:24242"
