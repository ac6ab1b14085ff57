"""The results of a function for many items, computed in the fastest way that is predicted.

In: a function and its data. Out: its results, as a serial run gives them. Knows nothing of equipment.
"""

from __future__ import annotations

import sys

from ._serial_first import SerialFirst, can_load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import Any, TypeVar

    Result = TypeVar("Result")

__all__ = ["iter_parallel", "map_parallel", "starmap_parallel"]

#: How long it took to load this module, seconds, where the package did that on first use.
load_seconds = 0.0

#: It takes so long, seconds. A machine that took longer is slower, or busy, or reads from a cold disk: workers cost as
#: many times more there, but for no more than the second, ratio.
_USUAL_LOAD_SECONDS = 0.24e-3
_MOST_SLOWNESS = 3.0


def map_parallel(
    func: Callable[..., Result],
    data: Iterable[Any],
    *,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool = False,
    start_method: str | None = None,
    keywords: Mapping[str, Any] | None = None,
    verbose: bool = False,
    on_progress: Callable[[int], object] | None = None,
    sample_size: int = 5,
) -> list[Result]:
    """What ``[func(item) for item in data]`` gives, computed in the fastest way that is predicted.

    Parameters
    ----------
    func : callable
        Of one item.
    data : iterable
        Of any length, known or not.
    max_workers : int, optional
        Upper limit of processes and of threads.
    budget_bytes : int, optional
        Upper limit of the memory of all workers together.
    threads : bool
        Whether several threads may call `func` at once. Only the caller knows; without his word no thread is used.
    start_method : {"fork", "forkserver", "spawn", "interpreter"}, optional
        Of worker processes; the one in use by default, which is never changed for the caller. "interpreter", of Python
        3.14 and newer: workers are threads of this process with an interpreter of their own each.
    keywords : mapping, optional
        Further arguments of every call.
    verbose : bool
        Print what was decided, and what threads would give, to standard error.
    on_progress : callable, optional
        Called with the number of results there are, for each, some 1 ms late where calls are shorter than 0.5 ms.
    sample_size : int
        Without effect: as many items are run here as it takes to be sure.

    Returns
    -------
    list

    Raises
    ------
    UsageError
        An argument that no job can use, before anything is read or run.
    WorkerError
        If a worker died again and again.
    KeyboardInterrupt
        At Ctrl-C. One that an object raises by itself while it is pickled counts as that.
    Exception
        What `func` raised, as in a serial run: for the first item in order.

    Notes
    -----
    Items are run here, in order, until what is left is worth sharing; a short job has cost nothing. Then
    worker processes (or threads) do the rest, in chunks whose size follows what is seen. Context variables,
    decimal context and NumPy's error state are what they are here. What does not pickle or unpickle is
    computed here, an exception too, which keeps its class. What differs from a serial run: the states
    of `random` and of NumPy are different in every worker, derived from the ones here, so that numbers
    depend on who ran what. Changes that `func` makes to its item, to itself (an object) or to globals stay in the
    worker, as always with processes. With forkserver, spawn and interpreters, workers have nothing of what the guarded
    part of the main file, or a setting of this process, has changed; forked ones that are kept have the globals of when
    they were forked. A batch whose worker is killed is run again; an interpreter can neither be ended before its chunk
    ends, not even by Ctrl-C, nor crash alone, and modules that only the first interpreter loads (NumPy) are used here.
    With ``threads=True`` other threads begin with the next items of a list, tuple or range while the first call still
    waits for something.

    Examples
    --------
    >>> map_parallel(str, range(3))
    ['0', '1', '2']
    >>> map_parallel(int, ["10", "11"], keywords={"base": 2})
    [2, 3]
    """
    _check((max_workers, budget_bytes, sample_size), start_method, on_progress)
    results: list[Result] = []
    stopped: StopIteration | None = None
    job = SerialFirst(
        _with_keywords(func, keywords),
        data,
        max_workers=max_workers,
        budget_bytes=budget_bytes,
        threads=threads,
        method=start_method,
        slowness=_slowness(),
        one_by_one=on_progress is not None,
        keeps_results=True,
        into=results if on_progress is None else None,
    )
    lists = _lists(job, start_method, verbose=verbose, window=sys.maxsize)
    try:
        for values in lists:
            if on_progress is None:
                results += values
                continue
            for value in values:
                results.append(value)
                on_progress(len(results))
    except RuntimeError as error:
        from ..workers.ordered_results import StoppedError

        if not isinstance(error, StoppedError):
            raise
        stopped = error.error
    finally:
        lists.close()
    if stopped is not None:
        raise stopped
    return results


def starmap_parallel(func: Callable[..., Result], data: Iterable[Iterable[Any]], **options: Any) -> list[Result]:
    """What ``[func(*arguments) for arguments in data]`` gives.

    Parameters
    ----------
    func : callable
    data : iterable of iterable
        The arguments of each call.
    **options
        As for `map_parallel`.

    Returns
    -------
    list

    Examples
    --------
    >>> starmap_parallel(pow, [(2, 3), (3, 2)])
    [8, 9]
    """
    return map_parallel(_Star(_with_keywords(func, options.pop("keywords", None))), data, **options)


