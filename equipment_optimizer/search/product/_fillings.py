"""The filling with the highest product, of builds whose slots a surrogate may fill.

No surrogate is below the logarithm of a product, so of all fillings whose surrogate is at least the logarithm
of some filling's product, the best product is the best of all.

Array axes: G builds, F features, K slot kinds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, feature_values
from ...problem.value_function import ValueFunction
from ...records.fillings import Fillings
from ...records.vocabulary import N_SLOT_LEVELS, NO_BUILD
from ..filling.filler import Filler, Written
from ..filling.tables.prices import FillingPrices
from ..filling.tables.steps import FillingModel
from ..filling.walking.staged_walk import WalkedFillings
from ..relaxation.bounds import Multipliers
from ._products import Contents
from .nodes.curves import ONE, floor_log
from .nodes.levels import worth_end

__all__ = ["LIKELY", "BestFillings", "EveryOption", "FoundFillings", "ListedFillings", "soon_over"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Bases of the filler that are looked at besides the prices in its pool.
LIKELY = 16


#: How far below a build's surrogate its fillings are listed at first, in units, and how much further each time.
_FIRST_SLACK = ONE >> 12
_SLACK_GROWTH = 4

#: Polls, of a fraction of a millisecond to some, in which builds are filled where it is no harm to leave some out.
_SOON = 256


def soon_over(should_stop: Callable[[], bool]) -> Callable[[], bool]:
    """Whether to stop filling builds of which any do, as one that is asked a few times only."""
    polls = itertools.count()
    return lambda: next(polls) >= _SOON or should_stop()


class EveryOption(FillingModel):
    """The steps of fillings as the formula alone makes them: no surrogate says which options are worth something.

    Where more of any total is never worth less, those are idle that add nothing that any level is worth.
    """

    @classmethod
    def of(cls, formula: FormulaProblem) -> EveryOption:
        """Steps and options that the formula alone makes."""
        made = cls(_indifferent(formula))
        made.drops_idle = formula.rises
        # Models with the values of surrogates share them: a path means the same in each.
        assert made.steps is not None
        return made

    def useful_options(self, number: int, start: int, level: int) -> Rows:
        """See `FillingModel`; all of them where more may be worth less."""
        if self.drops_idle:
            return super().useful_options(number, start, level)
        return np.arange(len(self.steps[number].options.supply))


def _indifferent(formula: FormulaProblem) -> Problem:
    """The problem where more of any total is worth more, as far as any level is worth anything."""
    features = []
    for e, feature in enumerate(formula.problem.features):
        per_level = ValueFunction.linear(1)
        if formula.rises:
            most = max(worth_end(formula, e), feature.low if feature.minimum is None else feature.minimum)
            per_level = per_level if most >= feature.high else ValueFunction.capped(most, 1)
        raised_value = None if feature.raised_value is None else per_level
        features.append(replace(feature, value=per_level, raised_value=raised_value))
    bound = sum(max(abs(feature.low), abs(feature.high)) for feature in features)
    return replace(formula.problem, features=tuple(features), score_bound=bound)


class BestFillings:
    """Finds the best fillings of builds, by a surrogate or, without one, by looking at every filling."""

    def __init__(self, formula: FormulaProblem, filler: Filler | None, *, should_stop: Callable[[], bool]) -> None:
        self._formula = formula
        self._should_stop = should_stop
        self._filler = filler if formula.rises else None
        index = () if formula.problem.decorations is None else formula.problem.decorations.index
        #: The compiled decoration of each of the configuration's.
        self._compiled = {number: d for d, number in enumerate(index)}
        if self._filler is None:
            self._model: FillingModel = EveryOption.of(formula)
        else:
            self._model = self._filler.model
            self._model.drops_idle = True

    def find(
        self, totals: BlockTotals, likely: IntArray, least: int | IntArray, *, is_quick: bool = False
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.object_], list[Contents]]:
        """Which of G builds have a filling that counts, its product, and what it is.

        `likely` has the surrogate's best of each, shape (G,), where there is one. Products whose logarithm is below
        `least`, of all or of each, do not count. With `is_quick` a good filling will do.
        """
        best = ListedFillings(self._formula, self._model, totals)
        if self._filler is None:
            problem = self._model.problem
            pool = [FillingPrices(self._model, Multipliers((0,) * problem.n_features))]
            self._list(best, totals, np.full(len(likely), -4 * problem.score_bound), pool)
            return best.listed()
        pool = [prices for prices, _ in self._filler.bounds_by_prices(totals, LIKELY)]
        unfilled = self._filler.unfilled_scores(totals)
        lowest = np.maximum(np.broadcast_to(least, likely.shape), -2 * self._filler.problem.score_bound)
        left, slack = np.arange(len(likely)), _FIRST_SLACK
        while left.size and not self._should_stop():
            target = np.maximum(likely[left] - slack, lowest[left])
            some = ListedFillings(self._formula, self._model, totals.take(left))
            self._list(some, totals.take(left), target - unfilled[left], pool)
            best.take_in(left, some)
            if is_quick:
                break
            # A filling that was not listed has a product whose logarithm is below the target.
            known = zip(best.scores[left].tolist(), lowest[left].tolist(), strict=True)
            reached = [floor_log(score) if score > 0 else low for score, low in known]
            left = left[(target > lowest[left]) & (target > np.array(reached, dtype=np.int64))]
            slack *= _SLACK_GROWTH
        return best.listed()

    def likeliest(
        self, columns: Sequence[npt.NDArray[np.uint32]], totals: BlockTotals, likely: IntArray
    ) -> tuple[npt.NDArray[np.object_], list[Contents]]:
        """Products of the fillings that the surrogate takes for the best, of the first of some builds, as far as known.

        None are where no surrogate tells fillings apart; `likely` are its best, `columns` the builds' pieces.
        """
        if self._filler is None:
            return np.zeros(0, dtype=object), []
        fillings = self._filler.written(columns, likely, as_found=True, should_stop=self._should_stop).fillings
        n_known, contents = len(fillings.start) - 1, list[Contents]()
        decorations = self._formula.problem.decorations
        assert decorations is not None
        counts = np.zeros((n_known, len(decorations.index)), dtype=np.int64)
        for row in range(n_known):
            inside = slice(int(fillings.start[row]), int(fillings.start[row + 1]))
            chosen = [self._compiled[number] for number in fillings.decoration[inside].tolist()]
            counts[row, chosen] = fillings.count[inside]
            pairs = sorted(zip(chosen, fillings.count[inside].tolist(), strict=True))
            contents.append((tuple(pairs), tuple(fillings.free_slots[row].tolist())))
        return self._formula.scores(totals.levels[:, :n_known] + decorations.levels.T @ counts.T), contents

    def _list(self, best: ListedFillings, totals: BlockTotals, target: IntArray, pool: Sequence[FillingPrices]) -> None:
        """Look at all fillings that reach a target."""
        floor = np.full(len(target), -4 * self._model.problem.score_bound)
        walked = WalkedFillings(self._model, totals.levels, totals.slots, floor=floor, pool=pool)
        walked.listed(target, best.note, self._should_stop)


class ListedFillings:
    """The best filling of each build that was looked at."""

    def __init__(self, formula: FormulaProblem, model: FillingModel, totals: BlockTotals) -> None:
        self._formula, self._model, self._totals = formula, model, totals
        n_builds = totals.linear.size
        self.is_there = np.zeros(n_builds, dtype=np.bool_)
        self.scores = np.zeros(n_builds, dtype=object)
        self.paths: dict[int, tuple[int, ...]] = {}

    def note(self, build: IntArray, entries: IntArray, path: npt.NDArray[np.int32]) -> None:
        """Take in some fillings: see `FillingWalk`."""
        # Tables end where a surrogate gains nothing more: what a level is, only the path tells.
        self.note_paths(build, path)

    def note_paths(self, build: IntArray, path: npt.NDArray[np.integer]) -> None:
        """Take in some fillings by their options, shape (steps, R)."""
        levels = self._totals.levels[:, build]
        for step, option in zip(self._model.steps, path, strict=True):
            added = self._model.decorations.levels[list(step.decorations)]
            levels += added.T @ step.options.counts[option].T
        kept = np.flatnonzero(feature_values(self._formula.problem, levels) > NO_BUILD)
        scores = self._formula.scores(levels[:, kept]).tolist()
        for row, build_row, score in zip(kept.tolist(), build[kept].tolist(), scores, strict=True):
            if not self.is_there[build_row] or score >= self.scores[build_row]:
                self.take(build_row, score, tuple(path[:, row].tolist()))

    def take_in(self, rows: Rows, other: ListedFillings) -> None:
        """Take over what is better, or as good and first, of some builds."""
        for place, build_row in enumerate(rows.tolist()):
            if other.is_there[place]:
                self.take(build_row, other.scores[place], other.paths[place])

    def take(self, build_row: int, score: int, path: tuple[int, ...]) -> None:
        """Take in a filling with this product, by its options."""
        before = self.scores[build_row] if self.is_there[build_row] else None
        if before is None or score > before or (score == before and path < self.paths[build_row]):
            self.is_there[build_row], self.scores[build_row], self.paths[build_row] = True, score, path

    def listed(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.object_], list[Contents]]:
        """Which builds have a filling, its product, and what it is."""
        contents = [self._contents(build_row) for build_row in np.flatnonzero(self.is_there).tolist()]
        return self.is_there, self.scores[self.is_there], contents

    def _contents(self, build_row: int) -> Contents:
        counts: dict[int, int] = {}
        free = self._totals.slots[:, build_row].copy()
        for step, option in zip(self._model.steps, self.paths[build_row], strict=True):
            free -= step.options.use[option]
            for d, n in zip(step.decorations, step.options.counts[option].tolist(), strict=True):
                if n:
                    counts[d] = counts.get(d, 0) + n
        free_by_level = [0] * N_SLOT_LEVELS
        for level, n in zip(self._model.problem.slot_levels, free.tolist(), strict=True):
            free_by_level[level - 1] += n
        return tuple(sorted(counts.items())), tuple(free_by_level)


class FoundFillings:
    """In the place of a `Filler`: what a search by products has put into slots, of all rows in one go."""

    is_of_all_rows = True

    def __init__(self, problem: Problem, contents: Sequence[Contents | None], *, are_first: bool = True) -> None:
        self._problem, self._contents, self._are_first = problem, contents, are_first

    def written(
        self,
        columns: Sequence[npt.NDArray[np.integer]],
        scores: object,
        *,
        as_found: bool = False,
        levels_only: bool = False,
        should_stop: Callable[[], bool] | None = None,
    ) -> Written:
        """The fillings of the builds that were found, in their order: known already."""
        problem = self._problem
        assert problem.decorations is not None and len(columns[0]) == len(self._contents)
        free = np.zeros((len(self._contents), N_SLOT_LEVELS), dtype=np.int64)
        start, decoration, count = [0], list[int](), list[int]()
        for row, contents in enumerate(self._contents):
            assert contents is not None
            free[row] = contents[1]
            decoration += [problem.decorations.index[d] for d, _ in contents[0]]
            count += [n for _, n in contents[0]]
            start.append(len(count))
        fillings = Fillings(
            np.array(start), np.array(decoration, dtype=np.int64), np.array(count, dtype=np.int64), free
        )
        return Written(fillings, is_final=self._are_first)
