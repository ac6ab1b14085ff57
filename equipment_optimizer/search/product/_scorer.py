"""Exact products of enumerated combinations, offered to the list as far as it needs them.

Array axes: L positions, N combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals
from ...records.vocabulary import NO_BUILD
from ..bounded.scorer import Scorer
from ..filling.filler import Filler
from ..relaxation.piece_classes import PartClasses
from ._fillings import BestProducts
from ._products import Products

__all__ = ["ProductScorer", "Threshold"]

IntArray = npt.NDArray[np.int64]

#: Builds that are filled exactly before the list is looked at again.
_FILLED = 128


class Threshold:
    """A list of products as a search of a surrogate sees it: by logarithms, which tell no ties."""

    nth_words = None

    def __init__(self, products: Products) -> None:
        self._products = products
        self.limit = products.limit

    @property
    def is_full(self) -> bool:
        """Whether anything is ruled out by its surrogate."""
        return self._products.is_full

    @property
    def nth_score(self) -> int:
        """No build of a lower surrogate matters."""
        return max(self._products.least_log, NO_BUILD)


class ProductScorer(Scorer):
    """Scores by a formula; `problem` is a surrogate of it."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        limit: int,
        *,
        filler: Filler | None,
        is_stopped: Callable[[], bool],
        formula: FormulaProblem,
        products: Products,
        every_filling: bool = False,
    ) -> None:
        super().__init__(problem, classes, limit, filler=filler, is_stopped=is_stopped)
        self._formula = formula
        self._products = products
        self.top = Threshold(products)  # type: ignore[assignment]
        self._fillings = None
        if filler is not None:
            self._fillings = BestProducts(formula, None if every_filling else filler, should_stop=is_stopped)

    def _take(self, picks: npt.NDArray[np.int32], totals: BlockTotals) -> None:
        """See `Scorer`."""
        if self._filler is not None:
            self._fill(picks, totals, self._filler)
            return
        self.offers.count(picks)
        bound = score_totals(self.problem, totals)
        rows = np.flatnonzero((bound > NO_BUILD) & (bound >= self.top.nth_score))
        if rows.size:
            self._products.offer(picks[:, rows], self._formula.scores(totals.levels[:, rows]))

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """See `Scorer`; what the surrogate leaves is filled exactly, the likeliest first."""
        assert self._fillings is not None
        likely = filler.scores(totals, self.top.nth_score, should_stop=self._is_stopped)
        is_build = likely > NO_BUILD
        self.offers.count(picks)
        if self.extra_prices is not None:
            self.extra_prices.note(totals.take(np.flatnonzero(~is_build)))
        rows = np.flatnonzero(is_build)
        rows = rows[np.argsort(-likely[rows], kind="stable")]
        for start in range(0, len(rows), _FILLED):
            least = self.top.nth_score
            some = rows[start : start + _FILLED]
            some = some[likely[some] >= least]
            if not some.size or self._is_stopped():
                return
            is_there, scores, contents = self._fillings.find(totals.take(some), likely[some], least)
            self._products.offer(picks[:, some[is_there]], scores, contents)
