"""Outcomes that no other beats, by searches above floors: where slots are filled, and boxes would list too much.

The best score above floors of the other objectives is an outcome of the front, or an equal one that reaches
further is. Whatever else of the front is above these floors exceeds it in some objective: as many regions of
higher floors as there are objectives hold all of it (Haimes, Lasdon, Wismer 1971; Kirlik, Sayin 2014).

Array axes: D other objectives, N builds.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...problem.problem import Problem
from ...problem.scoring import total_columns
from ...records.space import RankCode
from ..bounded.region_boxes import Other, RegionBoxes
from ..engines import SearchOptions, search
from ..relaxation.bounds import root_box
from ..relaxation.points import Points

__all__ = ["FloorRegions"]

IntArray = npt.NDArray[np.int64]
Floors = tuple[int, ...]

#: Builds that one search lists: of equal ones that reach further the furthest is taken.
_LISTED = 8


class FloorRegions:
    """One search; `run` it, then read `open_regions`. What is found is taken into `points`."""

    def __init__(
        self,
        problem: Problem,
        others: Sequence[Other],
        points: Points,
        options: SearchOptions,
        *,
        is_stopped: Callable[[], bool],
        on_box: Callable[[], None],
    ) -> None:
        self.n_leaves = self.n_bounded = self.n_filled = 0
        self._problem = problem
        self._others = others
        self._points = points
        self._options = options
        self._is_stopped = is_stopped
        self._on_box = on_box
        self._code = RankCode(problem.space.position_sizes)
        boxes = RegionBoxes(problem, others, points)
        boxes.add(root_box(problem))
        #: Regions that are not searched: the most that is scored there, turned, and their floors.
        self._open: list[tuple[int, Floors]] = []
        #: Floors that were searched, with the best score above them, turned, and what it reaches; and those in vain.
        self._searched: list[tuple[Floors, tuple[int, Floors]]] = []
        self._empty: list[Floors] = []
        self._highest = np.zeros(len(others), dtype=np.int64)
        for most, best, worst in boxes.open_regions():
            self._highest = best
            self._open.append((-most, tuple(worst.tolist())))

    def __len__(self) -> int:
        return len(self._open)

    def run(self) -> None:
        """Search until no region is open or it is time to stop."""
        while self._open and not self._is_stopped():
            self._on_box()
            floors = self._open[0][1]
            furthest = self._known(floors) or self._best(floors)
            if furthest is None:
                return
            heapq.heappop(self._open)
            if not furthest:
                self._empty.append(floors)
                continue
            turned, reached = furthest
            for d, value in enumerate(reached):
                if value < self._highest[d]:
                    self._add(turned, (*floors[:d], value + 1, *floors[d + 1 :]))

    def open_regions(self) -> Iterator[tuple[int, IntArray, IntArray]]:
        """Of what is not settled: the most that it may score, and the best and the worst values of the others, (D,)."""
        for turned, floors in self._open:
            yield -turned, self._highest, np.array(floors, dtype=np.int64)

    def _add(self, turned: int, floors: Floors) -> None:
        """Open a region, unless one that is open holds it, or one that holds nothing."""
        if any(_holds(other, floors) for other in (*(region[1] for region in self._open), *self._empty)):
            return
        self._open = [region for region in self._open if not _holds(floors, region[1])]
        heapq.heapify(self._open)
        heapq.heappush(self._open, (turned, floors))

    def _known(self, floors: Floors) -> tuple[int, Floors] | None:
        """What `_best` would find, where the best above lower floors is above these."""
        known = (best for lower, best in self._searched if _holds(lower, floors) and _holds(floors, best[1]))
        return next(known, None)

    def _best(self, floors: Floors) -> tuple[int, Floors] | tuple[()] | None:
        """The best score above floors, turned, and what its build reaches; nothing where none is; None at a stop."""
        outcome = search(self._above(floors), _LISTED, self._options)
        self.n_bounded += 1
        self.n_leaves += outcome.report.counts.get("enumerated", 0)
        if not outcome.report.proved:
            return None
        if not len(outcome.scores):
            return ()
        scores = np.asarray(outcome.scores).astype(np.int64)
        columns = [np.asarray(column).astype(np.int64) for column in outcome.columns]
        levels = total_columns(self._problem, columns).levels
        others = np.array([levels[other.feature] * other.sign for other in self._others])
        # The first of those that score alike and reach the furthest in all: by rank it is the first of its outcome.
        best = np.flatnonzero(scores == scores[0])
        furthest = int(best[np.argmax(others[:, best].sum(axis=0))])
        words = self._code.encode([column[furthest : furthest + 1] for column in columns])
        self._points.add(scores[furthest : furthest + 1], others[:, furthest : furthest + 1], words)
        self._searched.append((floors, (-int(scores[0]), tuple(others[:, furthest].tolist()))))
        return self._searched[-1][1]

    def _above(self, floors: Floors) -> Problem:
        """The problem with these limits besides."""
        features = list(self._problem.features)
        for other, floor in zip(self._others, floors, strict=True):
            feature = features[other.feature]
            if other.sign > 0:
                least = floor if feature.minimum is None else max(feature.minimum, floor)
                features[other.feature] = replace(feature, minimum=least)
            else:
                most = -floor if feature.maximum is None else min(feature.maximum, -floor)
                features[other.feature] = replace(feature, maximum=most)
        return replace(self._problem, features=tuple(features))


def _holds(lower: Floors, floors: Floors) -> bool:
    """Whether all that is above some floors is above others, too."""
    return all(low <= value for low, value in zip(lower, floors, strict=True))
