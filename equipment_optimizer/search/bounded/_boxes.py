"""The boxes that are not settled, by their bounds: best first.

box A, enumerated up to a slack of 40 (grey)
+---------------------+
|#########|###        |   split: both halves know that A's grey part is
|#########|###        |   already enumerated, and skip what they find of
+---------+-----------+   it; each has a bound and prices of its own
half B    half C
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals
from ..best.best_list import TopK
from ..filling.filler import Filler
from ..filling.tables.prices import FillingPrices
from ..relaxation.bounds import NOTHING, Box, Multipliers, Relaxed, loss_cap, relax
from ..relaxation.box_lp import BoxLp, LpAdvice
from ..relaxation.piece_classes import PartClasses
from ._candidates import TakenRows
from ._enumerate import Enumeration
from ._extra_prices import ExtraPrices
from .splitting import (
    Split,
    exclusive_total,
    needed_bonus,
    splittable_totals,
    with_implied_counts,
    worst_raised,
    worst_total,
)

__all__ = ["MOST_SPLIT", "SPLIT_WALKED", "Boxes", "OpenBox", "Solver"]

#: Gives prices for a box; tests put random ones in its place.
Solver = Callable[[Problem, Sequence[PartClasses], Box, int], LpAdvice]

#: The solver's sign of a ray is not documented, nor how far it leads: both ways, far and near.
_RAY_FACTORS = (-(2**24), -(2**12), -(2**4), 2**4, 2**12, 2**24)

#: A box of which the last stage looked at so many continuations, some tenths of a second, is split, and waits for those
#: that took so many times fewer.
_DEAR = 1_000_000
_CHEAPER = 4

#: A box is split in which a walk in order looks at so many beginnings: by a class of pieces where no total splits it,
#: up to so many boxes, and twice after twice as many.
SPLIT_WALKED = 40_000
MOST_SPLIT = 12

#: Classes of a part that prices of a part of a box are found from: those that lose least in
#: the box, in all and of those that add to each total. A quarter of the time for nearly the same prices.
_LIKELY = 48
_LIKELY_EACH = 4


@dataclass(order=True)
class OpenBox:
    """A box that is not settled: by what it may still hold, highest first."""

    order: tuple[int, int]
    box: Box = field(compare=False)
    relaxed: Relaxed = field(compare=False)
    advice: LpAdvice = field(compare=False)
    #: Everything with a loss and shortfall up to this is enumerated.
    enumerated_slack: int = field(compare=False, default=-1)
    #: Of the leaves that were estimated for the last stage, the share that was found.
    listed_share: float = field(compare=False, default=1.0)
    #: Continuations that were looked at in the last stage.
    n_tried: int = field(compare=False, default=0)
    #: Whether next to none of them became a leaf.
    is_barren: bool = field(compare=False, default=False)
    #: Enumerations of the boxes that it is a part of, and how far they came.
    already: tuple[tuple[Enumeration, int], ...] = field(compare=False, default=())
    enumeration: Enumeration | None = field(compare=False, default=None)
    #: In which order it enumerates parts, where that was chosen, and after how long a stage.
    parts: Sequence[int] | None = field(compare=False, default=None)
    n_ordered: int = field(compare=False, default=0)
    #: By part, shape (n,): its classes, where it is split by those; None for all.
    allowed: tuple[npt.NDArray[np.bool_], ...] | None = field(compare=False, default=None)

    @property
    def is_dear(self) -> bool:
        """Whether the last stage looked at very much."""
        return self.n_tried > _DEAR

    def enumerated(self, slack: int) -> None:
        """Take note that everything up to a slack is enumerated."""
        self.enumerated_slack = slack
        self.order = (-(self.relaxed.bound_scaled - slack), self.order[1])


class Boxes:
    """Queue, bounds and splits of boxes; `top` says what is still worth looking for."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        top: TopK,
        *,
        solver: Solver,
        filler: Filler | None,
        precision: int,
    ) -> None:
        self.problem = problem
        self.n_bounded = 0
        self._classes = classes
        self._top = top
        self._solver = solver
        self._filler = filler
        self._precision = precision
        self._serial = itertools.count()
        self._heap: list[OpenBox] = []
        self._programs: dict[int, BoxLp] = {}
        self._further: dict[int, tuple[Relaxed, dict[FillingPrices, Relaxed]]] = {}
        #: Boxes that may hold a build and were not split, in order: they hold all builds, each one once.
        self.parts: dict[Box, None] = {}
        # Boxes must divide what a build is, not how its slots are filled: else one
        # build would be in several boxes.
        self._splittable = splittable_totals(problem)
        #: What must be 0 where a total is not.
        self._excluded = {e: {*group} - {e} for group in problem.exclusive for e in group}

    def __iter__(self) -> itertools.chain[OpenBox]:
        return itertools.chain(self._heap)

    def __len__(self) -> int:
        return len(self._heap)

    def pop(self) -> OpenBox:
        """The box that may hold the best build, taken out; one that is cheaper to list, where that one is dear."""
        box = heapq.heappop(self._heap)
        if not box.is_dear or not self.matters(box):
            return box
        cheaper = [other for other in self._heap if other.n_tried * _CHEAPER <= box.n_tried and self.matters(other)]
        if not cheaper:
            return box
        # What it holds raises the threshold up to which the dear one is listed.
        self._heap[self._heap.index(min(cheaper))] = box
        heapq.heapify(self._heap)
        return min(cheaper)

    def clear(self) -> None:
        """Everything is settled."""
        self._heap.clear()

    def put_back(self, box: OpenBox) -> None:
        """Queue a box again that is not settled yet."""
        heapq.heappush(self._heap, box)

    def add(self, box: Box, already: tuple[tuple[Enumeration, int], ...] = (), *, of: Relaxed | None = None) -> None:
        """Bound a box, part of one that is relaxed already, and queue it if it may matter."""
        self.n_bounded += 1
        box = with_implied_counts(self.problem, self._classes, box)
        advice = self._advice(box, of)
        prices = None if self._filler is None else self._filler.add_prices(advice.multipliers)
        given = self.problem, self._classes, box
        relaxed = advice.relaxed or relax(*given, advice.multipliers, self._precision, prices=prices)
        if not advice.feasible:
            if of is not None:  # by its prices a part is bounded no higher than it
                again = relax(*given, of.multipliers, self._precision, prices=of.prices)
                relaxed = min(relaxed, again, key=lambda bounded: bounded.bound_scaled)
            relaxed = self.steepened(box, advice.multipliers, relaxed, is_enough=self._is_ruled_out)
        opened = OpenBox((-relaxed.bound_scaled, next(self._serial)), box, relaxed, advice, already=already)
        if not self._is_impossible(relaxed.bound_scaled):
            self.parts[box] = None
        if self.matters(opened):
            heapq.heappush(self._heap, opened)

    def _advice(self, box: Box, of: Relaxed | None) -> LpAdvice:
        """Good prices for a box: from the classes that matter most in the box it is a part of, where those do."""
        if of is not None:
            likely = [_likely(part, loss) for part, loss in zip(self._classes, of.loss, strict=True)]
            advice = self._solver(self.problem, likely, box, self._precision)
            if advice.feasible:
                return advice
        return self._solver(self.problem, self._classes, box, self._precision)

    def steepened(
        self,
        box: Box,
        ray: Multipliers,
        relaxed: Relaxed,
        narrowed: Callable[[Relaxed], Relaxed] = lambda relaxed: relaxed,
        *,
        is_enough: Callable[[int], bool] = lambda _: False,
    ) -> Relaxed:
        """The lowest bound along a (Farkas) ray of an infeasible relaxation, `narrowed`, or one that is enough."""
        far = ray.farthest(self.problem, self._precision)
        for factor in (-far, far, *_RAY_FACTORS) if far > max(_RAY_FACTORS) else _RAY_FACTORS:
            if is_enough(relaxed.bound_scaled):
                break
            steeper = ray.scaled(self.problem, factor)
            prices = None if self._filler is None else self._filler.prices(steeper)
            other = narrowed(relax(self.problem, self._classes, box, steeper, self._precision, prices=prices))
            if other.bound_scaled < relaxed.bound_scaled:
                relaxed = other
        return relaxed

    def price_again(self, box: OpenBox, taken: TakenRows, floor: int) -> None:
        """Bound a box anew by prices of the classes that are left, and of rows that a build has to differ from.

        But for what cannot reach `floor` by far.
        """
        relaxed = self.narrowed(box, box.relaxed, taken)
        if relaxed.bound_scaled // self._precision >= floor - 1 or box.order[1] in self._programs:
            relaxed = min(
                relaxed, self._priced(box, self._usable(box, taken), taken), key=lambda bounded: bounded.bound_scaled
            )
        box.relaxed, box.enumeration = relaxed, None

    def narrowed(self, box: OpenBox, relaxed: Relaxed, taken: TakenRows) -> Relaxed:
        """A relaxation of a box, of the classes that are left in it."""
        return of_usable(self.problem, self._classes, relaxed, self._usable(box, taken))

    def further(self, box: OpenBox, extra: ExtraPrices, taken: TakenRows) -> tuple[Relaxed, ...]:
        """What `extra` chose, for a box; what stays chosen is the same until the box is bounded anew."""
        relaxed, known = self._further.get(box.order[1], (None, {}))
        known = known if relaxed is box.relaxed else {}
        further = {
            prices: known.get(prices) or self.narrowed(box, extra.relaxed(prices, box.box, box.relaxed), taken)
            for prices in extra.chosen
        }
        self._further[box.order[1]] = box.relaxed, further
        return tuple(further.values())

    def _usable(self, box: OpenBox, taken: TakenRows) -> list[npt.NDArray[np.bool_]]:
        """By part, the classes of a box that are left."""
        left = [n > 0 for n in taken.n_usable]
        return (
            left
            if box.allowed is None
            else [is_left & may_be for is_left, may_be in zip(left, box.allowed, strict=True)]
        )

    def _priced(self, box: OpenBox, usable: Sequence[npt.NDArray[np.bool_]], taken: TakenRows) -> Relaxed:
        """A box by the best prices for some classes and for rows that a build has to differ from."""
        program = self._programs.get(box.order[1]) or BoxLp(self.problem, self._classes, box.box, self._precision)
        self._programs[box.order[1]] = program
        for row in range(program.n_limits, taken.n_told):
            program.limit_classes([np.flatnonzero(held[:, row]) for held in taken.is_held], taken.most_common or 0)
        narrowed = partial(of_usable, self.problem, self._classes, usable=usable)
        multipliers = program.prices_of([np.flatnonzero(is_left) for is_left in usable])
        if not program.was_optimal:
            return self.steepened(box.box, multipliers, narrowed(box.relaxed), narrowed)
        prices = None if self._filler is None else self._filler.add_prices(multipliers)
        other = relax(self.problem, self._classes, box.box, multipliers, self._precision, prices=prices)
        return narrowed(taken.charged(other, program.limit_prices))

    def split_long(self, regions: list[OpenBox], n_listed: dict[int, int], taken: TakenRows, *, most: int) -> bool:
        """Split the boxes, in place, whose last walks looked at much, and forget how much; whether any is split."""
        is_split = False
        for box in [region for region in regions if n_listed.get(region.order[1], 0) > SPLIT_WALKED]:
            parts = self.split_by_class(box, taken) if len(regions) < most else []
            if parts and n_listed[box.order[1]] > 2 * SPLIT_WALKED:
                parts = [part for half in parts for part in self.split_by_class(half, taken) or [half]]
            if parts:
                regions.remove(box)
                regions += parts
                del n_listed[box.order[1]]
                is_split = True
        return is_split

    def split_by_class(self, box: OpenBox, taken: TakenRows) -> list[OpenBox]:
        """What a box holds with a class of pieces, and without: the one without which it is worth least; or nothing."""
        usable = self._usable(box, taken)
        if self._priced(box, usable, taken).bound_scaled <= NOTHING:
            return []
        program = self._programs[box.order[1]]
        halves: list[tuple[int, list[npt.NDArray[np.bool_]], list[npt.NDArray[np.bool_]]]] = []
        shares = np.split(program.shares, program.part_starts[1:-1])
        for b, (part, share, is_left) in enumerate(zip(self._classes, shares, usable, strict=True)):
            if part.count > 1 or is_left.sum() < 2:
                continue
            is_chosen = np.arange(len(part)) == np.argmax(np.where(is_left, share, -1.0))
            without, only = list(usable), list(usable)
            without[b], only[b] = is_left & ~is_chosen, is_left & is_chosen
            halves.append((self._priced(box, without, taken).bound_scaled, without, only))
        least = min(halves, key=lambda half: half[0], default=None)
        if least is None or least[0] >= box.relaxed.bound_scaled:
            return []
        parts = []
        for allowed in least[1:]:
            order = (box.order[0], next(self._serial))
            self._programs[order[1]] = program
            parts.append(replace(box, order=order, allowed=tuple(allowed)))
            self.price_again(parts[-1], taken, 0)
            self.n_bounded += 1
        return parts

    # --- what a box may still hold ----------------------------------------------

    def best_unlisted_score(self, box: OpenBox) -> int:
        """No build that is not enumerated yet scores more.

        Its loss and shortfall are at least one more than what is enumerated, and its
        score is the bound less both.
        """
        return (box.relaxed.bound_scaled - box.enumerated_slack - 1) // self._precision

    def matters(self, box: OpenBox) -> bool:
        """Whether it may hold a build that belongs in the list."""
        return not self._is_ruled_out(box.relaxed.bound_scaled - box.enumerated_slack - 1)

    def _is_ruled_out(self, bound_scaled: int) -> bool:
        """Whether no build up to a bound belongs in the list."""
        return self._is_impossible(bound_scaled) or (
            self._top.is_full and bound_scaled // self._precision < self._top.nth_score
        )

    def _is_impossible(self, bound_scaled: int) -> bool:
        """Whether a bound is lower than any build's score."""
        return bound_scaled <= NOTHING or bound_scaled // self._precision < -self.problem.score_bound

    def slack(self, box: OpenBox) -> int:
        """Loss and shortfall up to which a combination may still belong in the list."""
        if not self._top.is_full:
            # What a limit rules out loses more.
            return box.relaxed.bound_scaled + self._precision * self.problem.score_bound
        return box.relaxed.bound_scaled - self._precision * self._top.nth_score

    def holds(self, box: Box, totals: BlockTotals) -> npt.NDArray[np.bool_]:
        """Which combinations have their finished totals inside the box."""
        finished = np.concatenate([totals.levels, totals.bonus_counts])
        inside = np.ones(finished.shape[1], dtype=np.bool_)
        for low, high, total, splittable in zip(box.low, box.high, finished, self._splittable, strict=True):
            if splittable:
                inside &= (total >= low) & (total <= high)
        return inside

    # --- splitting ----------------------------------------------------------------

    def first_split(self, box: OpenBox) -> Split | None:
        """Where to split before anything is enumerated: while it is open what a maximum is, bounds take the best."""
        exclusive = exclusive_total(self.problem, box.box, box.advice)
        bonus = exclusive or needed_bonus(self.problem, self._classes, box.box, box.advice)
        return bonus or worst_raised(self.problem, box.box, box.advice, self._splittable)

    def worst_split(self, box: OpenBox) -> Split | None:
        """Where the relaxation is worst; None where no split helps."""
        return worst_total(self.problem, box.box, box.advice, self._splittable, self._precision)

    def split(self, box: OpenBox, split: Split) -> None:
        """Queue the two halves of a box in its place."""
        self.parts.pop(box.box, None)
        already = box.already
        if box.enumeration is not None and box.enumerated_slack >= 0:
            already = (*already, (box.enumeration, box.enumerated_slack))
        e, value = split
        self.add(box.box.with_range(e, box.box.low[e], value - 1), already, of=box.relaxed)
        upper = box.box.with_range(e, value, box.box.high[e])
        if value >= 1:
            for other in self._excluded.get(e, ()):
                upper = upper.with_range(other, upper.low[other], min(0, upper.high[other]))
        self.add(upper, already, of=box.relaxed)

    def divide(self, box: OpenBox, parts: Sequence[Box]) -> None:
        """Queue parts of a box in its place, which hold all that it holds."""
        self.parts.pop(box.box, None)
        for part in parts:
            self.add(part, of=box.relaxed)


