"""What levels of skills are worth as concave functions, for a linear program.

From a build's level on, the value of a skill has a smallest concave function above it.
Where that is the same from many levels on, as with a plain maximum, all builds share it;
a penalty, a minimum or a raised maximum make several *variants* of it.

Array axes: E involved features, V variants, P corners.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..tables.steps import FillingModel

__all__ = ["Hulls", "Piece"]

IntArray = npt.NDArray[np.int64]

#: More variants than this make a program too large to be of use.
_MOST_VARIANTS = 2_000

#: Functions that fall apart into more concave runs are not divided.
_MOST_RUNS = 6

#: Where a piece ends that has no end.
ENDLESS = 2**40


@dataclass(frozen=True)
class Piece:
    """A straight piece of a variant: what a level is worth, over how many levels, up to which."""

    variant: int
    worth: float
    length: float
    end: int


class Hulls:
    """Variants of all features of a model, V of them; values and excesses are scaled."""

    def __init__(self, model: FillingModel, price_of_missing: int) -> None:
        self._model = model
        self._missing = price_of_missing * model.precision
        self._n_slots = int(model.most_slots.sum())
        self._variant_of: dict[tuple[int, int], IntArray] = {}
        #: Place of each variant's feature among the involved ones; its first level.
        self.owner: list[int] = []
        self.start: list[int] = []
        self.pieces: list[Piece] = []
        #: Levels of each variant from which on a level is worth less, the highest first.
        self.breaks: list[list[int]] = []
        #: Variants that divide another one, with their last levels: on each the function is concave.
        self.runs: dict[int, list[tuple[int, int]]] = {}
        #: Places of the features that runs divide.
        self.divided: set[int] = set()
        self._excess: dict[int, IntArray] = {}
        corners: list[list[tuple[int, int]]] = []
        for i, e in enumerate(model.involved):
            modes = (0, 1, 2) if (e, 1) in model.rows else (0,)
            if any(self._runs(e, mode) for mode in modes):
                self.divided.add(i)
            for mode in modes:
                corners += self._add_feature(i, e, mode)
        if len(self.start) > _MOST_VARIANTS:
            raise OverflowError("too many variants")
        width = max(map(len, corners), default=1)
        padded = np.array([points + points[-1:] * (width - len(points)) for points in corners], dtype=np.int64)
        padded = padded.reshape(len(corners), width, 2)
        #: Where ``value - price * level`` has its maximum, for any price, shape (V, P).
        self.corner_level, self.corner_value = padded[:, :, 0], padded[:, :, 1]
        n_levels = max((model.last(e) + 1 for e in model.involved), default=1)
        #: How far a variant's hull is above the function where `runs` divide it, shape (V, levels).
        self.excess = np.zeros((len(self.start), n_levels), dtype=np.int64)
        for variant, excess in self._excess.items():
            self.excess[variant, : len(excess)] = excess

    def variants(self, i: int, mode: IntArray, entry: IntArray) -> IntArray:
        """The variant of builds, by mode and place in the table, shapes (G,), of an involved feature."""
        e = self._model.involved[i]
        if (e, 1) not in self._model.rows:
            return self._variant_of[e, 0][entry]
        return np.stack([self._variant_of[e, m] for m in (0, 1, 2)])[mode, entry]

    def _add_feature(self, i: int, e: int, mode: int) -> list[list[tuple[int, int]]]:
        """Add the variants of a feature in a mode; the corners of each."""
        model, last = self._model, self._model.last(e)
        row = model.rows[e, mode]
        table = model.values_scaled[row : row + last + 1].tolist()
        exact = [None if value <= model.never else value for value in table]
        worth_scaled = _completed(exact, self._missing)
        # Levels beyond the table are worth nothing more, or too many.
        tail = 0 if exact[-1] is not None or all(value is None for value in exact) else -self._missing
        variant_of = np.zeros(last + 1, dtype=np.int64)
        hull: list[tuple[int, int]] = []
        corners, first, bends = [], len(self.start), _bends(worth_scaled)
        runs = self._runs(e, mode)
        # What is beyond the table is worth as much as its end; only a price below 0 makes that the best.
        beyond = [(self.last_level(i), worth_scaled[last])] if i in self.divided else []
        for level in range(last + 1):
            if not hull or (not model.may_fall[e] and _height(hull, level) != worth_scaled[level]):
                hull = _hull(worth_scaled, level, bends)
                self._add_variant(i, e, hull, tail)
                corners.append(self._corners(exact, worth_scaled, hull, beyond))
                if runs:
                    heights = np.interp(np.arange(last + 1), *np.array(hull, dtype=np.float64).T)
                    over = [0 if value is None else int(h) - value for value, h in zip(exact, heights, strict=True)]
                    self._excess[len(self.start) - 1] = np.array(over, dtype=np.int64)
            variant_of[level] = len(self.start) - 1
        self._variant_of[e, mode] = variant_of
        whole = range(first, len(self.start))
        for low, high in runs:
            worth_scaled = _completed(
                [value if low <= x <= high else None for x, value in enumerate(exact)], self._missing
            )
            self._add_variant(i, e, _hull(worth_scaled, 0), tail if high == last else -self._missing)
            corners.append(_hull(worth_scaled[: high + 1], low) + (beyond if high == last else []))
            for variant in whole:
                self.runs.setdefault(variant, []).append((len(self.start) - 1, high))
        return corners

    def _corners(
        self,
        exact: list[int | None],
        worth_scaled: list[int],
        hull: list[tuple[int, int]],
        beyond: list[tuple[int, int]],
    ) -> list[tuple[int, int]]:
        """The corners of the allowed levels from where a hull begins on, and what is beyond the last one of all."""
        level, last = hull[0][0], len(exact) - 1
        if None not in exact:
            return hull + beyond
        allowed = [x for x in range(level, last + 1) if exact[x] is not None]
        points = _hull(worth_scaled[: allowed[-1] + 1], allowed[0]) if allowed else [(level, self._model.never)]
        return points + (beyond if allowed[-1:] == [last] else [])

    def _runs(self, e: int, mode: int) -> list[tuple[int, int]]:
        """First and last levels of runs that divide a feature: none where its values are concave, or in too many."""
        row, model = self._model.rows[e, mode], self._model
        table = model.values_scaled[row : row + model.last(e) + 1].tolist()
        runs = _concave_runs([None if value <= model.never else value for value in table]) if mode < 2 else []
        return runs if 1 < len(runs) <= _MOST_RUNS else []

    def last_level(self, i: int) -> int:
        """The highest level, counted from the table's first, of a feature's corners."""
        e = self._model.involved[i]
        last, high = self._model.last(e), self._model.problem.features[e].high - int(self._model.low[e])
        return max(last, high) if i in self.divided else last

    def _add_variant(self, i: int, e: int, hull: list[tuple[int, int]], tail: int) -> None:
        variant, model = len(self.start), self._model
        self.start.append(hull[0][0])
        self.owner.append(i)
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(hull)]
        for (x, _), (end, _), slope in zip(hull, hull[1:], slopes, strict=False):
            self.pieces.append(Piece(variant, slope / model.precision, float(end - x), end))
        if model.may_fall[e]:
            self.breaks.append([])
            if len(hull) == 1:
                self.pieces.append(Piece(variant, 0.0, 0.0, ENDLESS))
            return
        most = max(1, int(model.decorations.levels[:, e].max(initial=0)) * self._n_slots)
        self.pieces.append(Piece(variant, tail / model.precision, float(most), ENDLESS))
        drops = zip(hull[1:], slopes, [*slopes, tail][1:], strict=True)
        self.breaks.append([x for (x, _), before, after in drops if after < before][::-1])


def _concave_runs(exact: list[int | None]) -> list[tuple[int, int]]:
    """First and last levels of parts on each of which values are concave; none where levels between are forbidden."""
    allowed = [x for x, value in enumerate(exact) if value is not None]
    if not allowed or allowed[-1] - allowed[0] >= len(allowed):
        return []
    values = [value for value in exact if value is not None]
    starts = [0]
    for x in range(2, len(values)):
        if x - 2 >= starts[-1] and values[x] - values[x - 1] > values[x - 1] - values[x - 2]:
            starts.append(x)
    ends = [*(start - 1 for start in starts[1:]), len(values) - 1]
    return [(allowed[0] + start, allowed[0] + end) for start, end in zip(starts, ends, strict=True)]


def _completed(exact: list[int | None], missing: int) -> list[int]:
    """Values with what is below a minimum or above a maximum falling steeply."""
    allowed = [x for x, value in enumerate(exact) if value is not None]
    if len(allowed) == len(exact):
        return [value for value in exact if value is not None]
    if not allowed:
        return [missing * x for x in range(len(exact))]
    low, high = allowed[0], allowed[-1]
    return [(exact[min(max(x, low), high)] or 0) - missing * max(low - x, x - high, 0) for x in range(len(exact))]


def _bends(worth_scaled: list[int]) -> list[int]:
    """Levels at which what one more is worth changes, and the last one: no hull has its corners elsewhere."""
    steps = [after - before for before, after in itertools.pairwise(worth_scaled)]
    bends = [x for x, (before, after) in enumerate(itertools.pairwise(steps), 1) if before != after]
    return [*bends, len(worth_scaled) - 1]


def _hull(worth_scaled: list[int], start: int, bends: list[int] | None = None) -> list[tuple[int, int]]:
    """Corners of the smallest concave function above the values from `start` on; `bends` are those of the values."""
    hull: list[tuple[int, int]] = []
    bends = _bends(worth_scaled) if bends is None else bends
    for x in (start, *bends[bisect.bisect_right(bends, start) :]):
        while len(hull) >= 2:
            (ax, ay), (bx, by) = hull[-2:]
            if (by - ay) * (x - bx) > (worth_scaled[x] - by) * (bx - ax):
                break
            hull.pop()
        hull.append((x, worth_scaled[x]))
    return hull


def _height(hull: list[tuple[int, int]], x: int) -> int | None:
    """Value of a hull at a level, None where it is no whole number."""
    for (ax, ay), (bx, by) in itertools.pairwise(hull):
        if ax <= x <= bx:
            value, left = divmod(ay * (bx - x) + by * (x - ax), bx - ax)
            return None if left else value
    return hull[0][1] if hull[0][0] == x else None
