"""Why nothing satisfies a configuration: requirements that exclude each other.

In: the table and configuration of a job without a build. Out: the error to raise,
with a smallest set of requirements (minima, pins, exclusions, filters) that no
build keeps together, and how far each could go while the others are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InfeasibleError, member_path
from ..problem.problem import Feature
from ..problem.selection import rule_verdicts
from ..records.config import Config
from ..records.equipment import EquipmentTable
from ..system.stopping import StopFlag
from ._conflict import Conflict, GaveUp, KeptSets, Verdict, smallest_conflict
from ._hard_limits import Limit, amount, limits_of
from ._level_problem import compile_levels, without_useless_pieces
from ._limit_questions import Answer, LimitQuestions
from .few_builds import within

__all__ = ["explain_infeasible", "is_clearly_infeasible"]

#: Relaxations (or chunks of an enumeration), one to two milliseconds each on a table of 2,000
#: pieces, that a question may take, those for a conflict of which each member is needed, those
#: for one of fewer members, and those for what is within reach; and what a question takes besides.
_QUESTION_STEPS = 400
_CONFLICT_STEPS = 1_500
_SMALLER_STEPS = 700
_REACH_STEPS = 1_500
_STEPS_TO_ASK = 3

#: Those for whether anything fits, before a search that asks again.
_FIRST_STEPS = 150

#: Seconds after which nothing more is asked, however far that is.
_TIME_LIMIT = 20.0


@dataclass(frozen=True, eq=False)
class _Rule:
    """A pin, an exclusion or a filter, with the pieces it lets pass, shape (P,)."""

    name: str
    passes: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Same:
    """A count by its name, and the features of which only one may be above 0."""

    name: str
    group: tuple[int, ...]


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
        self.limits = limits_of(self.problem.features)
        by_path = {member_path("$.counts", name): name for name in config.counts}
        sames = [_Same(by_path[self.problem.features[group[0]].path], group) for group in self.problem.exclusive]
        self.requirements: list[Limit | _Same | _Rule] = [*self.limits, *sames, *rules]
        self._first_rule = len(self.limits) + len(sames)
        self._questions: dict[frozenset[int], LimitQuestions] = {}
        self._conflicts: list[frozenset[int]] = []
        self._weight: Mapping[int, int] = {}
        self._looks_elsewhere = False
        #: Of each build that was found the requirements it keeps, and the totals of all limits.
        self._builds: list[tuple[frozenset[int], tuple[int, ...]]] = []
        #: Of each combination that was found what says which sets of requirements it keeps with other decorations.
        self.builds: list[KeptSets] = []

    def ask(self, asked: frozenset[int]) -> Verdict:
        """Whether some build keeps these requirements; earlier answers are looked at first."""
        for kept, _ in self._builds:
            if asked <= kept:
                return Verdict(True, kept)
        for conflict in self._conflicts:
            if conflict <= asked:
                return Verdict(False, conflict)
        answer = self._find(asked)
        if answer.levels is not None:
            return Verdict(True, self._builds[-1][0])
        if not answer.proved:
            raise GaveUp
        return Verdict(False, self._conflicts[-1])

    def look_for_fewer(self) -> None:
        """From now on questions are about a conflict of fewer members: the more combinations are found, the better."""
        self._looks_elsewhere = True
        self._steps.n_left = _SMALLER_STEPS

    def weight(self, i: int) -> int:
        """How much of what there is a requirement takes up, as far as the first answer knows; rules as much as any."""
        return self._weight.get(i, 0) if i < len(self.limits) else max(self._weight.values(), default=0)

    def _find(self, asked: frozenset[int], goal: int | None = None) -> Answer:
        """A build that keeps these requirements and has as many levels of a limit as any; it is remembered."""
        limits = frozenset(i for i in asked if i < len(self.limits))
        rules = asked - limits
        if rules not in self._questions:
            columns = [i - self._first_rule for i in sorted(rules) if i >= self._first_rule]
            allowed = [np.all(passes[:, columns], axis=1) for passes in self._passes] if columns else None
            others = [self.requirements[i] for i in sorted(rules)]
            exclusive = tuple(requirement.group for requirement in others if isinstance(requirement, _Same))
            problem = replace(self.problem, exclusive=exclusive)
            self._questions[rules] = LimitQuestions(problem, self.limits, allowed)
        self._steps.begin()
        n_known = len(self._questions[rules].builds)
        self._questions[rules].looks_elsewhere = self._looks_elsewhere
        answer = self._questions[rules].ask(limits, goal=goal, should_stop=self._steps.is_over)
        self.builds += [
            partial(_kept_with, kept, self._barred(rules)) for kept in self._questions[rules].builds[n_known:]
        ]
        if answer.levels is not None:
            kept = (i for i, limit in enumerate(self.limits) if limit.keeps(answer.levels[i]))
            self._builds.append((rules.union(kept), answer.levels))
        elif answer.proved:
            self._conflicts.append(rules | answer.needed)
            self._weight = self._weight or answer.weight
        return answer

    def _barred(self, rules: frozenset[int]) -> int:
        """The requirements besides limits that are not among some, as bits."""
        return sum(1 << i for i in range(len(self.limits), len(self.requirements)) if i not in rules)

    def lines(self, conflict: Conflict) -> list[str]:
        """The requirements of a conflict in words."""
        self._steps.n_left = _REACH_STEPS
        self._looks_elsewhere = False
        return [self.line(i, conflict) for i in conflict.members]

    def line(self, i: int, conflict: Conflict) -> str:
        """One requirement of a conflict in words."""
        requirement = self.requirements[i]
        others = frozenset(conflict.members) - {i}
        if isinstance(requirement, _Rule):
            n_rejected = int(np.count_nonzero(~requirement.passes))
            return f"{requirement.name}, which rejects {n_rejected} of {len(requirement.passes)} pieces"
        if isinstance(requirement, _Same):
            column = self.config.counts[requirement.name].same
            text = f"{requirement.name}: one {column} for all pieces that have one"
            return _placed(self.config, member_path("$.counts", requirement.name), text)
        feature = self.problem.features[requirement.feature]
        name = _named(self.config, feature, requirement)
        return name if feature.kind == "pin" else f"{name}: {self._nearest_words(i, requirement, others)}"

    def _nearest_words(self, i: int, limit: Limit, others: frozenset[int]) -> str:
        """How near a total comes to its limit while others are kept: the limit itself is out of reach."""
        while_kept = " while the others are kept" if others else ""
        sign, most, no_more = (-1, "at least", "no less") if limit.is_maximum else (1, "at most", "no more")
        nearest = limit.level - sign
        reached = self._nearest(i, limit, others)
        proved = reached == nearest
        if not proved:
            answer = self._find(others, goal=i)
            proved = answer.proved
            reached = self._nearest(i, limit, others)
        feature = self.problem.features[limit.feature]
        if reached is None and proved:
            changed = "raised" if limit.is_maximum else "lowered"
            return f"whatever it is {changed} to, the others exclude each other"
        if reached is None:
            return f"{no_more} than {amount(feature, nearest)}{while_kept}, and no such build was found in time"
        if not proved:
            ends = (amount(feature, end) for end in sorted((reached, nearest)))
            return f"between {' and '.join(ends)}{while_kept}"
        return f"{most} {amount(feature, reached)}{while_kept}"

    def _nearest(self, i: int, limit: Limit, others: frozenset[int]) -> int | None:
        """The total nearest to a limit among the builds known that keep others; None where there is none."""
        totals = [levels[i] for kept, levels in self._builds if others <= kept]
        return max(totals, key=limit.kept_levels, default=None)


def _kept_with(kept: KeptSets, barred: int, sets: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which sets are kept that have nothing of what is barred."""
    has_none: npt.NDArray[np.bool_] = sets & barred == 0
    return has_none & kept(sets)


