"""Which decorations can be left out because another does all that they do.

Two-skill decorations of which only one skill counts are alike by the dozen; each
copy doubles the fillings of equal score that a search for the best has to tell
apart. In come the compiled columns of the decorations, out comes which to keep.

Array axes: n decorations, F features, K slot kinds.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .problem import Feature
from .value_function import ValueFunction

__all__ = ["undominated"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def undominated(
    features: Sequence[Feature], linear: IntArray, levels: IntArray, fits: BoolArray, stock: IntArray
) -> BoolArray:
    """Decorations that no other one can stand in for, in any build.

    Parameters
    ----------
    features : sequence of Feature, length F
    linear : ndarray of int64, shape (n,)
    levels : ndarray of int64, shape (n, F)
    fits : ndarray of bool, shape (n, K)
    stock : ndarray of int64, shape (n,)
        -1 is unlimited.

    Returns
    -------
    ndarray of bool, shape (n,)
        Of decorations that are alike, the first is kept.

    Notes
    -----
    One stands in for another if it never runs out, fits wherever the other does,
    scores at least as much by itself, and gives the same levels, or more where more
    cannot harm. O(n^2 (F + K)) time, O(n^2) memory.
    """
    n = len(linear)
    may_rise = np.array([_never_harms(features, f) for f in range(len(features))], dtype=np.bool_)
    over: BoolArray = (stock < 0)[:, None] & (linear[:, None] >= linear[None, :])
    for kind in fits.T:
        over &= kind[:, None] | ~kind[None, :]
    for f, rises in enumerate(may_rise.tolist()):
        own = levels[:, f]
        over &= np.greater_equal.outer(own, own) if rises else np.equal.outer(own, own)
    both = over & over.T
    place = np.arange(n)
    over &= ~both | (place[:, None] < place[None, :])
    keep: BoolArray = np.logical_not(over.any(axis=0))
    return keep


def _never_harms(features: Sequence[Feature], f: int) -> bool:
    """Whether one level more of a feature is never worth less, in any build."""
    feature = features[f]
    functions = [feature.value] if feature.raised_value is None else [feature.value, feature.raised_value]
    if not all(_rises(function, feature.low, feature.high) for function in functions):
        return False
    return all(
        _at_least(other.raised_value, other.value, other.low, other.high)
        for other in features
        if other.raised_by == f and other.raised_value is not None
    )


def _rises(function: ValueFunction, low: int, high: int) -> bool:
    """Whether the function never falls on ``low..high``."""
    corners = function.corners(low, high)
    values = [function.at(x) for x in corners]
    return all(before <= after for before, after in itertools.pairwise(values))


def _at_least(upper: ValueFunction, lower: ValueFunction, low: int, high: int) -> bool:
    """Whether one function is nowhere on ``low..high`` below the other."""
    # Between neighbouring corners of both, both are straight.
    corners = {*upper.corners(low, high), *lower.corners(low, high)}
    return all(upper.at(x) >= lower.at(x) for x in corners)
