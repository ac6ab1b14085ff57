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
    """Looks for it: `filled` are its best fillings, `is_certain` where it is no other, and filled in no other way."""

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
        #: Whether all its best fillings are there.
        self.is_whole = True

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

    def find(
        self, known: Mapping[int, str], most: int, most_filled: int, score_of: Callable[[Rows], int | None]
    ) -> None:
        """Look through at most so many builds, of which so many are filled; where there are more, climb.

        `score_of` is what a build is worth, or close to it.
        """
        is_few = math.prod(map(len, self._choices(known))) <= most
        candidates = self.named(known) if is_few else iter(self._climbed(known, most_filled, score_of))
        bounds: list[tuple[Fraction | int, Rows]] = [(0, rows) for rows in candidates]
        if self._definition.config.decorations is not None:
            bounds = sorted(((self._fillings.bound(rows), rows) for _, rows in bounds), key=lambda p: (-p[0], p[1]))
            most = most_filled
        best: Fraction | None = None
        for n_filled, (bound, rows) in enumerate(bounds):
            if best is not None and self._definition.config.decorations is not None and bound < best:
                break
            if n_filled >= most:
                is_few = False
                break
            before, self._fillings.is_whole = self.is_whole, True
            filled = self._fillings.best(rows, self._weights.values)
            is_whole, self._fillings.is_whole = self._fillings.is_whole, True
            score = self.score(filled[0]) if filled else None
            if score is not None and (best is None or (score, self.filled[0].rows) > (best, rows)):
                best, self.filled, self.is_whole = score, filled, is_whole
            else:
                self.is_whole = before
        self.is_certain = is_few and self.is_whole

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
