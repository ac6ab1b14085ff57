"""List the combinations of classes whose bound reaches a threshold.

A depth-first walk over body parts in vectorised chunks. Each partial
combination carries the loss of its pieces and the totals it has reached; what
the remaining parts, bonuses and decorations can still add limits every total's
range, so its share of the bound shrinks as parts are chosen. A combination is
dropped as soon as its bound falls below the threshold. Memory is a few chunks
per part, whatever is listed. Relaxations of the same box under other prices
(`_extra_prices`) may drop it too.

Array axes: M partial combinations of a chunk, E coupled totals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ..relaxation.bounds import Box, Relaxed, bonus_worth, filled_share, loss_cap, total_functions
from ..relaxation.piece_classes import PartClasses

__all__ = ["Chunk", "Listing", "estimate_leaves"]

IntArray = npt.NDArray[np.int64]

#: Partial combinations expanded together. 32,768 rows keep the fixed cost of the
#: array operations (about 100 a chunk) below a tenth and the chunk in cache.
#: benchmarks/search/bounded.py.
CHUNK_ROWS = 32_768

#: Totals that range over more values than this get no table; their share of the
#: bound is then only known when the combination is complete.
_MAX_TABLE = 1 << 15

#: Totals that are looked at before what is out of reach by then is dropped.
_TABLES_AT_ONCE = 3

#: Bins of the histograms that estimate how much a threshold will list.
_BINS = 128


@dataclass(frozen=True, eq=False)
class Chunk:
    """Partial or complete combinations of classes.

    Attributes
    ----------
    picks : ndarray of int32, shape (steps so far, M)
        Class chosen at each step.
    loss : ndarray of int64, shape (M,)
        Summed losses of the classes.
    shortfall : ndarray of int64, shape (M,)
        By how much the totals' share of the bound is below its best.
    totals : ndarray of int64, shape (E, M)
        Reached so far, fixed weapon included.
    spent : tuple of (Relaxed, ndarray of int64)
        Loss and shortfall together, shape (M,), under each cut.
    """

    picks: npt.NDArray[np.int32]
    loss: IntArray
    shortfall: IntArray
    totals: IntArray
    spent: tuple[tuple[Relaxed, IntArray], ...] = ()


_Rows = npt.NDArray[np.intp]

#: For each step, (total, lowest value, shortfall by value) of totals.
_Tables = list[list[tuple[int, int, IntArray]]]

#: Which rows of a chunk to go on with; None for all.
KeepRows = Callable[[Chunk], npt.NDArray[np.bool_] | None]


class Listing:
    """Walks one box under one set of multipliers.

    Parameters
    ----------
    problem : Problem
    classes : sequence of PartClasses
    box : Box
    relaxed : Relaxed
        The same box; supplies losses and bounds.
    """

    def __init__(self, problem: Problem, classes: Sequence[PartClasses], box: Box, relaxed: Relaxed) -> None:
        self.problem = problem
        self.relaxed = relaxed
        self._classes = classes
        self._cap = loss_cap(problem)
        # Parts with steep losses first: few partial combinations survive early.
        spread = [float(np.sort(loss)[: 1 + len(loss) // 4].mean()) / max(len(loss), 1) for loss in relaxed.loss]
        order = sorted(range(len(classes)), key=lambda b: -spread[b])
        #: Part of each step.
        self.steps = tuple(b for b in order for _ in range(classes[b].count))
        #: Step at which each position of a build is chosen.
        self.step_of_position = np.argsort(np.array(self.steps, dtype=np.int64), kind="stable")
        self._by_loss = [np.argsort(loss, kind="stable") for loss in relaxed.loss]
        self._sorted_loss = [loss[by] for loss, by in zip(relaxed.loss, self._by_loss, strict=True)]
        self._box = box
        self._tables = self._share_tables(relaxed)
        self._cuts: list[tuple[Relaxed, _Tables]] = []

    def use_cuts(self, cuts: Sequence[Relaxed]) -> None:
        """From now on drop what any of these relaxations of the same box rules out."""
        self._cuts = [(cut, self._share_tables(cut)) for cut in cuts]

    def _remaining(self) -> tuple[IntArray, IntArray]:
        """Least and most that steps s, s + 1, ... add to each total; shapes (steps + 1, E)."""
        n_totals = len(self.relaxed.total_best)
        least = np.zeros((len(self.steps) + 1, n_totals), dtype=np.int64)
        most = least.copy()
        for s in range(len(self.steps) - 1, -1, -1):
            totals = self._classes[self.steps[s]].totals
            least[s] = least[s + 1] + totals.min(axis=0)
            most[s] = most[s + 1] + totals.max(axis=0)
        return least, most

    def _extras(self) -> tuple[IntArray, IntArray]:
        """Least and most that bonuses, and decorations not in the shares, add to each total; shape (E,)."""
        problem = self.problem
        n_totals = len(self.relaxed.total_best)
        least, most = np.zeros(n_totals, dtype=np.int64), np.zeros(n_totals, dtype=np.int64)
        n_features = problem.n_features
        least[:n_features] = problem.bonus_levels.min(axis=1, initial=0).sum(axis=0)
        most[:n_features] = problem.bonus_levels.max(axis=1, initial=0).sum(axis=0)
        if self.relaxed.prices is None and problem.decorations is not None and problem.decorations.index:
            n_slots = int(problem.base_slots.sum())
            n_slots += sum(part.count * int(part.slots.sum(axis=1).max()) for part in self._classes)
            least[:n_features] += n_slots * problem.decorations.levels.min(axis=0, initial=0)
            most[:n_features] += n_slots * problem.decorations.levels.max(axis=0, initial=0)
        return least, most

    def _share_tables(self, relaxed: Relaxed) -> _Tables:
        """The totals worth looking at after each step.

        Entry ``s`` applies when steps ``0 .. s - 1`` are chosen.
        """
        problem = self.problem
        least, most = self._remaining()
        extra_least, extra_most = self._extras()
        base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
        tables: _Tables = [[] for _ in range(len(self.steps) + 1)]
        for e, best in enumerate(relaxed.total_best):
            # What the steps so far may have reached.
            for s in range(1, len(self.steps) + 1):
                low = int(base[e] + least[0, e] - least[s, e])
                high = int(base[e] + most[0, e] - most[s, e])
                reach_low = int(least[s, e] + extra_least[e])
                reach_high = int(most[s, e] + extra_most[e])
                if high - low >= _MAX_TABLE or high - low + reach_high - reach_low >= 4 * _MAX_TABLE:
                    continue
                share = self._share(relaxed, e, low + reach_low, high + reach_high)
                window = reach_high - reach_low + 1
                table = best - _sliding_max(share, window)
                np.clip(table, 0, self._cap, out=table)
                if table.any():
                    tables[s].append((e, low, table))
        for own in tables:
            # What rules out most comes first.
            own.sort(key=lambda each: -float(np.minimum(each[2], relaxed.precision * problem.score_bound).mean()))
        return tables

    def _share(self, relaxed: Relaxed, e: int, low: int, high: int) -> IntArray:
        """A total's share of the bound at ``low..high``; far below everything outside the box."""
        problem, box = self.problem, self._box
        x = np.arange(low, high + 1, dtype=np.int64)
        price = relaxed.multipliers.price[e]
        if e < problem.n_features:
            if relaxed.prices is not None and relaxed.prices.changes(e):
                # A box cuts no total that decorations change (`splitting.cuttable_totals`).
                return filled_share(problem, e, box, relaxed.prices, x) - price * x
            functions = total_functions(problem, problem.features[e], box)
            share: IntArray = np.max([relaxed.precision * function(x) - price * x for function in functions], axis=0)
        else:
            worth = np.array(bonus_worth(problem, e - problem.n_features, relaxed.multipliers, relaxed.precision))
            share = worth[np.clip(x, 0, len(worth) - 1)]
        outside = (x < box.low[e]) | (x > box.high[e])
        share[outside] = relaxed.total_best[e] - self._cap
        return share

    def measure(self, picks: npt.NDArray[np.int32], totals: IntArray) -> IntArray:
        """Loss and shortfall of complete combinations.

        Parameters
        ----------
        picks : ndarray of int32, shape (L, M)
            Class of each position, in the order of positions.
        totals : ndarray of int64, shape (E, M)
        """
        measure = np.zeros(picks.shape[1], dtype=np.int64)
        for part, pick in zip(self.problem.positions, picks, strict=True):
            measure += self.relaxed.loss[part][pick]
        for e, low, table in self._tables[-1]:
            measure += table[totals[e] - low]
        return measure

    def root(self) -> Chunk:
        """The combination of nothing."""
        problem = self.problem
        base = np.concatenate([problem.base_levels, problem.base_bonus_counts])
        zero = np.zeros(1, dtype=np.int64)
        return Chunk(np.zeros((0, 1), dtype=np.int32), zero, zero, base[:, None])

    def leaves(self, slack: Callable[[], int], keep: KeepRows, least: Callable[[], int]) -> Iterator[Chunk]:
        """Complete combinations whose loss and shortfall stay within the slack.

        Parameters
        ----------
        slack : callable
            The most that loss and shortfall together may be, asked anew for every
            chunk: it shrinks while better builds are found.
        keep : callable
            Given a chunk, says which rows to go on with, or None for all: for
            rules beside the bound.
        least : callable
            The least score that matters by now, scaled like bounds: for the cuts.

        Yields
        ------
        Chunk
            All steps chosen.
        """
        # Iterators, not chunks: what a chunk expands into is made when it is looked at.
        stack = [iter((self.root(),))]
        while stack:
            chunk = next(stack[-1], None)
            if chunk is None:
                stack.pop()
            elif len(chunk.picks) == len(self.steps):
                yield chunk
            else:
                stack.append(self._expand(chunk, slack, keep, least))

    def _expand(
        self, chunk: Chunk, slack: Callable[[], int], keep: KeepRows, least: Callable[[], int]
    ) -> Iterator[Chunk]:
        """The chunk with one more step chosen, in chunks of bounded size."""
        step = len(chunk.picks)
        part = self.steps[step]
        losses = self._sorted_loss[part]
        room = slack() - chunk.loss - chunk.shortfall
        n_children = np.searchsorted(losses, room, side="right")
        ends = np.cumsum(n_children)
        start_row = 0
        while start_row < len(ends):
            before = int(ends[start_row - 1]) if start_row else 0
            stop_row = int(np.searchsorted(ends, before + CHUNK_ROWS, side="right"))
            stop_row = max(stop_row, start_row + 1)
            # Cuts may have been chosen since this chunk was made.
            chunk = replace(chunk, spent=self._spent(chunk))
            limits = [min(cut.bound - least(), 2**62) for cut, _ in self._cuts]
            child = self._children(chunk, (slice(start_row, stop_row), n_children[start_row:stop_row]), slack(), limits)
            if child.loss.size:
                rows = keep(child)
                if rows is not None:
                    child = _take(child, np.flatnonzero(rows))
                if child.loss.size:
                    yield child
            start_row = stop_row

    def _children(
        self, chunk: Chunk, parents: tuple[slice, npt.NDArray[np.intp]], slack: int, limits: Sequence[int]
    ) -> Chunk:
        """All continuations of some rows, so many of each, that stay within the slack and the limits of the cuts."""
        rows, n_children = parents
        step = len(chunk.picks)
        part = self.steps[step]
        own = self._classes[part]
        parent = np.repeat(np.arange(rows.start, rows.stop), n_children)
        place = np.arange(len(parent)) - np.repeat(np.cumsum(n_children) - n_children, n_children)
        pick = self._by_loss[part][place]
        loss = chunk.loss[parent] + self._sorted_loss[part][place]
        if step and self.steps[step - 1] == part:
            # Several pieces of one part: different rows, in file order.
            later = np.flatnonzero(pick > chunk.picks[step - 1, parent])
            parent, pick, loss = parent[later], pick[later], loss[later]
        for (cut, spent), limit in zip(chunk.spent, limits, strict=True):
            # Before the totals are looked at, which takes longest: a shortfall never shrinks.
            near = np.flatnonzero(spent[parent] + cut.loss[part][pick] <= limit)
            parent, pick, loss = parent[near], pick[near], loss[near]
        near, measure = self._within(step, self._tables, chunk, (parent, pick), (loss, slack))
        parent, pick, loss = parent[near], pick[near], loss[near]
        shortfall = measure - loss
        all_spent: list[IntArray] = []
        for (cut, tables), (_, spent), limit in zip(self._cuts, chunk.spent, limits, strict=True):
            base = (spent - self._shortfalls(tables[step], chunk))[parent] + cut.loss[part][pick]
            near, measure = self._within(step, tables, chunk, (parent, pick), (base, limit))
            if len(near) < len(parent):
                parent, pick, loss, shortfall = parent[near], pick[near], loss[near], shortfall[near]
                all_spent = [earlier[near] for earlier in all_spent]
            all_spent.append(measure)
        return Chunk(
            np.concatenate([chunk.picks[:, parent], pick[None].astype(np.int32)]),
            loss,
            shortfall,
            chunk.totals[:, parent] + own.totals.T[:, pick],
            tuple((cut, own_spent) for (cut, _), own_spent in zip(self._cuts, all_spent, strict=True)),
        )

    def _within(
        self, step: int, tables: _Tables, chunk: Chunk, chosen: tuple[_Rows, _Rows], measured: tuple[IntArray, int]
    ) -> tuple[_Rows, IntArray]:
        """Which of some rows of a chunk, with one more class each, stay within a limit.

        Parameters
        ----------
        step : int
        tables : list of list
        chunk : Chunk
        chosen : (ndarray of int, ndarray of int)
            Rows, and the class that each takes at `step`.
        measured : (ndarray of int64, int)
            Their losses, and the limit.

        Returns
        -------
        rows : ndarray of int
            Places in `chosen`.
        measure : ndarray of int64
            Loss and shortfall of those.
        """
        (parent, pick), (measure, limit) = chosen, measured
        own = self._classes[self.steps[step]].totals
        rows: _Rows | None = None
        for number, (e, low, table) in enumerate(tables[step + 1], 1):
            measure = measure + table[chunk.totals[e, parent] + own[pick, e] - low]
            if number % _TABLES_AT_ONCE == 0 or number == len(tables[step + 1]):
                near = np.flatnonzero(measure <= limit)
                if len(near) < len(measure):
                    parent, pick, measure = parent[near], pick[near], measure[near]
                    rows = near if rows is None else rows[near]
        if not tables[step + 1]:
            rows = np.flatnonzero(measure <= limit)
            measure = measure[rows]
        return (np.arange(len(parent)) if rows is None else rows), measure

    def _shortfalls(self, tables: list[tuple[int, int, IntArray]], chunk: Chunk) -> IntArray:
        """Shortfall of a chunk under some tables."""
        shortfall = np.zeros(chunk.loss.size, dtype=np.int64)
        for e, low, table in tables:
            shortfall += table[chunk.totals[e] - low]
        return shortfall

    def _spent(self, chunk: Chunk) -> tuple[tuple[Relaxed, IntArray], ...]:
        """`Chunk.spent` under the cuts there are now."""
        known = dict(chunk.spent)
        return tuple(
            (cut, known[cut] if cut in known else self._measured(cut, tables, chunk)) for cut, tables in self._cuts
        )

    def _measured(self, cut: Relaxed, tables: _Tables, chunk: Chunk) -> IntArray:
        """Loss and shortfall of a chunk under a cut."""
        spent = self._shortfalls(tables[len(chunk.picks)], chunk)
        for part, pick in zip(self.steps, chunk.picks, strict=False):
            spent += cut.loss[part][pick]
        return spent


