"""The best filling of free slots with decorations, exact, for many builds at once.

In come totals before any decoration and the slots by kind, out comes the most that
features, decorations and slots left free can score together. Builds with the same levels
missing and the same slots are filled once. They are bounded by prices of their own and
branched on (`branching`); what functions that are far from concave leave open is walked
(`walking`).

Among fillings of equal score the one written is the first in the order of steps and
options (`tables`): it depends on the build alone.

Array axes: G builds, F features, K slot kinds, N combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, total_columns
from ...records.fillings import Fillings
from ...records.vocabulary import NO_BUILD
from ..relaxation.bounds import Multipliers
from ._kept_fillings import Witnesses
from ._needed_scores import Goal
from ._slot_contents import Contents, contents_of_counts, contents_of_paths, together, unknown_contents
from .branching.branching import NEVER_NEEDED, Branching
from .branching.build_bounds import BuildBounds, exact_bounds
from .branching.build_lp import Cases
from .branching.completion import Completion
from .branching.first_fillings import FirstFillings, Lessons
from .branching.fixed_levels import FixedLevels
from .tables.packing import distinct, first_of_each, pack_columns
from .tables.prices import FillingPrices
from .tables.steps import FillingModel
from .walking.staged_walk import WalkedFillings, entries_of

__all__ = ["Filler", "Written"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Sets of prices kept, those that were given last.
_POOL_SIZE = 24

#: Groups that are branched on together, and counts of decorations of winners whose fillings are found together: some
#: MB each.
_GROUPS = 2_048
_COUNTS = 400_000


class Written(NamedTuple):
    """The fillings of the first of some builds; not final where a stop left others out, or took any best filling."""

    fillings: Fillings
    is_final: bool


def _never() -> bool:
    return False


class Filler:
    """Fills the slots of builds of one problem with decorations; remembers bases and prices between calls.

    Bounds are scaled by `precision`. With `walks_only` nothing is branched on: slower, same answers.
    """

    is_of_all_rows = False

    def __init__(self, problem: Problem, *, precision: int | None = None, walks_only: bool = False) -> None:
        self.problem = problem
        self.model = FillingModel(problem, precision)
        self.bounds: BuildBounds | None = None
        #: Where all is walked, the most precision with which it would not be; 0 for none.
        self.coarser = 0
        if not walks_only and len(self.model.is_plain) > self.model.is_plain.sum():
            self.bounds, self.coarser = exact_bounds(self.model)
        if self.bounds is not None:
            self._completion = Completion(self.bounds.program)
            self._lessons = Lessons({}, {})
            self._fixed = FixedLevels(self.bounds)
            self._witnesses = Witnesses(self.bounds.program.n_decorated, int(self.model.most_slots.sum()))
        #: The last that was asked for comes first.
        self._pool = [FillingPrices(self.model, Multipliers((0,) * problem.n_features))]

    # --- prices ----------------------------------------------------------------------

    def prices(self, multipliers: Multipliers) -> FillingPrices:
        """What follows from multipliers; those of set bonuses do not matter here."""
        of_features = Multipliers(multipliers.price[: self.problem.n_features], multipliers.stock_price)
        known = (prices for prices in self._pool if prices.multipliers == of_features)
        return next(known, None) or FillingPrices(self.model, of_features)

    def add_prices(self, multipliers: Multipliers) -> FillingPrices:
        """Put prices into the pool; any are valid."""
        prices = self.prices(multipliers)
        self._pool = [prices, *(known for known in self._pool if known is not prices)][:_POOL_SIZE]
        return prices

    def bounds_by_prices(self, totals: BlockTotals, n_likely: int) -> list[tuple[FillingPrices, IntArray]]:
        """The bounds of finished builds by each of the pool's prices, and of some likely others, shape (N,) each."""
        pool = self._pool
        if self.bounds is not None and self.bounds.starts:
            cases = self.cases(self.bounds, totals.levels, totals.slots)
            # Of the bases that bounded builds lately those that bound some of these best.
            numbers = self.bounds.best_starts(cases, np.arange(len(cases)), self.bounds.program.most)
            bases, counts = np.unique(numbers, return_counts=True)
            likely = bases[np.argsort(-counts, kind="stable")][:n_likely].tolist()
            pool = self._pool_with(dict.fromkeys(map(self.bounds.multipliers, likely)))
        entries, unfilled = entries_of(self.model, totals.levels), self.unfilled_scores(totals)
        bounded = [(prices, self.model.top_target(prices.bounds(entries, totals.slots))) for prices in pool]
        return [(prices, np.where(unfilled == NO_BUILD, NO_BUILD, bound + unfilled)) for prices, bound in bounded]

    # --- the best filling --------------------------------------------------------------

    def scores(
        self,
        totals: BlockTotals,
        least_score: int = NO_BUILD,
        *,
        n_wanted: int | None = None,
        is_enough: bool = False,
        in_bulk: bool = False,
        walks: bool = True,
        should_stop: Callable[[], bool] = _never,
    ) -> IntArray:
        """Scores of N finished builds, their slots filled as well as possible.

        No exact answer is needed of builds that score less than `least_score`, or less than `n_wanted` others here.
        They may get `NO_BUILD`, as those do where a limit is missed, and once it shall stop those that are not known
        yet, and unless it `walks` those that branching leaves open. Where the least score `is_enough` no exact answer
        is needed of any, see `Goal`. `in_bulk` is quicker where there will be thousands and all of them are wanted.
        """
        unfilled = self.unfilled_scores(totals)
        first, group, words = self._grouped(totals, unfilled)
        goal = Goal(unfilled, first, group, least_score=least_score, n_wanted=n_wanted, is_enough=is_enough)
        goal.in_bulk = in_bulk
        # What is wanted of many builds is the best of them: those will be written.
        noted = None if n_wanted is None else words
        self._find(totals.levels[:, first], totals.slots[:, first], goal, should_stop, words=noted, walks=walks)
        scores = goal.scores()
        return np.where(scores < goal.least_score, NO_BUILD, scores)

    def unfilled_scores(self, totals: BlockTotals) -> IntArray:
        """What no filling changes, shape (N,); `NO_BUILD` where a limit is missed by it."""
        fixed = self.model.fixed_values(totals.levels)
        return np.where(fixed == NO_BUILD, NO_BUILD, fixed + totals.linear)

    def _grouped(self, totals: BlockTotals, unfilled: IntArray) -> tuple[Rows, Rows, IntArray]:
        """Of builds that are filled alike the one that asks least of it, the group of each build, each group's key."""
        words = self._words(totals.levels, totals.slots)
        order = np.lexsort((-unfilled, *words))
        starts = first_of_each(words, order)
        group = np.empty(len(order), dtype=np.intp)
        group[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
        return order[starts], group, np.array([word[order[starts]] for word in words], dtype=np.int64)

    def _words(self, levels: IntArray, slots: IntArray) -> list[IntArray]:
        """What tells builds apart in how they are filled, packed."""
        model = self.model
        index, modes = model.indices(levels)[list(model.involved)], model.modes(levels).values()
        widths = [*(model.last(e).bit_length() for e in model.involved), *([2] * len(modes)), *model.code.widths]
        return pack_columns([*index, *modes, *model.code.encode(slots)], widths, slots.shape[1])

    def cases(self, bounds: BuildBounds, levels: IntArray, slots: IntArray) -> Cases:
        """Builds as the bounds know them."""
        model = self.model
        return bounds.program.cases(model.indices(levels)[list(model.involved)], model.modes(levels), slots)

    def _find(
        self,
        levels: IntArray,
        slots: IntArray,
        goal: Goal,
        should_stop: Callable[[], bool],
        *,
        words: IntArray | None = None,
        walks: bool = True,
    ) -> None:
        """Find the most that fillings make of groups: exact in `goal.best` where that is at least the goal's floor.

        Fillings are remembered by `words`, if given.
        """
        left, pool = np.flatnonzero(goal.floor < NEVER_NEEDED), self._pool
        if self.bounds is not None and left.size:
            if not self.bounds.starts:
                # Near those of the prices so far that bound these builds best.
                entries = entries_of(self.model, levels)
                self.bounds.start_near(min(pool, key=lambda prices: int(prices.bounds(entries, slots).max())))
            left, pool = self._branched(self.bounds, levels, slots, goal, should_stop=should_stop, words=words)
            left = left[goal.floor[left] < NEVER_NEEDED]
        if left.size:
            goal.raise_best(left, np.full(len(left), NO_BUILD))
        if left.size and (walks or self.bounds is None):
            walked = WalkedFillings(self.model, levels[:, left], slots[:, left], floor=goal.floor[left], pool=pool)
            walked.run(should_stop)
            goal.raise_best(left, walked.best)

    def _branched(
        self,
        bounds: BuildBounds,
        levels: IntArray,
        slots: IntArray,
        goal: Goal,
        *,
        should_stop: Callable[[], bool],
        words: IntArray | None,
    ) -> tuple[Rows, list[FillingPrices]]:
        """Branch on groups; those that it leaves open, and prices for them."""
        bound = np.empty(len(goal.floor))
        for begin in range(0, len(bound), _GROUPS):
            block = slice(begin, begin + _GROUPS)
            cases = self.cases(bounds, levels[:, block], slots[:, block])
            bound[block] = bounds.least(bounds.starts, cases, np.arange(len(cases)), bounds.program.most)
        # The most promising first: they raise the floor of the others.
        order = np.argsort(-(bound + goal.best_unfilled), kind="stable")
        left, owners = [order[:0]], dict[Multipliers, None]()
        for begin in range(0, len(order), _GROUPS):
            rows = order[begin : begin + _GROUPS]
            rows = rows[bound[rows] >= goal.floor[rows]]
            if len(order) > _GROUPS:
                cases = self.cases(bounds, levels[:, rows], slots[:, rows])
            group = cases if len(order) > _GROUPS else cases.take(rows)
            whole = self._fixed if goal.in_bulk else None
            branching = Branching(bounds, self._completion, group, floor=goal.floor[rows], levels=whole)
            branching.run(partial(goal.raise_best, rows), should_stop)
            left.append(rows[branching.is_open])
            for number in distinct(branching.owner[branching.is_open]):
                owners[bounds.multipliers(number)] = None
            if words is not None:
                some = np.flatnonzero(~branching.is_open & (branching.best > NO_BUILD))
                scores = branching.best[some] + goal.best_unfilled[rows[some]]
                self._witnesses.note(
                    words[:, rows[some]],
                    branching.counts[some],
                    branching.best[some],
                    bases=branching.owner[some],
                    scores=scores,
                    least_score=goal.least_score,
                )
            self._tidy(bounds)
        return np.concatenate(left), self._pool_with(owners)

    def _tidy(self, bounds: BuildBounds) -> None:
        if bounds.tidy():
            self._lessons.refuters.clear()
            self._fixed.forget()
            self._witnesses.forget_bases()

    def _pool_with(self, owners: Iterable[Multipliers]) -> list[FillingPrices]:
        """The pool, and some more prices."""
        return [*self._pool, *map(self.prices, owners)]

    # --- which filling -------------------------------------------------------------------

    def written(
        self,
        columns: Sequence[npt.NDArray[np.unsignedinteger]],
        scores: IntArray,
        *,
        as_found: bool = False,
        levels_only: bool = False,
        should_stop: Callable[[], bool] = _never,
    ) -> Written:
        """The fillings of builds with these scores, L columns of piece indices, as results keep them.

        `as_found` takes whatever best filling the search came upon: for one that was stopped, and from a stop on.
        Builds from the first on whose filling is not found by then are left out. With `levels_only` any will do
        that has the levels of the one to write.
        """
        totals = total_columns(self.problem, columns)
        first, group, words = self._grouped(totals, self.unfilled_scores(totals))
        chosen = totals.take(first)
        best = scores[first] - self.unfilled_scores(chosen)
        # Those that are listed first are filled first.
        place = np.full(len(first), len(group))
        np.minimum.at(place, group, np.arange(len(group)))
        order = np.argsort(place)
        chosen, best, words = chosen.take(order), best[order], words[:, order]
        how = partial(self._contents, words=words, as_found=as_found, levels_only=levels_only, should_stop=should_stop)
        contents = how(chosen.levels, chosen.slots, best)
        number = np.argsort(order)[group]
        n_known = int(contents.is_known[number].cumprod().sum())
        return Written(contents.of(number[:n_known]).written(self.model), bool(contents.is_first.all()))

    def some_best_filling(self, build: BlockTotals, score: int) -> dict[int, int]:
        """Some best filling of one build that scores so much: the number of each decoration."""
        words = np.array(self._words(build.levels, build.slots), dtype=np.int64)
        best = score - self.unfilled_scores(build)
        contents = self._contents(build.levels, build.slots, best, words=words, as_found=True)
        return dict(zip(contents.decoration.tolist(), contents.count.tolist(), strict=True))

    def _contents(
        self,
        levels: IntArray,
        slots: IntArray,
        best: IntArray,
        *,
        words: IntArray,
        as_found: bool = False,
        levels_only: bool = False,
        should_stop: Callable[[], bool] = _never,
    ) -> Contents:
        """What is in the slots of builds."""
        parts, n_each = [], max(1, _COUNTS // max(1, len(self.model.is_plain)))
        settle = partial(self._some_contents, levels_only=levels_only, should_stop=should_stop)
        for start in range(0, len(best), n_each):
            some, is_late = slice(start, start + n_each), as_found or should_stop()
            chosen = levels[:, some], slots[:, some], best[some]
            parts.append(settle(*chosen, words=words[:, some], as_found=is_late))
        return together(self.model, parts)

    def _some_contents(
        self,
        levels: IntArray,
        slots: IntArray,
        best: IntArray,
        *,
        words: IntArray,
        as_found: bool,
        levels_only: bool,
        should_stop: Callable[[], bool],
    ) -> Contents:
        pool, left, parts = self._pool, np.ones(len(best), dtype=np.bool_), []
        order = [np.zeros(0, dtype=np.intp)]
        if self.bounds is not None:
            self._tidy(self.bounds)
            cases = self.cases(self.bounds, levels, slots)
            rows, counts, basis = self._witnessed(
                self.bounds, cases, best, words=words, is_bounded_best=levels_only, should_stop=should_stop
            )
            is_any = np.full(len(rows), as_found)
            if levels_only:
                is_any |= self._fixed.are_fixed(cases.take(rows), basis[rows], best[rows])
            if (firsts := np.flatnonzero(~is_any)).size:
                chosen = levels[:, rows[firsts]], slots[:, rows[firsts]]
                first = FirstFillings(self.model, self.bounds, self._completion, *chosen, lessons=self._lessons)
                if first.follow(best[rows[firsts]], counts[firsts], basis[rows[firsts]], should_stop):
                    order.append(rows[firsts[first.is_known]])
                    parts.append(contents_of_paths(self.model, first.path[:, first.is_known], slots[:, order[-1]]))
                else:
                    is_any[:] = True
            order.append(rows[is_any])
            free = self._completion.left(slots[:, order[-1]], counts[is_any])
            parts.append(contents_of_counts(self.bounds.program, counts[is_any], free))
            left[np.concatenate(order)] = False
            pool = self._pool_with(map(self.bounds.multipliers, distinct(basis[left])))
        if left.any():
            rows = np.flatnonzero(left)
            walked = WalkedFillings(self.model, levels[:, rows], slots[:, rows], floor=best[rows], pool=pool)
            paths = walked.paths(best[rows], should_stop)
            if len(paths) < len(rows) and not should_stop():
                raise AssertionError("no filling scores what was found for its build")
            path = np.array(list(paths.values()), dtype=np.int64).reshape(len(paths), len(self.model.steps))
            known, unknown = rows[list(paths)], np.delete(rows, list(paths))
            parts += [contents_of_paths(self.model, path.T, slots[:, known]), unknown_contents(slots[:, unknown])]
            order += [known, unknown]
        return together(self.model, parts).of(np.argsort(np.concatenate(order)))

    def _witnessed(
        self,
        bounds: BuildBounds,
        cases: Cases,
        best: IntArray,
        *,
        words: IntArray,
        is_bounded_best: bool,
        should_stop: Callable[[], bool],
    ) -> tuple[Rows, IntArray, IntArray]:
        """Builds of which a best filling is found, its counts, and for all builds a basis that bounds them well.

        The one that bounds each best tells most of its levels; one that is shared by others is the quicker start.
        """
        is_found, counts, basis = self._witnesses.find(words, best)
        is_without = is_found & ((basis < 0) | (not is_bounded_best))
        unknown, without = np.flatnonzero(~is_found), np.flatnonzero(is_without)
        basis = np.maximum(basis, 0)
        if without.size and bounds.starts:
            basis[without] = bounds.best_starts(cases, without, bounds.program.most)
        if unknown.size:
            branching = Branching(bounds, self._completion, cases.take(unknown), floor=best[unknown])
            branching.run(lambda _: best[unknown], should_stop)
            counts[unknown], basis[unknown] = branching.counts, branching.owner
            is_found[unknown] = branching.best == best[unknown]
        rows = np.flatnonzero(is_found)
        return rows, counts[rows], basis
