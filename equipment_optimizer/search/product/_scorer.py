"""Exact products of enumerated combinations, offered to the list as far as it needs them.

Array axes: L positions, N combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.vocabulary import NO_BUILD
from ..bounded.scorer import Scorer
from ..filling.filler import Filler
from ..relaxation.piece_classes import PartClasses
from ._fillings import BestFillings, soon_over
from ._products import Products

__all__ = ["ProductScorer", "Threshold"]

IntArray = npt.NDArray[np.int64]

#: Builds that are filled exactly before the list is looked at again.
_FILLED = 128


class Threshold:
    """A list of products as a search of a surrogate sees it: by logarithms."""

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

    @property
    def tie_score(self) -> int:
        """What has no higher surrogate is no better than the last one held."""
        return self._products.tie_log

    @property
    def nth_words(self) -> tuple[int, ...] | None:
        """Rank words of the last one held, where anything is ruled out."""
        return self._products.last[1] if self._products.is_full and self._products.last else None


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
        self.top = self.offers.top = Threshold(products)  # type: ignore[assignment]
        self._fillings = None
        if filler is not None:
            self._fillings = BestFillings(formula, None if every_filling else filler, should_stop=is_stopped)

    def _take(self, picks: npt.NDArray[np.int32], totals: BlockTotals) -> None:
        """See `Scorer`."""
        if self._filler is not None:
            self._fill(picks, totals, self._filler)
            return
        self.offers.count(picks)
        bound = score_totals(self.problem, totals)
        rows = self._wanted(picks, bound)
        if rows.size:
            self._products.offer(picks[:, rows], self._formula.scores(totals.levels[:, rows]))

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """See `Scorer`; what the surrogate leaves is filled exactly, the likeliest first."""
        self.offers.count(picks)
        if not self.top.is_full:
            # The likeliest alone, in any good way, so that the list rules others out.
            self._find(picks, totals, self._quickly(totals, filler), is_quick=True)
        likely = filler.scores(totals, self.top.nth_score, should_stop=self._is_stopped)
        if self.extra_prices is not None:
            self.extra_prices.note(totals.take(np.flatnonzero(likely == NO_BUILD)))
        self._find(picks, totals, likely)

    def offer_likeliest(self, picks: npt.NDArray[np.intp], enough: int) -> None:
        """Offer combinations with fillings that the surrogate takes for good, where it tells what they come to.

        Any filling will do with which it takes a build for `enough`; the best one where none has so much.
        """
        if self._filler is None:
            self.offer_all(picks)
            return
        totals, some = total_columns(self.problem, self._first_pieces(picks)), picks.astype(np.int32)
        self.offers.count(some)
        likely = self._filler.scores(totals, enough, n_wanted=picks.shape[1], is_enough=True)
        less = np.flatnonzero(likely == NO_BUILD)
        likely[less] = self._filler.scores(totals.take(less), self.top.nth_score)
        self._find(some, totals, likely, is_quick=True, enough=enough)

    def _find(
        self,
        picks: npt.NDArray[np.int32],
        totals: BlockTotals,
        likely: IntArray,
        *,
        is_quick: bool = False,
        enough: int | None = None,
    ) -> None:
        """Fill what may be wanted exactly, or quickly, and offer it; exactly what does not come to what is `enough`."""
        assert self._fillings is not None
        rows = self._wanted(picks, likely)
        rows = rows[np.argsort(-likely[rows], kind="stable")]
        for start in range(0, len(rows), _FILLED):
            some = rows[start : start + _FILLED]
            some = some[self._wanted(picks[:, some], likely[some])]
            if self._is_stopped():
                return
            if not some.size:
                continue  # of those as likely, some after these may rank before the last one held
            some = self._offer_likeliest(picks, totals, likely, some, is_quick=is_quick, enough=enough)
            if some.size:
                is_there, scores, contents = self._fillings.find(
                    totals.take(some), likely[some], self.top.nth_score, is_quick=is_quick and enough is None
                )
                self._products.offer(picks[:, some[is_there]], scores, contents)

    def _offer_likeliest(
        self,
        picks: npt.NDArray[np.int32],
        totals: BlockTotals,
        likely: IntArray,
        rows: npt.NDArray[np.intp],
        *,
        is_quick: bool,
        enough: int | None,
    ) -> npt.NDArray[np.intp]:
        """Offer the fillings that the surrogate takes for the best; the rows that may have a better one, or need it."""
        assert self._fillings is not None
        columns = [column.astype(np.uint32) for column in self._first_pieces(picks[:, rows])]
        scores, contents = self._fillings.likeliest(columns, totals.take(rows), likely[rows])
        if not contents:
            return rows
        self._products.offer(picks[:, rows[: len(contents)]], scores, contents)
        if is_quick and enough is None:
            return rows[:0]
        needed = likely[rows].tolist() if enough is None else [enough] * len(rows)
        known = zip(scores.tolist(), needed, strict=False)
        is_open = [score <= 0 or self._products.next_log(score) < most for score, most in known]
        left = np.concatenate([rows[: len(contents)][is_open], rows[len(contents) :]])
        return left[self._wanted(picks[:, left], likely[left])]

    def offer_swapped(self, picks: npt.NDArray[np.int32], others: Sequence[npt.NDArray[np.intp]] | None = None) -> None:
        """Offer what one build, classes by position (L, 1), becomes with any other class in one place.

        Those alone with one of some classes of each part, if they are named.
        """
        columns = [[pick] for pick in picks[:, 0].tolist()]
        for place, (number, part) in enumerate(zip(self.problem.positions, self.position_classes, strict=True)):
            if part.count == 1:
                swapped_in = range(len(part)) if others is None else others[number].tolist()
                for other, column in enumerate(columns):
                    column += swapped_in if other == place else [int(picks[other, 0])] * len(swapped_in)
        swapped = np.unique(np.array(columns, dtype=np.int32), axis=1)
        pieces = self._first_pieces(swapped)
        is_first = self.problem.space.are_first(pieces)
        if is_first is not None:
            swapped, pieces = swapped[:, is_first], [column[is_first] for column in pieces]
        if not swapped.shape[1]:
            return
        totals = total_columns(self.problem, pieces)
        if self._filler is None:
            self._take(swapped, totals)
        else:
            self._find(swapped, totals, self._quickly(totals, self._filler), is_quick=True)

    def _quickly(self, totals: BlockTotals, filler: Filler) -> IntArray:
        """The surrogate's best of the likeliest builds, as far as that is soon known."""
        is_over = soon_over(self._is_stopped)
        return filler.scores(totals, self.top.nth_score, n_wanted=2 * self.top.limit, walks=False, should_stop=is_over)

    def _wanted(self, picks: npt.NDArray[np.int32], bound: IntArray) -> npt.NDArray[np.intp]:
        """Combinations whose surrogate, or their rank where it is no more than a tie, is high enough."""
        is_wanted = (bound > NO_BUILD) & (bound >= self.top.nth_score)
        if self.top.nth_words is not None:
            tied = np.flatnonzero(is_wanted & (bound <= self.top.tie_score))
            if tied.size:
                is_wanted[tied[self.offers.is_late(self._first_pieces(picks[:, tied]))]] = False
        return np.flatnonzero(is_wanted)
