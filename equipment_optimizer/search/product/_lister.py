"""Lists the builds of nodes: by the scores of a surrogate, and where that comes to no end by the limits of the node.

In come surrogates. What they list goes to the list of products. Good builds come early from a relaxation's solution,
rounded: a list that has some rules others out, and lines that touch near their sums are above them by next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ...progress import SCORING, Progress
from ...records.space import RankCode
from ..bounded.run import BoundedSearch, few_of
from ..engines import SearchOptions
from ..relaxation.bounds import Box, relax, root_box
from ..relaxation.box_lp import BoxLp, LpAdvice, solve_box
from ..relaxation.piece_classes import PartClasses
from ._few import (
    Alike,
    FlatPart,
    Needed,
    alike_groups,
    first_of,
    flat_part,
    likely_rows,
    some_classes,
    together,
    with_needed_levels,
)
from ._products import Products, best_sums
from ._scorer import ProductScorer
from .nodes.curves import ONE
from .nodes.nodes import Node
from .nodes.surrogate import Slopes, Surrogate, fine_precision, slopes_at, surrogate

__all__ = ["Bounded", "Leaf", "Lister", "bounded_node", "rounded"]

Rows = npt.NDArray[np.intp]

#: By how much more, in units, a node may be bounded by lines near a good build: they tell ties.
_WORSE = ONE // 1000

#: Builds whose neighbours, with another piece in one place, are offered before a node is listed.
_BASES = 4

#: Neighbours of a relaxation's build that are filled, or twice as many as are listed: those that its prices like best.
_NEIGHBOURS = 500

#: Polls, of a millisecond or two, after which it is asked whether a node's limits leave few builds, none where they did
#: before; times as many for the answer; times more the next time; and how many of these are filled together.
_POLLS = 150
_KEEN_POLLS = 0
_ASKED_POLLS = 2_000
_ASKED = 2
_MORE = 4
_ALIKE_POLLS = 2_000
_UNLIMITED = 2**62
_OFFERED = 16_384

#: Parts of a node's slack in which few builds are looked for, one after the other.
_SHARES = (8, 4, 2, 1)


@dataclass(frozen=True, eq=False)
class Leaf:
    """Builds of a node by what they come to, the best first; `problem` fills them, `exact` has their limits."""

    problem: Problem
    exact: Problem
    needed: Needed
    groups: list[Alike]

    @property
    def bound(self) -> int:
        """No build of it scores more."""
        return self.groups[0].score

    def within(self, most: int) -> Leaf:
        """What of it scores no more than `most`: nothing else is in a node with such a bound."""
        return replace(self, groups=[group for group in self.groups if group.score <= most])


@dataclass(frozen=True, eq=False)
class Bounded:
    """A node's surrogate, its bound and prices for it."""

    bound: int
    made: Surrogate
    advice: LpAdvice
    slopes: Slopes


def bounded_node(formula: FormulaProblem, classes: Sequence[PartClasses], node: Node, slopes: Slopes) -> Bounded:
    """A node with lines of some slopes."""
    made = surrogate(formula, node, slopes)
    box = root_box(made.problem)
    precision = fine_precision(made.problem)
    advice = solve_box(made.problem, classes, box, precision)
    bound = relax(made.problem, classes, box, advice.multipliers, precision).bound_scaled // precision
    return Bounded(bound, made, advice, slopes)


