"""Values of a column of which a build may have so many pieces at the most: what matters of them is the highest count.

Array axes: L positions, N combinations, V values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..relaxation.piece_classes import PartClasses

__all__ = ["CountedValues", "told_apart"]

IntArray = npt.NDArray[np.int64]

#: Combinations that are looked at together: 8 bytes for each of the values.
_AT_ONCE = 16_384


@dataclass(frozen=True, eq=False)
class CountedValues:
    """What a rule counts: by part, shape (n, 1 + V), 1 for each value that a piece carries.

    The first column are all values together that no build has twice.
    """

    carried: Sequence[IntArray]
    maximum: int | None

    def of_classes(self, classes: Sequence[PartClasses]) -> CountedValues:
        """The same of classes of pieces that carry the same."""
        return CountedValues(
            [carried[part.first] for carried, part in zip(self.carried, classes, strict=True)], self.maximum
        )

    def highest(self, parts: Sequence[int], picks: npt.NDArray[np.int32]) -> IntArray:
        """The most pieces with the same value, of N combinations, picks of these parts, shape (L, N)."""
        highest = np.zeros(picks.shape[1], dtype=np.int64)
        for start in range(0, picks.shape[1], _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            n_carried = np.sum([self.carried[b][pick[some]] for b, pick in zip(parts, picks, strict=True)], axis=0)
            n_carried[:, 0] = np.minimum(n_carried[:, 0], 1)
            highest[some] = n_carried.max(axis=1)
        return highest


def told_apart(columns: Sequence[IntArray], rules: Sequence[CountedValues]) -> list[IntArray]:
    """All that tells pieces apart, by part, shape (n, S): some columns, and which values they carry."""
    carried = [rule.carried for rule in rules]
    return [np.column_stack(of_part) for of_part in zip(columns, *carried, strict=True)] if len(columns) else []
