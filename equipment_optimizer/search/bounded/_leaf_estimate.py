"""How many combinations of classes lie within a loss, estimated from above.

Array axes: none but bins of losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..relaxation.bounds import NOTHING, Relaxed
from ..relaxation.piece_classes import PartClasses

__all__ = ["LeafEstimate", "WalkGrowth", "floor_of_about"]

#: Bins of the histograms.
_BINS = 128

#: What came true is trusted down to such a power, and of walks that looked at so much.
_LEAST_POWER, _LEAST_TRUSTED = 0.5, 5_000


class LeafEstimate:
    """Over-estimates of how many leaves a box has within a loss; `n_leaves` of them within `most_slack`.

    Histograms of the parts' losses, rounded down, are convolved, blind to the totals;
    O(L bins^2) time. `of_pieces` counts combinations of pieces instead of classes.
    """

    def __init__(
        self, relaxed: Relaxed, classes: Sequence[PartClasses], most_slack: int, *, of_pieces: bool = False
    ) -> None:
        self._width = most_slack // _BINS + 1
        counts = np.zeros(_BINS)
        counts[0] = 1.0
        for part, loss in zip(classes, relaxed.loss, strict=True):
            bins = np.minimum(loss // self._width, _BINS)
            weights = part.sizes.astype(np.float64) if of_pieces else None
            histogram = np.bincount(bins, weights, minlength=_BINS + 1)[:_BINS].astype(np.float64)
            for _ in range(part.count):
                counts = np.convolve(counts, histogram)[:_BINS]
        self._within = np.cumsum(counts)
        self.n_leaves = float(self._within[-1])

    def count_at(self, slack: int) -> float:
        """Leaves with a loss of up to about `slack`, one bin too many rather than too few."""
        return float(self._within[min(slack // self._width, _BINS - 1)])

    def slack_of(self, n_leaves: float) -> int:
        """The least slack that is estimated to hold `n_leaves`, no more than there are."""
        return (int(np.argmax(self._within >= n_leaves)) + 1) * self._width


def _slack_of_about(relaxed: Relaxed, classes: Sequence[PartClasses], most_slack: int, n_leaves: float) -> int | None:
    """A slack that is estimated, finely, to hold about so many leaves; None where there are no more."""
    estimate = LeafEstimate(relaxed, classes, most_slack)
    if estimate.n_leaves <= n_leaves:
        return None
    while (slack := min(estimate.slack_of(n_leaves), most_slack)) > _BINS and 8 * slack <= most_slack:
        most_slack = slack
        estimate = LeafEstimate(relaxed, classes, most_slack)
    return slack


def floor_of_about(relaxed: Relaxed, classes: Sequence[PartClasses], n_leaves: float, most_score: int) -> int:
    """A score down to which a box holds about so many leaves; scores lie within `most_score` of 0."""
    most = sum(part.count * int(loss.max()) for part, loss in zip(classes, relaxed.loss, strict=True))
    most = max(0, min(most, relaxed.bound_scaled + relaxed.precision * most_score))
    slack = None if relaxed.bound_scaled <= NOTHING else _slack_of_about(relaxed, classes, most, n_leaves)
    return -most_score if slack is None else max(-most_score, -((slack - relaxed.bound_scaled) // relaxed.precision))


class WalkGrowth:
    """How many beginnings a walk will look at: by the number of leaves, to the power that came true of late."""

    def __init__(self, classes: Sequence[PartClasses]) -> None:
        self._classes = classes
        self._power = self._ratio = 1.0
        self._n_before = 0

    def expected(self, listed: Sequence[tuple[Relaxed, int]], listed_floor: int, floor: int) -> float:
        """Beginnings down to a floor; of each box that is listed down to another one how many that took."""
        more = 0.0
        for relaxed, n_walked in listed:
            slack, listed_slack = (relaxed.bound_scaled - relaxed.precision * score for score in (floor, listed_floor))
            if slack >= 0:
                estimate = LeafEstimate(relaxed, self._classes, slack)
                more += n_walked * estimate.n_leaves / max(1.0, estimate.count_at(max(0, listed_slack)))
        self._n_before = sum(n_walked for _, n_walked in listed)
        self._ratio = max(1.0, more / max(1, self._n_before))
        return self._n_before * float(self._ratio**self._power)

    def learn(self, n_walked: int, *, is_alike: bool) -> None:
        """Take note of how many there were where that was last asked; not `is_alike` where pieces changed meanwhile."""
        if self._n_before >= _LEAST_TRUSTED and self._ratio > 1.0 and is_alike:
            power = math.log(max(1, n_walked) / self._n_before) / math.log(self._ratio)
            self._power = min(1.0, max(_LEAST_POWER, power))
