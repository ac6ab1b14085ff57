"""What partial combinations have to have alike so that whatever follows makes the same of them.

Of those that are alike one goes on for all, however many there are.

Array axes: L positions, N combinations, W words of packed sums, S further columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...records.space import RankCode
from ..relaxation.piece_classes import PartClasses
from ._candidates import Listing
from ._enumerate import Chunk, Enumeration, all_merged

__all__ = ["States"]

IntArray = npt.NDArray[np.int64]
Picks = npt.NDArray[np.int32]

#: Words of packed sums stay below this.
_WORD_LIMIT = 2**62


class States:
    """What combinations have to have alike to be alike whatever follows: sums of numbers of their classes, packed.

    `shown` are further columns that count, by part, shape (pieces, S). With `counts` what is linear counts too, and
    how many are alike is counted; else the best stands for all.
    """

    def __init__(
        self, problem: Problem, classes: Sequence[PartClasses], shown: Sequence[IntArray], *, counts: bool
    ) -> None:
        self._counts = counts
        self._code = RankCode([len(classes[b]) for b in problem.positions])
        columns = [
            np.column_stack([part.totals, part.slots, further[part.first], *([part.linear] * counts)])
            for part, further in zip(classes, shown, strict=True)
        ]
        # What is there twice is known already.
        once = np.unique(np.concatenate(columns), axis=1, return_index=True)[1]
        columns = [numbers[:, once] for numbers in columns]
        self._words = [np.zeros((len(part), 1), dtype=np.int64) for part in classes]
        least = [numbers.min(axis=0) for numbers in columns]
        width = np.sum(
            [part.count * np.ptp(numbers, axis=0) for part, numbers in zip(classes, columns, strict=True)], axis=0
        )
        factor = 1
        for e in np.flatnonzero(width).tolist():
            if factor * (int(width[e]) + 1) > _WORD_LIMIT:
                self._words, factor = [np.pad(words, ((0, 0), (0, 1))) for words in self._words], 1
            for words, numbers, lowest in zip(self._words, columns, least, strict=True):
                words[:, -1] += factor * (numbers[:, e] - lowest[e])
            factor *= int(width[e]) + 1

    def words(self, parts: Sequence[int], picks: Picks) -> IntArray:
        """What N combinations of classes, of these parts, have to have alike, shape (W, N)."""
        words = np.zeros((self._words[0].shape[1], picks.shape[1]), dtype=np.int64)
        for b, pick in zip(parts, picks, strict=True):
            words += self._words[b][pick].T
        return words

    def leaves(self, enumeration: Enumeration, allowance: Listing, most: int) -> Iterator[Chunk]:
        """All leaves at once, of those that are alike one; given up where that would be more than `most`."""

        def merged(chunk: Chunk) -> Chunk:
            kept = self.merged(enumeration.steps, chunk)
            allowance.is_over = allowance.is_over or kept.loss.size > most
            return kept

        if self._counts:
            # All that are alike have to be there at each step.
            leaves = enumeration.merged_leaves(allowance, merged)
        else:
            # The best of a step is as soon listed as found.
            leaves = all_merged(enumeration.leaves(allowance), merged)
        yield from () if leaves is None else (leaves,)

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
