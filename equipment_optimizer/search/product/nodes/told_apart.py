"""Nodes whose builds are told apart by the pieces of one part alone: what each of them comes to.

Every level that is worth something is known in such a node. What is left of its sums are plain parts, to which the
pieces of one part add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ....problem.formula import FormulaProblem
from ....problem.problem import Problem
from ...relaxation.piece_classes import PartClasses
from .curves import ONE, Curve
from .levels import ends_of
from .nodes import Node, factors_of
from .surrogate import Slopes, line_slope

__all__ = ["Plain", "ToldApart", "excess", "plain_of_classes", "plain_part", "told_apart"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

#: What floating point is wrong by is far less, in units, and beside it as a share of a price; what nothing exceeds.
_ROUNDED = 64.0
_ROUNDED_SHARE = 2.0**-49
_FAR = 2.0**60


class ToldApart(NamedTuple):
    """What a build that keeps the levels of a node counts as there, by its piece of a `part`, shape (pieces,).

    Where that is `exact` it comes to that at least: with some pieces more of another sum makes less of a product.
    """

    part: int
    products: npt.NDArray[np.object_]
    exact: npt.NDArray[np.bool_]


def told_apart(formula: FormulaProblem, node: Node) -> ToldApart | None:
    """The products of a node by the pieces of one part; None where they differ by more than these.

    Other cuts of a node than its levels are no limits of its problem.
    """
    problem = formula.problem
    if not formula.rises or problem.space.shared_parts:
        return None
    plain = _plain_features(formula)
    part = _only_part(problem, plain)
    if part is None:
        return None
    others = _of_others(problem, part, plain)
    spans = [node.levels_of(formula, e) for e in range(problem.n_features)]
    n_pieces = len(problem.parts[part].linear)
    ends = np.repeat(np.array(spans, dtype=np.int64).T[:, :, None], n_pieces, axis=2)
    ends[:, plain] = (others + problem.parts[part].levels[:, plain]).T
    exact = np.ones(n_pieces, dtype=np.bool_)
    for number, (sums, scaled) in enumerate(zip(formula.sums, formula.scaled.sums, strict=True)):
        values = []
        for compiled, scaled_sum in zip(sums, scaled, strict=True):
            # Levels that add to a sum never make it smaller.
            least, most = (scaled_sum.clipped(formula.values(compiled, levels)) for levels in ends)
            if (least != most).any():
                return None
            values.append(least)
        exact &= np.asarray(formula.scaled.finished(number, values) >= 0, dtype=np.bool_)
        for place, value in enumerate(values if len(values) == 2 else ()):
            other, of_other = sums[1 - place], values[1 - place]
            top = int(scaled[1 - place].clipped(np.array([other.high], dtype=object))[0])
            exact &= np.asarray((value >= 0) | (of_other >= top), dtype=np.bool_)
    return ToldApart(part, formula.scores(ends[0]), exact)


def _plain_features(formula: FormulaProblem) -> list[int]:
    """Features that are added to sums as they are."""
    return sorted({compiled.plain for sums in formula.sums for compiled in sums if compiled.plain >= 0})


def _of_others(problem: Problem, part: int, plain: Sequence[int]) -> IntArray:
    """What all builds have of some features beside what the pieces of a part add."""
    others: IntArray = problem.base_levels[plain].astype(np.int64)
    for b, (other, count) in enumerate(zip(problem.parts, problem.space.counts, strict=True)):
        if b != part:
            others = others + count * other.levels[0, plain]
    return others


def _only_part(problem: Problem, plain: list[int]) -> int | None:
    """The part whose pieces differ in these features, the first if none does; None where others do, too."""
    if problem.bonus_levels[:, :, plain].any():
        return None
    decorations = problem.decorations
    if decorations is not None and decorations.levels[:, plain].any():
        return None
    differing = [b for b, part in enumerate(problem.parts) if np.ptp(part.levels[:, plain], axis=0).any()]
    if len(differing) > 1 or (differing and problem.space.counts[differing[0]] != 1):
        return None
    return differing[0] if differing else 0


class Plain(NamedTuple):
    """The part whose pieces alone add to plain parts of sums, and by feature what each build has, shapes (n,)."""

    part: int
    levels: dict[int, npt.NDArray[np.int64]]


def plain_of_classes(formula: FormulaProblem, classes: Sequence[PartClasses]) -> Plain | None:
    """What builds have of plain parts by their class of the one part that adds to them; None where others do, too."""
    problem = formula.problem
    plain = _plain_features(formula)
    part = _only_part(problem, plain) if plain else None
    if part is None:
        return None
    others = _of_others(problem, part, plain)
    first = classes[part].first
    return Plain(part, {e: others[n] + problem.parts[part].levels[first, e] for n, e in enumerate(plain)})


def plain_part(formula: FormulaProblem) -> tuple[int, list[int]] | None:
    """The part whose pieces alone add to plain parts of sums, and these as features; None where others do, too."""
    plain = _plain_features(formula)
    part = _only_part(formula.problem, plain) if plain else None
    return None if part is None else (part, plain)


def excess(formula: FormulaProblem, node: Node, slopes: Slopes, plain: Plain) -> IntArray:
    """By how much less, in units, builds of a node with each class are bounded than by its rough lines, shape (n,).

    A line that touches for all classes may be far above the totals that builds with one of them have.
    """
    n_classes = max(map(len, plain.levels.values()), default=0)
    above = np.zeros(n_classes)
    for factor in factors_of(formula, node):
        for place, curve in factor.priced():
            compiled, (low, high) = factor.sums[place], factor.ranges[place]
            if compiled.plain < 0 or low == high:
                continue
            ends = [ends_of(formula, node, worth) for worth in compiled.worths]
            of_plain = compiled.base + plain.levels[compiled.plain]
            least = np.maximum(low, of_plain + sum(end[0] for end in ends)).astype(np.float64)
            most = np.minimum(high, of_plain + sum(end[1] for end in ends)).astype(np.float64)
            slope = line_slope(curve, (low, high), slopes[factor.number][place], is_rough=True)
            of_class = _intercepts(curve, slope, np.minimum(least, most), most)
            of_class[least > most] = -np.inf
            line = float(curve.line(slope, low, high))
            rounded = _ROUNDED + _ROUNDED_SHARE * abs(slope) * max(abs(low), abs(high))
            above += np.maximum(line - of_class - rounded, 0)
    return np.minimum(np.nan_to_num(above, nan=0.0), _FAR).astype(np.int64)


def _intercepts(curve: Curve, slope: int, low: FloatArray, high: FloatArray) -> FloatArray:
    """Of lines of a slope above a curve on spans of totals, shape (n,), in floating point."""
    bends = [(end - curve.offset) / curve.times for end in (curve.least, curve.most) if end is not None]
    if slope > 0:
        bends.append(float(curve.touching(slope)))
    candidates = np.array([low, high, *(np.clip(bend, low, high) for bend in bends)])
    values = curve.times * candidates + curve.offset
    values = np.clip(
        values, 1 if curve.least is None else max(1, curve.least), np.inf if curve.most is None else curve.most
    )
    return np.asarray((ONE * float(curve.power) * np.log(values) - slope * candidates).max(axis=0))
