"""Of the fillings with which a build's product is the same, the one that is written.

It is the first in the order of the steps and options of `EveryOption`, which the formula alone makes: so it hangs
on the build, not on how a search came upon it. All fillings whose surrogate, touching near the one that is known,
is no lower than its product are looked at.

Array axes: F features, G builds that are filled differently, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...problem.formula import CompiledSum, FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..filling.cells.first_by_cells import CellBuilds, first_by_cells
from ..filling.filler import Filler
from ..filling.tables.prices import FillingPrices
from ..filling.walking.staged_walk import Apart, WalkedFillings
from ..relaxation.bounds import Multipliers, root_box
from ..relaxation.piece_classes import merge_pieces
from ._fillings import LIKELY, EveryOption, ListedFillings, soon_over
from ._node_program import NodeProgram
from ._outcome import Row, only_build
from ._products import Contents
from .nodes.curves import ONE, PRECISION, floor_log
from .nodes.nodes import Node, Range, root_node, worst_split
from .nodes.surrogate import ClippedLine, Slopes, slopes_at, surrogate

__all__ = ["with_first_fillings"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Builds are listed together where a surrogate is no further above their products than for the first, in units.
_NEAR = ONE >> 5

#: Parts of which a node is divided no further.
_MOST_PARTS = 64

#: Lines are no flatter than this share of those that touch at what is known.
_LEAST_SHARE = 0.2

#: Polls, of some milliseconds, in which builds are listed by some lines before others are tried; times more then.
_POLLS = 1_024
_MORE = 4
_UNLIMITED = 2**62


def with_first_fillings(
    formula: FormulaProblem, code: RankCode, rows: Sequence[Row], should_stop: Callable[[], bool]
) -> list[Row] | None:
    """The rows with the first of their best fillings; None once it is to stop."""
    if not rows or not formula.rises:
        # Where no surrogate tells fillings apart, each was looked at.
        return list(rows)
    words = np.array([words for _, words, _ in rows], dtype=np.int64).T
    totals = total_columns(formula.problem, code.decode(words))
    keys = np.concatenate([totals.levels, totals.slots])
    first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)[1:]
    listing = _Listing(formula, code, [rows[row] for row in first.tolist()], should_stop)
    contents = listing.contents()
    if contents is None:
        return None
    owners = group.reshape(-1).tolist()
    return [(score, words, contents[owner]) for (score, words, _), owner in zip(rows, owners, strict=True)]


@dataclass(frozen=True, eq=False)
class _Known:
    """Products of builds, in units, their levels with the filling that is known, and the ends of all levels."""

    logs: IntArray
    totals: BlockTotals
    lowest: IntArray
    highest: IntArray


class _Listing:
    """Lists what fillings of builds come to as much as the one that is known."""

    def __init__(
        self, formula: FormulaProblem, code: RankCode, rows: Sequence[Row], should_stop: Callable[[], bool]
    ) -> None:
        self._formula, self._should_stop = formula, should_stop
        self._pieces = code.decode(np.array([words for _, words, _ in rows], dtype=np.int64).T)
        self._totals = total_columns(formula.problem, self._pieces)
        self._scores = [score for score, _, _ in rows]
        self._model = EveryOption.of(formula)
        self._best = ListedFillings(formula, self._model, self._totals)
        self._known = self._known_of([contents for _, _, contents in rows])
        self._n_parts = 0
        #: Polls after which listing is given up.
        self._left_polls = _UNLIMITED

    def _known_of(self, contents: Sequence[Contents | None]) -> _Known:
        totals, decorations = self._totals, self._model.decorations
        counts = np.zeros((len(contents), len(decorations.index)), dtype=np.int64)
        for row, inside in enumerate(contents):
            assert inside is not None
            for d, count in inside[0]:
                counts[row, d] = count
        filled = totals.levels + decorations.levels.T @ counts.T
        # The most, and the least, that one slot of each kind gives of each feature.
        fitting = np.where(decorations.fits.T[:, :, None], decorations.levels[None], 0)
        most, least = fitting.max(axis=1, initial=0), fitting.min(axis=1, initial=0)
        logs = np.array([floor_log(score) if score > 0 else 0 for score in self._scores], dtype=np.int64)
        return _Known(
            logs,
            BlockTotals(totals.linear, filled, totals.bonus_counts, totals.slots),
            totals.levels + least.T @ totals.slots,
            totals.levels + most.T @ totals.slots,
        )

    def contents(self) -> list[Contents] | None:
        """What the first of the best fillings of each build is; None once it is to stop."""
        is_positive = np.array([score > 0 for score in self._scores], dtype=np.bool_)
        others = np.flatnonzero(~is_positive)
        lowest = -4 * self._model.problem.score_bound
        self._list(
            self._model, others, np.full(len(others), lowest), [Multipliers((0,) * self._model.problem.n_features)]
        )
        positive = self._by_cells(np.flatnonzero(is_positive))
        if positive.size:
            self._list_node(self._hull(positive), positive)
        if self._should_stop():
            return None
        is_there, scores, contents = self._best.listed()
        if not is_there.all() or scores.tolist() != self._scores:
            raise AssertionError("no filling comes to what was found for its build")
        return contents

    def _by_cells(self, rows: Rows) -> Rows:
        """Take in what cells tell; the builds of which they do not."""
        scores = np.array([*self._scores, 0], dtype=object)[rows]
        builds = CellBuilds(self._totals.take(rows), self._known.highest[:, rows], scores)
        known, path = first_by_cells(self._formula, self._model, builds, self._should_stop)
        if known.size:
            self._best.note_paths(rows[known], path)
        left: Rows = np.delete(rows, known)
        return left

    def _spans(self, rows: Rows) -> list[list[tuple[IntArray, IntArray]]]:
        """The least and the most of each sum of some builds, by factor."""

        def ends(compiled: CompiledSum) -> tuple[IntArray, IntArray]:
            low, high = (
                np.array(self._formula.values(compiled, levels[:, rows]), dtype=np.int64)
                for levels in (self._known.lowest, self._known.highest)
            )
            return np.maximum(low, compiled.low), np.minimum(high, compiled.high)

        return [[ends(compiled) for compiled in sums] for sums in self._formula.sums]

    def _hull(self, rows: Rows) -> Node:
        """A node that holds every filling of some builds."""

        def hull(low: IntArray, high: IntArray) -> Range:
            return int(low.min()), int(high.max())

        node = root_node(self._formula)
        return Node(tuple(tuple(hull(*ends) for ends in sums) for sums in self._spans(rows)), node.products)

    def _list_node(self, node: Node, rows: Rows) -> None:
        """Look at what may matter in a node or, where it is better known so, in its parts."""
        inside = np.ones(len(rows), dtype=np.bool_)
        for sums, ranges in zip(self._spans(rows), node.sums, strict=True):
            for (low, high), (first, last) in zip(sums, ranges, strict=True):
                inside &= (low <= last) & (high >= first)
        rows = rows[inside]
        if not rows.size or self._should_stop():
            return
        self._n_parts += 1
        parts = worst_split(self._formula, node)
        if parts is not None and (not parts or self._n_parts < _MOST_PARTS):
            for part in parts:
                self._list_node(part, rows)
            return
        n_tried = 0
        while rows.size and not self._should_stop():
            far, unknown = self._list_near(node, rows, n_tried)
            n_tried += int(unknown.size > 0)
            rows = np.concatenate([unknown, far])

    def _list_near(self, node: Node, rows: Rows, n_tried: int) -> tuple[Rows, Rows]:
        """List builds by lines that touch near the first of them.

        Gives the builds for which these are too far above, and those that were too many to come to an end.
        """
        made = surrogate(self._formula, node, self._slopes(node, int(rows[0]), is_touching=not n_tried % 2))
        problem = made.problem
        scores = score_totals(problem, _based_on(problem, self._known.totals.take(rows)))
        above = scores - self._known.logs[rows]
        is_near = above <= above[0] + _NEAR
        is_near[0] = True
        some = rows[is_near]
        filler = Filler(problem, precision=PRECISION)
        totals = _based_on(problem, self._totals.take(some))
        # What it fills soon tells which prices bound well; the walk leaves out what these bound too low.
        filler.scores(totals, int(self._known.logs[some].min()), should_stop=soon_over(self._should_stop))
        unfilled = filler.unfilled_scores(totals)
        inside = np.flatnonzero(unfilled > NO_BUILD)
        some, totals = some[inside], totals.take(inside)
        unknown = some[:0]
        if some.size:
            pool = [prices.multipliers for prices, _ in filler.bounds_by_prices(totals, LIKELY)]
            target = self._known.logs[some] - unfilled[inside]
            self._left_polls = _POLLS * _MORE ** (n_tried // 2) // (1 if n_tried % 2 else 4)
            model = self._model.with_values(problem, precision=PRECISION)
            is_found = self._list(model, some, target, pool, lines=made.lines)
            unknown = some[~is_found] if self._left_polls < 0 else unknown
        self._left_polls = _UNLIMITED
        far: Rows = rows[~is_near]
        return far, unknown

    def _is_over(self) -> bool:
        self._left_polls -= 1
        return self._left_polls < 0 or self._should_stop()

    def _slopes(self, node: Node, row: int, *, is_touching: bool) -> Slopes:
        """Slopes of lines with which fillings of a build are bounded well: those of a linear program of it alone.

        Or of those that touch where it is, of which more is dropped where sums are clipped.
        """
        points = [
            [float(self._formula.values(compiled, self._known.totals.levels[:, [row]])[0]) for compiled in sums]
            for sums in self._formula.sums
        ]
        touching = slopes_at(self._formula, node, points)
        if is_touching:
            return touching
        only = only_build(self._formula, [column[row : row + 1] for column in self._pieces])
        box = root_box(surrogate(only, node, touching, is_rough=True).problem)
        relaxation = NodeProgram(only, node, box, merge_pieces(only.problem)).solve(node)
        if not relaxation.is_solved:
            return touching
        # Where more of a sum is worth next to nothing, what counts no more would be dropped late.
        return tuple(
            tuple(max(slope, _LEAST_SHARE * most) for slope, most in zip(*of_factor, strict=True))
            for of_factor in zip(relaxation.slopes, touching, strict=True)
        )

    def _list(
        self,
        model: EveryOption,
        rows: Rows,
        target: IntArray,
        pool: Sequence[Multipliers],
        *,
        lines: Sequence[ClippedLine] = (),
    ) -> npt.NDArray[np.bool_]:
        """Take in the first fillings of some builds with their products that reach a target; which of them have one."""
        if not rows.size:
            return np.zeros(0, dtype=np.bool_)
        totals = self._totals.take(rows)
        listed = ListedFillings(self._formula, model, totals)
        prices = [FillingPrices(model, multipliers) for multipliers in pool]
        floor = np.full(len(rows), -4 * model.problem.score_bound)
        walked = WalkedFillings(model, totals.levels, totals.slots, floor=floor, pool=prices)
        scores = [self._scores[row] for row in rows.tolist()]
        guide = _FirstOf(self._formula, model, listed, totals=totals, scores=scores, lines=lines)
        walked.listed(target, listed.note, self._is_over, guide=guide)
        self._best.take_in(rows, listed)
        return guide.is_found(np.arange(len(rows)))


class _FirstOf:
    """Guides a walk to the first filling of each build with its product (`Guide`).

    Partial fillings are told apart by levels that are not settled, and by sums, as far as they count: what adds the
    same from then on leads to the same products, and to no smaller ones where sums are larger. Lines count beyond where
    sums are clipped, which products do not.
    """

    def __init__(
        self,
        formula: FormulaProblem,
        model: EveryOption,
        listed: ListedFillings,
        *,
        totals: BlockTotals,
        scores: Sequence[int],
        lines: Sequence[ClippedLine],
    ) -> None:
        self._formula, self._model, self._totals = formula, model, totals
        self._listed, self._scores, self._lines = listed, np.array([*scores, 0], dtype=object)[:-1], lines
        last = dict[int, int]()
        for number, step in enumerate(model.steps):
            touched = np.flatnonzero(model.decorations.levels[list(step.decorations)].any(axis=0)).tolist()
            last |= dict.fromkeys(touched, number)
        features = formula.problem.features
        for e, feature in enumerate(features):
            if feature.raised_by >= 0:
                last[e] = last[feature.raised_by] = max(last.get(e, -1), last.get(feature.raised_by, -1))
        #: The last step that changes a feature, or what it is worth.
        self._last = last
        self._involved = np.array(model.involved, dtype=np.intp)
        self._limited = [e for e in model.involved if features[e].n_limits]
        #: Whether a decoration takes levels.
        self._falls = bool((model.decorations.levels < 0).any())

    def _levels(self, build: IntArray, entries: IntArray) -> IntArray:
        levels: IntArray = self._totals.levels[:, build]
        levels[self._involved] = self._model.low[self._involved][:, None] + entries
        return levels

    def apart(self, build: IntArray, entries: IntArray, number: int) -> Apart:
        """See `Guide`."""
        levels = self._levels(build, entries)
        columns = [entries[q] for q, e in enumerate(self._model.involved) if self._last.get(e, -1) >= number]
        columns += [self._formula.problem.features[e].misses(levels[e]).astype(np.int64) for e in self._limited]
        # Where all sums so far are worth something none becomes less, nor the product by more of them.
        rises, totals = np.full(len(build), not self._falls), list[IntArray]()
        for f, (sums, scaled_sums) in enumerate(zip(self._formula.sums, self._formula.scaled.sums, strict=True)):
            clipped = []
            for compiled, scaled in zip(sums, scaled_sums, strict=True):
                value = self._formula.values(compiled, levels)
                clipped.append(scaled.clipped(value))
                rises &= (clipped[-1] >= 0).astype(np.bool_)
                most = scaled.ends[1]
                if most is not None and most < compiled.high:
                    # No build has less than the lowest, which an end far below that may not fit beside.
                    value = np.minimum(value, max(most, compiled.low))
                totals.append(np.unique(value, return_inverse=True)[1].reshape(-1).astype(np.int64))
            rises &= (self._formula.scaled.finished(f, clipped) >= 0).astype(np.bool_)
        return Apart(columns, totals, rises)

    def excess(self, build: IntArray, entries: IntArray) -> IntArray:
        """See `Guide`."""
        excess = np.zeros(len(build), dtype=np.int64)
        levels = self._levels(build, entries) if self._lines else excess
        for line in self._lines:
            excess += line.excess(self._formula.values(line.compiled, levels), levels)
        return excess

    def is_found(self, build: IntArray) -> npt.NDArray[np.bool_]:
        """See `Guide`."""
        is_best: npt.NDArray[np.bool_] = self._listed.is_there & (self._listed.scores >= self._scores)
        return is_best[build]


def _based_on(problem: Problem, totals: BlockTotals) -> BlockTotals:
    """Totals of a formula's problem, which scores nothing by itself, as those of a surrogate."""
    return replace(totals, linear=totals.linear + problem.base_linear)
