"""Combinations that keep limits in the order of their rows, found without listing the others.

In: a search by branching (`_branch_search`), and what says which combinations keep the
limits once their slots are filled. Out: rows of each part, one combination after the other.
Where builds have to score enough besides, what any limit lacks costs more than all that can be scored.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..problem.compile import MAX_SCORE
from ..problem.problem import Problem
from ..problem.ranges import Ranges
from ..problem.scoring import BlockTotals, score_totals, total_columns
from ..problem.value_function import ValueFunction, sum_of
from ._branch_search import BranchSearch
from ._hard_limits import Limit
from ._level_problem import limits_problem, score_bound
from ._merge_parts import is_plain

__all__ = ["NotFoundOut", "ScoredLimits", "in_order", "list_in_order"]

BoolArray = npt.NDArray[np.bool_]

#: So many combinations are filled together where they are listed in order (20 to 1,000 builds
#: of required levels without weights: a third of the time of asking for each piece in turn).
_FILLED = 1_024

#: So many relaxations, two milliseconds each, may tell that they are no more. Where a few do, asking for each piece in
#: turn takes several times as long (most lists of builds that all come to one product have some dozens).
_STEPS = 32


#: What a limit lacks costs so many times as much as all else is worth, where numbers of 64 bits hold it, or so many.
_FAR_MORE = (100, 2)


class NotFoundOut(Exception):
    """A search was stopped."""


#: Which combinations of classes keep all limits, one column a part.
_Kept = Callable[[Sequence[npt.NDArray[np.intp]]], BoolArray]


def list_in_order(
    search: BranchSearch,
    keep_all: Callable[[BlockTotals], BoolArray],
    most: int,
    should_stop: Callable[[], bool],
    *,
    into: list[tuple[int, ...]],
    before: tuple[int, ...] | None,
) -> bool:
    """List the first `most` combinations of rows that score enough; whether that came to its end.

    `keep_all` says of totals whether filled slots keep all limits. What does not rank `before` some first rows is left.
    """

    def kept(picks: Sequence[npt.NDArray[np.intp]]) -> BoolArray:
        if should_stop():
            raise NotFoundOut
        columns = [part.first[chosen] for part, chosen in zip(search.classes, picks, strict=True)]
        return keep_all(total_columns(search.problem, columns))

    try:
        for rows in itertools.islice(in_order(search, kept, (), before=before), most):
            # One by one: when to stop may depend on what is there.
            into.append(rows)
    except NotFoundOut:
        return False
    return True


def in_order(
    search: BranchSearch,
    kept: _Kept,
    begun: tuple[int, ...],
    *,
    before: tuple[int, ...] | None = None,
    known_classes: tuple[int, ...] = (),
) -> Iterator[tuple[int, ...]]:
    """Combinations of rows that score enough and begin with some, the last part's rows fastest.

    Few of them are filled together, not asked for one by one. They end where they do not rank `before` some first
    rows of the parts. `known_classes` are of one that begins so and scores enough, if any is known.
    """
    owners = [np.repeat(np.arange(len(part)), part.sizes)[np.argsort(part.members)] for part in search.classes]
    fixed = tuple(owner[[row]] for owner, row in zip(owners, begun, strict=False))
    b = len(begun)
    if b == len(owners):
        yield begun
        return
    left = search.left((*fixed, *(np.arange(len(part)) for part in search.classes[b:])))
    if left is None:
        return
    picks = search.every(left, _FILLED, _STEPS)
    if picks is not None:
        chosen = np.array(picks, dtype=np.intp)
        rows_there = _rows_of(owners, chosen[:, kept(picks)] if chosen.size else chosen, begun)
        yield from itertools.takewhile(lambda rows: before is None or rows < before, rows_there)
        return
    #: Of each class of this part that was asked for, the classes of a combination with it; None where there is none.
    known: dict[int, tuple[int, ...] | None] = {known_classes[b]: known_classes} if known_classes else {}
    for row, i in enumerate(owners[b].tolist()):
        # All that begins with a row more than those first ones ranks behind them.
        if before is not None and (*begun, row) >= before:
            return
        if i not in known:
            rows = (*fixed, np.array([i]), *(np.arange(len(part)) for part in search.classes[b + 1 :]))
            is_kept = bool(i in left[b]) and search.keeps(rows)
            if is_kept is None:
                raise NotFoundOut
            chosen_rows = (search.best_rows or ()) if is_kept else ()
            classes = tuple(int(owner[chosen]) for owner, chosen in zip(owners, chosen_rows, strict=False))
            known[i] = classes if is_kept else None
        of_class = known[i]
        if of_class is not None:
            yield from in_order(search, kept, (*begun, row), before=before, known_classes=of_class)


def _rows_of(
    owners: Sequence[npt.NDArray[np.intp]], classes: npt.NDArray[np.intp], begun: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Rows of combinations of classes, shape (parts, N), that begin with some, in order."""
    b = len(begun)
    if b == len(owners):
        yield begun
        return
    for row in np.flatnonzero(np.isin(owners[b], classes[b])).tolist():
        yield from _rows_of(owners, classes[:, classes[b] == owners[b][row]], (*begun, row))


