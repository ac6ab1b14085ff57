"""The best filling of builds by walking all fillings near their bounds, further from them in stages.

Slower than branching, and right for any functions of the levels: for what branching
leaves open, and to hold it against.

Array axes: G builds, F features, K slot kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from ....records.vocabulary import NO_BUILD
from ..tables.packing import distinct
from ..tables.prices import FillingPrices
from ..tables.steps import FillingModel
from ._walk import Apart, FillingWalk, Guide, OnFilling, WalkedBuilds

__all__ = ["Apart", "Guide", "WalkedFillings"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: The first step down from a bound is at least this part of the way to what is needed.
_MOST_STEPS = 4_096

#: Builds walked together: enough to share the cost of the array operations.
_WALKED = 1_024


class WalkedFillings:
    """G builds being filled, with levels of shape (F, G) before any decoration and slots of shape (K, G).

    `floor`, shape (G,), is what a filling must score to matter; the `pool` of prices is not empty.
    """

    def __init__(
        self,
        model: FillingModel,
        levels: IntArray,
        slots: IntArray,
        *,
        floor: IntArray,
        pool: Sequence[FillingPrices],
    ) -> None:
        n_builds = levels.shape[1]
        self._model = model
        self._slots = slots
        self._modes = model.modes(levels)
        self._index = model.indices(levels)
        self._entries = entries_of(model, levels)
        self.floor = np.maximum(floor, -2 * model.problem.score_bound)
        self.best = np.full(n_builds, NO_BUILD, dtype=np.int64)
        self.bound_scaled = np.full(n_builds, 2**62, dtype=np.int64)
        self._owner = np.zeros(n_builds, dtype=np.int64)
        self._is_settled = np.zeros(n_builds, dtype=np.bool_)
        self._pool = pool
        for number, prices in enumerate(pool):
            rows = self._open_rows()
            bound_scaled = prices.bounds(self._entries[:, rows], slots[:, rows])
            lower = bound_scaled < self.bound_scaled[rows]
            self.bound_scaled[rows[lower]], self._owner[rows[lower]] = bound_scaled[lower], number

    def _open_rows(self) -> Rows:
        """Builds whose best is unknown and may reach the floor."""
        return np.flatnonzero(~self._is_settled & (self._model.top_target(self.bound_scaled) >= self.floor))

    def _gather(self, rows: Rows) -> None:
        """Bound some builds by as few prices as do as well: all with the same prices are walked together."""
        owners, counts = np.unique(self._owner[rows], return_counts=True)
        for owner in owners[np.argsort(-counts, kind="stable")].tolist():
            bound_scaled = self._pool[owner].bounds(self._entries[:, rows], self._slots[:, rows])
            same = self._model.top_target(bound_scaled) <= self._model.top_target(self.bound_scaled[rows])
            self.bound_scaled[rows[same]], self._owner[rows[same]] = bound_scaled[same], owner
            rows = rows[~same]
            if not rows.size:
                return

    def _walked(self, rows: Rows, slack: IntArray) -> WalkedBuilds:
        """Some builds, to be walked."""
        model = self._model
        modes = {e: mode[rows] for e, mode in self._modes.items()}
        target = (self.bound_scaled[rows] - slack) // model.precision
        most = (model.top_target(self.bound_scaled[rows]) - target) * model.precision
        return WalkedBuilds(self._index[:, rows], self._slots[:, rows], modes, slack, most)

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Lower the targets of open builds until a filling reaches them or they do not matter."""
        model = self._model
        rows = self._open_rows()
        if not rows.size:
            return
        unit = self._unit(rows)
        # Most bounds are what the best filling scores.
        drop = 0
        while rows.size and not should_stop():
            self._gather(rows)
            target = np.maximum(model.top_target(self.bound_scaled[rows]) - drop, self.floor[rows])
            for owner in distinct(self._owner[rows]):
                is_owned = self._owner[rows] == owner
                self._walk(owner, rows[is_owned], target[is_owned], should_stop)
            missed = self.best[rows] == NO_BUILD
            self._is_settled[rows[~missed | (target <= self.floor[rows])]] = True
            drop = 2 * drop + unit
            rows = self._open_rows()

    def _unit(self, rows: Rows) -> int:
        """The first step down from a bound: so large that a few doublings reach every floor."""
        grain = self._model.grain
        distance = int((self._model.top_target(self.bound_scaled[rows]) - self.floor[rows]).max())
        return max(grain, distance // _MOST_STEPS // grain * grain)

    def _walk(self, owner: int, rows: Rows, target: IntArray, should_stop: Callable[[], bool]) -> None:
        """Exact best of the builds that reach their targets."""
        model = self._model
        for start in range(0, len(rows), _WALKED):
            some, least = rows[start : start + _WALKED], target[start : start + _WALKED]
            slack = self.bound_scaled[some] - model.precision * least
            walk = FillingWalk(model, self._pool[owner], self._walked(some, slack), should_stop=should_stop)
            walk.run()
            reached = np.flatnonzero(walk.best >= 0)
            self.best[some[reached]] = least[reached] + walk.best[reached] // model.precision

    def listed(
        self,
        target: IntArray,
        on_filling: OnFilling,
        should_stop: Callable[[], bool],
        *,
        guide: Guide | None = None,
    ) -> None:
        """Tell of every filling that scores at least the target of its build, shape (G,): see `FillingWalk`."""
        model = self._model
        self._gather(np.flatnonzero(model.top_target(self.bound_scaled) >= target))
        for owner in distinct(self._owner):
            rows = np.flatnonzero(self._owner == owner)
            for start in range(0, len(rows), _WALKED):
                some = rows[start : start + _WALKED]
                slack = self.bound_scaled[some] - model.precision * target[some]
                some, slack = some[slack >= 0], slack[slack >= 0]
                if some.size:
                    place = partial(_placed, on_filling, some)
                    walked = self._walked(some, slack)
                    FillingWalk(
                        model,
                        self._pool[owner],
                        walked,
                        on_filling=place,
                        guide=None if guide is None else _GuideOfSome(guide, some),
                        should_stop=should_stop,
                    ).run()

    def paths(self, best: IntArray, should_stop: Callable[[], bool]) -> dict[int, tuple[int, ...]]:
        """For each build the options of the first of its fillings that score `best`; of those where one is found."""
        model, n_builds = self._model, len(best)
        self._gather(np.arange(n_builds))
        paths: dict[int, tuple[int, ...]] = {}
        for owner in distinct(self._owner):
            rows = np.flatnonzero(self._owner == owner)
            slack = self.bound_scaled[rows] - model.precision * best[rows]
            walked = self._walked(rows, slack)
            walk = FillingWalk(model, self._pool[owner], walked, want_paths=True, should_stop=should_stop)
            walk.run()
            if should_stop():
                break
            paths |= {int(rows[g]): path for g, path in walk.paths.items()}
        return paths


def _placed(on_filling: OnFilling, rows: Rows, build: IntArray, entries: IntArray, path: npt.NDArray[np.int32]) -> None:
    """Tell of fillings of some builds of all."""
    on_filling(rows[build], entries, path)


class _GuideOfSome:
    """A guide for some builds of all."""

    def __init__(self, guide: Guide, rows: Rows) -> None:
        self._guide, self._rows = guide, rows

    def apart(self, build: IntArray, entries: IntArray, number: int) -> Apart:
        """See `Guide`."""
        return self._guide.apart(self._rows[build], entries, number)

    def excess(self, build: IntArray, entries: IntArray) -> IntArray:
        """See `Guide`."""
        return self._guide.excess(self._rows[build], entries)

    def is_found(self, build: IntArray) -> npt.NDArray[np.bool_]:
        """See `Guide`."""
        return self._guide.is_found(self._rows[build])


def entries_of(model: FillingModel, levels: IntArray) -> IntArray:
    """Places of builds in the model's tables, shape (involved features, G)."""
    modes, n_builds = model.modes(levels), levels.shape[1]
    entries = model.indices(levels)[list(model.involved)]
    for entry, e in zip(entries, model.involved, strict=True):
        entry += model.row_starts(e, modes, n_builds)
    return entries
