"""One ordered map over picklable tasks: in this process, in worker processes, on Dask.

In: a function, perhaps a big object that every call needs (the *payload*), and
tasks. Out: the results in the order of the tasks, one at a time, and the plan
that was followed with its reason. Results do not depend on the backend or on the
number of workers, and every backend goes through the same code. It knows nothing
of equipment.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ..errors import UsageError
from ..system.machine import inside_worker
from ..workers.ordered_results import batches, interleave, peek, run_here
from ..workers.process import leave_unguarded_main

if TYPE_CHECKING:
    from ..sampling.advice import Advice
    from ..workers.pool import WorkerPool

__all__ = ["BACKENDS", "OrderedMap", "ParallelPlan", "ordered_map"]

Result = TypeVar("Result")
Backend = Literal["serial", "processes", "dask"]

BACKENDS: tuple[Backend, ...] = ("serial", "processes", "dask")

#: Stands for "there is no payload": ``func(task)`` is called, not ``func(payload, task)``.
_NO_PAYLOAD: Any = object()

#: Tasks per message where nothing was measured: so many messages per worker that
#: the last ones even out different speeds, while a message's cost (about 50 us)
#: stays small beside tasks of a millisecond. benchmarks/sampler/sampler_regret.py.
_MESSAGES_PER_WORKER = 64


@dataclass(frozen=True, slots=True)
class ParallelPlan:
    """What was decided and why: `n_workers` (1 for serial), tasks per message, one sentence."""

    backend: Backend
    n_workers: int
    chunksize: int
    reason: str

    def __str__(self) -> str:
        if self.backend == "serial":
            return f"serial: {self.reason}"
        tasks = "1 task" if self.chunksize == 1 else f"{self.chunksize} tasks"
        return f"{self.backend}, {self.n_workers} workers, {tasks} a message: {self.reason}"


class OrderedMap(Iterator[Result], Generic[Result]):
    """An iterator of results in task order; `plan` says how they are computed, `n_done` how many were handed out.

    Close it (or use it in a ``with`` statement) when leaving early: that ends the
    worker processes. Exhausting it, an error, and its collection do so as well.
    """

    def __init__(
        self, plan: ParallelPlan, results: Generator[Result, None, None], on_end: contextlib.ExitStack
    ) -> None:
        self.plan = plan
        self.n_done = 0
        self._results = results
        self._on_end = on_end

    def __next__(self) -> Result:
        try:
            result = next(self._results)
        except BaseException:
            self.close()
            raise
        self.n_done += 1
        return result

    def close(self) -> None:
        """End the workers; idempotent."""
        self._results.close()
        self._on_end.close()

    def __enter__(self) -> OrderedMap[Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def ordered_map(
    func: Callable[..., Result],
    tasks: Iterable[Any],
    *,
    payload: Any = _NO_PAYLOAD,
    workers: int | Literal["auto"] = 1,
    backend: Backend | None = None,
    dask_scheduler: str | None = None,
    chunksize: int | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> OrderedMap[Result]:
    """Apply `func` to every task, read lazily; the results, with a `plan`, come in the order of the tasks.

    It is called with the payload first, where there is one, which is pickled once and sent to each worker once; for
    other processes it must be of an importable module. 0 and 1 workers mean this process; "auto" runs the first few
    tasks here, measures them and decides (with "dask": a worker for every core, or those of the scheduler). Without
    the address of a running scheduler Dask gets a cluster on this machine that listens on the loopback interface
    only. `chunksize` are the tasks per message: 1, more for very many tasks, or what the sampler found. `should_stop`
    is polled before each task that runs here and while workers are waited for, and ends the iterator with the results
    before it handed out; `on_notice` is told in a sentence of a worker process that does not get on.

    A `UsageError` comes at once. While iterating, a `WorkerError` (`MemoryBudgetError` for want of memory) says that a
    worker died again and again, and what `func` raised comes where a serial run would raise it: never a short result.

    Each message is redone when its worker is killed, so tasks should have no side effects. Inside a worker process
    the run is serial. A message that takes many times longer than the slowest so far is run a second time by a worker
    that has nothing else to do. Memory: two messages per worker, and the results that wait for an earlier one, at
    most those of 32 messages per worker, and about 32 MiB; nothing grows with the number of tasks.

    >>> with ordered_map(abs, [-3, 4, -5]) as results:
    ...     print(list(results), results.plan)
    [3, 4, 5] serial: one worker was asked for
    """
    leave_unguarded_main()
    _check_arguments(workers, backend, dask_scheduler, chunksize)
    wants_dask = backend == "dask" or (backend is None and dask_scheduler is not None)
    on_end = contextlib.ExitStack()
    if wants_dask and not inside_worker():
        from ._dask import DaskRun

        run = on_end.enter_context(DaskRun(dask_scheduler, None if workers == "auto" else max(1, workers)))
        size = chunksize or _default_chunksize(tasks, run.n_workers)
        shared = () if payload is _NO_PAYLOAD else (payload,)
        lists = run.in_order(func, shared, batches(tasks, size), should_stop)
        plan = ParallelPlan("dask", run.n_workers, size, f"Dask was asked for ({run.where})")
        return OrderedMap(plan, interleave(itertools.chain.from_iterable(lists), {}), on_end)
    call = func if payload is _NO_PAYLOAD else functools.partial(func, payload)
    known: dict[int, Any] = {}
    advice: Advice | None = None
    any_tasks, tasks = peek(tasks)
    if workers == "auto" and backend != "serial" and any_tasks:
        from ..sampling.advice import advise

        advice = on_end.enter_context(advise(call, tasks, threads=False, only_remaining=True, peak_memory=False))
        plan = _advised_plan(advice, chunksize)
        tasks, known = advice.remaining(), dict(advice.recommendation.sample_results)
    else:
        wanted = 1 if backend == "serial" or workers == "auto" else workers
        plan = _requested_plan(wanted, tasks, chunksize)
    pool = advice.take_pool(plan.n_workers) if advice is not None and plan.backend == "processes" else None
    if pool is not None:
        on_end.callback(pool.close)
    results = _run(plan, call, tasks, known=known, pool=pool, should_stop=should_stop, on_notice=on_notice)
    return OrderedMap(plan, results, on_end)


def _check_arguments(workers: object, backend: str | None, scheduler: str | None, chunksize: int | None) -> None:
    if backend is not None and backend not in BACKENDS:
        raise UsageError(f"unknown backend: {backend!r}", f"choose one of {', '.join(BACKENDS)}")
    if workers != "auto" and (not isinstance(workers, int) or workers < 0):
        raise UsageError(f"not a number of workers: {workers!r}", "give a whole number from 0, or auto")
    if scheduler is not None and backend not in (None, "dask"):
        raise UsageError(f"a Dask scheduler was given for the backend {backend}", "leave one of the two out")
    if chunksize is not None and chunksize < 1:
        raise UsageError(f"not a chunk size: {chunksize}", "give a whole number from 1")


def _default_chunksize(tasks: Iterable[Any], n_workers: int) -> int:
    """Tasks per message where nothing was measured."""
    n_tasks = len(tasks) if isinstance(tasks, Sized) else 0
    return max(1, -(-n_tasks // (_MESSAGES_PER_WORKER * max(1, n_workers))))


def _requested_plan(wanted: int, tasks: Iterable[Any], chunksize: int | None) -> ParallelPlan:
    """The plan for a number of workers that the caller chose."""
    if inside_worker():
        return ParallelPlan("serial", 1, 1, "this is itself a worker process")
    if wanted <= 1:
        return ParallelPlan("serial", 1, chunksize or 1, "one worker was asked for")
    size = chunksize or _default_chunksize(tasks, wanted)
    return ParallelPlan("processes", wanted, size, f"{wanted} workers were asked for")


def _advised_plan(advice: Advice, chunksize: int | None) -> ParallelPlan:
    """The sampler's plan."""
    choice = advice.recommendation
    if choice.executor != "process":
        return ParallelPlan("serial", 1, chunksize or choice.chunksize, choice.reason)
    return ParallelPlan("processes", choice.n_jobs, chunksize or choice.chunksize, choice.reason)


def _run(
    plan: ParallelPlan,
    call: Callable[[Any], Result],
    tasks: Iterable[Any],
    *,
    known: dict[int, Result],
    pool: WorkerPool | None,
    should_stop: Callable[[], bool] | None,
    on_notice: Callable[[str], None] | None,
) -> Generator[Result, None, None]:
    """Results in order, computed here or by a pool that lives as long as this generator."""
    if plan.backend == "serial":
        yield from interleave(run_here(call, _until(tasks, should_stop)), known)
        return
    from ..workers.pool import WorkerPool

    with pool or WorkerPool(plan.n_workers) as workers:
        lists = workers.run(call, batches(tasks, plan.chunksize), should_stop=should_stop, on_notice=on_notice)
        with contextlib.closing(lists):
            yield from interleave(itertools.chain.from_iterable(lists), known)


def _until(tasks: Iterable[Any], should_stop: Callable[[], bool] | None) -> Iterator[Any]:
    """The tasks up to where the caller wants no more."""
    if should_stop is None:
        return iter(tasks)
    return itertools.takewhile(lambda _: not should_stop(), tasks)
