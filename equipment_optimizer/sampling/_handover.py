"""Who does what is left of a job that began here, and when: this thread, helpers beside it, or worker processes.

In: a job of which some items were run. Out: their results. Loaded where that may pay, and what only one of them needs
when it is chosen. Knows nothing of equipment.
"""

from __future__ import annotations

import itertools
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any

    from ..workers.pool import WorkerPool
    from ..workers.shared_run import SharedRun
    from ._plan_ahead import Plan
    from ._quick_plan import Chunks, QuickPlan, Travel
    from ._serial_first import SerialFirst

__all__ = ["hand_over", "think", "together"]

#: Where other threads are seen to run beside the calls that is looked at again after so long, seconds: those of a
#: library that has nothing more to do go to sleep within 30 to 100 ms.
_BUSY_SECONDS = 5e-3

#: Calls are watched for so long, seconds, or until whoever watches has seen enough.
_WATCHED_SECONDS = 4e-3

#: With more left, seconds, and as many times more as this process is slow to load, processes are thought about before
#: threads are tried.
_LONG_JOB_SECONDS = 60e-3

#: After so much more time, ratio, whoever went on here looks again; and thinks again where so much more work is left
#: than when it was thought about, ratio: items became dearer.
_LOOK_AGAIN = 4.0
_MORE_LEFT = 1.25

#: Before anything is started for data of unknown length so many items at the most are read ahead, as workers would have
#: them at once, and none where getting an item takes this share of a call.
_MOST_READ_AHEAD = 20_000
_SLOW_SOURCE = 0.2

#: The module that has workers who wait, where anybody loaded it.
_KEEPER = "equipment_optimizer.workers.kept_pool"

#: A job longer than this, seconds, pays for measuring the machine.
_WORTH_CALIBRATING_SECONDS = 1.0


def think(job: SerialFirst) -> Generator[list[Any], None, bool]:
    """Think about the rest: results of helpers that were tried meanwhile; whether to stop and follow `job.plan`."""
    if _is_busy(job):
        if job.may_share and not job.has_tried and job.has_enough_for_threads():
            # Threads of a library that spin on do not keep others from computing, which shows at once.
            job.has_tried = True
            yield from _share(job)
            job.may_share = True
        if not (yield from _watch_lock(job)):
            return False
    is_long = job.n_left() * job.mean() >= _LONG_JOB_SECONDS * job.slowness
    if job.may_share and is_long and job.is_cold() and not job.timed.waits():
        return False
    # Threads are tried for a shorter job before anything is thought about.
    if (is_long or not job.is_worth_sharing()) and _decide(job):
        return True
    if job.is_worth_sharing():
        yield from _share(job)
    return False


def _share(job: SerialFirst) -> Generator[list[Any], None, None]:
    """Results of this thread and of helpers, to the end, or until it is seen that those do not help."""
    from ..system.machine import available_cores, inside_worker

    job.may_share = False
    n_threads = min(available_cores(), job.max_workers or sys.maxsize)
    if n_threads < 2 or inside_worker():
        return
    from ..workers.shared_run import SharedRun

    yield from together(job, SharedRun(job.func, job.untaken, n_threads - 1, job.mean()))


def together(job: SerialFirst, run: SharedRun) -> Generator[list[Any], None, None]:
    """Results of a run."""
    yield from run.results()
    job.untaken = run.untaken
    # Calls that took the lock in turns each seemed to take several times as long; shorter ones than before are so.
    job.note(run.n_done, min(run.seconds, run.n_done * job.mean()) if run.helps is False else run.seconds)
    if run.helps is not False:
        job.n_threads = run.n_started + 1


def _is_busy(job: SerialFirst) -> bool:
    """Whether calls seem to use most cores, or what came before this job did, which is over soon."""
    from ..system.machine import available_cores, running_threads

    if job.timed.waits() or job.timed.holds_lock:
        return False
    n_busy = job.timed.n_busy = running_threads(besides=job.looker)
    is_busy = n_busy > 0 and 2 * job.timed.cpu_share() > available_cores()
    if not n_busy and job.timed.uses_cores() and not job.has_spun:
        # Threads that compute for a call run on for a while after it: these were somebody else's, perhaps.
        is_busy = job.has_spun = True
        job.timed.set_cpu(0.0, 0.0)
    if is_busy:
        soon, later = _BUSY_SECONDS, _LOOK_AGAIN * (job.seconds - 6 * _BUSY_SECONDS)
        job.look_at = max(job.seconds + soon, later)
    return is_busy


