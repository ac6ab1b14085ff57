"""The best score with each class of pieces, for all of them together.

A build that holds a class scores ``bound - loss`` of that class less what its other pieces and
its totals lose, so one price set bounds all classes at once. A relaxation solved again with
one class held gives prices and a build for it. What is still open is enumerated: combinations
of the other parts, each class with an allowance of its own, in rounds that list a few times
as many; fillings are asked only for what may beat the best that is known with the class.

Array axes: n classes of one part, L positions, N combinations, E coupled totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.vocabulary import NO_BUILD
from ..filling.filler import Filler
from ..relaxation.bounds import NOTHING, Box, Multipliers, Relaxed, loss_cap, relax, usual_precision
from ..relaxation.box_lp import BoxLp, solve_box
from ..relaxation.piece_classes import PartClasses, merge_pieces
from ._enumerate import Chunk, Enumeration
from ._extra_prices import ExtraPrices
from ._leaf_estimate import LeafEstimate
from ._piece_class_boxes import NEVER, BestOfClasses, ClassBox, ClassScorer, partition

__all__ = ["BestOfClasses", "ClassScorer", "EachClass", "bounds_of_classes", "of_usable", "usable_classes"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Leaves for each open class that the first round of an enumeration aims at, how many times more each
#: further round, and those of one class at which it is left open.
_FIRST_LEAVES = 16.0
_GROWTH = 4.0
_MOST_LEAVES = 4_096.0

#: Leaves of one group and round: more, and its slack is halved.
_MOST_AT_ONCE = 400_000

_UNKNOWN = 2**62


@dataclass(eq=False)
class _Group:
    """Classes of a part that one relaxation bounds best."""

    relaxed: Relaxed
    part: int
    classes: Rows
    #: Leaves for each class that the next round aims at, and the share of an estimate that was there.
    goal: float = _FIRST_LEAVES
    listed_share: float = 1.0
    #: Rounds that list too much are cut down to this.
    most_slack: int = _UNKNOWN


class EachClass:
    """The best score with each class of the parts that take one piece.

    `usable` has by part, shape (pieces,), the pieces that a build may have beside the one that is asked for.
    A part of a larger search shares its `best`, and has a `make_scorer` of its own.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        usable: Sequence[BoolArray] | None = None,
        classes: Sequence[PartClasses] | None = None,
        precision: int | None = None,
        best: BestOfClasses | None = None,
        make_scorer: Callable[..., ClassScorer] = ClassScorer,
        should_stop: Callable[[], bool] | None = None,
        on_settled: Callable[[int, int], None] | None = None,
    ) -> None:
        self.problem = problem
        self.classes = merge_pieces(problem) if classes is None else classes
        self._precision = usual_precision(problem) if precision is None else precision
        self.filler = None if problem.decorations is None else Filler(problem, precision=self._precision)
        self._usable = usable_classes(self.classes, usable)
        #: Classes that are asked for, by part.
        self.asked = [np.full(len(part), part.count == 1) for part in self.classes]
        self._best = best or BestOfClasses(problem, self.classes, self._usable)
        self._class_of = self._best.class_of
        #: By part, shape (n,): the best score known with each class, `NO_BUILD` where none is.
        self.best = self._best.known
        #: No build with the class scores more; equal to `best` where that is proved.
        self.bound = [np.full(len(part), problem.score_bound, dtype=np.int64) for part in self.classes]
        self._boxes: list[ClassBox] = []
        self._should_stop = should_stop or (lambda: False)
        self._on_settled = on_settled
        self._extra = None if self.filler is None else ExtraPrices(problem, self.classes, self.filler)
        self._scorer = make_scorer(
            problem, self.classes, self._best, filler=self.filler, extra=self._extra, should_stop=self._should_stop
        )

    # --- what is known -------------------------------------------------------------

    def note(self, columns: Sequence[npt.NDArray[np.integer]], scores: IntArray) -> None:
        """Take in builds, a column of piece indices by position (L, N): for classes beside which all is usable."""
        self._best.note(columns, scores)

    def settle(self, columns: Sequence[npt.NDArray[np.integer]], scores: IntArray) -> None:
        """Take in the best builds there are, proved: nothing better holds what they hold."""
        self.note(columns, scores)
        for b, column in zip(self.problem.positions, columns, strict=True):
            known = self._class_of[b][np.asarray(column)]
            self.bound[b][known] = self.best[b][known]
            self.asked[b][known] = False

    def of_piece(self, b: int, piece: int) -> tuple[int, int]:
        """Best score known with a piece of a part, `NO_BUILD` where none is, and the most there may be."""
        i = int(self._class_of[b][piece])
        return int(self.best[b][i]), int(self.bound[b][i])

    def _update_bounds(self) -> None:
        """Bounds from what the boxes have left."""
        n_open = 0
        for b, best in enumerate(self.best):
            unlisted_scaled = np.full(len(best), NEVER)
            for box in self._boxes:
                unlisted_scaled = np.maximum(unlisted_scaled, box.unlisted_scaled(b))
            bound = unlisted_scaled // self._precision
            bound[bound < -self.problem.score_bound] = NO_BUILD
            self.bound[b] = np.maximum(best, np.minimum(bound, self.bound[b]))
            n_open += int((self.asked[b] & (self.bound[b] > best)).sum())
        if self._on_settled is not None:
            n_asked = sum(int(asked.sum()) for asked in self.asked)
            self._on_settled(n_asked - n_open, n_asked)

    def pair_bound(self, first: tuple[int, int], second: tuple[int, int]) -> int:
        """No build with two pieces, each a part and its index, of two parts, scores more."""
        most = NO_BUILD
        for box in self._boxes:
            bounds_scaled = [
                relaxed.bound_scaled
                - sum(int(relaxed.loss[b][self._class_of[b][piece]]) for b, piece in (first, second))
                for relaxed in box.relaxations
            ]
            most = max(most, min(bounds_scaled) // self._precision)
        return most

    def _is_open(self, box: ClassBox, b: int) -> Rows:
        """Classes of a part that may be better in a box than what is known."""
        unlisted_scaled = box.unlisted_scaled(b)
        beats = (unlisted_scaled // self._precision > self.best[b]) & (
            unlisted_scaled >= -self._precision * self.problem.score_bound
        )
        return np.flatnonzero(self.asked[b] & beats)

    # --- the search ------------------------------------------------------------------

    def run(self, columns: Sequence[npt.NDArray[np.integer]] = ()) -> None:
        """Settle as many classes as it takes little for; `columns` are good builds, the best first."""
        if len(columns) and len(columns[0]):
            self.swap([int(column[0]) for column in columns])
        self._boxes = [self._opened(box) for box in partition(self.problem, self.classes, self._precision)]
        self._boxes.sort(key=lambda box: -max(int(bound.max()) for bound in box.bound_scaled))
        self._update_bounds()
        for box in self._boxes:
            self._relax_each(box)
            self._update_bounds()
            self._enumerate(box)
            if self._should_stop():
                break
        self._update_bounds()

    def swap(self, build: Sequence[int]) -> None:
        """Score a build with each class in the place of its own piece."""
        columns: list[list[IntArray]] = [[] for _ in build]
        for place, b in enumerate(self.problem.positions):
            chosen = np.flatnonzero(self.asked[b])
            for other, piece in enumerate(build):
                pieces = self.classes[b].first[chosen] if other == place else np.full(len(chosen), piece)
                columns[other].append(pieces)
        self._scorer.offer([np.concatenate(column) for column in columns])

    def _opened(self, box: Box) -> ClassBox:
        """A box with the bounds that its own prices give."""
        advice = solve_box(self.problem, self.classes, box, self._precision)
        empty = [np.full(len(part), _UNKNOWN) for part in self.classes]
        zeros = [np.zeros(len(part), dtype=np.int64) for part in self.classes]
        opened = ClassBox(box, empty, [], zeros, [np.full(len(part), -1, dtype=np.int64) for part in self.classes])
        self._bound_all(opened, advice.multipliers)
        if not advice.feasible:
            for factor in (-(2**24), -(2**4), 2**4, 2**24):
                self._bound_all(opened, advice.multipliers.scaled(self.problem, factor))
        return opened

    def _bound_all(self, box: ClassBox, multipliers: Multipliers) -> None:
        """Bound all classes by prices, where they bound them better."""
        prices = None if self.filler is None else self.filler.prices(multipliers)
        relaxed = relax(self.problem, self.classes, box.box, multipliers, self._precision, prices=prices)
        relaxed = of_usable(relaxed, self.classes, self._usable)
        number = len(box.relaxations)
        box.relaxations.append(relaxed)
        for b, bound_scaled in enumerate(bounds_of_classes(relaxed)):
            better = bound_scaled < box.bound_scaled[b]
            box.bound_scaled[b][better] = bound_scaled[better]
            box.by[b][better] = number

    def _relax_each(self, box: ClassBox) -> None:
        """Solve the relaxation for each open class alone; its prices may suit others, and its nearest build is one."""
        lp = BoxLp(self.problem, self.classes, box.box, self._precision)
        every = [np.flatnonzero(usable) for usable in self._usable]
        known: set[Multipliers] = set()
        nearest: list[list[int]] = []
        lp.prices_of(every)
        for b in range(len(self.classes)):
            for i in self._is_open(box, b).tolist():
                if self._should_stop():
                    return
                rows = [*every[:b], np.array([i]), *every[b + 1 :]]
                multipliers = lp.prices_of(rows)
                if multipliers not in known:
                    known.add(multipliers)
                    self._bound_all(box, multipliers)
                if all(part.count == 1 for part in self.classes):
                    places = lp.nearest(rows)
                    nearest.append(
                        [
                            int(part.first[open_rows[at]])
                            for part, open_rows, at in zip(self.classes, rows, places, strict=True)
                        ]
                    )
        if nearest:
            self._scorer.offer(list(np.array(nearest, dtype=np.int64).T))

    # --- enumerating what is open --------------------------------------------------------

    def _enumerate(self, box: ClassBox) -> None:
        """Enumerate around the open classes of a box in rounds."""
        groups = [
            _Group(box.relaxations[number], b, is_open[box.by[b][is_open] == number])
            for b, is_open in ((b, self._is_open(box, b)) for b in range(len(self.classes)))
            for number in np.unique(box.by[b][is_open]).tolist()
        ]
        while groups and not self._should_stop():
            before = [listed.copy() for listed in box.listed]
            leaves = [leaf for group in groups for leaf in self._round(box, group)]
            if leaves:
                self._scorer.fill(leaves)
            if self._should_stop():
                # What was listed may not have been scored.
                for listed, listed_before in zip(box.listed, before, strict=True):
                    listed[:] = listed_before
            self._update_bounds()
            if self._extra is not None and self._extra.is_due():
                self._extra.choose(0)
            left = []
            for group in groups:
                still = np.intersect1d(group.classes, self._is_open(box, group.part))
                if len(still) and group.goal <= _MOST_LEAVES:
                    left.append(replace(group, classes=still, goal=group.goal * _GROWTH))
            groups = left

    def _round(self, box: ClassBox, group: _Group) -> Iterator[tuple[int, npt.NDArray[np.int32], IntArray]]:
        """Leaves of a group's classes: its part, classes by position (L, N), and what each may score at most."""
        b, relaxed = group.part, group.relaxed
        asked = np.intersect1d(group.classes, self._is_open(box, b))
        if not len(asked):
            return
        known = np.maximum(self.best[b][asked], -self.problem.score_bound - 1)
        needed = box.bound_scaled[b][asked] - self._precision * (known + 1)
        most = int(needed.max())
        others = [number for number in range(len(self.classes)) if number != b]
        apart = replace(relaxed, loss=tuple(self._usable_loss(relaxed, number) for number in others))
        estimate = LeafEstimate(apart, [self.classes[number] for number in others], most)
        slack = most
        if estimate.n_leaves * group.listed_share > group.goal:
            slack = estimate.slack_of(min(group.goal / group.listed_share, estimate.n_leaves))
        slack = min(slack, most, group.most_slack)
        allowed = np.minimum(needed, slack)
        n_expected = max(1.0, estimate.count_at(slack) * len(asked))
        leaves, n_leaves, is_too_long = [], 0, False
        enumeration, start = self._start(box, group, asked, slack - allowed, known)
        allowance = _Allowance(slack, self._precision * (int(known.min()) + 1), self._should_stop)
        for chunk in enumeration.leaves(allowance, start):
            used = chunk.loss + chunk.shortfall
            place = np.searchsorted(asked, chunk.picks[0])
            used = used - (slack - allowed)[place]
            fresh = np.flatnonzero(used > box.listed[b][asked[place]])
            n_leaves += len(fresh)
            picks = chunk.picks[enumeration.step_of_position][:, fresh]
            score = (box.bound_scaled[b][asked[place[fresh]]] - used[fresh]) // self._precision
            leaves.append((b, picks, score))
            if n_leaves > _MOST_AT_ONCE:
                is_too_long = True
                break
        yield from leaves
        if is_too_long:
            group.most_slack = slack // 2
            group.goal /= _GROWTH
            if slack == 0:
                group.goal = _UNKNOWN
            return
        if self._should_stop():
            return
        group.most_slack = _UNKNOWN
        group.listed_share = min(1.0, max((n_leaves + 1) / n_expected, 1e-9))
        box.listed[b][asked] = np.maximum(box.listed[b][asked], allowed)

    def _usable_loss(self, relaxed: Relaxed, b: int) -> IntArray:
        """Losses of a part, with those of unusable classes out of reach."""
        return np.where(self._usable[b], relaxed.loss[b], loss_cap(self.problem))

    def _start(
        self, box: ClassBox, group: _Group, asked: Rows, offset: IntArray, known: IntArray
    ) -> tuple[Enumeration, Chunk]:
        """The enumeration of a group, and its classes as the combinations to begin with."""
        b = group.part

        def apart(relaxed: Relaxed) -> Relaxed:
            losses = [self._usable_loss(relaxed, number) for number in range(len(self.classes))]
            losses[b] = relaxed.loss[b]
            return replace(relaxed, loss=tuple(losses))

        enumeration = Enumeration(self.problem, self.classes, box.box, apart(group.relaxed), first_part=b)
        further = []
        if self._extra is not None and group.goal > _FIRST_LEAVES:
            further = [
                apart(of_usable(prices, self.classes, self._usable))
                for prices in self._extra.relaxations(box.box, group.relaxed)
            ]
        enumeration.use_extra_prices(further)
        start = enumeration.begun(asked, offset, self._precision * (known - int(known.min())))
        return enumeration, start


@dataclass(frozen=True)
class _Allowance:
    """A fixed allowance; nothing once the search shall stop."""

    most: int
    least: int
    is_stopped: Callable[[], bool]

    def slack(self) -> int:
        """See `Allowance`."""
        return -1 if self.is_stopped() else self.most

    def keep(self, chunk: Chunk) -> None:
        """See `Allowance`."""

    def least_scaled(self) -> int:
        """See `Allowance`."""
        return self.least


def usable_classes(classes: Sequence[PartClasses], pieces: Sequence[BoolArray] | None) -> list[BoolArray]:
    """Classes of which some piece is among those given, by part; all where none are."""
    if pieces is None:
        return [np.ones(len(part), dtype=np.bool_) for part in classes]
    return [
        np.logical_or.reduceat(chosen[part.members], part.member_start[:-1])
        for chosen, part in zip(pieces, classes, strict=True)
    ]


def bounds_of_classes(relaxed: Relaxed) -> list[IntArray]:
    """No build of a box with a class scores more, scaled, by part."""
    is_empty = relaxed.bound_scaled <= NOTHING
    return [np.full(len(loss), NEVER) if is_empty else relaxed.bound_scaled - loss for loss in relaxed.loss]


def of_usable(relaxed: Relaxed, classes: Sequence[PartClasses], usable: Sequence[BoolArray]) -> Relaxed:
    """A relaxation that bounds builds of usable classes; better ones lose less than nothing."""
    if all(each.all() for each in usable) or relaxed.bound_scaled <= NOTHING:
        return relaxed
    bound_scaled, losses = relaxed.bound_scaled, []
    for part, loss, of_part in zip(classes, relaxed.loss, usable, strict=True):
        least = int(loss[of_part].min()) if of_part.any() else 0
        bound_scaled -= part.count * least
        losses.append(loss - least)
    return replace(relaxed, bound_scaled=bound_scaled, loss=tuple(losses))
