"""All fillings with which a build comes to its product, as a few *cells*: least levels, and the least of one sum.

Where more of every sum is never worth less, what comes to at least the product is what has at least the levels of
some cell and at least so much of the sum that no level is asked for. No filling has a higher product, so that only
cells count with which the product is met exactly: mostly one, where the other sums are at their most.

Array axes: F features, G builds, C cells, R partial cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ....problem.formula import FormulaProblem, Worth
from ....records.formula import Whole

__all__ = ["NOT_ASKED", "Cells", "Place", "cells_of"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
#: A sum: the number of its factor, and its place in it.
Place = tuple[int, int]
Sums = dict[Place, IntArray]

#: No level is asked for.
NOT_ASKED = -(2**40)

#: Levels of a feature, partial cells of all builds together, and cells of one build, those that ask for more than
#: others too, above which another method is quicker.
_MOST_LEVELS = 256
_MOST_PARTIAL = 65_536
_MOST_MET = 192
_MOST_OF_BUILD = 48


@dataclass(frozen=True, eq=False)
class Cells:
    """C cells of builds: a filling belongs to its build's product where it is in one of them."""

    of: Place  # the sum of which there is a least
    owner: Rows  # shape (C,), ascending: the build
    levels: IntArray  # shape (F, C): the least levels, `NOT_ASKED` where the build's own are enough
    least: IntArray  # shape (C,): the least of the sum, before it is clipped


def cells_of(
    formula: FormulaProblem, levels: IntArray, most: IntArray, scores: npt.NDArray[np.object_]
) -> Cells | None:
    """The cells of G builds, by the sum with which they are fewest; None where they are too many, or not to be told.

    `levels` and `most`, shape (F, G), are those with nothing in any slot and with the most that may be; `scores`,
    shape (G,), are the products of the best fillings. No decoration raises or takes the level of a feature that
    raises a maximum, nor takes one of any.
    """
    if not all(compiled.fits for sums in formula.sums for compiled in sums):
        return None
    search = _CellSearch(formula, levels, most, scores)
    if not search.rises():
        return None
    fewest: Cells | None = None
    for place in search.open_sums():
        cells = search.by_sum(place)
        if cells is not None and (fewest is None or len(cells.owner) < len(fewest.owner)):
            fewest = cells
        if fewest is not None and len(fewest.owner) == len(scores):
            break  # there is one of each build
    return fewest


@dataclass(frozen=True, eq=False)
class _Partial:
    """R cells of which the levels of some features are chosen."""

    build: Rows
    levels: IntArray  # shape (features that are asked, R)
    sums: Sums  # the most that each sum may be, shape (R,)
    low: IntArray  # shape (R,): the least that the sum is of which there is a least

    def take(self, rows: Rows) -> _Partial:
        """Some of them."""
        sums = {place: value[rows] for place, value in self.sums.items()}
        return _Partial(self.build[rows], self.levels[:, rows], sums, self.low[rows])