def _watch_lock(job: SerialFirst) -> Generator[list[Any], None, bool]:
    """Results of some calls that are watched; whether those never leave the interpreter lock.

    Then no others compute for them, and whoever seems to is a library's thread that spins on.
    """
    if job.has_watched or not job.may_process or job.one_by_one or not _has_enough_left(job):
        return False
    from ..system.gil_probe import GilProbe
    from .tuning import HELD_SHARE

    job.has_watched = True
    values: list[Any] = []
    try:
        with GilProbe(counts=False, queue=True) as probe:
            until = job.seconds + _WATCHED_SECONDS
            while job.seconds < until and not probe.has_seen_enough and job.n_left() > 1:
                probe.is_watching = True
                more, is_over = job.alone()
                probe.is_watching = False
                values += more
                if is_over:
                    break
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if values:
            yield values  # what came before it has its turn first
        from ..workers.ordered_results import throw

        throw(error)
    yield values
    job.timed.holds_lock = probe.free_share is not None and probe.free_share < HELD_SHARE
    return job.timed.holds_lock


def _decide(job: SerialFirst) -> bool:
    """Decide about the rest; whether to stop here."""
    left = job.n_left() * job.mean()
    job.look_at = _LOOK_AGAIN * job.seconds
    waits = job.threads and job.timed.waits()
    # What was decided for more work than this holds for the rest.
    known = _MORE_LEFT * job.plan.serial_seconds if job.plan else 0.0
    if left < known or not (waits or (job.may_process and _has_enough_left(job))):
        return False
    from ..system.machine import available_cores, inside_worker
    from ._quick_plan import items_ahead, never_pays, travel_costs

    n_cores = available_cores()
    if inside_worker() or (not job.threads and n_cores < 2):
        job.is_never = True
        return False
    items, job.untaken = items_ahead(job.sequence, job.n_done, job.untaken)
    n_left, mean = job.n_left(), job.mean()
    travel = travel_costs(job.func, job.method, items, job.last_results, mean_seconds=mean, n_left=n_left)
    # Whoever wants to read why, or may be given threads, waits for the model.
    if not job.is_told and not waits and never_pays(travel, n_left, mean):
        job.may_process = not travel.blockers
        return False
    if (clear := _clear_plan(job, travel, n_cores)) is not None:
        job.plan = clear
        return True
    from ._plan_ahead import plan_ahead

    plan = plan_ahead(
        job.func,
        job.method,
        items,
        job.last_results,
        calls=_calls(job),
        threads=job.threads,
        is_ready=job.n_ready > 0,
        slowness=job.slowness,
        warns=job.keeps_results and job.n_items is not None,
        max_workers=job.max_workers,
        budget_bytes=job.budget_bytes,
        travel=travel,
    )
    assert plan is not None  # neither inside a worker nor on one core
    job.keeps_results = job.keeps_results and not plan.has_warned
    job.plan = plan
    job.may_process = not plan.job.process_blockers
    return plan.executor != "serial"


def _clear_plan(job: SerialFirst, travel: Travel, n_cores: int) -> QuickPlan | None:
    """Processes for the rest where that is clear; what is loaded already thinks better."""
    from ._quick_plan import quick_plan

    is_plain = job.method == "fork" and job.n_items is not None and job.budget_bytes is None and not job.n_ready
    if not is_plain or f"{__package__}.prediction.cost_model" in sys.modules:
        return None
    return quick_plan(
        travel,
        job.n_left(),
        job.mean(),
        cpu_share=job.timed.cpu_share(),
        slowness=job.slowness,
        most_workers=min(n_cores, job.max_workers or n_cores),
    )


def _has_enough_left(job: SerialFirst) -> bool:
    """Whether enough is left for processes; data of unknown length are read as far as that takes."""
    wanted = job.least_left()
    if job.n_left() * job.mean() < wanted:
        return False
    if job.n_items is not None or job.source_seconds > _SLOW_SOURCE * job.timed.seconds:
        return True
    n_wanted = min(_MOST_READ_AHEAD, 1 + int(wanted / job.mean()))
    ahead: list[Any] = []
    unread = job.untaken
    try:
        ahead.extend(itertools.islice(unread, n_wanted))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # What came before it has its turn first.
        unread = _failing(error)
    job.untaken = itertools.chain(ahead, unread)
    if len(ahead) == n_wanted:
        return True
    job.n_items = job.n_done + len(ahead)
    return False


def _failing(error: BaseException) -> Iterator[Any]:
    raise error
    yield


def _calls(job: SerialFirst) -> dict[str, Any]:
    """What `JobCosts` wants to know of the calls; the spread is that of all but the first where there were others."""
    timed, mean = job.timed, job.mean()
    n_calls, first = (timed.n_calls - 1, timed.first_seconds) if timed.n_calls > 1 else (1, 0.0)
    variance = max(0.0, (timed.squares - first**2) / n_calls - ((timed.seconds - first) / n_calls) ** 2)
    return {
        "n_items": job.n_left(),
        "mean_seconds": mean,
        "std_seconds": min(variance**0.5, 3 * mean),
        "max_seconds": max(mean, min(timed.longest, 4 * mean)),
        "cpu_share": timed.cpu_share(),
        "source_seconds": job.source_seconds / max(1, timed.n_calls),
        "n_sampled": job.n_done,
    }


