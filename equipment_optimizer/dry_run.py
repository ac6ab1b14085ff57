"""Run a function on a few items and measure everything that matters for parallel work.

In: a function and its data. Out: a `SamplingResult`: times, pickling costs, peak
memory, shares of CPU time and of the interpreter lock, the results themselves and
the data as if nothing had been taken from it. Each sampled item is run exactly
once, never while anything is traced. Knows nothing of workers or equipment.
"""

from __future__ import annotations

import itertools
import math
import operator
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any

from .errors import UsageError
from .gil_probe import GilProbe, count_threads, gil_is_enabled
from .machine import PeakMeter
from .pickle_cost import ChunkCost, check_data_picklability_with_measurements, measure_chunk

__all__ = ["SamplingResult", "perform_dry_run", "remaining_items"]

#: A sample ends after this time, seconds, however few items it holds (but two):
#: a quarter of a second is what a user does not mind even if the answer is "serial".
MAX_SAMPLE_SECONDS = 0.25

#: Calls shorter than this are timed in runs of neighbouring items, seconds: a
#: reading of the clock and a cold interpreter add up to a few microseconds.
_SHORT_CALL_SECONDS = 100e-6

#: At most so many items, and this share of all, are added for short calls.
_MAX_BLOCK_ITEMS = 300
_MAX_BLOCK_SHARE = 0.05

#: The first call is told apart if it took this many times the longest other one.
_WARM_UP_FACTOR = 3.0

#: Above this many CPU seconds per second the function uses several threads.
_PARALLEL_CPU_SHARE = 1.4

#: Idle BLAS threads spin for about 27 ms after their last use, seconds.
_SETTLE_SECONDS = 50e-3

#: Below this predicted total nothing parallel pays, so nothing but times is measured, seconds.
_WORTH_PROBING_SECONDS = 5e-3


@dataclass(frozen=True, slots=True)
class SamplingResult:
    """What a dry run measured. Times in seconds, sizes in bytes.

    Attributes
    ----------
    n_items : int or None
        Items in all; None for an iterator that does not say.
    positions : tuple of int
        Positions of the items timed one by one, in the order they were run.
    item_seconds : tuple of float
        What each of them took.
    warm_up_seconds : float or None
        The first call's time where it was far longer than the others; it is then
        in `item_seconds` but not in the mean.
    mean_seconds, std_seconds, max_seconds : float
        Of one call, warmed up.
    input_measurements, result_measurements : list of (float, int)
        Pickling seconds and bytes of each sampled item and of its result.
    input_cost, result_cost : ChunkCost
        Fixed and per-item cost of a chunk.
    function_measurement : tuple of (float, int)
        Pickling seconds and bytes of the function, with all that it holds.
    function_error, input_error, result_error : Exception or None
        Why it cannot be pickled.
    peak_bytes : int or None
        Growth of this process at its highest during the calls; None where the
        system does not tell.
    cpu_share : float
        CPU seconds per second of the calls, all threads together.
    gil_free_share : float or None
        Share of the time in which another thread could have run Python code.
    threads_started : int
        Threads there were during or after the calls and not before.
    sample_results : dict of int to object
        Result of every item that was run, by position; also of those in blocks.
    data : iterable
        All items in order, the sampled ones included: the original sequence, or a
        chain that continues the original iterator.
    warnings : tuple of str
    """

    n_items: int | None
    positions: tuple[int, ...]
    item_seconds: tuple[float, ...]
    warm_up_seconds: float | None
    mean_seconds: float
    std_seconds: float
    max_seconds: float
    input_measurements: list[tuple[float, int]]
    result_measurements: list[tuple[float, int]]
    input_cost: ChunkCost
    result_cost: ChunkCost
    function_measurement: tuple[float, int]
    function_error: Exception | None
    input_error: Exception | None
    result_error: Exception | None
    peak_bytes: int | None
    cpu_share: float
    gil_free_share: float | None
    threads_started: int
    sample_results: dict[int, Any]
    data: Iterable[Any]
    warnings: tuple[str, ...]

    @property
    def n_sampled(self) -> int:
        """Items that were run."""
        return len(self.sample_results)

    @property
    def sample_seconds(self) -> float:
        """Time the calls timed one by one took together."""
        return sum(self.item_seconds)


