"""What it costs to pickle things, measured without keeping what was pickled.

In: any objects. Out: seconds and sizes. The pickled bytes are counted and
dropped as they are produced, so not even one item's pickle exists at a time, and
the buffers of NumPy arrays are counted where they lie. This module never turns
``tracemalloc`` on or off. It knows nothing of functions, workers or equipment.
"""

from __future__ import annotations

import math
import time

from ...system import quick_pickle as pickle
from ...system.quick_named_tuples import LightRecord
from ...workers.channel import PICKLE_PROTOCOL, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = [
    "UNMEASURED",
    "ChunkCost",
    "CountingSink",
    "LoadError",
    "check_data_picklability_with_measurements",
    "in_one_line",
    "measure_chunk",
    "measure_parts",
    "measure_pickle",
]

#: Largest pickle that is really built in order to time its unpickling, bytes.
#: Above it, loading is taken to last as long as dumping did (they differ by less
#: than a factor of two on lists, dicts and strings).
_LOADED_BYTES = 2 << 20

#: Larger ones are dumped and loaded once, however short that takes; and larger than the second are taken to share
#: nothing, bytes.
_REPEATED_BYTES = 64 << 10
_SHARING_BYTES = 768 << 10

#: A dump shorter than this is repeated twice and the shortest counts, seconds:
#: the clock and a cold cache add up to a microsecond.
_REPEATED_SECONDS = 50e-6

#: A chunk of several sampled items is pickled only if that is expected to take
#: less than this, seconds; otherwise the items are taken to share nothing.
_SHARING_SECONDS = 20e-3


#: After a part that takes so long no other of its kind is pickled alone, seconds.
_SIMILAR_SECONDS = 0.2e-3

#: To unpickle many objects takes up to so many times as long as to pickle them, ratio: they have to be made.
_LOAD_FACTOR = 3.0

#: Stands where an object has no seconds and bytes because it does not pickle.
UNMEASURED = (0.0, 0)


class LoadError(Exception):
    """What was pickled cannot be unpickled; `__cause__` says why."""


class TooLongError(Exception):
    """Pickling took longer than it was allowed to."""


class CountingSink:
    """A file that counts what is written and keeps none of it; TooLongError where that goes on after `deadline`."""

    __slots__ = ("deadline", "n_bytes")

    def __init__(self, deadline: float = math.inf) -> None:
        self.n_bytes = 0
        self.deadline = deadline

    def write(self, data: Any) -> int:
        """Count `data`: bytes, or any object with a buffer (protocol 5 passes those)."""
        size = len(data) if type(data) is bytes else memoryview(data).nbytes
        self.n_bytes += size
        if self.deadline < math.inf and time.perf_counter() > self.deadline:
            raise TooLongError
        return size

    def count_buffer(self, buffer: pickle.PickleBuffer) -> None:
        """Count a buffer out of band: its bytes are never touched."""
        self.n_bytes += buffer.raw().nbytes


class ChunkCost(LightRecord):
    """Cost of pickling a chunk of items: a fixed part and a part per item.

    Objects that items share are pickled once per chunk and belong to the fixed part.

    Attributes
    ----------
    dump_fixed, dump_item, load_fixed, load_item : float
        Seconds.
    bytes_fixed, bytes_item : float
        Bytes that cross the pipe.
    """

    dump_fixed: float = 0.0
    dump_item: float = 0.0
    load_fixed: float = 0.0
    load_item: float = 0.0
    bytes_fixed: float = 0.0
    bytes_item: float = 0.0

    def dump_seconds(self, n_items: float) -> float:
        """Seconds to pickle a chunk."""
        return self.dump_fixed + n_items * self.dump_item

    def load_seconds(self, n_items: float) -> float:
        """Seconds to unpickle a chunk."""
        return self.load_fixed + n_items * self.load_item

    def n_bytes(self, n_items: float) -> float:
        """Bytes of a chunk."""
        return self.bytes_fixed + n_items * self.bytes_item


def measure_pickle(item: object, most_seconds: float = math.inf) -> tuple[float, int]:
    """Seconds to pickle `item` once, and the bytes; what came after `most_seconds` is not counted.

    Buffers of arrays count, although they are not copied. Raises whatever pickling raises.

    Memory: pickle's memo of the objects it met (about 100 bytes for each), and
    nothing that grows with bytes, strings or arrays (tests/sampling/prediction/test_pickle_cost.py).
    An array that is not contiguous has to be copied by NumPy itself.
    """
    sink = CountingSink()
    return _dump(pickle.Pickler(sink, PICKLE_PROTOCOL, buffer_callback=sink.count_buffer), sink, item, most_seconds)


