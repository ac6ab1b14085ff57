"""Bounded search: the best builds without enumeration, proved.

The space is split into boxes; each box has a bound from its LP relaxation. In
the box with the highest bound, the combinations whose own bound reaches a
threshold are listed and scored, the threshold sinking in stages until it meets
the N-th best score found: what was not listed is proved out. Where a stage would
list too much, the box is split on the total that the relaxation gets most wrong
and each half is bounded anew.

In comes a `Problem`, out comes its best list with the proof's figures.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..filling.filler import Filler
from ..relaxation.bounds import NOTHING, Box, Relaxed, relax, root_box, usual_precision
from ..relaxation.piece_classes import PartClasses, merge_pieces
from ..relaxation.relaxation_lp import LpAdvice, solve_relaxation
from ._enumerate import Chunk, Listing, estimate_leaves
from ._expansion import Offers
from ._extra_prices import CutChooser
from ._splitting import cuttable_totals, needed_bonus, worst_raised, worst_total

__all__ = ["BoundedSearch", "Solver"]

IntArray = npt.NDArray[np.int64]

#: Gives multipliers for a box; tests put random ones in its place.
Solver = Callable[[Problem, Sequence[PartClasses], Box, int], LpAdvice]

#: Combinations of classes that the first stage of a box aims to list, at least:
#: enough to make its fixed cost (about a millisecond) worthwhile.
_FIRST_LEAVES = 300

#: Each further stage aims at so many times more.
_STAGE_GROWTH = 4.0

#: A box that may still hold more combinations of classes than this is split first.
#: Listing runs at a few million a second; a split costs an LP, some milliseconds.
_SPLIT_LEAVES = 300_000.0

#: Boxes are split no further than this; beyond, they are listed, however long it takes.
_MAX_BOXES = 2_000

#: Combinations whose slots are filled together: few enough that the threshold
#: rises in between, enough to share the fixed cost of the array operations.
_FILL_ROWS = 512
_MOST_FILL_ROWS = 4_096

#: What is asked for sinks by at least this part of the highest possible score at a time.
_LEAST_STEPS = 1_024

#: Open boxes up to which the settled share is estimated: each costs a millisecond.
_MOST_ESTIMATED = 16

#: More than any loss and shortfall together.
_UNLIMITED = 2**62


@dataclass(order=True)
class _Node:
    """A box that is not settled: by its bound, highest first."""

    order: tuple[int, int]
    box: Box = field(compare=False)
    relaxed: Relaxed = field(compare=False)
    advice: LpAdvice = field(compare=False)
    #: Everything with a loss and shortfall up to this is listed.
    listed: int = field(compare=False, default=-1)
    #: Relaxations and slacks whose combinations an ancestor has listed.
    done: tuple[tuple[Listing, int], ...] = field(compare=False, default=())
    listing: Listing | None = field(compare=False, default=None)


@dataclass
class Figures:
    """What the search did, beside what was offered to its list.

    Attributes
    ----------
    rank_pruned : bool
        Whether partial combinations were dropped because their ties rank too late.
    nodes, lp_solves : int
    """

    rank_pruned: bool = False
    nodes: int = 0
    lp_solves: int = 0


class BoundedSearch:
    """One search; `run` it, then read `top`, `bound`, `offers` and `figures`.

    Parameters
    ----------
    problem : Problem
    limit : int
    solver : callable, optional
        Gives multipliers; any will do.
    should_stop : callable, optional
        Polled between chunks.
    on_bound : callable, optional
        Told the bound on what is not settled and the threshold, both scaled, or
        None while there is no threshold.
    """

    def __init__(
        self,
        problem: Problem,
        limit: int,
        *,
        solver: Solver = solve_relaxation,
        should_stop: Callable[[], bool] | None = None,
        on_bound: Callable[[int, int | None], None] | None = None,
    ) -> None:
        self.problem = problem
        self.code = RankCode(problem.space.position_sizes)
        self.figures = Figures()
        self.stopped = False
        self._solver = solver
        self._should_stop = should_stop
        self._on_bound = on_bound
        self._classes = merge_pieces(problem)
        self._position_classes = [self._classes[part] for part in problem.positions]
        self.offers = Offers(limit, self.code, self._position_classes)
        self.top = self.offers.top
        self.precision = usual_precision(problem)
        self._filler: Filler | None = None
        self._cuts: CutChooser | None = None
        if problem.decorations is not None:
            self._filler = Filler(problem, use_lp=solver is solve_relaxation, precision=self.precision)
            self._cuts = CutChooser(problem, self._classes, self._filler)
        # Boxes must cut what a build is, not how its slots are filled: else one
        # build would be in several boxes.
        self._cuttable = cuttable_totals(problem)
        self._serial = itertools.count()
        self._heap: list[_Node] = []
        self._current: _Node | None = None

    # --- the loop over boxes -----------------------------------------------

    def run(self) -> None:
        """Search until everything is settled or `should_stop` says so."""
        self._push(root_box(self.problem), ())
        while self._heap and not self.stopped:
            node = heapq.heappop(self._heap)
            self._current = node
            if self._on_bound is not None:
                self._on_bound(self._score_of(node), self.top.nth_score if self.top.is_full else None)
            if not self._needed(node):
                continue
            if not self._stage(node):
                continue
            if self.stopped or self._needed(node):
                heapq.heappush(self._heap, node)

    @property
    def bound(self) -> int | None:
        """The most that a build may score that is neither listed nor proved out; None if there is none."""
        left = [self._score_of(node) for node in self._heap if self._needed(node)]
        return max(left, default=None)

    @property
    def settled_share(self) -> float | None:
        """Share of all combinations that is listed or proved out, at least; None where it is not worth finding.

        The rest is over-estimated from the losses of pieces (`estimate_leaves`), so
        the share is never overstated but by rounding.
        """
        nodes = [node for node in (self._current, *self._heap) if node is not None and self._needed(node)]
        if not self.top.is_full or len(nodes) > _MOST_ESTIMATED:
            return None
        left = sum(
            estimate_leaves(node.relaxed, self._classes, max(0, self._slack(node)), of_pieces=True)[-1]
            for node in nodes
        )
        return max(0.0, 1.0 - left / self.problem.space.n_combinations)

    @property
    def n_tied(self) -> int | None:
        """Builds beyond the list that share its last score; None where ties were dropped unseen."""
        return None if self.stopped or self.figures.rank_pruned else self.offers.n_tied()

    def _score_of(self, node: _Node) -> int:
        """Highest score of anything in the node that is not listed yet."""
        return (node.relaxed.bound - node.listed - 1) // self.precision

    def _needed(self, node: _Node) -> bool:
        """Whether the node may hold a build that belongs in the list."""
        if node.relaxed.bound <= NOTHING or self._score_of(node) < -self.problem.score_bound:
            return False
        return not self.top.is_full or self._score_of(node) >= self.top.nth_score

    def _push(self, box: Box, done: tuple[tuple[Listing, int], ...]) -> None:
        """Bound a box and queue it if it may matter."""
        self.figures.nodes += 1
        self.figures.lp_solves += 1
        advice = self._solver(self.problem, self._classes, box, self.precision)
        prices = None if self._filler is None else self._filler.add_prices(advice.multipliers)
        relaxed = relax(self.problem, self._classes, box, advice.multipliers, self.precision, prices=prices)
        if not advice.feasible:
            relaxed = self._steepen(box, advice, relaxed)
        node = _Node((-relaxed.bound, next(self._serial)), box, relaxed, advice, done=done)
        if self._needed(node):
            heapq.heappush(self._heap, node)

    def _steepen(self, box: Box, advice: LpAdvice, relaxed: Relaxed) -> Relaxed:
        """Follow a ray of an infeasible relaxation, either way, to the lowest bound it gives."""
        for scale in (-(2**24), -(2**12), -(2**4), 2**4, 2**12, 2**24):
            steeper = advice.multipliers.scaled(self.problem, scale)
            prices = None if self._filler is None else self._filler.prices(steeper)
            other = relax(self.problem, self._classes, box, steeper, self.precision, prices=prices)
            if other.bound < relaxed.bound:
                relaxed = other
        return relaxed

    # --- one box -------------------------------------------------------------

    def _stage(self, node: _Node) -> bool:
        """List more of a node, or split it; false when it was replaced by its halves."""
        if node.listed < 0 and self.figures.nodes < _MAX_BOXES:
            # Until it is known what a skill's maximum is, the bound takes the best of both.
            cut = needed_bonus(self.problem, self._classes, node.box, node.advice)
            cut = cut or worst_raised(self.problem, node.box, node.advice, self._cuttable)
            if cut is not None:
                self._split_at(node, *cut)
                return False
        needed = self._slack(node)
        everything = sum(
            part.count * int(loss.max()) for part, loss in zip(self._classes, node.relaxed.loss, strict=True)
        )
        reach = min(needed, everything)
        estimate = estimate_leaves(node.relaxed, self._classes, reach)
        goal = float(max(_FIRST_LEAVES, 2 * self.top.limit))
        if node.listed >= 0:
            width = max(1, -(-reach // len(estimate)))
            goal = max(goal, _STAGE_GROWTH * estimate[min(node.listed // width, len(estimate) - 1)])
        slack = needed
        if estimate[-1] > goal:
            bin_number = next(i for i, n_leaves in enumerate(estimate) if n_leaves >= goal)
            width = max(1, -(-reach // len(estimate)))
            slack = min(needed, max(node.listed + 1, (bin_number + 1) * width))
            if estimate[bin_number] > _SPLIT_LEAVES and self.figures.nodes < _MAX_BOXES and self._split(node):
                return False
        self._list(node, slack)
        return True

    def _slack(self, node: _Node) -> int:
        """Loss and shortfall up to which a combination may still belong in the list."""
        if not self.top.is_full:
            return _UNLIMITED
        return node.relaxed.bound - self.precision * self.top.nth_score

    def _list(self, node: _Node, slack: int) -> None:
        """List and score everything in the node up to `slack` that no earlier stage has."""
        if node.listing is None:
            node.listing = Listing(self.problem, self._classes, node.box, node.relaxed)
        listing = node.listing
        self._use_cuts(node)
        for chunk in listing.leaves(
            lambda: self._room(node, slack),
            lambda rows: self._keep(node, rows),
            lambda: self.precision * self._least_score,
        ):
            fresh = np.flatnonzero(chunk.loss + chunk.shortfall > node.listed)
            self._score(node, chunk.picks[listing.step_of_position][:, fresh], chunk.totals[:, fresh])
            if self.stopped:
                return
        if self.stopped:
            # Continuations were dropped on the way: nothing may count as listed.
            return
        node.listed = slack
        node.order = (-(node.relaxed.bound - slack), node.order[1])

    def _use_cuts(self, node: _Node) -> None:
        """Let the listing of a node look at the cuts that are chosen by now."""
        if self._cuts is not None and node.listing is not None:
            node.listing.use_cuts(self._cuts.relaxations(node.box, node.relaxed))

    @property
    def _least_score(self) -> int:
        """No build with a lower score matters."""
        return max(self.top.nth_score, -self.problem.score_bound)

    def _room(self, node: _Node, slack: int) -> int:
        """What loss and shortfall may be by now: less than nothing once the search shall stop."""
        # Asked before every expansion, also where no continuation survives it.
        if self._should_stop is not None and self._should_stop():
            self.stopped = True
        return -1 if self.stopped else min(slack, self._slack(node))

    def _keep(self, node: _Node, chunk: Chunk) -> npt.NDArray[np.bool_] | None:
        """Rows worth going on with: at the threshold itself, only those that may rank early enough."""
        if self.stopped:
            return np.zeros(chunk.loss.size, dtype=bool)
        if self.top.nth_words is None or node.listing is None:
            return None
        tied = (node.relaxed.bound - chunk.loss - chunk.shortfall) // self.precision == self.top.nth_score
        rows = np.flatnonzero(tied)
        if not rows.size:
            return None
        zero = np.zeros(rows.size, dtype=np.int64)
        lowest = [
            own.first[chunk.picks[step, rows]] if step < len(chunk.picks) else zero
            for own, step in zip(self._position_classes, node.listing.step_of_position, strict=True)
        ]
        late = rows[self.offers.is_late(lowest)]
        if not late.size:
            return None
        self.figures.rank_pruned = True
        keep = np.ones(chunk.loss.size, dtype=bool)
        keep[late] = False
        return keep

    def _score(self, node: _Node, picks: npt.NDArray[np.int32], totals: IntArray) -> None:
        """Score complete combinations of classes and offer them to the list."""
        for listing, slack in node.done:
            new = np.flatnonzero(listing.measure(picks, totals) > slack)
            picks, totals = picks[:, new], totals[:, new]
        if not picks.shape[1]:
            return
        representatives = [own.first[pick] for own, pick in zip(self._position_classes, picks, strict=True)]
        found = total_columns(self.problem, representatives)
        inside = np.flatnonzero(self._inside(node.box, found))
        if self._filler is None:
            self.offers.add(picks[:, inside], score_totals(self.problem, found)[inside])
            return
        self._fill(picks[:, inside], found.take(inside), self._filler)
        if self._cuts is not None and self._cuts.is_due:
            self._cuts.choose(self._least_score)
            self._use_cuts(node)

    def _fill(self, picks: npt.NDArray[np.int32], totals: BlockTotals, filler: Filler) -> None:
        """Fill the slots of combinations of classes as far as the list needs it, and offer them.

        Nobody needs the exact score of a build that is not in the list, so only those
        that may reach some score are asked for; it sinks until the list is full of better ones.
        """
        bounds = filler.bounds(totals, self.top.nth_score)
        if self._cuts is not None:
            self._cuts.note(totals, bounds, self._least_score)
        order = np.argsort(-bounds, kind="stable")
        is_left = np.ones(len(order), dtype=np.bool_)
        least = int(bounds[order[min(self.top.limit, len(order)) - 1]]) if len(order) else 0
        step = max(self.problem.score_bound // _LEAST_STEPS, 1)
        n_rows = max(_FILL_ROWS, min(self.top.limit, _MOST_FILL_ROWS))
        while True:
            least = max(least - step, self.top.nth_score)
            rows = order[is_left[order] & (bounds[order] >= least)]
            for start in range(0, len(rows), n_rows):
                floor = max(least, self.top.nth_score)
                some = rows[start : start + n_rows]
                some = some[bounds[some] >= floor]
                scores = filler.scores(totals.take(some), floor)
                found = scores > NO_BUILD
                is_left[some[found]] = False
                self.offers.add(picks[:, some[found]], scores[found])
                if self._should_stop is not None and self._should_stop():
                    self.stopped = True
                    return
            if least <= self.top.nth_score or least < -self.problem.score_bound:
                break
            step *= 2
        self.offers.count(picks[:, is_left])

    def _inside(self, box: Box, totals: BlockTotals) -> npt.NDArray[np.bool_]:
        """Which combinations have their finished totals inside the box."""
        finished = np.concatenate([totals.levels, totals.bonus_counts])
        inside = np.ones(finished.shape[1], dtype=bool)
        for low, high, total, cuttable in zip(box.low, box.high, finished, self._cuttable, strict=True):
            if cuttable:
                inside &= (total >= low) & (total <= high)
        return inside

    # --- splitting -------------------------------------------------------------

    def _split(self, node: _Node) -> bool:
        """Replace a node by two halves of its box where the relaxation is worst; false where nothing helps."""
        cut = worst_total(self.problem, node.box, node.advice, self._cuttable)
        if cut is None:
            return False
        self._split_at(node, *cut)
        return True

    def _split_at(self, node: _Node, e: int, value: int) -> None:
        """Replace a node by two halves of its box."""
        done = node.done
        if node.listing is not None and node.listed >= 0:
            done = (*done, (node.listing, node.listed))
        self._push(node.box.with_range(e, node.box.low[e], value - 1), done)
        self._push(node.box.with_range(e, value, node.box.high[e]), done)
