"""The first calls for a recommendation: whether there is anything to think about.

In: a function and its data. Out: how to run it, where a clock settles that; for a longer job the calls are not in
vain. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import time
from _collections_abc import Sequence, Sized  # `collections`, `operator` and `math` have to be loaded
from _operator import length_hint

from .tuning import (
    ALONE_SECONDS,
    DEARER,
    HELD_SHARE,
    LEAST_FREE_SHARE,
    LEAST_WITH_LAST,
    MAX_BLOCK_ITEMS,
    MAX_BLOCK_SECONDS,
    MAX_BLOCK_SHARE,
    SHORT_CALL_SECONDS,
    THREAD_EFFICIENCY,
    THREAD_MESSAGE_SECONDS,
    UNKNOWN_ITEMS,
    WAITING_CPU_SHARE,
    WORTH_THINKING_SECONDS,
    WORTH_WATCHING_SECONDS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

__all__ = ["FirstLook", "ReadOnce", "Source", "block_after", "is_held", "weighed"]

#: Calls that are only made to see whether threads could run beside them end after this time, seconds.
_MORE_SECONDS = 2e-3

#: A sample that took so long is long enough, seconds; and one in which others computed so much, ratio, is looked into.
_LONG_SAMPLE_SECONDS = 20e-3
_OTHERS_SHARE = 0.1

#: Items of a block between two looks at the clock.
_LOOK_ITEMS = 16

#: Other threads that never computed so long, seconds, do not now.
_OTHERS_SECONDS = 0.5e-3

#: To read two clocks takes less than this, seconds, which looks like others' time beside a call.
_READING_SECONDS = 20e-6

#: Messages to threads may take this share of the work, ratio.
_MESSAGE_SHARE = 0.05

#: Types whose items by position are those that come one after the other.
_AGREEING = (list, tuple, range, str, bytes, bytearray, memoryview)


class Source:
    """Items by position: a sequence, or the head of an iterator that can be put back."""

    def __init__(self, data: Iterable[Any], sample_size: int = 5) -> None:
        self.n_items = _length(data)
        self.is_sequence = self.n_items is not None and _is_sequence(data, self.n_items)
        if self.is_sequence:
            self.data: Iterable[Any] = data
            self.items: Any = data
            self.positions = _spread(self.n_items or 0, sample_size)
        else:
            iterator = iter(data)
            if self.n_items is None:
                self.n_items = _length(iterator)
            self.items = list(itertools.islice(iterator, sample_size))
            self.data = ReadOnce(self.items, iterator)
            self.positions = list(range(len(self.items)))
            if len(self.items) < sample_size:
                self.n_items = len(self.items)
            elif (self.n_items or 0) < len(self.items):
                # Whatever they say, there are more.
                self.n_items = None


class ReadOnce:
    """The items of an iterator whose head was read; `is_begun`: somebody has read on."""

    def __init__(self, head: list[Any], later: Iterator[Any]) -> None:
        self._items = itertools.chain(head, later)
        self.is_begun = False

    def __iter__(self) -> Iterator[Any]:
        self.is_begun = True
        return self._items

    def __next__(self) -> Any:
        self.is_begun = True
        return next(self._items)


class FirstLook:
    """Runs the sampled items of `source`, each once, as long as nothing speaks for a long job.

    `positions`, `seconds`, `blocks` and `results` are as those of `TimedRun`, which goes on from here. `slowness`: how
    many times longer than usual this process took to load what began: so much longer is a job that needs no thought.
    """

    def __init__(self, func: Callable[[Any], Any], source: Source, *, slowness: float = 1.0) -> None:
        self.func = func
        self._worth_thinking = slowness * WORTH_THINKING_SECONDS
        self.source = source
        self.positions: list[int] = []
        self.seconds: list[float] = []
        #: CPU seconds of this thread and of all others during each call.
        self.thread_cpu: list[float] = []
        self.other_cpu: list[float] = []
        self.blocks: dict[int, float] = {}
        self.results: dict[int, Any] = {}
        #: Of the calls' time that in which other threads could run; None where that was not watched.
        self.gil_free_share: float | None = None
        #: The thread that watched, for the system.
        self.prober = 0
        #: Whether other threads computed before the first call, and when that was.
        self.others_ran, self.began = _others_run(), time.perf_counter()
        #: Executor, workers, chunk size.
        self.choice: tuple[Any, int, int] = ("serial", 1, 1)
        #: What was seen to speak against threads.
        self.thread_blockers: tuple[str, ...] = ()
        #: Seconds for which this thread had queued for a core at the last look; None before the first.
        self._queued: float | None = None

    def settles(self, *, threads: bool) -> bool:
        """Run the sample; whether that settles the matter."""
        for position in self.source.positions:
            if position in self.results:
                continue
            self._call(position)
            first, total = self.seconds[0], self.total()
            # A first call may be slow because it is the first.
            if total > self._worth_thinking * (1 if len(self.seconds) > 1 else 4) and (
                len(self.seconds) > 1 or first > SHORT_CALL_SECONDS
            ):
                return False
            if threads and len(self.seconds) == 2 and total > WORTH_WATCHING_SECONDS and self._mean() > ALONE_SECONDS:
                return sum(self.thread_cpu) >= WAITING_CPU_SHARE * sum(self.seconds) and self._settles_threads()
        return True

    def goes_on(self, *, threads: bool) -> dict[str, Any] | None:
        """Make the rest of the calls; what `JobCosts` wants to know of them, or None where that takes a longer look."""
        is_known = self.source.n_items is not None and len(self.seconds) > 1
        if not is_known or sum(self.thread_cpu) < WAITING_CPU_SHARE * sum(self.seconds):
            return None
        if threads and self._mean() > ALONE_SECONDS:
            self._settles_threads()
        for position in self.source.positions:
            if position not in self.results and not self._is_enough():
                self._call(position)
        parts, whole = self._parts()[1:], sum(self.seconds[1:])
        unnoticed = max(_OTHERS_SHARE * whole, _READING_SECONDS * len(parts))
        if sum(self.other_cpu[1:]) > unnoticed and not (self.others_ran and is_held(self.gil_free_share)):
            return None
        if sum(self.thread_cpu[1:]) < WAITING_CPU_SHARE * whole or self._may_have_helpers():
            return None
        mean, std, uncertainty = self._weighed()
        return {
            "n_items": self.source.n_items,
            "mean_seconds": mean,
            "std_seconds": std,
            "max_seconds": max(parts),
            "uncertainty": uncertainty,
            "gil_free_share": self.gil_free_share or 0.0,
            "n_sampled": len(self.results),
        }

    def _may_have_helpers(self) -> bool:
        """Whether other threads compute now, whose time may not have been counted yet: for the calls, perhaps."""
        from ..system.machine import running_threads

        return not is_held(self.gil_free_share) and running_threads(besides=self.prober) > 0

    def untouched(self) -> list[Any]:
        """Items that no call has changed yet, if there are any."""
        later = (position + 1 for position in self.positions)
        items = [position for position in later if position not in self.results and position < len(self.source.items)]
        return [self.source.items[position] for position in items[:3]]

    def total(self) -> float:
        """Predicted serial time."""
        return self._mean() * (UNKNOWN_ITEMS if self.source.n_items is None else self.source.n_items)

    def _parts(self) -> list[float]:
        """Of each call its seconds, or the mean of those after it."""
        return [self.blocks.get(place, each) for place, each in zip(self.positions, self.seconds, strict=True)]

    def _mean(self) -> float:
        return self._weighed()[0]

    def _weighed(self) -> tuple[float, float, float]:
        """Mean, standard deviation and uncertainty of all but the first."""
        parts, first = self._parts(), 1 if len(self.seconds) > 1 else 0
        return weighed(self.positions[first:], parts[first:], self.source)

    def _is_enough(self) -> bool:
        return len(self.seconds) > 1 and sum(self.seconds) > _LONG_SAMPLE_SECONDS

    def _call(self, position: int) -> None:
        item = self.source.items[position]
        all_cpu, thread_cpu = time.process_time(), time.thread_time()
        began = time.perf_counter()
        result = self.func(item)
        seconds = time.perf_counter() - began
        thread_seconds = time.thread_time() - thread_cpu
        if thread_seconds < WAITING_CPU_SHARE * seconds and seconds > SHORT_CALL_SECONDS:
            seconds = self._without_queue(seconds, thread_seconds)
        self.other_cpu.append(max(0.0, time.process_time() - all_cpu - thread_seconds))
        self.thread_cpu.append(thread_seconds)
        self.seconds.append(seconds)
        self.positions.append(position)
        self.results[position] = result
        if seconds < SHORT_CALL_SECONDS and self.source.is_sequence:
            block = block_after(self.func, self.source, position)
            if block is not None:
                self.blocks[position], values = block
                self.results.update(values)

    def _without_queue(self, seconds: float, cpu: float) -> float:
        """Of a call that seems to wait: less what others had the cores for since the last look, if there was one."""
        from ..system.machine import may_have_waited, queued_seconds

        before, self._queued = self._queued, queued_seconds()
        if not may_have_waited(len(self.seconds) + 1):
            return cpu
        return seconds - min(0.0 if before is None else self._queued - before, seconds - cpu)

    def _settles_threads(self) -> bool:
        """Watch during the next calls whether threads could run beside them."""
        from ..system.gil_probe import GilProbe, gil_is_enabled

        n_items = self.source.n_items or UNKNOWN_ITEMS
        began = time.perf_counter()
        with GilProbe(counts=False, queue=self.total() > self._worth_thinking) as probe:
            for position in itertools.chain(self.source.positions, self._between()):
                if position not in self.results:
                    probe.is_watching = True
                    self._call(position)
                    probe.is_watching = False
                is_sampled = len(self.positions) >= len(self.source.positions) or self._is_enough()
                if is_sampled and (probe.has_seen_enough or time.perf_counter() - began > _MORE_SECONDS):
                    break
        self.gil_free_share = probe.free_share if gil_is_enabled() else 1.0
        self.prober = probe.native_id
        total, mean = self.total(), self._mean()
        if total > self._worth_thinking:
            return False
        free_share = self.gil_free_share or 0.0
        if free_share < LEAST_FREE_SHARE:
            return True
        from ..system.machine import available_cores

        n_threads = available_cores()
        shared = total * (1 - free_share + free_share / (n_threads * THREAD_EFFICIENCY))
        if n_threads > 1 and n_items > 1 and shared < (1 - _MESSAGE_SHARE) * total:
            n_threads = min(n_threads, n_items)
            least = 1 + int(THREAD_MESSAGE_SECONDS / (_MESSAGE_SHARE * mean))
            n_rounds = max(1, n_items // (n_threads * least))
            self.choice = "thread", n_threads, -(-n_items // (n_threads * n_rounds))
        return True

    def _between(self) -> Iterable[int]:
        """Positions of a sequence in the midst of those that are sampled."""
        if self.source.is_sequence:
            for before, after in itertools.pairwise([*self.source.positions, self.source.n_items or 0]):
                yield (before + after) // 2


def is_held(gil_free_share: float | None) -> bool:
    """Whether calls never leave the interpreter lock, as those do that have threads of a library compute for them."""
    return gil_free_share is not None and gil_free_share < HELD_SHARE


def _others_run() -> bool:
    """Whether other threads of this process compute at this moment."""
    if time.process_time() - time.thread_time() < _OTHERS_SECONDS:
        return False
    from ..system.machine import running_threads

    return running_threads() > 0


def block_after(func: Callable[[Any], Any], source: Source, position: int) -> tuple[float, dict[int, Any]] | None:
    """Mean seconds and results of the items that follow, with few looks at the clock in between; None where few do."""
    import gc

    n_all = source.n_items or 0
    n_block = min(MAX_BLOCK_ITEMS, int(n_all * MAX_BLOCK_SHARE)) // max(1, len(source.positions) - 1)
    chosen = range(position + 1, min(n_all, position + 1 + n_block))
    if len(chosen) < 2 or any(other in chosen for other in source.positions):
        return None
    items = [source.items[other] for other in chosen]
    values: list[Any] = []
    collected, n_next, n_cold = gc.get_stats(), _LOOK_ITEMS, 0
    looks = [(time.perf_counter(), 0)]
    while len(values) < len(items):
        taken = looks[-1][0] - looks[0][0]
        if taken >= MAX_BLOCK_SECONDS and (len(looks) > n_cold + 2 or gc.get_stats() == collected):
            break
        if len(looks) == 2 and taken * len(items) < _LOOK_ITEMS * MAX_BLOCK_SECONDS:
            # The first calls find everything cold, and looks at the clock are as long as tiny calls.
            n_next, n_cold = 2 * _LOOK_ITEMS, 1
        for item in items[len(values) : len(values) + n_next]:
            values.append(func(item))
        looks.append((time.perf_counter(), len(values)))
    spans = [((b - a) / (m - n), b - a, m - n) for (a, n), (b, m) in itertools.pairwise(looks[n_cold:])]
    if len(spans) > 1 and gc.get_stats() != collected:
        # The collector of garbage may take longer than all of them, and comes seldom.
        spans.remove(max(spans))
    return sum(span[1] for span in spans) / sum(span[2] for span in spans), dict(zip(chosen, values, strict=False))


def _length(data: Iterable[Any]) -> int | None:
    """Items that the data say they have; None where they do not, or say what cannot be."""
    try:
        return len(data) if isinstance(data, Sized) else length_hint(data) or None
    except Exception:
        # A serial run would not have asked.
        return None


def _is_sequence(data: Any, n_items: int) -> bool:
    """Whether items can be taken by position: sequences and NumPy arrays, not tables or mappings.

    Nor what may have other items by position than one after the other, such as a list that iterates in its own way.
    """
    kind = type(data)
    homes = {_home(kind, name) for name in ("__getitem__", "__iter__", "__len__")}
    if hasattr(kind, "__array_interface__"):
        return _home(kind, "__iter__") is _home(kind, "__len__") is not None
    if not issubclass(kind, Sequence) or issubclass(kind, _AGREEING):
        return homes <= set(_AGREEING)
    if len(homes) > 1 and _home(kind, "__iter__") is not Sequence:
        return False
    try:
        if n_items:
            data[n_items - 1]
    except Exception:
        # There are fewer than it says.
        return False
    return True


def _home(kind: type, name: str) -> type | None:
    """The class that a class has a method from."""
    return next((each for each in kind.__mro__ if name in vars(each)), None)


def weighed(positions: list[int], parts: list[float], source: Source) -> tuple[float, float, float]:
    """Mean and standard deviation of all calls, from those at some places; how many times too much that mean may be.

    In between calls are taken to become longer or shorter evenly. Where the last one of all is far longer than all the
    others it may also be the only one, which is seldom, and the mean then that much less.
    """
    count = source.n_items
    if not source.is_sequence or count is None or len(parts) < 2:
        mean = sum(parts) / len(parts)
        return mean, _deviation(mean, parts, [1.0 / len(parts)] * len(parts)), 1.0
    places, values = zip(*sorted(zip(positions, parts, strict=True)), strict=True)
    middles = [0.0, *((before + after + 1) / 2 for before, after in itertools.pairwise(places)), float(count)]
    shares = [(after - before) / count for before, after in itertools.pairwise(middles)]
    mean = sum(share * value for share, value in zip(shares, values, strict=True))
    if places[-1] < count - 1 or values[-1] <= DEARER * max(values[:-1]):
        return mean, _deviation(mean, values, shares), 1.0
    least = mean + (1 / count - shares[-1]) * (values[-1] - values[-2])
    return mean, _deviation(mean, values, shares), mean / least


def _deviation(mean: float, values: Sequence[float], shares: Sequence[float]) -> float:
    """Standard deviation of calls, from a few of them with what each stands for."""
    if len(values) < 2:
        return 0.0
    variance = sum(share * (value - mean) ** 2 for share, value in zip(shares, values, strict=True))
    return float((variance * len(values) / (len(values) - 1)) ** 0.5)


def _spread(n_items: int, sample_size: int) -> list[int]:
    """The first position, the last one where there are four, and one in the middle of each equal part between."""
    if n_items <= sample_size:
        return list(range(n_items))
    ends = [0] if sample_size < LEAST_WITH_LAST else [0, n_items - 1]
    n_parts = sample_size - len(ends)
    # A little off the middle, differently in each part, against data with a period.
    shifts = (0.3 * (((part + 1) * 0.6180339887) % 1.0 - 0.5) for part in range(n_parts))
    later = [1 + int((part + 0.5 + shift) * (n_items - len(ends)) / n_parts) for part, shift in enumerate(shifts)]
    return sorted({*ends, *later})
