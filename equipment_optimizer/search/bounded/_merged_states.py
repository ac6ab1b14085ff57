"""What partial combinations have to have alike so that whatever follows makes the same of them.

Of those that are alike one goes on for all, however many there are.

Array axes: L positions, N combinations, W words of packed sums, S further columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.space import RankCode
from ..by_value.counted_values import CountedValues
from ..by_value.packed_sums import PackedSums
from ..by_value.walk import ByValue, Counted
from ..relaxation.piece_classes import PartClasses
from ._candidates import Listing
from ._enumerate import Chunk, Enumeration, all_merged

__all__ = ["States"]

IntArray = npt.NDArray[np.int64]
Picks = npt.NDArray[np.int32]

#: Continuations of a step up to which beginnings are merged where only the best of those that are alike is wanted:
#: few beginnings save as much later, and many are not held at once.
_MOST_BEGUN = 16_384


class States:
    """What combinations have to have alike to be alike whatever follows: sums of numbers of their classes, packed.

    `shown` are further columns that count, by part, shape (pieces, S); of `counted` values the highest count does.
    With `counts` what is linear counts too, and how many are alike is counted; else the best stands for all.
    """

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        shown: Sequence[IntArray],
        *,
        counts: bool,
        counted: Sequence[CountedValues] = (),
    ) -> None:
        self._counts = counts
        self._code = RankCode([len(classes[b]) for b in problem.positions])
        columns = [
            np.column_stack([part.totals, part.slots, further[part.first], *([part.linear] * counts)])
            for part, further in zip(classes, shown, strict=True)
        ]
        n_taken, rules = [part.count for part in classes], [rule.of_classes(classes) for rule in counted]
        carried = zip(columns, *(rule.carried for rule in rules), strict=True)
        self._sums = PackedSums([np.column_stack(of_part) for of_part in carried], n_taken)
        self._by_value = ByValue(problem, classes, rules, columns) if counts and rules else None
        #: Whether part by part there were too many.
        self.is_by_value = False

    def words(self, parts: Sequence[int], picks: Picks) -> IntArray:
        """What N combinations of classes, of these parts, have to have alike, shape (W, N)."""
        return self._sums.words(parts, picks)

    def keys(self, positions: Sequence[int], picks: Picks) -> IntArray:
        """The same of finished ones, classes by position, (L, N)."""
        return self.words(positions, picks) if self._by_value is None else self._by_value.keys(picks)

    def leaves(self, enumeration: Enumeration, allowance: Listing, most: int) -> Iterator[Chunk]:
        """All leaves at once, of those that are alike one; given up where that would be more than `most`."""

        def merged(chunk: Chunk) -> Chunk:
            kept = self.merged(enumeration.steps, chunk)
            allowance.is_over = allowance.is_over or kept.loss.size > most
            return kept

        if self._by_value is not None:
            leaves = self._outcomes(self._by_value, enumeration, allowance, merged)
        elif self._counts:
            # All that are alike have to be there at each step.
            leaves = enumeration.merged_leaves(allowance, merged)
        else:
            # The best of a step is as soon listed as found, once merging beginnings saves less than it takes.
            begun = enumeration.merged_beginnings(allowance, merged, _MOST_BEGUN)
            leaves = None if begun is None else all_merged(enumeration.leaves(allowance, begun), merged)
        yield from () if leaves is None else (leaves,)

    def _outcomes(
        self, by_value: ByValue, enumeration: Enumeration, allowance: Listing, merged: Callable[[Chunk], Chunk]
    ) -> Chunk | None:
        """All leaves, part by part as long as they are few, then value by value."""
        walked: Counted | None = None
        if not self.is_by_value:
            leaves = enumeration.merged_leaves(allowance, merged)
            if leaves is not None and leaves.times is not None:
                walked = Counted(leaves.picks[enumeration.step_of_position], leaves.times)
            self.is_by_value = allowance.is_over and not allowance.is_stopped() and by_value.is_possible
            allowance.is_over = allowance.is_over and not self.is_by_value
        if self.is_by_value:
            allowance.n_listed = 0
            walked = by_value.leaves(enumeration.box, enumeration.relaxed, allowance.slack(), allowance.is_stopped)
            allowance.is_over = walked is None
        if walked is None:
            return None
        picks, times = by_value.merged(walked)
        totals = by_value.totals(picks)
        used = enumeration.measure(picks, totals)
        near = np.flatnonzero(used <= allowance.slack())
        by_step = np.argsort(enumeration.step_of_position)
        return Chunk(picks[by_step], used, np.zeros_like(used), totals, times=times).take(near)

    def merged(self, steps: Sequence[int], chunk: Chunk) -> Chunk:
        """Of combinations of the first steps that are alike the best, of equal ones the first, for all of them."""
        n_steps = len(chunk.picks)
        words = list(self.words(steps[:n_steps], chunk.picks))
        if steps[n_steps - 1 : n_steps] == steps[n_steps : n_steps + 1]:
            words.append(chunk.picks[-1].astype(np.int64))  # what may follow in the same part
        place = np.argsort(np.array(steps), kind="stable")
        by_position = np.zeros((len(steps), chunk.loss.size), dtype=np.int64)
        for position, step in enumerate(place.tolist()):
            if step < n_steps:
                by_position[position] = chunk.picks[step]
        rank = self._code.encode(list(by_position))
        order = np.lexsort((*rank[::-1], chunk.loss, *words))
        is_first = np.zeros(len(order), dtype=np.bool_)
        is_first[:1] = True
        for word in words:
            is_first[1:] |= np.diff(word[order]) != 0
        starts = np.flatnonzero(is_first)
        kept = chunk.take(order[starts])
        return kept if chunk.times is None else replace(kept, times=np.add.reduceat(chunk.times[order], starts))
