"""Sample a job, calibrate the machine if that can matter, and decide.

In: a function and its data. Out: a `Recommendation` and, where workers were
started to find it, their pool, inside an `Advice`. This module wires the parts
of the sampler together; it knows nothing of equipment.

Which costs of the machine a decision is made with:

==================================================  ==============================
when                                                costs
==================================================  ==============================
measured earlier                                    known
even the best imaginable leave something but        assumed, at best
processes ahead
the job is too short to measure for                 assumed, as usual
else                                                measured now, the pool is kept
==================================================  ==============================
"""

from __future__ import annotations

import functools
import math
import time

from ..system.machine import available_cores, busy_seconds, default_start_method
from ..system.quick_signal import pass_on
from ..workers.obstacles import INSIDE_WORKER, THREADS_NOT_ALLOWED, function_blocker, main_items_blocker
from ._first_look import FirstLook, Source
from ._timed_run import TimedRun
from .dry_run import SamplingResult, describe, remaining_items
from .prediction.calibration import assumed_costs, calibrate, known_costs
from .prediction.cost_model import JobCosts, MachineCosts, choose
from .prediction.pickle_cost import LoadError, in_one_line
from .recommendation import Recommendation
from .tuning import (
    BANDWIDTH_BYTES,
    CALIBRATED_ELSEWHERE_SECONDS,
    CALIBRATED_SECONDS,
    ENDLESS_CHUNK_SECONDS,
    LOAD_SECONDS,
    SAMPLE_SHARE,
    UNKNOWN_ITEMS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ..workers.pool import WorkerPool
    from .prediction.cost_model import Choices, Executor
    from .recommendation import Details

__all__ = ["Advice", "advise", "details"]


class Advice:
    """A recommendation together with the pool that was started to find it.

    Use it in a ``with`` statement: what nobody took is closed at its end.
    """

    def __init__(self, recommendation: Recommendation, pool: WorkerPool | None) -> None:
        self.recommendation = recommendation
        self._pool = pool

    def remaining(self) -> Iterator[Any]:
        """The items that were not sampled, in order."""
        return remaining_items(self.recommendation.sampling)

    def take_pool(self, n_workers: int) -> WorkerPool | None:
        """The pool, if there is one that large; from now on the caller closes it."""
        if self._pool is None or self._pool.n_workers < n_workers:
            return None
        pool, self._pool = self._pool, None
        pool.shrink(n_workers)
        return pool

    def __enter__(self) -> Advice:
        return self

    def __exit__(self, *_: object) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()


def advise(
    func: Callable[[Any], Any],
    data: Iterable[Any],
    *,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool | None = None,
    try_threads: Callable[[TimedRun], tuple[str, ...]] | None = None,
    only_remaining: bool = False,
    peak_memory: bool = True,
    begun: FirstLook | None = None,
    method: str | None = None,
) -> Advice:
    """Sample `func` on `data` and decide; see `optimize` for the parameters not named here.

    `only_remaining`: decide for the items that are left after the sample, and keep the pool that was started to
    calibrate; else decide for all, as if nothing had run. `peak_memory` sets the process's high-water mark back.
    `try_threads`: asked before threads are recommended for why they gain nothing. `begun`: calls that were made
    already; `method`: the start method of workers.
    """
    start_method = method or default_start_method()
    # Others' load is believed after a while only, and reading it takes 0.1 ms.
    is_long = begun is None or begun.total() > LOAD_SECONDS / SAMPLE_SHARE
    busy, began, cpu_began = busy_seconds() if is_long else None, time.perf_counter(), time.process_time()
    source = Source(data) if begun is None else begun.source
    run = TimedRun(func, source, SAMPLE_SHARE, peak_memory=peak_memory, begun=begun)
    run.sample()
    sample = describe(func, source, run, run.pickling_seconds())
    free_cores = _free_cores(busy, began, cpu_began)
    job = _job_costs(func, sample, start_method, threads=threads, only_remaining=only_remaining)
    pick = functools.partial(choose, max_workers=max_workers, budget_bytes=budget_bytes)
    machine, choices = _settled(job, start_method, free_cores, pick)
    if choices is not None and choices.best.executor == "thread" and try_threads and (turns := try_threads(run)):
        job = job._replace(thread_blockers=turns)
        machine, choices = _settled(job, start_method, free_cores, pick)
    pool = None
    if choices is None:
        try:
            n_workers = pick(job, machine).best.n_jobs
            machine, pool = calibrate(n_workers, method, bandwidth=_is_large(job), free_cores=free_cores)
        except Exception as error:
            from ..errors import MemoryBudgetError, WorkerError  # takes a third of a millisecond to load

            if not isinstance(error, (WorkerError, MemoryBudgetError, OSError)):
                raise
            pass_on(error)
            why = f"worker processes cannot be started here: {' '.join(str(error).split())}"
            job = job._replace(process_blockers=(why,))
        if pool is not None and only_remaining:
            # The pool is there: its start costs nothing any more.
            machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
        choices = pick(job, machine)
        if choices.best.executor == "thread" and try_threads and (turns := try_threads(run)):
            job = job._replace(thread_blockers=turns)
            choices = pick(job, machine)
    best = choices.best
    if pool is not None and (best.executor in ("serial", "thread") or not only_remaining):
        pool.close()
        pool = None
    chunksize = best.chunksize
    if sample.n_items is None:
        chunksize = min(chunksize, max(1, int(ENDLESS_CHUNK_SECONDS / max(job.mean_seconds, 1e-9))))
    chosen = best.executor, best.n_jobs, chunksize

    def complete() -> Details:
        return _decided(job, machine, sample, chosen, max_workers=max_workers, budget_bytes=budget_bytes)

    return Advice(Recommendation(func, *chosen, complete=complete, method=method), pool)


def details(
    look: FirstLook,
    *,
    max_workers: int | None,
    budget_bytes: int | None,
    threads: bool | None,
    method: str | None = None,
) -> Details:
    """What is to be told of a job that a first look has settled."""
    run = TimedRun(look.func, look.source, None, begun=look)
    sample = describe(look.func, look.source, run)
    method = method or default_start_method()
    job = _job_costs(look.func, sample, method, threads=threads, only_remaining=False)
    job = job._replace(thread_blockers=job.thread_blockers + look.thread_blockers)
    machine = known_costs(method, bandwidth=False) or assumed_costs(method, usual=True)
    return _decided(job, machine, sample, look.choice, max_workers=max_workers, budget_bytes=budget_bytes)


def _decided(
    job: JobCosts,
    machine: MachineCosts,
    sample: SamplingResult,
    chosen: tuple[Executor, int, int],
    *,
    max_workers: int | None,
    budget_bytes: int | None,
) -> Details:
    """The decision in words, with everything that it rests on; `chosen`: what it came to."""
    from ._explanation import decide

    decision = decide(job, machine, max_workers=max_workers, budget_bytes=budget_bytes, chosen=chosen)
    if sample.n_items is None:
        note = f"the number of items is unknown: predictions are for {job.n_items}"
        decision = decision._replace(
            warnings=(*decision.warnings, note),
            # Nobody knows how much there is: serially it takes what the sample took, at the least.
            predicted_intervals={
                name: (sum(sample.item_seconds) if name == "serial" else 0.0, math.inf)
                for name in decision.predicted_intervals
            },
        )
    return decision, sample, job, machine


def _is_large(job: JobCosts) -> bool:
    """Whether what has to move is worth measuring the pipe; the function moves once, here spread over eight items."""
    return max(job.input_cost.n_bytes(1), job.result_cost.n_bytes(1), job.function_bytes / 8) > BANDWIDTH_BYTES


def _settled(
    job: JobCosts, method: str, free_cores: float | None, pick: Callable[[JobCosts, MachineCosts], Choices]
) -> tuple[MachineCosts, Choices | None]:
    """Costs that were measured earlier or settle the matter, and the decision; None where it has to be measured."""
    machine = known_costs(method, bandwidth=_is_large(job), free_cores=free_cores)
    if machine is not None:
        return machine, pick(job, machine)
    machine = assumed_costs(method, free_cores)
    choices = pick(job, machine)
    if choices.best.executor in ("serial", "thread"):
        return machine, choices
    if job.serial_seconds < CALIBRATED_SECONDS.get(method, CALIBRATED_ELSEWHERE_SECONDS):
        machine = assumed_costs(method, free_cores, usual=True)
        return machine, pick(job, machine)
    return machine, None


def _job_costs(
    func: Callable[[Any], Any], sample: SamplingResult, method: str, *, threads: bool | None, only_remaining: bool
) -> JobCosts:
    # Nothing is read ahead of the sample: of an iterator that does not say, so many are assumed.
    n_items = UNKNOWN_ITEMS if sample.n_items is None else sample.n_items
    if only_remaining:
        n_items = max(0, n_items - sample.n_sampled)
    blocker = function_blocker(func, method) or main_items_blocker(func, sample.sample_items, method)
    process_blockers = [] if blocker is None else [blocker]
    thread_blockers = [INSIDE_WORKER] if blocker == INSIDE_WORKER else []
    for what, error in (
        ("the function", sample.function_error),
        ("its items", sample.input_error),
        ("its results", sample.result_error),
    ):
        if isinstance(error, LoadError):
            process_blockers.append(f"{what} cannot be unpickled ({in_one_line(error.__cause__)})")
        elif error is not None:
            process_blockers.append(f"{what} cannot be pickled ({in_one_line(error)})")
    if threads is False:
        thread_blockers.append(THREADS_NOT_ALLOWED)
    return JobCosts(
        n_items=n_items,
        mean_seconds=sample.mean_seconds,
        std_seconds=sample.std_seconds,
        max_seconds=sample.max_seconds,
        cpu_share=sample.cpu_share,
        gil_free_share=sample.gil_free_share or 0.0,
        input_cost=sample.input_cost,
        result_cost=sample.result_cost,
        function_seconds=sample.function_measurement[0],
        function_bytes=sample.function_measurement[1],
        peak_bytes=sample.peak_bytes or 0,
        process_blockers=tuple(process_blockers),
        thread_blockers=tuple(thread_blockers),
        n_sampled=sample.n_sampled,
        uncertainty=sample.uncertainty,
        warm_up_seconds=sample.warm_up_seconds or 0.0,
        n_helpers=sample.n_helpers,
        n_parts=sample.n_parts,
    )


def _free_cores(busy: float | None, began: float, cpu_began: float) -> float | None:
    """Cores that other processes left free since `began`; None where that was too short to tell."""
    elapsed = time.perf_counter() - began
    now = busy_seconds()
    if busy is None or now is None or elapsed < LOAD_SECONDS:
        return None
    others = (now - busy - (time.process_time() - cpu_began)) / elapsed
    return max(1.0, available_cores() - max(0.0, others))
