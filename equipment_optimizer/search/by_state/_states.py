"""All combinations of classes of pieces, those with the same sums as one: a state.

Part by part, the largest first. Sums of two sorted lists are made and merged range by range, so that no more is held
than the states themselves.

Array axes: n classes of a part, M states.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..by_value.packed_sums import PackedSums
from ..relaxation.piece_classes import PartClasses

__all__ = ["States", "states_of"]

IntArray = npt.NDArray[np.int64]

#: States before the last part, 24 bytes each, and pairs of a state and a class in all: some seconds.
_MOST_STATES = 2_000_000
_MOST_PAIRS = 60_000_000

#: Pairs that are merged together.
_AT_ONCE = 1 << 20

#: Sums by which ranges are made.
_SAMPLE = 1 << 16

#: All numbers stay below this.
_LIMIT = 2**62


class States(NamedTuple):
    """M states, ascending by what tells them apart; int64 (M,)."""

    word: IntArray  # sums, packed
    place: IntArray  # of the first of its combinations: see `Places`
    times: IntArray  # how many combinations of pieces it has


class Places:
    """Combinations of classes in order, by one number each: those that lose less come first, then by rank.

    `losses` are of the classes of each part, shape (n,). `is_possible` is whether numbers are large enough.
    """

    def __init__(self, sizes: Sequence[int], losses: Sequence[IntArray]) -> None:
        self._sizes = sizes
        self._weights = [1]
        for size in reversed(sizes):
            self._weights.insert(0, self._weights[0] * size)
        most_lost = sum(int(loss.max()) for loss in losses)
        self.is_possible = self._weights[0] * (most_lost + 1) < _LIMIT
        #: By part, shape (n,): places add up.
        self.of_part = [
            loss * self._weights[0] + np.arange(size) * weight
            for loss, size, weight in zip(losses, sizes, self._weights[1:], strict=True)
        ]

    def ranks(self, places: IntArray) -> IntArray:
        """Places by rank alone, shape (M,)."""
        return places % self._weights[0]

    def picks(self, places: IntArray) -> list[IntArray]:
        """The class of each part, shapes (M,)."""
        return [places // weight % size for size, weight in zip(self._sizes, self._weights[1:], strict=True)]


def states_of(
    classes: Sequence[PartClasses], columns: Sequence[IntArray], places: Places, should_stop: Callable[[], bool]
) -> Iterator[States] | None:
    """All states, some at a time; None where they are too many, or once it shall stop.

    Sums are of `columns`, by part of shape (n, S).
    """
    sums = PackedSums(columns, [1] * len(classes))
    if len(sums.sizes) > 1:
        return None
    parts = [
        _merged(words[:, 0], of_part, part.sizes)
        for words, of_part, part in zip(sums.of_part, places.of_part, classes, strict=True)
    ]
    # What is merged last is not held.
    parts.sort(key=lambda part: -len(part.word))
    states, n_pairs = parts[0], 0
    for part in parts[1:-1]:
        n_pairs += len(states.word) * len(part.word)
        if n_pairs > _MOST_PAIRS:
            return None
        several = []
        for some in _sums_of(states, part):
            several.append(some)
            if should_stop() or sum(len(known.word) for known in several) > _MOST_STATES:
                return None
        states = States(*(np.concatenate(column) for column in zip(*several, strict=True)))
    if len(parts) == 1:
        return iter(parts)
    return None if n_pairs + len(states.word) * len(parts[-1].word) > _MOST_PAIRS else _sums_of(states, parts[-1])


def _merged(word: IntArray, place: IntArray, times: IntArray) -> States:
    # Lists of sums are sorted already: they are merged quickly by an order that keeps what is equal.
    order = np.argsort(word, kind="stable")
    starts = np.flatnonzero(np.diff(word[order], prepend=-1))
    return States(word[order[starts]], np.minimum.reduceat(place[order], starts), np.add.reduceat(times[order], starts))


def _sums_of(states: States, part: States) -> Iterator[States]:
    """All sums of two, ascending."""
    bounds = _ranges(states.word, part.word)
    for low, high in itertools.pairwise(bounds):
        several = []
        for word, place, times in zip(*(column.tolist() for column in part), strict=True):
            some = slice(*np.searchsorted(states.word, [low - word, high - word]))
            several.append((states.word[some] + word, states.place[some] + place, states.times[some] * times))
        joined = [np.concatenate(column) for column in zip(*several, strict=True)]
        if len(joined[0]):
            yield _merged(*joined)


def _ranges(words: IntArray, others: IntArray) -> list[int]:
    """Where to divide the sums of two ascending lists, from the first one to beyond the last."""
    n_ranges = -(-len(words) * len(others) // _AT_ONCE)
    some = words[:: -(-len(words) * len(others) // _SAMPLE)]
    sample = np.sort((some[:, None] + others[None, :]).reshape(-1))
    inner = sample[np.arange(1, n_ranges) * len(sample) // n_ranges]
    return [int(words[0] + others[0]), *np.unique(inner).tolist(), int(words[-1] + others[-1]) + 1]
