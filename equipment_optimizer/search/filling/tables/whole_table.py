"""The best fillings of all builds of a problem whose decorations touch few features, in one table.

Step by step from the last one: for slots that may be left before a step and levels that later ones may still change
the most that these steps can score, and what the first filling with that score gives. A step of a million builds
takes array operations where branching takes each on its own.

Array axes: S sets of slots, K slot kinds, O options, F features, G builds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ....records.vocabulary import NO_BUILD
from .packing import clipped, first_of_each
from .steps import FillingModel, Step

__all__ = ["Filled", "WholeTable"]

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger]

#: Entries of the table before a step, 8 bytes each as a rule; and those that all steps look at, some seconds.
_MOST_ENTRIES = 8_000_000
_MOST_LOOKED_AT = 400_000_000

#: Pairs of options and sets of slots that are tried together.
_AT_ONCE = 1 << 20

#: What is given adds up to less.
_LIMIT = 2**62


@dataclass(frozen=True, eq=False)
class Filled:
    """The best fillings of G builds: what they score, `NO_BUILD` where a limit is missed, and what they give."""

    scores: IntArray  # shape (G,)
    given: IntArray  # shape (G,)


@dataclass(frozen=True, eq=False)
class _Choices:
    """What a step may do, by option and then by slots."""

    starts: IntArray  # shape (O + 1,): where the slots of each option begin
    before: npt.NDArray[np.intp]  # places of the slots before the step
    after: npt.NDArray[np.intp]  # and of those after it


class WholeTable:
    """The fillings of builds with some slots, `slots` of shape (K, S), and any levels, by the steps of a model.

    What a filling gives is asked for as one number that adds up: `worth` of each of the model's decorations, shape
    (D,), `worth_free` of a free slot of each kind, shape (K,); none is negative. Where not `is_possible`, fillings
    depend on more than that, or are too many.
    """

    def __init__(self, model: FillingModel, slots: IntArray, worth: IntArray, worth_free: IntArray) -> None:
        self._model = model
        self._worth = worth
        filled = zip(worth_free.tolist(), model.free_contents, strict=True)
        self._worth_free = np.array([worth[d] if d >= 0 else alone for alone, d in filled], dtype=np.int64)
        n_slots = int(model.most_slots.sum())
        self._never, self._score_type = self._range(n_slots)
        most_given = n_slots * int(max(worth.max(initial=0), self._worth_free.max(initial=0)))
        self._given_type = _dtype(most_given)
        # What raises a maximum would have to be told apart, too, also where it is no decoration.
        is_raised = any(model.problem.features[e].raised_value is not None for e in model.involved)
        self.is_possible = model.code.n_words == 1 and not is_raised and self._never != 0 and most_given < _LIMIT
        if not self.is_possible:
            return
        self._codes = [_distinct(model.code.encode(slots)[0])]
        self._choices: list[_Choices] = []
        last_step = {e: number for number, step in enumerate(model.steps) for e, _ in _touched(step, 0)}
        #: Before each step, and at the end, the features that later steps change.
        self._open = [
            [e for e in model.involved if last_step.get(e, -1) >= number] for number in range(len(model.steps) + 1)
        ]
        self.is_possible = self._choose_all()
        if self.is_possible:
            self._fill()

    def _range(self, n_slots: int) -> tuple[int, type[np.signedinteger]]:
        """What a missed limit is worth, so that no sum with it reaches one without; 0 where there is no such number."""
        model = self._model
        most = n_slots * max(np.abs(model.decorations.linear).max(initial=0), np.abs(model.free_values).max(initial=0))
        bound = int(most) + sum(int(np.abs(self._values(e, 0)).max()) for e in model.involved)
        for dtype in (np.int32, np.int64):
            never = -int(np.iinfo(dtype).max // 4) // (len(model.involved) + 2)
            if 2 * bound < -never:
                return never, dtype
        return 0, np.int64

    def _choose_all(self) -> bool:
        """What each step may do, and which slots are left after it; false where that is too much."""
        model, n_looked_at = self._model, 0
        for number, step in enumerate(model.steps):
            size = math.prod(model.last(e) + 1 for e in self._open[number])
            if len(self._codes[number]) * size > _MOST_ENTRIES:
                return False
            self._choose(step)
            n_looked_at += len(self._choices[number].after) * size
            if n_looked_at > _MOST_LOOKED_AT:
                return False
        return True

    def _choose(self, step: Step) -> None:
        model, codes = self._model, self._codes[-1]
        taken, wasteful = step.codes[0], step.wasteful[0]
        n_each = max(1, _AT_ONCE // max(1, len(codes)))
        before, counts, left = [], [], []
        for start in range(0, len(taken), n_each):
            some = slice(start, start + n_each)
            remaining = codes[None, :] - taken[some, None]
            is_possible = model.code.has_enough(codes[None, None, :], step.codes[:, some, None])
            is_possible = is_possible & (remaining & wasteful[some, None] == 0)
            before.append(np.nonzero(is_possible)[1])
            counts.append(is_possible.sum(axis=1))
            left.append(remaining[is_possible])
        self._codes.append(_distinct(np.concatenate(left)))
        after = np.searchsorted(self._codes[-1], np.concatenate(left))
        starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
        self._choices.append(_Choices(starts, np.concatenate(before), after))

    def _fill(self) -> None:
        """The table, from the last step to the first."""
        free = self._model.code.decode(self._codes[-1][None])
        best = (self._model.free_values @ free).astype(self._score_type)
        given = (self._worth_free @ free).astype(self._given_type)
        for number in range(len(self._model.steps) - 1, -1, -1):
            best, given = self._before(number, best, given)
            self._choices.pop()
        self._best, self._given = best.reshape(-1), given.reshape(-1)

    def _before(self, number: int, best: Numbers, given: Numbers) -> tuple[Numbers, Numbers]:
        """Best scores and what is given then, from those after a step, shape (S, places of each open feature)."""
        step, choices, left = self._model.steps[number], self._choices[number], self._open[number + 1]
        shape = (len(self._codes[number]), *(self._model.last(e) + 1 for e in self._open[number]))
        most = np.full(shape, np.iinfo(self._score_type).min, dtype=self._score_type)
        first = np.zeros(shape, dtype=self._given_type)
        worth = step.options.counts @ self._worth[list(step.decorations)]
        for option in range(len(step.options.supply)):
            pairs = slice(int(choices.starts[option]), int(choices.starts[option + 1]))
            rows, after = choices.before[pairs], choices.after[pairs]
            if not len(rows):
                continue
            scores, gives = best[after], given[after]
            levels = dict(_touched(step, option))
            for axis, e in enumerate(self._open[number], start=1):
                places = clipped(np.arange(shape[axis]) + levels.get(e, 0), shape[axis] - 1)
                if e not in left:
                    values = self._values(e, self._never).astype(self._score_type)[places]
                    scores = np.expand_dims(scores, axis) + values.reshape(-1, *([1] * (scores.ndim - axis)))
                    gives = np.repeat(np.expand_dims(gives, axis), len(places), axis)
                elif levels.get(e, 0):
                    scores, gives = scores.take(places, axis), gives.take(places, axis)
            scores += self._score_type(step.options.linear[option])
            gives += self._given_type(worth[option])
            # Of options that score as much the first one is taken.
            before, told = most[rows], first[rows]
            is_better = scores > before
            np.copyto(before, scores, where=is_better)
            np.copyto(told, gives, where=is_better)
            most[rows], first[rows] = before, told
        return most, first

    def _values(self, e: int, never: int) -> IntArray:
        """What a feature is worth by its place in the model's tables, `never` where a limit is missed."""
        model, start = self._model, self._model.rows[e, 0]
        places = slice(start, start + model.last(e) + 1)
        return np.where(model.is_missed[places], never, model.values_scaled[places] // model.precision)

    def filled(self, levels: IntArray, slots: IntArray) -> Filled:
        """Those of builds with levels of shape (F, G), before any decoration, and some of the slots, shape (K, G)."""
        model = self._model
        place, index = np.searchsorted(self._codes[0], model.code.encode(slots)[0]), model.indices(levels)
        for e in self._open[0]:
            place = place * (model.last(e) + 1) + index[e]
        scores = self._best[place].astype(np.int64)
        for e in model.involved:
            if e not in self._open[0]:
                scores += self._values(e, self._never)[index[e]]
        return Filled(np.where(scores < self._never // 2, NO_BUILD, scores), self._given[place].astype(np.int64))


def _touched(step: Step, option: int) -> list[tuple[int, int]]:
    """Features that a step changes, and by how much with an option."""
    if step.feature >= 0:
        return [(step.feature, int(step.options.supply[option]))]
    return [(e, level * int(step.options.counts[option, 0])) for e, level in step.touched]


def _distinct(codes: IntArray) -> IntArray:
    """The distinct ones, ascending."""
    order = np.argsort(codes)
    distinct: IntArray = codes[order[first_of_each([codes], order)]]
    return distinct


def _dtype(most: int) -> type[np.signedinteger]:
    return np.int32 if most <= np.iinfo(np.int32).max else np.int64
