"""The first build of a list, told from what a table says of it: some of its pieces, and that nothing scores more.

A table of ranges names the pieces that other builds replace. Of the builds that have these the best by definition is
meant, of equal ones the first by rank, with any of its best fillings.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from ..judging import Builds, Definition, Rows, builds_after
from ._best_fillings import BestFillings, Filled
from ._weights import Weights

__all__ = ["FirstBuild"]

#: Builds of the same names that are looked at.
_MOST_NAMESAKES = 200


class FirstBuild:
    """Looks for it: `filled` are its best fillings, `is_certain` where every build that may be meant was looked at."""

    def __init__(
        self,
        definition: Definition,
        builds: Builds,
        weights: Weights,
        fillings: BestFillings,
        by_name: Sequence[Mapping[str, Sequence[int]]],
    ) -> None:
        self._definition, self._builds, self._weights, self._fillings = definition, builds, weights, fillings
        self._by_name = by_name
        self._positions = definition.table.positions
        self.filled: list[Filled] = []
        self.is_certain = False

    def named(self, names: Mapping[int, str]) -> Iterator[Rows]:
        """Builds with pieces of these names by position, of any name where none is given, in rank order."""
        for rows in builds_after(self._choices(names), self._positions, None, self._builds):
            if self._builds.first_assignment(rows) == rows:
                yield rows

    def namesakes(self, names: Mapping[int, str]) -> list[Rows]:
        """Builds with pieces of these names by position, some of them where there are many."""
        return list(itertools.islice(self.named(names), _MOST_NAMESAKES))

    def _choices(self, names: Mapping[int, str]) -> list[list[int]]:
        return [
            list(self._by_name[position].get(names[position], ()))
            if position in names
            else sorted(itertools.chain.from_iterable(self._by_name[position].values()))
            for position in range(len(self._positions))
        ]

    def find(self, known: Mapping[int, str], most: int, score_of: Callable[[Rows], int | None]) -> None:
        """Look through at most so many builds; where there are more, climb, by a score that is at least close."""
        self.is_certain = math.prod(map(len, self._choices(known))) <= most
        candidates = self.named(known) if self.is_certain else iter(self._climbed(known, most, score_of))
        best: Fraction | None = None
        for rows in candidates:
            filled = self._fillings.best(rows, self._weights.values)
            if filled and (best is None or self.score(filled[0]) > best):
                best, self.filled = self.score(filled[0]), filled

    def score(self, filled: Filled) -> Fraction:
        """What a build scores."""
        pairs = zip(self._weights.values, filled.amounts, strict=True)
        return sum((value * amount for value, amount in pairs if amount), Fraction(0))

    def _climbed(self, known: Mapping[int, str], most: int, score_of: Callable[[Rows], int | None]) -> list[Rows]:
        """Where exchanging pieces that are not known leads to."""
        names = self._definition.table.names

        def is_kept(rows: Rows) -> bool:
            return all(names[rows[position]] == name for position, name in known.items())

        here = next(self.named(known), None)
        n_tried = 0
        while here is not None and n_tried < most:
            neighbours = [rows for rows in self._builds.neighbours(here) if is_kept(rows)]
            n_tried += len(neighbours) + 1
            scored = [(score, rows) for rows in [here, *neighbours] if (score := score_of(rows)) is not None]
            best = max(scored, key=lambda pair: pair[0], default=None)
            if best is None or best[1] == here:
                break
            here = best[1]
        return [] if here is None else [here]
