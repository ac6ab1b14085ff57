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
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from ..errors import UsageError
from ..system.machine import inside_worker
from ..workers.order import batches, interleave, peek
from ._plan import BACKENDS, Backend, ParallelPlan, default_chunksize, requested_plan

if TYPE_CHECKING:
    from ..sampling.advice import Advice
    from ..workers.pool import WorkerPool

__all__ = ["BACKENDS", "NO_PAYLOAD", "OrderedMap", "ParallelPlan", "ordered_map"]

Result = TypeVar("Result")

#: Stands for "there is no payload": ``func(task)`` is called, not ``func(payload, task)``.
NO_PAYLOAD: Any = object()

#: Tasks that "auto" runs here to measure them.
_SAMPLED_TASKS = 5


class OrderedMap(Iterator[Result], Generic[Result]):
    """An iterator of results in task order; `plan` says how they are computed.

    Close it (or use it in a ``with`` statement) when leaving early: that ends the
    worker processes. Exhausting it, an error, and its collection do so as well.

    Attributes
    ----------
    plan : ParallelPlan
    n_done : int
        Results handed out so far.
    """

    def __init__(
        self,
        plan: ParallelPlan,
        results: Generator[Result, None, None],
        on_end: contextlib.ExitStack,
        on_progress: Callable[[int], object] | None,
    ) -> None:
        self.plan = plan
        self.n_done = 0
        self._results = results
        self._on_end = on_end
        self._on_progress = on_progress

    def __next__(self) -> Result:
        try:
            result = next(self._results)
        except BaseException:
            self.close()
            raise
        self.n_done += 1
        if self._on_progress is not None:
            self._on_progress(self.n_done)
        return result

    def close(self) -> None:
        """End the workers; idempotent."""
        self._results.close()
        self._on_end.close()

    def __enter__(self) -> OrderedMap[Result]:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def ordered_map(
    func: Callable[..., Result],
    tasks: Iterable[Any],
    *,
    payload: Any = NO_PAYLOAD,
    workers: int | Literal["auto"] = 1,
    backend: Backend | None = None,
    dask_scheduler: str | None = None,
    chunksize: int | None = None,
    task_seconds: float | None = None,
    budget_bytes: int | None = None,
    worker_bytes: int = 0,
    on_progress: Callable[[int], object] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> OrderedMap[Result]:
    """Apply `func` to every task; the results come in the order of the tasks.

    Parameters
    ----------
    func : callable
        ``func(task)``, or ``func(payload, task)`` where a payload is given. For
        other processes it must be picklable: a function of an importable module.
    tasks : iterable
        Read lazily, also on several workers.
    payload : object, optional
        What every call needs. It is pickled once and sent to each worker once.
    workers : int or "auto"
        Worker processes; 0 and 1 mean this process. "auto" runs the first few
        tasks here, measures them and decides; their results are used.
    backend : {"serial", "processes", "dask"}, optional
        By default this process for one worker and processes for more. With
        "dask", "auto" means a worker for every core, or those of the scheduler.
    dask_scheduler : str, optional
        Address of a running scheduler; without it a cluster on this machine that
        listens on the loopback interface only.
    chunksize : int, optional
        Tasks per message. By default 1, more for very many tasks, or what the
        sampler found.
    task_seconds : float, optional
        A worker process that takes longer for one task of a message is killed and
        the message redone, at most three times. No limit by default.
    budget_bytes : int, optional
        Memory that workers together may take; fewer workers are used where it
        does not suffice.
    worker_bytes : int
        Memory one worker needs while it runs a task, payload included.
    on_progress : callable, optional
        Called with the number of results handed out, after each.
    should_stop : callable, optional
        Polled before each task that runs here, and while workers are waited for;
        true ends the iterator there, with the results before it handed out.
    on_notice : callable, optional
        Told in a sentence of a worker process that does not get on.

    Returns
    -------
    OrderedMap
        Iterator with the attribute `plan`.

    Raises
    ------
    UsageError
        At once: an unknown backend, fewer than 0 workers, Dask not installed.
    WorkerError
        While iterating: a worker died again and again, or a result does not
        pickle. Never a short result, unless `should_stop` asked for one.
    MemoryBudgetError
        While iterating: the same, for want of memory.
    Exception
        While iterating: what `func` raised, where a serial run would raise it.

    Notes
    -----
    Each message is redone when its worker is killed, so tasks should have no side
    effects. Inside a worker process, which may start none of its own, the run is
    serial. A message that takes many times longer than the slowest so far is run a
    second time by a worker that has nothing else to do. Memory: two messages per
    worker, and the results that wait for an earlier one, at most those of 32 messages
    per worker, and about 32 MiB; nothing grows with the number of tasks.
    """
    _check_arguments(workers, backend, dask_scheduler, chunksize)
    call = func if payload is NO_PAYLOAD else functools.partial(func, payload)
    on_end = contextlib.ExitStack()
    wants_dask = backend == "dask" or (backend is None and dask_scheduler is not None)
    if wants_dask and not inside_worker():
        plan, results = _on_dask(
            func,
            tasks,
            payload,
            workers=None if workers == "auto" else max(1, workers),
            scheduler=dask_scheduler,
            chunksize=chunksize,
            on_end=on_end,
            should_stop=should_stop,
        )
        return OrderedMap(plan, results, on_end, on_progress)
    advice: Advice | None = None
    any_tasks, tasks = peek(tasks)
    if workers == "auto" and backend != "serial" and any_tasks:
        advice = on_end.enter_context(_advice(call, tasks, budget_bytes, worker_bytes))
        plan, tasks, known = _advised(advice, chunksize)
    else:
        wanted = 1 if backend == "serial" or workers == "auto" else workers
        plan, known = requested_plan(wanted, tasks, chunksize, budget_bytes, worker_bytes), {}
    pool = advice.take_pool(plan.n_workers) if advice is not None and plan.backend == "processes" else None
    if pool is not None:
        on_end.callback(pool.close)
    results = _run(
        plan,
        call,
        tasks,
        known=known,
        pool=pool,
        task_seconds=task_seconds,
        should_stop=should_stop,
        on_notice=on_notice,
    )
    return OrderedMap(plan, results, on_end, on_progress)


def _check_arguments(workers: object, backend: str | None, scheduler: str | None, chunksize: int | None) -> None:
    if backend is not None and backend not in BACKENDS:
        raise UsageError(f"unknown backend: {backend!r}", f"choose one of {', '.join(BACKENDS)}")
    if workers != "auto" and (not isinstance(workers, int) or workers < 0):
        raise UsageError(f"not a number of workers: {workers!r}", "give a whole number from 0, or auto")
    if scheduler is not None and backend not in (None, "dask"):
        raise UsageError(f"a Dask scheduler was given for the backend {backend}", "leave one of the two out")
    if chunksize is not None and chunksize < 1:
        raise UsageError(f"not a chunk size: {chunksize}", "give a whole number from 1")


def _advised(advice: Advice, chunksize: int | None) -> tuple[ParallelPlan, Iterable[Any], dict[int, Any]]:
    """The sampler's plan, the tasks it left, and the results it already has."""
    choice = advice.recommendation
    parallel = choice.executor == "process"
    plan = ParallelPlan(
        "processes" if parallel else "serial",
        choice.n_jobs if parallel else 1,
        chunksize or choice.chunksize,
        choice.reason,
    )
    return plan, advice.remaining(), dict(choice.sample_results)


def _advice(call: Callable[[Any], Any], tasks: Iterable[Any], budget_bytes: int | None, worker_bytes: int) -> Advice:
    """What the sampler says about tasks whose results are wanted one by one, from processes."""
    from ..sampling.advice import Limits, advise

    limits = Limits(
        sample_size=_SAMPLED_TASKS,
        max_workers=None,
        budget_bytes=budget_bytes,
        threads=False,
        only_remaining=True,
        peak_memory=False,
        call_bytes=worker_bytes,
    )
    return advise(call, tasks, limits)


def _run(
    plan: ParallelPlan,
    call: Callable[[Any], Result],
    tasks: Iterable[Any],
    *,
    known: dict[int, Result],
    pool: WorkerPool | None = None,
    task_seconds: float | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> Generator[Result, None, None]:
    """Results in order, computed here or by a pool that lives as long as this generator."""
    if plan.backend == "serial":
        yield from interleave(map(call, _until(tasks, should_stop)), known)
        return
    from ..workers.pool import WorkerPool

    with pool or WorkerPool(plan.n_workers) as workers:
        limit = None if task_seconds is None else task_seconds * plan.chunksize
        lists = workers.run(
            call,
            batches(tasks, plan.chunksize),
            batch_seconds=limit,
            should_stop=should_stop,
            on_notice=on_notice,
        )
        with contextlib.closing(lists):
            yield from interleave(itertools.chain.from_iterable(lists), known)


def _until(tasks: Iterable[Any], should_stop: Callable[[], bool] | None) -> Iterator[Any]:
    """The tasks up to where the caller wants no more."""
    if should_stop is None:
        return iter(tasks)
    return itertools.takewhile(lambda _: not should_stop(), tasks)


def _on_dask(
    func: Callable[..., Result],
    tasks: Iterable[Any],
    payload: Any,
    *,
    workers: int | None,
    scheduler: str | None,
    chunksize: int | None,
    on_end: contextlib.ExitStack,
    should_stop: Callable[[], bool] | None,
) -> tuple[ParallelPlan, Generator[Result, None, None]]:
    """The same map on a Dask cluster, which is connected to at once."""
    from ._dask import DaskRun

    run = on_end.enter_context(DaskRun(scheduler, workers))
    size = chunksize or default_chunksize(tasks, run.n_workers)
    plan = ParallelPlan("dask", run.n_workers, size, f"Dask was asked for ({run.where})")
    shared = () if payload is NO_PAYLOAD else (payload,)
    lists = run.in_order(func, shared, batches(tasks, size), should_stop)
    return plan, interleave(itertools.chain.from_iterable(lists), {})
