"""What goes to a worker and what comes back: one msgpack value a frame, of known types.

Never pickle: a worker reads files from anywhere with C code. A file that takes over such code would
take over the server, too, by an answer that is unpickled there.
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
    """A job needed more than there is; the process is as good as dead."""


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """A fault of the program."""

    text: str  # one line
    trace: str


Reply: TypeAlias = Ready | Done | ErrorValue | OutOfMemory | Fault


class Codec:
    """Makes frames of jobs and replies, and reads replies. Keeps its decoders."""

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
        self._replies = msgspec.msgpack.Decoder(Reply)
        self._results: dict[type[Job[Any]], msgspec.msgpack.Decoder[Any]] = {}

    def frame(self, value: object) -> bytes:
        """Return a value as a frame; raises `TypeError` for what can't be one."""
        body = self._encoder.encode(value)
        return HEADER.pack(len(body)) + body

    def done(self, result: object) -> bytes:
        """Return a frame with a result; raises as `frame`."""
        return self.frame(Done(msgspec.Raw(self._encoder.encode(result))))

    def reply(self, body: bytes) -> Reply:
        """Read a reply; raises `msgspec.DecodeError` for anything else."""
        return self._replies.decode(body)

    def result(self, kind: type[Job[Any]], done: Done) -> Any:  # noqa: ANN401 - of the type that `kind` is of
        """Read the result of a job of a kind; raises `msgspec.DecodeError` for anything else."""
        decoder = self._results.get(kind)
        if decoder is None:
            decoder = job_decoder(result_type(kind))
            self._results[kind] = decoder
        return decoder.decode(done.result)


def job_decoder(of: Any) -> msgspec.msgpack.Decoder[Any]:  # noqa: ANN401 - any type, or union of them
    """Return a decoder for jobs or results."""
    return msgspec.msgpack.Decoder(of, dec_hook=_checked)


def result_type(kind: type[Job[Any]]) -> Any:  # noqa: ANN401 - a type, or an alias such as `tuple[int, ...]`
    """Return the type of the results of a kind of jobs: what its base is of."""
    for each in kind.__mro__:
        for base in getattr(each, "__orig_bases__", ()):
            found = get_args(base)
            if found and isinstance(found[0], type | type(tuple[int, ...])):
                return found[0]
    raise TypeError(f"{kind.__name__} does not say what it results in")


def _plain(value: object) -> object:
    if isinstance(value, str):  # msgspec takes no subclasses
        return str(value)
    raise TypeError(f"{type(value).__name__} does not travel")


def _checked(kind: type[object], value: object) -> object:
    if kind is BlobId and isinstance(value, str):
        return BlobId.parse(value)
    raise TypeError(f"{kind.__name__} does not travel")
