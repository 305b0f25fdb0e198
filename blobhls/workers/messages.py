"""Messages to and from a worker: one msgpack value a frame, of known types.

Never pickle: a worker reads untrusted files with C code. A file that exploits such code could take
over the server, too, by a reply that the server unpickles.
"""

from __future__ import annotations

import struct
from typing import Any, Final, TypeAlias, get_args

import msgspec

from blobhls.blob import BlobId
from blobhls.media.error_values import ErrorValue
from blobhls.media.jobs import Job

HEADER: Final = struct.Struct("!I")  # in front of each frame: its length in bytes
MOST_BYTES: Final = 256 << 20  # of a frame; the survey of a long file takes some megabytes


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker has begun."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The result of a job."""

    result: msgspec.Raw


class OutOfMemory(msgspec.Struct, frozen=True, tag="memory"):
    """A job ran out of memory; the process can't be used any more."""


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """A bug of the program."""

    text: str  # one line
    trace: str


Reply: TypeAlias = Ready | Done | ErrorValue | OutOfMemory | Fault


class Codec:
    """Encodes jobs and replies as frames, and decodes replies. Caches its decoders."""

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
        self._replies = msgspec.msgpack.Decoder(Reply)
        self._results: dict[type[Job[Any]], msgspec.msgpack.Decoder[Any]] = {}

    def frame(self, value: object) -> bytes:
        """Encode a value as a frame; raises `TypeError` for a type that can't be encoded."""
        body = self._encoder.encode(value)
        return HEADER.pack(len(body)) + body

    def done(self, result: object) -> bytes:
        """Encode a result as a frame; raises `TypeError` for a type that can't be encoded."""
        return self.frame(Done(msgspec.Raw(self._encoder.encode(result))))

    def reply(self, body: bytes) -> Reply:
        """Decode a reply; raises `msgspec.DecodeError`."""
        return self._replies.decode(body)

    def result(self, kind: type[Job[Any]], done: Done) -> Any:  # noqa: ANN401 - of the type that `kind` is of
        """Decode the result of a job of a kind; raises `msgspec.DecodeError`."""
        decoder = self._results.get(kind)
        if decoder is None:
            decoder = job_decoder(result_type(kind))
            self._results[kind] = decoder
        return decoder.decode(done.result)


def job_decoder(of: Any) -> msgspec.msgpack.Decoder[Any]:  # noqa: ANN401 - any type, or union of them
    """Return a decoder for jobs or results."""
    return msgspec.msgpack.Decoder(of, dec_hook=_checked)


def result_type(kind: type[Job[Any]]) -> Any:  # noqa: ANN401 - a type, or an alias such as `tuple[int, ...]`
    """Return the result type of a kind of jobs: the argument of its generic base."""
    for each in kind.__mro__:
        for base in getattr(each, "__orig_bases__", ()):
            found = get_args(base)
            if found and isinstance(found[0], type | type(tuple[int, ...])):
                return found[0]
    raise TypeError(f"{kind.__name__} does not name the type of its result")


def _plain(value: object) -> object:
    if isinstance(value, str):  # msgspec takes no subclasses
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be sent to a worker")


def _checked(kind: type[object], value: object) -> object:
    if kind is BlobId and isinstance(value, str):
        return BlobId.parse(value)
    raise TypeError(f"{kind.__name__} can't be sent to a worker")
