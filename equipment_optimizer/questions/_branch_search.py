"""One best build by branching on pieces and decorations, where only its score matters.

The bounded engine enumerates combinations in order of their bound, which suits long
lists and ranks. For a single score, where thousands of builds tie, it is quicker to
fix pieces one part after the other: each choice is bounded anew by the relaxation of
what is left, and what cannot be better is dropped at once. Bounds are integers, so the
answer is exact whatever the solver says. The prices of all relaxations are tried on
every choice before it is relaxed itself (`_price_pool`), and as soon as they leave few
combinations those are filled together. Whatever build a relaxation is nearest to is
filled at once, not necessarily in the best way (`greedy`): most questions end there.

With the bounded engine in its place a question about what else fits takes 0.10 in
place of 0.03 s on the example, 0.12 in place of 0.02 s on world_hr_small, 0.22 to
0.73 in place of 0.05 to 0.18 s on world_all, and nine tight minima find no answer in
a minute that take 0.25 s here.

Array axes: J places for decorations (`BoxLp.places`), C set bonuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..problem.scoring import BlockTotals, score_totals, total_columns
from ..search.filling.filler import Filler
from ..search.filling.greedy import QuickFilling
from ..search.relaxation.bounds import Box, root_box, usual_precision
from ..search.relaxation.box_lp import WHOLE, BoxLp
from ..search.relaxation.piece_classes import merge_pieces
from ._price_pool import PricePool, Rows

__all__ = ["BranchSearch", "Leaves"]

IntArray = npt.NDArray[np.int64]

#: So few combinations are scored rather than branched on: as long as a relaxation
#: takes (about a millisecond).
_FEW = 6

#: So many are listed and filled together rather than branched on, and so many looked at for that.
_FILLED = 2_048
_LISTED = 10**6

#: After so many relaxations the builds that they are nearest to are not tried any more: one in a hundred is one.
_MOST_NEAREST = 8

#: Of some combinations the place of one that scores so much, and its decorations, shape (D,); None where there is none.
Leaves = Callable[[BlockTotals, int], tuple[int, IntArray] | None]


@dataclass(frozen=True, eq=False)
class _Node:
    """Classes of each part that may be used, and a scaled bound that was inherited."""

    rows: Rows
    bound: int | None = None

    @property
    def n_combinations(self) -> int:
        return math.prod(len(chosen) for chosen in self.rows)

    def with_class(self, b: int, i: int, bound: int) -> _Node:
        """The node with one of its classes of a part."""
        return _Node((*self.rows[:b], self.rows[b][i : i + 1], *self.rows[b + 1 :]), bound)


class BranchSearch:
    """The best score of a problem whose body parts take one piece each.

    `best` is the highest score of at least `least_score`, or one below it; `best_levels` (F), `best_rows` and
    `best_counts` (D,) are a build's with that score, where they are known: its slots may have room for more.
    `first_bound` is what the first relaxation says that no build exceeds. `is_settled` means that none scores a whole
    `unit` above `least_score` more; `should_stop` is polled at every relaxation. `priced` are features that some
    bound depended on, with the first price that was not 0, scaled: the others play no part in what was ruled out.
    """

    def __init__(
        self,
        problem: Problem,
        least_score: int,
        *,
        unit: int = 1,
        should_stop: Callable[[], bool] | None = None,
        fills_slots: bool = False,
        like: BranchSearch | None = None,
        leaves: Leaves | None = None,
        on_few: Callable[[Sequence[npt.NDArray[np.intp]]], None] | None = None,
    ) -> None:
        """The search of `like`, of the same problem with other values, is over: its relaxation is gone on with.

        `on_few` is told all combinations of classes that may score enough, few at a time: nothing is scored then.
        Where `fills_slots`, free slots are worth less than a unit together and guide the relaxation alone.
        """
        self.problem = problem
        self.best = least_score - 1
        self.best_levels: list[int] | None = None
        self.best_rows: tuple[int, ...] | None = None
        self.best_counts: IntArray | None = None
        self.least_score = least_score
        self._unit = unit
        self.is_settled = True
        self.priced: dict[int, int] = {}
        self._should_stop = should_stop
        self._leaves = leaves
        self._on_few = on_few
        self._enough: int | None = None
        self._n_relaxed = 0
        self.first_bound: int | None = None
        self._box: Box = root_box(problem)
        self._precision = usual_precision(problem)
        self._filler: Filler | None = None
        self._quick = None
        if problem.decorations is not None:
            free = np.zeros_like(problem.slot_weights)
            self._quick = QuickFilling(replace(problem, slot_weights=free) if fills_slots else problem)
        if like is None or like._precision != self._precision:
            self.classes = merge_pieces(problem)
            self._lp = BoxLp(problem, self.classes, self._box, self._precision)
        else:
            self.classes, self._lp = like.classes, like._lp
            self._lp.revalue(problem)
        self._pool = PricePool(problem, self.classes, self._box, self._precision)

    def run(self, *, enough: int | None = None, first: Sequence[tuple[int, ...]] = ()) -> None:
        """Search until nothing better is left, or a score is `enough`; `first` are rows of each part to begin with."""
        self._enough = enough
        if first:
            self._fill_first(list(np.array(first, dtype=np.intp).T))
        self._branch(tuple(np.arange(len(part)) for part in self.classes))
        self.priced = dict.fromkeys(sorted(self._pool.used), 0) | self.priced

    def again(self, least_score: int, *, enough: int) -> None:
        """Search for a lower score, after nothing was found: what prices said stays true."""
        self.least_score, self.best = least_score, least_score - 1
        self.run(enough=enough)

    def keeps(self, rows: Rows) -> bool | None:
        """Whether some build of these classes of each part scores enough; None where that was not found out.

        If one does, `best_rows` are such a build's, where they are known.
        """
        self._enough, self.best = self.least_score, self.least_score - 1
        self._n_relaxed, self.best_rows = 0, None
        left = self.left(rows)
        if left is not None:
            self._branch(left)
        return True if self._is_enough else None if not self.is_settled else False

    def left(self, rows: Rows) -> Rows | None:
        """Of some classes of each part those that known prices do not rule out; None where none is left."""
        return self._pool.left(rows, self._precision * self.least_score)

    def few(self, rows: Rows, most: int) -> list[npt.NDArray[np.intp]] | None:
        """Combinations of some classes, one column a part, that known prices do not rule out; None where many."""
        if math.prod(map(len, rows)) > _LISTED:
            return None
        return self._pool.combinations(rows, self._precision * self.least_score, most)

    def every(self, rows: Rows, most: int, n_steps: int) -> list[npt.NDArray[np.intp]] | None:
        """Combinations of some classes, one column a part, of which none is left out that scores enough.

        None where there are more than `most`, or so many relaxations do not tell.
        """
        picks = self.few(rows, most)
        if picks is not None:
            return picks
        listed, n_listed, n_left = [[np.zeros(0, dtype=np.intp)] * len(rows)], 0, n_steps

        def take(some: Sequence[npt.NDArray[np.intp]]) -> None:
            nonlocal n_listed
            listed.append(list(some))
            n_listed += len(some[0])

        def is_over() -> bool:
            nonlocal n_left
            n_left -= 1
            return n_left < 0 or n_listed > most or (should_stop is not None and should_stop())

        should_stop, on_few = self._should_stop, self._on_few
        self._should_stop, self._on_few, self._enough, self.best = is_over, take, None, self.least_score - 1
        self._branch(rows)
        is_known = self.is_settled and n_listed <= most
        self._should_stop, self._on_few, self.is_settled = should_stop, on_few, True
        return list(map(np.concatenate, zip(*listed, strict=True))) if is_known else None

    def _branch(self, rows: Rows) -> None:
        """Depth first, on a stack of its own."""
        stack = [_Node(rows)]
        while stack:
            node = stack.pop()
            if self._is_enough:
                return
            if node.bound is not None and not self._may_beat(node.bound):
                continue
            left = self._pool.left(node.rows, self._precision * self._wanted)
            if left is None:
                continue
            node = replace(node, rows=left)
            if self._should_stop is not None and self._should_stop():
                self.is_settled = False
                return
            stack.extend(reversed(self._children(node)))

    @property
    def _is_enough(self) -> bool:
        """Whether nothing better is asked for."""
        return self._enough is not None and self.best >= self._enough

    @property
    def _wanted(self) -> int:
        """The least score that is a whole unit better than the best so far."""
        return self.least_score + ((self.best - self.least_score) // self._unit + 1) * self._unit

    def _may_beat(self, bound: int) -> bool:
        """Whether something with this scaled bound may be better than the best so far."""
        return bound // self._precision >= self._wanted

    def _children(self, node: _Node) -> list[_Node]:
        """What is left of a node once it is bounded: nothing, or its branches, the most promising first."""
        while True:
            n_combinations = node.n_combinations
            if n_combinations <= _FEW and self._quick is None:
                grid = np.indices([len(chosen) for chosen in node.rows]).reshape(len(node.rows), -1)
                self._score([chosen[place] for chosen, place in zip(node.rows, grid, strict=True)])
                return []
            bound, losses = self._relaxed(node)
            self._n_relaxed += 1
            if self._may_beat(bound) and self._n_relaxed <= _MOST_NEAREST:
                self._try_nearest(node)
            if not self._may_beat(bound):
                return []
            slack = bound - self._precision * self._wanted
            rows = tuple(chosen[loss <= slack] for chosen, loss in zip(node.rows, losses, strict=True))
            left = self._pool.left(rows, self._precision * self._wanted)
            if left is None:
                return []
            losses = [
                loss[np.searchsorted(before, after)]
                for loss, before, after in zip(losses, node.rows, left, strict=True)
            ]
            node = _Node(left)
            if 2 * node.n_combinations > n_combinations:
                break
        if node.n_combinations <= _LISTED:
            picks = self._pool.combinations(node.rows, self._precision * self._wanted, _FILLED)
            if picks is not None:
                self._score(picks)
                return []
        shares = [
            self._lp.shares[start + chosen] for start, chosen in zip(self._lp.part_starts, node.rows, strict=False)
        ]
        several = [b for b, share in enumerate(shares) if len(share) > 1]
        branched = min([b for b in several if shares[b].max() < 1 - WHOLE] or several, key=lambda b: len(node.rows[b]))
        order = np.lexsort((losses[branched], -shares[branched]))
        return [node.with_class(branched, i, bound - int(losses[branched][i])) for i in order.tolist()]

    def _relaxed(self, node: _Node) -> tuple[int, list[IntArray]]:
        """A bound on what can be made of a node, and what each of its classes loses against the best."""
        counts = None
        if self.problem.bonus_names:
            n_features = self.problem.n_features
            bonuses = [part.totals[chosen, n_features:] for part, chosen in zip(self.classes, node.rows, strict=True)]
            low = self.problem.base_bonus_counts + sum(of_part.min(axis=0) for of_part in bonuses)
            counts = low, self.problem.base_bonus_counts + sum(of_part.max(axis=0) for of_part in bonuses)
        multipliers = self._lp.prices_of(node.rows, counts=counts)
        self.priced = {f: p for f, p in enumerate(multipliers.price[: self.problem.n_features]) if p} | self.priced
        bound, loss = self._pool.add(multipliers, counts)
        losses = [loss[start + chosen] for start, chosen in zip(self._lp.part_starts, node.rows, strict=False)]
        least = [int(of_part.min()) for of_part in losses]
        if self.first_bound is None:
            self.first_bound = (bound - sum(least)) // self._precision
        return bound - sum(least), [of_part - low for of_part, low in zip(losses, least, strict=True)]

    def _try_nearest(self, node: _Node) -> None:
        """Fill the build that the last relaxation is nearest to: often it is as good as the bound."""
        if self._quick is None or self._on_few is not None:
            return
        assert self.problem.decorations is not None
        nearest = self._lp.nearest(node.rows)
        columns = [
            part.first[chosen[i : i + 1]] for part, chosen, i in zip(self.classes, node.rows, nearest, strict=True)
        ]
        contents = np.array([d for d, _ in self._lp.places], dtype=np.int64)
        placed = np.bincount(contents, self._lp.placed, len(self.problem.decorations.index))
        begin = np.floor(placed + WHOLE).astype(np.int64)
        score = self._quick.score(total_columns(self.problem, columns), begin)
        if score > self.best:
            self.best, self.best_levels = score, self._quick.levels.tolist()
            self.best_rows = tuple(int(column[0]) for column in columns)

    def filler(self) -> Filler:
        """What fills the problem's slots; few questions come to it, and it takes as long as twenty relaxations."""
        self._filler = self._filler or Filler(self.problem, precision=self._precision)
        return self._filler

    def _score(self, picks: Sequence[npt.NDArray[np.intp]]) -> None:
        """Score combinations of classes, one column a part, whatever decorations they hold."""
        if self._on_few is not None:
            self._on_few(picks)
            return
        if not len(picks[0]):
            return
        columns = [part.first[chosen] for part, chosen in zip(self.classes, picks, strict=True)]
        self.priced = dict.fromkeys(range(self.problem.n_features), 0) | self.priced
        if self._leaves is not None:
            self._fill_first(columns)
            return
        totals = total_columns(self.problem, columns)
        if self._quick is None:
            scores = score_totals(self.problem, totals)
        else:
            filler = self.filler()
            filler.add_prices(self._lp.last_prices)
            is_enough = self._enough is not None and self._enough <= self._wanted
            n_wanted = 1 if is_enough else None
            scores = filler.scores(totals, self._wanted, n_wanted=n_wanted, is_enough=is_enough)
        best = int(scores.argmax())
        if scores[best] > self.best:
            self.best = int(scores[best])
            self.best_levels = totals.levels[:, best].tolist() if self._quick is None else None
            self.best_rows = tuple(int(column[best]) for column in columns) if self._quick is None else None

    def _fill_first(self, columns: Sequence[npt.NDArray[np.intp]]) -> None:
        """Fill combinations, by part, one after the other until one scores enough."""
        if self._leaves is None or not len(columns[0]):
            return
        assert self.problem.decorations is not None and self._quick is not None
        totals = total_columns(self.problem, columns)
        while not self._is_enough and (filling := self._leaves(totals, self._wanted)) is not None:
            place, counts = filling
            of_build = totals.take(np.array([place]))
            # What is left of its slots goes to what nobody asked for.
            if self._quick.score(of_build, counts) < self._wanted:
                self._quick.levels = of_build.levels[:, 0] + counts @ self.problem.decorations.levels
            levels = self._quick.levels.tolist()
            self.best = sum(f.value.at(level) for f, level in zip(self.problem.features, levels, strict=True))
            self.best_levels, self.best_rows = levels, tuple(int(column[place]) for column in columns)
            self.best_counts = counts
