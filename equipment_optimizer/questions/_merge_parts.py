"""Fewer pieces for a question in which more of everything is better.

Where totals must only reach their minima, and one of them be as high as possible,
a piece that is in nothing better than another of its part can be left out, and so
can a pair of pieces of two parts. Parts are merged, two at a time, as long as
that stays cheap: what is left is a small problem with the same best score.

Array axes: n pieces of one part, F features, C set bonuses, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..problem.dominance import undominated
from ..problem.problem import Feature, PartColumns, Problem
from ..problem.ranges import Ranges
from ..records.space import CombinationSpace

__all__ = ["is_plain", "merge_parts", "useful_rows"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Pieces of a part compared with each other: n^2 bytes for each comparison, 16 MB
#: here. A longer part is searched whole.
_MAX_COMPARED = 4_000

#: Two parts are merged while they have no more pairs than this: comparing them takes
#: some milliseconds, as long as a few relaxations do. With decorations, where pairs
#: differ in slots as well, few are dropped and merging does not pay.
_MAX_PAIRS = 1_500

#: Above every level; sums of some of them stay within 64 bits.
_UNLIMITED = 2**40


def merge_parts(problem: Problem, sensitive: Sequence[int]) -> Problem | None:
    """A problem with fewer pieces and parts, and the same best score; None where some minimum is out of reach.

    All its value functions rise with their totals, except where there is a maximum, and none
    is raised; pieces have no linear worth. Of the set bonuses `sensitive` more pieces may be worse.
    """
    merger = _Merger(problem, sensitive)
    if not is_plain(problem):
        rows = useful_rows(problem, sensitive)
        parts = [_take(part, kept) for part, kept in zip(problem.parts, rows, strict=True)]
        return replace(problem, space=problem.space.of_rows(rows), parts=tuple(parts))
    parts = [merger.reduced(part, count) for part, count in zip(problem.parts, problem.space.counts, strict=True)]
    single = [part for part, count in zip(parts, problem.space.counts, strict=True) if count == 1]
    several = [(part, count) for part, count in zip(parts, problem.space.counts, strict=True) if count > 1]
    while len(single) > 1:
        single.sort(key=lambda part: len(part.linear))
        first, second, *later = single
        if problem.decorations is not None or len(first.linear) * len(second.linear) > _MAX_PAIRS:
            break
        others = [*((part, 1) for part in later), *several]
        pair = merger.within_reach(_pairs(first, second), others)
        if not len(pair.linear):
            return None
        single = [*later, merger.reduced(pair, 1)]
    parts = [*single, *(part for part, _ in several)]
    counts = [1] * len(single) + [count for _, count in several]
    space = CombinationSpace([len(part.linear) for part in parts], counts)
    return replace(problem, space=space, parts=tuple(parts), features=merger.features())


def is_plain(problem: Problem) -> bool:
    """Whether parts are all there is that decides which pieces go together."""
    space = problem.space
    repeats = any(count > 1 and may_repeat for count, may_repeat in zip(space.counts, space.optional, strict=True))
    return not space.shared_parts and not problem.exclusive and not repeats


def useful_rows(
    problem: Problem, sensitive: Sequence[int], more: Sequence[BoolArray] | None = None
) -> list[npt.NDArray[np.intp]]:
    """For each part the pieces that no others can stand in for, `more` columns, shape (n, columns), included."""
    merger = _Merger(problem, sensitive)
    return [
        merger.useful_rows(part, problem.space.n_rivals(b), None if more is None else more[b])
        for b, part in enumerate(problem.parts)
    ]


class _Merger:
    """What is known of the totals of a problem, for dropping pieces."""

    def __init__(self, problem: Problem, sensitive: Sequence[int]) -> None:
        self.problem = problem
        #: Of these more may be worse.
        limited = [f for f, feature in enumerate(problem.features) if feature.maximum is not None]
        self.falling = sorted({*limited}.union(*problem.exclusive))
        # So may more pieces of a bonus be that gives them.
        of_falling = problem.bonus_levels[:, :, self.falling]
        harmful = np.flatnonzero((of_falling[:, 1:] != of_falling[:, :-1]).any(axis=(1, 2)))
        self.sensitive = sorted({*sensitive, *harmful.tolist()})
        n_features = problem.n_features
        ranges = Ranges.of(problem)
        least = np.minimum(ranges.bonus_least, ranges.slot_least)
        #: Most of each feature that the pieces can make use of; more changes nothing.
        self.useful = np.full(n_features, _UNLIMITED, dtype=np.int64)
        for f, feature in enumerate(problem.features):
            if least[f] >= 0 and all(int(part.levels[:, f].min()) >= 0 for part in problem.parts):
                most = _useful_level(feature)
                if most is not None:
                    self.useful[f] = max(0, most - int(problem.base_levels[f]))

    def features(self) -> tuple[Feature, ...]:
        """The problem's features; levels cut at what is useful may end below the old range."""
        ends = (self.useful + self.problem.base_levels).tolist()
        return tuple(replace(f, low=min(f.low, end)) for f, end in zip(self.problem.features, ends, strict=True))

    def reduced(self, part: PartColumns, count: int) -> PartColumns:
        """The part without the pieces that others can stand in for."""
        part = PartColumns(part.linear, np.minimum(part.levels, self.useful), part.bonus_counts, part.slots)
        return _take(part, self.useful_rows(part, count))

    def useful_rows(self, part: PartColumns, count: int, more: BoolArray | None = None) -> npt.NDArray[np.intp]:
        """The pieces that others cannot stand in for."""
        if len(part.linear) > _MAX_COMPARED:
            return np.arange(len(part.linear))
        worth = [np.minimum(part.levels, self.useful), part.bonus_counts, -part.levels[:, self.falling]]
        worth += [_slots_from(part.slots, self.problem.slot_levels), -part.bonus_counts[:, self.sensitive]]
        if more is not None:
            worth.append(more.astype(np.int64))
        return np.flatnonzero(undominated(np.column_stack(worth), count=count))

    def within_reach(self, part: PartColumns, others: Sequence[tuple[PartColumns, int]]) -> PartColumns:
        """The part without the pieces with which some minimum cannot be met."""
        problem = self.problem
        ranges = Ranges.of(
            problem,
            totals=[np.column_stack([other.levels, other.bonus_counts]) for other, _ in others],
            slots=[other.slots for other, _ in others],
            counts=[count for _, count in others],
        )
        n_slots = part.slots.sum(axis=1) + ranges.n_slots
        n_features = problem.n_features
        most = part.levels + ranges.most[:n_features] + n_slots[:, None] * ranges.slot_most[:n_features]
        meets = np.ones(len(part.linear), dtype=np.bool_)
        for f, feature in enumerate(problem.features):
            if feature.minimum is not None:
                meets &= most[:, f] >= feature.minimum
        return _take(part, np.flatnonzero(meets))


