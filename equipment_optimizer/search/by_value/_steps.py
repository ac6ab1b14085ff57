"""In which order values are gone through, and with which classes of which part at each step.

Array axes: B parts, n classes of a part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Relaxed
from ..relaxation.piece_classes import PartClasses
from .counted_values import CountedValues

__all__ = ["Step", "Steps", "Value"]


class Step(NamedTuple):
    """Classes of a part that carry the same values: any of them is chosen, the only one up to `most` times."""

    part: int
    classes: npt.NDArray[np.intp]
    values: tuple[int, ...]
    most: int = 1


class Value(NamedTuple):
    """The number of its rule, how many pieces with it a build may have, and the total that says so, -1 where none."""

    rule: int
    most: int
    feature: int


class _Group(NamedTuple):
    """Classes that carry the same values, by part."""

    values: tuple[int, ...]
    of_part: dict[int, list[int]]


class Steps:
    """What the classes of a problem carry; `values` of all rules, `features` are the totals that limit them."""

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], rules: Sequence[CountedValues]) -> None:
        self._classes = classes
        exclusive = {e for group in problem.exclusive for e in group}
        self.features = [e for e, f in enumerate(problem.features) if f.kind == "value" and e not in exclusive]
        #: By part, shape (n, rules): whether a class carries a value that no build has twice.
        self.has_single = [
            np.column_stack([np.zeros((len(part), 0), dtype=np.int64), *(rule.carried[b][:, 0] for rule in rules)])
            for b, part in enumerate(classes)
        ]
        self.values: list[Value] = []
        columns: list[list[npt.NDArray[np.int64]]] = []
        unmatched = list(self.features)
        for number, rule in enumerate(rules):
            most = len(problem.positions) if rule.maximum is None else rule.maximum
            for column in range(1, rule.carried[0].shape[1]):
                columns.append([carried[:, column] for carried in rule.carried])
                feature = next((e for e in unmatched if _is_total(problem, classes, e, columns[-1], most)), -1)
                unmatched = [e for e in unmatched if e != feature]
                self.values.append(Value(number, most, feature))
        #: By part, the values that each class carries.
        self._carried = [
            [
                tuple(np.flatnonzero(row).tolist())
                for row in np.array([of_all[b] for of_all in columns]).T.reshape(len(part), -1)
            ]
            for b, part in enumerate(classes)
        ]
        forbidden = [rule.maximum == 0 for rule in rules]
        self._may_be = [~single[:, forbidden].any(axis=1) for single in self.has_single]

    def in_order(self, relaxed: Relaxed, slack: int) -> list[Step]:
        """The steps of classes that lose no more than `slack`, those of a value together.

        Values of which much is chosen come first: of the others less follows.
        """
        groups: dict[tuple[int, ...], _Group] = {}
        weight = Counter[tuple[int, ...]]()
        for b, (loss, carried) in enumerate(zip(relaxed.loss, self._carried, strict=True)):
            for i in np.flatnonzero((loss <= slack) & self._may_be[b]).tolist():
                groups.setdefault(carried[i], _Group(carried[i], {})).of_part.setdefault(b, []).append(i)
                weight[carried[i]] += slack + 1 - int(loss[i])
        nothing = groups.pop((), None)
        ordered = _together(sorted(groups.values(), key=lambda group: -weight[group.values]))
        return [step for group in (*ordered, *([nothing] if nothing else [])) for step in self._steps_of(group)]

    def _steps_of(self, group: _Group) -> list[Step]:
        steps = []
        for b, classes in group.of_part.items():
            part = self._classes[b]
            if part.count == 1:
                steps.append(Step(b, np.array(classes), group.values))
            else:
                most = {part.repeated: part.count}
                steps += [Step(b, np.array([i]), group.values, most.get(i, 1)) for i in classes]
        return steps


def _is_total(
    problem: Problem, classes: Sequence[PartClasses], e: int, column: Sequence[npt.NDArray[np.int64]], most: int
) -> bool:
    """Whether a total counts what a column says, up to `most`."""
    is_alike = all(np.array_equal(part.totals[:, e], of_part) for part, of_part in zip(classes, column, strict=True))
    return is_alike and problem.features[e].maximum == most


def _together(groups: Sequence[_Group]) -> list[_Group]:
    """Groups in about their order: those first that share values with groups before, fewest of them being left."""
    n_left = Counter(value for group in groups for value in group.values)
    waiting, ordered, begun = list(groups), list[_Group](), set[int]()
    while waiting:
        shared = {value for value in begun if n_left[value]}
        if shared:
            value = min(shared, key=lambda value: (n_left[value], value))
            number = next(k for k, group in enumerate(waiting) if value in group.values)
        else:
            number = 0
        group = waiting.pop(number)
        ordered.append(group)
        begun.update(group.values)
        n_left.subtract(group.values)
    return ordered
