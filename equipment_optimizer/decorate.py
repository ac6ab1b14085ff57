"""The best filling of free slots with decorations, exact, for many builds at once.

In come totals before any decoration and the slots by kind, out comes the most
that features, decorations and slots left free can score together. Given a price
for every level, each slot has a best content of its own, which bounds every
filling (`bounds` has the argument); the prices that decided one filling usually
decide its neighbours, so a pool of them is kept. A filling that reaches its bound
is optimal; the fillings within a slack of the bound are walked in vectorised
steps, and the slack grows until one is found.

Among fillings of equal score the one written is the one that branch and bound
meets first when it starts from nothing, or where that gives up, the first in this
order: slots by kind, the highest level first, each kind's contents in file order
with slots left free before them. Either depends on the build alone.

Array axes: G builds (groups of equal totals), F features, K slot kinds, R rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .bounds import Multipliers, slot_values
from .compiled_filling import UNDECIDED, CompiledFilling
from .filling_tree import FillingTree
from .problem import CompiledDecorations, Problem
from .scoring import BlockTotals, feature_values, total_columns
from .topk import NO_BUILD, RankCode
from .valuefunction import ValueFunction

__all__ = ["FilledScores", "Filler", "Filling"]

IntArray = npt.NDArray[np.int64]

#: Prices are rounded to 1 / 1024 of a score unit where 64 bits allow.
_PRECISION = 1024

#: Rows walked together; more are walked in halves, one after the other.
_MAX_ROWS = 200_000

#: Prices kept. Each costs F look-ups a build, so only those that decided something
#: recently are worth keeping. benchmarks/filling.py.
_POOL_SIZE = 8

#: Builds filled before the compiled kernel is loaded: below, the import of Numba
#: (0.4 s) would cost more than it saves. benchmarks/filling.py.
_COMPILED_FROM = 400

#: Far below every share of a bound; several of them can be added.
_NEVER = -(2**56)


@dataclass(frozen=True, eq=False)
class Filling:
    """Contents of one build's slots.

    Attributes
    ----------
    counts : dict of int to int
        Number of each decoration, by its place in `CompiledDecorations`.
    free : tuple of int, length K
        Slots left free, by kind.
    """

    counts: dict[int, int]
    free: tuple[int, ...]


class _Prices:
    """One set of multipliers with everything that follows from it."""

    def __init__(self, filler: Filler, multipliers: Multipliers) -> None:
        problem, decorations = filler.problem, filler.decorations
        precision = filler.precision
        self.multipliers = multipliers
        self.price = np.array(multipliers.price, dtype=np.int64)
        self.slot_values = np.array(slot_values(problem, multipliers, precision), dtype=np.int64)
        worth = precision * decorations.linear + decorations.levels @ self.price
        self.constant = 0
        if multipliers.stock_price:
            paid = np.array(multipliers.stock_price, dtype=np.int64)
            worth = worth - paid
            self.constant = int((paid * np.maximum(decorations.stock, 0)).sum())
        # Options of each kind: (loss, option), smallest loss first; option 0 leaves the slot free.
        self.options: list[tuple[IntArray, IntArray]] = []
        for k, weight in enumerate(problem.slot_weights.tolist()):
            fitting = np.flatnonzero(decorations.fits[:, k])
            loss = np.concatenate([[self.slot_values[k] - precision * weight], self.slot_values[k] - worth[fitting]])
            option = np.concatenate([[0], fitting + 1])
            order = np.argsort(loss, kind="stable")
            self.options.append((loss[order], option[order]))
        self._filler = filler
        self._tables: dict[tuple[int, int], tuple[int, IntArray]] = {}

    def share(self, e: int, mode: int, x: IntArray) -> IntArray:
        """Most that feature `e` at level `x` or above, less its price, can be worth; shape of `x`."""
        low, table = self._table(e, mode)
        return table[x - low]

    def _table(self, e: int, mode: int) -> tuple[int, IntArray]:
        key = (e, mode)
        if key not in self._tables:
            filler = self._filler
            low, high = filler.table_low[e], filler.table_high[e]
            x = np.arange(low, high + 1, dtype=np.int64)
            functions = filler.functions(e, mode)
            worth = np.max([filler.precision * function(x) for function in functions], axis=0) - self.price[e] * x
            minimum = filler.problem.features[e].minimum
            if minimum is not None:
                worth[x < minimum] = _NEVER
            if filler.may_fall[e]:
                worth[:] = worth.max()
            elif filler.may_rise[e]:
                worth = np.maximum.accumulate(worth[::-1])[::-1]
            self._tables[key] = (low, worth)
        return self._tables[key]


class Filler:
    """Fills the slots of builds of one problem; remembers prices between calls.

    Parameters
    ----------
    problem : Problem
        With decorations.
    use_lp : bool
        False: no solver is asked, prices stay as they are; slower, same answers.
    """

    def __init__(self, problem: Problem, *, use_lp: bool = True) -> None:
        assert problem.decorations is not None
        self.problem = problem
        self.decorations: CompiledDecorations = problem.decorations
        self.precision = max(1, min(_PRECISION, 2**50 // max(problem.score_bound, 1)))
        levels = self.decorations.levels
        self.may_rise: list[bool] = np.asarray(np.any(levels > 0, axis=0)).tolist()
        self.may_fall: list[bool] = np.asarray(np.any(levels < 0, axis=0)).tolist()
        self.table_low = [feature.low for feature in problem.features]
        self.table_high = [feature.high for feature in problem.features]
        self._caps = np.array([max(self._cap(e), self.table_low[e]) for e in range(problem.n_features)], dtype=np.int64)
        #: Decorations that may run out.
        self.limited = np.flatnonzero(self.decorations.stock >= 0)
        sizes = [high - low + 1 for low, high in zip(self.table_low, self.table_high, strict=True)]
        n_slots = sum(int(part.slots.sum(axis=1).max()) for part in problem.parts) * max(problem.space.counts)
        self.state_code = RankCode([*sizes, *([n_slots + int(problem.base_slots.sum()) + 1] * len(self.limited))])
        self.grain = self._grain()
        self._tree = self._make_tree() if use_lp else None
        self._suits_kernel = use_lp and CompiledFilling.is_supported(self) and FillingTree.is_supported(self)
        self._compiled: CompiledFilling | None = None
        self._n_filled = 0
        self._pool: list[_Prices] = []
        self.add_prices(Multipliers((0,) * problem.n_features))

    def _make_tree(self) -> FillingTree | None:
        """Branch and bound by a solver, where there is one and the problem suits it."""
        if not FillingTree.is_supported(self):
            return None
        try:
            return FillingTree(self)
        except ImportError:
            return None

    @property
    def n_lp_solves(self) -> int:
        """LP relaxations of fillings solved so far."""
        return 0 if self._tree is None else self._tree.n_solves

    # --- prices ----------------------------------------------------------------

    def add_prices(self, multipliers: Multipliers) -> None:
        """Put prices into the pool; any are valid."""
        own = Multipliers(multipliers.price[: self.problem.n_features], multipliers.stock_price)
        if all(prices.multipliers != own for prices in self._pool):
            self._pool.append(_Prices(self, own))

    # --- features ----------------------------------------------------------------

    def functions(self, e: int, mode: int) -> list[ValueFunction]:
        """What feature `e` may be: mode 0 as it is, 1 raised, 2 either."""
        feature = self.problem.features[e]
        if feature.raised_value is None or mode == 0:
            return [feature.value]
        return [feature.raised_value] if mode == 1 else [feature.value, feature.raised_value]

    def node_share(self, e: int, mode: int, x: IntArray, price: int) -> int:
        """A feature's share of a bound at one level, for a price that is not in the pool."""
        low, high = int(x[0]), self.table_high[e]
        if self.may_fall[e]:
            low = self.table_low[e]
        elif not self.may_rise[e]:
            high = low
        minimum = self.problem.features[e].minimum
        if minimum is not None:
            low = max(low, minimum)
        if low > high:
            return _NEVER
        return max(
            self.precision * function.at(at) - price * at
            for function in self.functions(e, mode)
            for at in function.corners(low, high)
        )

    def modes(self, levels: IntArray) -> IntArray:
        """For each build and feature whether its maximum is raised: 0 no, 1 yes, 2 open; shape (F, G)."""
        modes = np.zeros_like(levels)
        for e, feature in enumerate(self.problem.features):
            if feature.raised_value is not None:
                r = feature.raised_by
                now = levels[r] >= 1
                open_up, open_down = ~now & self.may_rise[r], now & self.may_fall[r]
                modes[e] = np.where(open_up | open_down, 2, now)
        return modes

    def _grain(self) -> int:
        """Every value is a multiple of this."""
        values = [*self.decorations.linear.tolist(), *self.problem.slot_weights.tolist()]
        for e in range(self.problem.n_features):
            for function in self.functions(e, 2):
                values += [*function.slope, *function.intercept]
        return math.gcd(*values) or 1

    def _cap(self, e: int) -> int:
        """Levels from here on are all worth the same; above the table where there is no such level."""
        feature = self.problem.features[e]
        functions = [f for f in (feature.value, feature.raised_value) if f is not None]
        if self.may_fall[e] or any(f.slope[-1] for f in functions):
            return feature.high
        cap = max((f.start[-1] if f.start else feature.low for f in functions), default=feature.low)
        cap = max(cap, feature.minimum if feature.minimum is not None else cap)
        raises = any(other.raised_by == e for other in self.problem.features)
        return max(cap, 1) if raises else cap

    def capped(self, levels: IntArray) -> IntArray:
        """Levels with everything above a cap at the cap; a new array."""
        result = levels.copy()
        self.cap_in_place(result)
        return result

    def cap_in_place(self, levels: IntArray) -> None:
        """Lower levels above a cap to the cap; further rows stay."""
        own = levels[: len(self._caps)]
        np.minimum(own.T, self._caps, out=own.T)

    # --- bounds --------------------------------------------------------------------

    def bounds(self, prices: _Prices, levels: IntArray, modes: IntArray, slots: IntArray) -> IntArray:
        """Upper bounds, scaled by the precision, on the best filling of each build; shape (G,)."""
        bound = prices.slot_values @ slots + prices.constant
        for e in range(len(levels)):
            bound = bound + self.share(prices, e, modes[e], levels[e]) + int(prices.price[e]) * levels[e]
        return bound

    def share(self, prices: _Prices, e: int, mode: IntArray, x: IntArray) -> IntArray:
        """A feature's share of the bound at level `x`, by mode; shape of `x`."""
        if self.problem.features[e].raised_value is None:
            return prices.share(e, 0, x)
        return np.select([mode == m for m in (0, 1, 2)], [prices.share(e, m, x) for m in (0, 1, 2)])

    # --- the best filling --------------------------------------------------------

    def best(self, levels: IntArray, slots: IntArray, needed: IntArray) -> IntArray:
        """The most that features, decorations and free slots can score.

        Parameters
        ----------
        levels : ndarray of int64, shape (F, G)
            Totals before any decoration, set bonuses included.
        slots : ndarray of int64, shape (K, G)
        needed : ndarray of int64, shape (G,)
            Builds whose best is lower need no exact answer.

        Returns
        -------
        ndarray of int64, shape (G,)
            The exact best where it is at least `needed`, else `NO_BUILD`.
        """
        groups = _Groups(self, levels, slots, needed)
        groups.rebound(self._pool)
        self._fill_compiled(groups)
        while (rows := groups.open_rows()).size:
            order = np.argsort(groups.floor[rows] * self.precision - groups.bound[rows], kind="stable")
            self._settle(groups, int(rows[order[0]]))
        del self._pool[1 : max(1, len(self._pool) - _POOL_SIZE)]
        return np.where(groups.best >= groups.floor, groups.best, NO_BUILD)

    def _fill_compiled(self, groups: _Groups) -> None:
        """Settle all open builds by the compiled kernel, but for those it hands back."""
        rows = groups.open_rows()
        if not rows.size or not self._may_compile(rows.size):
            return
        if self._compiled is None:
            self._compiled = CompiledFilling(self)
        own = (groups.levels[:, rows], groups.slots[:, rows], groups.modes[:, rows])
        best, root = self._compiled.best(*own, groups.floor[rows])
        decided = best != UNDECIDED
        groups.best[rows[decided]] = best[decided]
        groups.closed[rows[decided]] = True
        leader = int(np.argmax(groups.bound[rows] - self.precision * groups.floor[rows]))
        n_features = self.problem.n_features
        stock = np.zeros(len(self.decorations.index), dtype=np.int64)
        stock[self.limited] = root[leader, n_features:]
        self.add_prices(Multipliers(tuple(root[leader, :n_features].tolist()), tuple(stock.tolist())))

    def _may_compile(self, n_builds: int) -> bool:
        """Whether the kernel suits the problem, and enough is to be filled to load it."""
        self._n_filled += n_builds
        return self._suits_kernel and self._n_filled >= _COMPILED_FROM

    def scores(self, totals: BlockTotals, least_score: int = NO_BUILD) -> IntArray:
        """Scores of finished builds, their slots filled as well as possible.

        Parameters
        ----------
        totals : BlockTotals
        least_score : int
            Builds that score less need no exact answer.

        Returns
        -------
        ndarray of int64, shape (N,)
            `NO_BUILD` where a minimum is missed or the score is below `least_score`.
        """
        both = np.concatenate([self.capped(totals.levels), totals.slots])
        _, first, group = np.unique(both, axis=1, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        linear = np.full(len(first), NO_BUILD, dtype=np.int64)
        np.maximum.at(linear, group, totals.linear)
        needed = np.full(len(first), NO_BUILD) if least_score == NO_BUILD else least_score - linear
        value = self.best(totals.levels[:, first], totals.slots[:, first], needed)[group]
        return np.where(value == NO_BUILD, NO_BUILD, value + totals.linear)

    def _settle(self, groups: _Groups, row: int) -> None:
        """Find the best filling of one build."""
        if self._tree is not None:
            floor = int(groups.floor[row])
            best = self._tree.best(groups.levels[:, row], groups.slots[:, row], groups.modes[:, row], floor)
            prices = self._tree.root_multipliers
            if prices is not None and all(prices != known.multipliers for known in self._pool):
                self._pool.append(_Prices(self, prices))
                groups.rebound(self._pool[-1:])
            if best is not None:
                groups.best[row] = best
                groups.closed[row] = True
                return
        self._deepen(groups, row)

    def top_target(self, bound: IntArray) -> IntArray:
        """The highest value that a bound allows, as values come in multiples of the grain."""
        return bound // self.precision // self.grain * self.grain

    def _deepen(self, groups: _Groups, row: int) -> None:
        """Lower the target of one build until a filling reaches it or it does not matter."""
        rows = np.array([row])
        step = self.grain
        target = self.top_target(groups.bound[rows])
        while groups.is_open(rows)[0]:
            target = np.maximum(target - step, groups.floor[rows])
            self._walk_groups(groups, rows, target)
            if groups.best[row] == NO_BUILD and target[0] <= groups.floor[row]:
                groups.closed[row] = True
            step *= 2

    def fillings(self, levels: IntArray, slots: IntArray) -> list[Filling]:
        """The filling to write for each build: of those with the best score, the first in order.

        Parameters
        ----------
        levels : ndarray of int64, shape (F, G)
        slots : ndarray of int64, shape (K, G)

        Returns
        -------
        list of G Filling

        Notes
        -----
        The answer depends on the builds alone, not on the prices it is found with.
        """
        modes, capped = self.modes(levels), self.capped(levels)
        return [self._one_filling(capped[:, g], slots[:, g], modes[:, g]) for g in range(levels.shape[1])]

    def _one_filling(self, levels: IntArray, slots: IntArray, modes: IntArray) -> Filling:
        """The filling to write for one build."""
        if self._tree is not None:
            self._tree.forget()
            if self._tree.best(levels, slots, modes, -self.problem.score_bound) is not None:
                return Filling(*self._tree.filling())
        groups = _Groups(self, levels[:, None], slots[:, None], np.array([NO_BUILD]))
        groups.rebound(self._pool[:1])
        self._deepen(groups, 0)
        walk = _Walk(self, groups, groups.prices[int(groups.owner[0])], want_paths=True)
        walk.run(np.array([0]), groups.best)
        return self._filling(walk.first_path(), slots)

    def _filling(self, path: list[int], slots: IntArray) -> Filling:
        """Counts from the options chosen, slot by slot."""
        counts: dict[int, int] = {}
        free = [0] * len(slots)
        options = iter([option for option in path if option >= 0])
        for kind in range(len(slots) - 1, -1, -1):
            for _ in range(int(slots[kind])):
                option = next(options)
                if option:
                    counts[option - 1] = counts.get(option - 1, 0) + 1
                else:
                    free[kind] += 1
        return Filling(dict(sorted(counts.items())), tuple(free))

    # --- walking fillings ----------------------------------------------------------

    def _walk_groups(self, groups: _Groups, rows: IntArray, target: IntArray) -> None:
        """Best value of each build among the fillings whose bound reaches its target."""
        for i in np.unique(groups.owner[rows]).tolist():
            mine = np.flatnonzero(groups.owner[rows] == i)
            walk = _Walk(self, groups, groups.prices[i])
            walk.run(rows[mine], target[mine])


class _Groups:
    """Builds being filled: totals, bounds, and what is known of their best."""

    def __init__(self, filler: Filler, levels: IntArray, slots: IntArray, needed: IntArray) -> None:
        n_groups = levels.shape[1]
        self._filler = filler
        self.levels = filler.capped(levels)
        self.modes = filler.modes(levels)
        self.slots = slots
        self.floor = np.maximum(needed, -filler.problem.score_bound)
        self.best = np.full(n_groups, NO_BUILD, dtype=np.int64)
        self.bound = np.full(n_groups, 2**62, dtype=np.int64)
        self.owner = np.full(n_groups, -1, dtype=np.int64)
        #: Not walked yet under the prices that bound it.
        self.fresh = np.ones(n_groups, dtype=bool)
        self.closed = np.zeros(n_groups, dtype=bool)
        self.prices: list[_Prices] = []

    def is_open(self, rows: IntArray) -> npt.NDArray[np.bool_]:
        """Whether the best of these builds is unknown and may be needed."""
        may_matter: npt.NDArray[np.bool_] = self._filler.top_target(self.bound[rows]) >= self.floor[rows]
        return may_matter & (self.best[rows] == NO_BUILD) & ~self.closed[rows]

    def open_rows(self) -> IntArray:
        """All such builds."""
        rows = np.arange(len(self.best))
        return rows[self.is_open(rows)]

    def rebound(self, pool: Sequence[_Prices]) -> None:
        """Lower the bounds of open builds by further prices."""
        rows = self.open_rows()
        for prices in pool:
            self.prices.append(prices)
            own = self._filler.bounds(prices, self.levels[:, rows], self.modes[:, rows], self.slots[:, rows])
            better = own < self.bound[rows]
            changed = rows[better]
            self.bound[changed], self.owner[changed], self.fresh[changed] = own[better], len(self.prices) - 1, True


@dataclass(frozen=True, eq=False)
class _Rows:
    """Partial fillings.

    Attributes
    ----------
    group : ndarray of int64, shape (R,)
    state : ndarray of int64, shape (F + stocked, R)
        Capped levels, then how many of each limited decoration are used.
    rest : ndarray of int64, shape (R,)
        Slack less the losses so far.
    gain : ndarray of int64, shape (R,)
        Linear score so far, scaled.
    last : ndarray of int64, shape (R,)
        Option last chosen for this kind.
    path : ndarray of int16, shape (steps so far, R)
        Options chosen; no rows unless fillings are wanted.
    """

    group: IntArray
    state: IntArray
    rest: IntArray
    gain: IntArray
    last: IntArray
    path: npt.NDArray[np.int16]

    def take(self, rows: npt.NDArray[np.intp]) -> _Rows:
        """Some rows."""
        return _Rows(
            self.group[rows], self.state[:, rows], self.rest[rows], self.gain[rows], self.last[rows], self.path[:, rows]
        )


class _Walk:
    """Walks the fillings of builds under one set of prices."""

    def __init__(self, filler: Filler, groups: _Groups, prices: _Prices, *, want_paths: bool = False) -> None:
        self.filler = filler
        self.groups = groups
        self.prices = prices
        self.want_paths = want_paths
        self.found: list[_Rows] = []
        problem, decorations = filler.problem, filler.decorations
        limited = filler.limited
        # Row 0 is a slot left free.
        self._adds = np.zeros((len(decorations.index) + 1, problem.n_features + len(limited)), dtype=np.int64)
        self._adds[1:, : problem.n_features] = decorations.levels
        for s, d in enumerate(limited.tolist()):
            self._adds[d + 1, problem.n_features + s] = 1
        self._gains = np.concatenate([[0], decorations.linear])

    def run(self, rows: IntArray, target: IntArray) -> None:
        """Walk the builds `rows`; writes ``groups.best`` where the target is reached."""
        groups, filler = self.groups, self.filler
        self.target = np.zeros(len(groups.best), dtype=np.int64)
        self.target[rows] = target
        levels = groups.levels[:, rows]
        start_share = self._shares(rows, levels)
        self.start_share = np.zeros(len(groups.best), dtype=np.int64)
        self.start_share[rows] = start_share
        zeros = np.zeros(len(rows), dtype=np.int64)
        state = np.concatenate([levels, np.zeros((len(filler.limited), len(rows)), dtype=np.int64)])
        rest = groups.bound[rows] - filler.precision * target
        start = _Rows(rows, state, rest, zeros, zeros, np.zeros((0, len(rows)), dtype=np.int16))
        most = groups.slots[:, rows].max(axis=1, initial=0).tolist()
        schedule = [(k, step) for k in range(len(most) - 1, -1, -1) for step in range(most[k])]
        self._steps(start, schedule, 0)

    def _shares(self, group: IntArray, levels: IntArray) -> IntArray:
        """Sum of the features' shares of the bound at these levels."""
        share = np.zeros(levels.shape[1], dtype=np.int64)
        for e in range(self.filler.problem.n_features):
            share += self.filler.share(self.prices, e, self.groups.modes[e, group], levels[e])
        return share

    def _steps(self, rows: _Rows, schedule: list[tuple[int, int]], at: int) -> None:
        """Fill the slots from ``schedule[at]`` on."""
        while at < len(schedule) and rows.group.size:
            if rows.group.size > _MAX_ROWS:
                half = rows.group.size // 2
                self._steps(rows.take(np.arange(half)), schedule, at)
                rows = rows.take(np.arange(half, rows.group.size))
                continue
            kind, step = schedule[at]
            if step == 0:
                rows = self._merged(_Rows(rows.group, rows.state, rows.rest, rows.gain, rows.last * 0, rows.path))
            rows = self._fill_one(rows, kind, step)
            at += 1
        if rows.group.size:
            self._finish(rows)

    def _fill_one(self, rows: _Rows, kind: int, step: int) -> _Rows:
        """Every content of one more slot of a kind."""
        filler, prices = self.filler, self.prices
        n_features = filler.problem.n_features
        has_slot = self.groups.slots[kind, rows.group] > step
        losses, options = prices.options[kind]
        n_children = np.searchsorted(losses, rows.rest, side="right")
        n_children[~has_slot] = 1
        parent = np.repeat(np.arange(rows.group.size), n_children)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(n_children) - n_children, n_children)
        idle = ~has_slot[parent]
        option = np.where(idle, 0, options[place])
        loss = np.where(idle, 0, losses[place])
        keep = idle | (option >= rows.last[parent])
        parent, option, loss, idle = parent[keep], option[keep], loss[keep], idle[keep]
        state = rows.state[:, parent] + self._adds[option].T
        filler.cap_in_place(state)
        group = rows.group[parent]
        rest = rows.rest[parent] - loss
        shortfall = self.start_share[group] - self._shares(group, state[:n_features])
        near = rest - shortfall >= 0
        for s, d in enumerate(filler.limited.tolist()):
            near &= state[n_features + s] <= filler.decorations.stock[d]
        near = np.flatnonzero(near)
        option = option[near]
        weight = np.where(idle[near] | (option > 0), 0, int(filler.problem.slot_weights[kind]))
        gain = rows.gain[parent[near]] + self._gains[option] + weight
        path = rows.path[:, parent[near]]
        if self.want_paths:
            path = np.concatenate([path, np.where(idle[near], -1, option)[None].astype(np.int16)])
        return self._merged(_Rows(group[near], state[:, near], rest[near], gain, option, path))

    def _merged(self, rows: _Rows) -> _Rows:
        """One row for each build, state and last option: the best, then the first in the order of contents."""
        if rows.group.size < 2:
            return rows
        low = np.array([*self.filler.table_low, *([0] * len(self.filler.limited))], dtype=np.int64)
        words = self.filler.state_code.encode([*(rows.state - low[:, None])]) if low.size else ()
        keys = (*words, rows.last, rows.group)
        order = np.lexsort((*rows.path[::-1], -rows.gain, *keys))
        same = np.ones(len(order) - 1, dtype=bool)
        for key in keys:
            ordered = key[order]
            same &= ordered[1:] == ordered[:-1]
        return rows.take(order[np.concatenate([[True], ~same])])

    def first_path(self) -> list[int]:
        """The options of the filling found that comes first in order."""
        return min(path for rows in self.found for path in rows.path.T.tolist())

    def _finish(self, rows: _Rows) -> None:
        """Exact values of complete fillings."""
        problem = self.filler.problem
        value = rows.gain + feature_values(problem, rows.state[: problem.n_features])
        good = np.flatnonzero(value >= self.target[rows.group])
        np.maximum.at(self.groups.best, rows.group[good], value[good])
        if self.want_paths:
            self.found.append(rows.take(good))


class FilledScores:
    """Scores of blocks of combinations with their slots filled; pickles without what it has learnt."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._filler: Filler | None = None

    def __call__(self, columns: Sequence[IntArray]) -> IntArray:
        """Scores, shape (N,), of L index columns."""
        if self._filler is None:
            self._filler = Filler(self._problem)
        return self._filler.scores(total_columns(self._problem, columns))

    def __reduce__(self) -> tuple[type[FilledScores], tuple[Problem]]:
        return FilledScores, (self._problem,)
