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

from ..system.machine import INTERPRETER
from ..system.quick_named_tuples import LightRecord
from ._first_look import ReadOnce, Source, weighed
from ._timed_run import TimedRun
from .prediction.pickle_cost import (
    UNMEASURED,
    ChunkCost,
    LoadError,
    check_data_picklability_with_measurements,
    in_one_line,
    measure_chunk,
)
from .tuning import DEARER, WARM_UP_FACTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

#: Of worker processes, the names of Python.
START_METHODS = ("fork", "forkserver", "spawn")

__all__ = ["SamplingResult", "describe", "perform_dry_run", "refuse", "remaining_items"]


class SamplingResult(LightRecord):
    """What a dry run measured. Times in seconds, sizes in bytes.

    Attributes
    ----------
    n_items : int or None
        Items in all; None for an iterator that does not say.
    positions : tuple of int
        Of the items timed one by one, in the order they were run.
    item_seconds : tuple of float
        What each of them took, without the time it queued for a core that other
        processes used (Linux tells; elsewhere that time is included).
    warm_up_seconds : float or None
        The first call's time where it was far longer than the others; it is then
        in `item_seconds` but not in the mean.
    mean_seconds, std_seconds, max_seconds : float
        Of one call, warmed up.
    input_measurements, result_measurements : list of (float, int)
        Pickling seconds and bytes of each sampled item and of its result, (0.0, 0) where it does not pickle.
    input_cost, result_cost : ChunkCost
        Fixed and per-item cost of a chunk.
    function_measurement : tuple of (float, int)
        Pickling seconds and bytes of the function, with all that it holds.
    function_error, input_error, result_error : BaseException or None
        Why it cannot be pickled, or a `LoadError` where it can and cannot be unpickled.
    bad_input_position, bad_result_position : int or None
        Position of the first item that does not pickle, and of the first whose result does not.
    peak_bytes : int or None
        Growth of this process at its highest during the calls; None where the
        system does not tell.
    cpu_share : float
        CPU seconds per second of the calls, all threads together.
    gil_free_share : float or None
        Share of the time in which another thread could have run Python code.
    threads_started : int
        Threads there were during or after the calls and not before.
    sample_items : list
        Those timed one by one.
    sample_results : dict of int to object
        Result of every item that was run, by position; also of those in blocks.
    data : iterable
        All items in order, the sampled ones included: the original sequence, or
        what continues the original iterator and can be read once.
    warnings : tuple of str
    uncertainty : float
        How many times too much the mean may be: more than 1 where the last item of a sequence took far longer than
        all others, and may be the only one, and where dear items and cheap ones were seen, of which it counts each
        dear one for as much of the data as a cheap one with those beside it.
    n_helpers : int
        Threads, of a library say, that were seen to compute for the calls.
    n_parts : int
        Parts of the data that the mean is of: calls timed one by one, or with those beside them.

    Examples
    --------
    >>> result = perform_dry_run(str, [1, 2, 3])
    >>> result.n_items, result.sample_results[0], result.function_error
    (3, '1', None)
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
    function_error: BaseException | None
    input_error: BaseException | None
    result_error: BaseException | None
    bad_input_position: int | None
    bad_result_position: int | None
    peak_bytes: int | None
    cpu_share: float
    gil_free_share: float | None
    threads_started: int
    sample_items: list[Any]
    sample_results: dict[int, Any]
    data: Iterable[Any]
    warnings: tuple[str, ...]
    uncertainty: float = 1.0
    n_helpers: int = 0
    n_parts: int = 0

    @property
    def n_sampled(self) -> int:
        """Items that were run."""
        return len(self.sample_results)


def refuse(
    *,
    max_workers: object = None,
    budget_bytes: object = None,
    sample_size: object = 1,
    start_method: object = None,
    on_progress: object = None,
    keywords: object = None,
) -> None:
    """UsageError for the first argument that no job can use; whoever gives `keywords` knows that of these."""
    from ..errors import UsageError  # takes a third of a millisecond to load

    if keywords is not None:
        mend = "give a dictionary of names and values, such as {'base': 2}, or leave it out"
        raise UsageError(f"keywords are not arguments by name: {keywords!r}", mend)
    if not (max_workers is None or _is_whole(max_workers)):
        raise UsageError(
            f"max_workers is not a number of workers: {max_workers!r}", "give a whole number from 1, or leave it out"
        )
    if not (budget_bytes is None or _is_whole(budget_bytes)):
        mend = "give a whole number from 1, such as 2 * 10**9, or leave it out"
        raise UsageError(f"budget_bytes is not a number of bytes: {budget_bytes!r}", mend)
    if not _is_whole(sample_size):
        raise UsageError(f"sample_size is not a number of items: {sample_size!r}", "give a whole number from 1")
    if isinstance(start_method, str) and start_method == INTERPRETER:
        from ..system.interpreter_thread import has_interpreters

        if not has_interpreters():
            raise UsageError(
                f"there are no interpreters besides the first one here: {start_method!r}",
                f"give one of {', '.join(START_METHODS)}, or use Python 3.14 or newer, not on Windows",
            )
        start_method = None
    if not (start_method is None or (isinstance(start_method, str) and start_method in START_METHODS)):
        raise UsageError(
            f"start_method is not a start method: {start_method!r}",
            f"give one of {', '.join(START_METHODS)}, or leave it out",
        )
    if not (on_progress is None or callable(on_progress)):
        raise UsageError(
            f"on_progress cannot be called: {on_progress!r}",
            "give a function of the number of results, or leave it out",
        )


def _is_whole(number: Any) -> bool:
    """Whether this is a whole number from 1, of Python's or of NumPy's."""
    try:
        return not isinstance(number, bool) and operator.index(number) >= 1
    except TypeError:
        return False


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
        A sequence is sampled at its beginning, at even distances and, with four
        items or more, at its end, because costs may grow along it; any other
        iterable at its head.
    sample_size : int
        Items to time one by one, at least 1. Fewer where the data ends or the
        sample takes longer than 0.25 s (two at least). Calls shorter than 0.1 ms
        are too short for that: in large sequences up to 300 more items, at most
        5 % of all, are timed in blocks.
    max_share : float, optional
        End the sample early (after two items and 20 ms) when it has taken this
        share of the predicted serial time; and add a few items, 4 ms in all at the
        most, where calls of a fraction of a millisecond were too few to tell
        whether threads can run beside them.
    peak_memory : bool
        Whether to measure peak memory, which sets the process's high-water mark
        back (`PeakMeter`).

    Returns
    -------
    SamplingResult

    Raises
    ------
    UsageError
        If `sample_size` is no whole number from 1.
    Exception
        Whatever `func` or the iteration raises.

    Notes
    -----
    Time: the calls, one pickling of each sampled item, of its result and of the
    function, and one of them together. Memory: the results of the sampled items.
    `tracemalloc` is neither used nor touched: tracing makes Python code up to
    twenty times slower and would be measured instead of the function.

    Examples
    --------
    >>> result = perform_dry_run(str, range(100), sample_size=2)
    >>> len(result.item_seconds), len(list(result.data))
    (2, 100)
    """
    refuse(sample_size=sample_size)
    source = Source(data, sample_size)
    run = TimedRun(func, source, max_share, peak_memory=peak_memory)
    run.sample()
    return describe(func, source, run)


