"""Builds of some scores in rank order: for when they are too many to be listed.

A depth-first walk over parts, the outermost first, goes by rank. Beginnings that are alike whatever follows come to
the same: the first of them goes on. So builds that differ are soon met, however many tie.

Array axes: L positions, N builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import BlockTotals, score_totals, total_columns
from ..best.best_list import TopK
from ..by_value.counted_values import CountedValues, told_apart
from ..filling.filler import Filler
from ..relaxation.bounds import Relaxed, root_box, usual_precision
from ..relaxation.box_lp import solve_box
from ..relaxation.piece_classes import merge_pieces
from ._boxes import Boxes
from ._enumerate import Chunk, Enumeration
from ._extra_prices import ExtraPrices
from ._merged_states import States

__all__ = ["InRankOrder"]

IntArray = npt.NDArray[np.int64]

#: Steps from which on builds are made together; and beginnings that are, at first and at most: twice as many each time.
_LAST_STEPS = 2
_FIRST_BEGUN, _MOST_BEGUN = 1, 512

#: Beginnings of so many steps that are remembered as met, some 100 bytes each; what is forgotten is met again.
_MOST_MET = 2_000_000


class _Down:
    """What an enumeration may use: all that scores `least`; see `_enumerate.Allowance`."""

    def __init__(self, relaxed: Relaxed, least: int) -> None:
        self.least = least
        self._relaxed = relaxed

    def slack(self) -> int:
        """For the sets of prices of the box."""
        return self._relaxed.bound_scaled - self.least_scaled()

    def keep(self, chunk: Chunk) -> None:
        """All."""

    def least_scaled(self) -> int:
        """The same for every set of prices."""
        return self._relaxed.precision * self.least


class InRankOrder:
    """Builds of a problem that score from `least`, which may be raised, to `most`.

    Of builds that are alike in all totals, in the sums of `outcome_columns`, by part of shape (n, S), and in the values
    that are `counted` only the first is met. `n_made` is how many the last of `builds` were made of.
    """

    def __init__(
        self,
        problem: Problem,
        least: int,
        most: int,
        *,
        outcome_columns: Sequence[IntArray],
        counted: Sequence[CountedValues] = (),
        should_stop: Callable[[], bool],
    ) -> None:
        self._problem, self._most, self._should_stop = problem, most, should_stop
        self._classes = merge_pieces(problem, told_apart(outcome_columns, counted))
        self._states = States(problem, self._classes, outcome_columns, counts=True, counted=counted)
        precision = usual_precision(problem)
        self.filler = None if problem.decorations is None else Filler(problem, precision=precision)
        boxes = Boxes(problem, self._classes, TopK(1), solver=solve_box, filler=self.filler, precision=precision)
        boxes.add(root_box(problem))
        box = boxes.pop()
        self._box, self._relaxed, parts = box.box, box.relaxed, range(len(self._classes))
        self._enumeration = Enumeration(problem, self._classes, box.box, box.relaxed, parts=parts)
        self._extra = None if self.filler is None else ExtraPrices(problem, self._classes, self.filler)
        self._allowance = _Down(box.relaxed, least)
        #: By number of steps, what tells beginnings apart that were met.
        self._met = [set[bytes]() for _ in range(len(problem.positions) + 1)]
        self.n_made = 0

    def raise_to(self, least: int) -> None:
        """From now on no build is met that scores less."""
        self._allowance.least = least

    def builds(self) -> Iterator[tuple[list[IntArray], IntArray]]:
        """Piece indices by position, shapes (N,), and scores: some builds at a time."""
        begun, n_begun = list[Chunk](), _FIRST_BEGUN
        for beginning in self._beginnings(self._enumeration.root(), len(self._problem.positions) - _LAST_STEPS):
            begun.append(beginning)
            if len(begun) >= n_begun:
                yield self._ended(Chunk.joined(begun))
                begun, n_begun = [], min(2 * n_begun, _MOST_BEGUN)
            if self._should_stop():
                return
        if begun:
            yield self._ended(Chunk.joined(begun))

    def _beginnings(self, chunk: Chunk, n_left: int) -> Iterator[Chunk]:
        """What goes on so many steps, one by one."""
        if n_left <= 0:
            yield chunk
            return
        for place in range((further := self._next(chunk)).loss.size):
            yield from self._beginnings(further.take(np.array([place])), n_left - 1)

    def _next(self, chunk: Chunk) -> Chunk:
        """All that one step more makes of beginnings in rank order, in rank order; none that is like one before."""
        several = list(self._enumeration.expand(chunk, self._allowance)) if chunk.loss.size else []
        if not several:
            return chunk.take(np.zeros(0, dtype=np.intp))
        # Which further prices there are may be another matter by the time they go on.
        joined = Chunk.joined([replace(further, used=()) for further in several])
        joined = joined.take(np.lexsort(joined.picks[::-1]))
        n_steps, steps = len(joined.picks), self._enumeration.steps
        words = self._states.words(steps[:n_steps], joined.picks)
        if steps[n_steps - 1 : n_steps] == steps[n_steps : n_steps + 1]:
            # What may follow in the same part.
            words = np.concatenate([words, joined.picks[-1:]])
        met, fresh = self._met[n_steps], []
        if len(met) > _MOST_MET:
            met.clear()
        for place, word in enumerate(np.ascontiguousarray(words.T, dtype=np.int64)):
            if (key := word.tobytes()) not in met:
                met.add(key)
                fresh.append(place)
        return joined.take(np.array(fresh, dtype=np.intp))

    def _ended(self, chunk: Chunk) -> tuple[list[IntArray], IntArray]:
        """The builds that some beginnings come to, and their scores."""
        for _ in range(len(self._problem.positions) - len(chunk.picks)):
            chunk = self._next(chunk)
        parts = [self._classes[b] for b in self._problem.positions]
        builds = [part.first[pick] for part, pick in zip(parts, chunk.picks, strict=False)]
        self.n_made = chunk.loss.size
        if not chunk.loss.size:
            return [np.zeros(0, dtype=np.int64) for _ in parts], np.zeros(0, dtype=np.int64)
        totals, least = total_columns(self._problem, builds), self._allowance.least
        if self.filler is None:
            scores = score_totals(self._problem, totals)
        else:
            scores = self.filler.scores(totals, least, in_bulk=True, should_stop=self._should_stop)
            self._choose_prices(totals.take(np.flatnonzero(scores < least)))
        wanted = np.flatnonzero((scores >= least) & (scores <= self._most))
        return [column[wanted] for column in builds], scores[wanted]

    def _choose_prices(self, vain: BlockTotals) -> None:
        """Choose price sets that would have left out what was made in vain."""
        assert self._extra is not None
        self._extra.note(vain)
        enumeration = self._enumeration
        if self._extra.is_due(enumeration.n_tried):
            self._extra.choose(self._allowance.least, enumeration.shares_dropped(), work=enumeration.n_tried)
            enumeration.use_extra_prices(self._extra.relaxations(self._box, self._relaxed))
