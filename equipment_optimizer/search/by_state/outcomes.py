"""What all builds of a problem come to, their slots filled: each outcome with its first build and how many have it.

Where few sums of pieces matter, the billions of billions of builds are a few million states, and where few features
are filled all their fillings are one table: ties cost no more than builds that differ.

Array axes: N outcomes, M states, D decorations, S sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import score_totals, total_columns
from ...records.vocabulary import NO_BUILD
from ..filling.tables.steps import FillingModel
from ..filling.tables.whole_table import WholeTable
from ..relaxation.piece_classes import PartClasses, merge_pieces
from ._states import Places, States, states_of

__all__ = ["EveryOutcome", "SummedOutcomes", "outcomes_by_state"]

IntArray = npt.NDArray[np.int64]

#: Outcomes that are held before those that are alike are merged.
_MANY = 200_000

#: Words stay below this.
_LIMIT = 2**62


class SummedOutcomes(NamedTuple):
    """Sums that decide what has to differ of builds, beside the score: what each adds to them, int64."""

    pieces: Sequence[IntArray]  # by part, shape (pieces, S)
    decorations: IntArray  # by number in the configuration, shape (D, S)
    free_slots: IntArray  # by level from 1 on, shape (4, S)


class EveryOutcome(NamedTuple):
    """N outcomes, the best first, equal ones in the order of their first builds."""

    scores: IntArray  # shape (N,)
    columns: list[IntArray]  # the first build of each: piece indices by position, shapes (N,)
    times: IntArray  # how many builds each has, shape (N,)


def outcomes_by_state(
    problem: Problem,
    summed: SummedOutcomes,
    *,
    counts: bool,
    should_stop: Callable[[], bool],
    on_states: Callable[[int], None] = lambda _: None,
) -> EveryOutcome | None:
    """All outcomes, told apart by score and sums; None where states or fillings are too many, or once it shall stop.

    With `counts` scores are part of an outcome; without them it is the best build that stands for all with its sums,
    and `times` mean nothing. `on_states` is told how many states are filled so far.
    """
    space = problem.space
    if max(space.counts, default=1) > 1 or space.shared_parts or not 0 < space.n_combinations < _LIMIT:
        return None
    classes = merge_pieces(problem, summed.pieces)
    losses = [(int(part.linear.max()) - part.linear) * (not counts) for part in classes]
    places = Places([len(part) for part in classes], losses)
    if not places.is_possible:
        return None
    columns = [
        np.column_stack([part.totals, part.slots, shown[part.first], *([part.linear] * counts)])
        for part, shown in zip(classes, summed.pieces, strict=True)
    ]
    states = states_of(classes, columns, places, should_stop)
    if states is None:
        return None
    totals = _Totals(problem, classes, summed)
    if not totals.is_possible:
        return None
    known, several, n_merged, n_states = _NO_OUTCOME, list[_Outcomes](), 0, 0
    for some in states:
        n_states += len(some.word)
        on_states(n_states)
        several.append(_told_apart(totals.of(some, places), counts=counts))
        if sum(len(outcomes.word) for outcomes in several) > max(_MANY, n_merged):
            known = _told_apart(_Outcomes.joined([known, *several]), counts=counts)
            several, n_merged = [], len(known.word)
        if should_stop():
            return None
    known = _told_apart(_Outcomes.joined([known, *several]), counts=counts)
    return _in_order(problem, classes, places, known)


class _Outcomes(NamedTuple):
    """What tells outcomes apart, packed; scores, ranks of the first of their builds, and times; int64 (N,)."""

    word: IntArray
    score: IntArray
    rank: IntArray
    times: IntArray

    @classmethod
    def joined(cls, several: Sequence[_Outcomes]) -> _Outcomes:
        """All of several."""
        return cls(*(np.concatenate(column) for column in zip(*several, strict=True)))


_NO_OUTCOME = _Outcomes(*(np.zeros((4, 0), dtype=np.int64)))


def _told_apart(given: _Outcomes, *, counts: bool) -> _Outcomes:
    """Of those that are alike the best, of equal ones the first, for all of them."""
    order = np.lexsort((given.rank, -given.score, given.word))
    is_first = np.diff(given.word[order], prepend=-1) != 0
    if counts:
        is_first |= np.diff(given.score[order], prepend=0) != 0
    starts = np.flatnonzero(is_first)
    first = order[starts]
    times = np.add.reduceat(given.times[order], starts) if len(starts) else given.times
    return _Outcomes(given.word[first], given.score[first], given.rank[first], times)


def _in_order(problem: Problem, classes: Sequence[PartClasses], places: Places, outcomes: _Outcomes) -> EveryOutcome:
    """The outcomes as they are listed."""
    picks = places.picks(outcomes.rank)
    builds = [classes[b].first[pick] for b, pick in zip(problem.positions, picks, strict=True)]
    order = np.lexsort((outcomes.rank, -outcomes.score))
    return EveryOutcome(outcomes.score[order], [column[order] for column in builds], outcomes.times[order])


class _Totals:
    """What states come to, their slots filled; `is_possible` where that is one table, and outcomes are one number."""

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], summed: SummedOutcomes) -> None:
        self._problem, self._classes = problem, classes
        self._model = None if problem.decorations is None else FillingModel(problem)
        weights = self._weights(summed)
        self.is_possible = weights is not None and (self._model is None or self._model.code.n_words == 1)
        if weights is None or not self.is_possible:
            return
        #: By part, shape (n,): what classes add to the number of an outcome.
        self._words = [
            (shown[part.first] - shown.min(axis=0)) @ weights
            for part, shown in zip(classes, summed.pieces, strict=True)
        ]
        if self._model is not None:
            levels = np.array(problem.slot_levels, dtype=np.int64)
            worth = (summed.decorations @ weights)[list(self._model.decorations.index)]
            self._table = WholeTable(
                self._model, self._all_slots(self._model), worth, (summed.free_slots @ weights)[levels - 1]
            )
            self.is_possible = self._table.is_possible

    def _weights(self, summed: SummedOutcomes) -> IntArray | None:
        """What each sum is multiplied with so that all are one number, shape (S,); None where that is too large."""
        most = np.sum([np.ptp(shown, axis=0) for shown in summed.pieces], axis=0)
        if self._model is not None:
            in_slots = np.concatenate([summed.decorations, summed.free_slots])
            if in_slots.min(initial=0) < 0:
                return None
            most = most + int(self._model.most_slots.sum()) * in_slots.max(axis=0)
        weights, size = np.zeros(len(most), dtype=np.int64), 1
        # What is there twice tells nothing more.
        every = np.concatenate([*(shown - shown.min(axis=0) for shown in summed.pieces), summed.decorations])
        every = np.concatenate([every, summed.free_slots])
        for column in np.unique(every, axis=1, return_index=True)[1].tolist():
            if most[column]:
                weights[column], size = size, size * (int(most[column]) + 1)
            if size >= _LIMIT:
                return None
        return weights

    def _all_slots(self, model: FillingModel) -> IntArray:
        """All slots that builds have, shape (K, S)."""
        codes = model.code.encode(self._problem.base_slots[:, None])[0]
        for part in self._classes:
            codes = np.unique(codes[:, None] + np.unique(model.code.encode(part.slots.T)[0]))
        return model.code.decode(codes[None])

    def of(self, states: States, places: Places) -> _Outcomes:
        """Of states those that miss no limit."""
        picks = places.picks(states.place)
        parts = [self._classes[b] for b in self._problem.positions]
        builds = [part.first[pick] for part, pick in zip(parts, picks, strict=True)]
        totals = total_columns(self._problem, builds)
        word = np.sum([words[pick] for words, pick in zip(self._words, picks, strict=True)], axis=0)
        if self._model is None:
            score = score_totals(self._problem, totals)
        else:
            filled = self._table.filled(totals.levels, totals.slots)
            fixed = self._model.fixed_values(totals.levels)
            is_missed = (fixed == NO_BUILD) | (filled.scores == NO_BUILD)
            score = np.where(is_missed, NO_BUILD, fixed + filled.scores + totals.linear)
            word = word + filled.given
        known = np.flatnonzero(score > NO_BUILD)
        return _Outcomes(word[known], score[known], places.ranks(states.place[known]), states.times[known])
