"""Enumerate the combinations of classes whose bound reaches a threshold.

A depth-first walk over body parts in vectorised chunks. Each partial combination
carries the loss of its pieces and the shortfall of its totals (`_shortfalls`); it is
dropped as soon as the two use more than is allowed. Memory is a few chunks per part,
whatever is enumerated. Relaxations of the same box under further prices
(`_extra_prices`) may drop it too.

Array axes: M partial combinations of a chunk, E coupled totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Box, Relaxed
from ..relaxation.piece_classes import PartClasses
from ..tuning import CHUNK_ROWS
from ._shortfalls import ShortfallTable, shortfall_tables

__all__ = ["Allowance", "Chunk", "Enumeration", "all_merged"]

IntArray = npt.NDArray[np.int64]
_Rows = npt.NDArray[np.intp]

#: Classes of a part by loss, and the losses.
_Sorted = tuple[npt.NDArray[np.intp], IntArray]

#: Totals that are looked at before what uses too much by then is dropped.
_TABLES_AT_ONCE = 3

#: Chunks whose combinations are merged one by one before they are merged with each other.
_MERGED_TOGETHER = 16


@dataclass(frozen=True, eq=False)
class Chunk:
    """Partial or complete combinations of classes, M of them; losses and shortfalls are scaled."""

    picks: npt.NDArray[np.int32]  # shape (steps so far, M): the class chosen at each step
    loss: IntArray  # shape (M,): of the classes, summed
    shortfall: IntArray  # shape (M,): of the totals' share of the bound
    totals: IntArray  # shape (E, M): reached so far, fixed weapon included
    used: tuple[tuple[Relaxed, IntArray], ...] = ()  # both together, shape (M,), under each further set of prices
    #: How many combinations of pieces each stands for, shape (M,), exact, where that is counted.
    times: npt.NDArray[Any] | None = None

    def take(self, rows: _Rows) -> Chunk:
        """Some of the combinations."""
        used = tuple((relaxed, uses.take(rows)) for relaxed, uses in self.used)
        times = None if self.times is None else self.times[rows]
        picks, totals = self.picks.take(rows, axis=1), self.totals.take(rows, axis=1)
        return Chunk(picks, self.loss.take(rows), self.shortfall.take(rows), totals, used, times)

    @classmethod
    def joined(cls, chunks: Sequence[Chunk]) -> Chunk:
        """One chunk of several, one at least, of combinations of the same steps."""
        used = [
            (relaxed, np.concatenate([chunk.used[number][1] for chunk in chunks]))
            for number, (relaxed, _) in enumerate(chunks[0].used)
        ]
        is_counted = chunks[0].times is not None
        return cls(
            np.concatenate([chunk.picks for chunk in chunks], axis=1),
            np.concatenate([chunk.loss for chunk in chunks]),
            np.concatenate([chunk.shortfall for chunk in chunks]),
            np.concatenate([chunk.totals for chunk in chunks], axis=1),
            tuple(used),
            np.concatenate([chunk.times for chunk in chunks if chunk.times is not None]) if is_counted else None,
        )


class Allowance(Protocol):
    """What the enumerated may use; asked anew for every chunk, as it shrinks while better builds are found."""

    def slack(self) -> int:
        """The most that loss and shortfall together may be."""

    def keep(self, chunk: Chunk) -> npt.NDArray[np.bool_] | None:
        """Which rows to go on with, by rules beside the bound; None for all."""

    def least_scaled(self) -> int:
        """The least score that matters, for the further sets of prices."""


class Enumeration:
    """Walks one box under one set of prices, and the further ones it is told to use."""

    def __init__(
        self,
        problem: Problem,
        classes: Sequence[PartClasses],
        box: Box,
        relaxed: Relaxed,
        *,
        first_part: int | None = None,
        parts: Sequence[int] | None = None,
        chunk_rows: int | None = None,
    ) -> None:
        self.problem = problem
        self._chunk_rows = chunk_rows or CHUNK_ROWS
        self.relaxed = relaxed
        self._classes = classes
        #: By part, totals of its classes, shape (E, n).
        self._by_total = [np.ascontiguousarray(part.totals.T) for part in classes]
        self.box = box
        # Any order is right. Of parts that have few pieces and lose much at once fewer beginnings survive.
        spread = [float(np.sort(loss)[: 1 + len(loss) // 4].mean()) / max(len(loss), 1) for loss in relaxed.loss]
        self.parts = parts or sorted(range(len(classes)), key=lambda b: (b != first_part, -spread[b]))
        #: Part of each step.
        self.steps = tuple(b for b in self.parts for _ in range(classes[b].count))
        #: Step at which each position of a build is chosen.
        self.step_of_position = np.argsort(np.array(self.steps, dtype=np.int64), kind="stable")
        self._clashes = [self._clashes_of(step) for step in range(len(self.steps))]
        self._by_loss = _by_loss(relaxed)
        self._tables = shortfall_tables(problem, classes, box, relaxed, self.steps)
        self.n_tried = 0  # continuations that were looked at
        self._further: list[tuple[Relaxed, list[list[ShortfallTable]]]] = []
        self._further_by_loss: list[list[_Sorted]] = []
        #: Continuations that reached each of the further sets, and those of them that it dropped, since they are used.
        self._n_seen = np.zeros((0, 2), dtype=np.int64)

    def _clashes_of(self, step: int) -> list[tuple[int, bool, npt.NDArray[np.bool_]]]:
        """Earlier steps with which a step may clash, whether their part is the outer one, and what clashes."""
        earlier, part = [], self.steps[step]
        for other, other_part in enumerate(self.steps[:step]):
            outer, inner = sorted((part, other_part))
            clashes = self.problem.space.clashes(outer, inner)
            if clashes is not None:
                earlier.append((other, other_part == outer, clashes))
        return earlier

    def in_order(self, parts: Sequence[int]) -> Enumeration:
        """The same with its parts in another order."""
        rows, given = self._chunk_rows, (self.problem, self._classes, self.box, self.relaxed)
        other = Enumeration(*given, parts=parts, chunk_rows=rows)
        other.use_extra_prices([relaxed for relaxed, _ in self._further])
        return other

    def use_extra_prices(self, further: Sequence[Relaxed]) -> None:
        """From now on drop what any of these relaxations of the same box rules out."""
        known = {
            relaxed: (tables, by_loss)
            for (relaxed, tables), by_loss in zip(self._further, self._further_by_loss, strict=True)
        }
        self._further, self._further_by_loss = [], []
        for relaxed in further:
            tables, by_loss = known.get(relaxed) or (
                shortfall_tables(self.problem, self._classes, self.box, relaxed, self.steps),
                _by_loss(relaxed),
            )
            self._further.append((relaxed, tables))
            self._further_by_loss.append(by_loss)
        self._n_seen = np.zeros((len(further), 2), dtype=np.int64)

    def shares_dropped(self) -> list[float]:
        """Of the continuations that each of the further sets of prices was held against, the share that it dropped."""
        return list((self._n_seen[:, 1] / np.maximum(self._n_seen[:, 0], 1)).tolist())

    def measure(self, picks: npt.NDArray[np.int32], totals: IntArray) -> IntArray:
        """Loss and shortfall of complete combinations: `picks` by position, shape (L, M), with their `totals`."""
        used = np.zeros(picks.shape[1], dtype=np.int64)
        for part, pick in zip(self.problem.positions, picks, strict=True):
            used += self.relaxed.loss[part][pick]
        for table in self._tables[-1]:
            used += table.of(totals[table.e])
        return used

    def root(self) -> Chunk:
        """The combination of nothing."""
        base = np.concatenate([self.problem.base_levels, self.problem.base_bonus_counts])
        zero = np.zeros(1, dtype=np.int64)
        return Chunk(np.zeros((0, 1), dtype=np.int32), zero, zero, base[:, None])

    def begun(self, picks: _Rows, used: IntArray, further_used: IntArray) -> Chunk:
        """Some classes of the first part, M of them, which have used so much of the allowance, and of the further ones.

        Their own losses do not count: each has an allowance of its own.
        """
        root, part = self.root(), self.steps[0]
        totals = root.totals + self._classes[part].totals.T[:, picks]
        begun = Chunk(picks[None].astype(np.int32), used, np.zeros(len(picks), dtype=np.int64), totals)
        further = tuple(
            (relaxed, self._measured(relaxed, tables, begun) + further_used) for relaxed, tables in self._further
        )
        return replace(begun, shortfall=_shortfalls(self._tables[1], begun), used=further)

    def leaves(self, allowance: Allowance, start: Chunk | None = None) -> Iterator[Chunk]:
        """Complete combinations, of those that `start` begins, that use no more than is allowed."""
        # Iterators, not chunks: what a chunk expands into is made when it is looked at.
        stack = [iter((start or self.root(),))]
        while stack:
            chunk = next(stack[-1], None)
            if chunk is None:
                stack.pop()
            elif len(chunk.picks) == len(self.steps):
                yield chunk
            else:
                stack.append(self.expand(chunk, allowance))

    def merged_leaves(self, allowance: Allowance, merged: Callable[[Chunk], Chunk]) -> Chunk | None:
        """All complete combinations at once, of those that are alike at a step the one that `merged` leaves.

        None where the allowance is negative before the end, or nothing is left.
        """
        once = np.ones(1, dtype=np.int64 if self.problem.space.n_combinations < 2**62 else object)
        layer = replace(self.root(), times=once)
        for _ in self.steps:
            extended = all_merged(self.expand(layer, allowance), merged)
            if extended is None or allowance.slack() < 0:
                return None
            layer = extended
        return layer

    def merged_beginnings(self, allowance: Allowance, merged: Callable[[Chunk], Chunk], most: int) -> Chunk | None:
        """Combinations of the first steps, of those that are alike at a step the one that `merged` leaves.

        As many steps as have no more than `most` continuations each; None where nothing is left.
        """
        layer: Chunk | None = self.root()
        while layer is not None and len(layer.picks) < len(self.steps):
            layer = replace(layer, used=self._used(layer))
            if int(self._likely(layer, allowance)[1].sum()) > most:
                break
            layer = all_merged(self.expand(layer, allowance), merged)
        return layer

    def expand(self, chunk: Chunk, allowance: Allowance) -> Iterator[Chunk]:
        """The chunk with one more step chosen, in chunks of bounded size."""
        chunk = replace(chunk, used=self._used(chunk))
        prices, n_children = self._likely(chunk, allowance)
        part = self.steps[len(chunk.picks)]
        classes = np.array([by_loss[part][0] for by_loss in (self._by_loss, *self._further_by_loss)])
        ends = np.cumsum(n_children)
        self.n_tried += int(ends[-1])
        start_row = 0
        while start_row < len(ends):
            before = int(ends[start_row - 1]) if start_row else 0
            stop_row = int(np.searchsorted(ends, before + self._chunk_rows, side="right"))
            stop_row = max(stop_row, start_row + 1)
            # Further prices may have been chosen since this chunk was made.
            chunk = replace(chunk, used=self._used(chunk))
            child = self._children(
                chunk,
                rows=slice(start_row, stop_row),
                classes=classes,
                prices=prices[start_row:stop_row],
                n_children=n_children[start_row:stop_row],
                slack=allowance.slack(),
                limits=[min(relaxed.bound_scaled - allowance.least_scaled(), 2**62) for relaxed, _ in self._further],
            )
            if child.loss.size:
                kept = allowance.keep(child)
                if kept is not None:
                    child = child.take(np.flatnonzero(kept))
                if child.loss.size:
                    yield child
            start_row = stop_row

    def _likely(self, chunk: Chunk, allowance: Allowance) -> tuple[IntArray, npt.NDArray[np.intp]]:
        """By which prices each row goes on, those that leave it least, and with how many classes of the next part."""
        part = self.steps[len(chunk.picks)]
        n_children = np.searchsorted(
            self._by_loss[part][1], allowance.slack() - chunk.loss - chunk.shortfall, side="right"
        )
        prices = np.zeros(len(n_children), dtype=np.int64)
        least = allowance.least_scaled()
        for number, ((relaxed, used), by_loss) in enumerate(zip(chunk.used, self._further_by_loss, strict=True), 1):
            n_others = np.searchsorted(by_loss[part][1], min(relaxed.bound_scaled - least, 2**62) - used, side="right")
            prices[n_others < n_children] = number
            n_children = np.minimum(n_others, n_children)
        return prices, n_children

    def _children(
        self,
        chunk: Chunk,
        *,
        rows: slice,
        classes: _Rows,
        prices: IntArray,
        n_children: npt.NDArray[np.intp],
        slack: int,
        limits: Sequence[int],
    ) -> Chunk:
        """Continuations of `rows`, within the slack and the further limits.

        Those are the first `n_children` of `classes`, shape (sets of prices, n), by the `prices` of each row.
        """
        step = len(chunk.picks)
        part = self.steps[step]
        parent = np.repeat(np.arange(rows.start, rows.stop), n_children)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(n_children) - n_children, n_children)
        pick = classes[np.repeat(prices, n_children), place]
        loss = chunk.loss.take(parent) + self.relaxed.loss[part].take(pick)
        if step and self.steps[step - 1] == part:
            # Several pieces of one part: different rows, in file order.
            before = chunk.picks[step - 1, parent]
            is_later = pick > before
            if (repeated := self._classes[part].repeated) >= 0:
                is_later |= (pick == repeated) & (before == repeated)
            later = np.flatnonzero(is_later)
            parent, pick, loss = parent[later], pick[later], loss[later]
        for other, is_first, clashes in self._clashes[step]:
            earlier = chunk.picks[other, parent]
            fitting = np.flatnonzero(~(clashes[earlier, pick] if is_first else clashes[pick, earlier]))
            parent, pick, loss = parent[fitting], pick[fitting], loss[fitting]
        # Before the totals are looked at, which takes longest: a shortfall never shrinks.
        near = np.flatnonzero(loss + chunk.shortfall.take(parent) <= slack)
        parent, pick, loss = parent.take(near), pick.take(near), loss.take(near)
        for number, ((relaxed, used), limit) in enumerate(zip(chunk.used, limits, strict=True)):
            near = np.flatnonzero(used.take(parent) + relaxed.loss[part].take(pick) <= limit)
            self._n_seen[number] += len(parent), len(parent) - len(near)
            parent, pick, loss = parent.take(near), pick.take(near), loss.take(near)
        near, uses = self._within(self._tables[step + 1], chunk, parent, pick, loss=loss, limit=slack)
        parent, pick, loss = parent.take(near), pick.take(near), loss.take(near)
        shortfall, all_used = uses - loss, list[IntArray]()
        for number, ((relaxed, tables), (_, used), limit) in enumerate(
            zip(self._further, chunk.used, limits, strict=True)
        ):
            # A shortfall belongs to a state, a loss to a step: take the old state's out before the new one's comes in.
            losses = (used - _shortfalls(tables[step], chunk)).take(parent) + relaxed.loss[part].take(pick)
            near, uses = self._within(tables[step + 1], chunk, parent, pick, loss=losses, limit=limit)
            self._n_seen[number, 1] += len(parent) - len(near)
            if len(near) < len(parent):
                parent, pick, loss, shortfall = parent[near], pick[near], loss[near], shortfall[near]
                all_used = [earlier[near] for earlier in all_used]
            all_used.append(uses)
        return Chunk(
            np.concatenate([chunk.picks.take(parent, axis=1), pick[None].astype(np.int32)]),
            loss,
            shortfall,
            chunk.totals.take(parent, axis=1) + self._by_total[part].take(pick, axis=1),
            tuple((relaxed, uses) for (relaxed, _), uses in zip(self._further, all_used, strict=True)),
            None if chunk.times is None else chunk.times[parent] * self._classes[part].sizes[pick],
        )

    def _within(
        self, tables: list[ShortfallTable], chunk: Chunk, parent: _Rows, pick: _Rows, *, loss: IntArray, limit: int
    ) -> tuple[_Rows, IntArray]:
        """Which rows `parent` of a chunk, with one more class `pick` each, stay within a limit, and what they use."""
        totals = self._by_total[self.steps[len(chunk.picks)]]
        rows, used = np.arange(len(parent)), loss
        for number, table in enumerate(tables, 1):
            used = used + table.of_next(chunk.totals[table.e], parent, totals[table.e], pick)
            if number % _TABLES_AT_ONCE == 0 or number == len(tables):
                near = np.flatnonzero(used <= limit)
                if len(near) < len(used):
                    parent, pick, used, rows = parent.take(near), pick.take(near), used.take(near), rows.take(near)
        if not tables:
            rows = np.flatnonzero(used <= limit)
        return rows, used if tables else used[rows]

    def _used(self, chunk: Chunk) -> tuple[tuple[Relaxed, IntArray], ...]:
        """`Chunk.used` under the further prices there are now."""
        known = dict(chunk.used)
        return tuple(
            (relaxed, known[relaxed] if relaxed in known else self._measured(relaxed, tables, chunk))
            for relaxed, tables in self._further
        )

    def _measured(self, relaxed: Relaxed, tables: list[list[ShortfallTable]], chunk: Chunk) -> IntArray:
        """Loss and shortfall of a chunk under further prices."""
        used = _shortfalls(tables[len(chunk.picks)], chunk)
        for part, pick in zip(self.steps, chunk.picks, strict=False):
            used += relaxed.loss[part][pick]
        return used


def all_merged(chunks: Iterable[Chunk], merged: Callable[[Chunk], Chunk]) -> Chunk | None:
    """Chunks as one, of combinations that are alike the one that `merged` leaves; None where there are no chunks."""
    kept: list[Chunk] = []
    for chunk in chunks:
        kept.append(merged(chunk))
        if len(kept) > _MERGED_TOGETHER:
            kept = [merged(Chunk.joined(kept))]
    if len(kept) > 1:
        return merged(Chunk.joined(kept))
    return kept[0] if kept else None


def _by_loss(relaxed: Relaxed) -> list[_Sorted]:
    """Classes of each part by loss, and their losses."""
    orders = [np.argsort(loss, kind="stable") for loss in relaxed.loss]
    return [(order, loss[order]) for loss, order in zip(relaxed.loss, orders, strict=True)]


def _shortfalls(tables: list[ShortfallTable], chunk: Chunk) -> IntArray:
    """Shortfall of a chunk under some tables."""
    shortfall = np.zeros(chunk.loss.size, dtype=np.int64)
    for table in tables:
        shortfall += table.of(chunk.totals[table.e])
    return shortfall
