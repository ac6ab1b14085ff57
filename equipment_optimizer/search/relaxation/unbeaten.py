"""Values that no other ones reach in everything, and of them what partial combinations can still come to.

Array axes: R values each, D totals, n and m columns of values, V ways to complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .bounds import Relaxed
from .piece_classes import PartClasses

__all__ = ["Completions", "KnownOutcomes", "reached", "unbeaten"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Ways to complete that are told apart: others are taken together two by two, at their best.
_MOST_WAYS = 2_000

#: Comparisons made at a time, and columns that are compared with those kept so far.
_AT_ONCE = 1 << 22
_BLOCK = 256


def reached(values: IntArray, by: IntArray) -> BoolArray:
    """Which of n columns of values, shape (R, n), one of m others, shape (R, m), reaches in all; O(n m R) time."""
    are_reached = np.zeros(values.shape[1], dtype=np.bool_)
    n_together = max(1, _AT_ONCE // max(1, by.shape[1]))
    for start in range(0, values.shape[1], n_together):
        some = slice(start, start + n_together)
        reaches = np.ones((by.shape[1], len(are_reached[some])), dtype=np.bool_)
        for value, by_value in zip(values, by, strict=True):
            reaches &= by_value[:, None] >= value[None, some]
        are_reached[some] = reaches.any(axis=0)
    return are_reached


def unbeaten(values: IntArray, words: Sequence[IntArray] | IntArray = ()) -> npt.NDArray[np.intp]:
    """Which columns of values no other one reaches, of equal ones the first by `words`; O(n^2 R) at worst."""
    order = np.lexsort((*words[::-1], *(-values[::-1])))
    kept = order[:0]
    # Whoever beats another one stands before it in this order.
    for start in range(0, len(order), _BLOCK):
        some = order[start : start + _BLOCK]
        some = some[~reached(values[:, some], values[:, kept])]
        at_least = (values[:, some, None] >= values[:, None, some]).all(axis=0)
        kept = np.concatenate([kept, some[~np.triu(at_least, 1).any(axis=0)]])
    return kept


class KnownOutcomes(Protocol):
    """The outcomes known so far (`search/front`)."""

    first: IntArray
    words: IntArray

    def most(self, others: IntArray) -> IntArray:
        """The best score of an outcome that reaches others (D, M)."""

    def are_beaten(self, first: IntArray, others: IntArray, words: IntArray | None = None) -> BoolArray:
        """Which of M outcomes a known one beats or equals, unless by an equal one of a later rank."""

    def add(self, first: IntArray, others: IntArray, words: IntArray) -> bool:
        """Take in outcomes."""


class Completions:
    """By step what steps left can do at best: lose less, and give more of totals, turned so that more is better.

    `steps` has the part of each step. Of the D totals `features`, `signs` are -1 where less is better.
    """

    def __init__(
        self,
        classes: Sequence[PartClasses],
        relaxed: Relaxed,
        steps: Sequence[int],
        *,
        features: Sequence[int],
        signs: IntArray,
    ) -> None:
        nothing = np.zeros((1 + len(features), 1), dtype=np.int64)
        self._ways = [nothing]
        for b in reversed(steps[1:]):
            given = classes[b].totals[:, features].T * signs[:, None]
            of_part = np.concatenate([-relaxed.loss[b][None], given])
            of_part = of_part[:, unbeaten(of_part)]
            every = (self._ways[-1][:, :, None] + of_part[:, None, :]).reshape(len(of_part), -1)
            self._ways.append(_fewer(every[:, unbeaten(every)]))
        self._ways.reverse()

    def after(self, step: int) -> tuple[list[int], IntArray]:
        """What is lost, length V, and given, shape (V, D), at best by what follows a step, the first being 1."""
        ways = self._ways[step - 1]
        return (-ways[0]).tolist(), ways[1:].T


def _fewer(ways: IntArray) -> IntArray:
    """No more ways than are told apart: neighbours are taken together."""
    while ways.shape[1] > _MOST_WAYS:
        ways = np.maximum(ways[:, ::2], ways[:, [*range(1, ways.shape[1], 2), *([-1] * (ways.shape[1] % 2))]])
        ways = ways[:, unbeaten(ways)]
    return ways
