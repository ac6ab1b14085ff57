"""The best product with each class of pieces, for all of them together.

A node's bound less what a class loses bounds the products of all builds of the node that hold the class, so one set
of prices bounds all classes at once. Nodes are divided as those of a search for a list are, as long as some class may
be better in them than what is known of it; and what is left of one is listed class by class
(`bounded.each_piece_class`).

Array axes: L positions, N builds.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ...problem.dominance import undominated
from ...problem.formula import FormulaProblem
from ...problem.piece_costs import without_pieces
from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, feature_values, score_totals
from ...records.vocabulary import NO_BUILD
from ..bounded.each_piece_class import (
    ClassScorer,
    EachClass,
    bounds_of_classes,
    of_usable,
    usable_classes,
)
from ..relaxation.bounds import Multipliers, relax, root_box
from ..relaxation.piece_classes import merge_pieces
from ._best_products import BestProducts
from ._fillings import BestFillings, soon_over
from ._kept_classes import KeptClasses, KeptPieces
from ._node_program import NodeProgram, priced_node
from .nodes.curves import PRECISION, ceil_exp, floor_log
from .nodes.levels import divided, only_product, widest
from .nodes.nodes import Node, root_node, worst_split
from .nodes.surrogate import Slopes, surrogate
from .nodes.told_apart import ToldApart, excess, plain_of_classes, told_apart

__all__ = ["EachProduct", "KeptPieces"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.object_]

#: Nodes are divided by products up to so many of them, by levels up to so many.
_MOST_NODES = 120
_MOST_PARTS = 4_000

#: Nodes after which it is looked at how many classes are open, and those for each of them in which none was settled
#: that are as much work as a search for its own best build.
_LOOKED_AT = 50
_VAIN_NODES = 60

#: Combinations up to which a node is listed before it is divided by levels.
_LISTED_COMBINATIONS = 10**10


@dataclass(order=True)
class _Open:
    """A node that is not settled, by its bound, highest first."""

    order: tuple[int, int]
    node: Node = field(compare=False)
    slopes: Slopes = field(compare=False)
    #: By part, shape (n,): in units, no product of a build with the class has a higher logarithm in the node.
    bounds: list[IntArray] = field(compare=False)
    program: NodeProgram | None = field(compare=False, default=None)
    levels: dict[int, float] = field(compare=False, default_factory=dict)
    settled: frozenset[int] = field(compare=False, default=frozenset())


class ProductClassScorer(ClassScorer):
    """Products of builds; 0 where there is none, or none that is better. `problem` is a surrogate of the formula."""

    formula: FormulaProblem

    def scores(self, columns: Sequence[IntArray], totals: BlockTotals) -> Scores:
        """See `ClassScorer`; with slots a good filling will do."""
        if self.filler is None:
            return self._plain(totals, np.arange(len(totals.linear)))
        likely = self.filler.scores(totals, should_stop=soon_over(self.should_stop))
        rows = np.flatnonzero(likely > NO_BUILD)
        return self._filled(columns, totals, likely, rows, np.full(len(likely), NO_BUILD), is_quick=True)

    def better_scores(self, columns: Sequence[IntArray], totals: BlockTotals, known: IntArray) -> Scores:
        """See `ClassScorer`."""
        floor = np.maximum(known, -self.problem.score_bound - 1) + 1
        if self.filler is None:
            return self._plain(totals, np.flatnonzero(score_totals(self.problem, totals) >= floor))
        above = self.filled_above(totals, floor)
        likely = np.where(above > NO_BUILD, above + floor, NO_BUILD)
        return self._filled(columns, totals, likely, np.flatnonzero(likely > NO_BUILD), floor)

    def _plain(self, totals: BlockTotals, rows: npt.NDArray[np.intp]) -> Scores:
        """The products of some builds without slots."""
        rows = rows[feature_values(self.formula.problem, totals.levels[:, rows]) > NO_BUILD]
        scores = np.zeros(totals.linear.size, dtype=object)
        scores[rows] = self.formula.scores(totals.levels[:, rows])
        return scores

    def _filled(
        self,
        columns: Sequence[IntArray],
        totals: BlockTotals,
        likely: IntArray,
        rows: npt.NDArray[np.intp],
        floor: IntArray,
        *,
        is_quick: bool = False,
    ) -> Scores:
        """The products of some builds with the fillings that the surrogate takes for the best, and with the best."""
        scores = np.zeros(totals.linear.size, dtype=object)
        if not rows.size:
            return scores
        fillings = BestFillings(self.formula, self.filler, should_stop=self.should_stop)
        pieces = [column[rows].astype(np.uint32) for column in columns]
        products, contents = fillings.likeliest(pieces, totals.take(rows), likely[rows])
        scores[rows[: len(contents)]] = products
        if is_quick:
            return scores
        products_so_far = scores[rows].tolist()
        is_open = [
            score <= 0 or floor_log(score + self.formula.grain) < most
            for score, most in zip(products_so_far, likely[rows].tolist(), strict=True)
        ]
        left = rows[is_open]
        if left.size:
            is_there, exact, _ = fillings.find(totals.take(left), likely[left], floor[left])
            scores[left[is_there]] = np.maximum(scores[left[is_there]], exact)
        return scores


class EachProduct:
    """The best product with each class of the parts that take one piece, where it is above 0.

    `usable` has by part, shape (pieces,), the pieces that a build may have beside the one that is asked for.
    """

    def __init__(
        self,
        formula: FormulaProblem,
        usable: Sequence[BoolArray],
        *,
        should_stop: Callable[[], bool],
        any_build: Callable[[Problem, Callable[[], bool]], bool | None] | None = None,
        kept_pieces: KeptPieces | None = None,
        on_settled: Callable[[int, int], None] | None = None,
    ) -> None:
        self._any_build = any_build
        self._formula, self._usable_pieces = formula, usable
        self.classes = merge_pieces(formula.problem)
        self._usable = usable_classes(self.classes, usable)
        self.best = BestProducts(formula, self.classes, self._usable)
        self._asked = [np.full(len(part), part.count == 1) for part in self.classes]
        self._should_stop, self._on_settled = should_stop, on_settled
        self._kept_classes = None
        if kept_pieces is not None:
            self._kept_classes = KeptClasses(kept_pieces, self.classes, self._usable, self.best, should_stop)
        self._plain = plain_of_classes(formula, self.classes)
        self._heap: list[_Open] = []
        #: Nodes that nothing divides, as far as they are not settled.
        self._left: list[_Open] = []
        self._serial = itertools.count()
        self._n_nodes = 0
        #: The next look at how many are open; the fewest so far, and the nodes by then.
        self._looked_from, self._fewest, self._fewest_at = 0, 2**62, 0

    # --- what is known ---------------------------------------------------------------------

    def settle(self, columns: Sequence[npt.NDArray[np.integer]], scores: npt.NDArray[np.object_]) -> None:
        """Take in the best builds there are, proved: nothing better holds what they hold."""
        self.best.note(columns, scores)
        for b, column in zip(self._formula.problem.positions, columns, strict=True):
            self._asked[b][self.best.class_of[b][np.asarray(column)]] = False

    def of_piece(self, b: int, piece: int) -> tuple[int, int | None]:
        """The best product known with a piece of a part, 0 for none, and what it may be at most; None where settled."""
        i = int(self.best.class_of[b][piece])
        product = self.best.products[b][i]
        if not self._asked[b][i]:
            return product, None
        bounds = [int(node.bounds[b][i]) for node in (*self._heap, *self._left)]
        most = max(bounds, default=None)
        if most is None or most <= self.best.known[b][i]:
            return product, None
        return product, ceil_exp(most)

    def class_of(self, b: int, piece: int) -> int:
        """What tells pieces of a part apart: those of one class are worth the same."""
        return int(self.best.class_of[b][piece])

    def _open_classes(self, node: _Open) -> list[BoolArray]:
        """Classes that may be better in a node than what is known, by part."""
        return [
            asked & (bounds > known)
            for asked, bounds, known in zip(self._asked, node.bounds, self.best.known, strict=True)
        ]

    def leave(self, b: int) -> None:
        """Ask for no class of a part."""
        self._asked[b][:] = False

    def take_over(self, other: EachProduct, b: int) -> None:
        """Ask for those classes of a part that another search asks for, and know what it knows of them."""
        self._asked[b] = other._asked[b].copy()
        known = np.empty(len(other.best.products[b]), dtype=object)
        known[:] = other.best.products[b]
        self.best.take(b, np.arange(len(known)), known)

    # --- the search --------------------------------------------------------------------------

    def run(self, columns: Sequence[npt.NDArray[np.integer]]) -> None:
        """Settle as many classes as it takes little for; `columns` are good builds, the best first."""
        self._add(root_node(self._formula))
        if self._heap and len(columns) and len(columns[0]):
            root = self._heap[0]
            self._listed(root, self._open_classes(root)).swap([int(column[0]) for column in columns])
        while self._heap and not self._should_stop() and not self._is_vain():
            node = heapq.heappop(self._heap)
            most = self._most_open(node)
            if most is None:
                continue
            if most < -node.order[0]:
                node.order = -most, node.order[1]
                heapq.heappush(self._heap, node)
                continue
            parts = worst_split(self._formula, node.node) if self._n_nodes < _MOST_NODES else None
            if parts is not None:
                for part in parts:
                    self._add(part, within=node)
                continue
            parts = self._settle(node)
            if self._is_settled(node):
                continue
            if parts is None or self._should_stop():
                self._left.append(node)
            else:
                for part in parts:
                    self._add(part, node.program, within=node)

    def _most_open(self, node: _Open) -> int | None:
        """The highest bound of a class that may be better in a node than what is known; None where there is none."""
        highest = [
            int(bounds[is_open].max())
            for bounds, is_open in zip(node.bounds, self._open_classes(node), strict=True)
            if is_open.any()
        ]
        return max(highest, default=None)

    def _is_settled(self, node: _Open) -> bool:
        """Whether no class may be better in a node than what is known."""
        return not any(each.any() for each in self._open_classes(node))

    def _settle(self, node: _Open) -> tuple[Node, ...] | None:
        """Lower a node's bounds, where that takes little; and what divides it, if anything does."""
        told = None if self._kept_classes is None else told_apart(self._formula, node.node)
        if told is not None and self._ask_together(node, told):
            return None
        if self._any_build is not None and (product := only_product(self._formula, node.node)) is not None:
            self._ask(node, product)
            return None
        parts = self._parts_by_level(node)
        # Questions come to an end where one part's pieces tell builds apart.
        is_small = self._formula.problem.space.n_combinations <= _LISTED_COMBINATIONS
        if parts is None or (is_small and (self._plain is None or self._kept_classes is None)):
            each = self._listed(node, self._open_classes(node))
            each.run()
            node.bounds = [np.minimum(bound, most) for bound, most in zip(node.bounds, each.bound, strict=True)]
        return parts

    # --- nodes whose builds all come to the same -----------------------------------------------

    def _ask(self, node: _Open, product: int) -> None:
        """Find out which of the open classes any build of a node holds that comes to so much."""
        assert self._any_build is not None
        problem = surrogate(self._formula, node.node, node.slopes, tells_apart=False).problem
        kept = self._useful(problem)
        for b, classes in enumerate(self.classes):
            # Most that are asked for together are told by one answer, unless many are there.
            stack, n_most = [np.flatnonzero(self._open_classes(node)[b])], len(classes)
            while stack:
                some = stack.pop()
                if not len(some):
                    continue
                pieces = np.sort(classes.first[some])
                held = without_pieces(problem, [*kept[:b], pieces, *kept[b + 1 :]])
                answer = self._any_build(held, self._should_stop)
                if answer is None or self._should_stop():
                    return
                if answer and len(some) == 1:
                    self.best.take(b, some, np.array([product], dtype=object))
                elif answer:
                    n_most = max(1, min(n_most, len(some)) // 2)
                    stack = [part for each in (*stack, some) for part in _cut(each, n_most)]
            node.bounds[b] = np.minimum(node.bounds[b], self.best.known[b])

    def _ask_together(self, node: _Open, told: ToldApart) -> bool:
        """Find out what builds of a node with the open classes come to; false where that was not found out."""
        assert self._kept_classes is not None
        problem = surrogate(self._formula, node.node, node.slopes, tells_apart=False).problem
        if not self._kept_classes.settle(problem, told, self._open_classes(node)):
            return False
        node.bounds = [np.minimum(bounds, known) for bounds, known in zip(node.bounds, self.best.known, strict=True)]
        return True

    def _useful(self, problem: Problem) -> list[npt.NDArray[np.intp]]:
        """The usable pieces of each part for which no other one can stand in, where limits count."""
        features = problem.features
        if problem.exclusive or any(feature.maximum is not None for feature in features):
            return [np.flatnonzero(usable) for usable in self._usable_pieces]
        if (np.diff(problem.bonus_levels, axis=1) < 0).any():
            return [np.flatnonzero(usable) for usable in self._usable_pieces]
        limited = [e for e, feature in enumerate(features) if feature.n_limits]
        kept = []
        for part, count, usable in zip(problem.parts, problem.space.counts, self._usable_pieces, strict=True):
            rows = np.flatnonzero(usable)
            worth = np.column_stack([part.levels[rows][:, limited], part.bonus_counts[rows], part.slots[rows]])
            kept.append(rows[undominated(worth)] if count == 1 else rows)
        return kept

    def _listed(self, node: _Open, is_open: Sequence[BoolArray]) -> EachClass:
        """What lists the builds of a node by their classes."""
        problem = surrogate(self._formula, node.node, node.slopes).problem

        def make_scorer(problem: Problem, *args: object, **options: object) -> ClassScorer:
            scorer = ProductClassScorer(problem, *args, **options)  # type: ignore[arg-type]
            scorer.formula = self._formula
            return scorer

        each = EachClass(
            problem,
            usable=self._usable_pieces,
            classes=self.classes,
            precision=PRECISION,
            best=self.best,
            make_scorer=make_scorer,
            should_stop=self._should_stop,
        )
        each.asked = [asked.copy() for asked in is_open]
        return each

    def _parts_by_level(self, node: _Open) -> tuple[Node, ...] | None:
        """Parts of a node by the levels of a skill; None if there is none."""
        if node.program is None or not node.levels or self._n_nodes > _MOST_PARTS:
            return None
        split = widest(self._formula, node.node, node.slopes, node.levels, node.settled)
        return None if split is None else divided(self._formula, node.node, *split)

    def _add(self, node: Node, program: NodeProgram | None = None, within: _Open | None = None) -> None:
        """Bound a node, a part of another one, and queue it if it may matter."""
        if worst_split(self._formula, node) == ():
            return
        self._n_nodes += 1
        made = priced_node(self._formula, node, self.classes, program)
        bounds = [self._bounds(made.problem, each) for each in made.prices]
        if self._plain is not None and made.program is not None:
            less = excess(self._formula, node, made.slopes, self._plain)
            for each in bounds:
                each[self._plain.part] = each[self._plain.part] - less
        if within is not None:
            bounds.append(within.bounds)
        least = [np.minimum.reduce(of_part) for of_part in zip(*bounds, strict=True)]
        added = _Open((0, next(self._serial)), node, made.slopes, least, made.program, made.levels, made.settled)
        most = self._most_open(added)
        if most is not None:
            heapq.heappush(self._heap, replace(added, order=(-most, added.order[1])))

    def _bounds(self, problem: Problem, multipliers: Multipliers) -> list[IntArray]:
        """What some prices say of each class."""
        relaxed = relax(problem, self.classes, root_box(problem), multipliers, PRECISION)
        relaxed = of_usable(relaxed, self.classes, self._usable)
        return [bound // PRECISION for bound in bounds_of_classes(relaxed)]

    def _is_vain(self) -> bool:
        """Whether the classes that are still open are sooner settled one by one; tells how many are not."""
        if self._n_nodes < self._looked_from:
            return False
        self._looked_from = self._n_nodes + _LOOKED_AT
        is_open = [np.zeros(len(part), dtype=np.bool_) for part in self.classes]
        for node in (*self._heap, *self._left):
            is_open = [a | b for a, b in zip(is_open, self._open_classes(node), strict=True)]
        n_asked, n_open = (sum(int(each.sum()) for each in some) for some in (self._asked, is_open))
        if self._on_settled is not None:
            self._on_settled(n_asked - n_open, n_asked)
        if n_open < self._fewest:
            self._fewest, self._fewest_at = n_open, self._n_nodes
        return self._n_nodes - self._fewest_at > _VAIN_NODES * n_open


def _cut(some: npt.NDArray[np.intp], n_most: int) -> list[npt.NDArray[np.intp]]:
    """Classes in groups of so many at the most."""
    return [some[start : start + n_most] for start in range(0, len(some), n_most)]