def remaining_items(result: SamplingResult) -> Iterator[Any]:
    """The items that were not run, in order; UsageError where somebody has read some of them, once and for all."""
    if isinstance(result.data, ReadOnce) and result.data.is_begun:
        from ..errors import UsageError

        what = "the items were read before, by run() or from data, and can be read once only"
        raise UsageError(what, "keep the results, or give optimize a list of the items")
    done = result.sample_results
    return (item for position, item in enumerate(result.data) if position not in done)


def describe(
    func: Callable[[Any], Any], source: Source, run: TimedRun, pickling_seconds: float = math.inf
) -> SamplingResult:
    """Statistics and pickling costs of a finished run."""
    known = _statistics(source, run)
    function_ok, _, function_error, function_measured = check_data_picklability_with_measurements([func])
    items = [source.items[position] for position in run.positions]
    input_cost, input_error = ChunkCost(), run.input_error
    if input_error is None:
        input_cost, input_error = _chunk_cost(items, run.inputs)
    results = [run.results[position] for position in run.positions]
    outputs: list[tuple[float, int]] = []
    result_cost, result_error, bad_result = ChunkCost(), None, None
    for position, result in zip(run.positions, results, strict=True):
        if sum(seconds for seconds, _ in outputs) > pickling_seconds:
            # The others are taken to be like those.
            outputs += outputs[-1:] * (len(results) - len(outputs))
            break
        _, _, error, measured = check_data_picklability_with_measurements([result])
        outputs += measured or [UNMEASURED]
        if error is not None and result_error is None:
            result_error, bad_result = error, position
    if result_error is None:
        result_cost, result_error = _chunk_cost(results, outputs, pickling_seconds)
    notes = [
        f"the {what} cannot be pickled: {in_one_line(error)}"
        for what, error in (("function", function_error), ("items", input_error), ("results", result_error))
        if error is not None and not isinstance(error, LoadError)
    ]
    if known.warm_up is not None:
        notes.append("the first call took far longer than the others and is not in the mean")
    return SamplingResult(
        n_items=source.n_items,
        positions=tuple(run.positions),
        item_seconds=tuple(run.seconds),
        warm_up_seconds=known.warm_up,
        mean_seconds=known.mean,
        std_seconds=known.std,
        max_seconds=known.longest,
        uncertainty=known.uncertainty,
        n_parts=known.n_parts,
        input_measurements=run.inputs,
        result_measurements=outputs,
        input_cost=input_cost,
        result_cost=result_cost,
        function_measurement=function_measured[0] if function_ok else UNMEASURED,
        function_error=function_error,
        input_error=input_error,
        result_error=result_error,
        bad_input_position=run.bad_position,
        bad_result_position=bad_result,
        peak_bytes=None if run.peak is None else run.peak.read(),
        cpu_share=run.cpu_share(),
        gil_free_share=run.gil_free_share,
        threads_started=run.threads_started,
        n_helpers=run.n_helpers,
        sample_items=items,
        sample_results=run.results,
        data=source.data,
        warnings=tuple(notes),
    )


