"""Messages between a process and its workers: one pipe, one frame per message.

In: a connection of ``multiprocessing`` and any picklable value. Out: the same value on
the other side. Large buffers (NumPy arrays) travel beside the pickle, not inside it
(pickle protocol 5, out of band), so neither side copies them into a pickled string.
A frame's kind and number are readable before its content is unpickled. Where the
descriptor does not block, frames move a piece at a time, so that a process that stops
in the middle of a message holds up nobody. Knows nothing of tasks or of equipment.
"""

from __future__ import annotations

import os
from collections import deque

from ..system import quick_pickle as pickle
from ..system.quick_named_tuples import LightRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

__all__ = [
    "PICKLE_PROTOCOL",
    "Frame",
    "FrameReader",
    "FrameWriter",
    "decode",
    "encode",
    "receive_frame",
    "send_frame",
    "with_gaps",
]

#: The protocol that knows out-of-band buffers; every supported Python has it.
PICKLE_PROTOCOL = 5

#: Buffers from this size on travel out of band, bytes. Below it one copy (16 KiB: 1 us)
#: is cheaper than one more system call (a write to a pipe: 2 us).
_OUT_OF_BAND_BYTES = 16 * 1024

#: A frame up to this size is joined and written at once, bytes.
_JOINED_BYTES = 64 * 1024

#: A frame begins with its kind, one byte, and three numbers: its own, the length of the pickle, and how many buffers
#: are out of band; bytes. Not by `struct`, which takes as long to load as two modules of ours.
_NUMBER_BYTES = 8
_HEAD_BYTES = 1 + 3 * _NUMBER_BYTES
_POSIX = os.name == "posix"

#: No longer tuples are looked through for arrays.
_MOST_PLACES = 8

#: What the pickle of a plain `object()` has, and hardly any other.
_OF_PLAIN_OBJECT = b"\x8c\x06object\x94\x93"


class Frame(LightRecord):
    """One message before unpickling."""

    kind: int
    number: int
    body: bytes | bytearray
    buffers: Sequence[Any]

    @property
    def n_bytes(self) -> int:
        """Size on the pipe, bytes."""
        beside = sum(_NUMBER_BYTES + memoryview(buffer).nbytes for buffer in self.buffers)
        return _HEAD_BYTES + len(self.body) + beside


