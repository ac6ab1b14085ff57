"""What has to differ of the builds of a sequence, and what is in their slots, as far as there is time.

Of equal fillings any is taken from a stop on, and it stays the one of its row: with another one the
row might differ from no other.

Array axes: L positions, N builds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .tuning import FINISHING_SECONDS

if TYPE_CHECKING:
    from ..records.fillings import Fillings
    from .bounded.in_order import InOrder
    from .engines import WritesFillings
    from .filling.filler import Written

__all__ = ["Ahead", "Judge", "Judged", "KnownFillings", "LikelyOutcomes", "OutcomesOf"]

IntArray = npt.NDArray[np.int64]
Columns = Sequence[npt.NDArray[Any]]
Build = tuple[int, ...]

#: Takes N builds, columns of piece indices with scores and what is in their slots; returns what has to differ.
OutcomesOf = Callable[["Columns", IntArray, "Fillings | None"], list[Hashable]]

#: Likely rows whose outcomes are found together, at the most; no more than before, but for twice those that are wanted.
_LIKELY = 1_024


#: Builds that are fetched before it is their turn, at the least and at the most: 2 KB each once they are judged.
_FEWEST_AHEAD, _MOST_AHEAD = 512, 4_096


class Judged(NamedTuple):
    """What has to differ of builds, and what is in their slots where that decides it; whether no stop changed it."""

    outcomes: list[Hashable]
    fillings: Fillings | None = None
    is_final: bool = True

    def filling(self, k: int) -> Fillings | None:
        """What is in the slots of one of them."""
        return None if self.fillings is None else self.fillings.of_rows(range(k, k + 1))


class Shown(NamedTuple):
    """One build as it was judged with others."""

    outcome: Hashable
    judged: Judged
    place: int

    @property
    def filling(self) -> Fillings | None:
        """What is in its slots."""
        return self.judged.filling(self.place)


_NOTHING = Shown(None, Judged([None]), 0)


class Judge:
    """Judges builds of one search; after a stop for so long as finishing may take."""

    def __init__(
        self, outcomes_of: OutcomesOf | None, is_stopped: Callable[[], bool], *, levels_only: bool = False
    ) -> None:
        self._outcomes_of = outcomes_of
        self._is_stopped = is_stopped
        self._levels_only = levels_only
        self._deadline: float | None = None

    def judged(self, columns: Columns, scores: IntArray, *, filler: WritesFillings | None, filled: Columns) -> Judged:
        """The first of N builds, all but after a stop; `filled` are the columns as the filler knows them."""
        if self._outcomes_of is None:
            return Judged([None] * len(scores))
        if filler is None:
            return Judged(self._outcomes_of(columns, scores, None))
        is_late = self._is_stopped()
        if is_late and self._deadline is None:
            self._deadline = time.process_time() + FINISHING_SECONDS
        fillings, is_final = filler.written(
            filled, scores, as_found=is_late, levels_only=self._levels_only, should_stop=self._is_over
        )
        n_known = len(fillings.free_slots)
        outcomes = self._outcomes_of([column[:n_known] for column in columns], scores[:n_known], fillings)
        return Judged(outcomes, fillings, is_final)

    def _is_over(self) -> bool:
        return self._is_stopped() if self._deadline is None else time.process_time() >= self._deadline


class KnownFillings:
    """In the place of what fills slots: the fillings of a list, asked for by builds that follow each other."""

    is_of_all_rows = False

    def __init__(self, columns: Columns, fillings: Fillings) -> None:
        self._fillings = fillings
        self._place = {build: k for k, build in enumerate(zip(*(column.tolist() for column in columns), strict=True))}

    def written(
        self,
        columns: Columns,
        scores: IntArray,
        *,
        as_found: bool = False,
        levels_only: bool = False,
        should_stop: Callable[[], bool],
    ) -> Written:
        """Theirs, as they are known."""
        from .filling.filler import Written

        first = self._place[tuple(int(column[0]) for column in columns)]
        return Written(self._fillings.of_rows(range(first, first + len(scores))), is_final=True)


class Ahead:
    """The builds of an order that no row changes, fetched before it is their turn: judged together they take less.

    No more than before at once, and about as many as the rows are that are wanted, at the last rate.
    """

    def __init__(self, order: InOrder, n_wanted: int) -> None:
        self._order = order
        self._n_wanted = n_wanted
        #: What is fetched, the last one first; how many were, so far and the last time; and the rows before that.
        self.waiting: list[tuple[int, Build]] = []
        self._n_fetched = self._n_last = self._n_rows = 0

    def next(self, n_rows: int) -> tuple[int, Build] | None:
        """The best build that is left, with its score, after so many rows; None where none is, or after a stop."""
        if not self.waiting:
            self._fetch(n_rows)
        return self.waiting.pop() if self.waiting and not self._order.is_stopped() else None

    def _fetch(self, n_rows: int) -> None:
        """Down to the floor, or some of it."""
        each = self._n_last / (1 + n_rows - self._n_rows)
        n_most = min(int(each * (self._n_wanted - n_rows)), self._n_fetched) if self._n_fetched else 2 * self._n_wanted
        n_most = max(_FEWEST_AHEAD, min(n_most, _MOST_AHEAD))
        fetched: list[tuple[int, Build]] = []
        while len(fetched) < n_most and (
            following := self._order.next_passed(n_most - len(fetched), may_lower=not fetched)
        ):
            fetched += following
        self.waiting = fetched[::-1]
        self._n_last, self._n_rows = len(fetched), n_rows
        self._n_fetched += len(fetched)


class LikelyOutcomes:
    """Builds judged as they come in order, with the likely ones after them, or those that are fetched already."""

    def __init__(
        self,
        order: InOrder,
        outcomes_of: OutcomesOf | None,
        columns_of: Callable[[Columns], Columns],
        *,
        n_wanted: int,
        levels_only: bool = False,
        ahead: Ahead | None = None,
    ) -> None:
        self._ahead = ahead
        self._n_first = min(2 * n_wanted, _LIKELY)
        self._order = order
        self._judge = Judge(outcomes_of, order.is_stopped, levels_only=levels_only)
        self._levels_only = levels_only
        self._has_outcomes = outcomes_of is not None
        self._columns_of = columns_of
        self._known: dict[Build, Shown] = {}
        self._is_late = False

    def of(self, score: int, build: Build) -> Shown | None:
        """The outcome of a build and what is in its slots; None where a stop left no time for it."""
        if not self._has_outcomes:
            return _NOTHING
        if build not in self._known and not self._is_late:
            # After a stop builds are looked at once.
            self._is_late = self._order.stopped
            n_likely = min(max(self._n_first, len(self._known)), _LIKELY)
            likely = [(other, most) for most, other in self.likely(n_likely) if other not in self._known]
            asked = dict([(build, score), *likely])
            filled = list(np.array(list(asked), dtype=np.int64).T)
            scores = np.array(list(asked.values()))
            judged = self._judge.judged(self._columns_of(filled), scores, filler=self._order.filler, filled=filled)
            for k, (other, outcome) in enumerate(zip(asked, judged.outcomes, strict=False)):
                self._known[other] = Shown(outcome, judged, k)
        return self._known.get(build)

    def next(self, n_rows: int) -> tuple[int, Build] | None:
        """The best build that is left, with its score, after so many rows; None where none is, or after a stop."""
        return self._order.next() if self._ahead is None else self._ahead.next(n_rows)

    def pass_over(self) -> None:
        """The build of the last `next` is done with."""
        if self._ahead is None:
            self._order.pass_over()

    def put_back(self, score: int, build: Build) -> None:
        """A stop came before the build of the last `next` was looked at."""
        if self._ahead is not None:
            self._ahead.waiting.append((score, build))

    def likely(self, n_most: int) -> list[tuple[int, Build]]:
        """What may be next, with scores: what is fetched, after a stop or where nothing ever is so many others, too."""
        fetched = [] if self._ahead is None else self._ahead.waiting[::-1]
        return [*fetched, *(self._order.likely(n_most) if self._ahead is None or self._order.stopped else ())]

    def written(self, builds: Sequence[Build], scores: Sequence[int]) -> list[Fillings]:
        """What is to be written of builds, as one, where they were judged by other fillings and there is no stop."""
        filler = self._order.filler
        if filler is None or not self._levels_only or not builds or self._order.is_stopped():
            return []
        columns = [np.array(column) for column in zip(*builds, strict=True)]
        written = filler.written(columns, np.array(scores), should_stop=self._order.is_stopped)
        return [] if self._order.stopped else [written.fillings]
