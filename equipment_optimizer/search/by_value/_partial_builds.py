"""Builds of which any positions are filled, and those that are alike whatever follows as one.

Array axes: L positions, M partial builds, W words of packed sums, E totals, R rules, O values that are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...records.space import RankCode

__all__ = ["NO_PICK", "PartialBuilds", "merged"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: In a position that is not filled; above every class.
NO_PICK = 2**31 - 1

#: Packed keys stay below this.
_WORD_LIMIT = 2**62


@dataclass(frozen=True, eq=False)
class PartialBuilds:
    """M of them; int64 but for `picks`, and for `times` where these may be larger."""

    filling: IntArray  # (M,): numbers of pieces of each part
    words: IntArray  # (W, M): sums of the chosen classes
    loss: IntArray  # (M,): of these, and of values that are counted to the end
    totals: IntArray  # (E, M)
    n_carried: IntArray  # (O, M): how many pieces carry each value that is open
    highest: IntArray  # (R, M): the most pieces with the same value, of those that are not open
    picks: npt.NDArray[np.int32]  # (L, M): classes, ascending within a part
    times: npt.NDArray[Any]  # (M,): how many combinations of pieces each stands for

    def __len__(self) -> int:
        return len(self.filling)

    def take(self, rows: Rows) -> PartialBuilds:
        """Some of them."""
        return PartialBuilds(
            self.filling.take(rows),
            self.words.take(rows, axis=1),
            self.loss.take(rows),
            self.totals.take(rows, axis=1),
            self.n_carried.take(rows, axis=1),
            self.highest.take(rows, axis=1),
            self.picks.take(rows, axis=1),
            self.times.take(rows),
        )

    @classmethod
    def joined(cls, several: Sequence[PartialBuilds]) -> PartialBuilds:
        """All of several, one at least."""
        if len(several) == 1:
            return several[0]
        return cls(
            np.concatenate([builds.filling for builds in several]),
            np.concatenate([builds.words for builds in several], axis=1),
            np.concatenate([builds.loss for builds in several]),
            np.concatenate([builds.totals for builds in several], axis=1),
            np.concatenate([builds.n_carried for builds in several], axis=1),
            np.concatenate([builds.highest for builds in several], axis=1),
            np.concatenate([builds.picks for builds in several], axis=1),
            np.concatenate([builds.times for builds in several]),
        )


def merged(builds: PartialBuilds, word_sizes: Sequence[int], n_fillings: int, code: RankCode) -> PartialBuilds:
    """Of those that are alike the first for all of them."""
    keys = _packed(builds, word_sizes, n_fillings)
    # Most stand in order, which a stable sort makes use of.
    order = np.lexsort(keys) if len(keys) > 1 else np.argsort(keys[0], kind="stable")
    is_first = np.zeros(len(order), dtype=np.bool_)
    is_first[:1] = True
    for key in keys:
        is_first[1:] |= np.diff(key[order]) != 0
    starts = np.flatnonzero(is_first)
    if len(starts) == len(order):
        return builds
    picks = np.where(builds.picks == NO_PICK, 0, builds.picks)
    rank = code.encode(list(picks))[:, order]
    if len(rank) > 1:
        group = np.cumsum(is_first)
        order = order[np.lexsort((*rank[::-1], group))]
        firsts = order[starts]
    else:
        # Partial builds of the same positions have ranks of their own.
        least = np.minimum.reduceat(rank[0], starts)
        firsts = order[rank[0] == np.repeat(least, np.diff(starts, append=len(order)))]
    return replace(builds.take(firsts), times=np.add.reduceat(builds.times[order], starts))


def _packed(builds: PartialBuilds, word_sizes: Sequence[int], n_fillings: int) -> list[IntArray]:
    """Everything that makes a difference for what follows, in few words."""
    small = int(builds.n_carried.max(initial=0)) + 1, int(builds.highest.max(initial=0)) + 1
    columns = [
        *((word, size) for word, size in zip(builds.words, word_sizes, strict=True)),
        (builds.filling, n_fillings),
        *((n_carried, small[0]) for n_carried in builds.n_carried),
        *((highest, small[1]) for highest in builds.highest),
    ]
    keys: list[IntArray] = []
    factor = _WORD_LIMIT + 1
    for column, size in columns:
        if factor * size > _WORD_LIMIT:
            keys.append(np.zeros(len(builds), dtype=np.int64))
            factor = 1
        keys[-1] = keys[-1] + factor * column
        factor *= size
    return keys