def iter_parallel(
    func: Callable[..., Result],
    data: Iterable[Any],
    *,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool = False,
    start_method: str | None = None,
    keywords: Mapping[str, Any] | None = None,
    verbose: bool = False,
) -> Generator[Result, None, None]:
    """The results one by one, in order, for data without end and results that do not fit into memory.

    Results that wait take about 32 MiB at the most, and data is read at most 32 chunks a worker ahead; of a list, tuple
    or range calls shorter than 0.5 ms are made some 1 ms ahead, in this process too. Close it when leaving early.

    Parameters
    ----------
    func, data, max_workers, budget_bytes, threads, start_method, keywords, verbose
        As for `map_parallel`.

    Yields
    ------
    object

    Raises
    ------
    RuntimeError
        Where `func` raises `StopIteration`; else as `map_parallel`.

    Examples
    --------
    >>> import itertools
    >>> list(itertools.islice(iter_parallel(abs, itertools.count(-2)), 4))
    [2, 1, 0, 1]
    """
    _check((max_workers, budget_bytes, 1), start_method, None)
    # Here and not at the first result: as with a loop, what cannot be iterated is told at once.
    job = SerialFirst(
        _with_keywords(func, keywords),
        data,
        max_workers=max_workers,
        budget_bytes=budget_bytes,
        threads=threads,
        method=start_method,
        slowness=_slowness(),
        one_by_one=True,
    )
    return _one_by_one(_lists(job, start_method, verbose=verbose, window=None))


def _one_by_one(lists: Generator[list[Any], None, None]) -> Generator[Any, None, None]:
    try:
        for values in lists:
            yield from values
    finally:
        lists.close()


class _Star:
    """Calls a function with the parts of an item."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self.func = func
        self.__module__ = getattr(func, "__module__", None) or type(func).__module__

    def __call__(self, arguments: Iterable[Any]) -> Any:
        return self.func(*arguments)


def _check(numbers: tuple[int | None, int | None, int], method: str | None, on_progress: object) -> None:
    """Refuse what no job can use before anything is read or run; `numbers`: of workers, bytes and sampled items."""
    # What most calls do not need is loaded by those that do: a short job is over in a millisecond.
    are_fine = all(number is None or (type(number) is int and number >= 1) for number in numbers)
    if are_fine and method in (None, "fork", "forkserver", "spawn") and (on_progress is None or callable(on_progress)):
        return
    from .dry_run import refuse

    max_workers, budget_bytes, sample_size = numbers
    refuse(
        max_workers=max_workers,
        budget_bytes=budget_bytes,
        sample_size=sample_size,
        start_method=method,
        on_progress=on_progress,
    )


def _with_keywords(func: Callable[..., Result], keywords: Mapping[str, Any] | None) -> Callable[..., Result]:
    if not keywords:
        return func
    from functools import partial

    try:
        call = partial(func, **keywords)
    except TypeError:
        if not callable(func):
            raise
    else:
        if all(isinstance(name, str) for name in call.keywords):
            return call
    from .dry_run import refuse

    refuse(keywords=keywords)
    return func


def _slowness() -> float:
    """How much longer than usual it takes to load something."""
    return min(max(1.0, load_seconds / _USUAL_LOAD_SECONDS), _MOST_SLOWNESS)


def _lists(
    began: SerialFirst, start_method: str | None, *, verbose: bool, window: int | None
) -> Generator[list[Any], None, None]:
    """Results in order, some at a time, but those that the job puts into a list."""
    process: Any = sys.modules.get("multiprocessing.process")
    # Another thread may be about to load it, here and elsewhere.
    if hasattr(process, "current_process") and getattr(process.current_process(), "_inheriting", False):
        from ..workers.process import leave_unguarded_main

        leave_unguarded_main()
    began.n_ready, began.is_told = _n_ready(start_method), verbose
    yield from _begun(began)
    plan = began.plan
    if plan is None or plan.executor == "serial":
        if verbose:
            _tell(*_words_of_serial(began))
        return
    if verbose:
        _tell(*plan.words())
    from ._handover import hand_over

    yield from hand_over(began, plan, window=window, tell=_tell if verbose else None)


def _begun(job: SerialFirst) -> Generator[list[Any], None, None]:
    """Results of this process and of helpers in it, until the data end or `job.plan` says how to go on."""
    wants_thought = False
    if job.is_watched():
        from ._first_call import watched_first

        wants_thought = yield from watched_first(job)
    while wants_thought or (yield from job.results()):
        from ._handover import think

        wants_thought = False
        if (yield from think(job)):
            return


def _n_ready(method: str | None) -> int:
    """Workers that are there already."""
    kept: Any = sys.modules.get("equipment_optimizer.workers.kept_pool")
    return kept.n_ready(method) if hasattr(kept, "n_ready") else 0


def _words_of_serial(began: SerialFirst) -> list[str]:
    if not can_load():
        return [f"serial: {began.n_done} items; no more files can be opened, which processes and threads would need"]
    from ..units import format_count, format_seconds

    how = "serial" if began.n_threads == 1 else f"{began.n_threads} threads"
    line = f"{how}: {format_count(began.n_done)} items took {format_seconds(began.seconds)}"
    if began.plan is not None:
        return began.plan.words(f"{line}; when some were done: ")
    if not began.is_never or began.max_workers == 1:
        return [line]
    # Somebody thought about the rest, and had no choice.
    from ..system.machine import inside_worker
    from ..workers.obstacles import INSIDE_WORKER

    return [f"{line}; {INSIDE_WORKER if inside_worker() else 'there is only one core'}"]


def _tell(*lines: str) -> None:
    if sys.stderr is None:
        return
    try:
        for line in lines:
            print(line, file=sys.stderr)
    except (OSError, ValueError) as error:
        from ..system.quick_signal import pass_on

        pass_on(error)
        # Nobody listens: that is no reason to lose the results.
        return
