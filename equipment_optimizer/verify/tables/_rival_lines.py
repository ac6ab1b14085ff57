"""Lines of other builds against that of the first: where they meet, and whether the table says so.

What a build scores, its slots as they are filled, is linear in each weight. So two builds' scores and what they have of
the weight tell where one overtakes the other; all of it in whole numbers and fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..judging import Difference, Rows
from ._best_fillings import Filled
from ._numbers import number_text
from ._range_rows import RangeEnd, RangeRow
from ._weights import Amounts, Weights

__all__ = ["RivalLines"]


@dataclass(eq=False)
class _Watched:
    """An end: what scales scores there, what comes next rises with, and the nearest that another build comes to."""

    end: RangeEnd
    scale: int
    distance: int  # from the weight, signed, in scaled units
    next_rise: int | Fraction | None = None  # None where that is not known
    crossing: Fraction | None = None
    crossing_rows: Rows = ()
    steeper_rows: Rows = ()


class RivalLines:
    """What other builds say of the ends, if `first` is the first build."""

    def __init__(self, first: Filled, weights: Weights, rows: Sequence[RangeRow]) -> None:
        self.first, self._weights = first, weights
        self._has_fillings = weights.definition.config.decorations is not None
        self._denominator = math.lcm(*(value.denominator for value in weights.values))
        self._values = [int(value * self._denominator) for value in weights.values]
        self._score = self._scaled(first.amounts)
        self._better: tuple[int | Fraction, Rows] | None = None
        self._watched = [self._watch(end) for row in rows for end in row.ends]
        self.differences: list[Difference] = []

    def _scaled(self, amounts: Amounts) -> int | Fraction:
        return sum(value * amount for value, amount in zip(self._values, amounts, strict=True) if value)

    def _watch(self, end: RangeEnd) -> _Watched:
        far = Fraction(0) if end.at is None else end.at - self._weights.values[end.weight]
        return _Watched(end, far.denominator, far.numerator * self._denominator)

    @property
    def n_ends(self) -> int:
        """How many ends there are, those that lie nowhere among them."""
        return len(self._watched)

    # --- the builds that come next -------------------------------------------------------

    def check_next(self, rivals: Callable[[RangeEnd], Sequence[Filled] | None], named: Callable[[Rows], str]) -> None:
        """Whether what comes next meets the first build's line at each end, and is above it beyond.

        `rivals` are the builds that are named there, None where they are not known.
        """
        for watched in self._watched:
            end = watched.end
            if end.at is None:
                continue
            named_here = rivals(end)
            if named_here is None:
                continue
            gaps = [(self._gap(watched, rival.amounts), self._rise(watched, rival.amounts)) for rival in named_here]
            meeting = [rise for gap, rise in gaps if not gap and rise > 0]
            if meeting:
                watched.next_rise = max(meeting)
            elif end.is_proved or not self._has_fillings or not any(gap > 0 for gap, _ in gaps):
                # Where a range may be narrower, another filling of what is named may be better there.
                self._tell_next(watched, named_here, named)

    def _tell_next(self, watched: _Watched, rivals: Sequence[Filled], named: Callable[[Rows], str]) -> None:
        """No build that is named does what it should."""
        end = watched.end
        rising = [rival for rival in rivals if self._rise(watched, rival.amounts) > 0]
        if not rivals:
            self._differ(end, end.next_column, "a build that keeps the limits", end.told)
        elif not rising:
            self._differ(end, end.next_column, "a build that scores more beyond the end", end.told)
        else:
            crossings = [(self._crossing(end, rival.amounts), rival.rows) for rival in rising]
            nearest, rows = min(crossings, key=lambda pair: pair[0] * end.sign)
            expected = f"{number_text(nearest)}, where {named(rows)} scores as much"
            self._differ(end, end.column, expected, end.cell)

    def _differ(self, end: RangeEnd, column: str, expected: str, actual: str) -> None:
        self.differences.append(Difference(end.line, column, expected, actual or "no end"))

    def _gap(self, watched: _Watched, amounts: Amounts) -> int | Fraction:
        """By how much a build scores more at an end, scaled."""
        weight = watched.end.weight
        further = amounts[weight] - self.first.amounts[weight]
        return (self._scaled(amounts) - self._score) * watched.scale + watched.distance * further

    def _rise(self, watched: _Watched, amounts: Amounts) -> int | Fraction:
        """By how much more a build gains outwards."""
        end = watched.end
        return (amounts[end.weight] - self.first.amounts[end.weight]) * end.sign

    def _crossing(self, end: RangeEnd, amounts: Amounts) -> Fraction:
        """Where a build scores as much as the first."""
        further = Fraction(amounts[end.weight] - self.first.amounts[end.weight])
        return self._weights.values[end.weight] + (self._score - self._scaled(amounts)) / further / self._denominator

    # --- any builds ----------------------------------------------------------------------

    def note(self, rows: Rows, amounts: Amounts) -> None:
        """Take in what a build has of each weight."""
        score = self._scaled(amounts)
        behind = score - self._score
        if behind > 0:
            if self._better is None or score > self._better[0]:
                self._better = score, rows
            return
        mine = self.first.amounts
        for watched in self._watched:
            end = watched.end
            rise = (amounts[end.weight] - mine[end.weight]) * end.sign
            if rise <= 0 or not end.is_proved:
                continue
            if end.at is not None:
                gap = behind * watched.scale + watched.distance * rise * end.sign
                if gap < 0:
                    continue
                if not gap:
                    if watched.next_rise is not None and rise > watched.next_rise:
                        watched.next_rise, watched.steeper_rows = rise, rows
                    continue
            crossing = self._crossing(end, amounts)
            if watched.crossing is None or (crossing - watched.crossing) * end.sign < 0:
                watched.crossing, watched.crossing_rows = crossing, rows

    def height(self, k: int, amounts: Amounts) -> tuple[int | Fraction, int | Fraction]:
        """How far a build is above the first at an end, 0 where there is none, and how much more it gains outwards."""
        watched = self._watched[k]
        gap = self._gap(watched, amounts) if watched.end.at is not None else 0
        return gap, self._rise(watched, amounts)

    def told(self, named: Callable[[Rows], str]) -> Iterator[Difference]:
        """Every difference."""
        if self._better is not None:
            score, rows = self._better
            worth, mine = (number_text(Fraction(some) / self._denominator) for some in (score, self._score))
            expected = f"{named(rows)}, worth {worth}"
            yield Difference(0, "(build 1)", expected, f"{named(self.first.rows)}, worth {mine}")
            return
        yield from self.differences
        told = {(difference.line, difference.column) for difference in self.differences}
        for watched in self._watched:
            end = watched.end
            if watched.crossing is not None and (end.line, end.column) not in told:
                limit = "most" if end.sign > 0 else "least"
                where = f"where {named(watched.crossing_rows)} scores as much"
                expected = f"at {limit} {number_text(watched.crossing)}, {where}"
                yield Difference(end.line, end.column, expected, end.cell or "no end")
            elif watched.steeper_rows and (end.line, end.next_column) not in told:
                yield Difference(end.line, end.next_column, named(watched.steeper_rows), end.told)
