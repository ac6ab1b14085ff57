"""All fillings near a bound, for many builds at once.

Dynamic programming over the steps of a filling. A row is a build with what its
steps so far have left: free slots, and levels that later steps may still change.
Every option of the next step loses something against the bound; rows that have lost
more than the distance from bound to target are dropped, and of rows that are left
with the same only the best is kept. What is not dropped at the end reaches the
target, and all that reaches it is there: the best of it is exact.

Array axes: R rows, W words of packed slots, Q kept features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ...tuning import WALK_CHILDREN as _MAX_CHILDREN
from ..tables.packing import clipped, first_of_each, pack_columns
from ..tables.prices import TOO_MUCH, FillingPrices
from ..tables.steps import FillingModel, Step

__all__ = ["FillingWalk", "Guide", "OnFilling", "WalkedBuilds"]

IntArray = npt.NDArray[np.int64]

#: Rows walked together; more are walked in halves, one after the other.
_MAX_ROWS = 16_384
_GUIDED_ROWS = 4_096

#: Rows are merged when there are this many times more than after the last merging.
_MERGE_GROWTH = 1.5

#: Guided rows are held against those that are so many places before them, of those with which they may be compared.
_PLACES_BEFORE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)

#: Builds, shape (R,), entries of the involved features, shape (involved features, R), and options, shape (steps, R).
OnFilling = Callable[[IntArray, IntArray, npt.NDArray[np.int32]], None]


class Apart(NamedTuple):
    """What tells R partial fillings of the same build, with the same slots left, apart."""

    columns: list[IntArray]  # (R,), none negative: rows that are equal in all of them have the same ways to go on
    sums: list[IntArray]  # (R,), none negative: rows that are equal in these, too, lead to the same
    rises: npt.NDArray[np.bool_]  # (R,): whether what has no less of any sum does as well as the row

    def take(self, rows: npt.NDArray[np.intp]) -> Apart:
        """Of some rows."""
        columns, sums = ([column[rows] for column in some] for some in (self.columns, self.sums))
        return Apart(columns, sums, self.rises[rows])


class Guide(Protocol):
    """What is known of fillings of builds beside a bound, where the first of some is looked for.

    Asked of rows by their builds, shape (R,), and entries as of `OnFilling`, once so many steps were taken.
    """

    def apart(self, build: IntArray, entries: IntArray, number: int) -> Apart:
        """What tells rows apart."""

    def excess(self, build: IntArray, entries: IntArray) -> IntArray:
        """How much less, scaled, a filling is worth than the bound counts, shape (R,)."""

    def is_found(self, build: IntArray) -> npt.NDArray[np.bool_]:
        """Builds of which what is looked for was told of, shape (R,)."""


@dataclass(frozen=True, eq=False)
class WalkedBuilds:
    """G builds to walk."""

    levels: IntArray  # shape (F, G): entries within each feature's table, before any decoration
    slots: IntArray  # shape (K, G)
    modes: dict[int, IntArray]  # as of `FillingModel.modes`, shape (G,)
    slack: IntArray  # shape (G,): bound less target, scaled; not negative
    most: IntArray  # shape (G,): no filling leaves as much of the slack as one score unit more than this


@dataclass(frozen=True, eq=False)
class _Rows:
    """Partial fillings: build, packed free slots, slack left, kept levels, options chosen."""

    build: IntArray
    words: IntArray
    slack: IntArray
    kept: IntArray
    path: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.build)

    def take(self, rows: npt.NDArray[np.intp]) -> _Rows:
        """Some rows."""
        return _Rows(self.build[rows], self.words[:, rows], self.slack[rows], self.kept[:, rows], self.path[:, rows])


class FillingWalk:
    """Walks builds under one set of prices.

    With `want_paths` it is kept which options lead to the best. `on_filling` is told of all fillings that reach the
    target: their builds, finished entries within the tables of the model's involved features, and options. Only what
    leads to the same entries is merged then. With a `guide` the first filling of each build that it finds is looked
    for, among those that begin with the first options first.
    """

    def __init__(
        self,
        model: FillingModel,
        prices: FillingPrices,
        builds: WalkedBuilds,
        *,
        want_paths: bool = False,
        on_filling: OnFilling | None = None,
        guide: Guide | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._guide, self._most_rows = guide, _MAX_ROWS if guide is None else _GUIDED_ROWS
        self._model = model
        self._prices = prices
        self._builds = builds
        self._want_paths = want_paths or on_filling is not None
        self._on_filling = on_filling
        #: Features whose levels a row keeps, and where.
        self._kept = model.kept if on_filling is None else {e: q for q, e in enumerate(model.involved)}
        self._should_stop = should_stop
        n_builds = len(builds.slack)
        #: Room left by the best filling of each build, -1 where none reaches the target.
        self.best = np.full(n_builds, -1, dtype=np.int64)
        #: Options of the first of the best fillings of each build.
        self.paths: dict[int, tuple[int, ...]] = {}
        self._leftover = prices.slot_values - model.precision * model.free_values
        self._starts = {
            e: model.row_starts(e, builds.modes, n_builds)
            for e in {*self._kept, *(step.feature for step in model.steps if step.feature >= 0)}
        }
        self._widths = [max(1, n_builds.bit_length()), *model.code.widths]
        self._widths += [max(1, model.last(e).bit_length()) for e in self._kept]

    def run(self) -> None:
        """Walk; fills `best`, and `paths` where wanted."""
        model, builds = self._model, self._builds
        n_builds = len(builds.slack)
        kept = builds.levels[list(self._kept)] if self._kept else np.zeros((0, n_builds), dtype=np.int64)
        path = np.zeros((0, n_builds), dtype=np.int32)
        start = _Rows(np.arange(n_builds), model.code.encode(builds.slots), builds.slack, kept, path)
        # Where no step changes a level that misses a limit, none does.
        is_missed = np.zeros(n_builds, dtype=np.bool_)
        for e in model.involved:
            if e not in model.has_step and e not in model.kept:
                is_missed |= model.is_missed[model.row_starts(e, builds.modes, n_builds) + builds.levels[e]]
        self._steps(start.take(np.flatnonzero(~is_missed)) if is_missed.any() else start, 0, n_builds)

    def _steps(self, rows: _Rows, number: int, n_merged: int) -> None:
        """Take the steps from `number` on."""
        while number < len(self._model.steps) and len(rows):
            if self._should_stop is not None and self._should_stop():
                self.best[:] = -1
                return
            if len(rows) > _MERGE_GROWTH * n_merged:
                rows = self._merged(rows, number)
                n_merged = len(rows)
            took = self._step(rows, number) if len(rows) <= self._most_rows else None
            if took is None:
                rows = self._in_order(rows)
                half = len(rows) // 2
                self._steps(rows.take(np.arange(half)), number, half)
                rows = self._unsettled(rows.take(np.arange(half, len(rows))))
                n_merged = len(rows)
                continue
            rows = self._guided(took)
            number += 1
        if len(rows):
            self._finish(rows)

    def _unsettled(self, rows: _Rows) -> _Rows:
        """The rows of builds that may still be filled better; where paths are wanted, all that are looked for."""
        if self._guide is not None:
            return rows.take(np.flatnonzero(~self._guide.is_found(rows.build)))
        if self._want_paths:
            return rows
        done = self.best >= np.maximum(self._builds.most, 0)
        return rows.take(np.flatnonzero(~done[rows.build]))

    def _in_order(self, rows: _Rows) -> _Rows:
        """The rows that begin with the first options first, where that matters."""
        return rows if self._guide is None else rows.take(np.lexsort((rows.build, *rows.path[::-1])))

    def _guided(self, rows: _Rows) -> _Rows:
        """The rows that may still lead to what is looked for."""
        if self._guide is None or not len(rows):
            return rows
        return rows.take(np.flatnonzero(rows.slack >= self._guide.excess(rows.build, rows.kept)))

    # --- one step ---------------------------------------------------------------

    def _step(self, rows: _Rows, number: int) -> _Rows | None:
        """The rows with one more step taken; None where that would be too many at once."""
        step = self._model.steps[number]
        return self._feature_step(rows, step, number) if step.feature >= 0 else self._single_step(rows, step, number)

    def _feature_step(self, rows: _Rows, step: Step, number: int) -> _Rows | None:
        """All decorations of one feature; its worth is settled. None where the children would be too many."""
        model, prices = self._model, self._prices
        e = step.feature
        before = self._starts[e][rows.build]
        level = rows.kept[self._kept[e]] if e in self._kept else self._builds.levels[e, rows.build]
        after = before
        raiser = model.problem.features[e].raised_by
        if raiser in model.raisers and model.problem.features[e].raised_value is not None:
            raised = rows.kept[self._kept[raiser]] + int(model.low[raiser]) >= 1
            after = np.where(raised, model.rows[e, 1], model.rows[e, 0])
        span = model.last(e) + 1
        key = (after * 4 + np.searchsorted(_tables_of(model, e), before)) * span + level
        groups = np.unique(key, return_inverse=True)[1].reshape(-1)
        order = np.argsort(groups, kind="stable")
        ends = np.flatnonzero(np.diff(groups[order], append=-1)) + 1
        parents, options, losses = [], [], []
        counted = []
        begin = total = 0
        for end in ends.tolist():
            alike = order[begin:end]
            begin = end
            first = alike[0]
            loss, option = prices.sorted_losses(number, int(before[first]), int(after[first]), int(level[first]))
            n_children = np.searchsorted(loss, rows.slack[alike], side="right")
            total += int(n_children.sum())
            if total > _MAX_CHILDREN and len(rows) > 1:
                return None
            counted.append((alike, loss, option, n_children))
        for alike, loss, option, n_children in counted:
            place = _places(n_children)
            parents.append(np.repeat(alike, n_children))
            options.append(option[place])
            losses.append(loss[place])
        parent, chosen = np.concatenate(parents), np.concatenate(options)
        kept = rows.kept[:, parent]
        if self._on_filling is not None:
            kept[self._kept[e]] = clipped(kept[self._kept[e]] + step.options.supply[chosen], model.last(e))
        elif e in model.kept and e not in model.raisers:
            # Settled: what it was no longer tells rows apart.
            kept[model.kept[e]] = 0
        return self._children(rows, step, parent, chosen, loss=np.concatenate(losses), kept=kept)

    def _single_step(self, rows: _Rows, step: Step, number: int) -> _Rows | None:
        """One decoration of several features, or of none."""
        model, prices = self._model, self._prices
        supply, cost = step.options.supply, prices.costs(number)
        parents, options, losses, kept_rows = [], [], [], []
        total = 0
        for count in range(int(supply.max()) + 1):
            options_left = np.flatnonzero(supply == count)
            if not options_left.size:
                continue
            options_left = options_left[np.argsort(cost[options_left], kind="stable")]
            kept = rows.kept.copy()
            lost, is_missed = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
            for e, level in step.touched:
                q, starts = self._kept[e], self._starts[e][rows.build]
                kept[q] = clipped(kept[q] + count * level, model.last(e))
                table = prices.settled if e in step.settled else prices.open
                lost += prices.open[starts + rows.kept[q]] - table[starts + kept[q]]
                if e in step.settled and e not in model.has_step:
                    is_missed |= model.is_missed[starts + kept[q]]
                is_settled = e in step.settled and e not in model.raisers and e not in model.has_step
                if is_settled and self._on_filling is None:
                    kept[q] = 0
            lost[is_missed] = TOO_MUCH
            if count and self._on_filling is not None and model.drops_idle:
                lost[self._is_idle(rows, step, count)] = TOO_MUCH
            n_children = np.searchsorted(cost[options_left], rows.slack - lost, side="right")
            total += int(n_children.sum())
            if total > _MAX_CHILDREN and len(rows) > 1:
                return None
            place = _places(n_children)
            parent = np.repeat(np.arange(len(rows)), n_children)
            parents.append(parent)
            options.append(options_left[place])
            losses.append(lost[parent] + cost[options_left][place])
            kept_rows.append(kept[:, parent])
        loss, kept = np.concatenate(losses), np.concatenate(kept_rows, axis=1)
        return self._children(rows, step, np.concatenate(parents), np.concatenate(options), loss=loss, kept=kept)

    def _is_idle(self, rows: _Rows, step: Step, count: int) -> npt.NDArray[np.bool_]:
        """Rows to which so many of a decoration bring no more than one less; shape (R,)."""
        idle = np.ones(len(rows), dtype=np.bool_)
        for e, level in step.touched:
            level_before, last = rows.kept[self._kept[e]], self._model.last(e)
            idle &= clipped(level_before + count * level, last) == clipped(level_before + (count - 1) * level, last)
        return idle

    def _children(
        self, rows: _Rows, step: Step, parent: IntArray, option: IntArray, *, loss: IntArray, kept: IntArray
    ) -> _Rows:
        """Rows with one more option chosen, where there are slots for it."""
        words, used = rows.words[:, parent], step.codes[:, option]
        good = self._model.code.has_enough(words, used)
        for have, take, waste in zip(words, used, step.wasteful, strict=True):
            good &= (have - take) & waste[option] == 0
        fits = np.flatnonzero(good)
        parent, option = parent[fits], option[fits]
        path = rows.path[:, parent]
        if self._want_paths:
            path = np.concatenate([path, option[None].astype(np.int32)])
        left = words[:, fits] - used[:, fits]
        return _Rows(rows.build[parent], left, rows.slack[parent] - loss[fits], kept[:, fits], path)

    # --- merging ----------------------------------------------------------------

    def _merged(self, rows: _Rows, number: int) -> _Rows:
        """Of rows with nothing to tell them apart, the one with the most slack, then the first path."""
        if self._guide is not None:
            return self._first_of_each(rows, self._guide.apart(rows.build, rows.kept, number))
        keys = pack_columns([rows.build, *rows.words, *rows.kept], self._widths, len(rows))
        if len(keys) == 1 and not self._want_paths:
            order = np.argsort(keys[0], kind="stable")
        else:
            order = np.lexsort((*rows.path[::-1], -rows.slack, *keys))
        first = first_of_each(keys, order)
        merged = rows.take(order[first])
        return _Rows(
            merged.build, merged.words, np.maximum.reduceat(rows.slack[order], first), merged.kept, merged.path
        )

    def _first_of_each(self, rows: _Rows, apart: Apart) -> _Rows:
        """The rows for which none with earlier options stands in, which may go on in the same ways and does as well.

        Whatever completes it keeps within its own slack, for what reaches the target is never dropped.
        """
        order, first = self._by_key(rows, [*apart.columns, *apart.sums])
        rows, apart = rows.take(order[first]), apart.take(order[first])
        order, first = self._by_key(rows, apart.columns)
        group = np.repeat(np.arange(len(first)), np.diff(first, append=len(order)))
        return rows.take(order[~_are_behind(group, np.array(apart.sums)[:, order], apart.rises[order])])

    def _by_key(self, rows: _Rows, columns: Sequence[IntArray]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Rows by their builds, slots and some columns, those with the first options first; where others begin."""
        widths = [*self._widths[: 1 + len(rows.words)], *map(_n_bits, columns)]
        keys = pack_columns([rows.build, *rows.words, *columns], widths, len(rows))
        begun = pack_columns([*rows.path], [_n_bits(options) for options in rows.path], len(rows))
        order = np.lexsort((*begun[::-1], *keys))
        return order, first_of_each(keys, order)

    def _finish(self, rows: _Rows) -> None:
        """Take complete fillings in: slots left free are worth what they weigh."""
        slack = rows.slack - self._leftover @ self._model.code.decode(rows.words)
        good = np.flatnonzero(slack >= 0)
        if self._on_filling is not None:
            self._on_filling(rows.build[good], rows.kept[:, good], rows.path[:, good])
        elif self._want_paths:
            self._note_paths(rows, slack, good)
        np.maximum.at(self.best, rows.build[good], slack[good])

    def _note_paths(self, rows: _Rows, slack: IntArray, good: npt.NDArray[np.intp]) -> None:
        """Keep the first path of each build's best."""
        order = good[np.lexsort((*rows.path[::-1, good], -slack[good], rows.build[good]))]
        builds = rows.build[order]
        for row in order[np.flatnonzero(np.diff(builds, prepend=-1))].tolist():
            build, path = int(rows.build[row]), tuple(rows.path[:, row].tolist())
            best = int(self.best[build])
            if slack[row] > best or (slack[row] == best and path < self.paths[build]):
                self.paths[build] = path


def _n_bits(column: npt.NDArray[np.integer]) -> int:
    return int(column.max(initial=0)).bit_length()


def _are_behind(group: IntArray, sums: IntArray, rises: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Rows (R,) with no more of any sum, shape (S, R), than one not far before them in their group has."""
    behind = np.zeros(len(group), dtype=np.bool_)
    for d in _PLACES_BEFORE:
        if d < len(group):
            behind[d:] |= (group[d:] == group[:-d]) & (sums[:, :-d] >= sums[:, d:]).all(axis=0)
    return behind & rises


def _tables_of(model: FillingModel, e: int) -> IntArray:
    """Where the tables of a feature begin, ascending."""
    return np.array([model.rows[e, mode] for mode in (0, 1, 2) if (e, mode) in model.rows], dtype=np.int64)


def _places(n_children: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """0, 1, ... for the children of each row."""
    return np.arange(int(n_children.sum())) - np.repeat(np.cumsum(n_children) - n_children, n_children)