def _chunk_cost(
    objects: list[Any], singles: list[tuple[float, int]], pickling_seconds: float = math.inf
) -> tuple[ChunkCost, LoadError | None]:
    """`measure_chunk`, where items that the calls made unpicklable, or that it takes too long for, share nothing."""
    if not objects:
        return ChunkCost(), None
    dump = sum(seconds for seconds, _ in singles) / len(singles)
    size = sum(size for _, size in singles) / len(singles)
    alone = ChunkCost(dump_item=dump, load_item=dump, bytes_item=size)
    if dump > pickling_seconds:
        return alone, None
    try:
        return measure_chunk(objects, singles, pickling_seconds), None
    except LoadError as error:
        return alone, error
    except Exception:
        return alone, None


class _Statistics(LightRecord):
    """Of the calls: warm-up time or None; mean, standard deviation, maximum of the others; see `weighed`.

    `n_parts` is what these are of.
    """

    warm_up: float | None
    mean: float
    std: float
    longest: float
    uncertainty: float = 1.0
    n_parts: int = 1


def _statistics(source: Source, run: TimedRun) -> _Statistics:
    first, others = run.seconds[0] if run.seconds else 0.0, run.seconds[1:]
    if not others:
        return _Statistics(None, first, 0.0, first)
    is_warm_up = first > WARM_UP_FACTOR * max(others)
    # Where short calls were timed in a block, its mean stands for that part of the data.
    parts = [run.blocks.get(position, seconds) for position, seconds in zip(run.positions, run.seconds, strict=True)]
    # The first item stands at the edge, not at random: with enough others it is left out of the mean.
    skipped = 1 if is_warm_up or len(others) >= 3 else 0
    parts = parts[skipped:]
    mean, std, uncertainty = weighed(run.positions[skipped:], parts, source)
    if max(parts) > DEARER * min(parts):
        # Calls beside a short one were made too, and those beside a dear one not, which may be as rare as they say.
        uncertainty = max(uncertainty, mean / _mean_of_all(run))
    warm_up = first if is_warm_up else None
    return _Statistics(warm_up, mean, std, max(parts), uncertainty, len(parts))


def _mean_of_all(run: TimedRun) -> float:
    """Mean seconds of the calls but the first, each counted once."""
    seconds, n_calls = sum(run.seconds[1:]), len(run.seconds) - 1
    for position, mean in run.blocks.items():
        n_block = next(n for n in itertools.count() if position + 1 + n not in run.results)
        seconds, n_calls = seconds + n_block * mean, n_calls + n_block
    return seconds / n_calls