def encode(kind: int, number: int, content: Any) -> Frame:
    """Pickle `content` into a frame; buffers of arrays are referred to, not copied. Raises what pickling raises.

    TypeError for what holds a plain `object()`: that says something by which one it is, and would be another one.
    """
    buffers: list[Any] = []

    def keep_in_band(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _OUT_OF_BAND_BYTES:
            return True
        buffers.append(raw)
        return False

    body = pickle.dumps(content, PICKLE_PROTOCOL, buffer_callback=keep_in_band)
    if _OF_PLAIN_OBJECT in body:
        # Bytes may hold a pickle that was made before, by whoever did not mind.
        _refuse_plain_objects(content)
    return Frame(kind, number, body, buffers)


def _refuse_plain_objects(content: Any) -> None:
    """Pickle once more, into nothing, and raise TypeError at a plain `object()`."""
    import copyreg

    class Nothing:
        def write(self, data: Any) -> int:
            return 0

    def refuse(_: object) -> Any:
        raise TypeError("a plain object() is another one in another process")

    pickler = pickle.Pickler(Nothing(), PICKLE_PROTOCOL, buffer_callback=lambda _: False)
    pickler.dispatch_table = {**copyreg.dispatch_table, object: refuse}
    pickler.dump(content)


def decode(frame: Frame) -> Any:
    """The value of a frame; arrays it holds are writable, as after plain unpickling."""
    return pickle.loads(frame.body, buffers=frame.buffers)


def send_frame(connection: Connection, frame: Frame) -> None:
    """Write `frame` to a pipe that blocks while it is full; BrokenPipeError where the other side is gone."""
    writer = FrameWriter(connection)
    writer.put(frame)
    writer.flush()


def receive_frame(connection: Connection) -> Frame:
    """Read one frame from a pipe that blocks while it is empty; EOFError where the other side is gone."""
    frame = FrameReader(connection).read()
    assert frame is not None  # only a pipe that does not block has nothing yet
    return frame


class FrameWriter:
    """Frames to be written, as much of them at a time as the pipe takes.

    Where pipes keep the boundaries of messages (not POSIX), writing blocks.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._parts: deque[memoryview] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether everything is in the pipe."""
        return not self._parts

    def put(self, frame: Frame) -> None:
        """Queue a frame; its buffers are referred to until they are written."""
        parts = _parts(frame)
        if _POSIX and frame.n_bytes <= _JOINED_BYTES:
            parts = [b"".join(parts)]
        self._parts.extend(memoryview(part).cast("B") for part in parts)

    def flush(self) -> None:
        """Write what the pipe takes, or all where it blocks; BrokenPipeError where the other side is gone."""
        while self._parts:
            part = self._parts[0]
            if not _POSIX:
                self._connection.send_bytes(part)
            elif part:
                try:
                    written = os.write(self._connection.fileno(), part)
                except BlockingIOError:
                    return
                if written < len(part):
                    self._parts[0] = part[written:]
                    continue
            self._parts.popleft()


class FrameReader:
    """One frame after the other out of a pipe, which may hand out a few bytes at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._restart()

    def _restart(self) -> None:
        self._parser = _parse()
        self._want(next(self._parser))

    def _want(self, n_bytes: int) -> None:
        # Allocated once: `Connection.recv_bytes` gathers pieces, which limits it to 200-400 MB/s.
        self._chunk = bytearray(n_bytes)
        self._missing = memoryview(self._chunk)

    def read(self) -> Frame | None:
        """The next frame; None where the pipe does not block and has not all of it yet.

        EOFError where the other side is gone, also in the middle of a frame.
        """
        while True:
            if not _POSIX:
                self._chunk = bytearray(self._connection.recv_bytes())
                self._missing = memoryview(b"")
            while self._missing:
                try:
                    n_read = os.readv(self._connection.fileno(), [self._missing])
                except BlockingIOError:
                    return None
                if n_read == 0:
                    raise EOFError
                self._missing = self._missing[n_read:]
            try:
                self._want(self._parser.send(self._chunk))
            except StopIteration as finished:
                self._restart()
                frame: Frame = finished.value
                return frame


def _parts(frame: Frame) -> list[Any]:
    """What goes into the pipe: head, lengths of the buffers (where there are any), pickle, buffers."""
    parts: list[Any] = [bytes((frame.kind,)) + _packed(frame.number, len(frame.body), len(frame.buffers))]
    if frame.buffers:
        parts.append(_packed(*(memoryview(buffer).nbytes for buffer in frame.buffers)))
    return [*parts, frame.body, *frame.buffers]


def _packed(*numbers: int) -> bytes:
    return b"".join([number.to_bytes(_NUMBER_BYTES, "little") for number in numbers])


def _unpacked(data: bytes | bytearray) -> list[int]:
    places = range(0, len(data), _NUMBER_BYTES)
    return [int.from_bytes(data[place : place + _NUMBER_BYTES], "little") for place in places]


def _parse() -> Generator[int, bytearray, Frame]:
    """Asks for so many bytes, is sent them, and so on until a frame is complete."""
    head = yield _HEAD_BYTES
    kind, (number, n_body, n_buffers) = head[0], _unpacked(head[1:])
    sizes = _unpacked((yield _NUMBER_BYTES * n_buffers)) if n_buffers else []
    body = yield n_body
    buffers = []
    for size in sizes:
        buffers.append((yield size))
    return Frame(kind, number, body, buffers)


# --- arrays with gaps ------------------------------------------------------------------
# A pickle leaves the gaps of a view out, and BLAS and sums over several axes go another way through what has none: the
# last digit of a result may be another one. What arrives has small gaps where there were any.


class _Gapped:
    """Pickles into an array of the same values, of which the same axes follow each other without a gap."""

    def __init__(self, array: Any, strides: list[int]) -> None:
        self._array, self._strides = array, strides

    def __reduce__(self) -> tuple[Any, ...]:
        return _gapped, (self._array.copy(order="C"), self._strides)


def with_gaps(values: Sequence[Any]) -> Sequence[Any]:
    """Values to be pickled, of which NumPy arrays, also in short tuples, arrive with gaps where they have any."""
    kinds = set(map(type, values))
    if tuple in kinds:
        short = [value for value in values if type(value) is tuple and len(value) <= _MOST_PLACES]
        kinds.update([type(each) for value in short for each in value])
    # Not imported here: where nobody has loaded NumPy there is none of its arrays.
    arrays = {kind for kind in kinds if kind.__name__ == "ndarray" and kind.__module__ == "numpy"}
    if not arrays:
        return values
    known: dict[int, Any] = {}  # what stands in several places stays one

    def ready(value: Any) -> Any:
        if type(value) is tuple and len(value) <= _MOST_PLACES and not arrays.isdisjoint(map(type, value)):
            return tuple([each if type(each) is tuple else ready(each) for each in value])
        if type(value) not in arrays or value.flags.forc or value.dtype.hasobject:
            return value
        if id(value) not in known:
            strides = _small_strides(value.shape, value.strides, value.itemsize)
            known[id(value)] = value if strides is None else _Gapped(value, strides)
        return known[id(value)]

    return list(map(ready, values))


def _small_strides(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> list[int] | None:
    """Strides with the smallest gaps, and none where there is none; None where axes overlap."""
    small = [itemsize] * len(shape)
    extent = before = span = itemsize
    for axis in sorted(range(len(shape)), key=lambda axis: abs(strides[axis])):
        step = abs(strides[axis])
        if shape[axis] == 1 or not step:
            small[axis] = 0 if not step else itemsize
            continue
        if step < span:
            return None
        small[axis] = extent if step == before else extent + itemsize
        extent, before = small[axis] * shape[axis], step * shape[axis]
        span += step * (shape[axis] - 1)
        small[axis] = -small[axis] if strides[axis] < 0 else small[axis]
    return small


def _gapped(array: Any, strides: Sequence[int]) -> Any:
    """An array of the same values with these strides."""
    import numpy as np

    spans = [stride * (size - 1) for stride, size in zip(strides, array.shape, strict=True)]
    first = -sum(span for span in spans if span < 0)
    buffer = np.zeros(first + sum(span for span in spans if span > 0) + array.itemsize, dtype=np.uint8)
    laid_out: Any = np.ndarray(array.shape, array.dtype, buffer, first, tuple(strides))
    laid_out[...] = array
    return laid_out
