"""The best product that is known with each class of pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ..bounded.each_piece_class import BestOfClasses
from ..relaxation.piece_classes import PartClasses
from .nodes.curves import floor_log

__all__ = ["BestProducts"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class BestProducts(BestOfClasses):
    """The best product with each class, if it is above 0: `products` by part and class, 0 where none is known.

    `known` has the logarithm, in units, that a build has to exceed to have a higher one: no product above 0 has one
    below 0.
    """

    def __init__(self, formula: FormulaProblem, classes: Sequence[PartClasses], usable: Sequence[BoolArray]) -> None:
        super().__init__(formula.problem, classes, usable)
        self.known = [np.full(len(part), -1, dtype=np.int64) for part in classes]
        self.products = [[0] * len(part) for part in classes]
        self._grain = formula.grain

    def take(self, b: int, numbers: IntArray, scores: npt.NDArray[Any]) -> None:
        """See `BestOfClasses`; products that are not above 0 are none."""
        of_part = self.products[b]
        for number, score in zip(numbers.tolist(), scores.tolist(), strict=True):
            if score > of_part[number]:
                of_part[number] = score
                self.known[b][number] = floor_log(score + self._grain)