def _likely(part: PartClasses, loss: npt.NDArray[np.int64]) -> PartClasses:
    """The classes that lose least, and of those that add to a total the ones that lose least; without members."""
    if len(part) <= 2 * _LIKELY:
        return part
    order = np.argsort(loss, kind="stable")
    adds = part.totals[order] != 0
    is_likely = (adds & (np.cumsum(adds, axis=0) <= _LIKELY_EACH)).any(axis=1)
    is_likely[:_LIKELY] = True
    rows = np.sort(order[is_likely])
    return replace(part, linear=part.linear[rows], totals=part.totals[rows], slots=part.slots[rows])


def of_usable(
    problem: Problem, classes: Sequence[PartClasses], relaxed: Relaxed, usable: Sequence[npt.NDArray[np.bool_]]
) -> Relaxed:
    """A relaxation of builds of usable classes alone; others lose more than anything."""
    if relaxed.bound_scaled <= NOTHING or not all(is_left.any() for is_left in usable):
        return replace(relaxed, bound_scaled=NOTHING)
    bound_scaled, losses, cap = relaxed.bound_scaled, [], loss_cap(problem)
    for part, loss, is_left in zip(classes, relaxed.loss, usable, strict=True):
        least = int(loss[is_left].min())
        bound_scaled -= part.count * least
        losses.append(np.where(is_left, loss - least, cap))
    return replace(relaxed, bound_scaled=bound_scaled, loss=tuple(losses))
