"""Outcomes that no other beats in every objective, by boxes of the objectives' totals.

The first objective is the problem's score, the others are totals of the pieces. Of a box no
build matters that scores no more than a known one which reaches the box's best corner; so each
box has a score that is needed, and what may reach it is enumerated as in `run`. Where that would be much,
the box is divided where the needed score of one half rises most. While combinations are chosen, each
is also measured against the best totals that it can still come to.

In comes a `Problem` with a feature for each other objective, and the outcomes known; what is found
is taken into them.

Array axes: D other objectives, L positions, N combinations, M of a chunk.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..best.best_list import TopK
from ..filling.filler import Filler
from ..relaxation.bounds import NOTHING, Box, Relaxed, relax, root_box, usual_precision
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import PartClasses, merge_pieces, ranges_of
from ..relaxation.unbeaten import Completions, KnownOutcomes
from ._boxes import Boxes, OpenBox
from ._enumerate import Chunk, Enumeration
from ._extra_prices import ExtraPrices
from ._leaf_estimate import LeafEstimate
from .splitting import Split

__all__ = ["Other", "RegionBoxes"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Combinations of classes that a box is divided above, and those that its first stage aims at.
_SPLIT_LEAVES = 1e7
_FIRST_LEAVES = 1e6
_STAGE_GROWTH = 8.0

#: Partial combinations that one enumeration looks at, some seconds; beyond that they, not leaves, say what is much.
_MOST_LOOKED_AT = 20_000_000

#: Boxes are divided no further than this.
_MAX_BOXES = 20_000

#: Outcomes of which single pieces are exchanged together, and in all.
_EXCHANGED_AT_ONCE = 64
_MOST_EXCHANGED = 2_000

#: Leaves whose slots are filled together, the most promising first.
_FILLED_AT_ONCE = 512


class Other(NamedTuple):
    """Another objective: a feature, and 1 where more of it is better, else -1."""

    feature: int
    sign: int


class RegionBoxes(Boxes):
    """One search; `run` it, then read `open_regions`."""

    def __init__(
        self,
        problem: Problem,
        objectives: Sequence[Other],
        points: KnownOutcomes,
        *,
        should_stop: Callable[[], bool] | None = None,
        on_box: Callable[[], None] | None = None,
        classes: Sequence[PartClasses] | None = None,
        precision: int | None = None,
    ) -> None:
        precision = precision or usual_precision(problem)
        filler = None if problem.decorations is None else Filler(problem, precision=precision)
        classes = merge_pieces(problem) if classes is None else classes
        super().__init__(problem, classes, TopK(1, 1), solver=solve_box, filler=filler, precision=precision)
        self.filler = filler
        self.points = points
        self.stopped = False
        self.n_leaves = self.n_filled = self.n_looked_at = 0
        self._objectives = tuple(objectives)
        self._features = [objective.feature for objective in objectives]
        self._current: OpenBox | None = None
        self._signs = np.array([objective.sign for objective in objectives], dtype=np.int64)
        self._should_stop, self._on_box = should_stop, on_box
        self.code = RankCode(problem.space.position_sizes)
        self._position_classes = [self._classes[part] for part in problem.positions]
        self._is_by_looks = False  # whether what is looked at is counted in place of leaves
        self._exchanged: set[tuple[int, ...]] = set()
        self._completed: tuple[Relaxed, Completions] | None = None
        self._extra = None if filler is None else ExtraPrices(problem, self._classes, filler)
        ranges = ranges_of(problem, self._classes)
        self._bonus_least, self._bonus_most = ranges.bonus_least[self._features], ranges.bonus_most[self._features]
        base, positions = problem.base_levels[self._features], list(problem.positions)
        self._all_least = base + ranges.part_least[:, self._features][positions].sum(axis=0) + self._bonus_least
        self._all_most = base + ranges.part_most[:, self._features][positions].sum(axis=0) + self._bonus_most

    # --- the search ------------------------------------------------------------------

    def run(self) -> None:
        """Search until every box is settled or it is time to stop."""
        self.add(root_box(self.problem))
        while len(self) and not self.is_stopped():
            box = self._current = self.pop()
            self.tell()
            self._exchange()
            if self.matters(box) and self._stage(box) and self.matters(box):
                box.order = (-self._gap(box), box.order[1])
                self.put_back(box)
            if not self.stopped:
                self._current = None

    def tell(self) -> None:
        """Tell that the search goes on."""
        if self._on_box is not None:
            self._on_box()

    def open_regions(self) -> Iterator[tuple[int, IntArray, IntArray]]:
        """Of what is not settled: the most that it may score, and the best and the worst values of the others, (D,)."""
        for box in (self._current, *self._heap):
            if box is not None and self.matters(box):
                best, worst = self.corner(box.box)[:, 0], self.corner(box.box, is_worst=True)[:, 0]
                yield self.best_unlisted_score(box), best, worst

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        self.stopped = self.stopped or (self._should_stop is not None and self._should_stop())
        return self.stopped

    def add(self, box: Box, already: tuple[tuple[Enumeration, int], ...] = (), *, of: Relaxed | None = None) -> None:
        """Bound a box, part of one that is relaxed already, and queue it if it may matter."""
        needed = self._needed(box)
        if of is not None and of.bound_scaled // self._precision < needed:
            return
        self.n_bounded += 1
        advice = self._advice(box, of)
        prices = None if self._filler is None else self._filler.add_prices(advice.multipliers)
        relaxed = relax(self.problem, self._classes, box, advice.multipliers, self._precision, prices=prices)
        if not advice.feasible:
            relaxed = self.steepened(box, advice.multipliers, relaxed)
        opened = OpenBox((0, next(self._serial)), box, relaxed, advice, already=already)
        if self.matters(opened):
            opened.order = (-self._gap(opened), opened.order[1])
            heapq.heappush(self._heap, opened)

    # --- what is needed ----------------------------------------------------------------

    def corner(self, box: Box, *, is_worst: bool = False) -> IntArray:
        """The best values of the other objectives in a box, or the worst, shape (D, 1)."""
        low = np.maximum(np.array([box.low[e] for e in self._features], dtype=np.int64), self._all_least)
        high = np.minimum(np.array([box.high[e] for e in self._features], dtype=np.int64), self._all_most)
        values: IntArray = np.where((self._signs > 0) != is_worst, high, low) * self._signs
        return values[:, None]

    def _needed(self, box: Box) -> int:
        """The least score that a build of a box may matter with."""
        corner = self.corner(box)
        most = int(self.points.most(corner)[0])
        if most < -self.problem.score_bound:
            return -self.problem.score_bound
        is_tied = not self.points.are_beaten(np.array([most]), corner, np.full((self.code.n_words, 1), -1))[0]
        return most if is_tied else most + 1

    def _gap(self, box: OpenBox) -> int:
        """By how much a build of a box may score more than is needed."""
        return self.best_unlisted_score(box) - self._needed(box.box)

    def matters(self, box: OpenBox) -> bool:
        """Whether it may hold an outcome that is not beaten."""
        return box.relaxed.bound_scaled > NOTHING and self.best_unlisted_score(box) >= self._needed(box.box)

    def slack(self, box: OpenBox) -> int:
        """Loss and shortfall up to which a combination may still matter."""
        return box.relaxed.bound_scaled - self._precision * self._needed(box.box)

    # --- one box -----------------------------------------------------------------------

    def _stage(self, box: OpenBox) -> bool:
        """Enumerate more of a box, or divide it; false when it was replaced by its halves."""
        may_split = self.n_bounded < _MAX_BOXES
        needed = self.slack(box)
        pairs = zip(self._classes, box.relaxed.loss, strict=True)
        most = min(needed, sum(part.count * int(loss.max()) for part, loss in pairs))
        estimate = LeafEstimate(box.relaxed, self._classes, most)
        n_before = estimate.count_at(box.enumerated_slack) if box.enumerated_slack >= 0 else 0.0
        n_left = max(0.0, estimate.n_leaves - n_before) * box.listed_share
        slack, n_more = needed, max(0.0, estimate.n_leaves - n_before)
        if n_left > _SPLIT_LEAVES:
            if box.enumerated_slack >= 0:
                split = (self._region_split(box) or self.worst_split(box)) if may_split else None
                if split is not None:
                    self.split(box, split)
                    return False
            goal = max(_FIRST_LEAVES, _STAGE_GROWTH * n_before)
            slack = min(needed, max(box.enumerated_slack + 1, estimate.slack_of(min(goal, estimate.n_leaves))))
            n_more = max(0.0, estimate.count_at(min(slack, most)) - n_before)
        box.listed_share = min(1.0, (self._enumerate(box, slack) + 1) / (n_more + 1))
        return True

    def _region_split(self, box: OpenBox) -> Split | None:
        """Where to divide the other objectives: where the score needed of the half with less of one rises most."""
        best: tuple[int, float, Split] | None = None
        corner = self.corner(box.box)
        needed = int(self.points.most(corner)[0])
        for d, (e, sign) in enumerate(self._objectives):
            low = max(box.box.low[e], int(self._all_least[d]))
            high = min(box.box.high[e], int(self._all_most[d]))
            if low >= high:
                continue
            value = (low + high + 1) // 2
            half = corner.copy()
            half[d] = value - 1 if sign > 0 else -value
            gain = int(self.points.most(half)[0]) - needed
            share = (high - low) / max(1, int(self._all_most[d] - self._all_least[d]))
            if best is None or (gain, share) > best[:2]:
                best = (gain, share, Split(e, value))
        return None if best is None else best[2]

    def _enumerate(self, box: OpenBox, slack: int) -> int:
        """Enumerate and score everything in a box up to `slack` that no stage has yet; how many leaves, or looks."""
        n_leaves, n_looked_at, allowance = 0, self.n_looked_at, _RegionAllowance(self, box, slack)
        if box.enumeration is None:
            box.enumeration = Enumeration(self.problem, self._classes, box.box, box.relaxed)
        self._use_extra_prices(box)
        for chunk in box.enumeration.leaves(allowance):
            fresh = np.flatnonzero(chunk.loss + chunk.shortfall > box.enumerated_slack)
            n_leaves += len(fresh)
            if len(fresh):
                bound = self._bounds(box, chunk)[fresh]
                self._offer(box, chunk.picks[box.enumeration.step_of_position][:, fresh], chunk.totals[:, fresh], bound)
            if self.is_stopped():
                return n_leaves
        self.n_leaves += n_leaves
        if allowance.is_spent():
            self._is_by_looks = True
        elif not self.stopped:
            box.enumerated(slack)
        return self.n_looked_at - n_looked_at if self._is_by_looks else n_leaves

    def _exchange(self) -> None:
        """Exchange single pieces of outcomes that are known: most neighbours in a front are had so."""
        problem = self.problem
        if self._filler is not None or problem.space.shared_parts or set(problem.space.counts) != {1}:
            return
        while len(self._exchanged) < _MOST_EXCHANGED and not self.is_stopped():
            known = map(tuple, self.points.words.T.tolist())
            fresh = [k for k, word in enumerate(known) if word not in self._exchanged]
            if not fresh:
                return
            some = fresh[:_EXCHANGED_AT_ONCE]
            words = self.points.words[:, some]
            self._exchanged.update(map(tuple, words.T.tolist()))
            pieces = self.code.decode(words)
            for place, classes in enumerate(self._position_classes):
                n_classes = len(classes)
                columns = [np.repeat(column, n_classes) for column in pieces]
                columns[place] = np.tile(classes.first, len(some))
                totals = total_columns(problem, columns)
                scores = score_totals(problem, totals)
                others = totals.levels[self._features] * self._signs[:, None]
                rows = np.flatnonzero((scores > NO_BUILD) & ~self.points.are_beaten(scores, others))
                self._take(scores[rows], others[:, rows], self.code.encode([column[rows] for column in columns]))

    def _use_extra_prices(self, box: OpenBox) -> None:
        """Let the enumeration of a box look at the price sets that rule most out."""
        if self._extra is None or box.enumeration is None:
            return
        if self._extra.is_due():
            self._extra.choose(0)
        box.enumeration.use_extra_prices(self._extra.relaxations(box.box, box.relaxed))

    def _bounds(self, box: OpenBox, chunk: Chunk) -> IntArray:
        """What the combinations of a chunk may score at most, shape (M,)."""
        bound_scaled = box.relaxed.bound_scaled - chunk.loss - chunk.shortfall
        for relaxed, used in chunk.used:
            bound_scaled = np.minimum(bound_scaled, relaxed.bound_scaled - used)
        return bound_scaled // self._precision

    def worth_going_on(self, box: OpenBox, chunk: Chunk) -> BoolArray:
        """Which combinations of a chunk may come to an outcome that is not beaten."""
        assert box.enumeration is not None
        self.n_looked_at += chunk.loss.size
        if self.stopped:
            return np.zeros(chunk.loss.size, dtype=np.bool_)
        zero = np.zeros(chunk.loss.size, dtype=np.int64)
        lowest = [
            classes.first[chunk.picks[step]] if step < len(chunk.picks) else zero
            for classes, step in zip(self._position_classes, box.enumeration.step_of_position, strict=True)
        ]
        words, most = self.code.encode(lowest), self.corner(box.box)
        bonus = np.where(self._signs > 0, self._bonus_most, -self._bonus_least)
        given = chunk.totals[self._features] * self._signs[:, None] + bonus[:, None]
        bound_scaled, others = box.relaxed.bound_scaled - chunk.loss - chunk.shortfall, self._bounds(box, chunk)
        beaten = np.arange(chunk.loss.size)
        for loss, more in zip(*self._completions(box).after(len(chunk.picks)), strict=True):
            first = np.minimum((bound_scaled[beaten] - loss) // self._precision, others[beaten])
            furthest = np.minimum(given[:, beaten] + more[:, None], most)
            beaten = beaten[self.points.are_beaten(first, furthest, words[:, beaten])]
            if not beaten.size or self.is_stopped():
                break
        is_kept = np.ones(chunk.loss.size, dtype=np.bool_)
        is_kept[beaten] = False
        return is_kept

    def _completions(self, box: OpenBox) -> Completions:
        """What steps left can do at best, for the prices of a box."""
        assert box.enumeration is not None
        if self._completed is None or self._completed[0] is not box.relaxed:
            how = partial(Completions, features=self._features, signs=self._signs)
            self._completed = box.relaxed, how(self._classes, box.relaxed, box.enumeration.steps)
        return self._completed[1]

    # --- scores ------------------------------------------------------------------------

    def _offer(self, box: OpenBox, picks: npt.NDArray[np.int32], totals: IntArray, bound: IntArray) -> None:
        """Score combinations of a box, classes by position (L, N), and take in what is not beaten."""
        for enumeration, slack in box.already:
            fresh = np.flatnonzero(enumeration.measure(picks, totals) > slack)
            picks, totals, bound = picks[:, fresh], totals[:, fresh], bound[fresh]
        if not picks.shape[1]:
            return
        pieces = [classes.first[pick] for classes, pick in zip(self._position_classes, picks, strict=True)]
        is_first = self.problem.space.are_first(pieces)
        if is_first is not None:
            pieces, bound = [column[is_first] for column in pieces], bound[is_first]
        finished = total_columns(self.problem, pieces)
        inside = np.flatnonzero(self.holds(box.box, finished))
        pieces, finished, bound = [column[inside] for column in pieces], finished.take(inside), bound[inside]
        self._score(pieces, finished, finished.levels[self._features] * self._signs[:, None], bound)

    def _score(self, pieces: Sequence[IntArray], totals: BlockTotals, others: IntArray, bound: IntArray) -> None:
        """Score builds, L columns of pieces, which are bounded by `bound`, (N,), and take in what is not beaten."""
        words = self.code.encode(pieces)
        if self._filler is None:
            self._take(score_totals(self.problem, totals), others, words)
        else:
            self._fill(totals, others, words, bound, self._filler)

    def _take(self, scores: IntArray, others: IntArray, words: IntArray) -> None:
        """Take in scored builds."""
        is_build = np.flatnonzero(scores > NO_BUILD)
        if is_build.size:
            self.points.add(scores[is_build], others[:, is_build], words[:, is_build])

    def _fill(self, totals: BlockTotals, others: IntArray, words: IntArray, bound: IntArray, filler: Filler) -> None:
        """Fill the slots of builds as far as they may be unbeaten, the most promising first."""
        floor = self.points.most(others)
        order = np.argsort(floor - bound, kind="stable")
        for start in range(0, len(order), _FILLED_AT_ONCE):
            some = order[start : start + _FILLED_AT_ONCE]
            some = some[~self.points.are_beaten(bound[some], others[:, some], words[:, some])]
            if not some.size:
                continue
            self.n_filled += len(some)
            floor = np.maximum(self.points.most(others[:, some]), -self.problem.score_bound - 1)
            chosen = totals.take(some)
            above = BlockTotals(chosen.linear - floor, chosen.levels, chosen.bonus_counts, chosen.slots)
            scores = filler.scores(above, 0, should_stop=self.is_stopped)
            is_build = scores > NO_BUILD
            self._take(np.where(is_build, scores + floor, NO_BUILD), others[:, some], words[:, some])
            if self._extra is not None:
                self._extra.note(above.take(np.flatnonzero(~is_build)))


class _RegionAllowance:
    """What the enumeration of a box may use while outcomes become known."""

    def __init__(self, boxes: RegionBoxes, box: OpenBox, slack: int) -> None:
        self._boxes, self._box, self._slack = boxes, box, slack
        self._end = boxes.n_looked_at + _MOST_LOOKED_AT

    def is_spent(self) -> bool:
        """Whether more was looked at than may be: what is left is not looked at."""
        return self._boxes.n_looked_at > self._end and not self._boxes._is_by_looks

    def slack(self) -> int:
        """See `Allowance`; asked before every expansion."""
        return -1 if self.is_spent() or self._boxes.is_stopped() else min(self._slack, self._boxes.slack(self._box))

    def keep(self, chunk: Chunk) -> BoolArray:
        """See `Allowance`."""
        self._boxes.tell()
        return self._boxes.worth_going_on(self._box, chunk)

    def least_scaled(self) -> int:
        """See `Allowance`."""
        return self._boxes._precision * self._boxes._needed(self._box.box)
