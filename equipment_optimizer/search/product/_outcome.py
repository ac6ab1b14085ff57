"""What a search by a formula comes to: exact scores, what is proved of each, and how far others may be above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from ...problem.formula import FormulaProblem
from ...problem.problem import PartColumns
from ...problem.scoring import total_columns
from ...records.results import SearchReport, format_score
from ...records.space import CombinationSpace, RankCode
from ..engines import SearchOutcome, decoded
from ._fillings import FoundFillings
from ._products import Contents
from .nodes.curves import ceil_exp

__all__ = ["Row", "gap_of", "only_build", "outcome_of"]

#: Score, rank words, and what is in the slots.
Row = tuple[int, tuple[int, ...], Contents | None]

#: Numbers of more bits are not written: 4,300 digits are the most that the interpreter turns into text.
_VAST_BITS = 10_000


def gap_of(formula: FormulaProblem, scores: Sequence[int], left: int | None) -> Decimal:
    """By how much what was not looked at, its logarithm no more than `left`, may be above the last score."""
    if left is None:
        return Decimal(0)
    if not scores:
        return Decimal("Infinity")
    most = max(scores[-1], ceil_exp(left))
    # A bound that is no number for people: what is above it is as good as unknown.
    is_vast = most.bit_length() > _VAST_BITS
    return Decimal("Infinity" if is_vast else format_score(most - scores[-1], formula.scaled.score_digits))


def outcome_of(
    formula: FormulaProblem,
    code: RankCode,
    rows: Sequence[Row],
    left: int | None,
    *,
    report: SearchReport,
    are_first: bool = True,
) -> SearchOutcome:
    """The outcome of a search that listed these rows, their fillings the first of their best ones or not."""
    scores = np.empty(len(rows), dtype=object)
    for place, (score, _, _) in enumerate(rows):  # NumPy would make floats of what no int64 holds
        scores[place] = score
    words = np.array([words for _, words, _ in rows], dtype=np.int64).reshape(len(rows), code.n_words)
    most_left = None if left is None else ceil_exp(left)
    proved = None if most_left is None else np.array([score > most_left for score, _, _ in rows], dtype=np.bool_)
    has_slots = formula.problem.decorations is not None
    filler = None
    if has_slots:
        filler = FoundFillings(formula.problem, [contents for _, _, contents in rows], are_first=are_first)
    return SearchOutcome(decoded(code, words.T), scores, report, proved, filler)


def only_build(formula: FormulaProblem, pieces: Sequence[npt.NDArray[np.integer]]) -> FormulaProblem:
    """The formula over one build, its pieces taken as one."""
    problem = formula.problem
    totals = total_columns(problem, pieces)
    parts = [problem.parts[part] for part in problem.positions]
    counts = sum(part.bonus_counts[piece] for part, piece in zip(parts, pieces, strict=True))
    levels = sum(part.levels[piece] for part, piece in zip(parts, pieces, strict=True))
    slots = totals.slots.T - problem.base_slots
    part = PartColumns(np.zeros(1, dtype=np.int64), np.array(levels), np.array(counts), slots)
    return replace(formula, problem=replace(problem, space=CombinationSpace([1], (1,)), parts=(part,)))
