"""All builds of a box down to a score, of those alike in sums and in the highest counts of values the first for all.

A walk part by part would have to tell apart which values the chosen pieces carry: of thirty teams that is nearly
everything. Here it goes value by value: pieces of a team for any positions, then those of the next. Of a team that is
done with it matters only whether it has more pieces than any other, and else which positions are filled.

Array axes: L positions, N combinations, M partial builds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.space import RankCode
from ..relaxation.bounds import Box, Relaxed, loss_cap, share_of_bound
from ..relaxation.piece_classes import PartClasses
from ._partial_builds import NO_PICK, PartialBuilds, merged
from ._steps import Step, Steps, Value
from ._still_to_come import Fillings, StillToCome
from .counted_values import CountedValues
from .packed_sums import PackedSums

__all__ = ["ByValue", "Counted"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Subsets of positions beyond which a walk part by part is as good.
_MOST_FILLINGS = 1 << 14

#: Partial builds that are held at a time, some 150 bytes each, and looked at in all: some ten seconds.
_MOST_HELD, _MOST_LOOKED_AT = 2_000_000, 20_000_000

#: Merged before a value is done with once they are so many, and so many times those that were left the last time.
_MANY, _MORE = 4_096, 2

#: Partial builds that are continued at a time.
_AT_ONCE = 1 << 16


class Counted(NamedTuple):
    """Combinations of classes by position, (L, N), and how many each stands for, (N,)."""

    picks: npt.NDArray[np.int32]
    times: npt.NDArray[np.int64]


class ByValue:
    """Walks value by value; of builds alike in sums and highest counts, by `rules`, the first by rank is left.

    The sums are of `columns` of classes, by part, shape (n, S): first all totals, then others.
    """

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        rules: Sequence[CountedValues],
        columns: Sequence[IntArray],
    ) -> None:
        self.problem, self.classes, self.rules = problem, classes, rules
        self.steps = Steps(problem, classes, rules)
        counts = [part.count for part in classes]
        # Which values those are that are counted makes no difference.
        self.sums = PackedSums([np.delete(of_part, self.steps.features, axis=1) for of_part in columns], counts)
        self.code = RankCode([len(classes[b]) for b in problem.positions])
        n_fillings = np.prod(np.array(counts, dtype=np.float64) + 1)
        self.is_possible = bool(n_fillings <= _MOST_FILLINGS) and not problem.space.shared_parts
        self.fillings = Fillings(counts if self.is_possible else [0])

    def keys(self, picks: npt.NDArray[np.int32]) -> IntArray:
        """What N combinations, classes by position, have alike that are one; shape (words, N)."""
        positions = self.problem.positions
        highest = [rule.highest(positions, picks) for rule in self.rules]
        return np.array([*self.sums.words(positions, picks), *highest])

    def merged(self, given: Counted) -> Counted:
        """Of combinations that are alike the first for all of them."""
        keys = self.keys(given.picks)
        order = np.lexsort((*self.code.encode(list(given.picks))[::-1], *keys))
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = (np.diff(keys[:, order], axis=1) != 0).any(axis=0)
        starts = np.flatnonzero(is_first)
        return Counted(given.picks[:, order[starts]], np.add.reduceat(given.times[order], starts))

    def totals(self, picks: npt.NDArray[np.int32]) -> IntArray:
        """Totals of N combinations, classes by position, (E, N)."""
        base = np.concatenate([self.problem.base_levels, self.problem.base_bonus_counts])
        totals = np.repeat(base[:, None], picks.shape[1], axis=1)
        for b, pick in zip(self.problem.positions, picks, strict=True):
            totals += self.classes[b].totals.T.take(pick, axis=1)
        return totals

    def leaves(self, box: Box, relaxed: Relaxed, slack: int, is_over: Callable[[], bool]) -> Counted | None:
        """Those that lose about `slack` at the most; None where they are too many, or once it `is_over`."""
        return _Walk(self, box, relaxed, slack).leaves(is_over)


class _Walk:
    """One walk; `leaves` is called once."""

    def __init__(self, given: ByValue, box: Box, relaxed: Relaxed, slack: int) -> None:
        self._given, self._slack, self._loss = given, slack, relaxed.loss
        self._fillings, self._classes = given.fillings, given.classes
        self._steps = given.steps.in_order(relaxed, slack)
        problem = given.problem
        self._still = StillToCome(
            problem,
            self._classes,
            box,
            relaxed,
            fillings=self._fillings,
            steps=self._steps,
            ignored=given.steps.features,
        )
        self._first_position = np.searchsorted(problem.positions, np.arange(len(self._classes))).tolist()
        self._times_type = np.int64 if problem.space.n_combinations < 2**62 else object
        self._last = {value: number for number, step in enumerate(self._steps) for value in step.values}
        most = len(problem.positions)
        self._lost = [_lost(problem, box, relaxed, value, most) for value in given.steps.values]
        #: Values that some of the pieces so far carry and some of those to come.
        self._open: list[int] = []
        self._n_looked_at = 0

    def leaves(self, is_over: Callable[[], bool]) -> Counted | None:
        """All of it."""
        builds, n_merged = self._nothing(), 1
        for number, step in enumerate(self._steps):
            fresh = [value for value in step.values if value not in self._open]
            self._open += fresh
            builds = replace(builds, n_carried=np.pad(builds.n_carried, ((0, len(fresh)), (0, 0))))
            builds = self._extended(builds, step, number)
            is_due = len(builds) > max(_MANY, _MORE * n_merged) or number + 1 == len(self._steps)
            if is_due or any(self._last[value] == number for value in step.values):
                builds = self._closed(builds, number)
                builds = merged(builds, self._given.sums.sizes, self._fillings.n, self._given.code)
                n_merged = len(builds)
            if len(builds) > _MOST_HELD or self._n_looked_at > _MOST_LOOKED_AT or is_over():
                return None
        builds = self._closed(builds, len(self._steps) - 1)
        return Counted(builds.picks, builds.times)

    def _nothing(self) -> PartialBuilds:
        """The build of no piece."""
        problem, rules = self._given.problem, self._given.rules
        base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
        never = [lost[0] for value, lost in enumerate(self._lost) if lost is not None and value not in self._last]
        return PartialBuilds(
            filling=np.zeros(1, dtype=np.int64),
            words=np.zeros((len(self._given.sums.sizes), 1), dtype=np.int64),
            loss=np.array([sum(never)], dtype=np.int64),
            totals=base[self._still.totals][:, None],
            n_carried=np.zeros((0, 1), dtype=np.int64),
            highest=np.zeros((len(rules), 1), dtype=np.int64),
            picks=np.full((len(problem.positions), 1), NO_PICK, dtype=np.int32),
            times=np.ones(1, dtype=self._times_type),
        )

    def _extended(self, builds: PartialBuilds, step: Step, number: int) -> PartialBuilds:
        """Those that there are, and with classes of a step."""
        b, several, loss = step.part, [builds], self._loss[step.part]
        losses, weight = self._still.losses(number + 1), int(self._fillings.weight[step.part])
        classes = step.classes[np.argsort(loss[step.classes], kind="stable")]
        for n_copies in range(1, step.most + 1):
            is_open = self._fillings.left[builds.filling, b] >= n_copies
            for value in step.values:
                n_carried = builds.n_carried[self._open.index(value)]
                is_open &= n_carried + n_copies <= self._given.steps.values[value].most
            rows = np.flatnonzero(is_open)
            may_lose = self._slack - builds.loss[rows] - losses[builds.filling[rows] + n_copies * weight]
            n_children = np.searchsorted(n_copies * loss[classes], may_lose, side="right")
            for start in range(0, len(rows), _AT_ONCE):
                some = slice(start, start + _AT_ONCE)
                parent = np.repeat(rows[some], n_children[some])
                ends = np.cumsum(n_children[some])
                pick = classes[np.arange(len(parent)) - np.repeat(ends - n_children[some], n_children[some])]
                several.append(self._children(builds, parent, pick, step=step, number=number, n_copies=n_copies))
        return PartialBuilds.joined(several)

    def _children(
        self, builds: PartialBuilds, parent: Rows, pick: Rows, *, step: Step, number: int, n_copies: int
    ) -> PartialBuilds:
        """Partial builds with one more class each, so many times, as far as what follows may keep within the slack."""
        b, still = step.part, self._still
        part, self._n_looked_at = self._classes[b], self._n_looked_at + len(parent)
        filling = builds.filling.take(parent) + n_copies * int(self._fillings.weight[b])
        loss = builds.loss.take(parent) + n_copies * self._loss[b].take(pick)
        totals = builds.totals.take(parent, axis=1) + n_copies * part.totals[:, still.totals].T.take(pick, axis=1)
        near = still.within(number + 1, filling, totals, loss, self._slack)
        parent, pick = parent[near], pick[near]
        n_carried = builds.n_carried.take(parent, axis=1)
        n_carried[[self._open.index(value) for value in step.values]] += n_copies
        has_single = self._given.steps.has_single[b].T.take(pick, axis=1)
        first = self._first_position[b]
        places = slice(first, first + part.count)
        picks = builds.picks.take(parent, axis=1)
        picks[first + part.count - n_copies : first + part.count] = pick
        picks[places] = np.sort(picks[places], axis=0)
        return PartialBuilds(
            filling=filling[near],
            words=builds.words.take(parent, axis=1) + n_copies * self._given.sums.of_part[b].T.take(pick, axis=1),
            loss=loss[near],
            totals=totals[:, near],
            n_carried=n_carried,
            highest=np.maximum(builds.highest.take(parent, axis=1), has_single),
            picks=picks,
            times=builds.times.take(parent) * part.sizes.astype(self._times_type).take(pick),
        )

    def _closed(self, builds: PartialBuilds, number: int) -> PartialBuilds:
        """Those that may go on after a step, with the values that no step behind it carries counted to the end."""
        builds = builds.take(self._still.within(number + 1, builds.filling, builds.totals, builds.loss, self._slack))
        done = [place for place, value in enumerate(self._open) if self._last[value] <= number]
        if not done:
            return builds
        highest, loss = builds.highest.copy(), builds.loss
        for place in done:
            value, n_carried = self._open[place], builds.n_carried[place]
            rule, lost = self._given.steps.values[value].rule, self._lost[value]
            highest[rule] = np.maximum(highest[rule], n_carried)
            loss = loss if lost is None else loss + lost[n_carried]
        n_open = np.delete(builds.n_carried, done, axis=0)
        self._open = [value for value in self._open if self._last[value] > number]
        return replace(builds, loss=loss, highest=highest, n_carried=n_open)


def _lost(problem: Problem, box: Box, relaxed: Relaxed, value: Value, most: int) -> IntArray | None:
    """What a build loses by having 0, 1, ... pieces with a value, `most` at most; None where that is nothing."""
    if value.feature < 0:
        return None
    best, share = (
        relaxed.total_best[value.feature],
        share_of_bound(problem, box, relaxed, value.feature, np.arange(most + 1)),
    )
    lost = np.clip(best - share, 0, loss_cap(problem))
    return lost if lost[: value.most + 1].any() else None
