"""The best filling of free slots with decorations, exact, for many builds at once.

In come totals before any decoration and the slots by kind, out comes the most
that features, decorations and slots left free can score together. A set of prices
bounds every filling of every build (`prices`), and the prices that fit one
build fit its neighbours: a pool of them settles most builds that do not matter, at
one look-up a feature. For the others all fillings near the bound are walked
(`_walk`), further from it in stages until one is found.

Among fillings of equal score the one written is the first in the order of steps and
options (`_model`, `_options`): it depends on the build alone.

Array axes: G builds, F features, K slot kinds, N combinations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, total_columns
from ...records.vocabulary import NO_BUILD
from ..relaxation.bounds import Multipliers
from ._build_lp import FillingLp
from ._model import FillingModel
from ._walk import FillingWalk, WalkedBuilds
from .packing import first_of_each, pack_columns
from .prices import FillingPrices

__all__ = ["FilledScores", "Filler", "Filling"]

IntArray = npt.NDArray[np.int64]

#: Sets of prices kept, those that bounded something last.
_POOL_SIZE = 24

#: With so many prices it is first looked what they settle, before new ones are asked for.
_WARM_POOL = 8

#: New prices asked for in one go, each for one build: a
#: millisecond each, where a walk without them may take a hundred times that.
_MOST_PRICES = 16

#: Share of the open builds that new prices have to bound better, and how often in a
#: row they may fail to before no more are asked for.
_LEAST_GAIN = 0.02
_MOST_USELESS = 4

#: Which builds prices are asked for, by how far their bounds are above what is needed.
_QUANTILES = (1.0, 0.5, 0.75, 0.25, 0.9, 0.1, 0.6, 0.4)

#: The first step down from a bound is at least this part of the way to what is needed.
_MOST_STEPS = 4_096

#: Builds walked together: enough to share the cost of the array operations.
_WALKED = 1_024


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


class _Builds:
    """Builds being filled: totals, bounds, and what is known of their best, all without features it cannot change."""

    def __init__(self, model: FillingModel, levels: IntArray, slots: IntArray, floor: IntArray) -> None:
        n_builds = levels.shape[1]
        self.model = model
        self.levels = levels
        self.slots = slots
        self.modes = model.modes(levels)
        self.index = model.indices(levels)
        starts = [model.row_starts(e, self.modes, n_builds) for e in model.involved]
        self.entries = self.index[list(model.involved)]
        if starts:
            self.entries += np.stack(starts)
        self.floor = np.maximum(floor, -2 * model.problem.score_bound)
        self.best = np.full(n_builds, NO_BUILD, dtype=np.int64)
        self.bound = np.full(n_builds, 2**62, dtype=np.int64)
        self.owner = np.full(n_builds, -1, dtype=np.int64)
        self.is_settled = np.zeros(n_builds, dtype=np.bool_)
        #: Whether the solver was asked for prices for it.
        self.is_asked = np.zeros(n_builds, dtype=np.bool_)
        self.prices: list[FillingPrices] = []

    def open_rows(self) -> npt.NDArray[np.intp]:
        """Builds whose best is unknown and may reach the floor."""
        return np.flatnonzero(~self.is_settled & (self.model.top_target(self.bound) >= self.floor))

    def rebound(self, prices: FillingPrices, rows: npt.NDArray[np.intp]) -> int:
        """Lower the bounds of some builds; returns of how many."""
        own = prices.bounds(self.entries[:, rows], self.slots[:, rows])
        better = own < self.bound[rows]
        lower = rows[better]
        self.prices.append(prices)
        self.bound[lower], self.owner[lower] = own[better], len(self.prices) - 1
        return len(lower)

    def gather(self, rows: npt.NDArray[np.intp]) -> None:
        """Bound some builds by as few prices as do as well: all with the same prices are walked together."""
        owners, counts = np.unique(self.owner[rows], return_counts=True)
        for owner in owners[np.argsort(-counts, kind="stable")].tolist():
            own = self.prices[owner].bounds(self.entries[:, rows], self.slots[:, rows])
            same = self.model.top_target(own) <= self.model.top_target(self.bound[rows])
            self.bound[rows[same]], self.owner[rows[same]] = own[same], owner
            rows = rows[~same]
            if not rows.size:
                return

    def walked(self, rows: npt.NDArray[np.intp], room: IntArray) -> WalkedBuilds:
        """Some builds, to be walked."""
        modes = {e: mode[rows] for e, mode in self.modes.items()}
        model = self.model
        target = (self.bound[rows] - room) // model.precision
        most = (model.top_target(self.bound[rows]) - target) * model.precision
        return WalkedBuilds(self.index[:, rows], self.slots[:, rows], modes, room, most)


class Filler:
    """Fills the slots of builds of one problem; remembers prices between calls.

    Parameters
    ----------
    problem : Problem
        With decorations.
    use_lp : bool
        False: no solver is asked, prices are those that are given; slower, same answers.
    precision : int, optional
        Bounds are scaled by it.
    """

    def __init__(self, problem: Problem, *, use_lp: bool = True, precision: int | None = None) -> None:
        self.problem = problem
        self.model = FillingModel(problem, precision)
        self._lp: FillingLp | None = None
        self._use_lp = use_lp
        #: The last that lowered a bound comes first.
        self._pool = [FillingPrices(self.model, Multipliers((0,) * problem.n_features))]

    @property
    def n_lp_solves(self) -> int:
        """LP relaxations of fillings solved so far."""
        return 0 if self._lp is None else self._lp.n_solves

    # --- prices ----------------------------------------------------------------

    def prices(self, multipliers: Multipliers) -> FillingPrices:
        """What follows from multipliers; those of set bonuses do not matter here."""
        own = Multipliers(multipliers.price[: self.problem.n_features], multipliers.stock_price)
        known = (prices for prices in self._pool if prices.multipliers == own)
        return next(known, None) or FillingPrices(self.model, own)

    def add_prices(self, multipliers: Multipliers) -> FillingPrices:
        """Put prices into the pool; any are valid."""
        prices = self.prices(multipliers)
        if any(prices is known for known in self._pool):
            return prices
        self._pool.insert(0, prices)
        del self._pool[2 * _POOL_SIZE :]
        return prices

    def _bound_by_pool(self, builds: _Builds) -> None:
        """Bound builds by the pool, each only until it is out of the question."""
        useful = []
        for prices in self._pool:
            rows = builds.open_rows()
            if builds.rebound(prices, rows):
                useful.append(prices)
        others = [prices for prices in self._pool if all(prices is not own for own in useful)]
        self._pool = [*useful, *others][:_POOL_SIZE]

    def _ask_for_prices(self, builds: _Builds) -> None:
        """New prices for the builds with the highest bounds, as long as they lower bounds."""
        if not self._use_lp:
            return
        try:
            self._lp = self._lp or FillingLp(self.model)
        except ImportError:
            self._use_lp = False
            return
        n_useless = 0
        for asked in range(_MOST_PRICES):
            rows = builds.open_rows()
            rows = rows[~builds.is_asked[rows]]
            if not rows.size or n_useless == _MOST_USELESS:
                return
            # Not only those with the highest bounds: most builds are elsewhere.
            excess = builds.bound[rows] - self.model.precision * builds.floor[rows]
            place = int(_QUANTILES[asked % len(_QUANTILES)] * (rows.size - 1))
            row = int(rows[np.argpartition(excess, place)[place]])
            builds.is_asked[row] = True
            raised = np.zeros(self.problem.n_features, dtype=np.bool_)
            for e, mode in builds.modes.items():
                raised[e] = mode[row] > 0
            multipliers = self._lp.prices(builds.levels[:, row], builds.slots[:, row], raised)
            if multipliers is None or any(prices.multipliers == multipliers for prices in self._pool):
                n_useless += 1
                continue
            n_better = builds.rebound(self.add_prices(multipliers), builds.open_rows())
            n_useless = n_useless + 1 if n_better < _LEAST_GAIN * rows.size else 0

    # --- the best filling --------------------------------------------------------

    def bounds(self, totals: BlockTotals, least_score: int) -> IntArray:
        """Upper bounds on the scores of finished builds, shape (N,); loose where below `least_score`."""
        rest = self.rest(totals)
        builds = _Builds(self.model, totals.levels, totals.slots, _floor(least_score, rest))
        self._bound_by_pool(builds)
        return np.where(rest == NO_BUILD, NO_BUILD, self.model.top_target(builds.bound) + rest)

    def bounds_by_prices(self, totals: BlockTotals) -> list[tuple[FillingPrices, IntArray]]:
        """The bounds of finished builds by each of the pool's prices alone, shape (N,) each."""
        rest = self.rest(totals)
        builds = _Builds(self.model, totals.levels, totals.slots, _floor(NO_BUILD, rest))
        return [
            (prices, np.where(rest == NO_BUILD, NO_BUILD, self.model.top_target(bound) + rest))
            for prices in self._pool
            for bound in (prices.bounds(builds.entries, builds.slots),)
        ]

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
        model, rest = self.model, self.rest(totals)
        index = model.indices(totals.levels)[list(model.involved)]
        modes = model.modes(totals.levels).values()
        widths = [*(model.last(e).bit_length() for e in model.involved), *([2] * len(modes)), *model.code.widths]
        keys = pack_columns([*index, *modes, *model.code.encode(totals.slots)], widths, len(rest))
        order = np.lexsort((-rest, *keys))
        starts = first_of_each(keys, order)
        # Of builds that are filled alike, the one with the best rest asks for least.
        first = order[starts]
        best = self._best(totals.levels[:, first], totals.slots[:, first], _floor(least_score, rest[first]))
        value = np.empty(len(order), dtype=np.int64)
        value[order] = np.repeat(best, np.diff(starts, append=len(order)))
        score = np.where((value == NO_BUILD) | (rest == NO_BUILD), NO_BUILD, value + rest)
        return np.where(score < least_score, NO_BUILD, score)

    def rest(self, totals: BlockTotals) -> IntArray:
        """What no filling changes, shape (N,); `NO_BUILD` where a minimum is missed by it."""
        fixed = self.model.fixed_values(totals.levels)
        return np.where(fixed == NO_BUILD, NO_BUILD, fixed + totals.linear)

    def _best(self, levels: IntArray, slots: IntArray, floor: IntArray) -> IntArray:
        """The most that a filling makes of the features that it may change, with free slots; shape (G,).

        Exact where it is at least `floor`, else `NO_BUILD`.
        """
        builds = _Builds(self.model, levels, slots, floor)
        self._bound_by_pool(builds)
        if len(self._pool) < _WARM_POOL:
            self._ask_for_prices(builds)
        self._deepen(builds)
        return builds.best

    def _deepen(self, builds: _Builds) -> None:
        """Lower the targets of open builds until a filling reaches them or they do not matter."""
        model = self.model
        rows = builds.open_rows()
        if not rows.size:
            return
        unit = self._unit(builds, rows)
        # Most bounds are what the best filling scores.
        step = 0
        while rows.size:
            builds.gather(rows)
            target = np.maximum(model.top_target(builds.bound[rows]) - step, builds.floor[rows])
            for owner in np.unique(builds.owner[rows]).tolist():
                own = builds.owner[rows] == owner
                self._walk(builds, owner, rows[own], target[own])
            missed = builds.best[rows] == NO_BUILD
            builds.is_settled[rows[~missed | (target <= builds.floor[rows])]] = True
            step = 2 * step + unit
            # What was missed is further from its bound than usual: prices of its own cost less than a long walk.
            self._ask_for_prices(builds)
            rows = builds.open_rows()

    def _unit(self, builds: _Builds, rows: npt.NDArray[np.intp]) -> int:
        """The first step down from a bound: so large that a few doublings reach every floor."""
        grain = self.model.grain
        distance = int((self.model.top_target(builds.bound[rows]) - builds.floor[rows]).max())
        return max(grain, distance // _MOST_STEPS // grain * grain)

    def _walk(self, builds: _Builds, owner: int, rows: npt.NDArray[np.intp], target: IntArray) -> None:
        """Exact best of the builds that reach their targets."""
        model = self.model
        for start in range(0, len(rows), _WALKED):
            some, least = rows[start : start + _WALKED], target[start : start + _WALKED]
            room = builds.bound[some] - model.precision * least
            walk = FillingWalk(model, builds.prices[owner], builds.walked(some, room))
            walk.run()
            reached = np.flatnonzero(walk.best >= 0)
            builds.best[some[reached]] = least[reached] + walk.best[reached] // model.precision

    # --- which filling -------------------------------------------------------------

    def fillings(self, levels: IntArray, slots: IntArray, best: IntArray | None = None) -> list[Filling]:
        """The filling to write for each build: of those with the best score, the first in order.

        Parameters
        ----------
        levels : ndarray of int64, shape (F, G)
        slots : ndarray of int64, shape (K, G)
        best : ndarray of int64, shape (G,), optional
            What the best filling scores, `rest` not included, where it is known: half
            of the time is finding that out.

        Returns
        -------
        list of G Filling

        Notes
        -----
        The answer depends on the builds alone, not on the prices it is found with.
        """
        fillings: list[Filling] = []
        for start in range(0, levels.shape[1], _WALKED):
            some = slice(start, start + _WALKED)
            fillings += self._some_fillings(levels[:, some], slots[:, some], None if best is None else best[some])
        return fillings

    def _some_fillings(self, levels: IntArray, slots: IntArray, best: IntArray | None) -> list[Filling]:
        model, n_builds = self.model, levels.shape[1]
        builds = _Builds(model, levels, slots, np.full(n_builds, NO_BUILD) if best is None else best)
        self._bound_by_pool(builds)
        self._ask_for_prices(builds)
        if best is None:
            self._deepen(builds)
        else:
            builds.best = best
            builds.gather(np.arange(n_builds))
        paths: dict[int, tuple[int, ...]] = {}
        for owner in np.unique(builds.owner).tolist():
            rows = np.flatnonzero(builds.owner == owner)
            room = builds.bound[rows] - model.precision * builds.best[rows]
            walk = FillingWalk(model, builds.prices[owner], builds.walked(rows, room), want_paths=True)
            walk.run()
            paths |= {int(rows[g]): path for g, path in walk.paths.items()}
        if len(paths) < n_builds:
            raise AssertionError("no filling scores what was found for its build")
        return [self._filling(paths[g], slots[:, g]) for g in range(n_builds)]

    def _filling(self, path: tuple[int, ...], slots: IntArray) -> Filling:
        """Counts and slots left free, from the option chosen at each step."""
        counts: dict[int, int] = {}
        free = slots.copy()
        for step, option in zip(self.model.steps, path, strict=True):
            free -= step.options.use[option]
            for d, count in zip(step.decorations, step.options.counts[option].tolist(), strict=True):
                if count:
                    counts[d] = counts.get(d, 0) + count
        for k, d in enumerate(self.model.free_contents):
            if d >= 0 and free[k]:
                counts[d] = counts.get(d, 0) + int(free[k])
                free[k] = 0
        return Filling(dict(sorted(counts.items())), tuple(free.tolist()))


def _floor(least_score: int, rest: IntArray) -> IntArray:
    """What a filling must score for a build to score `least_score`."""
    if least_score == NO_BUILD:
        return np.full(len(rest), NO_BUILD, dtype=np.int64)
    return np.where(rest == NO_BUILD, 2**61, least_score - rest)


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
