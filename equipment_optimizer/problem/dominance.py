"""What can be left out because something else of its kind does all that it does.

Two-skill decorations of which only one skill counts are alike by the dozen; each
copy doubles the fillings of equal score that a search has to tell apart. Pieces
likewise, where more of everything is better.

Array axes: n rows (decorations or pieces), Q columns, F features.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .problem import Feature
from .value_function import ValueFunction

__all__ = ["never_harms", "undominated"]

BoolArray = npt.NDArray[np.bool_]


def undominated(
    columns: npt.NDArray[np.int64 | np.bool_],
    may_rise: BoolArray | None = None,
    scarce: BoolArray | None = None,
    count: int = 1,
) -> BoolArray:
    """Rows for which fewer than `count` others can stand in, shape (n,).

    A row stands in for another if it is not `scarce`, shape (n,), and has at least as
    much in every column, or the same where more may harm: `may_rise`, shape (Q,). Of
    equal rows only the earlier one stands in for the later. Where a build has `count`
    pieces of a part, a row that is left out always has a stand-in that is not in the
    build yet. O(n^2 Q) time, O(n^2) bytes.
    """
    n_rows = len(columns)
    stands_in = np.ones((n_rows, n_rows), dtype=np.bool_)
    if scarce is not None:
        stands_in &= ~scarce[:, None]
    for number, column in enumerate(columns.T):
        rises = may_rise is None or bool(may_rise[number])
        stands_in &= np.greater_equal.outer(column, column) if rises else np.equal.outer(column, column)
    stands_in &= ~np.tril(stands_in & stands_in.T)
    few: BoolArray = stands_in.sum(axis=0) < count
    return few


def never_harms(features: Sequence[Feature]) -> BoolArray:
    """Whether one level more of a feature is never worth less, in any build; shape (F,)."""
    return np.array([_never_harms(features, f) for f in range(len(features))], dtype=np.bool_)


def _never_harms(features: Sequence[Feature], f: int) -> bool:
    """The same for one feature, whose level may also raise another's maximum."""
    feature = features[f]
    if feature.maximum is not None:
        return False
    functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
    if not all(_rises(function, feature.low, feature.high) for function in functions):
        return False
    return all(
        _is_at_least(other.raised_value, other.value, other.low, other.high)
        for other in features
        if other.raised_by == f and other.raised_value is not None
    )


def _rises(function: ValueFunction, low: int, high: int) -> bool:
    """Whether the function never falls on ``low..high``."""
    values = function.corner_values(low, high)
    return all(before <= after for before, after in itertools.pairwise(values))


def _is_at_least(upper: ValueFunction, lower: ValueFunction, low: int, high: int) -> bool:
    """Whether one function is nowhere on ``low..high`` below the other."""
    # Between neighbouring corners of both, both are straight.
    corners = {*upper.corners(low, high), *lower.corners(low, high)}
    return all(upper.at(x) >= lower.at(x) for x in corners)
