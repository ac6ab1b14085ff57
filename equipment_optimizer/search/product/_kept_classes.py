"""Nodes whose builds one part's pieces tell apart: which classes any build has that keeps the limits, and the best.

Array axes: n classes of one part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...problem.dominance import undominated
from ...problem.piece_costs import without_pieces
from ...problem.problem import Problem
from ..relaxation.piece_classes import PartClasses
from ._best_products import BestProducts
from .nodes.told_apart import ToldApart

__all__ = ["KeptClasses", "KeptPieces"]

BoolArray = npt.NDArray[np.bool_]
Products = npt.NDArray[np.object_]


class Kept(Protocol):
    """Tells which pieces any build has that keeps the limits of a problem."""

    def kept(self, asked: Sequence[BoolArray], usable: Sequence[BoolArray]) -> list[BoolArray] | None:
        """Of the pieces `asked` for, by part, those that have one of `usable` others; None if it is not known."""


#: Makes what tells that of a problem; None where only other searches can.
KeptPieces = Callable[[Problem, Callable[[], bool]], Kept | None]


class KeptClasses:
    """Settles the classes of nodes; `usable` classes may stand beside those that are asked for, `best` is raised."""

    def __init__(
        self,
        kept_pieces: KeptPieces,
        classes: Sequence[PartClasses],
        usable: Sequence[BoolArray],
        best: BestProducts,
        should_stop: Callable[[], bool],
    ) -> None:
        self._kept_pieces, self._should_stop = kept_pieces, should_stop
        self._classes, self._usable, self._best = classes, usable, best

    def settle(self, problem: Problem, told: ToldApart, is_open: list[BoolArray]) -> bool:
        """Find out what builds that keep a node's limits come to with its open classes.

        `problem` has these limits. False where that was not found out.
        """
        part, of_class = told.part, told.products[self._classes[told.part].first]
        is_open[part] = is_open[part] & self._are_better(part, of_class)
        useful = self._useful(problem, told)
        # Classes of the part beside which others may come to more than is known of them.
        others = [b for b in range(len(is_open)) if b != part]
        known = [self._best.products[b][i] for b in others for i in np.flatnonzero(is_open[b]).tolist()]
        beside = useful[part] & (of_class > min(known)) if known else np.zeros_like(useful[part])
        if not beside.any() and not is_open[part].any():
            return True
        if ((beside | is_open[part]) & ~told.exact[self._classes[part].first]).any():
            return False
        question = _Question(self._kept_pieces, problem, self._classes, (is_open, useful), self._should_stop)
        # Where all of them come to the same, one question tells everything.
        is_flat = len(set(of_class[beside].tolist())) == 1 and not (useful[part] & ~beside).any()
        asked = [each if is_flat else np.zeros_like(each) for each in is_open]
        asked[part] = is_open[part] | beside
        kept = question.kept(asked, useful)
        if kept is None:
            return False
        self._take(part, kept[part] & is_open[part], of_class)
        if not any((is_open[b] & ~self._usable[b]).any() for b in others):
            # What stands beside nothing usable may stand beside what is not.
            beside &= kept[part]
        if not is_flat:
            return self._settle_others(question, part, is_open, useful, np.where(beside, of_class, 0))
        value = of_class[useful[part]][0]
        for b in others:
            self._take(b, kept[b], np.full(len(kept[b]), value, dtype=object))
        return True

    def _settle_others(
        self, question: _Question, part: int, is_open: list[BoolArray], useful: list[BoolArray], beside: Products
    ) -> bool:
        """The same for the classes of other parts; `beside` has the products with classes of the part, 0 for none."""
        for value in sorted({*beside.tolist()} - {0}, reverse=True):
            of_value = [np.full(len(each), value, dtype=object) for each in is_open]
            asked = [each & self._are_better(b, of_value[b]) for b, each in enumerate(is_open)]
            asked[part][:] = False
            kept = question.kept(asked, [beside == value if b == part else each for b, each in enumerate(useful)])
            if kept is None:
                return False
            for b, are_kept in enumerate(kept):
                self._take(b, are_kept, of_value[b])
        return True

    def _are_better(self, b: int, products: Products) -> BoolArray:
        """Which products of the classes of a part are more than what is known of them."""
        pairs = zip(products.tolist(), self._best.products[b], strict=True)
        return np.array([product > known for product, known in pairs], dtype=np.bool_)

    def _take(self, b: int, are_kept: BoolArray, products: Products) -> None:
        """Take in products with some classes of a part."""
        rows = np.flatnonzero(are_kept)
        self._best.take(b, rows, products[rows])

    def _useful(self, problem: Problem, told: ToldApart) -> list[BoolArray]:
        """The usable classes of each part for which no other one can stand in, where limits and products count."""
        features = problem.features
        may_harm = problem.exclusive or any(feature.maximum is not None for feature in features)
        if may_harm or (np.diff(problem.bonus_levels, axis=1) < 0).any():
            return [usable.copy() for usable in self._usable]
        limited = [e for e, feature in enumerate(features) if feature.n_limits]
        counted = [*limited, *range(problem.n_features, problem.n_features + len(problem.bonus_names))]
        useful = []
        for b, (part, usable) in enumerate(zip(self._classes, self._usable, strict=True)):
            rows = np.flatnonzero(usable)
            worth = np.hstack([part.totals[rows][:, counted], part.slots[rows]])
            if b == told.part:
                products = told.products[part.first[rows]].tolist()
                place = {product: n for n, product in enumerate(sorted(set(products)))}
                worth = np.column_stack([worth, [place[product] for product in products]])
            if part.count == 1:
                _, firsts = np.unique(worth, axis=0, return_index=True)
                rows = rows[firsts[undominated(worth[firsts])]]
            chosen = np.zeros(len(part), dtype=np.bool_)
            chosen[rows] = True
            useful.append(chosen)
        return useful


class _Question:
    """What tells which of the classes that matter, in any of some masks by part, any build has."""

    def __init__(
        self,
        kept_pieces: KeptPieces,
        problem: Problem,
        classes: Sequence[PartClasses],
        matter: Sequence[Sequence[BoolArray]],
        should_stop: Callable[[], bool],
    ) -> None:
        chosen = [np.flatnonzero(np.logical_or.reduce(masks)) for masks in zip(*matter, strict=True)]
        #: By part, in the order of their pieces.
        self._rows = [rows[np.argsort(part.first[rows])] for part, rows in zip(classes, chosen, strict=True)]
        held = without_pieces(problem, [part.first[rows] for part, rows in zip(classes, self._rows, strict=True)])
        self._question = kept_pieces(held, should_stop)

    def kept(self, asked: Sequence[BoolArray], usable: Sequence[BoolArray]) -> list[BoolArray] | None:
        """Of the classes `asked` for, shapes (n,), those with builds of `usable` ones; None if it is not known."""
        if self._question is None:
            return None
        masks = ([each[rows] for each, rows in zip(some, self._rows, strict=True)] for some in (asked, usable))
        answer = self._question.kept(*masks)
        if answer is None:
            return None
        kept = [np.zeros_like(each) for each in asked]
        for of_part, rows, are_kept in zip(kept, self._rows, answer, strict=True):
            of_part[rows] = are_kept
        return kept