def perform_dry_run(
    func: Callable[[Any], Any],
    data: Iterable[Any],
    sample_size: int = 5,
    *,
    max_share: float | None = None,
    peak_memory: bool = True,
) -> SamplingResult:
    """Run `func` on a few items of `data` and measure.

    Parameters
    ----------
    func : callable
        Called with one item, in this thread.
    data : iterable
        A sequence is sampled at its beginning and at even distances, because costs
        may grow along it; any other iterable at its head.
    sample_size : int
        Items to time one by one, at least 1. Fewer where the data ends or the
        sample takes longer than 0.25 s (two at least). Calls shorter than 0.1 ms
        are too short for that: in large sequences up to 300 more items, at most
        5 % of all, are timed in blocks.
    max_share : float, optional
        End the sample early (after two items and 20 ms) when it has taken this
        share of the predicted serial time.
    peak_memory : bool
        Whether to measure peak memory, which sets the process's high-water mark
        back (`PeakMeter`).

    Returns
    -------
    SamplingResult

    Raises
    ------
    UsageError
        If `sample_size` is below 1 or there is no item at all.
    Exception
        Whatever `func` or the iteration raises.

    Notes
    -----
    Time: the calls, one pickling of each sampled item, of its result and of the
    function, and one of them together. Memory: the results of the sampled items.
    `tracemalloc` is neither used nor touched: tracing makes Python code up to
    twenty times slower and would be measured instead of the function.
    """
    if sample_size < 1:
        raise UsageError(f"not a sample size: {sample_size}", "give a whole number from 1")
    source = _Source(data, sample_size)
    run = _TimedRun(func, source, max_share)
    peak = PeakMeter() if peak_memory else None
    run.sample()
    peak_bytes = peak.read() if peak is not None else None
    return _describe(func, source, run, peak_bytes)


def remaining_items(result: SamplingResult) -> Iterator[Any]:
    """The items that were not run, in order."""
    done = result.sample_results
    return (item for position, item in enumerate(result.data) if position not in done)


class _Source:
    """Items by position: a sequence, or the head of an iterator that can be put back."""

    def __init__(self, data: Iterable[Any], sample_size: int) -> None:
        self.is_sequence = _is_sequence(data)
        self.n_items = len(data) if isinstance(data, Sized) else None
        if self.is_sequence:
            self.data: Iterable[Any] = data
            self.items: Any = data
            self.positions = _spread(self.n_items or 0, sample_size)
        else:
            iterator = iter(data)
            if self.n_items is None and (hint := operator.length_hint(iterator, 0)) > 0:
                self.n_items = hint
            self.items = list(itertools.islice(iterator, sample_size))
            self.data = itertools.chain(self.items, iterator)
            self.positions = list(range(len(self.items)))
            if len(self.items) < sample_size:
                self.n_items = len(self.items)
        if not self.positions:
            raise UsageError("there are no items to sample", "give at least one item")


