"""Good builds of a node early, and where the sums of the best lie: the relaxation's solution, rounded.

Lines that touch near the best builds are above them by next to nothing; a list that has good builds rules
others out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import Problem
from ...problem.scoring import total_columns
from ...records.space import RankCode
from ..relaxation.bounds import root_box
from ..relaxation.box_lp import BoxLp
from ..relaxation.piece_classes import PartClasses
from ._curves import PRECISION
from ._products import Products

__all__ = ["best_sums", "rounded"]

Picks = npt.NDArray[np.int32]


def rounded(problem: Problem, classes: Sequence[PartClasses]) -> Picks | None:
    """The classes with the largest shares in the relaxation of a surrogate, by position, shape (L, 1)."""
    program = BoxLp(problem, classes, root_box(problem), PRECISION)
    program.prices_of([np.arange(len(part)) for part in classes])
    if not program.was_optimal:
        return None
    picks: list[int] = []
    for start, part in zip(program.part_starts, classes, strict=False):
        shares = program.shares[start : start + len(part)]
        picks += sorted(np.argsort(-shares, kind="stable")[: part.count].tolist())
    columns = np.array(picks, dtype=np.int32)[:, None]
    return columns if len(columns) == len(problem.positions) else None


def best_sums(formula: FormulaProblem, products: Products, code: RankCode) -> tuple[tuple[float, ...], ...] | None:
    """The sums of the best build so far, by factor; None where none is positive."""
    best = products.best()
    if best is None or best[0] <= 0:
        return None
    _, words, contents = best
    levels = total_columns(formula.problem, code.decode(np.array(words, dtype=np.int64)[:, None])).levels
    if contents is not None and formula.problem.decorations is not None:
        for d, count in contents[0]:
            levels = levels + count * formula.problem.decorations.levels[d][:, None]
    return tuple(tuple(float(formula.values(compiled, levels)[0]) for compiled in sums) for sums in formula.sums)
