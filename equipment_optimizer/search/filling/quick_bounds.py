"""Bounds of finished builds by what bounded others lately: no filling is looked for.

Array axes: N builds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...problem.scoring import BlockTotals
from ...records.vocabulary import NO_BUILD
from .filler import Filler

__all__ = ["most_scores"]

IntArray = npt.NDArray[np.int64]


def most_scores(filler: Filler, totals: BlockTotals) -> IntArray:
    """What builds score at most, their slots filled, shape (N,): quick, and often far too much."""
    unfilled, bounds, limit = filler.unfilled_scores(totals), filler.bounds, filler.problem.score_bound
    if bounds is None or not bounds.starts or not len(unfilled):
        return np.where(unfilled == NO_BUILD, NO_BUILD, limit)
    cases = filler.cases(bounds, totals.levels, totals.slots)
    filled = bounds.least(bounds.starts, cases, np.arange(len(cases)), bounds.program.most)
    most = np.minimum(filled, limit - np.maximum(unfilled, -limit)).astype(np.int64) + unfilled
    return np.where(unfilled == NO_BUILD, NO_BUILD, most)
