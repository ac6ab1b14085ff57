"""A recommendation for a job, made no dearer than the job allows.

In: a function and its data. Out: a `Recommendation`. A job of some milliseconds is settled by its first calls, and what
tells of it in words and numbers is loaded when somebody asks. Knows nothing of equipment.
"""

from __future__ import annotations

import sys

from ._first_look import FirstLook, Source
from .tuning import WORTH_MEASURING_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._timed_run import TimedRun
    from .recommendation import Details, Recommendation

__all__ = ["optimize"]

#: How long it took to load this module, seconds, where the package did that on first use; it takes usually so long. The
#: ratio, up to the third number, is that of a map (`parallel_map`): what workers need is loaded as slowly.
load_seconds = 0.0
_USUAL_LOAD_SECONDS = 0.26e-3
_MOST_SLOWNESS = 3.0


def optimize(
    func: Callable[[Any], Any],
    data: Iterable[Any],
    *,
    sample_size: int = 5,
    max_workers: int | None = None,
    budget_bytes: int | None = None,
    threads: bool | None = None,
    start_method: str | None = None,
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
    threads : bool, optional
        Whether several threads may call `func`. They are recommended where calls
        mostly wait, or mostly run compiled code that lets other threads run.
        Only with True is `func` itself called from another thread to find that out: a few items of a sequence in two
        threads at once, which show whether calls wait for one another, as for a lock of a library.
    start_method : {"fork", "forkserver", "spawn", "interpreter"}, optional
        Of workers; the one in use by default, which is never changed for the caller. "interpreter" (Python 3.14 and
        newer): interpreters of this process.
    verbose : bool
        Print the recommendation and its warnings to standard error.

    Returns
    -------
    Recommendation

    Raises
    ------
    UsageError
        `sample_size`, `max_workers` or `budget_bytes` is no whole number from 1, or `start_method` none of these.
    Exception
        Whatever `func` or the iteration raises.

    Notes
    -----
    The model and its sources are described at `decide`; its terms are:
    starting workers and sending them the function, dispatch per chunk, pickling
    and copying in and out on this one process, unpickling in the workers, compute
    with the measured spread, and how many cores are really there. The constants
    of the machine are measured once per start method and kept in the user's cache
    folder. Where even the best imaginable constants leave serial ahead, no worker
    is started at all.

    Cost: the sample's own calls, a few pickles, and the first time on a machine, for
    a job of 0.4 s (fork) or 1.5 s and more, 10-90 ms for starting workers. Inside a worker process, with
    anything that does not pickle, and where new processes could not import
    ``__main__``, the answer is serial (or threads), and `reason` says so.

    Examples
    --------
    >>> print(optimize(abs, range(3)))  # doctest: +ELLIPSIS
    serial: 3 items at 0.0 ms take 0.0 ms serially, and ...
    """
    process: Any = sys.modules.get("multiprocessing.process")
    if hasattr(process, "current_process") and getattr(process.current_process(), "_inheriting", False):
        from ..workers.process import leave_unguarded_main

        leave_unguarded_main()  # as a map does
    numbers = max_workers, budget_bytes, sample_size
    are_fine = all(number is None or (type(number) is int and number >= 1) for number in numbers)
    if not are_fine or sample_size is None or start_method is not None:
        from .dry_run import refuse

        refuse(max_workers=max_workers, budget_bytes=budget_bytes, sample_size=sample_size, start_method=start_method)
    look = FirstLook(func, Source(data, sample_size), slowness=_slowness())
    may_thread = threads is not False and max_workers != 1
    options: dict[str, Any] = {"max_workers": max_workers, "budget_bytes": budget_bytes, "method": start_method}
    is_settled = look.settles(threads=may_thread)
    if is_settled and look.choice[0] == "thread" and threads and (why := _take_turns(look)):
        look.choice, look.thread_blockers = ("serial", 1, 1), why
    if is_settled or _is_planned(look, threads, **options):
        recommendation = _recommended(look, threads=threads, **options)
    else:
        from .advice import advise

        options |= {"threads": threads, "try_threads": _take_turns if threads else None}
        with advise(func, data, begun=look, **options) as advice:
            recommendation = advice.recommendation
    if verbose:
        recommendation.tell()
    return recommendation


def _slowness() -> float:
    """How much longer than usual it takes to load what is not loaded yet."""
    is_loaded = "equipment_optimizer.workers.pool" in sys.modules
    return 1.0 if is_loaded else min(max(1.0, load_seconds / _USUAL_LOAD_SECONDS), _MOST_SLOWNESS)


def _is_planned(
    look: FirstLook, threads: bool | None, *, max_workers: int | None, budget_bytes: int | None, method: str | None
) -> bool:
    """Decide about a job of middling length as a map would that has begun it; False where a longer look is wanted."""
    may_thread = threads is not False and max_workers != 1
    if look.total() > WORTH_MEASURING_SECONDS or (calls := look.goes_on(threads=may_thread)) is None:
        return False
    items = look.untouched()
    if not items or look.total() > WORTH_MEASURING_SECONDS:
        return False
    from ..system.machine import default_start_method
    from ._plan_ahead import plan_ahead

    plan = plan_ahead(
        look.func,
        method or default_start_method(),
        items,
        [look.results[position] for position in look.positions[:3]],
        calls=calls,
        threads=may_thread,
        is_ready=False,
        warns=False,
        max_workers=max_workers,
        budget_bytes=budget_bytes,
    )
    if plan is None or plan.job.process_blockers:
        return False
    best = plan.choices.best
    if best.executor == "thread" and threads and (why := _take_turns(look)):
        from .prediction.cost_model import choose

        look.thread_blockers = why
        job = plan.job._replace(thread_blockers=why)
        best = choose(job, plan.machine, max_workers=max_workers, budget_bytes=budget_bytes).best
    look.choice = best.executor, best.n_jobs, best.chunksize
    return True


def _take_turns(run: FirstLook | TimedRun) -> tuple[str, ...]:
    """Why threads gain nothing, where two at once show that they do not; what they compute is kept."""
    from .prediction.two_at_once import take_turns

    if not run.source.is_sequence:
        return ()
    return take_turns(run.func, run.source.items, zip(run.positions, run.seconds, strict=True), run.blocks, run.results)


def _recommended(look: FirstLook, *, method: str | None = None, **options: Any) -> Recommendation:
    """What a look has settled; the words and numbers are made when somebody asks."""
    from .recommendation import Recommendation

    def complete() -> Details:
        from .advice import details

        return details(look, method=method, **options)

    return Recommendation(look.func, *look.choice, complete=complete, method=method)
