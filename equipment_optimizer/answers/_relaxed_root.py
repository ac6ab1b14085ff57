"""The relaxation of all builds, solved once: what a search begins with, and a good build that it points at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import score_totals, total_columns
from ..records.fillings import Fillings
from ..records.vocabulary import N_SLOT_LEVELS
from ..search.bounded.run import BoundedSearch
from ..search.bounded.splitting import splittable_totals
from ..search.filling.greedy import QuickFilling
from ..search.relaxation.bounds import (
    Box,
    Multipliers,
    Relaxed,
    prefers_low_slots,
    price_limit,
    relax,
    root_box,
    rounded_price,
    usual_precision,
)
from ..search.relaxation.box_lp import BoxLp, LpAdvice, rounded_stock_prices, solve_box
from ..search.relaxation.piece_classes import PartClasses, merge_pieces

__all__ = ["KnownPrices", "QuickBuild", "RelaxedRoot", "highest_score"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

#: Known boxes above which all are forgotten.
_MOST_BOXES = 200

#: Parts into which all builds are divided from the start, where the last search ended with no more.
_MOST_PARTS = 32


class QuickBuild(NamedTuple):
    """A build as L columns of one piece index, what it scores, and what is in its slots."""

    columns: Sequence[IntArray]
    score: int
    fillings: Fillings | None


@dataclass(eq=False)
class _KnownBox:
    """Prices of a box for a score of 1, what its relaxation said, and whether it was split."""

    prices: FloatArray
    stock_prices: FloatArray
    totals: list[float]
    feasible: bool
    is_split: bool = False


@dataclass(eq=False)
class _KnownBoxes:
    """Boxes of problems with the same totals, and what the last search divided all builds into."""

    by_box: dict[tuple[Box, bool], _KnownBox]
    parts: tuple[Box, ...] = ()


class KnownPrices:
    """Prices of boxes, from problems that differ in their weights alone: good ones still where a weight is moved."""

    def __init__(self) -> None:
        self._all: dict[object, _KnownBoxes] = {}
        self._boxes = _KnownBoxes({})

    def begin(self, problem: Problem) -> None:
        """Go on with what is known of problems with these features, and these decorations where some may run out."""
        decorations = problem.decorations
        has_limited = decorations is not None and bool((decorations.stock >= 0).any())
        limited = decorations.index if decorations is not None and has_limited else ()
        totals = tuple((f.name, f.kind, f.low, f.high, f.raised_by) for f in problem.features)
        key = (totals, problem.bonus_names, splittable_totals(problem), limited)
        self._boxes = self._all.setdefault(key, _KnownBoxes({}))
        if len(self._boxes.by_box) > _MOST_BOXES:
            self._boxes.by_box.clear()

    @property
    def parts(self) -> tuple[Box, ...]:
        """What the last search of such a problem divided all builds into."""
        return self._boxes.parts

    @parts.setter
    def parts(self, parts: tuple[Box, ...]) -> None:
        self._boxes.parts = parts

    def get(self, box: Box, is_whole: bool) -> _KnownBox | None:
        """What is known of a box, of all its classes or of those that matter most; its parents are split."""
        for (other, _), known in self._boxes.by_box.items():
            known.is_split |= other != box and _contains(other, box)
        return self._boxes.by_box.get((box, is_whole))

    def note(self, box: Box, is_whole: bool, advice: LpAdvice, unit: float) -> None:
        """Keep what a relaxation said, of prices that are so many times those for a score of 1."""
        prices, stock = (np.array(given) / unit for given in (advice.multipliers.price, advice.multipliers.stock_price))
        self._boxes.by_box[box, is_whole] = _KnownBox(prices, stock, advice.totals, advice.feasible)


class RelaxedRoot:
    """Classes of pieces, and the relaxation of all builds of them.

    `known` prices are used and added to, if given, for scores of which 1 is `unit` in the problem.
    """

    def __init__(self, problem: Problem, *, known: KnownPrices | None = None, unit: int = 1) -> None:
        self.problem = problem
        self._known, self._unit = known, unit
        self._search: BoundedSearch | None = None
        self._filling: QuickFilling | None = None
        if known is not None:
            known.begin(problem)
        self.classes = merge_pieces(problem)
        self._box = root_box(problem)
        self._program = BoxLp(problem, self.classes, self._box, usual_precision(problem))
        solution = self._program.solve(presolve=False)
        self._values = solution.values
        is_optimal = solution.status == "optimal"
        totals = self._program.totals(solution.values) if is_optimal else []
        self.advice = LpAdvice(self._program.multipliers(solution.prices), totals, is_optimal)

    @property
    def prefers_low_slots(self) -> bool:
        """Whether a slot is worth more free than a higher one: then filling as well as possible takes longer."""
        return prefers_low_slots(self.problem, self.problem.slot_weights)

    def solve(self, problem: Problem, classes: Sequence[PartClasses], box: Box, precision: int) -> LpAdvice:
        """Good prices for a box; those of all builds are there, and known ones will do that rule it out."""
        if box == self._box:
            return self.advice
        if self._known is None:
            return solve_box(problem, classes, box, precision)
        unit, is_whole = float(precision * self._unit), classes is self.classes
        known = self._known.get(box, is_whole)
        if known is not None:
            advice = LpAdvice(self._priced(known, unit), known.totals, known.feasible)
            if known.is_split or not known.feasible:
                return advice
            advice.relaxed = self._ruled_out(box, advice.multipliers)
            if advice.relaxed is not None:
                return advice
        advice = solve_box(problem, classes, box, precision)
        self._known.note(box, is_whole, advice, unit)
        return advice

    def serve(self, search: BoundedSearch) -> None:
        """Give prices to this search: what it needs says which known ones will do."""
        self._search = search

    def run(self, search: BoundedSearch) -> None:
        """Run a search, which divides all builds as the last one of such a problem did."""
        known = self._known or KnownPrices()
        search.run(known.parts)
        known.parts = search.parts if 1 < len(search.parts) <= _MOST_PARTS else ()

    def _priced(self, known: _KnownBox, unit: float) -> Multipliers:
        """Known prices as those of the problem."""
        problem, scaled = self.problem, (known.prices * unit).tolist()
        prices = tuple(rounded_price(price, price_limit(problem, e)) for e, price in enumerate(scaled))
        if problem.decorations is None or not len(known.stock_prices):
            return Multipliers(prices)
        limited = known.stock_prices[problem.decorations.stock >= 0] * unit
        return Multipliers(prices, rounded_stock_prices(problem.decorations, limited, 1))

    def _ruled_out(self, box: Box, multipliers: Multipliers) -> Relaxed | None:
        """The box under prices that show that nothing in it scores what the search needs; None where they do not."""
        search = self._search
        if search is None:
            return None
        prices = None if search.filler is None else search.filler.add_prices(multipliers)
        relaxed = relax(self.problem, self.classes, box, multipliers, search.precision, prices=prices)
        return relaxed if relaxed.bound_scaled // search.precision < search.top.nth_score else None

    def picks(self, columns: IntArray) -> npt.NDArray[np.intp]:
        """The classes of builds given by their pieces, shape (L, N)."""
        owners = []
        for part in self.classes:
            owner = np.empty(len(part.members), dtype=np.intp)
            owner[part.members] = np.repeat(np.arange(len(part)), part.sizes)
            owners.append(owner)
        return np.array([owners[b][column] for b, column in zip(self.problem.positions, columns, strict=True)])

    def rounded_build(self) -> QuickBuild | None:
        """The build of the largest shares, its slots filled quickly; None where a part takes several pieces."""
        problem, classes = self.problem, self.classes
        if not self.advice.feasible or problem.space.origins or any(part.count > 1 for part in classes):
            return None
        starts = self._program.part_starts
        places = [int(np.argmax(self._values[start:stop])) for start, stop in pairwise(starts)]
        columns = [part.first[[place]] for part, place in zip(classes, places, strict=True)]
        begun = None
        if problem.decorations is not None:
            begun = np.zeros(len(problem.decorations.index))
            np.add.at(begun, [d for d, _ in self._program.places], self._program.placed_in(self._values))
        return self.quick_build(columns, begun)

    def quick_build(self, columns: Sequence[IntArray], begun: npt.NDArray[np.float64] | None = None) -> QuickBuild:
        """A build, L columns of one piece, its slots filled quickly: beginning with so many of each decoration."""
        problem, decorations = self.problem, self.problem.decorations
        totals = total_columns(problem, columns)
        if decorations is None:
            return QuickBuild(columns, int(score_totals(problem, totals)[0]), None)
        begun = np.zeros(len(decorations.index)) if begun is None else begun
        self._filling = quick = self._filling or QuickFilling(problem)
        score = quick.score(totals, begun.round().astype(np.int64))
        free = np.zeros((1, N_SLOT_LEVELS), dtype=np.int64)
        np.add.at(free[0], np.array(problem.slot_levels, dtype=np.int64) - 1, quick.free)
        used = np.flatnonzero(quick.counts)
        numbers = np.array(decorations.index, dtype=np.int64)[used]
        order = np.argsort(numbers)
        filled = Fillings(np.array([0, len(used)]), numbers[order], quick.counts[used[order]], free)
        return QuickBuild(columns, score, filled)


def _contains(box: Box, other: Box) -> bool:
    """Whether the other box lies within."""
    lows, highs = zip(box.low, other.low, strict=True), zip(box.high, other.high, strict=True)
    return all(low <= least for low, least in lows) and all(most <= high for high, most in highs)


def highest_score(problem: Problem) -> Fraction:
    """No build scores more: what each piece, slot and total brings at the most, each by itself."""
    most = problem.base_linear
    for feature in problem.features:
        functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
        most += max(x for f in functions for x in f.corner_values(feature.low, feature.high))
    most += int(problem.bonus_linear.max(axis=1, initial=0).sum())
    in_slot = int(problem.slot_weights.max(initial=0))
    if problem.decorations is not None:
        in_slot = max(in_slot, int(problem.decorations.linear.max(initial=0)))
    most += in_slot * int(problem.base_slots.sum())
    for part, count in zip(problem.parts, problem.space.counts, strict=True):
        most += count * int((part.linear + in_slot * part.slots.sum(axis=1)).max())
    return Fraction(most, 10**problem.digits)
