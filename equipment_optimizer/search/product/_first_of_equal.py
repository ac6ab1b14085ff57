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
from ..filling.filler import Filler
from ..filling.tables.prices import FillingPrices
from ..filling.walking.staged_walk import WalkedFillings
from ..relaxation.bounds import Multipliers
from ._curves import ONE, PRECISION, floor_log
from ._fillings import LIKELY, EveryOption, ListedFillings, soon_over
from ._nodes import Node, Range, root_node, worst_split
from ._outcome import Row
from ._products import Contents
from ._surrogate import slopes_at, surrogate

__all__ = ["with_first_fillings"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Builds are listed together where a surrogate is no further above their products than for the first, in units.
_NEAR = ONE >> 5

#: Parts of which a node is divided no further.
_MOST_PARTS = 64


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
    listing = _Listing(formula, totals.take(first), [rows[row] for row in first.tolist()], should_stop)
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
        self, formula: FormulaProblem, totals: BlockTotals, rows: Sequence[Row], should_stop: Callable[[], bool]
    ) -> None:
        self._formula, self._totals, self._should_stop = formula, totals, should_stop
        self._scores = [score for score, _, _ in rows]
        self._model = EveryOption.of(formula)
        self._best = ListedFillings(formula, self._model, totals)
        self._known = self._known_of([contents for _, _, contents in rows])
        self._n_parts = 0

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
        positive = np.flatnonzero(is_positive)
        if positive.size:
            self._list_node(self._hull(positive), positive)
        if self._should_stop():
            return None
        is_there, scores, contents = self._best.listed()
        if not is_there.all() or scores.tolist() != self._scores:
            raise AssertionError("no filling comes to what was found for its build")
        return contents

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
        while rows.size and not self._should_stop():
            rows = self._list_near(node, rows)

    def _list_near(self, node: Node, rows: Rows) -> Rows:
        """List builds by lines that touch near the first of them; the builds for which these are too far above."""
        points = [
            [float(self._formula.values(compiled, self._known.totals.levels[:, rows[:1]])[0]) for compiled in sums]
            for sums in self._formula.sums
        ]
        problem = surrogate(self._formula, node, slopes_at(self._formula, node, points)).problem
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
        if some.size:
            pool = [prices.multipliers for prices, _ in filler.bounds_by_prices(totals, LIKELY)]
            self._list(self._model.with_values(problem), some, self._known.logs[some] - unfilled[inside], pool)
        far: Rows = rows[~is_near]
        return far

    def _list(self, model: EveryOption, rows: Rows, target: IntArray, pool: Sequence[Multipliers]) -> None:
        """Take in all fillings of some builds that reach a target."""
        if not rows.size:
            return
        totals = self._totals.take(rows)
        listed = ListedFillings(self._formula, model, totals)
        prices = [FillingPrices(model, multipliers) for multipliers in pool]
        floor = np.full(len(rows), -4 * model.problem.score_bound)
        walked = WalkedFillings(model, totals.levels, totals.slots, floor=floor, pool=prices)
        walked.listed(target, listed.note, self._should_stop)
        self._best.take_in(rows, listed)


def _based_on(problem: Problem, totals: BlockTotals) -> BlockTotals:
    """Totals of a formula's problem, which scores nothing by itself, as those of a surrogate."""
    return replace(totals, linear=totals.linear + problem.base_linear)
