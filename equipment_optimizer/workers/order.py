"""Small tools for results in order: batches, known results put back, threads, errors out of generators.

In: iterators. Out: iterators in the same order. Knows nothing of processes, costs or equipment.
"""

from __future__ import annotations

import contextvars
import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["StoppedError", "apply_here", "batches", "interleave", "peek", "run_here", "run_threads", "throw"]

Result = TypeVar("Result")

#: Chunks given to the threads ahead of the one whose results come next, per
#: thread; bounds what waits in memory behind one slow chunk.
_CHUNKS_PER_THREAD = 32


class StoppedError(RuntimeError):
    """The function raised `StopIteration`, which a generator would take for its own end.

    Attributes
    ----------
    error : StopIteration
    """

    def __init__(self, error: StopIteration) -> None:
        super().__init__("the function raised StopIteration")
        self.error = error


def throw(error: BaseException) -> NoReturn:
    """Raise what a function raised, out of a generator too."""
    if isinstance(error, StopIteration):
        raise StoppedError(error) from error
    raise error


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


def run_here(func: Callable[[Any], Result], items: Iterable[Any]) -> Generator[Result, None, None]:
    """Results of `func`, one after the other; never fewer than items, whatever `func` raises."""
    for item in items:
        try:
            result = func(item)
        except StopIteration as error:
            throw(error)
        yield result


def run_threads(
    func: Callable[[Any], Result], chunks: Iterable[Sequence[Any]], n_threads: int
) -> Generator[list[Result], None, None]:
    """Apply `func` to every item in `n_threads` threads; yield each chunk's results in order.

    Every chunk runs in a copy of the caller's context (context variables, decimal context,
    NumPy's error state). An error is that of the first item in order that raises. Calls that
    run then, or when the iterator is closed, are waited for: no thread can be ended from outside.
    """
    from concurrent.futures import ThreadPoolExecutor

    context = contextvars.copy_context()
    pending: deque[Future[tuple[list[Result], BaseException | None]]] = deque()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="map")
    try:
        for chunk in chunks:
            pending.append(pool.submit(context.copy().run, apply_here, func, chunk))
            if len(pending) >= _CHUNKS_PER_THREAD * n_threads or pending[0].done():
                yield from _settled(pending.popleft())
        while pending:
            yield from _settled(pending.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _settled(answer: Future[tuple[list[Result], BaseException | None]]) -> Generator[list[Result], None, None]:
    results, error = answer.result()
    if results or error is None:
        yield results
    if error is not None:
        throw(error)


def apply_here(func: Callable[[Any], Result], items: Iterable[Any]) -> tuple[list[Result], BaseException | None]:
    """Results of a chunk, and what ended it early."""
    results: list[Result] = []
    try:
        for item in items:
            results.append(func(item))
    except Exception as error:
        return results, error
    return results, None
