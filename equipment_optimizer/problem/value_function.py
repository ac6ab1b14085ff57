"""Integer functions of one integer total, linear in pieces.

The score of a build is a sum of such functions. They need not be monotone or
concave: a skill above its maximum may lose everything. A function is kept as a
few segments, so a total may range over billions without a table of that length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ValueFunction", "sum_of"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ValueFunction:
    """``f(x) = intercept[i] + slope[i] * x`` for ``start[i] <= x < start[i + 1]``, in units of the scaled score."""

    start: tuple[int, ...]  # where segments 1, 2, ... begin, ascending; segment 0 reaches down without end
    slope: tuple[int, ...]  # one more entry than `start`
    intercept: tuple[int, ...]  # likewise

    @classmethod
    def linear(cls, weight: int) -> ValueFunction:
        """``weight * x`` everywhere."""
        return cls((), (weight,), (0,))

    @classmethod
    def penalised(cls, maximum: int, weight: int, penalty: int) -> ValueFunction:
        """``weight * x`` up to `maximum`, ``penalty * x`` (of the whole x) above."""
        return cls((maximum + 1,), (weight, penalty), (0, 0))

    @classmethod
    def capped(cls, maximum: int, weight: int) -> ValueFunction:
        """``weight * min(x, maximum)``."""
        return cls((maximum + 1,), (weight, 0), (0, weight * maximum))

    @classmethod
    def listed(cls, values: Sequence[int]) -> ValueFunction:
        """``values[x]``; the first below 0, the last above the end."""
        steps = [x for x in range(1, len(values)) if values[x] != values[x - 1]]
        return cls(tuple(steps), (0,) * (len(steps) + 1), (values[0], *(values[x] for x in steps)))

    @classmethod
    def joined(cls, pieces: Sequence[tuple[int, ValueFunction]]) -> ValueFunction:
        """Each function from its place on, ascending; the first everywhere below, too."""
        start, slope, intercept = list[int](), list[int](), list[int]()
        for number, (place, function) in enumerate(pieces):
            stop = pieces[number + 1][0] if number + 1 < len(pieces) else None
            first = bisect_right(function.start, place) if number else 0
            last = len(function.start) if stop is None else bisect_right(function.start, stop - 1)
            start += [*([place] if number else []), *function.start[first:last]]
            slope += function.slope[first : last + 1]
            intercept += function.intercept[first : last + 1]
        return cls(tuple(start), tuple(slope), tuple(intercept))

    def plus(self, constant: int) -> ValueFunction:
        """The function with a constant added."""
        return ValueFunction(self.start, self.slope, tuple(height + constant for height in self.intercept))

    def at(self, x: int) -> int:
        """Value of `x` in exact integers of any size."""
        i = bisect_right(self.start, x)
        return self.intercept[i] + self.slope[i] * x

    def __call__(self, x: IntArray) -> IntArray:
        """Value of every element; int64, the shape of `x`, a new array."""
        if not self.start:
            return self.slope[0] * x + self.intercept[0]
        segment = np.searchsorted(np.array(self.start), x, side="right")
        return np.array(self.intercept)[segment] + np.array(self.slope)[segment] * x

    def corners(self, low: int, high: int) -> list[int]:
        """Ends of the segments inside ``low..high``, ascending.

        ``f(x) - m * x`` over the integers of the range has its maximum and its
        minimum at one of them, for any multiplier m.
        """
        inside = {x for s in self.start for x in (s - 1, s) if low <= x <= high}
        return sorted(inside | {low, high})

    def corner_values(self, low: int, high: int) -> list[int]:
        """Values at the `corners`, in their order."""
        first, last = bisect_right(self.start, low), bisect_right(self.start, high)
        values, begin = list[int](), low
        for i in range(first, last + 1):
            end, slope, height = self.start[i] - 1 if i < last else high, self.slope[i], self.intercept[i]
            values.append(height + slope * begin)
            if end > begin:
                values.append(height + slope * end)
            begin = end + 1
        return values

    def within(self, low: int, high: int) -> ValueFunction:
        """The function without the segments that ``low..high`` does not touch."""
        first, last = bisect_right(self.start, low), bisect_right(self.start, high)
        return ValueFunction(self.start[first:last], self.slope[first : last + 1], self.intercept[first : last + 1])

    def is_linear(self, low: int, high: int) -> bool:
        """Whether f is ``slope * x`` on ``low..high`` for one slope, without an intercept."""
        first, last = bisect_right(self.start, low), bisect_right(self.start, high)
        return all(self.slope[i] == self.slope[first] and self.intercept[i] == 0 for i in range(first, last + 1))

    def slope_at(self, x: int) -> int:
        """Slope of the segment that holds x."""
        return self.slope[bisect_right(self.start, x)]

    def upper_hull(self, low: int, high: int) -> list[tuple[int, int]]:
        """Corner points ``(x, f(x))`` of the smallest concave function above f on ``low..high``."""
        hull: list[tuple[int, int]] = []
        for x in self.corners(low, high):
            point = (x, self.at(x))
            while len(hull) >= 2:
                (ax, ay), (bx, by) = hull[-2:]
                if (by - ay) * (point[0] - bx) > (point[1] - by) * (bx - ax):
                    break
                hull.pop()
            hull.append(point)
        return hull


def sum_of(parts: Sequence[tuple[int, ValueFunction]]) -> ValueFunction:
    """The sum of functions, each times a number."""
    if len(parts) == 1 and parts[0][0] == 1:
        return parts[0][1]
    starts = sorted({start for _, function in parts for start in function.start})
    slopes, intercepts = [], []
    for x in [starts[0] - 1 if starts else 0, *starts]:
        places = [bisect_right(function.start, x) for _, function in parts]
        slopes.append(sum(n * f.slope[i] for (n, f), i in zip(parts, places, strict=True)))
        intercepts.append(sum(n * f.intercept[i] for (n, f), i in zip(parts, places, strict=True)))
    return ValueFunction(tuple(starts), tuple(slopes), tuple(intercepts))