class ScoredLimits:
    """Questions about a problem, `soft`, whose builds keep all limits and score enough where they score `enough`."""

    def __init__(self, soft: Problem, enough: int) -> None:
        self._soft, self._enough = soft, enough

    @classmethod
    def of(cls, problem: Problem, limits: Sequence[Limit], least: int, *, merges: bool) -> ScoredLimits | None:
        """The limits of a problem, and what a build has to score; None where only other searches can tell.

        If it `merges`, pieces that others stand in for are left out.
        """
        ends = [f.value.corner_values(f.low, f.high) for f in problem.features]
        worths = {f: problem.features[f].value for f, values in enumerate(ends) if min(values) < max(values)}
        small = limits_problem(problem, limits, None, merges=merges, worths=worths)
        if small is None or set(small.space.counts) != {1} or not is_plain(small):
            return None
        numbers = sorted({limit.feature for limit in limits}.union(worths, *problem.exclusive))
        place = {f: number for number, f in enumerate(numbers)}
        slot_weights = np.array(small.slot_levels, dtype=np.int64)
        # A level of the score is worth more than all free slots, which guide the relaxation alone.
        unit = Ranges.of(small).n_slots * int(slot_weights.max(initial=0)) + 1
        valued = [ValueFunction.linear(0)] * len(numbers)
        for f, worth in worths.items():
            slope, intercept = (
                tuple(unit * number for number in numbers) for numbers in (worth.slope, worth.intercept)
            )
            valued[place[f]] = ValueFunction(worth.start, slope, intercept)
        most = unit * (1 + sum(max(values) - min(values) for values in ends))
        constant = problem.base_linear + sum(min(values) for f, values in enumerate(ends) if f not in worths)
        for more in _FAR_MORE:
            values = list(valued)
            for limit in limits:
                kept = limit.function(more * most)
                values[place[limit.feature]] = sum_of([(1, values[place[limit.feature]]), (1, kept)])
            features = tuple(replace(f, value=value) for f, value in zip(small.features, values, strict=True))
            bound = score_bound(features) + unit
            if bound <= MAX_SCORE:
                enough = unit * (least - constant)
                enough += sum(more * most * limit.kept_levels(limit.level) for limit in limits)
                return cls(replace(small, features=features, slot_weights=slot_weights, score_bound=bound), enough)
        return None

    def has_any(self, should_stop: Callable[[], bool]) -> bool | None:
        """Whether there is such a build; None where that was not found out."""
        search = BranchSearch(self._soft, self._enough, should_stop=should_stop, fills_slots=True)
        search.run(enough=self._enough)
        return True if search.best >= self._enough else False if search.is_settled else None

    def list_first(
        self,
        most: int,
        should_stop: Callable[[], bool],
        *,
        into: list[tuple[int, ...]],
        before: tuple[int, ...] | None = None,
    ) -> bool:
        """See `LimitQuestions.list_first`."""
        search = BranchSearch(self._soft, self._enough, should_stop=should_stop, fills_slots=True)

        def keep_all(totals: BlockTotals) -> BoolArray:
            if self._soft.decorations is None:
                return np.asarray(score_totals(self._soft, totals) >= self._enough)
            return np.asarray(search.filler().scores(totals, self._enough, is_enough=True) >= self._enough)

        return list_in_order(search, keep_all, most, should_stop, into=into, before=before)
