"""Fillings near a bound, walked in vectorised steps: exact where branch and bound gave up.

Under one set of prices every content of a slot has a loss. The fillings whose
losses stay within a build's slack are extended slot by slot, for many builds at
once; fillings that reach the same state are merged.

Array axes: R partial fillings, F features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .filling_model import FillingGroups, FillingModel, FillingPrices
from .scoring import feature_values

__all__ = ["FillingWalk"]

IntArray = npt.NDArray[np.int64]

#: Rows walked together; more are walked in halves, one after the other.
_MAX_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class _Rows:
    """Partial fillings.

    Attributes
    ----------
    group : ndarray of int64, shape (R,)
    state : ndarray of int64, shape (F + stocked, R)
        Capped levels, then how many of each limited decoration are used.
    rest : ndarray of int64, shape (R,)
        Slack less the losses so far.
    gain : ndarray of int64, shape (R,)
        Linear score so far, scaled.
    last : ndarray of int64, shape (R,)
        Option last chosen for this kind.
    path : ndarray of int16, shape (steps so far, R)
        Options chosen; no rows unless fillings are wanted.
    """

    group: IntArray
    state: IntArray
    rest: IntArray
    gain: IntArray
    last: IntArray
    path: npt.NDArray[np.int16]

    def take(self, rows: npt.NDArray[np.intp]) -> _Rows:
        """Some rows."""
        return _Rows(
            self.group[rows], self.state[:, rows], self.rest[rows], self.gain[rows], self.last[rows], self.path[:, rows]
        )


class FillingWalk:
    """Walks the fillings of builds under one set of prices."""

    def __init__(
        self, model: FillingModel, groups: FillingGroups, prices: FillingPrices, *, want_paths: bool = False
    ) -> None:
        self.model = model
        self.groups = groups
        self.prices = prices
        self.want_paths = want_paths
        self.found: list[_Rows] = []
        problem, decorations = model.problem, model.decorations
        limited = model.limited
        # Row 0 is a slot left free.
        self._adds = np.zeros((len(decorations.index) + 1, problem.n_features + len(limited)), dtype=np.int64)
        self._adds[1:, : problem.n_features] = decorations.levels
        for s, d in enumerate(limited.tolist()):
            self._adds[d + 1, problem.n_features + s] = 1
        self._gains = np.concatenate([[0], decorations.linear])

    def run(self, rows: IntArray, target: IntArray) -> None:
        """Walk the builds `rows`; writes ``groups.best`` where the target is reached."""
        groups, model = self.groups, self.model
        self.target = np.zeros(len(groups.best), dtype=np.int64)
        self.target[rows] = target
        levels = groups.levels[:, rows]
        start_share = self._shares(rows, levels)
        self.start_share = np.zeros(len(groups.best), dtype=np.int64)
        self.start_share[rows] = start_share
        zeros = np.zeros(len(rows), dtype=np.int64)
        state = np.concatenate([levels, np.zeros((len(model.limited), len(rows)), dtype=np.int64)])
        rest = groups.bound[rows] - model.precision * target
        start = _Rows(rows, state, rest, zeros, zeros, np.zeros((0, len(rows)), dtype=np.int16))
        most = groups.slots[:, rows].max(axis=1, initial=0).tolist()
        schedule = [(k, step) for k in range(len(most) - 1, -1, -1) for step in range(most[k])]
        self._steps(start, schedule, 0)

    def _shares(self, group: IntArray, levels: IntArray) -> IntArray:
        """Sum of the features' shares of the bound at these levels."""
        share = np.zeros(levels.shape[1], dtype=np.int64)
        for e in range(self.model.problem.n_features):
            share += self.model.share(self.prices, e, self.groups.modes[e, group], levels[e])
        return share

    def _steps(self, rows: _Rows, schedule: list[tuple[int, int]], at: int) -> None:
        """Fill the slots from ``schedule[at]`` on."""
        while at < len(schedule) and rows.group.size:
            if rows.group.size > _MAX_ROWS:
                half = rows.group.size // 2
                self._steps(rows.take(np.arange(half)), schedule, at)
                rows = rows.take(np.arange(half, rows.group.size))
                continue
            kind, step = schedule[at]
            if step == 0:
                rows = self._merged(_Rows(rows.group, rows.state, rows.rest, rows.gain, rows.last * 0, rows.path))
            rows = self._fill_one(rows, kind, step)
            at += 1
        if rows.group.size:
            self._finish(rows)

    def _fill_one(self, rows: _Rows, kind: int, step: int) -> _Rows:
        """Every content of one more slot of a kind."""
        model, prices = self.model, self.prices
        n_features = model.problem.n_features
        has_slot = self.groups.slots[kind, rows.group] > step
        losses, options = prices.options[kind]
        n_children = np.searchsorted(losses, rows.rest, side="right")
        n_children[~has_slot] = 1
        parent = np.repeat(np.arange(rows.group.size), n_children)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(n_children) - n_children, n_children)
        idle = ~has_slot[parent]
        option = np.where(idle, 0, options[place])
        loss = np.where(idle, 0, losses[place])
        keep = idle | (option >= rows.last[parent])
        parent, option, loss, idle = parent[keep], option[keep], loss[keep], idle[keep]
        state = rows.state[:, parent] + self._adds[option].T
        model.cap_in_place(state)
        group = rows.group[parent]
        rest = rows.rest[parent] - loss
        shortfall = self.start_share[group] - self._shares(group, state[:n_features])
        near = rest - shortfall >= 0
        for s, d in enumerate(model.limited.tolist()):
            near &= state[n_features + s] <= model.decorations.stock[d]
        near = np.flatnonzero(near)
        option = option[near]
        weight = np.where(idle[near] | (option > 0), 0, int(model.problem.slot_weights[kind]))
        gain = rows.gain[parent[near]] + self._gains[option] + weight
        path = rows.path[:, parent[near]]
        if self.want_paths:
            path = np.concatenate([path, np.where(idle[near], -1, option)[None].astype(np.int16)])
        return self._merged(_Rows(group[near], state[:, near], rest[near], gain, option, path))

    def _merged(self, rows: _Rows) -> _Rows:
        """One row for each build, state and last option: the best, then the first in the order of contents."""
        if rows.group.size < 2:
            return rows
        low = np.array([*self.model.table_low, *([0] * len(self.model.limited))], dtype=np.int64)
        words = self.model.state_code.encode([*(rows.state - low[:, None])]) if low.size else ()
        keys = (*words, rows.last, rows.group)
        order = np.lexsort((*rows.path[::-1], -rows.gain, *keys))
        same = np.ones(len(order) - 1, dtype=bool)
        for key in keys:
            ordered = key[order]
            same &= ordered[1:] == ordered[:-1]
        return rows.take(order[np.concatenate([[True], ~same])])

    def first_path(self) -> list[int]:
        """The options of the filling found that comes first in order."""
        return min(path for rows in self.found for path in rows.path.T.tolist())

    def _finish(self, rows: _Rows) -> None:
        """Exact values of complete fillings."""
        problem = self.model.problem
        value = rows.gain + feature_values(problem, rows.state[: problem.n_features])
        good = np.flatnonzero(value >= self.target[rows.group])
        np.maximum.at(self.groups.best, rows.group[good], value[good])
        if self.want_paths:
            self.found.append(rows.take(good))
