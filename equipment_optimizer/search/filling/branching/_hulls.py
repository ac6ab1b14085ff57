"""What levels of skills are worth as concave functions, for a linear program.

From a build's level on, the value of a skill has a smallest concave function above it.
Where that is the same from many levels on, as with a plain maximum, all builds share it;
a penalty, a minimum or a raised maximum make several *variants* of it.

Array axes: E involved features, V variants, P corners.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..tables.steps import FillingModel

__all__ = ["Hulls", "Piece"]

IntArray = npt.NDArray[np.int64]

#: More variants than this make a program too large to be of use.
_MOST_VARIANTS = 2_000

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
    """Variants of all features of a model.

    Attributes
    ----------
    owner, start : list of int
        Place of each variant's feature among the involved ones; its first level.
    breaks : list of list of int
        Levels of each variant from which on a level is worth less, the highest first.
    corner_level, corner_value : ndarray of int64, shape (V, P)
        Where ``value - price * level`` has its maximum, for any price; values scaled.
    """

    def __init__(self, model: FillingModel, price_of_missing: int) -> None:
        self._model = model
        self._missing = price_of_missing * model.precision
        self._n_slots = int(model.most_slots.sum())
        self._variant_of: dict[tuple[int, int], IntArray] = {}
        self.owner: list[int] = []
        self.start: list[int] = []
        self.pieces: list[Piece] = []
        self.breaks: list[list[int]] = []
        corners: list[list[tuple[int, int]]] = []
        for i, e in enumerate(model.involved):
            for mode in (0, 1, 2) if (e, 1) in model.rows else (0,):
                corners += self._add_feature(i, e, mode)
        if len(self.start) > _MOST_VARIANTS:
            raise OverflowError("too many variants")
        width = max(map(len, corners), default=1)
        padded = np.array([points + points[-1:] * (width - len(points)) for points in corners], dtype=np.int64)
        padded = padded.reshape(len(corners), width, 2)
        self.corner_level, self.corner_value = padded[:, :, 0], padded[:, :, 1]

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
        table = model.values[row : row + last + 1].tolist()
        exact = [None if value <= model.never else value for value in table]
        worth = _completed(exact, self._missing)
        # Levels beyond the table are worth nothing more, or too many.
        tail = 0 if exact[-1] is not None or all(value is None for value in exact) else -self._missing
        variant_of = np.zeros(last + 1, dtype=np.int64)
        hull: list[tuple[int, int]] = []
        corners = []
        for level in range(last + 1):
            if not hull or (not model.may_fall[e] and _height(hull, level) != worth[level]):
                hull = _hull(worth, level)
                self._add_variant(i, e, hull, tail)
                allowed = [x for x in range(level, last + 1) if exact[x] is not None]
                points = _hull(worth[: allowed[-1] + 1], allowed[0]) if allowed else [(level, model.never)]
                corners.append(points)
            variant_of[level] = len(self.start) - 1
        self._variant_of[e, mode] = variant_of
        return corners

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


def _completed(exact: list[int | None], missing: int) -> list[int]:
    """Values with what is below a minimum or above a maximum falling steeply."""
    allowed = [x for x, value in enumerate(exact) if value is not None]
    if not allowed:
        return [missing * x for x in range(len(exact))]
    low, high = allowed[0], allowed[-1]
    return [(exact[min(max(x, low), high)] or 0) - missing * max(low - x, x - high, 0) for x in range(len(exact))]


def _hull(worth: list[int], start: int) -> list[tuple[int, int]]:
    """Corners of the smallest concave function above the values from `start` on."""
    hull: list[tuple[int, int]] = []
    for x in range(start, len(worth)):
        while len(hull) >= 2:
            (ax, ay), (bx, by) = hull[-2:]
            if (by - ay) * (x - bx) > (worth[x] - by) * (bx - ax):
                break
            hull.pop()
        hull.append((x, worth[x]))
    return hull


def _height(hull: list[tuple[int, int]], x: int) -> int | None:
    """Value of a hull at a level, None where it is no whole number."""
    for (ax, ay), (bx, by) in itertools.pairwise(hull):
        if ax <= x <= bx:
            value, left = divmod(ay * (bx - x) + by * (x - ax), bx - ax)
            return None if left else value
    return hull[0][1] if hull[0][0] == x else None