@dataclass
class _TimedRun:
    """Runs the sampled items, each once, and keeps times and results."""

    func: Callable[[Any], Any]
    source: _Source
    max_share: float | None
    positions: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    inputs: list[tuple[float, int]] = field(default_factory=list)
    input_error: Exception | None = None
    cpu_seconds: list[float] = field(default_factory=list)
    block_seconds: list[float] = field(default_factory=list)
    block_items: list[int] = field(default_factory=list)
    results: dict[int, Any] = field(default_factory=dict)
    threads_started: int = 0
    gil_free_share: float | None = None

    def sample(self) -> None:
        threads_before = count_threads()
        if threads_before > 1:
            _let_others_settle()
        positions = self.source.positions
        self._one(positions[0])
        total = self.seconds[0] * (self.source.n_items or 1_000_000)
        if len(positions) > 1 and total > _WORTH_PROBING_SECONDS:
            with GilProbe() as probe:
                before = time.process_time()
                self._rest(positions[1:])
                cpu = time.process_time() - before
            # The probe's own share is taken off in proportion to each call's.
            if cpu > 0:
                factor = max(0.0, 1 - probe.cpu_seconds / cpu)
                self.cpu_seconds[1:] = [seconds * factor for seconds in self.cpu_seconds[1:]]
            self.threads_started = max(0, probe.max_threads - threads_before)
            self.gil_free_share = probe.free_share if gil_is_enabled() else 1.0
        else:
            self._rest(positions[1:])
        self.threads_started = max(self.threads_started, count_threads() - threads_before)

    def _rest(self, positions: Sequence[int]) -> None:
        for position in positions:
            if self._enough():
                return
            if position in self.results:
                continue
            if self._looks_parallel():
                time.sleep(_SETTLE_SECONDS)
            self._one(position)
            if self.seconds[-1] < _SHORT_CALL_SECONDS and self.source.is_sequence:
                self._block(position + 1)

    def _one(self, position: int) -> None:
        item = self.source.items[position]
        # Before the call, which may change the item.
        _, _, error, measured = check_data_picklability_with_measurements([item])
        self.input_error = self.input_error or error
        self.inputs += measured
        cpu = time.process_time()
        start = time.perf_counter()
        result = self.func(item)
        self.seconds.append(time.perf_counter() - start)
        self.cpu_seconds.append(time.process_time() - cpu)
        self.positions.append(position)
        self.results[position] = result

    def _block(self, start: int) -> None:
        """Run neighbouring items without reading the clock in between."""
        n_all = self.source.n_items or 0
        n_strata = max(1, len(self.source.positions) - 1)
        n_block = min(_MAX_BLOCK_ITEMS, int(n_all * _MAX_BLOCK_SHARE)) // n_strata
        run = [p for p in range(start, min(n_all, start + n_block)) if p not in self.results]
        if len(run) < 2:
            return
        func, results = self.func, self.results
        items = [self.source.items[position] for position in run]
        began = time.perf_counter()
        values = [func(item) for item in items]
        self.block_seconds.append(time.perf_counter() - began)
        self.block_items.append(len(run))
        results.update(zip(run, values, strict=True))

    def _enough(self) -> bool:
        if len(self.seconds) < 2:
            return False
        elapsed = sum(self.seconds)
        if elapsed >= MAX_SAMPLE_SECONDS:
            return True
        if self.max_share is None or self.source.n_items is None:
            return False
        return elapsed >= max(20e-3, self.max_share * self.source.n_items * elapsed / len(self.seconds))

    def _looks_parallel(self) -> bool:
        """Whether the first calls used several threads, or threads left spinning by something else did."""
        return len(self.seconds) == 1 and self.cpu_seconds[0] > max(1e-3, _PARALLEL_CPU_SHARE * self.seconds[0])