def hand_over(
    job: SerialFirst, plan: Plan | QuickPlan, *, window: int | None, tell: Callable[[str], None] | None
) -> Generator[list[Any], None, None]:
    """The results of what is left, as it was planned; `tell`: who hears of what goes wrong."""
    from ..errors import MemoryBudgetError, WorkerError
    from ..system.quick_signal import pass_on
    from ..workers.ordered_results import batches, run_here, run_threads

    untaken: Iterator[Any] = iter(())
    failures: list[BaseException] = []
    unread = job.untaken if job.sequence is not None else _until_failure(job.untaken, failures)
    if plan.executor == "thread":
        yield from run_threads(job.func, batches(unread, plan.chunksize), plan.n_jobs)
    else:
        try:
            try:
                pool, plan = _started(job, plan)
            except (WorkerError, MemoryBudgetError, OSError) as failure:
                pass_on(failure)
                raise _StartFailureError(failure, unread) from None
            n_left = None if job.n_items is None else job.n_items - job.n_done
            native = plan.native_threads(pool.n_workers)
            chunks = plan.chunks(unread, n_left)
            yield from _from_workers(pool, job.func, chunks, native_threads=native, window=window, tell=tell)
        except _StartFailureError as failure:
            if tell:
                tell(f"note: worker processes cannot be started here: {' '.join(str(failure).split())}")
            untaken = failure.untaken
        # After the exception, which errors of the function have nothing to do with.
        for result in run_here(job.func, untaken):
            yield [result]
    if failures:
        raise failures[0]


def _until_failure(items: Iterator[Any], failures: list[BaseException]) -> Iterator[Any]:
    """The items before one that cannot be had, and why it cannot: that has its turn after their results."""
    try:
        yield from items
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as failure:
        failures.append(failure)


class _StartFailureError(Exception):
    """No worker can be started; `untaken` are the items to be run here."""

    def __init__(self, why: object, untaken: Iterator[Any]) -> None:
        super().__init__(str(why))
        self.untaken = untaken


def _started(job: SerialFirst, plan: Plan | QuickPlan) -> tuple[WorkerPool, Plan | QuickPlan]:
    """Workers for a plan; where the job is long and this machine unknown it is measured first."""
    method, n_jobs = job.method, plan.n_jobs
    if method == "fork" and plan.serial_seconds < _WORTH_CALIBRATING_SECONDS and _KEEPER not in sys.modules:
        from ..workers.pool import WorkerPool

        # Nobody asked to keep any.
        return WorkerPool(n_jobs, method, waits=True), plan
    from ..workers.kept_pool import borrow, n_ready

    if plan.serial_seconds < _WORTH_CALIBRATING_SECONDS or n_ready(method):
        return borrow(n_jobs, method), plan
    from ._plan_ahead import Plan

    assert isinstance(plan, Plan)  # a quick one is for less work
    from .prediction.calibration import calibrate, known_costs
    from .prediction.cost_model import choose
    from .tuning import BANDWIDTH_BYTES

    is_large = max(plan.job.input_cost.n_bytes(1), plan.job.result_cost.n_bytes(1)) > BANDWIDTH_BYTES
    if known_costs(method, bandwidth=is_large) is not None:
        return borrow(n_jobs, method), plan
    machine, pool = calibrate(n_jobs, method, bandwidth=is_large)
    machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
    choices = choose(plan.job, machine, max_workers=job.max_workers, budget_bytes=job.budget_bytes)
    if choices.best.executor == machine.workers:
        pool.shrink(choices.best.n_jobs)
        plan = Plan(choices, plan.job, machine)
    return pool, plan


def _from_workers(
    pool: WorkerPool,
    func: Callable[[Any], Any],
    chunks: Chunks,
    *,
    native_threads: int | None,
    window: int | None,
    tell: Callable[[str], None] | None,
) -> Generator[list[Any], None, None]:
    """Results from a pool, which is kept for later or closed."""
    from ..workers.pool import StartError, StartMemoryError

    is_new = pool.start_seconds is None
    try:
        lists = pool.run(
            func,
            chunks,
            window=window,
            native_threads=native_threads,
            on_batch=chunks.note,
            on_notice=(lambda sentence: tell(f"note: {sentence}")) if tell else None,
            patience=chunks.patience,
        )
        try:
            for values in lists:
                chunks.begun = None
                yield values
        finally:
            lists.close()
    except (StartError, StartMemoryError) as failure:
        if chunks.begun is None:
            raise
        raise _StartFailureError(failure, itertools.chain(chunks.begun, chunks.items)) from None
    except BaseException:
        pool.kill()
        raise
    # Learned by who thinks with it: to load that for a note takes as long as a worker's start.
    calibration: Any = sys.modules.get(f"{__package__}.prediction.calibration")
    keeper: Any = sys.modules.get(_KEEPER)
    if is_new and hasattr(calibration, "note_start") and (seconds := pool.start_seconds) is not None:
        calibration.note_start(pool.start_method, pool.n_workers, seconds)
    if hasattr(keeper, "give_back"):
        keeper.give_back(pool)
    else:
        pool.close()
