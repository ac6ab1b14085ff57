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

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .bounds import Multipliers
from .compiled_filling import UNDECIDED, CompiledFilling
from .filling_model import FillingGroups, FillingModel, FillingPrices
from .filling_tree import FillingTree
from .filling_walk import FillingWalk
from .problem import Problem
from .scoring import BlockTotals, total_columns
from .topk import NO_BUILD

__all__ = ["FilledScores", "Filler", "Filling"]

IntArray = npt.NDArray[np.int64]

#: Prices kept. Each costs F look-ups a build, so only those that decided something
#: recently are worth keeping.
_POOL_SIZE = 8

#: Builds filled before the compiled kernel is loaded: below, the import of Numba
#: (0.4 s) would cost more than the millisecond or so that each build takes without it.
_COMPILED_FROM = 400


@dataclass(frozen=True)
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


class Filler:
    """Fills the slots of builds of one problem; remembers prices between calls.

    Parameters
    ----------
    problem : Problem
        With decorations.
    use_lp : bool
        False: no solver is asked, prices stay as they are; slower, same answers.
    on_notice : callable, optional
        Told that kernels are being compiled.
    """

    def __init__(
        self, problem: Problem, *, use_lp: bool = True, on_notice: Callable[[str], None] | None = None
    ) -> None:
        assert problem.decorations is not None
        self.problem = problem
        self._on_notice = on_notice
        self.model = FillingModel(problem)
        self._tree = self._make_tree() if use_lp else None
        self._suits_kernel = (
            use_lp and CompiledFilling.is_supported(self.model) and FillingTree.is_supported(self.model)
        )
        self._compiled: CompiledFilling | None = None
        self._n_filled = 0
        self._pool: list[FillingPrices] = []
        self.add_prices(Multipliers((0,) * problem.n_features))

    def _make_tree(self) -> FillingTree | None:
        """Branch and bound by a solver, where there is one and the problem suits it."""
        if not FillingTree.is_supported(self.model):
            return None
        try:
            return FillingTree(self.model)
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
            self._pool.append(FillingPrices(self.model, own))

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
        groups = FillingGroups(self.model, levels, slots, needed)
        groups.rebound(self._pool)
        self._fill_compiled(groups)
        while (rows := groups.open_rows()).size:
            order = np.argsort(groups.floor[rows] * self.model.precision - groups.bound[rows], kind="stable")
            self._settle(groups, int(rows[order[0]]))
        del self._pool[1 : max(1, len(self._pool) - _POOL_SIZE)]
        return np.where(groups.best >= groups.floor, groups.best, NO_BUILD)

    def _fill_compiled(self, groups: FillingGroups) -> None:
        """Settle all open builds by the compiled kernel, but for those it hands back."""
        rows = groups.open_rows()
        if not rows.size or not self._may_compile(rows.size):
            return
        if self._compiled is None:
            self._compiled = CompiledFilling(self.model, self._on_notice)
        own = (groups.levels[:, rows], groups.slots[:, rows], groups.modes[:, rows])
        best, root = self._compiled.best(*own, groups.floor[rows])
        decided = best != UNDECIDED
        groups.best[rows[decided]] = best[decided]
        groups.closed[rows[decided]] = True
        leader = int(np.argmax(groups.bound[rows] - self.model.precision * groups.floor[rows]))
        n_features = self.problem.n_features
        stock = np.zeros(len(self.model.decorations.index), dtype=np.int64)
        stock[self.model.limited] = root[leader, n_features:]
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
        both = np.concatenate([self.model.capped(totals.levels), totals.slots])
        _, first, group = np.unique(both, axis=1, return_index=True, return_inverse=True)
        group = group.reshape(-1)
        linear = np.full(len(first), NO_BUILD, dtype=np.int64)
        np.maximum.at(linear, group, totals.linear)
        needed = np.full(len(first), NO_BUILD) if least_score == NO_BUILD else least_score - linear
        value = self.best(totals.levels[:, first], totals.slots[:, first], needed)[group]
        return np.where(value == NO_BUILD, NO_BUILD, value + totals.linear)

    def _settle(self, groups: FillingGroups, row: int) -> None:
        """Find the best filling of one build."""
        if self._tree is not None:
            floor = int(groups.floor[row])
            best = self._tree.best(groups.levels[:, row], groups.slots[:, row], groups.modes[:, row], floor)
            prices = self._tree.root_multipliers
            if prices is not None and all(prices != known.multipliers for known in self._pool):
                self._pool.append(FillingPrices(self.model, prices))
                groups.rebound(self._pool[-1:])
            if best is not None:
                groups.best[row] = best
                groups.closed[row] = True
                return
        self._deepen(groups, row)

    def _deepen(self, groups: FillingGroups, row: int) -> None:
        """Lower the target of one build until a filling reaches it or it does not matter."""
        rows = np.array([row])
        step = self.model.grain
        target = self.model.top_target(groups.bound[rows])
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
        modes, capped = self.model.modes(levels), self.model.capped(levels)
        return [self._one_filling(capped[:, g], slots[:, g], modes[:, g]) for g in range(levels.shape[1])]

    def _one_filling(self, levels: IntArray, slots: IntArray, modes: IntArray) -> Filling:
        """The filling to write for one build."""
        if self._tree is not None:
            self._tree.forget()
            if self._tree.best(levels, slots, modes, -self.problem.score_bound) is not None:
                return Filling(*self._tree.filling())
        groups = FillingGroups(self.model, levels[:, None], slots[:, None], np.array([NO_BUILD]))
        groups.rebound(self._pool[:1])
        self._deepen(groups, 0)
        walk = FillingWalk(self.model, groups, groups.prices[int(groups.owner[0])], want_paths=True)
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

    def _walk_groups(self, groups: FillingGroups, rows: IntArray, target: IntArray) -> None:
        """Best value of each build among the fillings whose bound reaches its target."""
        for i in np.unique(groups.owner[rows]).tolist():
            mine = np.flatnonzero(groups.owner[rows] == i)
            walk = FillingWalk(self.model, groups, groups.prices[i])
            walk.run(rows[mine], target[mine])


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
