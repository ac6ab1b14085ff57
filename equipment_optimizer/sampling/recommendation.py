"""What the sampler recommends, with what it is based on, for people and programs.

In: a decision and the measurements behind it. Out: one record. Knows nothing of equipment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ._choice import Executor
from ._cost_model import JobCosts, MachineCosts
from ._decision import Decision
from .dry_run import SamplingResult

__all__ = ["Recommendation"]


@dataclass(frozen=True, slots=True, repr=False)
class Recommendation:
    """How to run a job, and why.

    Attributes
    ----------
    decision : Decision
        Also `executor` ("serial", "thread" or "process"), `n_jobs` (1 for serial), `chunksize` (items per
        message), `estimated_speedup` (over serial), `predicted_seconds` (of "serial", and of "thread" and
        "process" at their best where they are possible), `reason` (one sentence), `bound_by` (what limits
        the speed) and `warnings`.
    sampling : SamplingResult
        Everything measured on the function; also `data` (all items in order: where an iterator was
        given this continues it and can be read once) and `sample_results` (by position, so that they
        need not be run again).
    job : JobCosts
    machine : MachineCosts
        What `decide` was given: with these two it decides the same anywhere.

    Examples
    --------
    >>> from equipment_optimizer.sampling import optimize
    >>> choice = optimize(abs, range(3))
    >>> choice.executor, choice.n_jobs, choice.sample_results
    ('serial', 1, {0: 0, 1: 1, 2: 2})
    """

    decision: Decision
    sampling: SamplingResult
    job: JobCosts
    machine: MachineCosts

    @property
    def executor(self) -> Executor:
        """Serial, thread or process."""
        return self.decision.executor

    @property
    def n_jobs(self) -> int:
        """Threads or processes."""
        return self.decision.n_jobs

    @property
    def chunksize(self) -> int:
        """Items per message."""
        return self.decision.chunksize

    @property
    def estimated_speedup(self) -> float:
        """Predicted serial time over the predicted time of what is recommended."""
        return self.decision.estimated_speedup

    @property
    def predicted_seconds(self) -> dict[str, float]:
        """By executor, each at its best."""
        return self.decision.predicted_seconds

    @property
    def predicted_intervals(self) -> Mapping[str, tuple[float, float]]:
        """By executor: where its time lies in nine of ten runs."""
        return self.decision.predicted_intervals

    @property
    def reason(self) -> str:
        """One sentence."""
        return self.decision.reason

    @property
    def bound_by(self) -> str:
        """What limits the speed."""
        return self.decision.bound_by

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know, and what could be changed."""
        return self.sampling.warnings + self.decision.warnings

    @property
    def data(self) -> Iterable[Any]:
        """All items in order."""
        return self.sampling.data

    @property
    def sample_results(self) -> dict[int, Any]:
        """Results by position."""
        return self.sampling.sample_results

    def __str__(self) -> str:
        if self.executor == "serial":
            return f"serial: {self.reason}"
        what = "processes" if self.executor == "process" else "threads"
        items = "1 item" if self.chunksize == 1 else f"{self.chunksize} items"
        return f"{self.n_jobs} {what}, {items} a chunk: {self.reason}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def tell(self) -> None:
        """Print it and its warnings to standard error."""
        for line in (str(self), *(f"note: {warning}" for warning in self.warnings)):
            print(line, file=sys.stderr)
