"""A memory ceiling for one search: a plan that fits before it starts, a watch while it runs.

In: a compiled problem, how the search is wanted, and the ceiling. Out: the plan
(`memory_plan`) and a poll that ends the run before the ceiling is passed. What the
bounded search will list is not known beforehand, so its estimate alone cannot
promise anything; the watch does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import MemoryBudgetError
from ..problem.problem import Problem
from ..records.space import RankCode
from ..system.machine import available_cores, resident_bytes
from ..units import format_size
from .memory_plan import JobFigures, MemoryPlan, make_plan, step_bytes

__all__ = ["MemoryLimit", "Workforce", "plan_search", "watch"]

#: What a process holds with the package loaded, bytes, where the system does not say.
_USUAL_BASE_BYTES = 40 << 20


@dataclass(frozen=True, kw_only=True)
class MemoryLimit:
    """The ceiling, and what counts against it beside the search.

    Attributes
    ----------
    ceiling_bytes : int
        For the process and everything it starts, interpreter included.
    n_columns : int
        Columns of the output.
    row_bytes : int
        Bytes of a kept combination's piece indices.
    kept_bytes : int
        What the caller will allocate after the search.
    """

    ceiling_bytes: int
    n_columns: int
    row_bytes: int
    kept_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Workforce:
    """Who would search without a ceiling.

    Attributes
    ----------
    workers : int or "auto"
    dask : bool
        On a Dask cluster that is started for this run.
    """

    workers: int | str
    dask: bool

    @property
    def n_wanted(self) -> int:
        """Processes that may come to be beside this one; 1 means none."""
        return available_cores() if self.workers == "auto" else max(1, int(self.workers))


def _figures(problem: Problem, limit: int, memory: MemoryLimit, workforce: Workforce) -> JobFigures:
    """What memory depends on, measured now."""
    return JobFigures(
        n_combinations=problem.space.n_combinations,
        limit=limit,
        n_words=RankCode(problem.space.position_sizes).n_words,
        n_positions=len(problem.positions),
        n_totals=problem.n_features + len(problem.bonus_names) + len(problem.slot_levels),
        n_columns=memory.n_columns,
        row_bytes=memory.row_bytes,
        base_bytes=resident_bytes() or _USUAL_BASE_BYTES,
        kept_bytes=memory.kept_bytes,
        fills=problem.decorations is not None,
        dask=workforce.dask,
        forks=workforce.n_wanted == 1 or _forks(),
    )


def _forks() -> bool:
    """Whether worker processes are forked from this one."""
    import multiprocessing

    return multiprocessing.get_start_method() == "fork"


def plan_search(
    problem: Problem, limit: int, memory: MemoryLimit, engines: tuple[str, ...], workforce: Workforce
) -> MemoryPlan:
    """How to search below the ceiling.

    Parameters
    ----------
    problem : Problem
    limit : int
    memory : MemoryLimit
    engines : tuple of str
        Engines that may run, the most wanted first.
    workforce : Workforce

    Raises
    ------
    MemoryBudgetError
        If even the smallest way to search needs more.
    """
    job = _figures(problem, limit, memory, workforce)
    return make_plan(job, memory.ceiling_bytes, engines, workforce.n_wanted)


def watch(problem: Problem, memory: MemoryLimit, should_stop: Callable[[], bool] | None = None) -> Callable[[], bool]:
    """A `should_stop` that also raises where the next step could pass the ceiling.

    Raises
    ------
    MemoryBudgetError
        By the function that is returned.

    Notes
    -----
    A poll reads one line from the system, about 10 microseconds.
    """
    job = _figures(problem, 1, memory, Workforce(workers=1, dask=False))
    next_bytes = step_bytes(job)
    most = max(memory.ceiling_bytes - next_bytes, job.base_bytes)

    def look() -> bool:
        held = resident_bytes()
        if held is not None and held > most:
            raise MemoryBudgetError(
                f"the search needs more than the {format_size(memory.ceiling_bytes)} of --memory:"
                f" it holds {format_size(held)}, and its next step may take {format_size(next_bytes)}",
                "allow more, ask for fewer builds, or try the other engine",
            )
        return should_stop is not None and should_stop()

    return look
