"""Small tools for results in order: batches, known results put back, a thread pool.

In: iterators. Out: iterators in the same order. Knows nothing of processes, costs
or equipment.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["batches", "interleave", "peek", "run_threads"]

Result = TypeVar("Result")

#: Chunks given to the threads ahead of the one whose results come next, per
#: thread; bounds what waits in memory behind one slow chunk.
_CHUNKS_PER_THREAD = 32


def peek(items: Iterable[Any]) -> tuple[bool, Iterable[Any]]:
    """Whether there is any item, and the items as if nobody had looked."""
    if isinstance(items, Sized):
        return len(items) > 0, items
    iterator = iter(items)
    first = list(itertools.islice(iterator, 1))
    return bool(first), itertools.chain(first, iterator)


def batches(items: Iterable[Any], chunksize: int) -> Iterator[Sequence[Any]]:
    """Consecutive tuples of up to `chunksize` items, read lazily."""
    iterator = iter(items)
    while batch := tuple(itertools.islice(iterator, chunksize)):
        yield batch


def interleave(rest: Iterator[Result], known: Mapping[int, Result]) -> Generator[Result, None, None]:
    """`rest` with the `known` results put back at their positions; O(1) each."""
    remaining = dict(known)
    for index in itertools.count():
        if index in remaining:
            yield remaining.pop(index)
            continue
        try:
            result = next(rest)
        except StopIteration:
            return
        yield result


def run_threads(
    func: Callable[[Any], Result], chunks: Iterable[Sequence[Any]], n_threads: int
) -> Generator[list[Result], None, None]:
    """Apply `func` to every item in `n_threads` threads; yield each chunk's results in order.

    Raises
    ------
    Exception
        What `func` raised, for the first item in order that raises. Calls that
        run at that moment, or when the iterator is closed, are waited for:
        a thread cannot be ended from outside.
    """
    pending: deque[Future[list[Result]]] = deque()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="map")
    try:
        for chunk in chunks:
            pending.append(pool.submit(_apply, func, chunk))
            if len(pending) >= _CHUNKS_PER_THREAD * n_threads or pending[0].done():
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _apply(func: Callable[[Any], Result], chunk: Sequence[Any]) -> list[Result]:
    return [func(item) for item in chunk]
