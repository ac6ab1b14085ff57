"""Exact scores of given counts of decorations, and what else fits beside them.

Array axes: C candidates, E involved features, K slot kinds, X decoration columns.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ....records.vocabulary import NO_BUILD
from ..tables.packing import clipped
from .build_lp import BuildLp, Cases

__all__ = ["Completion"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: More slots than any build has.
_MANY = 2**40


class Completion:
    """Scores and completes fillings of one program's builds."""

    def __init__(self, program: BuildLp) -> None:
        self._program = program
        self._model = model = program.model
        problem, levels = model.problem, model.problem.slot_levels
        chain = np.cumsum([level == 1 for level in levels])
        kinds = np.arange(len(levels))
        #: Whether a slot of kind k does for what needs kind j, shape (K, K).
        self._does = (chain[:, None] == chain[None, :]) & (kinds[None, :] >= kinds[:, None])
        self._by_worth = np.argsort(-model.free_values, kind="stable").tolist()
        self._places = (program.place[None, :] == kinds[:, None]).astype(np.int64)
        self._last = np.array([[model.last(e)] for e in model.involved], dtype=np.int64).reshape(-1, 1)
        touched = [np.flatnonzero(row).tolist() for row in program.levels]
        width = max(map(len, touched), default=0)
        #: Features that a decoration touches and what it gives to each, padded with nothing; shape (width, X).
        padded = [features + [0] * (width - len(features)) for features in touched]
        self._touched = np.array(padded, dtype=np.int64).reshape(program.n_decorated, width).T
        self._given = np.take_along_axis(program.levels.T, self._touched, axis=0) if width else self._touched
        for column, features in enumerate(touched):
            self._given[len(features) :, column] = 0
        #: Features that are raised or not by a filling, with the feature that raises them.
        self._raised = [
            (i, model.involved.index(problem.features[e].raised_by))
            for i, e in enumerate(model.involved)
            if problem.features[e].raised_value is not None and problem.features[e].raised_by in model.raisers
        ]
        starts = [[model.rows.get((e, mode), model.rows[e, 0]) for mode in (0, 1, 2)] for e in model.involved]
        self._starts = np.array(starts, dtype=np.int64).reshape(-1, 3)
        self._limited = [d for d in range(len(model.decorations.index)) if model.decorations.stock[d] >= 0]

    def complete(self, cases: Cases, build: IntArray, counts: IntArray, most: IntArray) -> tuple[IntArray, IntArray]:
        """Add to counts, shape (C, X), of builds what gains most, one decoration after the other; counts and scores.

        Of each decoration there are at most `most`, shape (X,). The score is `NO_BUILD` where the counts do not fit or
        a limit is missed.
        """
        program = self._program
        given, counts = counts, counts.copy()
        slots = cases.slots[:, build]
        starts = self._starts_of(cases.mode[:, build])
        entry = cases.entry[:, build] + program.levels.T @ counts.T
        slack = self._does @ (slots - self._places @ counts.T)
        fits = (slack >= 0).all(axis=0) & self._are_in_stock(counts)
        open_rows = np.flatnonzero(fits)
        while open_rows.size:
            n_free = np.where(self._does.T[:, :, None], slack[:, open_rows], _MANY).min(axis=1)
            gain = self._gains(entry[:, open_rows], starts[:, open_rows])
            gain -= self._model.precision * self._costs(slots[:, open_rows], counts[open_rows])[program.place]
            gain[(n_free[program.place] <= 0) | (counts[open_rows] >= most).T] = 0
            column = gain.argmax(axis=0)
            better = gain[column, np.arange(len(column))] > 0
            open_rows, column = open_rows[better], column[better]
            counts[open_rows, column] += 1
            entry[:, open_rows] += program.levels[column].T
            slack[:, open_rows] -= self._does[:, program.place[column]]
        some = cases.take(build)
        score, before = self.scores(some, counts), self.scores(some, given)
        # A gain is reckoned with the lowest slot that would do, and with maxima as they may be.
        worse = score < before
        counts[worse], score[worse] = given[worse], before[worse]
        return counts, score

    def scores(self, cases: Cases, counts: IntArray) -> IntArray:
        """Exact scores of counts, shape (G, X), of each build; `NO_BUILD` where they do not fit or miss a minimum."""
        entry = cases.entry + self._program.levels.T @ counts.T
        fits = (self._does @ (cases.slots - self._places @ counts.T) >= 0).all(axis=0) & self._are_in_stock(counts)
        return np.where(fits, self._scores(entry, self._starts_of(cases.mode), cases.slots, counts), NO_BUILD)

    def _starts_of(self, mode: IntArray) -> IntArray:
        """Where each build's tables begin, shape (E, C)."""
        return self._starts[np.arange(len(mode))[:, None], mode]

    def _are_in_stock(self, counts: IntArray) -> BoolArray:
        fits = np.ones(len(counts), dtype=np.bool_)
        for d in self._limited:
            fits &= counts[:, self._program.decoration == d].sum(axis=1) <= self._model.decorations.stock[d]
        return fits

    def _gains(self, entry: IntArray, starts: IntArray) -> IntArray:
        """What one more of each decoration brings, scaled, shape (X, C)."""
        model, program = self._model, self._program
        now = model.values_scaled[starts + clipped(entry, self._last)]
        gain = np.zeros((program.n_decorated, entry.shape[1]), dtype=np.int64)
        for touched, given in zip(self._touched, self._given, strict=True):
            then = clipped(entry[touched] + given[:, None], self._last[touched])
            gain += model.values_scaled[starts[touched] + then] - now[touched]
        gain += (model.precision * program.linear)[:, None]
        return gain

    def _costs(self, slots: IntArray, counts: IntArray) -> IntArray:
        """What is lost of free slots by one more decoration that needs each kind, shape (K, C) or (K, 1)."""
        if not self._program.prefers_low:
            return self._model.free_values[:, None]
        used, worth = self._places @ counts.T, self._model.free_values
        before = worth @ self._left(slots, used)
        one_more = np.eye(len(slots), dtype=np.int64)
        return np.array([before - worth @ self._left(slots, used + needs[:, None]) for needs in one_more])

    def _scores(self, entry: IntArray, starts: IntArray, slots: IntArray, counts: IntArray) -> IntArray:
        """Exact scores of finished fillings."""
        model = self._model
        entry = clipped(entry, self._last)
        if self._raised:
            starts = starts.copy()
            for i, raiser in self._raised:
                is_raised = entry[raiser] + int(model.low[model.involved[raiser]]) >= 1
                starts[i] = np.where(is_raised, self._starts[i, 1], self._starts[i, 0])
        worth_scaled = model.values_scaled[starts + entry]
        score = worth_scaled.sum(axis=0) // model.precision + counts @ self._program.linear
        score += model.free_values @ self.left(slots, counts)
        return np.where((worth_scaled <= model.never).any(axis=0), NO_BUILD, score)

    def free_worth(self, slots: IntArray, counts: IntArray) -> IntArray:
        """Worth of slots, shape (K, G), that counts, shape (G, X), leave free; `NO_BUILD` where they do not fit."""
        used = self._places @ counts.T
        fits = (self._does @ (slots - used) >= 0).all(axis=0)
        return np.where(fits, self._model.free_values @ self._left(slots, used), NO_BUILD)

    def left(self, slots: IntArray, counts: IntArray) -> IntArray:
        """Slots of each kind, shape (K, G), that counts, shape (G, X), leave free: those worth most."""
        return self._left(slots, self._places @ counts.T)

    def _left(self, slots: IntArray, used: IntArray) -> IntArray:
        """Slots of each kind that stay free, those worth most, shape (K, C); `used` is by the kind needed."""
        slack = self._does @ (slots - used)
        free = np.zeros_like(slots)
        for k in self._by_worth:
            within = self._does[:, k]
            free[k] = np.maximum(np.minimum(slots[k], slack[within].min(axis=0)), 0)
            slack[within] -= free[k]
        return free
