"""A front of a product and totals of the pieces: one enumeration serves all outcomes.

The surrogate of a node (`nodes.surrogate`) bounds products by their logarithms, and boxes of the other objectives
(`bounded.region_boxes`) hold these bounds against the outcomes that are known, whose products are exact.

Array axes: D other objectives, L positions, N builds, n outcomes known, W words of a rank.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.scoring import BlockTotals, score_totals
from ...records.fillings import Fillings
from ...records.space import RankCode
from ...records.vocabulary import NO_BUILD
from ..bounded.region_boxes import Other, RegionBoxes
from ..engines import SearchOptions
from ..memory_limit import within_memory
from ..relaxation.bounds import Box
from ..relaxation.piece_classes import merge_pieces
from ..relaxation.points import Points, is_earlier
from ..relaxation.unbeaten import unbeaten
from ._fillings import BestFillings, FoundFillings
from ._first_of_equal import with_first_fillings
from ._node_program import priced_node
from ._products import Contents
from .nodes.curves import PRECISION, ceil_exp, floor_log
from .nodes.nodes import Node, may_fall_short, root_node, worst_split
from .nodes.surrogate import Slopes, surrogate

__all__ = ["FrontOutcomes", "product_front"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Nodes are divided no further.
_MOST_NODES = 120

#: Combinations with slots beyond which most of what a node lists would be filled in vain: one search for each outcome
#: divides nodes by levels, until bounds are near.
_MOST_FILLED = 10**10

#: Builds that are filled before what is known is looked at again.
_FILLED_AT_ONCE = 128

#: Outcomes that are assumed for the plan of memory.
_ASSUMED_ROWS = 1_000


@dataclass(frozen=True, eq=False)
class FrontOutcomes:
    """What was found: exact `products`, the D `others`, turned, shape (D, n), and L `columns` of pieces.

    Of what a stop left open, `regions` have the most that it may come to, and the best and worst others, (D,) each;
    `are_first` says whether it left time to find which of equal fillings is written.
    """

    products: list[int]
    others: IntArray
    columns: list[IntArray]
    fillings: Fillings | None
    regions: list[tuple[int, IntArray, IntArray]]
    are_first: bool
    stopped: bool
    n_leaves: int
    n_boxes: int


def product_front(
    formula: FormulaProblem,
    objectives: Sequence[Other],
    options: SearchOptions,
    *,
    place: int,
    on_box: Callable[[int, int], None] | None = None,
) -> FrontOutcomes | None:
    """The front of the product and totals that no filling changes; None where it is no matter of one enumeration.

    Outcomes are sorted by all objectives, the product being the one at `place` among them, the best first. `on_box` is
    called with the outcomes known and the builds looked at. Raises a `MemoryBudgetError` if the search does not fit
    below the ceiling of `options`.
    """
    problem = formula.problem
    has_slots = problem.decorations is not None
    if may_fall_short(formula) or (has_slots and not formula.rises):
        return None
    if has_slots and problem.space.n_combinations > _MOST_FILLED:
        return None
    if options.memory_bytes is not None:
        limit, ceiling = min(_ASSUMED_ROWS, problem.space.n_combinations), options.memory_bytes
        options = within_memory(problem, limit, options, engine="bounded", ceiling_bytes=ceiling)[1]
    search = _Search(formula, objectives, options.should_stop or (lambda: False), on_box)
    search.run()
    return search.outcomes(place)


class ProductPoints(Points):
    """Outcomes with exact `products`; `first` has of each the logarithm up to which a bound is no more than it."""

    def __init__(self, n_others: int, n_words: int, grain: int) -> None:
        super().__init__(n_others, n_words)
        self.products: list[int] = []
        self.contents: list[Contents | None] = []
        self._grain = grain
        #: By outcome, the least logarithm of a bound of what may be as much.
        self._ties: IntArray = np.zeros(0, dtype=np.int64)
        #: All that `first` holds, ascending, and the least of those ties for each.
        self._logs: IntArray = np.zeros(0, dtype=np.int64)
        self._least_ties: IntArray = np.zeros(0, dtype=np.int64)

    def next_log(self, product: int) -> int:
        """What has no higher logarithm, in units, is no more than a product."""
        return floor_log(product + self._grain)

    def are_beaten(self, first: IntArray, others: IntArray, words: IntArray | None = None) -> BoolArray:
        """See `Points`; `first` are logarithms that products do not exceed."""
        most = self.most(others)
        beaten: BoolArray = most >= first
        if words is None:
            return beaten
        # An outcome with the same others, as none beats it, has the highest product of all that reach them.
        rows = np.flatnonzero(beaten)
        rows = rows[first[rows] >= self._least_ties[np.searchsorted(self._logs, most[rows])]]
        owner = self._lookup().owner(others[:, rows])
        may_tie = (owner >= 0) & (first[rows] >= self._ties[owner])
        tied, owner = rows[may_tie], owner[may_tie]
        beaten[tied[is_earlier(words[:, tied], self.words[:, owner])]] = False
        return beaten

    def least(self, others: IntArray, words: IntArray | None = None) -> IntArray:
        """The least logarithms of products that matter beside others, (D, N), by the ranks of builds or of any."""
        least = self.most(others) + 1
        owner = self._lookup().owner(others)
        known = np.flatnonzero(owner >= 0)
        if words is not None:
            known = known[is_earlier(words[:, known], self.words[:, owner[known]])]
        least[known] = self._ties[owner[known]]
        return least

    def take(
        self, products: Sequence[int], others: IntArray, words: IntArray, contents: Sequence[Contents | None]
    ) -> None:
        """Take in builds with products above 0, and what is in their slots."""
        every = [*self.products, *products]
        rank = {product: number for number, product in enumerate(sorted(set(every)))}
        ranks = np.array([[rank[product] for product in every]], dtype=np.int64)
        every_others = np.concatenate([self.others, others], axis=1)
        every_words = np.concatenate([self.words, words], axis=1)
        kept = np.sort(unbeaten(np.concatenate([ranks, every_others]), every_words))
        if np.array_equal(kept, np.arange(len(self))):
            return
        every_contents = [*self.contents, *contents]
        self.products = [every[k] for k in kept.tolist()]
        self.contents = [every_contents[k] for k in kept.tolist()]
        self.first = np.array([self.next_log(product) for product in self.products], dtype=np.int64)
        self.others, self.words = every_others[:, kept], every_words[:, kept]
        self._ties = np.array([floor_log(product) for product in self.products], dtype=np.int64)
        self._logs, place = np.unique(self.first, return_inverse=True)
        self._least_ties = np.full(len(self._logs), np.iinfo(np.int64).max)
        np.minimum.at(self._least_ties, place.reshape(-1), self._ties)
        self._table = None


class ProductRegions(RegionBoxes):
    """The boxes of one node: `problem` is a surrogate of the formula."""

    points: ProductPoints

    def __init__(self, formula: FormulaProblem, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._formula = formula
        self._fillings = None
        if self.filler is not None:
            self._fillings = BestFillings(formula, self.filler, should_stop=self.is_stopped)

    def _needed(self, box: Box) -> int:
        """See `RegionBoxes`."""
        return max(int(self.points.least(self.corner(box))[0]), -self.problem.score_bound)

    def _exchange(self) -> None:
        """Nothing: what single pieces make of known outcomes is soon listed."""

    def _score(self, pieces: Sequence[IntArray], totals: BlockTotals, others: IntArray, bound: IntArray) -> None:
        """See `RegionBoxes`."""
        words = self.code.encode(pieces)
        order = np.argsort(self.points.most(others) - bound, kind="stable")
        if self.filler is None:
            order = order[score_totals(self.problem, totals)[order] > NO_BUILD]
            order = order[~self.points.are_beaten(bound[order], others[:, order], words[:, order])]
            self._note(order, self._formula.scores(totals.levels[:, order]), others, words, [None] * len(order))
            return
        for start in range(0, len(order), _FILLED_AT_ONCE):
            some = order[start : start + _FILLED_AT_ONCE]
            some = some[~self.points.are_beaten(bound[some], others[:, some], words[:, some])]
            if some.size and not self.is_stopped():
                chosen = [column[some].astype(np.uint32) for column in pieces]
                self._fill_exactly(chosen, totals.take(some), others[:, some], words[:, some])

    def _note(
        self,
        rows: Rows,
        products: npt.NDArray[np.object_],
        others: IntArray,
        words: IntArray,
        contents: Sequence[Contents | None],
    ) -> None:
        """Take in some of N builds, with their products."""
        if rows.size:
            self.points.take(products.tolist(), others[:, rows], words[:, rows], contents)

    def _fill_exactly(
        self, pieces: Sequence[npt.NDArray[np.uint32]], totals: BlockTotals, others: IntArray, words: IntArray
    ) -> None:
        """Fill the slots of builds as far as they may be unbeaten: by the surrogate, or better."""
        assert self.filler is not None and self._fillings is not None
        floor = np.maximum(self.points.least(others, words), -self.problem.score_bound - 1)
        above = BlockTotals(totals.linear - floor, totals.levels, totals.bonus_counts, totals.slots)
        scores = self.filler.scores(above, 0, should_stop=self.is_stopped)
        if self._extra is not None:
            self._extra.note(above.take(np.flatnonzero(scores == NO_BUILD)))
        rows = np.flatnonzero(scores > NO_BUILD)
        rows = rows[np.argsort(-(scores + floor)[rows], kind="stable")]
        if not rows.size:
            return
        likely = scores[rows] + floor[rows]
        products, contents = self._fillings.likeliest([c[rows] for c in pieces], totals.take(rows), likely)
        known = zip(products.tolist(), likely.tolist(), strict=False)
        is_best = np.array([self.points.next_log(product) >= most for product, most in known], dtype=np.bool_)
        best = np.flatnonzero(is_best)
        self._note(rows[best], products[best], others, words, [contents[k] for k in best.tolist()])
        left = np.setdiff1d(np.arange(len(rows)), best)
        left = left[~self.points.are_beaten(likely[left], others[:, rows[left]], words[:, rows[left]])]
        if left.size and not self.is_stopped():
            some = rows[left]
            least = self.points.least(others[:, some], words[:, some])
            is_there, products, contents = self._fillings.find(totals.take(some), likely[left], least)
            # What a stop leaves may be less than a build's best.
            if not self.is_stopped():
                self._note(some[is_there], products, others, words, contents)


class _Search:
    """One search: nodes, those with the highest bounds first."""

    def __init__(
        self,
        formula: FormulaProblem,
        objectives: Sequence[Other],
        should_stop: Callable[[], bool],
        on_box: Callable[[int, int], None] | None,
    ) -> None:
        self._formula, self._objectives = formula, objectives
        self._should_stop, self._on_box = should_stop, on_box
        self._classes = merge_pieces(formula.problem)
        self._code = RankCode(formula.problem.space.position_sizes)
        self.points = ProductPoints(len(objectives), self._code.n_words, formula.grain)
        #: By bound, the highest first.
        self._open: list[tuple[int, int, Node, Slopes]] = []
        self._serial = itertools.count()
        self._n_nodes = self._n_boxes = self._n_leaves = 0
        self._stopped = False
        self._regions: list[tuple[int, IntArray, IntArray]] = []
        features = [formula.problem.features[e] for e, _ in objectives]
        ends = [
            (f.high, f.low) if sign > 0 else (-f.low, -f.high)
            for f, (_, sign) in zip(features, objectives, strict=True)
        ]
        #: The best and the worst others of all builds, (D,).
        self._best, self._worst = np.array(ends, dtype=np.int64).reshape(-1, 2).T

    def run(self) -> None:
        """Search until everything is settled or it is time to stop."""
        self._add(root_node(self._formula))
        while self._open and not self._is_stopped():
            bound, _, node, slopes = heapq.heappop(self._open)
            if -bound < self.points.least(self._best[:, None])[0]:
                continue
            parts = worst_split(self._formula, node) if self._n_nodes < _MOST_NODES else None
            if parts is None:
                self._search(node, slopes)
            for part in parts or ():
                self._add(part)
        self._regions += [(-bound, self._best, self._worst) for bound, *_ in self._open]

    def _is_stopped(self) -> bool:
        self._stopped = self._stopped or self._should_stop()
        return self._stopped

    def _add(self, node: Node) -> None:
        """Bound a node and queue it if it may matter."""
        parts = worst_split(self._formula, node)
        if parts is not None and not parts:
            return
        self._n_nodes += 1
        made = priced_node(self._formula, node, self._classes, None)
        bound = made.bound(self._classes)
        # No product is below 1.
        if bound >= 0:
            heapq.heappush(self._open, (-bound, next(self._serial), node, made.slopes))

    def _search(self, node: Node, slopes: Slopes) -> None:
        """List what of a node may be unbeaten."""

        def tell() -> None:
            if self._on_box is not None:
                self._on_box(len(self.points), self._n_leaves + regions.n_leaves)

        regions = ProductRegions(
            self._formula,
            surrogate(self._formula, node, slopes).problem,
            self._objectives,
            self.points,
            should_stop=self._is_stopped,
            on_box=tell,
            classes=self._classes,
            precision=PRECISION,
        )
        regions.run()
        self._n_boxes += regions.n_bounded
        self._n_leaves += regions.n_leaves
        if regions.stopped:
            self._regions += regions.open_regions()

    def outcomes(self, place: int) -> FrontOutcomes:
        """What is known, each build with the first of its best fillings unless it is to stop."""
        points, fillings, are_first = self.points, None, True
        values = [
            [*others[:place], product, *others[place:]]
            for product, others in zip(points.products, points.others.T.tolist(), strict=True)
        ]
        order = sorted(range(len(values)), key=lambda k: values[k], reverse=True)
        words = points.words[:, order]
        products, columns = [points.products[k] for k in order], self._code.decode(words)
        if self._formula.problem.decorations is not None and order:
            contents = [points.contents[k] for k in order]
            rows = list(zip(products, map(tuple, words.T.tolist()), contents, strict=True))
            first = None if self._stopped else with_first_fillings(self._formula, self._code, rows, self._should_stop)
            contents, are_first = [content for _, _, content in first or rows], first is not None
            fillings = FoundFillings(self._formula.problem, contents).written(columns, None).fillings
        return FrontOutcomes(
            products=products,
            others=points.others[:, order],
            columns=columns,
            fillings=fillings,
            regions=[(ceil_exp(most), best, worst) for most, best, worst in self._regions],
            are_first=are_first,
            stopped=self._stopped,
            n_leaves=self._n_leaves,
            n_boxes=self._n_nodes + self._n_boxes,
        )
