"""Builds whose best fillings all have the same levels, and what levels in whole numbers leave of a bound.

Any filling solves the shared program. What it scores below a bound is lost by columns that do not rest where
the prices of the bound would have them. A build is so near to its bound that few moves of columns that change levels
lose no more than that. Of those moves the ones are followed that leave each row within its bounds, whatever other
columns do, and come to whole numbers: where all of them come to the same levels, all best fillings have those, and
no filling loses less than the one of them that loses least.

Array axes: G builds, N columns, X decoration columns, E involved features, T columns of each basis that change
levels, Q states, each a build with some moves, R rows, times the determinant, as in `_level_moves`, then steps of
each of the T.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..tables.packing import distinct
from ._level_moves import EXACT, MOST_TOLD, LevelMoves
from ._products import product
from .build_bounds import BuildBounds
from .build_lp import BuildLp, Cases

__all__ = ["FixedLevels", "Most"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

#: Builds that are looked at together: 10 MB.
_BLOCK = 512

#: States of a build, and steps of one column, beyond which nothing is said of it: nine in ten have no more than 18.
_MOST_STATES = 64
_MOST_STEPS = 16


class Most(NamedTuple):
    """What G builds score at most, shape (G,), and fillings of n of them that lose no more than levels make them."""

    scores: IntArray
    builds: Rows
    counts: IntArray  # shape (n, X)


class FixedLevels:
    """Asks builds by bases of one program."""

    def __init__(self, bounds: BuildBounds) -> None:
        self._bounds = bounds
        #: By basis and kind of build.
        self._moves: dict[tuple[int, int], LevelMoves] = {}

    def forget(self) -> None:
        """Numbers of bases mean nothing any more."""
        self._moves.clear()

    def are_fixed(self, cases: Cases, basis: IntArray, best: IntArray) -> BoolArray:
        """Which of G builds, whose best fillings score `best`, certainly have one set of levels; a basis for each."""
        _, slack, moves, place = self._near(cases, basis, best)
        losses = np.array([of_basis.losses for of_basis in moves]).reshape(-1, MOST_TOLD + 1)[place]
        is_fixed: BoolArray = slack < losses[:, 0]
        open_rows = np.flatnonzero(~is_fixed & (slack < losses[:, -1]))
        for rows, states in self._states(open_rows, cases, slack, moves, place):
            is_fixed[rows] = states.have_one()
        return is_fixed

    def most(self, cases: Cases, basis: IntArray, least: IntArray) -> Most:
        """What G builds score at most, or less than the `least` that matters; a basis for each."""
        bound_scaled, slack, moves, place = self._near(cases, basis, least)
        losses = np.array([of_basis.losses for of_basis in moves]).reshape(-1, MOST_TOLD + 1)[place]
        slack, lost = np.minimum(slack, losses[:, -1] - 1.0), np.zeros(len(slack))
        builds, counts = [place[:0]], [np.zeros((0, self._bounds.program.n_decorated))]
        for rows, states in self._states(np.flatnonzero(slack >= 0), cases, slack, moves, place):
            lost[rows] = states.least_lost(slack[rows])
            some, of_some = states.fillings()
            builds.append(rows[some])
            counts.append(of_some)
        scores = self._bounds.targets(bound_scaled - lost)
        return Most(scores, np.concatenate(builds), np.concatenate(counts).astype(np.int64))

    def _near(
        self, cases: Cases, basis: IntArray, least: IntArray
    ) -> tuple[FloatArray, FloatArray, list[LevelMoves], Rows]:
        """Scaled bounds of builds, how far those are above `least`, moves of bases, and which are each build's."""
        bounds, program = self._bounds, self._bounds.program
        low = np.zeros(program.n_decorated)
        bound_scaled = bounds.bounds(bounds.prices, basis, cases, np.arange(len(cases)), low=low, high=program.most)
        slack = bound_scaled - float(program.model.precision) * least
        return bound_scaled, slack, *self._moves_of(basis, cases.kind)

    def _states(
        self, open_rows: Rows, cases: Cases, slack: FloatArray, moves: Sequence[LevelMoves], place: Rows
    ) -> Iterator[tuple[Rows, _States]]:
        """Some builds, in parts, by the moves of their bases."""
        for begin in range(0, len(open_rows), _BLOCK):
            rows = open_rows[begin : begin + _BLOCK]
            some = distinct(place[rows])
            of_some = np.searchsorted(some, place[rows])
            yield rows, _States(self._bounds.program, [moves[k] for k in some], of_some, cases.take(rows), slack[rows])

    def _moves_of(self, basis: IntArray, kind: IntArray) -> tuple[list[LevelMoves], Rows]:
        """Moves of all bases for kinds of builds that there are, and the place of each build's, shape (G,)."""
        n_kinds = int(kind.max(initial=0)) + 1
        keys = distinct(basis * n_kinds + kind)
        for pair in (divmod(key, n_kinds) for key in keys):
            if pair not in self._moves:
                self._moves[pair] = LevelMoves.of(self._bounds, *pair)
        moves = [self._moves[divmod(key, n_kinds)] for key in keys]
        return moves, np.searchsorted(np.array(keys, dtype=np.int64), basis * n_kinds + kind)


