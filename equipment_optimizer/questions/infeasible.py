"""Why nothing satisfies a configuration: requirements that exclude each other.

In: the table and configuration of a job without a build. Out: the error to raise,
with a smallest set of requirements (minima, pins, exclusions, filters) that no
build keeps together, and how far each could go while the others are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InfeasibleError
from ..problem.problem import Feature
from ..problem.selection import rule_verdicts
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..system.stopping import StopFlag
from ._conflict import Conflict, GaveUp, smallest_conflict
from ._highest_level import Reach, highest_level
from ._level_problem import Goal, compile_levels, without_useless_pieces

__all__ = ["explain_infeasible", "is_clearly_infeasible"]

#: Relaxations (or chunks of an enumeration), half a millisecond each on a table of 2,000
#: pieces, that a question may take, those for the conflict together, and those for what is
#: within reach; and what a question takes besides.
_QUESTION_STEPS = 250
_CONFLICT_STEPS = 1_800
_REACH_STEPS = 1_200
_STEPS_TO_ASK = 6

#: Seconds after which nothing more is asked, however far that is.
_TIME_LIMIT = 20.0


@dataclass(frozen=True, eq=False)
class _Rule:
    """A pin, an exclusion or a filter, with the pieces it lets pass, shape (P,)."""

    name: str
    passes: npt.NDArray[np.bool_]


class _Steps:
    """What questions may cost: polled at every relaxation."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self.n_left = _CONFLICT_STEPS
        self.n_left_of_question = 0

    def begin(self) -> None:
        """A question begins."""
        self.n_left -= _STEPS_TO_ASK
        self.n_left_of_question = min(self.n_left, _QUESTION_STEPS)

    def is_over(self) -> bool:
        """Whether the question has had its share; one step more is taken."""
        self.n_left -= 1
        self.n_left_of_question -= 1
        return self.n_left_of_question < 0 or self._should_stop()


class _Job:
    """The requirements of a job, and the questions about them."""

    def __init__(self, table: EquipmentTable, config: Config, should_stop: Callable[[], bool]) -> None:
        self.config = config
        self._steps = _Steps(should_stop)
        rules = [_Rule(name, passes) for name, passes in rule_verdicts(table, config) if not passes.all()]
        starts = [slice(int(a), int(b)) for a, b in itertools.pairwise(table.part_start.tolist())]
        passes = np.array([rule.passes for rule in rules], dtype=np.bool_).reshape(len(rules), table.n_pieces).T
        self.problem, self._passes = without_useless_pieces(
            compile_levels(table, config), [passes[rows] for rows in starts]
        )
        required = [f for f, feature in enumerate(self.problem.features) if feature.minimum is not None]
        #: A feature's number for a minimum, or a rule.
        self.requirements: list[int | _Rule] = [*required, *rules]
        self._n_minima = len(required)
        self._known: dict[frozenset[int], frozenset[int] | None] = {}

    def refute(self, asked: frozenset[int]) -> frozenset[int] | None:
        """A conflict within these requirements; None where some build keeps them all.

        What can be kept can be kept without some of it, and a conflict stays one with
        more: so earlier answers are looked at first.
        """
        for known, conflict in self._known.items():
            if conflict is None and asked <= known:
                return None
            if conflict is not None and conflict <= asked:
                return conflict
        reach = self._ask(asked)
        if not reach.proved:
            raise GaveUp
        conflict = None
        if reach.level is None:
            minima = frozenset(asked) if reach.refuted is None else reach.refuted
            conflict = frozenset(
                i for i in asked if i >= self._n_minima or reach.refuted is None or self.requirements[i] in minima
            )
        self._known[asked] = conflict
        return conflict

    def _ask(self, kept: Iterable[int], goal: Goal | None = None, lowered: dict[int, int] | None = None) -> Reach:
        """The highest level of `goal` while these requirements are kept, some of them `lowered`."""
        chosen = list(kept)
        minima = {f: self._minimum(f) for f in (self.requirements[i] for i in chosen) if isinstance(f, int)}
        minima |= lowered or {}
        rules = [i - self._n_minima for i in chosen if i >= self._n_minima]
        allowed = [np.all(passes[:, rules], axis=1) for passes in self._passes] if rules else None
        self._steps.begin()
        return highest_level(self.problem, minima, goal, allowed=allowed, should_stop=self._steps.is_over)

    def lines(self, conflict: Conflict) -> list[str]:
        """The requirements of a conflict in words."""
        self._steps.n_left = _REACH_STEPS
        return [self.line(i, conflict) for i in conflict.members]

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
        name = _named(self.config, self.problem.features[requirement])
        return f"{name}: {self._within_reach(requirement, others)}"

    def _within_reach(self, f: int, others: list[int]) -> str:
        """How high a feature can go, short of its minimum, while others are kept.

        The minimum itself is out of reach, or it were no conflict; mostly one level less
        is not, which is a question of its own that is soon answered.
        """
        while_kept = " while the others are kept" if others else ""
        most = self._minimum(f) - 1
        if self._ask(others, lowered={f: most}).level is not None:
            return f"at most {most}{while_kept}"
        reach = self._ask(others, Goal(f, cap=most))
        if reach.level is None and reach.proved:
            return "whatever it is lowered to, the others exclude each other"
        if reach.level is None:
            return f"no more than {most}{while_kept}, and no such build was found in time"
        if not reach.proved:
            return f"between {reach.level} and {most}{while_kept}"
        return f"at most {reach.level}{while_kept}"


def _named(config: Config, feature: Feature) -> str:
    """A minimum with its place: ``config.json:3:20: Attack Boost at least 7``."""
    path = feature.path if feature.kind == "defence" else f"{feature.path}.min"
    where = config.where(path)
    what = {"skill": feature.name, "defence": "defence", "resistance": f"{feature.name} resistance"}[feature.kind]
    return f"{where}: {what} at least {feature.minimum}" if where else f"{what} at least {feature.minimum}"


def is_clearly_infeasible(table: EquipmentTable, config: Config, should_stop: Callable[[], bool]) -> bool:
    """Whether the minima alone rule out every build of a table, reduced by pins, exclusions and filters.

    True only if it is proved; a true `should_stop` gives up.
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
    """The error that says why no build of `table` satisfies a configuration.

    `table` is as it was before pins, exclusions and filters: each of them is a requirement
    like a minimum. After `time_limit` seconds, or when `should_stop` says so, the set is
    not made smaller any more; the message says what is certain of it.
    """
    flag = StopFlag(time_limit, should_stop)
    job = _Job(table, config, flag.is_set)
    conflict = smallest_conflict(len(job.requirements), job.refute)
    lines = job.lines(conflict)
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
