"""Find a proof that a list is the best, whichever engine made it: boxes, and prices of each.

In: a problem and its list. Out: a proof's lines, which ``check_proof.py`` can check. Prices
come from the relaxation of each box, and of combinations that the box's own prices
leave; where too many are left the box is cut in two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..search.bounded.splitting import (
    Split,
    exclusive_total,
    needed_bonus,
    splittable_totals,
    worst_raised,
    worst_total,
)
from ..search.relaxation.bounds import NOTHING, Box, Multipliers, relax, root_box, usual_precision
from ..search.relaxation.box_lp import LpAdvice, solve_box
from ..search.relaxation.piece_classes import PartClasses, merge_pieces
from ._box_proof import LeafPrices, steepened
from ._claim import Claim

__all__ = ["Proof", "find_proof"]

#: Boxes are cut no further than this.
_MOST_BOXES = 400


@dataclass(frozen=True)
class Proof:
    """Price vectors, and boxes in preorder: a cut (total, first value of the upper half), or the vectors of a leaf."""

    precision: int
    vectors: tuple[Multipliers, ...]
    tree: tuple[tuple[str, tuple[int, ...]], ...]
    n_hard: int


def find_proof(
    problem: Problem,
    columns: Sequence[npt.NDArray[np.int64]],
    scores: npt.NDArray[np.int64],
    limit: int,
    should_stop: Callable[[], bool] | None = None,
) -> Proof | None:
    """A proof of the list with these piece indices by position and scaled scores; None after a stop.

    About as long as the search, which knew less.
    """
    claim, classes, precision = Claim(problem, columns, scores, limit), merge_pieces(problem), usual_precision(problem)
    vectors: dict[Multipliers, int] = {}
    tree: list[tuple[str, tuple[int, ...]]] = []
    stack: list[Box] = [root_box(problem)]
    n_hard = 0
    while stack:
        if should_stop is not None and should_stop():
            return None
        box = stack.pop()
        advice = solve_box(problem, classes, box, precision)
        tried = [advice.multipliers, *(() if advice.feasible else steepened(problem, advice.multipliers))]
        bounds = [relax(problem, classes, box, prices, precision).bound_scaled for prices in tried]
        main = tried[int(np.argmin([max(bound, NOTHING) for bound in bounds]))]
        leaf = LeafPrices(problem, classes, box, claim=claim, precision=precision)
        is_out = min(bounds) < precision * claim.least
        may_cut = len(tree) < _MOST_BOXES and not is_out
        split = _first_split(problem, classes, box, advice) if may_cut else None
        if split is None and not leaf.find(main) and may_cut:
            split = worst_total(problem, box, advice, splittable_totals(problem), precision)
        if split is not None:
            tree.append(("cut", split))
            e, value = split
            stack.append(_without_others(problem, box.with_range(e, value, box.high[e])))
            stack.append(box.with_range(e, box.low[e], value - 1))
            continue
        tree.append(("leaf", tuple(vectors.setdefault(vector, len(vectors)) for vector in leaf.vectors)))
        n_hard += leaf.n_hard
    return Proof(precision, tuple(vectors), tuple(tree), n_hard)


def _first_split(problem: Problem, classes: Sequence[PartClasses], box: Box, advice: LpAdvice) -> Split | None:
    """Where to cut before anything is walked: while it is open what a maximum is, or a bonus gives."""
    split = exclusive_total(problem, box, advice) or needed_bonus(problem, classes, box, advice)
    return split or worst_raised(problem, box, advice, splittable_totals(problem))


def _without_others(problem: Problem, box: Box) -> Box:
    """The box without builds that have another total of a group of which one is above 0 in all of it."""
    for group in problem.exclusive:
        if any(box.low[e] >= 1 for e in group):
            for e in group:
                box = box if box.low[e] >= 1 else box.with_range(e, box.low[e], min(box.high[e], 0))
    return box
