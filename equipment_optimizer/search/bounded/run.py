"""Best-first branch and bound: the best builds without enumerating all, proved.

For every build of a box ``score = bound - loss - shortfall`` (`relaxation.bounds`), so
all builds of at least some score are all combinations whose loss and shortfall are at
most the bound less it, and those are enumerated part by part. In the box with the
highest bound a slack is enumerated and scored that is estimated to hold some hundred
combinations, then one that holds four times as many (an expanding core: D. Pisinger,
"A minimal algorithm for the multiple-choice knapsack problem", European Journal of
Operational Research 83, 1995), until it meets the N-th best score: what was not
enumerated is proved out. Where a stage would list too much, the box is split on the
total that the relaxation gets most wrong, and each half is bounded anew.

The k best solutions are had by one threshold for all of them. Partitioning the space
after each solution (K. G. Murty 1968; E. L. Lawler 1972) would solve a relaxation for
each build and part, where the k best are enumerated together anyway.

In comes a `Problem`, out comes its best list with the proof's figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import PartColumns, Problem
from ...records.space import CombinationSpace
from ..best.best_list import RUN_ROWS
from ..filling.filler import Filler
from ..relaxation.bounds import Box, root_box, usual_precision
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import PartClasses, merge_pieces
from ..tuning import LONG_LIST_CHUNK_ROWS
from ._boxes import Boxes, OpenBox, Solver
from ._enumerate import Chunk, Enumeration
from ._leaf_estimate import LeafEstimate
from .scorer import Scorer, gathered

__all__ = ["BoundedSearch", "FewBuilds", "few_of"]


#: Combinations of classes that the first stage of a box aims to list, at least: enough for
#: a threshold that rules most others out. Ten times as many take a fifth longer where one build is wanted.
_FIRST_LEAVES = 30

#: Each further stage aims at so many times more.
_STAGE_GROWTH = 4.0

#: A box that may still hold more combinations of classes than this is split first.
#: Listing runs at a few million a second; a split costs an LP, some milliseconds.
_SPLIT_LEAVES = 100_000.0

#: Boxes are split no further than this; beyond, they are listed, however long it takes.
_MAX_BOXES = 2_000

#: Continuations looked at for each leaf, beyond those of as many leaves, from which on stages help no more: the
#: next is the last, since each looks at all of them again.
_BARREN = 500

#: Open boxes up to which the settled share is estimated: each costs a millisecond.
_MOST_ESTIMATED = 16

#: Work, in continuations that were looked at, after which a list that is not full yet asks whether limits leave few
#: builds at all: a tenth of a second. It is asked again when the work has grown as stages do.
_FIRST_ASKED = 250_000

#: Continuations that take as long as to fill a leaf, and as a relaxation: asking takes about as long as was searched.
_WORK_OF_LEAF = 50
_WORK_OF_STEP = 5_000

#: Combinations that are filled together then.
_OFFERED = 16_384

#: Combinations that may keep the limits of a problem, shape (L, N), as far as so many relaxations tell; None where they
#: do not.
FewBuilds = Callable[[Problem, Callable[[], bool], int], npt.NDArray[np.intp] | None]


class BoundedSearch:
    """One search; `run` it, then read `top`, `bound`, `offers` and `n_boxes`.

    `solver` gives prices for a box: any will do. `should_stop` is polled between chunks. `on_bound` is told the bound
    on what is not settled and the threshold, both scaled like scores, or None while there is no threshold. With
    `begins_small` stages are estimated finely until then, however far losses reach. `make_scorer` makes what scores
    and keeps what is enumerated; `few_builds` knows all combinations that may keep a problem's limits, where they are
    few. `precision`: units of a price in one of the score, where the usual ones are finer than needed.
    """

    def __init__(
        self,
        problem: Problem,
        limit: int,
        *,
        solver: Solver = solve_box,
        should_stop: Callable[[], bool] | None = None,
        on_bound: Callable[[int, int | None], None] | None = None,
        classes: Sequence[PartClasses] | None = None,
        begins_small: bool = False,
        make_scorer: Callable[..., Scorer] = Scorer,
        few_builds: FewBuilds | None = None,
        precision: int | None = None,
    ) -> None:
        self.problem = problem
        self.precision = precision or usual_precision(problem)
        self.stopped = False
        self._begins_small = begins_small
        self._should_stop = should_stop
        self._on_bound = on_bound
        self._classes = merge_pieces(problem) if classes is None else classes
        #: Fills slots, and afterwards those of the results; None without decorations.
        self.filler = filler = None if problem.decorations is None else Filler(problem, precision=self.precision)
        if filler is not None and filler.coarser:
            self.precision = filler.coarser
            self.filler = filler = Filler(problem, precision=self.precision)
        self.scorer = make_scorer(problem, self._classes, limit, filler=filler, is_stopped=self.is_stopped)
        self.code, self.offers, self.top = self.scorer.code, self.scorer.offers, self.scorer.top
        self._boxes = Boxes(problem, self._classes, self.top, solver=solver, filler=filler, precision=self.precision)
        self._make_scorer = make_scorer
        self._few_builds = few_builds
        has_limits = any(feature.n_limits for feature in problem.features)
        #: Work of all stages that are over, and the work at which limits are asked.
        self._work, self._asked_at = 0, _FIRST_ASKED if few_builds is not None and has_limits else math.inf
        self._chunk_rows = LONG_LIST_CHUNK_ROWS if limit > RUN_ROWS else None
        self._current: OpenBox | None = None
        #: Whether partial combinations were dropped because their ties rank too late.
        self._is_rank_pruned = False
        #: Whether all builds that may keep the limits were scored instead.
        self._is_listed = False

    def look_above(self, score: int) -> None:
        """Look at better builds only: one that scores so much, the last by rank, is in the list from the start."""
        last = [np.array([size - 1]) for size in self.problem.space.position_sizes]
        self.top.add(np.array([score]), self.code.encode(last))
        self.top.settle()

    def run(self, parts: Sequence[Box] = ()) -> None:
        """Search until everything is settled or `should_stop` says so.

        `parts` are those of another search, of a problem with the same totals: where all builds have to be divided,
        they are divided so.
        """
        boxes = self._boxes
        boxes.add(root_box(self.problem))
        if len(boxes) and parts:
            boxes.divide(boxes.pop(), parts)
        while len(boxes) and not self.stopped:
            box = boxes.pop()
            self._current = box
            if self._on_bound is not None:
                most = max(map(boxes.best_unlisted_score, (box, *boxes)))
                self._on_bound(most, self.top.nth_score if self.top.is_full else None)
            if boxes.matters(box) and self._stage(box) and (self.stopped or boxes.matters(box)) and not self._is_listed:
                boxes.put_back(box)

    def _list_few(self, few_builds: FewBuilds, n_steps: int) -> None:
        """Score all combinations that may keep the limits, where they are few, in place of all that is open."""
        picks = few_of(few_builds, self.problem, self._classes, self.is_stopped, n_steps)
        if picks is None:
            return
        scorer = self._make_scorer(
            self.problem, self._classes, self.top.limit, filler=self.filler, is_stopped=self.is_stopped
        )
        for start in range(0, picks.shape[1], _OFFERED):
            scorer.offer_all(picks[:, start : start + _OFFERED])
        if not self.stopped:
            self.scorer, self.offers, self.top = scorer, scorer.offers, scorer.top
            self._is_rank_pruned, self._is_listed = False, True
            self._boxes.clear()

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        self.stopped = self.stopped or (self._should_stop is not None and self._should_stop())
        return self.stopped

    # --- what is known so far ------------------------------------------------------

    @property
    def parts(self) -> tuple[Box, ...]:
        """The boxes that all builds were divided into."""
        return tuple(self._boxes.parts)

    @property
    def n_boxes(self) -> int:
        """Boxes bounded, each by a relaxation of its own."""
        return self._boxes.n_bounded

    @property
    def bound(self) -> int | None:
        """The most that a build may score that is neither listed nor proved out; None if there is none."""
        left = [self._boxes.best_unlisted_score(box) for box in self._boxes if self._boxes.matters(box)]
        return max(left, default=None)

    @property
    def settled_share(self) -> float | None:
        """Share of all combinations that is listed or proved out, at least; None where it is not worth finding.

        The others are over-estimated from the losses of pieces, so the share is never
        overstated but by rounding.
        """
        boxes = [box for box in (self._current, *self._boxes) if box is not None and self._boxes.matters(box)]
        if not self.top.is_full or len(boxes) > _MOST_ESTIMATED:
            return None
        left = sum(
            LeafEstimate(box.relaxed, self._classes, max(0, self._boxes.slack(box)), of_pieces=True).n_leaves
            for box in boxes
        )
        return max(0.0, 1.0 - left / self.problem.space.n_combinations)

    @property
    def n_tied(self) -> int | None:
        """Builds beyond the list that share its last score; None where ties were dropped unseen."""
        return None if self.stopped or self._is_rank_pruned else self.offers.n_tied()

    # --- one box -------------------------------------------------------------------

    def _stage(self, box: OpenBox) -> bool:
        """Enumerate more of a box, or split it; false when it was replaced by its halves."""
        may_split = self._boxes.n_bounded < _MAX_BOXES
        if box.enumerated_slack < 0 and may_split and (split := self._boxes.first_split(box)):
            self._boxes.split(box, split)
            return False
        slack, n_more = self._next_slack(box)
        # What its prices get wrong, the next stage of a dear one would look at again.
        is_large = n_more * box.listed_share > _SPLIT_LEAVES or box.is_dear
        if is_large and may_split and (split := self._boxes.worst_split(box)):
            self._boxes.split(box, split)
            return False
        n_leaves = self._enumerate(box, slack)
        # The estimate knows nothing of totals and further prices: often they leave next to nothing.
        box.listed_share = min(1.0, (n_leaves + 1) / (n_more + 1))
        return True

    def _next_slack(self, box: OpenBox) -> tuple[int, float]:
        """The slack up to which a box is enumerated next, and how many more leaves that may hold at the most."""
        needed = self._boxes.slack(box)
        everything = sum(
            part.count * int(loss.max()) for part, loss in zip(self._classes, box.relaxed.loss, strict=True)
        )
        most = min(needed, everything)
        if self._begins_small and not self.top.is_full:
            most = self._fine_slack(box, most)
        estimate = LeafEstimate(box.relaxed, self._classes, most)
        goal = float(max(_FIRST_LEAVES, 2 * self.top.limit))
        n_before = 0.0
        if box.enumerated_slack >= 0:
            n_before = estimate.count_at(box.enumerated_slack)
            goal = max(_STAGE_GROWTH * n_before, n_before + goal / box.listed_share)
        if estimate.n_leaves <= goal or box.is_barren:
            slack = needed if box.is_barren or most == min(needed, everything) else most
            return slack, max(0.0, estimate.n_leaves - n_before)
        slack = estimate.slack_of(goal)
        return min(needed, max(box.enumerated_slack + 1, slack)), max(0.0, estimate.count_at(slack - 1) - n_before)

    def _fine_slack(self, box: OpenBox, most: int) -> int:
        """The least of some slacks, each many times the one before, that holds leaves enough for a stage."""
        slack, n_before = max(box.enumerated_slack + 1, 1), 0.0
        if box.enumerated_slack >= 0:
            n_before = LeafEstimate(box.relaxed, self._classes, slack).n_leaves
        goal = _STAGE_GROWTH * n_before + max(_FIRST_LEAVES, 2 * self.top.limit)
        while slack < most and LeafEstimate(box.relaxed, self._classes, slack).n_leaves < goal:
            slack *= 16
        return min(slack, most)

    def _enumerate(self, box: OpenBox, slack: int) -> int:
        """Enumerate and score everything in the box up to `slack` that no earlier stage has; how many leaves."""
        n_leaves = 0
        if box.enumeration is None:
            box.enumeration = Enumeration(
                self.problem, self._classes, box.box, box.relaxed, chunk_rows=self._chunk_rows
            )
        n_before = box.enumeration.n_tried
        self._work -= n_before
        self._choose_extra_prices(box)
        self._use_extra_prices(box)
        # What is found in drops costs by the call; a long list's last score hardly moves meanwhile.
        n_gathered = 1 if self._chunk_rows is None else self._chunk_rows // 4
        for chunk in gathered(box.enumeration.leaves(_BoxAllowance(self, box, slack)), n_gathered):
            fresh = np.flatnonzero(chunk.loss + chunk.shortfall > box.enumerated_slack)
            picks = chunk.picks[box.enumeration.step_of_position][:, fresh]
            n_leaves += len(fresh)
            self._work += _WORK_OF_LEAF * len(fresh)
            # Only now is it known that something follows: choosing takes some milliseconds.
            self._choose_extra_prices(box)
            self.scorer.offer(box, self._boxes, picks, chunk.totals[:, fresh])
            if self.stopped:
                break
        box.n_tried = box.enumeration.n_tried - n_before
        self._work += box.enumeration.n_tried
        box.is_barren = box.n_tried > _BARREN * (n_leaves + _BARREN)
        if not self.stopped:  # else continuations were dropped, and nothing may count as enumerated
            box.enumerated(slack)
        return n_leaves

    def _choose_extra_prices(self, box: OpenBox) -> None:
        """Choose further price sets anew, where it is time to; the work of the stage so far is not in `_work` yet."""
        extra = self.scorer.extra_prices
        if extra is None or box.enumeration is None:
            return
        work = self._work + box.enumeration.n_tried
        if extra.is_due(work):
            extra.choose(self.scorer.least_score, box.enumeration.shares_dropped(), work=work)
            self._use_extra_prices(box)

    def _use_extra_prices(self, box: OpenBox) -> None:
        """Let the enumeration of a box look at the price sets that are chosen by now."""
        if self.scorer.extra_prices is not None and box.enumeration is not None:
            box.enumeration.use_extra_prices(self.scorer.extra_prices.relaxations(box.box, box.relaxed))

    # --- what an enumeration may use -----------------------------------------------

    def slack_left(self, box: OpenBox, most: int) -> int:
        """What loss and shortfall may be by now; less than nothing once the search shall stop."""
        n_tried = 0 if box.enumeration is None else box.enumeration.n_tried
        if self._work + n_tried > self._asked_at and not self.top.is_full and self._few_builds is not None:
            n_steps = int(self._asked_at) // _WORK_OF_STEP
            self._asked_at *= _STAGE_GROWTH
            self._list_few(self._few_builds, n_steps)
        return -1 if self._is_listed or self.is_stopped() else min(most, self._boxes.slack(box))

    def early_enough(self, box: OpenBox, chunk: Chunk) -> npt.NDArray[np.bool_] | None:
        """Rows worth going on with: at the threshold itself, only those that may rank early enough; None for all."""
        if self.stopped:
            return np.zeros(chunk.loss.size, dtype=np.bool_)
        if self.top.nth_words is None or box.enumeration is None:
            return None
        tied = (box.relaxed.bound_scaled - chunk.loss - chunk.shortfall) // self.precision <= self.top.tie_score
        rows = np.flatnonzero(tied)
        if not rows.size:
            return None
        zero = np.zeros(rows.size, dtype=np.int64)
        lowest = [
            classes.first[chunk.picks[step, rows]] if step < len(chunk.picks) else zero
            for classes, step in zip(self.scorer.position_classes, box.enumeration.step_of_position, strict=True)
        ]
        late = rows[self.offers.is_late(lowest)]
        if not late.size:
            return None
        self._is_rank_pruned = True
        keep = np.ones(chunk.loss.size, dtype=np.bool_)
        keep[late] = False
        return keep


def few_of(
    few_builds: FewBuilds,
    problem: Problem,
    classes: Sequence[PartClasses],
    should_stop: Callable[[], bool],
    n_steps: int,
) -> npt.NDArray[np.intp] | None:
    """Combinations of classes by position, shape (L, N), beside which none keeps the limits; None where not known."""
    if problem.space.shared_parts:
        return None
    n_features = problem.n_features
    parts = [
        PartColumns(part.linear, part.totals[:, :n_features], part.totals[:, n_features:], part.slots)
        for part in classes
    ]
    space = CombinationSpace([len(part) for part in classes], problem.space.counts)
    return few_builds(replace(problem, space=space, parts=tuple(parts)), should_stop, n_steps)


class _BoxAllowance:
    """What the enumeration of a box may use while the search's list fills."""

    def __init__(self, search: BoundedSearch, box: OpenBox, slack: int) -> None:
        self._search = search
        self._box = box
        self._slack = slack

    def slack(self) -> int:
        """See `Allowance`; asked before every expansion, also where no continuation survives it."""
        return self._search.slack_left(self._box, self._slack)

    def keep(self, chunk: Chunk) -> npt.NDArray[np.bool_] | None:
        """See `Allowance`."""
        return self._search.early_enough(self._box, chunk)

    def least_scaled(self) -> int:
        """See `Allowance`."""
        return self._search.precision * self._search.scorer.least_score
