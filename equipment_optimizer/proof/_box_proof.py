"""One box: the combinations that its prices leave, and further prices that rule those out.

The same bounds as the checker's, for many combinations at once. In: a problem, a list and
a box. Out: the price vectors of the box, or that it is too large.

Array axes: V price vectors, N combinations, L positions, F features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import BlockTotals, total_columns
from ..search.relaxation.bounds import Box, Multipliers, Relaxed, relax, slot_values, total_functions
from ..search.relaxation.box_lp import BoxLp
from ..search.relaxation.piece_classes import PartClasses
from ._claim import Claim

__all__ = ["LeafPrices", "steepened"]

IntArray = npt.NDArray[np.int64]

#: Combinations at a step of a walk, and at its end, beyond which a box is too large.
_MOST_STEPS = 400_000
_MOST_LEAVES = 60_000

#: Shares of the slack that are walked one after the other, each with the prices found before.
_STAGES = (0.125, 0.25, 0.5, 1.0)

#: Combinations of which prices of their own are tried at a time, and vectors of a box.
_TRIED = 48
_MOST_VECTORS = 60

#: Vectors that rule nothing out and bound nearer, and what share of all gaps each must leave at most.
_MOST_TIGHTENING = 24
_WORTH_TIGHTENING = 0.97

#: Below every bound that means anything.
_NEVER = -(2**61)


class LeafPrices:
    """Finds the vectors of one box; `hard` combinations are left to the checker's branching."""

    def __init__(
        self, problem: Problem, classes: Sequence[PartClasses], box: Box, *, claim: Claim, precision: int
    ) -> None:
        self._problem = problem
        self._classes = classes
        self._box = box
        self._claim = claim
        self._precision = precision
        self._lp = BoxLp(problem, classes, box, precision)
        self._positions = [classes[part] for part in problem.positions]
        self._row_of = claim.row_by_class(self._positions)
        self.vectors: list[Multipliers] = []
        self._relaxed: list[Relaxed] = []
        self.n_hard = 0

    def find(self, main: Multipliers) -> bool:
        """Fill `vectors`, beginning with the main prices of the box; false where it is too large."""
        self._add(main)
        slack = self._relaxed[0].bound_scaled - self._precision * self._claim.least
        for share in _STAGES if slack >= 0 else ():
            picks = self._leaves(int(slack * share))
            if picks is None:
                return False
            if picks.shape[1]:
                self._cover(picks)
        return True

    def _add(self, multipliers: Multipliers) -> None:
        self.vectors.append(multipliers)
        self._relaxed.append(relax(self._problem, self._classes, self._box, multipliers, self._precision))

    def _leaves(self, slack: int) -> npt.NDArray[np.int32] | None:
        """Combinations of classes within the first vector's slack that no vector rules out, (L, N); None: too many."""
        claim, least_scaled = self._claim, self._precision * self._claim.least
        slacks = [min(relaxed.bound_scaled - least_scaled, 2**61) for relaxed in self._relaxed]
        slacks[0] = min(slacks[0], slack)
        tie_slack = [
            min(r, relaxed.bound_scaled - self._precision * (claim.least + claim.unit))
            for r, relaxed in zip(slacks, self._relaxed, strict=True)
        ]
        picks = np.zeros((0, 1), dtype=np.int32)
        used = np.zeros((len(slacks), 1), dtype=np.int64)
        order = np.zeros(1, dtype=np.int8)  # of the ranks of pieces so far and of the last row: -1, 0, 1
        for i, (part, classes) in enumerate(zip(self._problem.positions, self._positions, strict=True)):
            loss = np.array([relaxed.loss[part] for relaxed in self._relaxed])
            if used.shape[1] * len(classes) > 400 * _MOST_STEPS:
                return None
            parent, child = np.nonzero(used[0][:, None] + loss[0][None, :] <= slacks[0])
            for v in range(1, len(slacks)):
                keep = used[v, parent] + loss[v, child] <= slacks[v]
                parent, child = parent[keep], child[keep]
            now = order[parent]
            if claim.last is not None:
                first = classes.first[child]
                now = np.where(now == 0, np.sign(first - claim.last[i]), now).astype(np.int8)
                total = used[:, parent] + loss[:, child]
                in_time = (now <= 0) | (total <= np.array(tie_slack)[:, None]).all(axis=0)
                parent, child, now = parent[in_time], child[in_time], now[in_time]
            if len(parent) > _MOST_STEPS:
                return None
            order = now
            used = used[:, parent] + loss[:, child]
            picks = np.vstack([picks[:, parent], child[None, :].astype(np.int32)])
        return picks if picks.shape[1] <= _MOST_LEAVES else None

    def _cover(self, picks: npt.NDArray[np.int32]) -> None:
        """Add vectors until every combination is ruled out that some vector of its own rules out."""
        pieces = [classes.first[pick] for classes, pick in zip(self._positions, picks, strict=True)]
        totals = total_columns(self._problem, pieces)
        goals = self._goals(picks, pieces)
        left = self._inside(totals)
        for relaxed in self._relaxed:
            left &= self._bounds(relaxed.multipliers, totals) >= goals
        tried = np.zeros(len(left), dtype=np.bool_)
        while (rows := np.flatnonzero(left & ~tried)).size and len(self.vectors) < _MOST_VECTORS:
            # Spread over what is left: neighbours are ruled out by the same prices.
            rows = rows[np.unique(np.linspace(0, rows.size - 1, _TRIED).astype(np.int64))]
            tried[rows] = True
            best: tuple[int, Multipliers] | None = None
            open_rows = np.flatnonzero(left)
            subset = totals.take(open_rows)
            for vector in dict.fromkeys(vector for row in rows.tolist() for vector in self._prices_of(picks[:, row])):
                n_out = int((self._bounds(vector, subset) < goals[open_rows]).sum())
                if n_out and (best is None or n_out > best[0]):
                    best = n_out, vector
            if best is not None:
                self._add(best[1])
                left[open_rows] &= self._bounds(best[1], subset) >= goals[open_rows]
                tried &= ~left
                tried[rows] &= best[0] == 0
        self.n_hard = int(left.sum())
        if self.n_hard:
            self._tighten(picks, totals, goals, np.flatnonzero(left))

    def _tighten(
        self, picks: npt.NDArray[np.int32], totals: BlockTotals, goals: IntArray, hard: npt.NDArray[np.intp]
    ) -> None:
        """Add vectors that bound nearer what no vector rules out: the checker's branching is the shorter for it."""
        bounds = np.min([self._bounds(relaxed.multipliers, totals.take(hard)) for relaxed in self._relaxed], axis=0)
        worst = np.argsort(goals[hard] - bounds, kind="stable")[:_TRIED]
        spread = np.union1d(worst, np.linspace(0, len(hard) - 1, _TRIED).astype(np.int64))
        candidates = list(dict.fromkeys(v for row in hard[spread].tolist() for v in self._prices_of(picks[:, row])))
        subset = totals.take(hard)
        # The branching takes far longer where the bound is far off.
        above = np.min([self._bounds(relaxed.multipliers, subset) for relaxed in self._relaxed], axis=0) - goals[hard]
        above = (np.maximum(above, 0) / self._precision) ** 3
        tried = [(np.maximum(self._bounds(v, subset) - goals[hard], 0) / self._precision) ** 3 for v in candidates]
        for _ in range(min(_MOST_TIGHTENING, len(tried))):
            left = [float(np.minimum(above, bounds).sum()) for bounds in tried]
            best = int(np.argmin(left))
            if left[best] > _WORTH_TIGHTENING * float(above.sum()):
                break
            self._add(candidates[best])
            above = np.minimum(above, tried[best])

    def _goals(self, picks: npt.NDArray[np.int32], pieces: Sequence[IntArray]) -> IntArray:
        """What a bound of each combination has to be below, scaled."""
        claim = self._claim
        goals = np.full(picks.shape[1], claim.least, dtype=np.int64)
        if claim.last is not None:
            late = np.zeros(picks.shape[1], dtype=np.int8)
            for column, last in zip(pieces, claim.last, strict=True):
                late = np.where(late == 0, np.sign(column - last), late).astype(np.int8)
            goals[late > 0] += claim.unit
        for n, key in enumerate(map(tuple, picks.T.tolist())):
            if key in self._row_of:
                goals[n] = self._row_of[key] + claim.unit
        return goals * self._precision

    def _inside(self, totals: BlockTotals) -> npt.NDArray[np.bool_]:
        """Which combinations the box may hold."""
        inside = np.ones(totals.linear.size, dtype=np.bool_)
        n_features = self._problem.n_features
        for e, (low, high) in enumerate(zip(self._box.low, self._box.high, strict=True)):
            if e >= n_features:
                inside &= (totals.bonus_counts[e - n_features] >= low) & (totals.bonus_counts[e - n_features] <= high)
            elif self._most(e) == 0:
                inside &= (totals.levels[e] >= low) & (totals.levels[e] <= high)
        return inside

    def _most(self, f: int) -> int:
        """The most levels that one decoration gives."""
        decorations = self._problem.decorations
        return 0 if decorations is None else int(decorations.levels[:, f].max(initial=0))

    def _bounds(self, multipliers: Multipliers, totals: BlockTotals) -> IntArray:
        """No filling of a combination scores more, scaled; (N,)."""
        problem, precision = self._problem, self._precision
        values = np.array(slot_values(problem, multipliers, precision), dtype=np.int64)
        bounds = precision * totals.linear + values @ totals.slots if len(values) else precision * totals.linear
        if multipliers.stock_price and problem.decorations is not None:
            bounds = bounds + sum(
                p * n for p, n in zip(multipliers.stock_price, problem.decorations.stock.tolist(), strict=True) if p
            )
        n_slots = int(totals.slots.sum(axis=0).max(initial=0))
        for f, price in enumerate(multipliers.price[: problem.n_features]):
            levels = totals.levels[f]
            functions = total_functions(problem.features[f], self._box)
            raised = None
            if len(functions) == 2 and self._most(problem.features[f].raised_by) == 0:
                raised = totals.levels[problem.features[f].raised_by] >= 1
            shares = [self._shares(f, function, price, levels, n_slots * self._most(f)) for function in functions]
            share = (
                shares[0]
                if len(shares) == 1
                else np.maximum(*shares)
                if raised is None
                else np.where(raised, shares[1], shares[0])
            )
            bounds = bounds + price * levels + share
        return np.asarray(bounds)

    def _shares(self, f: int, function: object, price: int, levels: IntArray, n_more: int) -> IntArray:
        """The most of a function less the price over what decorations can make of levels, limits kept."""
        feature, precision = self._problem.features[f], self._precision
        least = max(self._box.low[f], -(2**40) if feature.minimum is None else feature.minimum)
        most = min(self._box.high[f], 2**40 if feature.maximum is None else feature.maximum)

        def worth(x: IntArray) -> IntArray:
            value = precision * function(x) - price * x  # type: ignore[operator]
            return np.where((x >= least) & (x <= most), value, _NEVER)

        if not n_more:
            return worth(levels)
        low, high = int(levels.min()), int(levels.max())
        table = worth(np.arange(low, high + n_more + 1))
        best = table[: high - low + 1].copy()
        for k in range(1, n_more + 1):
            np.maximum(best, table[k : k + len(best)], out=best)
        return best[levels - low]

    def _prices_of(self, picks: npt.NDArray[np.int32]) -> list[Multipliers]:
        """Prices that fit one combination; where it keeps no limits, steep ones."""
        rows = [np.zeros(0, dtype=np.intp) for _ in self._classes]
        for part, pick in zip(self._problem.positions, picks.tolist(), strict=True):
            rows[part] = np.append(rows[part], pick)
        multipliers = self._lp.prices_of(rows)
        return [multipliers, *steepened(self._problem, multipliers)] if not self._lp.was_optimal else [multipliers]


def steepened(problem: Problem, multipliers: Multipliers) -> list[Multipliers]:
    """Along a ray either way, near and far: its sign is not documented."""
    return [multipliers.scaled(problem, factor) for factor in (-(2**24), -(2**12), -(2**4), 2**4, 2**12, 2**24)]