def _take(chunk: Chunk, rows: npt.NDArray[np.intp]) -> Chunk:
    """Some rows of a chunk."""
    spent = tuple((cut, own[rows]) for cut, own in chunk.spent)
    return Chunk(chunk.picks[:, rows], chunk.loss[rows], chunk.shortfall[rows], chunk.totals[:, rows], spent)


def _sliding_max(values: IntArray, window: int) -> IntArray:
    """Maximum of each `window` neighbours, by doubling; shape (len(values) - window + 1,)."""
    width, result = 1, values
    while 2 * width <= window:
        result = np.maximum(result[: len(result) - width], result[width:])
        width *= 2
    if width < window:
        rest = window - width
        result = np.maximum(result[: len(result) - rest], result[rest:])
    return result


def estimate_leaves(
    relaxed: Relaxed, classes: Sequence[PartClasses], slack: int, *, of_pieces: bool = False
) -> list[float]:
    """How many combinations of classes have a loss within 1, 2, ... 128 parts of `slack` in 128.

    An over-estimate by rounding losses down, blind to the totals. Histograms of
    the parts' losses are convolved; O(L bins^2) time. `of_pieces` counts
    combinations of pieces instead of classes.
    """
    width = max(1, -(-slack // _BINS))
    total = np.zeros(_BINS)
    total[0] = 1.0
    for part, loss in zip(classes, relaxed.loss, strict=True):
        bins = np.minimum(loss // width, _BINS)
        weights = part.sizes.astype(np.float64) if of_pieces else None
        histogram = np.bincount(bins, weights, minlength=_BINS + 1)[:_BINS].astype(np.float64)
        for _ in range(part.count):
            total = np.convolve(total, histogram)[:_BINS]
    return [float(n) for n in np.cumsum(total)]
