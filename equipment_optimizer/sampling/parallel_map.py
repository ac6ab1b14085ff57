"""The results of a function for many items, computed in the fastest way that is predicted.

In: a function and its data. Out: a list of results. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from ..workers.order import StoppedError, batches, interleave, peek, run_here, run_threads
from .advice import Advice, advise

__all__ = ["map_parallel"]

Result = TypeVar("Result")


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
        If a worker died again and again.
    Exception
        What `func` raised, as in a serial run: for the first item in order.

    Notes
    -----
    The sampled items are not run again, and workers started for measuring do the
    work. Sampled items run in this process and before the others. In a worker,
    changes that `func` makes to its item or to globals are lost, as always with
    processes. A batch whose worker is killed is run again.

    Examples
    --------
    >>> map_parallel(str, range(3))
    ['0', '1', '2']
    """
    results: list[Result] = []
    any_items, data = peek(data)
    if not any_items:
        return results
    with advise(
        func,
        data,
        sample_size=sample_size,
        max_workers=max_workers,
        budget_bytes=budget_bytes,
        threads=threads,
        only_remaining=True,
    ) as advice:
        if verbose:
            advice.recommendation.tell()
        try:
            for result in interleave(_run_remaining(func, advice), advice.recommendation.sample_results):
                results.append(result)
                if on_progress is not None:
                    on_progress(len(results))
        except StoppedError as stopped:
            raise stopped.error from None
    return results


def _run_remaining(func: Callable[[Any], Result], advice: Advice) -> Generator[Result, None, None]:
    """Results of the items that were not sampled, in order, as recommended."""
    choice = advice.recommendation
    remaining = advice.remaining()
    if choice.executor == "serial":
        yield from run_here(func, remaining)
    elif choice.executor == "thread":
        lists = run_threads(func, batches(remaining, choice.chunksize), choice.n_jobs)
        yield from itertools.chain.from_iterable(lists)
    else:
        from ..workers.pool import WorkerPool

        with advice.take_pool(choice.n_jobs) or WorkerPool(choice.n_jobs) as pool:
            # All results are kept in the end: nothing is saved by a window.
            for results in pool.run(func, batches(remaining, choice.chunksize), window=sys.maxsize):
                yield from results
