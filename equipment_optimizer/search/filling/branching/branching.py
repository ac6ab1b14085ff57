"""The best filling of many builds at once, by branch and bound on counts of decorations.

Every node is a build with bounds on its counts. Nodes go from basis to basis of the
shared program, all that are at the same one together, until they are optimal or their
exact bound is below what is needed. An optimum of whole counts is a filling; one with
fractions is rounded down and completed, which is one too, and split in two at a fraction.

Array axes: G builds, C nodes, X decoration columns, N all columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ....records.equipment import smallest_unsigned
from ....records.vocabulary import NO_BUILD
from ..tables.packing import distinct
from ._products import product
from .build_bounds import BuildBounds
from .build_lp import Cases
from .completion import Completion
from .fixed_levels import FixedLevels

__all__ = ["NEVER_NEEDED", "Branching"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Counts = npt.NDArray[np.unsignedinteger[Any]]

#: What no filling scores: the floor of builds that miss a minimum whatever is filled in, and of those that have enough.
NEVER_NEEDED = 2**61

#: A count this near to a whole number is one.
_WHOLE = 1e-6

#: Pivots of one node, and nodes of one build, after which it is left to another method.
_MOST_PIVOTS = 200
_MOST_NODES = 400

#: Counts tried for a split; what the half that loses more counts beside the other; the most that counts.
_TRIED_COLUMNS = 6
_OTHER_HALF = 0.2
_MOST_LOST = 1e9

#: Nodes that pivot together: 2 MB; and that are relaxed before others, made earlier, go on: 5 MB.
_BLOCK = 256
_TOGETHER = 1_024

#: Builds that begin together: few at first, for each finds where others can start; more where many bases are known.
_FIRST_WAVE = 16
_MOST_WAVE = 512
_WARM_WAVE, _MANY_STARTS = 256, 64

#: The same where none raises the floor of others: pivots of many at once cost little more than those of few.
_BULK_WAVE = 1_024

#: The same where each begins at a basis of its own.
_FIRST_ASKED = 64
_ASKED_GROWTH = 4

#: Bases that builds which are likely to be refuted are held against.
_REFUTERS = 64

#: Along a ray that shows that a node has no solution, in units of the score: where its bound is looked at.
_RAY = (2.0**4, 2.0**10, 2.0**16, 2.0**22)


@dataclass(frozen=True, eq=False)
class _Nodes:
    """Build, its case, number of the basis, bounds on the counts, shape (C, X), in the smallest dtype: many wait."""

    build: IntArray
    case: IntArray
    basis: IntArray
    low: Counts
    high: Counts

    def __len__(self) -> int:
        return len(self.build)

    def take(self, rows: Rows) -> _Nodes:
        """Some nodes."""
        return _Nodes(self.build[rows], self.case[rows], self.basis[rows], self.low[rows], self.high[rows])

    def and_these(self, other: _Nodes) -> _Nodes:
        """These and others."""
        names = ("build", "case", "basis", "low", "high")
        pairs = [(getattr(self, name), getattr(other, name)) for name in names]
        return _Nodes(*map(np.concatenate, pairs))


class Branching:
    """One run over G builds.

    `floor`, shape (G,), is what a filling must score to matter; where it `is_enough`, any that does will do. `most`,
    shape (X,), of each decoration is the program's by default. With `levels`, for many builds that are all wanted, they
    are bounded by whole levels too, which takes the program's `most`, and more begin together.
    """

    def __init__(
        self,
        bounds: BuildBounds,
        completion: Completion,
        cases: Cases,
        *,
        floor: IntArray,
        most: IntArray | None = None,
        is_enough: bool = False,
        levels: FixedLevels | None = None,
    ) -> None:
        program = bounds.program
        self._bounds = bounds
        self._program = program
        self._model = program.model
        self._completion = completion
        self._levels = levels
        self._cases = cases
        self._most = program.most if most is None else most
        n_builds = len(cases)
        self._n_slots = int(program.model.most_slots.sum())
        self.floor = np.maximum(floor, program.lowest)
        self._enough = self.floor if is_enough else None
        #: Best filling found; exact where it is at least the floor and the build is not open.
        self.best = np.full(n_builds, NO_BUILD, dtype=np.int64)
        self.counts = np.zeros((n_builds, program.n_decorated), dtype=np.int64)
        #: The basis that bounds the build best, before any branching.
        self.owner = np.zeros(n_builds, dtype=np.int64)
        #: Builds that are left to another method.
        self.is_open = np.zeros(n_builds, dtype=np.bool_)
        self._bound_scaled = np.full(n_builds, np.inf)
        #: What whole levels leave of the bound.
        self._cap = np.full(n_builds, NEVER_NEEDED)
        self._n_nodes = np.zeros(n_builds, dtype=np.int64)
        # Columns that are closed never enter a basis.
        closed = np.zeros(len(program.simplex.cost), dtype=np.bool_)
        closed[: program.n_decorated] = self._most == 0
        self._is_closed = closed
        self._pivot_kind: list[int] = []
        #: Bases of the last wave at which builds were ruled out, and at which they were optimal.
        self._refuting: list[int] = []
        self._optimal: list[int] = []

    # --- runs ------------------------------------------------------------------------

    def run(self, raise_floor: Callable[[IntArray], IntArray], should_stop: Callable[[], bool]) -> None:
        """Settle the builds; once `should_stop` says so, those that are not settled stay open.

        `raise_floor` is told the best fillings found, shape (G,), and says what is needed by now.
        """
        bounds, n_builds = self._bounds, len(self.floor)
        if not n_builds:
            return
        if not bounds.starts:
            self._first_start()
        bound = bounds.least(bounds.starts, self._cases, np.arange(n_builds), self._most)
        order = np.argsort(-(bound - self.floor), kind="stable")
        nodes = self._roots(order[:0], self.owner[:0])
        begin, warm, most = 0, *((_WARM_WAVE, _MOST_WAVE) if self._levels is None else (_BULK_WAVE, _BULK_WAVE))
        size = _FIRST_WAVE if len(bounds.starts) < _MANY_STARTS else warm
        while begin < n_builds and not should_stop():
            rows = order[begin : begin + size]
            begin, size = begin + size, min(2 * size, most)
            rows = rows[bound[rows] >= self._needed(rows)]
            if rows.size:
                nodes = nodes.and_these(self._wave(rows, bounds.best_starts(self._cases, rows, self._most)))
                bounds.note_starts([*self._refuting, *self._optimal])
                self.floor = np.maximum(self.floor, raise_floor(self.best))
        self.is_open[order[begin:]] = True
        self._settle(nodes, raise_floor, should_stop)

    def run_from(self, starts: IntArray, refuters: list[int], should_stop: Callable[[], bool]) -> None:
        """Settle the builds, beginning at given bases, shape (G,).

        `refuters` are numbers of bases that may well show that a build does not reach
        its floor; changed in place. Builds that are not settled at a stop stay open.
        """
        nodes = self._roots(np.zeros(0, dtype=np.intp), starts[:0])
        begin, size = 0, _FIRST_ASKED
        while begin < len(self.floor) and not should_stop():
            rows = np.arange(begin, min(begin + size, len(self.floor)))
            begin, size = begin + size, _ASKED_GROWTH * size
            rows = rows[self._bounds.least(refuters, self._cases, rows, self._most) >= self.floor[rows]]
            if rows.size:
                nodes = nodes.and_these(self._wave(rows, starts[rows]))
                refuters[:] = [*dict.fromkeys([*self._refuting[::-1], *refuters])][:_REFUTERS]
        self.is_open[begin:] = True
        self._settle(nodes, lambda _: self.floor, should_stop)

    def _wave(self, rows: Rows, starts: IntArray) -> _Nodes:
        """Relax some builds from given bases; the nodes that are left of them."""
        self._refuting, self._optimal = [], []
        return self._branched(*self._relaxed(self._roots(rows, starts), is_root=True), is_root=True)

    def _settle(
        self, nodes: _Nodes, raise_floor: Callable[[IntArray], IntArray], should_stop: Callable[[], bool]
    ) -> None:
        """Branch until no node is left; those that were made last go first, so that few wait."""
        while len(nodes) and not should_stop():
            n_waiting = max(0, len(nodes) - _TOGETHER)
            some = np.arange(n_waiting, len(nodes))
            bound_scaled = self._node_bounds(nodes, nodes.basis, some)
            alive = self._bounds.targets(bound_scaled) >= self._needed(nodes.build[some])
            optimal, counts = self._relaxed(nodes.take(some[alive]), is_root=False)
            nodes = nodes.take(np.arange(n_waiting)).and_these(self._branched(optimal, counts))
            self.floor = np.maximum(self.floor, raise_floor(self.best))
        self.is_open[nodes.build] = True

    def _first_start(self) -> None:
        """Find the first basis that is optimal for some build."""
        floor, self.floor = self.floor, np.full_like(self.floor, NO_BUILD)
        self._relaxed(self._roots(np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.int64)), is_root=True)
        self._bounds.note_starts(self._optimal or [0])
        self.floor = floor

    def _needed(self, build: IntArray) -> IntArray:
        """What a filling must score to matter by now, of some builds; shape of `build`."""
        best = self.best[build]
        needed = np.maximum(self.floor[build], best + self._model.grain)
        if self._levels is not None:
            needed[needed > self._cap[build]] = NEVER_NEEDED
        return needed if self._enough is None else np.where(best >= self._enough[build], NEVER_NEEDED, needed)

    def _roots(self, rows: Rows, starts: IntArray) -> _Nodes:
        """A node for each of some builds."""
        high = np.repeat(self._most[None].astype(smallest_unsigned(self._n_slots + 1)), len(rows), axis=0)
        return _Nodes(rows.astype(np.int64), rows.astype(np.int64), starts, np.zeros_like(high), high)

    # --- relaxations -----------------------------------------------------------------

    def _relaxed(self, nodes: _Nodes, *, is_root: bool) -> tuple[_Nodes, FloatArray]:
        """Nodes at their optimum that still matter, and the counts there, shape (C, X)."""
        basis = nodes.basis.copy()
        active = np.arange(len(nodes))
        done, counts = [active[:0]], [np.zeros((0, self._program.n_decorated))]
        for _ in range(_MOST_PIVOTS):
            going = [active[:0]]
            for begin in range(0, len(active), _BLOCK):
                rows = self._alive(nodes, basis, active[begin : begin + _BLOCK], is_root=is_root)
                if rows.size:
                    moved, optimal, optimum = self._pivoted(nodes, basis, rows)
                    going.append(moved)
                    done.append(optimal)
                    counts.append(optimum)
            active = np.concatenate(going)
            if not active.size:
                break
        self.is_open[nodes.build[active]] = True
        rows = np.concatenate(done)
        return replace(nodes.take(rows), basis=basis[rows]), np.concatenate(counts)

    def _alive(self, nodes: _Nodes, basis: IntArray, rows: Rows, *, is_root: bool) -> Rows:
        """Nodes whose bound by their basis reaches what is needed."""
        build = nodes.build[rows]
        bound_scaled = self._node_bounds(nodes, basis, rows)
        if is_root:
            better = bound_scaled < self._bound_scaled[build]
            self._bound_scaled[build[better]], self.owner[build[better]] = bound_scaled[better], basis[rows[better]]
        is_alive = self._bounds.targets(bound_scaled) >= self._needed(build)
        self._refuting += sorted({*basis[rows[~is_alive]].tolist()} - {*basis[rows[is_alive]].tolist()})
        return rows[is_alive]

    def _node_bounds(self, nodes: _Nodes, basis: IntArray, rows: Rows) -> FloatArray:
        """Scaled bounds of some nodes, each by a basis."""
        low, high = nodes.low[rows], nodes.high[rows]
        return self._bounds.bounds(self._bounds.prices, basis[rows], self._cases, nodes.case[rows], low=low, high=high)

    def _pivoted(self, nodes: _Nodes, basis: IntArray, rows: Rows) -> tuple[Rows, Rows, FloatArray]:
        """Nodes that went on to another basis, noted in `basis`; those at their optimum, and the counts there."""
        simplex, n_decorated = self._program.simplex, self._program.n_decorated
        case, numbers = nodes.case[rows], basis[rows]
        kind = self._cases.kind[case]
        high = self._program.high_of(self._cases, case)
        low = np.zeros_like(high)
        low[:, :n_decorated], high[:, :n_decorated] = nodes.low[rows], nodes.high[rows]
        resting, basic = simplex.values(numbers, self._cases.side[case], low, high)
        row, above, is_optimal = simplex.violations(numbers, basic, low, high)
        optimal, others = np.flatnonzero(is_optimal), np.flatnonzero(~is_optimal)
        resting[np.arange(len(rows))[:, None], simplex.basic[numbers]] = basic
        self._optimal += distinct(numbers[optimal])
        closed = self._pivot_kinds(kind[others])
        after = simplex.following(numbers[others], row[others], above[others], closed)
        is_stuck = after < 0
        stuck = others[is_stuck]
        if stuck.size:
            self._refuse(nodes, rows[stuck], numbers[stuck], row=row[stuck], above=above[stuck])
        moved = rows[others[~is_stuck]]
        basis[moved] = after[~is_stuck]
        return moved, rows[optimal], resting[optimal, :n_decorated]

    def _pivot_kinds(self, kinds: IntArray) -> IntArray:
        """The kinds of pivots that kinds of builds make; there may be new ones."""
        for closed in self._program.closed[len(self._pivot_kind) :]:
            self._pivot_kind.append(self._program.simplex.kind(closed | self._is_closed))
        return np.array(self._pivot_kind, dtype=np.int64)[kinds]

    def _refuse(self, nodes: _Nodes, rows: Rows, numbers: IntArray, *, row: Rows, above: BoolArray) -> None:
        """Prove in integers that nodes without a solution do not matter; leave their builds open where that fails."""
        simplex = self._program.simplex
        prices = simplex.prices[numbers]
        ray = simplex.inverses(numbers)[np.arange(len(row)), row]
        ray[~above] *= -1.0
        left = np.arange(len(rows))
        # Farther where a unit of the score is small.
        for scale in (*_RAY, max(_RAY[-1], 4.0 * self._program.price_of_missing)):
            steep, nodes_left = self._bounds.rounded(prices[left] + scale * ray[left]), rows[left]
            case, low, high = nodes.case[nodes_left], nodes.low[nodes_left], nodes.high[nodes_left]
            bound_scaled = self._bounds.bounds(steep, np.arange(len(left)), self._cases, case, low=low, high=high)
            left = left[self._bounds.targets(bound_scaled) >= self._needed(nodes.build[nodes_left])]
            if not left.size:
                return
        self.is_open[nodes.build[rows[left]]] = True

    # --- whole counts ------------------------------------------------------------------

    def _branched(self, nodes: _Nodes, counts: FloatArray, *, is_root: bool = False) -> _Nodes:
        """Take in the fillings near the optima; of nodes with fractions the halves, as far as they still matter."""
        if not len(nodes):
            return nodes
        whole = np.floor(counts + _WHOLE)
        part = counts - whole
        fraction = np.where(part <= _WHOLE, 0.0, np.minimum(part, 1 - part))
        is_whole = fraction.max(axis=1, initial=0.0) <= 0.0
        self._take_in(nodes.build, whole.astype(np.int64))
        bound_scaled = self._node_bounds(nodes, nodes.basis, np.arange(len(nodes)))
        alive = self._bounds.targets(bound_scaled) >= self._needed(nodes.build)
        np.add.at(self._n_nodes, nodes.build[alive], 1)
        self.is_open |= self._n_nodes > _MOST_NODES
        # Whole counts that are worth less than their bound: a hull is above its function there.
        stuck = np.flatnonzero(alive & is_whole)
        divided = self._divided(nodes.take(stuck), whole[stuck].astype(np.int64))
        rows = np.flatnonzero(alive & ~is_whole & ~self.is_open[nodes.build])
        if is_root and self._levels is not None:
            rows = self._bounded_by_levels(nodes, counts, rows)
        if not rows.size:
            return divided
        column, place = self._column_to_split(nodes.take(rows), part[rows], fraction[rows]), np.arange(len(rows))
        down, up = nodes.take(rows), nodes.take(rows)
        down.high[place, column] = whole[rows, column]
        up.low[place, column] = whole[rows, column] + 1
        return divided.and_these(down).and_these(up)

    def _bounded_by_levels(self, nodes: _Nodes, counts: FloatArray, rows: Rows) -> Rows:
        """Bound builds by what they may come to in whole levels; which of some roots still matter."""
        assert self._levels is not None
        given = product(counts[rows], self._program.levels.astype(np.float64))
        some = rows[(np.abs(given - np.rint(given)) > _WHOLE).any(axis=1)]
        build = nodes.build[some]
        most = self._levels.most(self._cases.take(build), nodes.basis[some], self._needed(build))
        self._cap[build] = most.scores
        self._take_in(build[most.builds], most.counts)
        return rows[self._needed(nodes.build[rows]) < NEVER_NEEDED]

    def _divided(self, nodes: _Nodes, counts: IntArray) -> _Nodes:
        """Nodes in place of some with whole counts; builds of those that no run of levels divides are left open."""
        if not len(nodes):
            return nodes
        part_of, cases = self._program.by_runs(self._cases, nodes.case, counts)
        self.is_open[np.delete(nodes.build, part_of)] = True
        kept, first = np.flatnonzero(~self.is_open[nodes.build[part_of]]), len(self._cases)
        if kept.size:
            self._cases = self._cases.and_these(cases.take(kept))
        return replace(nodes.take(part_of[kept]), case=first + np.arange(len(kept)))

    def _column_to_split(self, nodes: _Nodes, part: FloatArray, fraction: FloatArray) -> IntArray:
        """Of each node the fractional count by which both halves lose most, as far as one pivot tells."""
        best = fraction.argmax(axis=1)
        kinds = self._pivot_kinds(self._cases.kind[nodes.case])
        likely = np.argsort(-fraction, axis=1, kind="stable")[:, :_TRIED_COLUMNS]
        node, place = np.nonzero(np.take_along_axis(fraction, likely, axis=1) > 0)
        column = likely[node, place]
        sinks, rises = self._program.simplex.losses(nodes.basis[node], column, kinds[node])
        down, up = sinks * part[node, column], rises * (1 - part[node, column])
        gain = np.full(likely.shape, -1.0)
        gain[node, place] = np.minimum(np.minimum(down, up) + _OTHER_HALF * np.maximum(down, up), _MOST_LOST)
        column = np.take_along_axis(likely, gain.argmax(axis=1)[:, None], axis=1)[:, 0]
        return np.where(gain.max(axis=1, initial=-1.0) > 0, column, best)

    def _take_in(self, build: IntArray, counts: IntArray) -> None:
        """Complete counts, shape (C, X), of builds, score them, and remember what is better than what is known."""
        counts, score = self._completion.complete(self._cases, build, counts, self._most)
        # The last of each build is its best.
        order = np.lexsort((score, build))
        last = order[np.flatnonzero(np.diff(build[order], append=-1))]
        better = last[score[last] > self.best[build[last]]]
        self.best[build[better]], self.counts[build[better]] = score[better], counts[better]
