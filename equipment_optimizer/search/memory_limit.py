"""A memory ceiling for one search: a plan that fits before it starts, a watch while it runs.

In: a compiled problem and how the search is wanted. Out: how it shall be, by a plan
(`memory_plan`), with a poll that ends the run before the ceiling is passed. What the
bounded search will list is not known beforehand, so its estimate alone cannot
promise anything; the watch does.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import MemoryBudgetError
from ..problem.problem import Problem
from ..records.equipment import smallest_unsigned
from ..records.space import RankCode
from ..system.machine import available_cores, resident_bytes
from ..units import format_size
from .exhaustive.options import SearchOptions
from .exhaustive.run import runs_alone
from .memory_plan import JobFigures, make_plan, step_bytes
from .tuning import BEARABLE

__all__ = ["job_figures", "watch", "within_memory"]

#: What a process holds with the package loaded, bytes, where the system does not say.
_USUAL_BASE_BYTES = 40 << 20


def within_memory(
    problem: Problem, limit: int, options: SearchOptions, *, engine: str, ceiling_bytes: int
) -> tuple[str, SearchOptions]:
    """Engine and options that stay below the ceiling; tells what is needed and what was clamped.

    Raises a `MemoryBudgetError` if even the smallest way to search needs more.
    """
    engines: tuple[str, ...] = (engine,)
    if options.engine == "auto" and engine == "bounded" and problem.space.n_combinations <= BEARABLE:
        engines = ("bounded", "exhaustive")
    is_elsewhere = options.dask_scheduler is not None
    n_wanted = 1 if is_elsewhere or runs_alone(problem, options) else _n_workers(options.workers)
    job = job_figures(problem, limit, options, n_workers=n_wanted)
    plan = make_plan(job, ceiling_bytes, engines, n_wanted)
    if plan.engine == "bounded":
        n_wanted = 1
    if options.on_notice is not None:
        options.on_notice(plan.sentence(ceiling_bytes, n_wanted))
    keep_workers = is_elsewhere or plan.n_workers == n_wanted
    return plan.engine, options._replace(
        workers=options.workers if keep_workers else plan.n_workers,
        backend=options.backend if keep_workers or plan.n_workers > 1 else "serial",
        block_length=min(plan.block_length, options.block_length),
        cache_bytes=min(plan.cache_bytes, options.cache_bytes),
        max_tasks=plan.max_tasks,
        # Blocks of an exhaustive search take what the ones before took.
        should_stop=watch(
            job, ceiling_bytes, options.should_stop, next_bytes=step_bytes(job) if plan.engine == "bounded" else 0
        ),
    )


def _n_workers(workers: int | str) -> int:
    """Processes that may come to be beside this one; 1 means none."""
    return available_cores() if workers == "auto" else max(1, int(workers))


def job_figures(problem: Problem, limit: int, options: SearchOptions, *, n_workers: int) -> JobFigures:
    """What memory depends on, measured now."""
    sizes = problem.space.position_sizes
    return JobFigures(
        n_combinations=problem.space.n_combinations,
        limit=limit,
        n_words=RankCode(sizes).n_words,
        n_positions=len(sizes),
        n_totals=problem.n_features + len(problem.bonus_names) + len(problem.slot_levels),
        n_columns=options.n_columns,
        row_bytes=sum(smallest_unsigned(size).itemsize for size in sizes),
        base_bytes=resident_bytes() or _USUAL_BASE_BYTES,
        kept_bytes=options.kept_bytes,
        fills=problem.decorations is not None,
        dask=options.backend == "dask" and options.dask_scheduler is None,
        forks=n_workers == 1 or _forks(),
    )


def _forks() -> bool:
    """Whether worker processes are forked from this one."""
    import multiprocessing

    return multiprocessing.get_start_method() == "fork"


def watch(
    job: JobFigures, ceiling_bytes: int, should_stop: Callable[[], bool] | None = None, *, next_bytes: int
) -> Callable[[], bool]:
    """A `should_stop` that raises a `MemoryBudgetError` where the next step could pass the ceiling; 10 us."""
    most = max(ceiling_bytes - next_bytes, job.base_bytes)

    def look() -> bool:
        held = resident_bytes()
        if held is not None and held > most:
            raise MemoryBudgetError(
                f"the search needs more than the {format_size(ceiling_bytes)} of --memory:"
                f" it holds {format_size(held)}, and its next step may take {format_size(next_bytes)}",
                "allow more, ask for fewer builds, or try the other engine",
            )
        return should_stop is not None and should_stop()

    return look
