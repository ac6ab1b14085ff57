"""Which limits some build keeps together: one relaxation, asked again and again.

Limits (minima and maxima of totals) become worth: a level below a minimum, or above a
maximum, costs more than everything else can bring in. A build that keeps all that are
asked for is then one that scores enough. The other limits are worth a little, so a
build that is found keeps as many of them as it can: it answers later questions too.

Array axes: F features, n pieces of one part.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ..problem.compile import MAX_SCORE
from ..problem.piece_costs import priced
from ..problem.problem import Feature, Problem
from ..problem.ranges import Ranges
from ..problem.scoring import BlockTotals, score_totals, total_columns
from ..problem.value_function import ValueFunction, sum_of
from ..search.bounded.run import BoundedSearch
from ..search.relaxation.piece_classes import expand_members, merge_pieces
from ._branch_search import BranchSearch, Leaves
from ._conflict import KeptSets
from ._each_row import EachRow
from ._filled_within_limits import LimitFiller
from ._hard_limits import Limit
from ._level_problem import limits_problem, score_bound
from ._merge_parts import is_plain
from ._rows_in_order import list_in_order

__all__ = ["Answer", "LimitQuestions"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: A level that a limit lacks costs so many times as much as all else is worth.
_FAR_MORE = 100

#: So many combinations are kept.
_MOST_KNOWN = 24

#: So many levels of a goal are asked for one by one from the highest down; then any, and what is better than that.
_SINGLE_LEVELS = 4

#: The levels of totals that range wider are worth next to nothing where nobody asks for them.
_WIDE = 64


@dataclass(frozen=True)
class Answer:
    """What was found."""

    levels: tuple[int, ...] | None  # for each limit the total of a build that keeps all; None where none was found
    proved: bool  # that there is none, or none with more levels of the goal
    needed: frozenset[int] = frozenset()  # where there is none: of the limits asked for those that exclude each other
    weight: Mapping[int, int] = field(default_factory=dict)  # how much of each is taken up, at the first bound's prices


class LimitQuestions:
    """Questions about the limits of a problem, for the pieces that are `allowed`, one column a part."""

    def __init__(
        self, problem: Problem, limits: Sequence[Limit], allowed: Sequence[BoolArray] | None, *, merges: bool = True
    ) -> None:
        self._limits = limits
        self._features = sorted({limit.feature for limit in limits}.union(*problem.exclusive))
        small = limits_problem(problem, limits, allowed, merges=merges)
        self._problem = small if small is not None and small.space.n_combinations else None
        self._last: BranchSearch | None = None
        #: Rows of each part of the combinations that answered last: with other decorations they may answer again.
        self._known: list[tuple[int, ...]] = []
        self._seen: set[tuple[int, ...]] = set()
        #: Whether others than those are wanted.
        self.looks_elsewhere = False
        #: Of each combination that answered what says which sets of limits, as bits, it is known to keep.
        self.builds: list[KeptSets] = []
        if self._problem is None:
            return
        self._branches = set(self._problem.space.counts) == {1} and is_plain(self._problem)
        self._fills: LimitFiller | None = None
        if self._branches and self._problem.decorations is not None:
            places = [self._features.index(limit.feature) for limit in limits]
            self._fills = LimitFiller(self._problem, limits, places)
        self._spans = [self._most(i) - self._least(i) for i in range(len(limits))]
        self._wishes = [int(self._branches and span <= _WIDE) for span in self._spans]
        self._slot_weights = np.zeros(len(self._problem.slot_levels), dtype=np.int64)
        all_wishes = sum(w * s for w, s in zip(self._wishes, self._spans, strict=True))
        if self._branches:
            self._slot_weights += np.array(self._problem.slot_levels, dtype=np.int64) * (all_wishes + 1)
        self._slots_worth = Ranges.of(self._problem).n_slots * int(self._slot_weights.max(initial=0)) + 1
        most = (self._slots_worth + all_wishes) * (1 + max(self._spans, default=0))
        usual = score_bound(self._valued(self._problem, [_FAR_MORE * most] * len(limits))) + self._slots_worth
        self._usual_bound = min(usual, MAX_SCORE)

    def ask(
        self, asked: Collection[int], *, goal: int | None = None, should_stop: Callable[[], bool] | None = None
    ) -> Answer:
        """A build that keeps the limits `asked` for, by number, and as many levels of the limit `goal` as any.

        Of the goal, which is not kept with them, a level short of it is enough.
        """
        if should_stop is not None and should_stop():
            return Answer(None, proved=False)
        if self._problem is None:
            return Answer(None, proved=True)
        excluded = self._excluded(asked)
        if excluded is not None:
            return excluded
        if not self._branches and self._problem.decorations is None:
            hard, (enough, most) = self._hard(self._problem, frozenset(asked), goal)
            return self._list(hard, asked, goal, should_stop, enough=enough, most=most)
        soft, enough, unit = self._soft(self._problem, frozenset(asked), goal)
        most = enough
        if goal is not None:
            most += unit * (self._limits[goal].kept_levels(self._limits[goal].level) - 1 - self._least(goal))
        if not self._branches:
            return self._list(soft, asked, goal, should_stop, enough=enough, most=most)
        if soft.score_bound > MAX_SCORE:
            return Answer(None, proved=False)
        leaves = self._leaves(asked, goal, enough, unit)
        search = BranchSearch(
            soft, most, unit=unit, should_stop=should_stop, fills_slots=True, like=self._last, leaves=leaves
        )
        self._last = search
        self._from_above(search, enough, unit)
        if search.best < search.least_score:
            return self._refuted(search, asked)
        if search.best_rows is not None:
            self._remember(search.best_rows, search.best_counts)
        levels = self._known_levels(asked, goal, (search.best - enough) // unit)
        if search.best_levels is not None:
            total = dict(zip(self._features, search.best_levels, strict=True))
            levels = tuple(total[limit.feature] for limit in self._limits)
        return Answer(levels, proved=search.is_settled)

    def _remember(self, rows: tuple[int, ...], counts: IntArray | None) -> None:
        """Keep a combination that answered, with decorations that are known."""
        assert self._problem is not None
        totals = total_columns(self._problem, [np.array([row]) for row in rows])
        if rows not in self._seen:
            self._seen.add(rows)
            self._known = [rows, *self._known[: _MOST_KNOWN - 1]]
            if self._fills is not None:
                self.builds.append(partial(self._fills.kept_sets, totals.levels, totals.slots, None))
        if self._fills is not None and counts is not None:
            self.builds.append(partial(self._fills.kept_sets, totals.levels, totals.slots, counts))

    def _from_above(self, search: BranchSearch, enough: int, unit: int) -> None:
        """Search for the highest level of a goal, which is mostly there, then for lower ones, as far as to `enough`."""
        most = search.least_score
        search.run(enough=most, first=() if self.looks_elsewhere else self._known)
        for _ in range(_SINGLE_LEVELS):
            if search.best >= most or most == enough or not search.is_settled:
                return
            bound = most - unit if search.first_bound is None else min(search.first_bound, most - unit)
            most = max(enough, enough + (bound - enough) // unit * unit)
            search.again(most, enough=most)
        if search.best < most and most > enough and search.is_settled:
            search.again(enough, enough=most - unit)

    def all_kept(self, most: int, should_stop: Callable[[], bool]) -> npt.NDArray[np.intp] | None:
        """Rows of each part, shape (parts, N), of all combinations that may keep all limits, of which nothing merges.

        None where there are more than `most`, and where it is not known.
        """
        softened = self._softened()
        if softened is None:
            return None
        soft, enough = softened
        classes, listed, n_listed = merge_pieces(soft), [np.zeros((len(soft.parts), 0), dtype=np.intp)], 0

        def take(picks: Sequence[npt.NDArray[np.intp]]) -> None:
            nonlocal n_listed
            sizes = [part.sizes[chosen] for part, chosen in zip(classes, picks, strict=True)]
            n_listed += int(np.prod(sizes, axis=0).sum())
            if n_listed <= most:
                listed.append(np.array(expand_members(classes, picks, most)[1]))

        search = BranchSearch(
            soft, enough, should_stop=lambda: n_listed > most or should_stop(), fills_slots=True, on_few=take
        )
        search.run()
        return np.concatenate(listed, axis=1) if search.is_settled and n_listed <= most else None

    def _softened(self) -> tuple[Problem, int] | None:
        """The problem with all limits as worth, and the least score that keeps them; None where it lists nothing."""
        everything = frozenset(range(len(self._limits)))
        if self._problem is None or not self._branches or self._excluded(everything) is not None:
            return None
        soft, enough, _ = self._soft(self._problem, everything, None)
        return None if soft.score_bound > MAX_SCORE else (soft, enough)

    def list_first(
        self,
        most: int,
        should_stop: Callable[[], bool],
        *,
        into: list[tuple[int, ...]],
        before: tuple[int, ...] | None = None,
    ) -> bool:
        """Whether the first `most` combinations that keep all limits were listed, as rows of each part.

        Nothing merges. Otherwise some of them were, the first, or none. What does not rank `before` some first rows
        is none of them.
        """
        softened = self._softened()
        if softened is None:
            return False
        soft, enough = softened
        leaves = self._leaves(frozenset(range(len(self._limits))), None, enough, 1)
        search = BranchSearch(soft, enough, should_stop=should_stop, fills_slots=True, leaves=leaves)

        def keep_all(totals: BlockTotals) -> npt.NDArray[np.bool_]:
            return score_totals(soft, totals) >= enough if self._fills is None else self._fills.keep_all(totals)

        return list_in_order(search, keep_all, most, should_stop, into=into, before=before)

    def each_row(self, should_stop: Callable[[], bool]) -> EachRow | None:
        """Questions about single rows; None where only other searches can tell. Nothing merges."""
        if (softened := self._softened()) is None:
            return None
        self.looks_elsewhere = True
        leaves = self._leaves(range(len(self._limits)), None, softened[1], 1)
        search = BranchSearch(*softened, should_stop=should_stop, fills_slots=True, leaves=leaves)
        return EachRow(search, self._fills, len(self._limits))

    def _leaves(self, asked: Collection[int], goal: int | None, enough: int, unit: int) -> Leaves | None:
        """What fills combinations of pieces, where one filler can do it for all questions."""
        if self._fills is None or not self._fills.knows(asked, goal):
            return None

        def leaves(totals: BlockTotals, wanted: int) -> tuple[int, IntArray] | None:
            moved = None
            if goal is not None:
                limit, kept = self._limits[goal], self._least(goal) + (wanted - enough) // unit
                moved = goal, kept if limit.is_maximum else limit.level - kept
            return self._first_kept(totals, asked, moved)

        return leaves

    def _first_kept(
        self, totals: BlockTotals, asked: Collection[int], moved: tuple[int, int] | None
    ) -> tuple[int, IntArray] | None:
        """What fills one of some combinations so that it keeps limits; one that is easily filled is tried alone."""
        assert self._fills is not None
        if moved is not None or not self.looks_elsewhere:
            return self._fills.first(totals, asked, moved)
        some = slice(0, _MOST_KNOWN)
        self.builds.append(partial(self._fills.kept_sets, totals.levels[:, some], totals.slots[:, some], None))
        sets = np.array([sum(1 << i for i in asked)])
        easy = np.flatnonzero(self._fills.keeps(totals.levels, totals.slots, sets)[:, 0])[:1]
        filling = self._fills.first(totals.take(easy) if easy.size else totals, asked, moved)
        return filling if filling is None or not easy.size else (int(easy[0]), filling[1])

    def _refuted(self, search: BranchSearch, asked: Collection[int]) -> Answer:
        """The answer where a search found no build."""
        if search.problem.decorations is None:
            # Parts were merged, and pairs left out that others stand in for.
            return Answer(None, proved=search.is_settled, needed=frozenset(asked))
        prices = {self._features[f]: price for f, price in search.priced.items()}
        needed = frozenset(i for i in asked if self._limits[i].feature in prices)
        weight = {i: abs(prices[self._limits[i].feature] * self._limits[i].level) for i in needed}
        return Answer(None, proved=search.is_settled, needed=needed, weight=weight)

    def _excluded(self, asked: Collection[int]) -> Answer | None:
        """The answer where one total cannot keep its limits at all: no price tells of that."""
        for i in asked:
            if self._most(i) < self._limits[i].kept_levels(self._limits[i].level):
                return Answer(None, proved=True, needed=frozenset({i}))
        for i, j in itertools.pairwise(sorted(asked)):
            first, second = self._limits[i], self._limits[j]
            if first.feature == second.feature and first.level > second.level:
                return Answer(None, proved=True, needed=frozenset({i, j}))
        return None

    def _least(self, i: int) -> int:
        """The fewest levels of a limit that any build has."""
        feature, limit = self._feature(i), self._limits[i]
        return min(limit.kept_levels(feature.low), limit.kept_levels(feature.high))

    def _most(self, i: int) -> int:
        """No build has more levels of a limit."""
        feature, limit = self._feature(i), self._limits[i]
        return max(limit.kept_levels(feature.low), limit.kept_levels(feature.high))

    def _feature(self, i: int) -> Feature:
        """The feature of a limit, by number."""
        assert self._problem is not None
        return self._problem.features[self._features.index(self._limits[i].feature)]

    def _known_levels(self, asked: Collection[int], goal: int | None, above_least: int) -> tuple[int, ...]:
        """Levels of a build of which only the score is known: those asked for are kept, others are as bad as can be."""
        levels = []
        for i, limit in enumerate(self._limits):
            if i in asked:
                levels.append(limit.level)
            else:
                kept = self._least(i) + (above_least if i == goal else 0)
                levels.append(limit.level - kept if limit.is_maximum else kept)
        return tuple(levels)

    def _soft(self, problem: Problem, asked: frozenset[int], goal: int | None) -> tuple[Problem, int, int]:
        """The problem with limits as worth, the least score that keeps all asked for, and what a goal's level is worth.

        A free slot is worth more than limits nobody asks for: of all relaxed builds that
        keep those asked for the solver names the one with most room, the easiest to fill
        in whole decorations (required levels of random builds, 22 skills and 500
        talismans: 2 relaxations in place of up to 16,000).
        """
        weights = [0 if i in asked or i == goal else wish for i, wish in enumerate(self._wishes)]
        unit = 1
        if goal is not None:
            unit = weights[goal] = self._slots_worth + sum(w * s for w, s in zip(weights, self._spans, strict=True))
        other_worth = self._slots_worth + sum(w * s for w, s in zip(weights, self._spans, strict=True))
        for more in (_FAR_MORE, 2):
            full = [more * other_worth if i in asked else w for i, w in enumerate(weights)]
            features = self._valued(problem, full)
            bound = score_bound(features) + self._slots_worth
            if bound <= MAX_SCORE:
                break
        enough = sum(
            w * (limit.kept_levels(limit.level) if i in asked else self._least(i))
            for i, (w, limit) in enumerate(zip(full, self._limits, strict=True))
        )
        # Mostly the same for every question, so that prices are rounded alike.
        bound = max(bound, self._usual_bound)
        soft = replace(problem, features=features, slot_weights=self._slot_weights, score_bound=bound)
        return soft, enough, unit

    def _hard(self, problem: Problem, asked: frozenset[int], goal: int | None) -> tuple[Problem, tuple[int, int]]:
        """The problem with what is asked for as hard limits, and the least and the most that a build need score.

        Without slots to fill the bounded engine bounds these better than worth. Where there is no
        goal, it begins with builds that are as far as can be on the right side of all of them.
        """
        features = list(self._valued(problem, [int(i == goal) for i in range(len(self._limits))]))
        widest = max(self._spans, default=0)
        for i in asked:
            limit, f = self._limits[i], self._features.index(self._limits[i].feature)
            if limit.is_maximum:
                features[f] = replace(features[f], maximum=limit.level)
            else:
                features[f] = replace(features[f], minimum=limit.level)
            if goal is None:
                worth = widest // max(1, self._spans[i]) or 1
                slope = features[f].value.slope_at(0) + (-worth if limit.is_maximum else worth)
                features[f] = replace(features[f], value=ValueFunction.linear(slope))
        bound = score_bound(features) + 1
        hard = replace(problem, features=tuple(features), score_bound=bound)
        if goal is None:
            # Of as good builds one is best: the engine goes straight to it.
            dearer = [np.arange(len(part.linear)) for part in problem.parts]
            hard = priced(hard, dearer)
            return hard, (-hard.score_bound, -hard.score_bound)
        limit = self._limits[goal]
        return hard, (self._least(goal), limit.kept_levels(limit.level) - 1)

    def _valued(self, problem: Problem, weights: Sequence[int]) -> tuple[Feature, ...]:
        """Features that are worth their limits' levels."""
        values = {f: ValueFunction.linear(0) for f in self._features}
        for limit, weight in zip(self._limits, weights, strict=True):
            values[limit.feature] = sum_of([(1, values[limit.feature]), (1, limit.function(weight))])
        return tuple(
            replace(feature, value=values[f]) for f, feature in zip(self._features, problem.features, strict=True)
        )

    def _list(
        self,
        soft: Problem,
        asked: Collection[int],
        goal: int | None,
        should_stop: Callable[[], bool] | None,
        *,
        enough: int,
        most: int,
    ) -> Answer:
        """By the bounded engine, which knows parts that take several pieces."""
        gave_up = False
        if soft.score_bound > MAX_SCORE:
            return Answer(None, proved=False)

        def is_settled() -> bool:
            nonlocal gave_up
            gave_up = gave_up or (should_stop is not None and should_stop())
            return gave_up or run.top.nth_score >= most

        run = BoundedSearch(soft, 1, should_stop=is_settled)
        run.look_above(enough - 1)
        run.run()
        best = run.top.nth_score
        if best < enough:
            return Answer(None, proved=not gave_up, needed=frozenset(asked))
        return Answer(self._known_levels(asked, goal, best - enough), proved=not gave_up or best >= most)
