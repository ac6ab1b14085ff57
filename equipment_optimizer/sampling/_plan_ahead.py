"""How to go on with what is left of a job that began here.

In: what was seen of it so far. Out: a plan. Loaded only where so much is left that thinking may pay.
Knows nothing of equipment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..system import machine as system
from ..workers.obstacles import THREADS_NOT_ALLOWED, function_blocker, main_items_blocker
from ._calibration import assumed_costs, known_costs
from ._choice import choose
from ._cost_model import JobCosts, results_bytes
from .pickle_cost import ChunkCost, check_data_picklability_with_measurements, measure_parts
from .tuning import MEMORY_SHARE

if TYPE_CHECKING:
    from ._choice import Choices
    from ._cost_model import MachineCosts

__all__ = ["Plan", "plan_ahead"]


class Plan:
    """How to go on, and what that was decided from; `has_warned`: of results that will not fit into memory."""

    def __init__(self, choices: Choices, job: JobCosts, machine: MachineCosts, *, has_warned: bool = False) -> None:
        self.choices = choices
        self.job = job
        self.machine = machine
        self.has_warned = has_warned

    def words(self, before: str = "") -> list[str]:
        """The plan for the user, a line each."""
        from ._explanation import words

        return words(self.job, self.machine, self.choices, before)


def plan_ahead(
    func: Callable[[Any], Any],
    method: str,
    items_ahead: Callable[[], Sequence[Any]],
    results: Sequence[Any],
    *,
    calls: dict[str, Any],
    threads: bool,
    is_ready: bool,
    warns: bool,
    max_workers: int | None,
    budget_bytes: int | None,
) -> Plan | None:
    """What would be best for the rest; None where nothing but serial is possible, now and later.

    `calls`: fields of `JobCosts` that were seen; `is_ready`: workers are there; `warns`: of results that will not fit.
    """
    if system.inside_worker() or (system.available_cores() < 2 and not threads):
        return None
    job = _job(func, method, items_ahead(), results, calls=calls, threads=threads)
    machine = known_costs(method, bandwidth=False) or assumed_costs(method, usual=True)
    if is_ready:
        machine = machine._replace(start_seconds=0.0, start_seconds_each=0.0)
    has_warned = warns and results_bytes(job) >= (machine.available_bytes or math.inf) * MEMORY_SHARE
    if has_warned:
        _warn_of_memory(job, machine)
    choices = choose(job, machine, max_workers=max_workers, budget_bytes=budget_bytes)
    return Plan(choices, job, machine, has_warned=has_warned)


def _warn_of_memory(job: JobCosts, machine: MachineCosts) -> None:
    """Say before they are made that results will not fit."""
    import warnings

    from ._explanation import results_note

    note = f"{results_note(job, machine)}: use them one by one (iter_parallel)"
    # The caller of `map_parallel` stands above two generators.
    warnings.warn(note, ResourceWarning, stacklevel=6)


def _job(
    func: Callable[[Any], Any],
    method: str,
    items: Sequence[Any],
    results: Sequence[Any],
    *,
    calls: dict[str, Any],
    threads: bool,
) -> JobCosts:
    """What the rest costs, from the calls so far and a few pickles."""
    blocker = function_blocker(func, method) or main_items_blocker(func, items, method)
    blockers = [] if blocker is None else [blocker]
    input_cost = result_cost = ChunkCost()
    function = (0.0, 0)
    if not blockers:
        input_cost, error = measure_parts("its items", items)
        result_cost, other = measure_parts("its results", results)
        is_fine, _, failure, measured = check_data_picklability_with_measurements([func])
        blockers += [each for each in (error, other) if each is not None]
        if is_fine:
            function = measured[0]
        else:
            blockers.append(f"the function cannot be pickled ({type(failure).__name__}: {failure})")
    return JobCosts(
        input_cost=input_cost,
        result_cost=result_cost,
        function_seconds=function[0],
        function_bytes=function[1],
        process_blockers=tuple(blockers),
        thread_blockers=() if threads else (THREADS_NOT_ALLOWED,),
        **calls,
    )
