"""How many levels the decorations of one feature alone supply, and what each supply costs at the least.

In come those decorations, by feature; out come, for any prices of slots, the least costs. What does not hang on
prices is found once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ....problem.problem import CompiledDecorations
from .packing import clipped

__all__ = ["Reach", "Supplies"]

IntArray = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

#: Entries times supplies of a table up to which it is kept where those lead: a MB for each feature.
_MOST_PLACES = 65_536


class _Source(NamedTuple):
    """One decoration: the kinds of slots that it takes, what it scores, and counts of it.

    `order` and `starts`: what it and those before it supply, sorted, and where each supply begins; None where it is
    the first.
    """

    kinds: list[int]
    linear: int
    counts: IntArray
    order: Rows | None
    starts: Rows | None


class Supplies:
    """Supplies of levels, `levels` by feature, as if there were slots enough of the cheapest kind for each decoration.

    `choices` are for each feature its decorations, the kinds of slots that there are for them, and the most of each.
    """

    def __init__(
        self, decorations: CompiledDecorations, choices: Mapping[int, Sequence[tuple[int, list[int], int]]]
    ) -> None:
        self.levels: dict[int, IntArray] = {}
        self._sources: dict[int, list[_Source]] = {}
        for e, decorated in choices.items():
            supply, sources = np.zeros(1, dtype=np.int64), []
            for d, kinds, most in decorated:
                counts = np.arange(most + 1)
                supply = (supply[:, None] + counts * int(decorations.levels[d, e])).ravel()
                order = starts = None
                if len(supply) > len(counts):
                    order = np.argsort(supply, kind="stable")
                    starts = np.flatnonzero(np.diff(supply[order], prepend=supply[order[0]] - 1))
                    supply = supply[order[starts]]
                sources.append(_Source(kinds, int(decorations.linear[d]), counts, order, starts))
            self.levels[e], self._sources[e] = supply, sources

    def costs(self, slot_values: IntArray, precision: int) -> list[IntArray]:
        """For each feature the least cost of each supply, or less, scaled: no option costs less."""
        values, costs = slot_values.tolist(), []
        for sources in self._sources.values():
            cost = np.zeros(1, dtype=np.int64)
            for source in sources:
                each = min(values[k] for k in source.kinds) - precision * source.linear
                cost = (cost[:, None] + source.counts * each).ravel()
                if source.order is not None and source.starts is not None:
                    cost = np.minimum.reduceat(cost[source.order], source.starts)
            costs.append(cost)
        return costs


class Reach:
    """Where supplies lead from each entry of a model's tables: `rows` are where a feature's begin, by mode."""

    def __init__(self, supplies: Supplies, rows: Mapping[tuple[int, int], int], last: Callable[[int], int]) -> None:
        self._wide: list[tuple[int, int, int]] = []
        self._number = {e: number for number, e in enumerate(supplies.levels)}
        self._levels = supplies.levels
        begins = dict(zip(supplies.levels, np.cumsum([0, *map(len, supplies.levels.values())]).tolist(), strict=False))
        sources, costs, entries, sizes = ([np.zeros(0, dtype=np.int64)] for _ in range(4))
        for (e, _), start in rows.items():
            if e not in supplies.levels:
                continue
            n_entries, n_supplies = last(e) + 1, len(supplies.levels[e])
            if n_entries * n_supplies > _MOST_PLACES:
                self._wide.append((e, start, n_entries))
                continue
            sources.append(start + _places(supplies.levels[e], n_entries).T.ravel())
            costs.append(begins[e] + np.tile(np.arange(n_supplies), n_entries))
            entries.append(start + np.arange(n_entries))
            sizes.append(np.full(n_entries, n_supplies))
        self._source, self._cost, self._entry = map(np.concatenate, (sources, costs, entries))
        size = np.concatenate(sizes)
        self._start = np.cumsum(size) - size

    def best(self, values_scaled: IntArray, costs: Sequence[IntArray]) -> IntArray:
        """For each entry the most of value less cost over the supplies, or its value; a new array."""
        best = values_scaled.copy()
        if self._entry.size:
            gains = values_scaled[self._source] - np.concatenate(costs)[self._cost]
            best[self._entry] = np.maximum(values_scaled[self._entry], np.maximum.reduceat(gains, self._start))
        for e, start, n_entries in self._wide:
            worth_scaled = values_scaled[start : start + n_entries]
            reached = worth_scaled[_places(self._levels[e], n_entries)] - costs[self._number[e]][:, None]
            best[start : start + n_entries] = np.maximum(worth_scaled, reached.max(axis=0))
        return best


def _places(levels: IntArray, n_entries: int) -> IntArray:
    """Where each supply leads from each entry of a table, shape (supplies, entries)."""
    return clipped(np.arange(n_entries) + levels[:, None], n_entries - 1)