def _dump(pickler: pickle.Pickler, sink: CountingSink, item: object, most_seconds: float) -> tuple[float, int]:
    """Seconds and bytes that `item` takes; what `pickler` has pickled before, and knows, costs nothing."""
    start, n_before = time.perf_counter(), sink.n_bytes
    sink.deadline = start + most_seconds
    try:  # noqa: SIM105
        pickler.dump(item)
    except TooLongError:  # `contextlib` has to be loaded
        pass
    return time.perf_counter() - start, sink.n_bytes - n_before


def check_data_picklability_with_measurements(
    data_items: Iterable[object],
) -> tuple[bool, int | None, BaseException | None, list[tuple[float, int]]]:
    """Pickle every item into nowhere; say whether it works and what it costs.

    Parameters
    ----------
    data_items : iterable

    Returns
    -------
    all_picklable : bool
    first_bad_index : int or None
        Index of the first item that cannot be pickled.
    exception : BaseException or None
        What it raised, of any kind (``RecursionError``, ``MemoryError`` and ``SystemExit`` too),
        without its traceback, which would keep the item alive.
    measurements : list of (float, int)
        Seconds and bytes of each item before the first bad one.

    Notes
    -----
    `KeyboardInterrupt` passes through. Each item is pickled once.
    Time: one pickling of each item. Memory: about 100 bytes per item for the
    measurements, and what `measure_pickle` says.

    Examples
    --------
    >>> works, first_bad_index, error, measurements = check_data_picklability_with_measurements([1, "text", len, iter])
    >>> works, first_bad_index, len(measurements)
    (True, None, 4)
    >>> check_data_picklability_with_measurements([1, lambda: 2])[:2]
    (False, 1)
    """
    measurements: list[tuple[float, int]] = []
    for index, item in enumerate(data_items):
        try:
            measurements.append(measure_pickle(item))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            error.__cause__ = error.__context__ = None
            return False, index, error.with_traceback(None), measurements
    return True, None, None, measurements


def measure_chunk(
    items: Sequence[object], singles: Sequence[tuple[float, int]], most_seconds: float = math.inf
) -> ChunkCost:
    """Fixed and per-item cost of a chunk, from pickling sampled items together; `singles`: what each cost alone.

    With one item, or where pickling two would take too long (`most_seconds` at the most), nothing is taken to be
    shared and the fixed part is zero. LoadError where an item does not survive.
    """
    mean_dump = sum(seconds for seconds, _ in singles) / len(singles)
    mean_bytes = sum(size for _, size in singles) / len(singles)
    limit = min(_SHARING_SECONDS, most_seconds)
    if mean_dump * (len(items) + 1) > limit:
        items = items[:2]
    if mean_dump * (len(items) + 1) > limit or mean_bytes > _SHARING_BYTES:
        load_seconds = _load_seconds((items[0],), mean_dump, mean_bytes)
        return ChunkCost(0.0, mean_dump, 0.0, load_seconds, 0.0, mean_bytes)
    if len(items) == 1:
        dump_seconds, load_seconds, n_bytes = _measure_tuple((items[0],))
        return ChunkCost(0.0, dump_seconds, 0.0, load_seconds, 0.0, n_bytes)
    dump_all, load_all, bytes_all = _measure_tuple(tuple(items))
    if mean_dump > _REPEATED_SECONDS:
        # What one takes is known well enough, and how loading and dumping differ.
        dump_seconds, load_seconds, n_bytes = mean_dump, mean_dump * load_all / max(dump_all, 1e-9), round(mean_bytes)
    else:
        dump_seconds, load_seconds, n_bytes = _measure_tuple((items[0],))
    ratio = mean_bytes / max(1.0, n_bytes)
    dump = _line(dump_seconds * ratio, dump_all, len(items))
    load = _line(load_seconds * ratio, load_all, len(items))
    size = _line(mean_bytes, bytes_all, len(items))
    return ChunkCost(dump[0], dump[1], load[0], load[1], size[0], size[1])


def _line(single: float, many: float, n_items: int) -> tuple[float, float]:
    """Fixed and per-item part of the line through a chunk of one and one of `n_items`."""
    slope = min(max(0.0, (many - single) / (n_items - 1)), many / n_items)
    return max(0.0, many - n_items * slope), slope


