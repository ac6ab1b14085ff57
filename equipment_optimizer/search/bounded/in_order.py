"""Builds in order, best first, while those before them forbid ever more.

Everything down to a floor is listed, by the prices of its box, and filled as far as it is looked
at; of what is left the best is next. Once nothing above the floor is left, the floor is lowered.
What is too much like a row is dropped while it is listed; pieces that are used up leave the
relaxation, so prices follow what is left.

Array axes: L positions, N combinations of classes, S columns that tell outcomes apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..best.best_list import TopK
from ..by_value.counted_values import CountedValues, told_apart
from ..filling.filler import Filler
from ..filling.quick_bounds import most_scores
from ..relaxation.bounds import NOTHING, root_box, usual_precision
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import merge_pieces
from ._boxes import MOST_SPLIT, SPLIT_WALKED, Boxes, OpenBox
from ._candidates import MOST_WALKED, Candidates, TakenRows
from ._extra_prices import ExtraPrices
from ._leaf_estimate import WalkGrowth, Walks, floor_of_about
from ._merged_states import States
from .splitting import open_giver

__all__ = ["InOrder", "TooManyCandidates"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Build = tuple[int, ...]

#: Leaves that the first floor is meant to list. From one to the next the drop changes by no more than
#: the factors; it is meant to be as far as the rows are that are left, at the last rate.
_FIRST_LEAVES = 1_000.0
_LEAST_GROWTH, _MOST_GROWTH, _LONG_GROWTH = 0.5, 2.0, 4.0

#: After a walk that looks at more prices are chosen anew; a longer one is let grow by no more than the factor.
_FEW_WALKED, _LONG_WALK = 50_000, 150_000
_WALK_GROWTH = 2.5

#: Beginnings, no fewer than in the last walk, after which one is given up while boxes may be split.
_GIVEN_UP = 75_000

#: Candidates that are filled together: no more than before but for so many (a row, where outcomes differ), and at most.
_FEW_AT_ONCE, _FEW_FOR_A_ROW, _AT_ONCE = 64, 5, 2_048

#: Candidates listed in vain by which further prices are chosen, at least and at most.
_LEAST_VAIN, _MOST_VAIN = 100, 2_048

#: Candidates that are held at the most, 50 bytes each; and boxes.
_MOST_HELD = 100_000
_MOST_BOXES = 200

#: Above every score.
_EVERYTHING = 2**62


class TooManyCandidates(Exception):
    """So many builds score alike that candidates cannot be held."""


class InOrder:
    """The builds of a problem in order; `n_builds` of them are listed.

    Of parts with common rows pieces tell no more than that a build is another one. `n_wanted` rows decide how far is
    looked ahead. A build is passed over that differs from a taken one in fewer than `n_different` pieces.

    Where `outcome_columns` are given, by part of shape (n, S), of builds alike in totals, in the sums of these and in
    the highest counts of `counted` only the first is looked at, unless pieces have to differ too. With `counts` those
    have to be alike in what is linear too, and are counted.
    """

    def __init__(
        self,
        problem: Problem,
        n_wanted: int,
        *,
        n_different: int | None = None,
        outcome_columns: Sequence[IntArray] | None = None,
        counted: Sequence[CountedValues] = (),
        counts: bool = False,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self.problem, self.stopped, self.n_builds = problem, False, 0
        self._should_stop, self._precision = should_stop or (lambda: False), usual_precision(problem)
        self.classes = merge_pieces(problem, told_apart(outcome_columns or (), counted))
        self._states = None
        if outcome_columns is not None and n_different is None:
            self._states = States(problem, self.classes, outcome_columns, counts=counts, counted=counted)
        self.filler = None if problem.decorations is None else Filler(problem, precision=self._precision)
        self._extra = None if self.filler is None else ExtraPrices(problem, self.classes, self.filler)
        self._taken = TakenRows(problem, self.classes, n_different)
        self._code = RankCode([len(self.classes[b]) for b in problem.positions])
        self._candidates = Candidates(len(problem.positions))
        self.boxes = Boxes(
            problem, self.classes, TopK(1), solver=solve_box, filler=self.filler, precision=self._precision
        )
        self._root = root_box(problem)
        self.boxes.add(self._root)
        self._regions: list[OpenBox] = []
        #: Everything that scores as much or more is listed.
        self.floor = _EVERYTHING
        self._is_stale = self._is_changed = False
        self._growth = WalkGrowth(self.classes)
        self._walks = Walks(
            problem, self.classes, self.boxes, extra=self._extra, taken=self._taken, is_stopped=self.is_stopped
        )
        #: How far the floor is lowered next.
        self._drop, self._n_taken = 1, 0
        self._n_listed: dict[int, int] = {}  # by box, how many beginnings the last walk looked at
        self._n_wanted, self._current, self._most_walked = n_wanted, -1, MOST_WALKED
        self._n_filled = 0 if self._states is None else _FEW_FOR_A_ROW * n_wanted
        # What is merged, and counted, must not be in two boxes.
        self._most_split = MOST_SPLIT if self._states is None else 0
        #: What is next where pieces do not tell it, the last one first: scores, candidates, builds.
        self._waiting: list[tuple[int, int, Build]] = []

    # --- what is next ------------------------------------------------------------------

    def next(self, *, may_lower: bool = True) -> tuple[int, Build] | None:
        """The best build that is left, with its score; None where none is (above the floor), or after a stop."""
        while not self.is_stopped():
            if self._waiting:
                score, self._current, first = self._waiting.pop()
                return score, first
            self._settle_best()
            if self.stopped:
                return None
            best = self._candidates.best
            if best > NO_BUILD and best >= self.floor:
                if self._states is not None:
                    self._waiting = self._candidates.in_line(self.floor, self._taken)
                    continue
                build = self._first_of(np.flatnonzero(self._candidates.is_exact & (self._candidates.most == best)))
                if build is not None and not self.stopped:
                    return best, build
            elif not may_lower or not self._lower_floor():
                return None
        return None

    def next_passed(self, n_most: int, *, may_lower: bool) -> list[tuple[int, Build]]:
        """One or more builds of `next`, all passed over together, which takes a tenth; none where none is."""
        if (following := self.next(may_lower=may_lower)) is None:
            return []
        n_left = max(0, len(self._waiting) - n_most + 1)
        others, self._waiting = self._waiting[n_left:][::-1], self._waiting[:n_left]
        self._candidates.forget(np.array([self._current, *(place for _, place, _ in others)]))
        return [following, *((score, build) for score, _, build in others)]

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        self.stopped = self.stopped or self._should_stop()
        return self.stopped

    @property
    def bound(self) -> int | None:
        """The most that a build may score that is not known; None where all are."""
        left = [region.relaxed.bound_scaled // self._precision for region in (*self._regions, *self.boxes)]
        unlisted = min(self.floor - 1, max(left, default=NO_BUILD))
        most = max(unlisted, int(self._candidates.most[~self._candidates.is_exact].max(initial=NO_BUILD)))
        return None if most < -self.problem.score_bound else most

    def likely(self, n_most: int) -> list[tuple[int, Build]]:
        """The best that are known, with their scores: those that are next, or else any."""
        if len(self._waiting) >= n_most:
            return [(score, build) for score, _, build in self._waiting[: -n_most - 1 : -1]]
        scores, picks = self._candidates.likely(n_most)
        builds = self._taken.first_builds(picks)
        return [(score, build) for score, build in zip(scores, builds, strict=True) if build is not None]

    def _first_of(self, rows: Rows) -> Build | None:
        """The first build by rank of candidates with equal scores; None where nothing is left of them."""
        picks = self._candidates.picks[:, rows]
        lowest = [self._taken.first[b][pick] for b, pick in zip(self.problem.positions, picks, strict=True)]
        first: Build | None = None
        emptied = []
        for place in np.lexsort(lowest[::-1]).tolist():
            if self.is_stopped() or (first is not None and tuple(int(column[place]) for column in lowest) > first):
                break
            if (build := self._taken.first_build(picks[:, place].tolist())) is None:
                emptied.append(place)
            elif first is None or build < first:
                first, self._current = build, int(rows[place])
        self._candidates.forget(rows[emptied])
        return first

    @property
    def n_alike(self) -> int:
        """For how many builds the last of `next` stands."""
        return int(self._candidates.times[self._current])

    # --- what is forbidden -----------------------------------------------------------

    def pass_over(self) -> None:
        """The candidate of the last `next`, whatever pieces its classes have, is done with."""
        self._candidates.forget(np.array([self._current]))

    def take(self, build: Build, used_up: Sequence[tuple[int, int]]) -> None:
        """Add a row; pieces, each a part and its index, that may stand in no further one."""
        self._taken.take(build)
        for b, piece in used_up:
            self._taken.use_up(b, piece)
            self._is_changed = self._is_stale = True
        if self._states is None:
            self._candidates.keep(self._taken.may_follow_last(self._candidates.picks))

    # --- filling -----------------------------------------------------------------------

    def _settle_best(self) -> None:
        """Fill until nothing that is open may score more than the best that is known."""
        candidates = self._candidates
        while not self.is_stopped():
            rows = candidates.open_above(max(candidates.best, self.floor), _AT_ONCE)
            if not len(rows):
                return
            # Most are dropped before it is their turn: bounded closely are those that come next.
            if len(rows := rows[~candidates.is_close[rows]]):
                self._bound_closely(rows)
                continue
            # Others come soon, and many together take little longer than few.
            rows = candidates.open_above(self.floor, min(max(_FEW_AT_ONCE, self._n_filled), _AT_ONCE))
            least = candidates.most[rows].min()
            # By what bounded others since many turn out to come later, or never.
            self._bound_closely(rows)
            if len(rows := rows[candidates.most[rows] >= least]):
                self._n_filled += len(rows)
                self._fill(rows)

    def _fill(self, rows: Rows) -> None:
        """Fill some candidates as far as they may reach the floor."""
        assert self.filler is not None
        totals, bulk = self._totals(self._candidates.picks[:, rows]), self._states is not None
        scores = self.filler.scores(totals, self.floor, n_wanted=len(rows), in_bulk=bulk, should_stop=self._should_stop)
        if self.is_stopped():
            return
        is_known = scores > NO_BUILD
        self._candidates.most[rows] = np.where(is_known, scores, self.floor - 1)
        self._bound_closely(rows[~is_known])
        self._candidates.is_exact[rows] = is_known

    def _bound_closely(self, rows: Rows) -> None:
        """Bound some candidates by prices that fit their own slots."""
        if self.filler is not None:
            most = most_scores(self.filler, self._totals(self._candidates.picks[:, rows]))
            self._candidates.most[rows] = np.minimum(self._candidates.most[rows], most)
            self._candidates.is_close[rows] = True

    def _totals(self, picks: npt.NDArray[np.int32]) -> BlockTotals:
        parts = [self.classes[b] for b in self.problem.positions]
        return total_columns(self.problem, [part.first[pick] for part, pick in zip(parts, picks, strict=True)])

    # --- listing -------------------------------------------------------------------------

    def _lower_floor(self) -> bool:
        """List everything down to a lower floor; false where everything is listed."""
        if self.floor <= -self.problem.score_bound:
            return False
        listed = [region.enumeration for region in self._regions if region.order[1] in self._n_listed]
        shares = [enumeration.shares_dropped() for enumeration in listed if enumeration is not None]
        self._follow_prices()
        self._choose_extra_prices(floor := self._next_floor(), [max(of_set) for of_set in zip(*shares, strict=True)])
        if self._states is not None and not self._states.is_by_value:
            highest = min(self.floor, self._highest()) - max(1, self._drop // 8)
            floor = self._walks.within_reach(self._regions, floor, self.floor, highest=highest, most_leaves=_MOST_HELD)
        may_split = len(self._regions) < self._most_split
        self._most_walked = max(_GIVEN_UP, sum(self._n_listed.values())) if may_split else MOST_WALKED
        self._n_listed.clear()
        while not all(self._list(region, floor) for region in self._regions):
            if self.stopped:
                return True
            top = min(self.floor, self._highest())
            middle = (floor + top) // 2 + 1
            if middle >= top and self._most_walked == MOST_WALKED:
                raise TooManyCandidates
            floor = min(middle, top - 1)
            is_split = self.boxes.split_long(self._regions, self._n_listed, self._taken, most=self._most_split)
            self._most_walked = self._most_walked if is_split and middle < top else MOST_WALKED
            # They are listed again once the floor is there.
            most = self._candidates.most
            self._candidates.keep((most >= floor) | ((most == NO_BUILD) & (self._states is not None)))
        if self.stopped:
            return True
        self._growth.learn(sum(self._n_listed.values()), is_alike=not self._is_stale)
        self._drop, self._n_taken = min(self.floor, self._highest()) - floor, self._taken.n_rows
        self.floor = floor
        return True

    def _choose_extra_prices(self, floor: int, shares: Sequence[float]) -> None:
        """Choose price sets that would have left out of the walk what it listed in vain; shares dropped by the last."""
        candidates = self._candidates
        vain = np.flatnonzero(~candidates.is_exact & (candidates.most < floor))
        if self._extra is None or len(vain) < _LEAST_VAIN:
            return
        some = vain[:: -(-len(vain) // _MOST_VAIN)]
        self._extra.note(self._totals(candidates.picks[:, some]))
        if self._extra.is_due() or sum(self._n_listed.values()) > _FEW_WALKED:
            self._extra.choose(floor, shares)

    def _highest(self) -> int:
        highest = max([region.relaxed.bound_scaled for region in (*self._regions, *self.boxes)], default=NOTHING)
        return int(max(highest // self._precision, -self.problem.score_bound)) + 1

    def _follow_prices(self) -> None:
        """Bound the boxes anew by prices of the pieces that are left, where some are used up."""
        is_long = self._taken.n_told > 0 and sum(self._n_listed.values()) > _FEW_WALKED
        for region in self._regions if self._is_changed or is_long else ():
            self.boxes.price_again(region, self._taken, self.floor)
        self._is_changed = False

    def _next_floor(self) -> int:
        """How far to list next: by what was found lately, as far as the rows are that are left; opens boxes."""
        n_new, floor = self._taken.n_rows - self._n_taken, NO_BUILD
        if self.floor < _EVERYTHING:
            n_left = self._n_wanted - self._taken.n_rows
            # Where few are left, chance decides: a walk in vain costs more than one that goes too far.
            n_before = sum(self._n_listed.values())
            is_long = n_before >= _LONG_WALK or (self._states is not None and self._states.is_by_value)
            limit = _LONG_GROWTH if is_long else _MOST_GROWTH
            wanted = (n_left + math.sqrt(max(0, n_left))) / n_new if n_new else limit
            top = min(self.floor, self._highest())
            floor = top - max(1, math.ceil(self._drop * max(_LEAST_GROWTH, min(wanted, limit))))
            highest, most = top - max(1, self._drop // 8), max(_LONG_WALK, _WALK_GROWTH * n_before)
            listed = [(region.relaxed, self._n_listed.get(region.order[1], 0)) for region in self._regions]
            while self._growth.expected(listed, self.floor, floor) > most and floor < highest:
                floor = min(highest, top - 3 * (top - floor) // 4)
        for region in [region for region in self._regions if self._n_listed.get(region.order[1], 0) > SPLIT_WALKED]:
            may_split = region.allowed is None and self.boxes.n_bounded < _MOST_BOXES
            if may_split and (split := self.boxes.worst_split(region)) is not None:
                self._regions.remove(region)
                self.boxes.split(region, split)
        self.boxes.split_long(self._regions, self._n_listed, self._taken, most=self._most_split)
        while len(self.boxes):
            box = self.boxes.pop()
            if box.relaxed.bound_scaled // self._precision < floor:
                self.boxes.put_back(box)
                break
            split = open_giver(self.problem, self.classes, box.box) or self.boxes.first_split(box)
            if split is not None and self.boxes.n_bounded < _MOST_BOXES:
                self.boxes.split(box, split)
                continue
            if self._is_stale:
                self.boxes.price_again(box, self._taken, self.floor)
            self._regions.append(box)
            if self.floor == _EVERYTHING:
                floor = max(floor, floor_of_about(box.relaxed, self.classes, _FIRST_LEAVES, self.problem.score_bound))
        return max(floor, -self.problem.score_bound)

    def _list(self, region: OpenBox, floor: int) -> bool:
        """List the leaves of a box down to a floor; false where they are too many, or after a stop."""
        relaxed, most, states = region.relaxed, self._most_walked, self._states
        if relaxed.bound_scaled // self._precision < floor:
            return True
        enumeration, allowance = self._walks.begun(region, floor, most)
        region.n_tried = -enumeration.n_tried
        for chunk in states.leaves(enumeration, allowance, 2 * _MOST_HELD) if states else enumeration.leaves(allowance):
            if states and allowance.is_over and not self.is_stopped():
                break  # of builds that are alike the best may not be there yet
            others_scaled = [other.bound_scaled - used for other, used in chunk.used]
            bounds = np.min([relaxed.bound_scaled - chunk.loss - chunk.shortfall, *others_scaled], axis=0)
            picks = chunk.picks[enumeration.step_of_position]
            self._take_in(region, picks, bounds // self._precision, chunk.times)
            if len(self._candidates) > _MOST_HELD or self.is_stopped():
                allowance.is_over = True
                break
        self._n_listed[region.order[1]] = allowance.n_listed
        region.n_tried += enumeration.n_tried
        return not self.stopped and not allowance.is_over and allowance.n_listed <= most

    def _take_in(
        self, region: OpenBox, picks: npt.NDArray[np.int32], most: IntArray, times: npt.NDArray[Any] | None
    ) -> None:
        """Leaves of a box, classes by position (L, N), what they may score at most, and for how many they stand."""
        positions = self.problem.positions
        if times is None:
            sizes = [self.classes[b].sizes[pick] for b, pick in zip(positions, picks, strict=True)]
            times = np.prod(sizes, axis=0, dtype=np.float64)
        is_first = self.problem.space.are_first(list(picks))
        if is_first is not None:
            picks, most, times = picks[:, is_first], most[is_first], times[is_first]
        if (is_exact := self.filler is None) or region.box != self._root:
            totals = self._totals(picks)
            if is_exact:
                most = score_totals(self.problem, totals)
            inside = self.boxes.holds(region.box, totals) & (most > NO_BUILD)
            picks, most, times = picks[:, inside], most[inside], times[inside]
        keys = self._code.encode(list(picks)) if self._states is None else self._states.keys(positions, picks)
        fresh = self._candidates.add(picks, most, keys, times, is_exact=is_exact)
        self.n_builds += int(times[fresh].sum())