def _named(config: Config, feature: Feature, limit: Limit) -> str:
    """A limit with its place: ``config.json:3:20: Attack Boost at least 7``."""
    key = "max" if limit.is_maximum else "min"
    path = f"{feature.path}.{key}"
    if feature.kind == "defence":
        path = f"$.{key}_defence"
    elif feature.kind == "skill" and limit.is_maximum:
        path = f"{feature.path}.at_most"
    if feature.kind == "pin":
        return _placed(config, feature.path, f"{feature.name} must be there")
    level = amount(feature, limit.level)
    if feature.kind == "total":
        rule = config.totals[feature.name]
        level = str(rule.maximum if limit.is_maximum else rule.minimum)
    what = {"defence": "defence", "resistance": f"{feature.name} resistance"}.get(feature.kind, feature.name)
    return _placed(config, path, f"{what} at {'most' if limit.is_maximum else 'least'} {level}")


def _placed(config: Config, path: str, text: str) -> str:
    """A text behind the place of a value, where that is known."""
    where = config.where(path)
    return f"{where}: {text}" if where else text


def is_clearly_infeasible(
    table: EquipmentTable, config: Config, should_stop: Callable[[], bool], *, is_asked_again: bool = False
) -> bool:
    """Whether the limits alone rule out every build of a table, reduced by pins, exclusions and filters.

    True only if it is proved; a true `should_stop` gives up, as is soon done before a search that asks again.
    """
    should_stop = within(_FIRST_STEPS, should_stop) if is_asked_again else should_stop
    problem = compile_levels(table, config)
    limits = limits_of(problem.features)
    answer = LimitQuestions(problem, limits, None).ask(range(len(limits)), should_stop=should_stop)
    return answer.levels is None and answer.proved


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
    conflict = smallest_conflict(
        len(job.requirements),
        job.ask,
        job.weight,
        on_irreducible=job.look_for_fewer,
        builds=job.builds,
    )
    lines = job.lines(conflict)
    members = [job.requirements[i] for i in conflict.members]
    is_most = any(isinstance(member, _Same) or (isinstance(member, Limit) and member.is_maximum) for member in members)
    loosen = "loosen" if is_most else "lower"
    if len(lines) == 1:
        return InfeasibleError(
            f"no build satisfies the config; this is out of reach:\n  {lines[0]}",
            "drop it, or add equipment"
            if isinstance(members[0], _Same | _Rule)
            else f"{loosen} it to that level, or add equipment",
        )
    certain = "no fewer do"
    if not conflict.is_irreducible:
        certain = "the time did not suffice to find out whether all of them are needed for that"
    elif not conflict.is_smallest:
        certain = "each of them is needed for that; whether another set has fewer was not found out in time"
    together = "\n  ".join(lines)
    return InfeasibleError(
        f"no build satisfies the config; these {len(lines)} requirements exclude each other ({certain}):\n  {together}",
        f"{loosen} one of them to the level given, or drop it",
    )