class _States:
    """What some builds may come to within their slack, shape (G,), by `moves` of bases, `place` has which of each."""

    def __init__(
        self, program: BuildLp, moves: Sequence[LevelMoves], place: Rows, cases: Cases, slack: FloatArray
    ) -> None:
        self._program = program
        self._moves = moves
        self._n_basic = len(program.simplex.matrix)
        #: Where levels end in a state, and steps begin.
        self._n_rows = self._n_basic + program.levels.shape[1]
        self._losses, self._most_steps, steps, self._lowers, self._raises, self._divides = (
            np.array([getattr(of_basis, name) for of_basis in moves])
            for name in ("losses", "most_steps", "steps", "lowers", "raises", "divides")
        )
        self._steps = np.concatenate([steps, np.repeat(np.eye(steps.shape[1])[None], len(moves), axis=0)], axis=2)
        self._place = place
        self._determinant = np.array([of_basis.determinant for of_basis in moves])[place]
        self._n_told = (self._losses[place, :-1] <= slack[:, None]).sum(axis=1)
        #: Builds of which nothing is said, shape (G,).
        self._is_unknown = np.zeros(len(place), dtype=np.bool_)
        self._owner = np.arange(len(place))
        self._left = slack.copy()  # shape (Q,): what may be lost yet
        self._rows = self._at_rest(cases)  # shape (Q, R + T)

    def _at_rest(self, cases: Cases) -> FloatArray:
        """Each build where nothing has moved: `_values` are those of all columns, `_high` bounds the basic ones."""
        program, place, determinant = self._program, self._place, self._determinant[:, None]
        is_high, basic, inverse, largest = (
            np.array([getattr(of_basis, name) for of_basis in self._moves])
            for name in ("is_high", "basic", "inverse", "largest")
        )
        high = program.high_of(cases, np.arange(len(cases)))
        values = np.where(is_high[place], high, 0.0)
        uncovered = cases.side - product(values, program.simplex.matrix.T)
        most = largest[place] * np.abs(uncovered).sum(axis=1)
        self._is_unknown |= most * (1 + np.abs(program.levels).sum()) >= EXACT
        at_rest = np.matmul(inverse[place], uncovered[:, :, None])[:, :, 0]
        self._high = np.take_along_axis(high, basic[place], axis=1) * determinant
        self._values = values * determinant
        np.put_along_axis(self._values, basic[place], at_rest, axis=1)
        levels = product(self._values[:, : program.n_decorated], program.levels.astype(np.float64))
        return np.concatenate([at_rest, levels, np.zeros((len(place), self._steps.shape[1]))], axis=1)

    def _follow(self) -> None:
        """All that builds may come to."""
        for t in range(int(self._n_told.max(initial=0)) - 1, -1, -1):
            self._move(t)
        self._keep(self._are_whole())

    def least_lost(self, slack: FloatArray) -> FloatArray:
        """What is lost at least, at most just more than the slack, shape (G,)."""
        self._follow()
        lost = slack + 1.0
        np.minimum.at(lost, self._owner, slack[self._owner] - self._left)
        return np.where(self._is_unknown, 0.0, lost)

    def fillings(self) -> tuple[Rows, FloatArray]:
        """Of some builds counts, shape (n, X), that lose least of those looked at and are whole; which builds."""
        basic_rows = self._rows[:, : self._n_basic]
        parts = basic_rows / self._determinant[self._owner, None]
        is_filling = ((basic_rows >= 0) & (basic_rows <= self._high[self._owner]) & (parts == np.rint(parts))).all(
            axis=1
        )
        some = np.flatnonzero(is_filling)
        # The last of each build loses least.
        some = some[np.lexsort((self._left[some], self._owner[some]))]
        some = some[np.flatnonzero(np.diff(self._owner[some], append=-1))]
        owner, place, values = self._owner[some], self._place[self._owner[some]], self._values[self._owner[some]]
        basic, told, is_high = (
            np.array([getattr(of_basis, name) for of_basis in self._moves])[place]
            for name in ("basic", "told", "is_high")
        )
        values /= self._determinant[owner, None]
        np.put_along_axis(values, basic, parts[some], axis=1)
        moved = self._rows[some, self._n_rows :] * np.where(np.take_along_axis(is_high, told, axis=1), -1.0, 1.0)
        np.add.at(values, (np.arange(len(some))[:, None], told), moved)
        return owner, values[:, : self._program.n_decorated]

    def have_one(self) -> BoolArray:
        """Which builds come to one set of levels, or none."""
        self._follow()
        order = np.argsort(self._owner, kind="stable")
        owner, levels = self._owner[order], self._rows[order, self._n_basic : self._n_rows]
        is_other = (owner[1:] == owner[:-1]) & (levels[1:] != levels[:-1]).any(axis=1)
        has_one = ~self._is_unknown
        has_one[owner[1:][is_other]] = False
        return has_one

    def _keep(self, is_kept: BoolArray) -> None:
        self._owner, self._left, self._rows = self._owner[is_kept], self._left[is_kept], self._rows[is_kept]

    def _move(self, t: int) -> None:
        """All that the column t of each build, of those that change levels, may do."""
        moving = np.flatnonzero(self._n_told[self._owner] > t)
        owner, left, rows = self._owner[moving], self._left[moving], self._rows[moving]
        parts = [(self._owner, self._left, self._rows)]
        for n_steps in range(1, _MOST_STEPS + 1):
            place = self._place[owner]
            left, rows = left - self._losses[place, t], rows + self._steps[place, t]
            possible = (left >= 0) & (n_steps <= self._most_steps[place, t])
            possible[possible] = self._are_possible(owner[possible], left[possible], rows[possible], t + 1)
            owner, left, rows = owner[possible], left[possible], rows[possible]
            if not owner.size:
                break
            parts.append((owner, left, rows))
        self._is_unknown[owner] = True
        self._owner, self._left, self._rows = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        self._is_unknown |= np.bincount(self._owner, minlength=len(self._place)) > _MOST_STATES
        self._keep(~self._is_unknown[self._owner])
        self._keep(self._are_possible(self._owner, self._left, self._rows, t))

    def _are_possible(self, owner: Rows, left: FloatArray, rows: FloatArray, n_left: int) -> BoolArray:
        """Which states leave no row outside its bounds for good; the first `n_left` columns may move yet."""
        rows, possible = rows[:, : self._n_basic], np.ones(len(owner), dtype=np.bool_)
        for is_outside, least in ((rows < 0, self._raises), (rows > self._high[owner], self._lowers)):
            state, row = np.divmod(np.flatnonzero(is_outside), self._n_basic)
            possible[state[least[self._place[owner[state]], n_left, row] > left[state]]] = False
        return possible

    def _are_whole(self) -> BoolArray:
        """Which states come to whole levels, and to whole numbers where no other column can make up for a part."""
        determinant = self._determinant[self._owner, None]
        levels = self._rows[:, self._n_basic : self._n_rows] / determinant
        is_whole: BoolArray = (levels == np.rint(levels)).all(axis=1)
        rows = np.flatnonzero(is_whole)
        parts = self._rows[rows, : self._n_basic] / determinant[rows]
        is_part = (parts != np.rint(parts)) & (self._divides[self._place[self._owner[rows]]] > self._left[rows, None])
        is_whole[rows] = ~is_part.any(axis=1)
        return is_whole
