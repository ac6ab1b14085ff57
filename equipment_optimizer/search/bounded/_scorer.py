"""Scores of enumerated combinations, offered to the list as far as it needs them.

Array axes: L positions, N combinations, E coupled totals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..filling.filler import Filler
from ..relaxation.deepening import falling_thresholds
from ..relaxation.piece_classes import PartClasses
from ._boxes import Boxes, OpenBox
from ._expansion import Offers
from ._extra_prices import ExtraPrices

__all__ = ["Scorer"]

IntArray = npt.NDArray[np.int64]

#: Combinations whose slots are filled together: few enough that the threshold
#: rises in between, enough to share the fixed cost of the array operations.
_FILL_ROWS = 512
_MOST_FILL_ROWS = 4_096

#: What is asked for sinks by at least this part of the highest possible score at a time.
_LEAST_STEPS = 1_024


class Scorer:
    """Fills slots, scores, and offers; `is_stopped` is polled between groups of fillings."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        limit: int,
        *,
        filler: Filler | None,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.problem = problem
        self.code = RankCode(problem.space.position_sizes)
        self.position_classes = [classes[part] for part in problem.positions]
        self.offers = Offers(limit, self.code, self.position_classes)
        self.top = self.offers.top
        self.extra_prices = None if filler is None else ExtraPrices(problem, classes, filler)
        self._filler = filler
        self._is_stopped = is_stopped

    @property
    def least_score(self) -> int:
        """No build with a lower score matters."""
        return max(self.top.nth_score, -self.problem.score_bound)

    def offer(self, box: OpenBox, boxes: Boxes, picks: npt.NDArray[np.int32], totals: IntArray) -> None:
        """Score combinations of a box, classes by position (L, N) with totals (E, N), and offer them."""
        for enumeration, slack in box.already:
            fresh = np.flatnonzero(enumeration.measure(picks, totals) > slack)
            picks, totals = picks[:, fresh], totals[:, fresh]
        if not picks.shape[1]:
            return
        pieces = [classes.first[pick] for classes, pick in zip(self.position_classes, picks, strict=True)]
        finished = total_columns(self.problem, pieces)
        inside = np.flatnonzero(boxes.holds(box.box, finished))
        if self._filler is None:
            self.offers.add(picks[:, inside], score_totals(self.problem, finished)[inside])
        else:
            self._fill(picks[:, inside], finished.take(inside), self._filler)

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """Fill the slots of combinations of classes as far as the list needs it, and offer them.

        Nobody needs the exact score of a build that is not in the list, so only those
        that may reach a threshold are asked for, and it sinks until the list is full of
        better ones: with bounds of 90, 88, 70 and a list of one, what reaches 89 is asked
        for first; if nothing does, what reaches 87; if a build scores 87, 70 is never filled.
        """
        bounds = filler.bounds(totals, self.top.nth_score)
        if self.extra_prices is not None:
            self.extra_prices.note(totals, bounds, self.least_score)
        order = np.argsort(-bounds, kind="stable")
        is_left = np.ones(len(order), dtype=np.bool_)
        start = int(bounds[order[min(self.top.limit, len(order)) - 1]]) if len(order) else 0
        unit = max(self.problem.score_bound // _LEAST_STEPS, 1)
        n_rows = max(_FILL_ROWS, min(self.top.limit, _MOST_FILL_ROWS))
        for threshold in falling_thresholds(start - unit, lambda: self.least_score, 2 * unit):
            rows = order[is_left[order] & (bounds[order] >= threshold)]
            for first in range(0, len(rows), n_rows):
                floor = max(threshold, self.top.nth_score)
                some = rows[first : first + n_rows]
                some = some[bounds[some] >= floor]
                scores = filler.scores(totals.take(some), floor)
                is_build = scores > NO_BUILD
                is_left[some[is_build]] = False
                self.offers.add(picks[:, some[is_build]], scores[is_build])
                if self._is_stopped():
                    return
        self.offers.count(picks[:, is_left])