class _CellSearch:
    """Looks for the cells of builds by one sum or another."""

    def __init__(
        self, formula: FormulaProblem, levels: IntArray, most: IntArray, scores: npt.NDArray[np.object_]
    ) -> None:
        self._formula, self._levels, self._most, self._scores = formula, levels, most, scores
        self._low, self._high = (self._sums(ends) for ends in (levels, most))
        #: What fillings may change, with what it adds to which sums.
        self._worths: dict[int, list[tuple[Place, Worth]]] = {}
        for f, sums in enumerate(formula.sums):
            for worth, i in ((worth, i) for i, compiled in enumerate(sums) for worth in compiled.worths):
                if (levels[worth.feature] < most[worth.feature]).any():
                    self._worths.setdefault(worth.feature, []).append(((f, i), worth))

    def _sums(self, levels: IntArray) -> Sums:
        return {
            (f, i): np.array(self._formula.values(compiled, levels), dtype=np.int64)
            for f, sums in enumerate(self._formula.sums)
            for i, compiled in enumerate(sums)
        }

    def open_sums(self) -> list[Place]:
        """Sums that a filling may change, those first with which levels of few features are asked for."""
        places = [place for place, low in self._low.items() if (low < self._high[place]).any()]
        return sorted(places, key=lambda place: len(self._asked(place)))

    def _asked(self, of: Place) -> list[int]:
        """The features of which levels are asked for where one sum has a least."""
        return [e for e, worths in self._worths.items() if any(place != of for place, _ in worths)]

    # --- products -------------------------------------------------------------------

    def _clipped(self, sums: Sums) -> list[list[Whole]]:
        """The sums of each factor within their ends."""
        scaled = self._formula.scaled.sums
        return [[each.clipped(sums[f, i]) for i, each in enumerate(of_factor)] for f, of_factor in enumerate(scaled)]

    def _factors(self, sums: Sums) -> list[Whole]:
        return [self._formula.scaled.finished(f, clipped) for f, clipped in enumerate(self._clipped(sums))]

    def _are_enough(self, sums: Sums, build: Rows, *, exactly: bool = False) -> BoolArray:
        """Whether sums (R,) of builds come to at least their products, or exactly to these; shape (R,)."""
        products, needed = self._formula.scaled.scores(self._factors(sums)), self._scores[build]
        return (products == needed if exactly else products >= needed).astype(np.bool_)

    def rises(self) -> bool:
        """Whether products rise with every sum, as far as they may be those of the builds.

        No sum and no factor is negative then; where one sum may be, whatever makes it so has to come to too little.
        """
        low, high = self._low, self._high
        clipped = self._clipped(low)
        negative = [(f, i) for f, sums in enumerate(clipped) for i, value in enumerate(sums) if (value < 0).any()]
        if len(negative) > 1:
            return False
        for place in negative:
            # With nothing of it its factor is no less than with less than nothing.
            at_most = {**high, place: np.zeros_like(high[place])}
            if self._are_enough(at_most, np.arange(len(self._scores))).any():
                return False
        raised = {place: np.maximum(value, 0) if place in negative else value for place, value in low.items()}
        return all(bool((np.asarray(factor) >= 0).all()) for factor in self._factors(raised))

    # --- cells ----------------------------------------------------------------------

    def by_sum(self, of: Place) -> Cells | None:
        """The cells where one sum has a least; None where they are too many."""
        n_builds = self._levels.shape[1]
        asked = self._asked(of)
        cells = _Partial(np.arange(n_builds), np.full((len(asked), n_builds), NOT_ASKED), self._high, self._low[of])
        for q, e in enumerate(asked):
            divided = self._divided(cells, q, e, of)
            if divided is None:
                return None
            cells = divided
        least = self._least(cells, of)
        is_met = np.flatnonzero(self._are_enough({**cells.sums, of: least}, cells.build, exactly=True))
        cells, least = cells.take(is_met), least[is_met]
        kept = _lowest(cells.build, np.concatenate([cells.levels, least[None]]))
        if kept is None:
            return None
        levels = np.full((len(self._levels), len(kept)), NOT_ASKED)
        levels[asked] = cells.levels[:, kept]
        return Cells(of, cells.build[kept], levels, least[kept])

    def _divided(self, cells: _Partial, q: int, e: int, of: Place) -> _Partial | None:
        """Partial cells with each level of a feature that is worth more of another sum than the one before it."""
        begin, end, levels = self._levels[e][cells.build], self._most[e][cells.build], self._levels[:, cells.build]
        parts = [cells.take(np.zeros(0, dtype=np.intp))]
        levels_there = range(int(begin.min(initial=0)), int(end.max(initial=-1)) + 1)
        if len(levels_there) > _MOST_LEVELS:
            return None
        for level in levels_there:
            if sum(len(part.build) for part in parts) > _MOST_PARTIAL:
                return None
            is_more = begin == level
            for place, worth in self._worths[e]:
                if place != of:
                    is_more |= self._added(worth, levels, level - 1, level) > 0
            some = np.flatnonzero(is_more & (begin <= level) & (level <= end))
            part, sums = cells.take(some), {place: value[some] for place, value in cells.sums.items()}
            low, its_levels = part.low, levels[:, some]
            for place, worth in self._worths[e]:
                if place == of:
                    low = low + self._added(worth, its_levels, begin[some], level)
                else:
                    sums[place] = sums[place] + self._added(worth, its_levels, end[some], level)
            part.levels[q] = np.where(level > begin[some], level, NOT_ASKED)
            is_enough = np.flatnonzero(self._are_enough(sums, part.build))
            parts.append(_Partial(part.build, part.levels, sums, low).take(is_enough))
        return _Partial(
            np.concatenate([part.build for part in parts]),
            np.concatenate([part.levels for part in parts], axis=1),
            {place: np.concatenate([part.sums[place] for part in parts]) for place in cells.sums},
            np.concatenate([part.low for part in parts]),
        )

    def _added(self, worth: Worth, levels: IntArray, before: int | IntArray, after: int) -> IntArray:
        """What a level adds to a sum in the place of another, for builds of levels (F, R) by themselves; shape (R,)."""
        n_builds = levels.shape[1]
        added = [
            function(np.full(n_builds, after)) - function(np.broadcast_to(np.asarray(before), n_builds))
            for function in worth.functions
        ]
        if worth.raised_value is None:
            return added[0]
        return np.where(levels[self._formula.problem.features[worth.feature].raised_by] >= 1, added[1], added[0])

    def _least(self, cells: _Partial, of: Place) -> IntArray:
        """The least of a sum with which products are those of builds or more, if any within its ends is, shape (R,)."""
        low, high = cells.low, np.maximum(cells.sums[of], cells.low)
        while (low < high).any():
            middle = low + (high - low) // 2
            is_enough = self._are_enough({**cells.sums, of: middle}, cells.build)
            low, high = np.where(is_enough, low, middle + 1), np.where(is_enough, middle, high)
        return low


def _lowest(build: Rows, asked: IntArray) -> Rows | None:
    """The cells, in the order of builds, that ask for no more than others of their build; None where they are many."""
    kept = [np.zeros(0, dtype=np.intp)]
    order = np.lexsort((*asked[::-1], build))
    for some in np.split(order, np.flatnonzero(np.diff(build[order])) + 1):
        if len(some) > _MOST_MET:
            return None
        # [i, j]: whether j asks for no more than i; the first of those that ask for the same is kept.
        is_within = (asked[:, some][:, None, :] <= asked[:, some][:, :, None]).all(axis=0)
        is_within &= ~is_within.T | np.tri(len(some), k=-1, dtype=np.bool_)
        kept.append(some[~is_within.any(axis=1)])
        if len(kept[-1]) > _MOST_OF_BUILD:
            return None
    return np.concatenate(kept)
