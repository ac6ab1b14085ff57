"""How many combinations of classes lie within a loss, estimated from above, and how much a walk looks at, by samples.

Array axes: none but bins of losses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ...problem.problem import Problem
from ..relaxation.bounds import NOTHING, Relaxed
from ..relaxation.piece_classes import PartClasses
from ._boxes import Boxes, OpenBox
from ._candidates import Listing, Lookahead, TakenRows
from ._enumerate import Allowance, Enumeration, all_merged
from ._extra_prices import ExtraPrices

__all__ = ["LeafEstimate", "WalkGrowth", "Walks", "floor_of_about"]

#: Bins of the histograms.
_BINS = 128

#: What came true is trusted down to such a power, and of walks that looked at so much.
_LEAST_POWER, _LEAST_TRUSTED = 0.5, 5_000

#: Continuations after which a walk is tried in other orders of parts, which takes as long as some 100,000; and so many
#: times more before that is done again.
_ORDERED, _ORDERED_AGAIN = 400_000, 8

#: Continuations after which it is sampled how far the next walk may go; what that may look at at the most, and how many
#: times more than the last one.
_LOOKED_AHEAD = 100_000
_LONG_WALK, _LONGER = 800_000, 3.0

#: So many times the leaves of the last walk are not too many.
_MORE_LEAVES = 2.0

_NO_END = 2**62

#: Combinations of each step that a sample goes on with: work comes out within a third or so, in a few milliseconds;
#: and the share of the work that another order may take, so that this is no chance.
_SAMPLED = 128
_MUCH_LESS = 0.75

#: Parts, the last and those before it, of which others are tried in their place: survivors of all other parts are what
#: a walk spends most on, up to fifty times as many with a part at the end that makes up for everything.
_TRIED_PLACES = 2


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


class Walks:
    """Walks of boxes: which enumeration, in which order of parts, and how far.

    `precision` is that of bounds; `is_stopped` is asked all along.
    """

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        boxes: Boxes,
        *,
        extra: ExtraPrices | None,
        taken: TakenRows,
        is_stopped: Callable[[], bool],
    ) -> None:
        self._problem = problem
        self._classes = classes
        self._boxes = boxes
        self._extra = extra
        self._taken = taken
        self._is_stopped = is_stopped

    def enumeration(self, box: OpenBox) -> Enumeration:
        """That of a box, under the further prices there are now."""
        box.enumeration = box.enumeration or Enumeration(
            self._problem, self._classes, box.box, box.relaxed, parts=box.parts
        )
        if self._extra is not None:
            box.enumeration.use_extra_prices(self._boxes.further(box, self._extra, self._taken))
        return box.enumeration

    def allowance(self, floor: int, most: int, enumeration: Enumeration) -> Listing:
        """What an enumeration may use down to a floor; it is given up after `most` beginnings."""
        relaxed = enumeration.relaxed
        lookahead, least_scaled = Lookahead(self._taken, relaxed.loss, enumeration.steps), relaxed.precision * floor
        return Listing(lookahead, relaxed.bound_scaled, least_scaled, most=most, is_stopped=self._is_stopped)

    def begun(self, box: OpenBox, floor: int, most: int) -> tuple[Enumeration, Listing]:
        """What walks a box; after a long walk with its parts in an order that takes less, as far as samples tell."""
        best, allowance_of = self.enumeration(box), partial(self.allowance, floor, most)
        if box.n_tried > max(_ORDERED, _ORDERED_AGAIN * box.n_ordered):
            box.n_ordered = box.n_tried
            best = box.enumeration = _in_better_order(best, allowance_of)
            box.parts = best.parts
        return best, allowance_of(best)

    def within_reach(self, boxes: Sequence[OpenBox], floor: int, before: int, *, highest: int, most_leaves: int) -> int:
        """A floor, no more than `highest`, to which walks of some boxes do not take too long, nor find too much.

        Samples may be wrong by much, but alike: they are held against those of the last walk, down to `before`.
        """
        n_before = sum(box.n_tried for box in boxes)
        if n_before <= _LOOKED_AHEAD or floor >= highest:
            return floor
        last_work, last_leaves = self._sampled(boxes, before)
        most_work = max(_LONG_WALK, _LONGER * n_before, _LONGER * last_work)
        most_found = max(most_leaves, _MORE_LEAVES * last_leaves)
        while floor < highest:
            work, n_leaves = self._sampled(boxes, floor)
            if work <= most_work and n_leaves <= most_found:
                break
            floor += -(-(highest - floor) // 3)
        return floor

    def _sampled(self, boxes: Sequence[OpenBox], floor: int) -> tuple[float, float]:
        """Continuations and leaves of some boxes down to a floor, by samples."""
        work = n_leaves = 0.0
        for box in boxes:
            if box.relaxed.bound_scaled // box.relaxed.precision >= floor:
                enumeration = self.enumeration(box)
                more = _sampled_work(enumeration, self.allowance(floor, _NO_END, enumeration))
                work, n_leaves = work + more[0], n_leaves + more[1]
        return work, n_leaves


def _in_better_order(enumeration: Enumeration, allowance_of: Callable[[Enumeration], Allowance]) -> Enumeration:
    """The same with its parts in an order that takes less work, as far as samples tell."""
    best, least = enumeration, _sampled_work(enumeration, allowance_of(enumeration))[0]
    n_parts = len(enumeration.parts)
    for end in range(n_parts - 1, max(0, n_parts - 1 - _TRIED_PLACES), -1):
        parts = list(best.parts)
        for part in parts[:end]:
            others = [other for other in parts if other != part]
            other = enumeration.in_order([*others[:end], part, *others[end:]])
            work = _sampled_work(other, allowance_of(other))[0]
            if work < _MUCH_LESS * least:
                best, least = other, work
    return best


def _sampled_work(enumeration: Enumeration, allowance: Allowance) -> tuple[float, float]:
    """Continuations that an enumeration looks at, and leaves, estimated from some combinations of each step."""
    layer, weight, work = enumeration.root(), 1.0, 0.0
    for _ in enumeration.steps:
        n_before = enumeration.n_tried
        extended = all_merged(enumeration.expand(layer, allowance), lambda chunk: chunk)
        work += weight * (enumeration.n_tried - n_before)
        if extended is None:
            return work, 0.0
        n_rows = extended.loss.size
        n_kept = min(n_rows, _SAMPLED)
        layer, weight = extended.take(np.arange(n_kept) * n_rows // n_kept), weight * n_rows / n_kept
    return work, weight * layer.loss.size