class Lister:
    """Offers to `products`; `n_builds` are looked at by now."""

    def __init__(
        self,
        formula: FormulaProblem,
        products: Products,
        classes: Sequence[PartClasses],
        code: RankCode,
        *,
        options: SearchOptions,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.n_builds = 0
        self._formula, self._products, self._classes, self._code = formula, products, classes, code
        self._options, self._is_stopped = options, is_stopped
        self._class_of = [_class_of(part) for part in classes]
        #: Whether any sum is taken by a line, which may touch here or there.
        self._has_lines = any(compiled.worths for sums in formula.sums for compiled in sums)
        self._finds_none: bool | None = None
        #: Polls after which a search is given up.
        self._left_polls = _UNLIMITED
        #: Of a search by scores before limits are asked.
        self._first_polls = _POLLS

    def finds_none(self) -> bool:
        """Whether no build keeps the limits, asked once and while none is known: scores tell that late."""
        problem, any_build = self._formula.problem, self._options.any_build
        if self._finds_none is None and any_build is not None and self._products.best() is None:
            self._finds_none = False
            if not problem.space.shared_parts and any(feature.n_limits for feature in problem.features):
                self._left_polls = _ASKED_POLLS
                self._finds_none = any_build(problem, self._is_over) is False
                self._left_polls = _UNLIMITED
        return self._finds_none is True

    def list_all(self, problem: Problem, advice: LpAdvice, bound: int, *, by_limits: bool) -> None:
        """Offer every build of a surrogate's problem that may belong; its root's prices and bound are known.

        Its limits may tell as much as the scores where it is said that they are asked, too.
        """
        box = root_box(problem)

        def solver(its: Problem, classes: Sequence[PartClasses], part: Box, precision: int) -> LpAdvice:
            is_known = part == box and precision == fine_precision(problem)
            return advice if is_known else solve_box(its, classes, part, precision)

        self._left_polls = _UNLIMITED
        may_ask = by_limits and self._options.few_builds is not None and self._products.is_full
        n_polls = self._first_polls if may_ask else _UNLIMITED
        # By scores and by limits in turn: which of them comes to an end is not known beforehand.
        while not (n_polls and self.run(problem, solver, n_polls=n_polls)) and not self._is_stopped():
            is_done = self._list_few(problem, bound, n_polls=max(_ASKED * n_polls, _ASKED_POLLS))
            self._first_polls = _KEEN_POLLS if is_done else _POLLS
            if is_done:
                return
            n_polls = _MORE * max(n_polls, _POLLS)

    def drawn_near(self, node: Bounded) -> Bounded:
        """A node with its lines near the best build there is, once builds near its relaxation are offered.

        Once: lines that are moved again find the same builds.
        """
        picks = rounded(node.made.problem, self._classes)
        if picks is None:
            return node
        self.offer_swapped(node.made.problem, picks, self._likely(node))
        points = best_sums(self._formula, self._products, self._code)
        if points is None or not self._has_lines:
            return node
        slopes = slopes_at(self._formula, node.made.node, points, held=node.slopes)
        nearer = bounded_node(self._formula, self._classes, node.made.node, slopes)
        return node if nearer.bound > node.bound + _WORSE else nearer

    def offer_swapped(self, problem: Problem, picks: npt.NDArray[np.int32], others: Sequence[Rows]) -> None:
        """Offer what one build, classes by position (L, 1), becomes with one of some other classes in one place."""
        scorer = self._prepared(problem, solve_box).scorer
        assert isinstance(scorer, ProductScorer)
        scorer.offer_swapped(picks, others)

    def _likely(self, node: Bounded) -> list[Rows]:
        """The classes of each part that lose least by the prices of a node, as many in all as are worth filling."""
        problem = node.made.problem
        losses = relax(problem, self._classes, root_box(problem), node.advice.multipliers, fine_precision(problem)).loss
        together = np.concatenate(losses)
        n_likely = max(_NEIGHBOURS, 2 * self._products.limit)
        most = np.partition(together, n_likely)[n_likely] if n_likely < len(together) else together.max()
        return [np.flatnonzero(loss <= most) for loss in losses]

    def _list_few(self, problem: Problem, bound: int, *, n_polls: int) -> bool:
        """Offer all builds of a node that may belong, where its limits leave few; whether they do.

        Those nearest to its bound first: they raise what the others need.
        """
        assert self._options.few_builds is not None
        search, slack = self._prepared(problem, solve_box), bound - self._products.least_log
        before: tuple[list[int | None], list[int]] | None = None
        for share in _SHARES:
            least = max(bound - slack // share, self._products.least_log)
            limited = with_needed_levels(problem, least)
            rows = likely_rows(problem, self._classes, least)
            asked = [feature.minimum for feature in limited.features], list(map(len, rows))
            if asked != before:
                self._left_polls, before = n_polls, asked
                some = some_classes(self._classes, rows)
                chosen = few_of(self._options.few_builds, limited, some, self._is_over, n_polls // 2)
                is_known, self._left_polls = self._left_polls > 0, _UNLIMITED
                if chosen is None or not is_known:
                    return False
                if chosen.size:  # only where each part takes one piece
                    picks = np.array([picked[pick] for picked, pick in zip(rows, chosen, strict=True)], dtype=np.intp)
                    self._offer_chosen(search, picks)
            if least <= self._products.least_log:
                break
        self.n_builds += search.offers.n_builds
        return not self._is_stopped()

    def _offer_chosen(self, search: BoundedSearch, picks: npt.NDArray[np.intp]) -> None:
        """Offer combinations of classes by position, shape (L, N)."""
        for start in range(0, picks.shape[1], _OFFERED):
            search.scorer.offer_all(picks[:, start : start + _OFFERED])

    def leaf(self, problem: Problem, exact: Problem, needed: Needed) -> Leaf | None:
        """A node whose builds are told apart by the pieces of one part alone; None where they are not.

        Levels are known, or those that all builds have which may belong: `exact` is the surrogate's `problem` where
        nothing but products is told. Beside its limits builds have what is `needed`.
        """
        rows = likely_rows(exact, self._classes, self._products.least_log)
        groups = alike_groups(exact, self._classes, rows)
        if groups is None:
            # Limits that take longer to ask for.
            exact = with_needed_levels(exact, self._products.least_log)
            groups = alike_groups(exact, self._classes, rows)
        if groups is None or self._options.first_builds is None or self._options.any_build is None:
            return None
        # What fills them has to keep the same limits.
        features = zip(problem.features, exact.features, strict=True)
        problem = replace(problem, features=tuple(replace(feature, minimum=its.minimum) for feature, its in features))
        if needed.added:
            # Of all that fill it those have the most of it, which are told apart by nothing else.
            problem = needed.above(exact, exact.base_linear)
        return Leaf(problem, exact, needed, groups)

    def list_leaf(self, leaf: Leaf) -> list[Leaf] | None:
        """Offer the first of a leaf's best builds, which come to the same; what is left of it, None if it is not known.

        Most groups have few builds, and the best one mostly some: to list them takes hardly longer than to find one.
        """
        some = [group for group in leaf.groups if group.score >= self._products.least_log]
        if not some:
            return []
        self._left_polls = _ALIKE_POLLS
        first = self._first_that_matter(self._flat(leaf, some[:1]), some[0].score)
        self._left_polls = _UNLIMITED
        if first is not None:
            self._offer_first(leaf, np.unique(first, axis=1), some[0].score)
            some = some[1:]
        if first is not None and (first.size or len(some) <= 1):
            return [replace(leaf, groups=some)]
        return self._halves(leaf, some)

    def _flat(self, leaf: Leaf, groups: Sequence[Alike]) -> FlatPart:
        """Some groups of a leaf, whose builds all come to the same."""
        return flat_part(leaf.exact, self._classes, together(groups), leaf.needed)

    def _halves(self, leaf: Leaf, groups: list[Alike]) -> list[Leaf] | None:
        """Some groups of a leaf in two parts, none if no build is in them; None if it is not known, or they are one."""
        assert self._options.any_build is not None
        self._left_polls = _ALIKE_POLLS
        flat, middle = self._flat(leaf, groups), len(groups) // 2
        is_there = self._options.any_build(flat.problem, self._is_over, least=flat.least)
        self._left_polls = _UNLIMITED
        if is_there is False:
            return []
        if is_there is None or not middle:
            return None
        return [replace(leaf, groups=half) for half in (groups[:middle], groups[middle:])]

    def _offer_first(self, leaf: Leaf, picks: npt.NDArray[np.intp], score: int) -> None:
        """Offer classes (L, N) of a leaf's builds, which all come to a score with whatever fills them and keeps it."""
        if picks.size:
            # Many leaves have no such build at all: what fills them is made when the first is there.
            search = self._prepared(leaf.problem, solve_box)
            assert isinstance(search.scorer, ProductScorer)
            search.scorer.offer_likeliest(picks, score)
            self.n_builds += search.offers.n_builds

    def _first_that_matter(self, flat: FlatPart, score: int) -> npt.NDArray[np.intp] | None:
        """The classes (L, N) of the first builds of some that all have a score: of these no other one matters.

        None where they are not known, none of them where even the first ranks behind the last one held.
        """
        assert self._options.first_builds is not None
        limit, last = self._products.limit, None
        self._products.keep_best()
        if self._products.last is not None and score <= self._products.tie_log:
            last = [int(column[0]) for column in self._code.decode(np.array(self._products.last[1])[:, None])]
        return first_of(self._options.first_builds, flat, limit, should_stop=self._is_over, last=last)

    def run(
        self,
        problem: Problem,
        solver: Callable[..., LpAdvice],
        *,
        every_filling: bool = False,
        n_polls: int = _UNLIMITED,
    ) -> bool:
        """Run a bounded search of a problem whose builds' exact products go to the list; false if it came to no end."""
        self._left_polls = n_polls
        search = self._prepared(problem, solver, every_filling=every_filling)
        if not every_filling:
            self._offer_near(search)
        search.run()
        self.n_builds += search.offers.n_builds
        self._left_polls = _UNLIMITED
        return not search.stopped

    def _is_over(self) -> bool:
        """Whether the search of a node is to end."""
        self._left_polls -= 1
        return self._left_polls < 0 or self._is_stopped()

    def _offer_near(self, search: BoundedSearch) -> None:
        """Offer builds near the best ones that are known, until these are as good as any near them."""
        assert isinstance(search.scorer, ProductScorer)
        done = set[tuple[int, ...]]()
        while len(done) < _BASES:
            best = next((words for words in self._products.leading(_BASES) if words not in done), None)
            if best is None:
                return
            done.add(best)
            pieces = self._code.decode(np.array(best, dtype=np.int64)[:, None])
            picks = [
                self._class_of[part][column]
                for part, column in zip(self._formula.problem.positions, pieces, strict=True)
            ]
            search.scorer.offer_swapped(np.array(picks, dtype=np.int32))

    def _prepared(
        self, problem: Problem, solver: Callable[..., LpAdvice], *, every_filling: bool = False
    ) -> BoundedSearch:
        """A bounded search of a problem whose builds' exact products go to the list."""
        return BoundedSearch(
            problem,
            self._products.limit,
            solver=solver,
            should_stop=self._is_over,
            on_bound=self._on_bound,
            classes=self._classes,
            begins_small=True,
            precision=fine_precision(problem),
            make_scorer=partial(
                ProductScorer, formula=self._formula, products=self._products, every_filling=every_filling
            ),
        )

    def _on_bound(self, bound: int, threshold: int | None) -> None:
        if self._options.on_progress is not None:
            ratio = "unknown" if threshold is None else f"{math.expm1(min(50.0, (bound - threshold) / ONE)):.2%}"
            self._options.on_progress(Progress(SCORING, self.n_builds, None, detail=f"gap {ratio}"))


def _class_of(part: PartClasses) -> npt.NDArray[np.int64]:
    """The class of each piece of a part."""
    numbers = np.empty(len(part.members), dtype=np.int64)
    numbers[part.members] = np.repeat(np.arange(len(part)), part.sizes)
    return numbers


def rounded(problem: Problem, classes: Sequence[PartClasses]) -> npt.NDArray[np.int32] | None:
    """The classes with the largest shares in the relaxation of a surrogate, by position, shape (L, 1)."""
    program = BoxLp(problem, classes, root_box(problem), fine_precision(problem))
    program.prices_of([np.arange(len(part)) for part in classes])
    if not program.was_optimal:
        return None
    picks: list[int] = []
    for start, part in zip(program.part_starts, classes, strict=False):
        shares = program.shares[start : start + len(part)]
        picks += sorted(np.argsort(-shares, kind="stable")[: part.count].tolist())
    columns = np.array(picks, dtype=np.int32)[:, None]
    return columns if len(columns) == len(problem.positions) else None