def _describe(
    func: Callable[[Any], Any], source: _Source, run: _TimedRun, peak_bytes: int | None
) -> SamplingResult:
    """Statistics and pickling costs of a finished run."""
    warm_up, mean, std, longest = _statistics(run)
    function_ok, _, function_error, function_measured = check_data_picklability_with_measurements([func])
    items = [source.items[position] for position in run.positions]
    results = [run.results[position] for position in run.positions]
    results_ok, _, result_error, outputs = check_data_picklability_with_measurements(results)
    notes = [
        f"the {what} cannot be pickled: {type(error).__name__}: {error}"
        for what, error in (("function", function_error), ("items", run.input_error), ("results", result_error))
        if error is not None
    ]
    if warm_up is not None:
        notes.append("the first call took far longer than the others and is not in the mean")
    # The first call is left out: what it loads or compiles is paid once.
    skip = 1 if len(run.seconds) > 1 else 0
    wall = sum(run.seconds[skip:])
    return SamplingResult(
        n_items=source.n_items,
        positions=tuple(run.positions),
        item_seconds=tuple(run.seconds),
        warm_up_seconds=warm_up,
        mean_seconds=mean,
        std_seconds=std,
        max_seconds=longest,
        input_measurements=run.inputs,
        result_measurements=outputs,
        input_cost=_chunk_cost(items, run.inputs) if run.input_error is None else ChunkCost(),
        result_cost=_chunk_cost(results, outputs) if results_ok else ChunkCost(),
        function_measurement=function_measured[0] if function_ok else (0.0, 0),
        function_error=function_error,
        input_error=run.input_error,
        result_error=result_error,
        peak_bytes=peak_bytes,
        cpu_share=sum(run.cpu_seconds[skip:]) / wall if wall > 0 else 1.0,
        gil_free_share=run.gil_free_share,
        threads_started=run.threads_started,
        sample_results=run.results,
        data=source.data,
        warnings=tuple(notes),
    )


def _chunk_cost(objects: list[Any], singles: list[tuple[float, int]]) -> ChunkCost:
    """`measure_chunk`, where items that the calls made unpicklable count as sharing nothing."""
    try:
        return measure_chunk(objects, singles)
    except Exception:
        dump = statistics.fmean(seconds for seconds, _ in singles)
        return ChunkCost(dump_item=dump, load_item=dump, bytes_item=statistics.fmean(size for _, size in singles))


def _statistics(run: _TimedRun) -> tuple[float | None, float, float, float]:
    """Warm-up time or None; mean, standard deviation and maximum of the other calls."""
    seconds = run.seconds
    if len(seconds) == 1:
        return None, seconds[0], 0.0, seconds[0]
    others = seconds[1:]
    is_warm_up = seconds[0] > _WARM_UP_FACTOR * max(others)
    # The first item stands at the edge, not at random: with enough others it is left out of the mean.
    used = others if is_warm_up or len(others) >= 3 else seconds
    mean = statistics.fmean(used)
    std = statistics.stdev(used) if len(used) > 1 else 0.0
    if run.block_items:
        # A block's mean is the better estimate; its spread was not seen, that of single short calls is noise.
        mean = sum(run.block_seconds) / sum(run.block_items)
        per_item = [total / n for total, n in zip(run.block_seconds, run.block_items, strict=True)]
        std = statistics.stdev(per_item) * math.sqrt(statistics.fmean(run.block_items)) if len(per_item) > 1 else 0.0
        return (seconds[0] if is_warm_up else None), mean, std, max(per_item)
    return (seconds[0] if is_warm_up else None), mean, std, max(used)


def _let_others_settle() -> None:
    """Wait until threads that merely spin after their last use have gone to sleep."""
    wall, cpu = time.perf_counter(), time.process_time()
    time.sleep(1e-3)
    if time.process_time() - cpu > 0.3 * (time.perf_counter() - wall):
        time.sleep(_SETTLE_SECONDS)


def _is_sequence(data: object) -> bool:
    """Whether items can be taken by position: sequences and NumPy arrays, not tables or mappings."""
    return isinstance(data, Sequence) or (isinstance(data, Sized) and hasattr(type(data), "__array_interface__"))


def _spread(n_items: int, sample_size: int) -> list[int]:
    """The first position and one in the middle of each of `sample_size` - 1 equal parts of the rest."""
    if n_items <= sample_size:
        return list(range(n_items))
    n_parts = sample_size - 1
    # A little off the middle, differently in each part, against data with a period.
    shifts = (0.3 * (((part + 1) * 0.6180339887) % 1.0 - 0.5) for part in range(n_parts))
    rest = [1 + int((part + 0.5 + shift) * (n_items - 1) / n_parts) for part, shift in enumerate(shifts)]
    return sorted({0, *rest})
