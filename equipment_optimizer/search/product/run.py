"""The best builds by a formula, proved: nodes by their bounds, each searched by its surrogate.

A node's surrogate (`_surrogate`) is an additive score that is never below the logarithm of the product, so a
bounded search of it lists every build of the node that may belong, and exact products order them. Nodes are
divided while their surrogates are far above, the one with the highest bound first; once the list is full, most
others are proved out by their bounds alone. What cannot score more than 0 is looked at last, all of it, where
the list is not full by then.

In comes a `FormulaProblem`, out comes a `SearchOutcome` whose scores are Python's integers.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

import numpy as np
import numpy.typing as npt

from ...problem.formula import CompiledSum, FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import feature_values, total_columns
from ...problem.value_function import ValueFunction
from ...progress import SCORING, Progress
from ...records.results import SearchReport, format_score
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..bounded.run import BoundedSearch
from ..engines import SearchOptions, SearchOutcome, decoded
from ..memory_limit import within_memory
from ..relaxation.bounds import Box, relax, root_box
from ..relaxation.box_lp import LpAdvice, solve_box
from ..relaxation.piece_classes import PartClasses, merge_pieces
from ..tuning import PLAIN_BLOCK_LENGTH, SMALL_PLAIN
from ._curves import ONE, PRECISION, ceil_exp, logarithm, rounded_up
from ._fillings import FoundFillings
from ._incumbents import best_sums, rounded
from ._nodes import Node, largest_factors, may_fall_short, root_node, worst_split
from ._products import Products
from ._scorer import ProductScorer
from ._surrogate import Slopes, Surrogate, slopes_at, surrogate

__all__ = ["search_product"]

Points = tuple[tuple[float, ...], ...]

#: Times that lines are moved to where the relaxation has its sums: of all builds, and of a part of a node.
_FIRST_MOVES = 6
_MOVES = 5

#: Times that lines are moved to a good build before a node is searched.
_NEARER = 4

#: Builds whose neighbours, with another piece in one place, are offered before a node is listed.
_BASES = 4

#: By how much more, in units, a node may be bounded by lines near a good build: they tell ties.
_WORSE = ONE // 1000

#: Combinations, filled where prices do not tell which filling is best, up to which each is looked at once.
_FEW_FILLED = 20_000

#: Nodes are divided no further; beyond, they are searched as they are.
_MOST_NODES = 120

#: Numbers of more bits are not written: 4,300 digits are the most that the interpreter turns into text.
_VAST_BITS = 10_000


@dataclass(order=True)
class _Open:
    """A node that is not settled, by its bound, highest first."""

    order: tuple[int, int]
    made: Surrogate = field(compare=False)
    advice: LpAdvice = field(compare=False)
    slopes: Slopes = field(compare=False)


def search_product(formula: FormulaProblem, limit: int, options: SearchOptions | None = None) -> SearchOutcome:
    """The best `limit` builds by a formula, by score and then rank; fewer where fewer satisfy the limits.

    Raises a `MemoryBudgetError` if the search does not fit below the ceiling of `options`.
    """
    started, options, problem = time.perf_counter(), options or SearchOptions(), formula.problem
    limit = min(limit, problem.space.n_combinations)
    if options.memory_bytes is not None:
        ceiling = options.memory_bytes
        options = within_memory(problem, limit, options, engine="bounded", ceiling_bytes=ceiling)[1]
    if options.checkpoint is not None and options.on_notice is not None:
        options.on_notice("the search by a formula keeps no checkpoint: to resume it is to run it again")
    run = _Run(formula, limit, options)
    is_small = problem.space.n_combinations <= SMALL_PLAIN and options.engine == "auto"
    if problem.decorations is None and (is_small or options.engine == "exhaustive"):
        run.everything()
    else:
        run.nodes()
    return run.outcome(time.perf_counter() - started)


class _Run:
    """One search."""

    def __init__(self, formula: FormulaProblem, limit: int, options: SearchOptions) -> None:
        self.options = options
        self._formula = formula
        self._problem = formula.problem
        self._classes = merge_pieces(formula.problem)
        self._code = RankCode(formula.problem.space.position_sizes)
        self._class_of = [_class_of(part) for part in self._classes]
        by_position = [self._classes[part] for part in formula.problem.positions]
        self._products = Products(limit, self._code, by_position)
        self._open: list[_Open] = []
        self._serial = itertools.count()
        self._n_builds = self._n_nodes = 0
        #: Whether any sum is taken by a line, which may touch here or there.
        self._has_lines = any(compiled.worths for sums in formula.sums for compiled in sums)
        self._engine = "bounded"
        self._stopped = False
        #: In units, the most that the logarithm of a product may be that was not looked at; None if there is none.
        self._left_bound: int | None = None

    # --- every combination -------------------------------------------------------------

    def everything(self) -> None:
        """Score every combination, in rank order."""
        self._engine = "exhaustive"
        space = self._problem.space
        for start, stop in space.blocks(PLAIN_BLOCK_LENGTH):
            columns = space.block(start, stop)
            is_first = space.are_first(columns)
            if is_first is not None:
                columns = [column[is_first] for column in columns]
            self._n_builds += len(columns[0])
            levels = total_columns(self._problem, columns).levels
            rows = np.flatnonzero(feature_values(self._problem, levels) > NO_BUILD)
            scores = self._formula.scores(levels[:, rows])
            if self._products.last is not None:
                good = np.flatnonzero(scores >= self._products.last[0])
                rows, scores = rows[good], scores[good]
            self._products.hold(self._code.encode([column[rows] for column in columns]), scores.tolist())
            if self.options.on_progress is not None:
                self.options.on_progress(Progress(SCORING, self._n_builds, space.n_combinations))
            if stop < space.n_ranks and self.is_stopped():
                self._left_bound = self._root_bound()
                return

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        if not self._stopped:
            self._stopped = self.options.should_stop is not None and self.options.should_stop()
        return self._stopped

    def _root_bound(self) -> int:
        """What no build's product exceeds, or its absolute value, in units."""
        return sum(
            rounded_up(logarithm(max(1, largest)))
            for largest in largest_factors(self._formula, root_node(self._formula))
        )

    # --- nodes ------------------------------------------------------------------------------

    def nodes(self) -> None:
        """Search nodes, those with the highest bounds first, then what cannot score more than 0."""
        root, problem = root_node(self._formula), self._problem
        if not self._formula.rises and problem.decorations is not None and problem.space.n_combinations <= _FEW_FILLED:
            # Each node would look at every filling of what it lists.
            self._search_all()
            self._left_bound = self._root_bound() if self._stopped else None
            return
        middle = tuple(tuple(max(1.0, (low + high) / 2) for low, high in factor_sums) for factor_sums in root.sums)
        self._add(root, middle, _FIRST_MOVES)
        while self._open and not self.is_stopped():
            node = heapq.heappop(self._open)
            if -node.order[0] < self._products.least_log:
                continue
            parts = worst_split(self._formula, node.made.node) if self._n_nodes < _MOST_NODES else None
            if parts is None:
                self._search(node)
                if self.is_stopped():
                    heapq.heappush(self._open, node)
                continue
            for part in parts:
                self._add(part, self._sums_of(node), _MOVES)
        # What cannot score more than 0 is in no node.
        is_short = not self._products.is_full and may_fall_short(self._formula)
        if is_short and not self.is_stopped():
            self._search_all()
            is_short = self._stopped
        if self._stopped:
            bounds = [-node.order[0] for node in self._open if -node.order[0] >= self._products.least_log]
            self._left_bound = max([*bounds, *([0] if is_short else [])], default=None)

    def _sums_of(self, node: _Open) -> Points:
        """The sums of a node's relaxation."""
        totals = node.advice.totals or [0.0] * (self._problem.n_features + len(self._problem.bonus_names))
        return tuple(tuple(_sum_at(compiled, totals) for compiled in sums) for sums in self._formula.sums)

    def _add(self, node: Node, points: Points, n_moves: int) -> None:
        """Bound a node, at the best of some slopes of its lines, and queue it if it may matter."""
        parts = worst_split(self._formula, node)
        if parts is not None and not parts:
            return
        best: _Open | None = None
        slopes = slopes_at(self._formula, node, points)
        for move in range(n_moves):
            opened = self._bounded(node, slopes)
            if best is None or opened.order[0] > best.order[0]:
                best = opened
            if not self._has_lines or not opened.advice.totals or best.order[0] > -self._products.least_log:
                break
            other = slopes_at(self._formula, node, self._sums_of(opened))
            slopes = _between(slopes, other, 2.0 / (move + 2.0))
        if best is not None and -best.order[0] >= self._products.least_log:
            heapq.heappush(self._open, best)

    def _bounded(self, node: Node, slopes: Slopes) -> _Open:
        """A node with lines of some slopes."""
        made = surrogate(self._formula, node, slopes)
        box = root_box(made.problem)
        advice = solve_box(made.problem, self._classes, box, PRECISION)
        bound = relax(made.problem, self._classes, box, advice.multipliers, PRECISION).bound // PRECISION
        self._n_nodes += 1
        return _Open((-bound, next(self._serial)), made, advice, slopes)

    def _search(self, node: _Open) -> None:
        """List every build of a node that may belong."""
        node = self._drawn_near(node)
        if -node.order[0] < self._products.least_log:
            return
        problem, advice = node.made.problem, node.advice
        box = root_box(problem)

        def solver(its: Problem, classes: Sequence[PartClasses], part: Box, precision: int) -> LpAdvice:
            return advice if part == box else solve_box(its, classes, part, precision)

        self._run(problem, solver)

    def _drawn_near(self, node: _Open) -> _Open:
        """A node with its lines near the best build there is, once builds near its relaxation are offered."""
        for _ in range(_NEARER):
            picks = rounded(node.made.problem, self._classes)
            if picks is None:
                break
            search = self._prepared(node.made.problem, solve_box)
            assert isinstance(search.scorer, ProductScorer)
            search.scorer.offer_swapped(picks)
            points = best_sums(self._formula, self._products, self._code)
            if points is None or not self._has_lines:
                break
            slopes = slopes_at(self._formula, node.made.node, points, held=node.slopes)
            nearer = self._bounded(node.made.node, slopes)
            if slopes == node.slopes or nearer.order[0] < node.order[0] - _WORSE:
                break
            node = nearer
        return node

    def _search_all(self) -> None:
        """List every build there is."""
        nothing = ValueFunction.linear(0)
        features = tuple(
            replace(feature, value=nothing, raised_value=None if feature.raised_value is None else nothing)
            for feature in self._problem.features
        )
        # Nothing is ruled out by a list that is full: it is not known what any build scores.
        most = self._root_bound()
        problem = replace(self._problem, features=features, base_linear=most, score_bound=most)
        self._run(problem, solve_box, every_filling=True)

    def _run(self, problem: Problem, solver: Callable[..., LpAdvice], *, every_filling: bool = False) -> None:
        """Run a bounded search of a problem whose builds' exact products go to the list."""
        search = self._prepared(problem, solver, every_filling=every_filling)
        if not every_filling:
            self._offer_near(search)
        search.run()
        self._n_builds += search.offers.n_builds

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
            picks = [self._class_of[part][column] for part, column in zip(self._problem.positions, pieces, strict=True)]
            search.scorer.offer_swapped(np.array(picks, dtype=np.int32))

    def _prepared(
        self, problem: Problem, solver: Callable[..., LpAdvice], *, every_filling: bool = False
    ) -> BoundedSearch:
        """A bounded search of a problem whose builds' exact products go to the list."""
        return BoundedSearch(
            problem,
            self._products.limit,
            solver=solver,
            should_stop=self.is_stopped,
            on_bound=self._on_bound,
            classes=self._classes,
            begins_small=True,
            precision=PRECISION,
            make_scorer=partial(
                ProductScorer, formula=self._formula, products=self._products, every_filling=every_filling
            ),
        )

    def _on_bound(self, bound: int, threshold: int | None) -> None:
        if self.options.on_progress is not None:
            ratio = "unknown" if threshold is None else f"{math.expm1(min(50.0, (bound - threshold) / ONE)):.2%}"
            self.options.on_progress(Progress(SCORING, self._n_builds, None, detail=f"gap {ratio}"))

    # --- the outcome ------------------------------------------------------------------------

    def outcome(self, seconds: float) -> SearchOutcome:
        """What was found, and what is proved of it."""
        scores, words, contents = self._products.sorted()
        total, left = self._problem.space.n_combinations, self._left_bound
        most_left = None if left is None else ceil_exp(left)
        gap = Decimal(0)
        if most_left is not None:
            gap = Decimal("Infinity")
            if scores:
                most = max(scores[-1], most_left)
                # A bound that is no number for people: what is above it is as good as unknown.
                is_vast = most.bit_length() > _VAST_BITS
                text = "Infinity" if is_vast else format_score(most - scores[-1], self._formula.scaled.score_digits)
                gap = Decimal(text)
        n_listed = min(self._n_builds, total)
        report = SearchReport(
            engine=self._engine,
            n_combinations=total,
            proved=left is None,
            gap=gap,
            counts={
                "enumerated": n_listed,
                "pruned_by_bound": total - n_listed if left is None else 0,
                "not_reached": 0 if left is None else total - n_listed,
            },
            nodes=self._n_nodes,
            lp_solves=self._n_nodes,
            elapsed_seconds=seconds,
        )
        exact = np.empty(len(scores), dtype=object)
        for place, score in enumerate(scores):  # NumPy would make floats of what no int64 holds
            exact[place] = score
        proved = None if most_left is None else np.array([score > most_left for score in scores], dtype=np.bool_)
        filler = None if self._problem.decorations is None else FoundFillings(self._problem, contents)
        return SearchOutcome(decoded(self._code, words), exact, report, proved, filler)


def _class_of(part: PartClasses) -> npt.NDArray[np.int64]:
    """The class of each piece of a part."""
    numbers = np.empty(len(part.members), dtype=np.int64)
    numbers[part.members] = np.repeat(np.arange(len(part)), part.sizes)
    return numbers


def _between(slopes: Slopes, others: Slopes, share: float) -> Slopes:
    """Slopes moved by a share of the way to others."""
    return tuple(
        tuple((1.0 - share) * before + share * after for before, after in zip(of_factor, to_factor, strict=True))
        for of_factor, to_factor in zip(slopes, others, strict=True)
    )


def _sum_at(compiled: CompiledSum, totals: Sequence[float]) -> float:
    """A sum at totals that need not be whole."""
    value = float(compiled.base) + (totals[compiled.plain] if compiled.plain >= 0 else 0.0)
    for worth in compiled.worths:
        x = math.floor(totals[worth.feature])
        share = totals[worth.feature] - x
        value += (1.0 - share) * worth.value.at(x) + share * worth.value.at(x + 1)
    return value