def _measure_tuple(items: tuple[object, ...]) -> tuple[float, float, int]:
    """Dump seconds, load seconds and bytes of a chunk; short ones thrice, the shortest counts."""
    dump, size = measure_pickle(items)
    load = _load_seconds(items, dump, size)
    if dump < _REPEATED_SECONDS and size < _REPEATED_BYTES:
        for _ in range(2):
            dump = min(dump, measure_pickle(items)[0])
            load = min(load, _load_seconds(items, dump, size))
    return dump, load, size


def _load_seconds(items: tuple[object, ...], dump: float, size: float) -> float:
    """Seconds to unpickle a chunk, measured where its pickle is small enough to be built."""
    if size > _LOADED_BYTES and dump > 1e-3:
        # Large, and slow to pickle: many objects, not one buffer.
        return dump
    frame = encode(0, 0, items)
    if len(frame.body) > _LOADED_BYTES:
        return dump
    start = time.perf_counter()
    try:
        decode(frame)
    except BaseException as error:
        _pass_on(error)
        raise LoadError from error
    return time.perf_counter() - start


def _pass_on(error: BaseException) -> None:
    # Not loaded where nothing goes wrong.
    from ...system.quick_signal import pass_on

    pass_on(error)


def measure_parts(
    what: str, parts: Sequence[object], most_seconds: float = math.inf, sharing_seconds: float = 0.0
) -> tuple[ChunkCost, str | None]:
    """Cost of a chunk of such parts, and why they cannot travel, if they cannot.

    A part that takes `most_seconds` to pickle is not pickled to its end: that is more than anybody gains. Several
    together, to see what they share, may take `sharing_seconds` where that is more.
    """
    if not parts:
        return ChunkCost(), None
    measured: list[tuple[float, int]] = []
    for part in parts:
        sink = CountingSink()
        pickler = pickle.Pickler(sink, PICKLE_PROTOCOL, buffer_callback=sink.count_buffer)
        try:
            measured.append(_dump(pickler, sink, part, most_seconds))
        except BaseException as error:
            _pass_on(error)
            return ChunkCost(), f"{what} cannot be pickled ({in_one_line(error)})"
        seconds, size = measured[-1]
        if seconds > most_seconds:
            return ChunkCost(dump_item=seconds, load_item=seconds, bytes_item=size), None
        if seconds > _SIMILAR_SECONDS:
            # The others are taken to be like it.
            break
    try:
        if seconds > _SIMILAR_SECONDS:
            limit = max(most_seconds, sharing_seconds) if size <= _SHARING_BYTES else 0.0
            return _with_another(pickler, sink, parts, measured[-1], limit), None
        return measure_chunk(parts, measured, max(most_seconds, sharing_seconds)), None
    except LoadError as failure:
        return ChunkCost(), f"{what} cannot be unpickled ({in_one_line(failure.__cause__)})"
    except Exception as error:
        _pass_on(error)
        return ChunkCost(), f"{what} cannot be pickled ({in_one_line(error)})"


def _with_another(
    pickler: pickle.Pickler, sink: CountingSink, parts: Sequence[object], first: tuple[float, int], most_seconds: float
) -> ChunkCost:
    """Cost of a chunk of parts, from one of them that was pickled and what the last one adds, where that is seen soon.

    The pickler knows what they share: nothing is pickled twice to see it.
    """
    seconds, size = more_seconds, more_bytes = first
    if len(parts) > 1 and seconds < most_seconds:
        more = _dump(pickler, sink, parts[-1], most_seconds)
        if more[0] < most_seconds:
            more_seconds, more_bytes = min(more[0], seconds), min(more[1], size)
    if more_bytes < size / 2:
        # What is loaded once for many is not worth loading here to know how long that takes.
        load_seconds, more_load = _LOAD_FACTOR * seconds, _LOAD_FACTOR * more_seconds
    else:
        load_seconds = _load_seconds((parts[0],), seconds, size)
        more_load = load_seconds * more_seconds / seconds
    return ChunkCost(
        seconds - more_seconds, more_seconds, load_seconds - more_load, more_load, size - more_bytes, more_bytes
    )


def in_one_line(error: BaseException | None) -> str:
    """Class and text of an error, on one line whatever its text is."""
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:
        return f"{name}, without a text"
    return f"{name}: {text}" if text else name
