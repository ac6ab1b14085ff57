"""The best score of builds that hold certain pieces, one search for each question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..problem.problem import PartColumns, Problem
from ..problem.scoring import BlockTotals, total_columns
from ..records.space import CombinationSpace
from ..records.vocabulary import NO_BUILD
from ..search.best.best_list import TopK
from ..search.bounded.run import BoundedSearch
from ..search.bounded.scorer import Scorer
from ..search.filling.filler import Filler

__all__ = ["best_filling", "best_score", "with_held"]

BoolArray = npt.NDArray[np.bool_]

#: Builds that are filled together at first, and then so many times more.
_FIRST_FILLED = 128
_GROWTH = 8


def with_held(problem: Problem, held: Sequence[tuple[int, int]], usable: Sequence[BoolArray]) -> Problem | None:
    """The problem whose builds hold some pieces, each a part and its index, beside usable ones; None where none can.

    The places that held pieces take become parts of their own. Ranks mean nothing in it.
    """
    parts: list[PartColumns] = []
    counts: list[int] = []
    optional: list[bool] = []
    for b, (part, count) in enumerate(zip(problem.parts, problem.space.counts, strict=True)):
        mine = [piece for number, piece in held if number == b]
        if len(mine) > count or len(set(mine)) < len(mine):
            return None
        rows = [np.array([piece]) for piece in mine]
        if count > len(mine):
            free = usable[b].copy()
            free[mine] = False
            rows.append(np.flatnonzero(free))
        for chosen, n in zip(rows, [*([1] * len(mine)), count - len(mine)], strict=False):
            may_repeat = problem.space.optional[b] and len(part.linear) - 1 in chosen[-1:]
            if len(chosen) < n and not may_repeat:
                return None
            levels, bonuses, slots = part.levels[chosen], part.bonus_counts[chosen], part.slots[chosen]
            parts.append(PartColumns(part.linear[chosen], levels, bonuses, slots))
            counts.append(n)
            optional.append(may_repeat)
    space = CombinationSpace([len(part.linear) for part in parts], counts, optional=optional)
    return replace(problem, parts=tuple(parts), space=space)


class _AnyBest:
    """A list of one build to a search that any of the best builds will do for: only a better score matters."""

    limit = 1
    #: No tie is looked at, whatever its rank.
    nth_words = None

    def __init__(self, top: TopK) -> None:
        self._top = top
        self.add, self.settle, self.sorted = top.add, top.settle, top.sorted

    @property
    def is_full(self) -> bool:
        """Whether a build is held."""
        return self._top.is_full

    @property
    def nth_score(self) -> int:
        """What a build has to score to matter."""
        return self._top.nth_score + 1 if self.is_full else NO_BUILD

    @property
    def tie_score(self) -> int:
        """The same less one."""
        return self._top.nth_score


class _AnyScorer(Scorer):
    """Offers what is better than the best so far."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.top = _AnyBest(self.offers.top)  # type: ignore[assignment]

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """Few at first: the best of them may leave nothing to the others."""
        start, size = 0, _FIRST_FILLED
        while start < len(totals.linear):
            rows = np.arange(start, min(start + size, len(totals.linear)))
            super()._fill(picks[:, rows], totals.take(rows), filler)
            start, size = start + size, _GROWTH * size


def best_score(
    problem: Problem, floor: int = NO_BUILD, should_stop: Callable[[], bool] | None = None
) -> tuple[int, int]:
    """The best score above `floor`, or `floor` where none is, and the most there may be: more only after a stop."""
    best, bound, _ = best_filling(problem, floor, should_stop)
    return best, bound


def best_filling(
    problem: Problem, floor: int = NO_BUILD, should_stop: Callable[[], bool] | None = None
) -> tuple[int, int, dict[int, int]]:
    """The same, and how many of each decoration, by number, the best build above the floor has; empty for none."""
    run = BoundedSearch(problem, 1, should_stop=should_stop, make_scorer=_AnyScorer)
    if floor > NO_BUILD:
        run.look_above(floor)
    run.run()
    scores, words = run.top.sorted()
    best = int(scores[0]) if len(scores) else NO_BUILD
    held, decorations = {}, problem.decorations
    if best > floor and run.filler is not None and decorations is not None:
        counts = run.filler.some_best_filling(total_columns(problem, run.code.decode(words)), best)
        held = {decorations.index[d]: count for d, count in counts.items()}
    return best, max(best, best if run.bound is None else run.bound), held
