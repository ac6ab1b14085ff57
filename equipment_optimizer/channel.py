"""Messages between a process and its workers: one pipe, one frame per message.

In: a connection of the standard library's ``multiprocessing`` and any picklable
value. Out: the same value on the other side. Large buffers (NumPy arrays) travel
beside the pickle, not inside it (pickle protocol 5, out of band), so neither
side copies them into a pickled string first.

A frame's kind and number are readable before its content is unpickled, so a
content that cannot be unpickled is still known to belong to message *number*.
This module knows nothing of tasks or of equipment.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["OUT_OF_BAND_BYTES", "PICKLE_PROTOCOL", "Frame", "decode", "encode", "receive_frame", "send_frame"]

#: The protocol that knows out-of-band buffers; every supported Python has it.
PICKLE_PROTOCOL = 5

#: Buffers from this size on travel out of band, bytes. Below it one copy is
#: cheaper than one more system call (a copy of 16 KiB takes about 1 us, a write
#: to a pipe about 2 us).
OUT_OF_BAND_BYTES = 16 * 1024

#: A frame up to this size is joined and written at once, bytes: one system call
#: instead of one per part, at the price of one short copy.
_JOINED_BYTES = 64 * 1024

#: kind, number, length of the pickle, number of out-of-band buffers.
_HEAD = struct.Struct("<BQQQ")
_LENGTH = struct.Struct("<Q")
_POSIX = os.name == "posix"


class Frame(NamedTuple):
    """One message before unpickling; ``n_bytes`` is what crosses the pipe."""

    kind: int
    number: int
    body: bytes | bytearray
    buffers: Sequence[Any]

    @property
    def n_bytes(self) -> int:
        """Size on the pipe, bytes."""
        return _HEAD.size + len(self.body) + sum(8 + memoryview(buffer).nbytes for buffer in self.buffers)


def encode(kind: int, number: int, content: Any) -> Frame:
    """Pickle `content` into a frame; buffers of arrays are referred to, not copied.

    Raises
    ------
    Exception
        Whatever pickling `content` raises.
    """
    buffers: list[Any] = []

    def keep_in_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < OUT_OF_BAND_BYTES:
            return True
        buffers.append(raw)
        return False

    body = pickle.dumps(content, PICKLE_PROTOCOL, buffer_callback=keep_in_band)
    return Frame(kind, number, body, buffers)


def decode(frame: Frame) -> Any:
    """The value of a frame; arrays it holds are writable, as after plain unpickling."""
    return pickle.loads(frame.body, buffers=frame.buffers)


def send_frame(connection: Connection, frame: Frame) -> None:
    """Write `frame`; blocks while the pipe is full.

    Raises
    ------
    BrokenPipeError
        If the other side is gone.
    """
    head = _HEAD.pack(frame.kind, frame.number, len(frame.body), len(frame.buffers))
    lengths = b"".join(_LENGTH.pack(memoryview(buffer).nbytes) for buffer in frame.buffers)
    if not _POSIX:
        for part in (head + lengths, frame.body, *frame.buffers):
            connection.send_bytes(part)
    elif frame.n_bytes <= _JOINED_BYTES:
        _write_all(connection.fileno(), b"".join((head, lengths, frame.body, *frame.buffers)))
    else:
        for part in (head + lengths, frame.body, *frame.buffers):
            _write_all(connection.fileno(), part)


def receive_frame(connection: Connection) -> Frame:
    """Read one frame; blocks until it is complete.

    Raises
    ------
    EOFError
        If the other side is gone, also in the middle of a frame.
    """
    if not _POSIX:
        return _receive_portable(connection)
    descriptor = connection.fileno()
    kind, number, body_length, n_buffers = _HEAD.unpack(_read_exactly(descriptor, _HEAD.size))
    lengths = _LENGTH.iter_unpack(_read_exactly(descriptor, 8 * n_buffers)) if n_buffers else ()
    sizes = [size for (size,) in lengths]
    body = _read_exactly(descriptor, body_length)
    return Frame(kind, number, body, [_read_exactly(descriptor, size) for size in sizes])


def _receive_portable(connection: Connection) -> Frame:
    """`receive_frame` where pipes keep the boundaries of messages."""
    head = connection.recv_bytes()
    kind, number, _, n_buffers = _HEAD.unpack_from(head)
    body = connection.recv_bytes()
    return Frame(kind, number, body, [bytearray(connection.recv_bytes()) for _ in range(n_buffers)])


def _write_all(descriptor: int, data: Any) -> None:
    """Write all bytes of a buffer."""
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view) :]


def _read_exactly(descriptor: int, n_bytes: int) -> bytearray:
    """Read `n_bytes` into memory that is allocated once.

    ``Connection.recv_bytes`` asks the system for the whole rest on every read of
    at most one pipe buffer and gathers the pieces; that is what limits it to
    200-400 MB/s.
    """
    data = bytearray(n_bytes)
    view = memoryview(data)
    while view:
        n_read = os.readv(descriptor, [view])
        if n_read == 0:
            raise EOFError
        view = view[n_read:]
    return data
