"""The pickle-overhead sampler: how many workers a job wants, and in what chunks, or none.

In: any function of one argument and its data. Out: a `Recommendation` with the
measurements behind it, or the results (`map_parallel`). It is usable on any
function and knows nothing of equipment. This is the sampler's public face; the
parts live in modules of their own: `pickle_cost`, `dry_run`, `calibration`,
`_cost_model`, `decision`, and `advice` that wires them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from ..workers.order import batches, interleave, peek, run_threads
from .advice import Advice, Limits, Recommendation, advise
from .dry_run import SamplingResult, perform_dry_run
from .pickle_cost import check_data_picklability_with_measurements

__all__ = [
    "Recommendation",
    "SamplingResult",
    "check_data_picklability_with_measurements",
    "map_parallel",
    "optimize",
    "perform_dry_run",
]

Result = TypeVar("Result")


def optimize(
    func: Callable[[Any], Any],
    data: Iterable[Any],
    *,
    sample_size: int = 5,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool = True,
    verbose: bool = False,
) -> Recommendation:
    """Measure `func` on a few items and say how to run it on all of them.

    Parameters
    ----------
    func : callable
        Of one item.
    data : iterable
        See `perform_dry_run` for which items are sampled.
    sample_size : int
        Items to time.
    max_workers : int, optional
        Upper limit of processes and of threads.
    budget_bytes : int, optional
        Upper limit of the memory of all workers together.
    threads : bool
        Whether several threads may call `func`. They are recommended where calls
        mostly wait, or mostly run compiled code that lets other threads run.
        `func` itself is not called from other threads to find that out.
    verbose : bool
        Print the recommendation and its warnings to standard error.

    Returns
    -------
    Recommendation

    Raises
    ------
    UsageError
        No items, or a number below 1.
    Exception
        Whatever `func` or the iteration raises.

    Notes
    -----
    The model and its sources are described at `decision.decide`; its terms are:
    starting workers and sending them the function, dispatch per chunk, pickling
    and copying in and out on this one process, unpickling in the workers, compute
    with the measured spread, and how many cores are really there. The constants
    of the machine are measured once per process and start method. Where even the
    best imaginable constants leave serial ahead, no worker is started at all.

    Cost: the sample's own calls, a few pickles, and the first time 10-80 ms for
    starting workers, depending on the start method. Inside a worker process, with
    anything that does not pickle, and where new processes could not import
    ``__main__``, the answer is serial (or threads), and `reason` says so.
    """
    with advise(func, data, Limits(sample_size, max_workers, budget_bytes, threads=threads)) as advice:
        if verbose:
            _print(advice.recommendation)
        return advice.recommendation


def map_parallel(
    func: Callable[[Any], Result],
    data: Iterable[Any],
    *,
    sample_size: int = 5,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool = True,
    verbose: bool = False,
    on_progress: Callable[[int], object] | None = None,
) -> list[Result]:
    """The results of `func` for every item, in order, computed in the fastest way.

    Parameters
    ----------
    func, data, sample_size, max_workers, budget_bytes, threads, verbose
        As for `optimize`.
    on_progress : callable, optional
        Called with the number of results there are, after each.

    Returns
    -------
    list

    Raises
    ------
    WorkerError
        If a worker died again and again, or a result does not pickle.
    Exception
        What `func` raised, as in a serial run: for the first item in order.

    Notes
    -----
    The sampled items are not run again, and workers started for measuring do the
    work. Sampled items run in this process and before the others. In a worker,
    changes that `func` makes to its item or to globals are lost, as always with
    processes. A batch whose worker is killed is run again.
    """
    limits = Limits(sample_size, max_workers, budget_bytes, threads=threads, only_remaining=True)
    results: list[Result] = []
    any_items, data = peek(data)
    if not any_items:
        return results
    with advise(func, data, limits) as advice:
        if verbose:
            _print(advice.recommendation)
        for result in interleave(_run_remaining(func, advice), advice.recommendation.sample_results):
            results.append(result)
            if on_progress is not None:
                on_progress(len(results))
    return results


def _run_remaining(func: Callable[[Any], Result], advice: Advice) -> Generator[Result, None, None]:
    """Results of the items that were not sampled, in order, as recommended."""
    choice = advice.recommendation
    remaining = advice.remaining()
    if choice.executor == "serial":
        yield from map(func, remaining)
    elif choice.executor == "thread":
        for results in run_threads(func, batches(remaining, choice.chunksize), choice.n_jobs):
            yield from results
    else:
        from ..workers.pool import WorkerPool

        with advice.take_pool(choice.n_jobs) or WorkerPool(choice.n_jobs) as pool:
            # All results are kept in the end: nothing is saved by a window.
            for results in pool.run(func, batches(remaining, choice.chunksize), window=sys.maxsize):
                yield from results


def _print(recommendation: Recommendation) -> None:
    for line in (str(recommendation), *(f"note: {warning}" for warning in recommendation.warnings)):
        print(line, file=sys.stderr)
