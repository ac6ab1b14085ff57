"""The best builds by a formula, proved: nodes by their bounds, each searched by its surrogate.

A node's surrogate (`nodes.surrogate`) is an additive score that is never below the logarithm of the product, so a
bounded search of it lists every build of the node that may belong, and exact products order them. Nodes are
divided while their surrogates are far above, the one with the highest bound first; once the list is full, most
others are proved out by their bounds alone. What cannot score more than 0 is looked at last, all of it, where
the list is not full by then.

In comes a `FormulaProblem`, out comes a `SearchOutcome` whose scores are Python's integers.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.scoring import BlockTotals, feature_values, total_columns
from ...problem.value_function import ValueFunction
from ...progress import SCORING, Progress
from ...records.results import SearchReport
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..engines import SearchOptions, SearchOutcome
from ..memory_limit import within_memory
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import merge_pieces
from ..tuning import PLAIN_BLOCK_LENGTH, SMALL_PLAIN
from ._few import Needed
from ._fillings import BestFillings
from ._first_of_equal import with_first_fillings
from ._lister import Leaf, Lister, bounded_node
from ._node_program import NodeProgram, OpenNode, priced_node
from ._outcome import Row, gap_of, only_build, outcome_of
from ._products import Contents, Products
from .nodes.levels import divided, full_split, has_lines, needed_sum, widest
from .nodes.nodes import Node, may_fall_short, root_bound, root_node, worst_split
from .nodes.surrogate import lists_plain, surrogate

__all__ = ["only_build", "search_product"]

#: Combinations, filled where prices do not tell which filling is best, up to which each is looked at once.
_FEW_FILLED = 20_000

#: Seconds in which rows of a search that was stopped are filled as well as possible.
_MOMENT = 0.3

#: Builds looked at together in rank order, and how many besides twice the limit; the same where slots are filled.
_IN_ORDER, _FILLED_IN_ORDER = (PLAIN_BLOCK_LENGTH, 2**18), (128, 2**12)

#: What exact surrogates are above products by rounding, in units, is no more.
_ROUNDED = 64

#: Nodes are divided no further; beyond, they are searched as they are.
_MOST_NODES = 120
_MOST_PARTS = 1_000

#: Polls for which a node is listed before it is divided by levels, more where few combinations make polls short. Where
#: that came to no end, or there are too many, it is tried after so many nodes, and twice those there are, for more.
_TRIED_POLLS = 64
_SHORT_POLLS = 4_096
_FEW_COMBINATIONS = 10**10
_MOST_COMBINATIONS = 10**15
_UNTRIED_NODES = 200
_MORE_POLLS = 4


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
        by_position = [self._classes[part] for part in formula.problem.positions]
        self._products = Products(limit, self._code, by_position, grain=formula.grain)
        self._open: list[OpenNode] = []
        self._serial = itertools.count()
        self._lister = Lister(
            formula, self._products, self._classes, self._code, options=options, is_stopped=self.is_stopped
        )
        self._n_nodes = self._n_relaxed = 0
        #: Relaxations from which on a node is listed before it is divided by levels, and for how many polls.
        n_combinations = formula.problem.space.n_combinations
        self._tried_from = 0 if n_combinations <= _MOST_COMBINATIONS else _UNTRIED_NODES
        is_short = 1 < n_combinations <= _FEW_COMBINATIONS  # of one build it is its fillings that take long
        self._tried_polls = _SHORT_POLLS if is_short else _TRIED_POLLS
        #: Whether builds near a relaxation were offered.
        self._has_begun = False
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
            columns, totals = self._block(start, stop)
            rows, scores = self._plain_scores(totals)
            if self._products.last is not None:
                good = np.flatnonzero(scores >= self._products.last[0])
                rows, scores = rows[good], scores[good]
            self._products.hold(self._code.encode([column[rows] for column in columns]), scores.tolist())
            if self.options.on_progress is not None:
                self.options.on_progress(Progress(SCORING, self._lister.n_builds, space.n_combinations))
            if stop < space.n_ranks and self.is_stopped():
                self._left_bound = root_bound(self._formula)
                return

    def _block(self, start: int, stop: int) -> tuple[list[npt.NDArray[np.int64]], BlockTotals]:
        """Combinations by rank, of a build the first, and their totals."""
        columns = self._problem.space.block(start, stop)
        is_first = self._problem.space.are_first(columns)
        columns = columns if is_first is None else [column[is_first] for column in columns]
        self._lister.n_builds += len(columns[0])
        return columns, total_columns(self._problem, columns)

    def _plain_scores(self, totals: BlockTotals) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
        """Which builds without slots keep the limits, and their products."""
        rows = np.flatnonzero(feature_values(self._problem, totals.levels) > NO_BUILD)
        return rows, self._formula.scores(totals.levels[:, rows])

    def is_stopped(self) -> bool:
        """Whether to stop; once true it stays so."""
        if not self._stopped:
            self._stopped = self.options.should_stop is not None and self.options.should_stop()
        return self._stopped

    # --- nodes ------------------------------------------------------------------------------

    def nodes(self) -> None:
        """Search nodes, those with the highest bounds first, then what cannot score more than 0."""
        root, problem = root_node(self._formula), self._problem
        if not self._formula.rises and problem.decorations is not None and problem.space.n_combinations <= _FEW_FILLED:
            # Each node would look at every filling of what it lists.
            self._search_all()
            self._left_bound = root_bound(self._formula) if self._stopped else None
            return
        self._add(root)
        while self._open and not self.is_stopped():
            node = heapq.heappop(self._open)
            if -node.order[0] < self._products.least_log:
                continue
            if node.leaf is None and self._divide(node):
                continue
            if node.is_loose:
                self._bound_anew(node)
                continue
            if node.leaf is not None:
                self._settle(node, node.leaf)
            else:
                self._search(node)
            if self.is_stopped():
                heapq.heappush(self._open, node)
        # What cannot score more than 0 is in no node.
        is_short = not self._products.is_full and may_fall_short(self._formula) and not self._lister.finds_none()
        if is_short and not self.is_stopped() and not self._first_in_order():
            self._search_all()
            is_short = self._stopped
        if self._stopped:
            bounds = [-node.order[0] for node in self._open if -node.order[0] >= self._products.least_log]
            self._left_bound = max([*bounds, *([0] if is_short else [])], default=None)

    def _divide(self, node: OpenNode) -> bool:
        """Queue the parts of a node; false if nothing divides it, or not any more."""
        parts = worst_split(self._formula, node.node) if self._n_nodes < _MOST_NODES else None
        if parts is not None:
            for part in parts:
                self._add(part)
            return True
        by_level, program, same = self._parts_by_level(node)
        if by_level and not self._is_listed(node):
            for part in by_level:
                self._add(part, program, node if part is same else None, most=-node.order[0])
        return bool(by_level)

    def _add(
        self, node: Node, program: NodeProgram | None = None, whole: OpenNode | None = None, *, most: int | None = None
    ) -> None:
        """Bound a node, or a part of the one that a program is of, and queue it if it may matter.

        It has the solution of the `whole` that it is a part of, where that is named: for the time being it is bounded
        by that alone, since most are divided again. None is bounded above its `most`.
        """
        if worst_split(self._formula, node) == ():
            return
        self._n_nodes += 1
        if whole is not None:
            self._queue(replace(whole, node=node, is_loose=True), -whole.order[0])
            return
        self._n_relaxed += 1
        priced = priced_node(self._formula, node, self._classes, program)
        bound = priced.bound(self._classes)
        # Where a part has no solution, its prices prove little.
        self._queue(OpenNode(node, priced), bound if most is None else min(bound, most))

    def _bound_anew(self, node: OpenNode) -> None:
        """Bound a part by its own ranges and the prices of the whole, and queue it again if it may matter."""
        priced = node.priced.within(self._formula, node.node)
        self._queue(OpenNode(node.node, priced), min(-node.order[0], priced.bound(self._classes)))

    def _queue(self, node: OpenNode, bound: int) -> None:
        if bound >= self._products.least_log:
            heapq.heappush(self._open, replace(node, order=(-bound, next(self._serial))))

    def _parts_by_level(self, node: OpenNode) -> tuple[tuple[Node, ...], NodeProgram | None, Node | None]:
        """Parts of a node by whether a sum is full, or by the levels of the skill that its lines are least certain of.

        With the program that these share, if any, and the part in which the node's solution is, if it is in one; no
        parts where nothing divides it.
        """
        priced = node.priced
        if priced.program is None or not priced.levels or self._n_relaxed > _MOST_PARTS:
            return (), None, None
        by_sum = full_split(self._formula, node.node, priced.sums)
        if by_sum is not None:
            return by_sum, None, None
        split = widest(self._formula, node.node, priced.slopes, priced.levels, priced.settled)
        if split is None:
            return (), None, None
        parts, (feature, level) = divided(self._formula, node.node, *split), split
        is_settled = feature in priced.settled
        return parts, priced.program, parts[round(priced.levels[feature]) >= level] if is_settled else None

    def _is_listed(self, node: OpenNode) -> bool:
        """Whether a node needs no division: its bound is too low, or its list by scores soon came to an end."""
        if self._has_begun and self._n_relaxed < self._tried_from:
            return False
        self._has_begun = True
        bounded = bounded_node(self._formula, self._classes, node.node, node.priced.slopes)
        if bounded.bound >= self._products.least_log:
            bounded = self._lister.drawn_near(bounded)
        if bounded.bound < self._products.least_log:
            return True
        if self._n_relaxed < self._tried_from:
            return False
        if self._lister.run(bounded.made.problem, solve_box, n_polls=self._tried_polls):
            return True
        self._tried_from = _UNTRIED_NODES + 2 * self._n_relaxed
        self._tried_polls *= _MORE_POLLS
        return False

    def _search(self, node: OpenNode) -> None:
        """List every build of a node that may belong."""
        by_limits = not has_lines(self._formula, node.node)
        if by_limits:
            # No prices are needed where the limits tell all.
            slopes = node.priced.slopes
            made, exact = (surrogate(self._formula, node.node, slopes, tells_apart=told) for told in (True, False))
            needed = needed_sum(self._formula, node.node)
            if self._lister.finds_none():
                return
            leaf = None if needed is None else self._lister.leaf(made.problem, exact.problem, Needed(*needed))
            if leaf is not None:
                if lists_plain(self._formula, node.node):
                    leaf = leaf.within(-node.order[0] + _ROUNDED)
                self._put_off(node, [leaf])
                return
        self._search_by_score(node, by_limits=by_limits)

    def _put_off(self, node: OpenNode, leaves: Sequence[Leaf]) -> None:
        """Queue what is left of a node by what its builds come to: what is better elsewhere may rule it out."""
        for leaf in leaves:
            if leaf.groups:
                self._queue(replace(node, leaf=leaf), min(-node.order[0], leaf.bound))

    def _settle(self, node: OpenNode, leaf: Leaf) -> None:
        """List what a leaf's best builds are, or put off what is left of it."""
        left = self._lister.list_leaf(leaf)
        if left is not None:
            self._put_off(node, left)
        elif not self.is_stopped():
            self._search_by_score(node, by_limits=True)

    def _search_by_score(self, node: OpenNode, *, by_limits: bool) -> None:
        """List every build of a node that may belong by their surrogates."""
        bounded = bounded_node(self._formula, self._classes, node.node, node.priced.slopes)
        if bounded.bound >= self._products.least_log and not by_limits:
            bounded = self._lister.drawn_near(bounded)
        if bounded.bound < self._products.least_log or self._lister.finds_none():
            return
        self._lister.list_all(bounded.made.problem, bounded.advice, bounded.bound, by_limits=by_limits)

    def _first_in_order(self) -> bool:
        """Look at some builds in rank order, when all above 0 are held; whether none after these belongs."""
        space, has_slots = self._problem.space, self._problem.decorations is not None
        fillings = BestFillings(self._formula, None, should_stop=self.is_stopped) if has_slots else None
        length, n_most = _FILLED_IN_ORDER if has_slots else _IN_ORDER
        for start, stop in space.blocks(length):
            if start >= n_most + 2 * self._products.limit or self.is_stopped():
                return False
            columns, totals = self._block(start, stop)
            words, contents = self._code.encode(columns), None
            if fillings is None:
                rows, scores = self._plain_scores(totals)
            else:
                is_there, scores, contents = fillings.find(totals, np.zeros(words.shape[1], dtype=np.int64), 0)
                rows = np.flatnonzero(is_there)
            self._products.hold(words[:, rows], scores.tolist(), contents)
            last = self._products.last
            if last is not None and last[0] >= 0 and words.size and last[1] <= tuple(words[:, -1].tolist()):
                return not self.is_stopped()
        return not self.is_stopped()

    def _search_all(self) -> None:
        """List every build there is."""
        nothing = ValueFunction.linear(0)
        features = tuple(
            replace(feature, value=nothing, raised_value=None if feature.raised_value is None else nothing)
            for feature in self._problem.features
        )
        # Nothing is ruled out by a list that is full: it is not known what any build scores.
        most = root_bound(self._formula)
        problem = replace(self._problem, features=features, base_linear=most, score_bound=most)
        self._lister.run(problem, solve_box, every_filling=True)

    # --- the outcome ------------------------------------------------------------------------

    def outcome(self, seconds: float) -> SearchOutcome:
        """What was found, and what is proved of it."""
        first, is_proved, has_slots = None, self._left_bound is None, self._problem.decorations is not None
        rows = self.rows() if is_proved or not has_slots else self._refilled()
        if is_proved and has_slots:
            first = with_first_fillings(self._formula, self._code, rows, self.is_stopped)
            rows = rows if first is None else first
        total = self._problem.space.n_combinations
        n_listed = min(self._lister.n_builds, total)
        report = SearchReport(
            engine=self._engine,
            n_combinations=total,
            proved=is_proved,
            gap=gap_of(self._formula, [score for score, _, _ in rows], self._left_bound),
            counts={
                "enumerated": n_listed,
                "pruned_by_bound": total - n_listed if is_proved else 0,
                "not_reached": 0 if is_proved else total - n_listed,
            },
            nodes=self._n_nodes,
            lp_solves=self._n_relaxed,
            elapsed_seconds=seconds,
        )
        are_first = not has_slots or first is not None
        return outcome_of(self._formula, self._code, rows, self._left_bound, report=report, are_first=are_first)

    def rows(self) -> list[Row]:
        """Scores, rank words and contents, best first."""
        scores, words, contents = self._products.sorted()
        return list(zip(scores, map(tuple, words.T.tolist()), contents, strict=True))

    def _refilled(self) -> list[Row]:
        """The first rows of a search that was stopped, best filled: as many as a moment allows, at least one."""
        until, rows = time.perf_counter() + _MOMENT, list[Row]()
        options = SearchOptions(engine="bounded", should_stop=lambda: time.perf_counter() > until)
        for score, words, contents in self.rows():
            pieces = self._code.decode(np.array(words, dtype=np.int64)[:, None])
            run = _Run(only_build(self._formula, pieces), 1, options)
            run.offer_known(score, contents)
            run.nodes()
            if run.is_stopped() and rows:
                break
            rows += [(score, words, contents) for score, _, contents in run.rows()]
        return sorted(rows, key=lambda row: (-row[0], row[1]))

    def offer_known(self, score: int, contents: Contents | None) -> None:
        """Begin with a filling of the only build there is: others matter that are better."""
        self._products.wants_ties = False
        self._products.hold(np.zeros((self._code.n_words, 1), dtype=np.int64), [score], contents and [contents])
