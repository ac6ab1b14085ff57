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
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, WorkerError
from ..system.machine import available_cores, busy_seconds
from ..workers.obstacles import INSIDE_WORKER, THREADS_NOT_ALLOWED, function_blocker, main_items_blocker
from ..workers.start_methods import default_start_method
from ._calibration import assumed_costs, calibrate, known_costs
from ._cost_model import JobCosts, MachineCosts
from ._explanation import Decision, decide
from .dry_run import SamplingResult, perform_dry_run, remaining_items
from .pickle_cost import LoadError
from .recommendation import Recommendation
from .tuning import (
    BANDWIDTH_BYTES,
    CALIBRATED_ELSEWHERE_SECONDS,
    CALIBRATED_SECONDS,
    LOAD_SECONDS,
    MAX_CHUNK_SECONDS,
    SAMPLE_SHARE,
    UNKNOWN_ITEMS,
)

if TYPE_CHECKING:
    from ..workers.pool import WorkerPool

__all__ = ["Advice", "advise", "optimize"]


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
        A number below 1.
    Exception
        Whatever `func` or the iteration raises.

    Notes
    -----
    The model and its sources are described at `decide`; its terms are:
    starting workers and sending them the function, dispatch per chunk, pickling
    and copying in and out on this one process, unpickling in the workers, compute
    with the measured spread, and how many cores are really there. The constants
    of the machine are measured once per process and start method. Where even the
    best imaginable constants leave serial ahead, no worker is started at all.

    Cost: the sample's own calls, a few pickles, and the first time 10-80 ms for
    starting workers, depending on the start method. Inside a worker process, with
    anything that does not pickle, and where new processes could not import
    ``__main__``, the answer is serial (or threads), and `reason` says so.

    Examples
    --------
    >>> print(optimize(abs, range(3)))  # doctest: +ELLIPSIS
    serial: 3 items at 0.0 ms take 0.0 ms serially, and ...
    """
    with advise(
        func,
        data,
        sample_size=sample_size,
        max_workers=max_workers,
        budget_bytes=budget_bytes,
        threads=threads,
    ) as advice:
        if verbose:
            advice.recommendation.tell()
        return advice.recommendation


def advise(
    func: Callable[[Any], Any],
    data: Iterable[Any],
    *,
    sample_size: int = 5,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool = True,
    only_remaining: bool = False,
    peak_memory: bool = True,
) -> Advice:
    """Sample `func` on `data` and decide; see `optimize` for the parameters not named here.

    `only_remaining`: decide for the items that are left after the sample, and keep the pool that was started to
    calibrate; else decide for all, as if nothing had run. `peak_memory` sets the process's high-water mark back.
    """
    if max_workers is not None and max_workers < 1:
        raise UsageError(f"not a number of workers: {max_workers}", "give a whole number from 1")
    busy, began, own_began = busy_seconds(), time.perf_counter(), time.process_time()
    sample = perform_dry_run(func, data, sample_size, max_share=SAMPLE_SHARE, peak_memory=peak_memory)
    free_cores = _free_cores(busy, began, own_began)
    is_endless = sample.n_items is None
    job = _job_costs(func, sample, threads=threads, only_remaining=only_remaining)
    choose = functools.partial(decide, max_workers=max_workers, budget_bytes=budget_bytes)
    machine, decision = _settled(job, free_cores, choose)
    pool = None
    if decision is None:
        try:
            machine, pool = calibrate(choose(job, machine).n_jobs, bandwidth=_is_large(job), free_cores=free_cores)
        except (WorkerError, OSError) as error:
            job = job._replace(process_blockers=(f"worker processes cannot be started here: {error}",))
        if pool is not None and only_remaining:
            # The pool is there: its start costs nothing any more.
            machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
        decision = choose(job, machine)
    if pool is not None and (decision.executor != "process" or not only_remaining):
        pool.close()
        pool = None
    if is_endless:
        most = max(1, int(MAX_CHUNK_SECONDS / max(job.mean_seconds, 1e-9)))
        note = f"the number of items is unknown: predictions are for {job.n_items}"
        decision = decision._replace(
            chunksize=min(decision.chunksize, most),
            warnings=(*decision.warnings, note),
            # Nobody knows how much there is: serially it takes what the sample took, at the least.
            predicted_intervals={
                name: (sum(sample.item_seconds) if name == "serial" else 0.0, math.inf)
                for name in decision.predicted_intervals
            },
        )
    return Advice(Recommendation(func, decision, sample, job=job, machine=machine), pool)


def _is_large(job: JobCosts) -> bool:
    """Whether what has to move is worth measuring the pipe; the function moves once, here spread over eight items."""
    return max(job.input_cost.n_bytes(1), job.result_cost.n_bytes(1), job.function_bytes / 8) > BANDWIDTH_BYTES


def _settled(
    job: JobCosts, free_cores: float | None, choose: Callable[[JobCosts, MachineCosts], Decision]
) -> tuple[MachineCosts, Decision | None]:
    """Costs that were measured earlier or settle the matter, and the decision; None where it has to be measured."""
    method = default_start_method()
    machine = known_costs(method, bandwidth=_is_large(job), free_cores=free_cores)
    if machine is not None:
        return machine, choose(job, machine)
    machine = assumed_costs(method, free_cores)
    decision = choose(job, machine)
    if decision.executor != "process":
        return machine, decision
    if job.serial_seconds < CALIBRATED_SECONDS.get(method, CALIBRATED_ELSEWHERE_SECONDS):
        machine = assumed_costs(method, free_cores, usual=True)
        return machine, choose(job, machine)
    return machine, None


def _job_costs(func: Callable[[Any], Any], sample: SamplingResult, *, threads: bool, only_remaining: bool) -> JobCosts:
    # Nothing is read ahead of the sample: of an iterator that does not say, so many are assumed.
    n_items = UNKNOWN_ITEMS if sample.n_items is None else sample.n_items
    if only_remaining:
        n_items = max(0, n_items - sample.n_sampled)
    method = default_start_method()
    blocker = function_blocker(func, method) or main_items_blocker(func, sample.sample_items, method)
    process_blockers = [] if blocker is None else [blocker]
    thread_blockers = [INSIDE_WORKER] if blocker == INSIDE_WORKER else []
    for what, error in (
        ("the function", sample.function_error),
        ("its items", sample.input_error),
        ("its results", sample.result_error),
    ):
        if isinstance(error, LoadError):
            cause = error.__cause__
            process_blockers.append(f"{what} cannot be unpickled ({type(cause).__name__}: {cause})")
        elif error is not None:
            process_blockers.append(f"{what} cannot be pickled ({type(error).__name__}: {error})")
    if not threads:
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
    )


def _free_cores(busy: float | None, began: float, own_began: float) -> float | None:
    """Cores that other processes left free since `began`; None where that was too short to tell."""
    elapsed = time.perf_counter() - began
    now = busy_seconds()
    if busy is None or now is None or elapsed < LOAD_SECONDS:
        return None
    others = (now - busy - (time.process_time() - own_began)) / elapsed
    return max(1.0, available_cores() - max(0.0, others))
