"""Why nothing satisfies a configuration: requirements that exclude each other.

In: the table and configuration of a job without a build. Out: the error to raise,
with a smallest set of requirements (minima, pins, exclusions, filters) that no
build keeps together, and how far each could go while the others are kept. The
search for the set knows requirements as numbers only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InfeasibleError
from ..problem.problem import Feature, Problem
from ..problem.selection import rule_verdicts
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..system.stopping import StopFlag
from ._highest_level import highest_level
from ._level_problem import Goal, compile_levels

__all__ = ["Conflict", "explain_infeasible", "is_clearly_infeasible", "smallest_conflict"]

#: Seconds for the whole explanation. A question takes 1 to 500 ms on a table of
#: 2,000 pieces, and some dozens suffice.
_TIME_LIMIT = 20.0


class _GaveUp(Exception):
    """A question could not be answered in the time there is."""


@dataclass(frozen=True)
class Conflict:
    """Requirements that no build keeps together.

    Attributes
    ----------
    members : tuple of int
        Ascending.
    is_irreducible : bool
        Without any one of them the others can be kept.
    is_smallest : bool
        No set of fewer requirements conflicts.
    """

    members: tuple[int, ...]
    is_irreducible: bool = True
    is_smallest: bool = True


def smallest_conflict(n_requirements: int, can_keep: Callable[[frozenset[int]], bool]) -> Conflict:
    """A smallest set of requirements that cannot be kept together.

    Parameters
    ----------
    n_requirements : int
        They are numbered from 0; all of them together cannot be kept.
    can_keep : callable
        Whether some build keeps all requirements of a set. It may raise
        `_GaveUp`; the best set known by then is the answer.

    Returns
    -------
    Conflict

    Notes
    -----
    First one requirement after the other is left out, as long as the rest still
    conflicts. Then for a smaller one: the complement of any set that can be kept
    must be hit by every conflict, so the smallest set that hits all known
    complements either conflicts, or it is grown into a further set that can be
    kept. Source: A. Ignatiev, A. Previti, M. Liffiton, J. Marques-Silva,
    "Smallest MUS extraction with minimal hitting set dualization", CP 2015.
    The number of questions is exponential at worst and some dozens in practice.
    """
    everything = frozenset(range(n_requirements))
    conflict = everything
    try:
        for one in sorted(everything, reverse=True):
            if not can_keep(conflict - {one}):
                conflict -= {one}
    except _GaveUp:
        return Conflict(tuple(sorted(conflict)), is_irreducible=False, is_smallest=False)
    complements: list[frozenset[int]] = []
    try:
        while True:
            candidate = _smallest_hitting(complements, len(conflict))
            if candidate is None:
                return Conflict(tuple(sorted(conflict)))
            if not can_keep(candidate):
                return Conflict(tuple(sorted(candidate)))
            kept = candidate
            for one in sorted(everything - candidate):
                if can_keep(kept | {one}):
                    kept |= {one}
            complements.append(everything - kept)
    except _GaveUp:
        return Conflict(tuple(sorted(conflict)), is_smallest=False)


def _smallest_hitting(sets: Sequence[frozenset[int]], below: int) -> frozenset[int] | None:
    """The first smallest set of fewer than `below` numbers that has one in common with each of `sets`."""
    numbers = sorted(frozenset().union(*sets))
    for size in range(below):
        for chosen in itertools.combinations(numbers, size):
            if all(not own.isdisjoint(chosen) for own in sets):
                return frozenset(chosen)
    return None


@dataclass(frozen=True, eq=False)
class _Rule:
    """A pin, an exclusion or a filter, with the pieces it lets pass, shape (P,)."""

    name: str
    passes: npt.NDArray[np.bool_]


class _Job:
    """The requirements of a job, and the questions about them."""

    def __init__(self, table: EquipmentTable, config: Config, should_stop: Callable[[], bool]) -> None:
        self.config = config
        self.problem: Problem = compile_levels(table, config)
        self._should_stop = should_stop
        self._starts = [slice(int(a), int(b)) for a, b in itertools.pairwise(table.part_start.tolist())]
        required = [f for f, feature in enumerate(self.problem.features) if feature.minimum is not None]
        rules = [_Rule(name, passes) for name, passes in rule_verdicts(table, config) if not passes.all()]
        #: A feature's number for a minimum, or a rule.
        self.requirements: list[int | _Rule] = [*required, *rules]
        self._known: dict[frozenset[int], bool] = {}

    def can_keep(self, kept: frozenset[int]) -> bool:
        """Whether some build keeps these requirements; what was asked before is not asked again."""
        for asked, answer in self._known.items():
            if (answer and kept <= asked) or (not answer and kept >= asked):
                return answer
        answer = self.highest(kept) is not None
        self._known[kept] = answer
        return answer

    def highest(self, kept: Iterable[int], goal: Goal | None = None) -> int | None:
        """The highest level of `goal` while these requirements are kept; None where they cannot be."""
        own = [self.requirements[i] for i in kept]
        minima = {f: self._minimum(f) for f in own if isinstance(f, int)}
        passes = [rule.passes for rule in own if isinstance(rule, _Rule)]
        allowed = None
        if passes:
            together = np.logical_and.reduce(passes)
            allowed = [together[rows] for rows in self._starts]
        reach = highest_level(self.problem, minima, goal, allowed=allowed, should_stop=self._should_stop)
        if not reach.proved:
            raise _GaveUp
        return reach.level

    def _minimum(self, f: int) -> int:
        minimum = self.problem.features[f].minimum
        assert minimum is not None
        return minimum

    def line(self, i: int, conflict: Conflict) -> str:
        """One requirement of a conflict in words."""
        requirement = self.requirements[i]
        others = [other for other in conflict.members if other != i]
        if isinstance(requirement, _Rule):
            n_rejected = int(np.count_nonzero(~requirement.passes))
            return f"{requirement.name}, which rejects {n_rejected} of {len(requirement.passes)} pieces"
        feature = self.problem.features[requirement]
        minimum = self._minimum(requirement)
        try:
            level = self.highest(others, Goal(requirement, cap=minimum - 1))
        except _GaveUp:
            return f"{_named(self.config, feature)}: how near a build comes was not found out in time"
        if level is None:
            return f"{_named(self.config, feature)}: whatever it is lowered to, the others exclude each other"
        return f"{_named(self.config, feature)}: at most {level}" + (" while the others are kept" if others else "")


def _named(config: Config, feature: Feature) -> str:
    """A minimum with its place: ``config.json:3:20: Attack Boost at least 7``."""
    path = feature.path if feature.kind == "defence" else f"{feature.path}.min"
    where = config.where(path)
    what = {"skill": feature.name, "defence": "defence", "resistance": f"{feature.name} resistance"}[feature.kind]
    return f"{where}: {what} at least {feature.minimum}" if where else f"{what} at least {feature.minimum}"


def is_clearly_infeasible(table: EquipmentTable, config: Config, should_stop: Callable[[], bool]) -> bool:
    """Whether the minima alone rule out every build.

    Parameters
    ----------
    table : EquipmentTable
        After pins, exclusions and filters.
    config : Config
    should_stop : callable
        Polled; true gives up, and the answer is false.

    Returns
    -------
    bool
        True only if it is proved.
    """
    problem = compile_levels(table, config)
    minima = {f: feature.minimum for f, feature in enumerate(problem.features) if feature.minimum is not None}
    reach = highest_level(problem, minima, should_stop=should_stop)
    return reach.level is None and reach.proved


def explain_infeasible(
    table: EquipmentTable,
    config: Config,
    *,
    time_limit: float | None = _TIME_LIMIT,
    should_stop: Callable[[], bool] | None = None,
) -> InfeasibleError:
    """The error that says why no build satisfies a configuration.

    Parameters
    ----------
    table : EquipmentTable
        As it was before pins, exclusions and filters; each of them is a
        requirement like a minimum.
    config : Config
        No build of `table` satisfies it.
    time_limit : float, optional
        Seconds after which the set is not made smaller any more. The message
        says what is certain of the set.
    should_stop : callable, optional
        Polled; true ends the search for a smaller set, too.

    Returns
    -------
    InfeasibleError
        Its message names the requirements of a conflict, each with its place and
        the level that can be reached while the others of the conflict are kept.
    """
    flag = StopFlag(time_limit, should_stop)
    job = _Job(table, config, flag.is_set)
    conflict = smallest_conflict(len(job.requirements), job.can_keep)
    lines = [job.line(i, conflict) for i in conflict.members]
    if len(lines) == 1:
        return InfeasibleError(
            f"no build satisfies the config; this is out of reach:\n  {lines[0]}",
            "lower it to that level, or add equipment",
        )
    certain = "no fewer do"
    if not conflict.is_irreducible:
        certain = "the time did not suffice to find out whether all of them are needed for that"
    elif not conflict.is_smallest:
        certain = "each of them is needed for that; whether another set has fewer was not found out in time"
    together = "\n  ".join(lines)
    return InfeasibleError(
        f"no build satisfies the config; these {len(lines)} requirements exclude each other ({certain}):\n  {together}",
        "lower one of them to the level given, or drop it",
    )