def _useful_level(feature: Feature) -> int | None:
    """The level above which a feature's total changes nothing; None where every level counts."""
    if feature.value.slope[-1] != 0 or feature.maximum is not None:
        return None
    return max(feature.minimum or 0, *feature.value.start, 0)


def _pairs(first: PartColumns, second: PartColumns) -> PartColumns:
    """All pairs of pieces of two parts, as pieces of one."""

    def sums(a: IntArray, b: IntArray) -> IntArray:
        return (a[:, None] + b[None, :]).reshape(len(a) * len(b), *a.shape[1:])

    return PartColumns(
        sums(first.linear, second.linear),
        sums(first.levels, second.levels),
        sums(first.bonus_counts, second.bonus_counts),
        sums(first.slots, second.slots),
    )


def _slots_from(slots: IntArray, slot_levels: Sequence[int]) -> IntArray:
    """Slots of each level or a higher one: what small decorations can use; the shape of `slots`."""
    usable = slots.copy()
    for k in range(len(slot_levels) - 2, -1, -1):
        if slot_levels[k] < slot_levels[k + 1]:
            usable[:, k] += usable[:, k + 1]
    return usable


def _take(part: PartColumns, rows: npt.NDArray[np.intp]) -> PartColumns:
    """Some pieces of a part."""
    return PartColumns(part.linear[rows], part.levels[rows], part.bonus_counts[rows], part.slots[rows])
