"""The rows of a sequence so far, and what may follow them.

A place that stays empty differs from every piece, and is no piece that a share counts. Parts that draw from
each other have one another's pieces and empty places: which place a piece is in makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..records.fillings import Fillings
from ..records.results import SearchReport
from ._outcomes import OutcomesOf
from .by_state.outcomes import SummedOutcomes
from .by_value.counted_values import CountedValues
from .engines import SearchOutcome, WritesFillings

__all__ = ["Rows", "SequenceRules", "as_outcome"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SequenceRules:
    """What a row may have in common with those before it."""

    #: By part, shape (n,): numbers of its pieces, equal where one stands for the other in any build.
    names: Sequence[IntArray]
    different_pieces: int | None = None  # in so many positions it differs from each
    outcomes_of: OutcomesOf | None = None  # what has to differ of builds
    #: By part, shape (n, S): what of each piece decides its part in an outcome.
    outcome_columns: Sequence[IntArray] = ()
    counted: Sequence[CountedValues] = ()  # of these the highest count does
    #: What decides outcomes, as sums of what is in a build and its slots; None where it is more than that.
    summed: SummedOutcomes | None = None
    most_rows: int | None = None  # no piece stands in more
    exempt: Sequence[npt.NDArray[np.bool_]] = ()  # by part, shape (n,): pieces that may stand in all
    #: Lists the best builds of the pieces that are left of each part, so many, in place of the engines: a formula's.
    lists: Callable[[Sequence[IntArray], int], SearchOutcome] | None = None
    counts: bool = False  # how many builds have the outcome of each row; outcomes tell scores apart
    levels_only: bool = False  # of what is in slots only the levels of features make outcomes


class Rows:
    """The rows so far, by piece indices of the whole problem."""

    def __init__(self, problem: Problem, rules: SequenceRules) -> None:
        self.positions = problem.positions
        #: Products have any size.
        self.score_type = np.int64 if rules.lists is None else object
        self._rules = rules
        self.taken: list[tuple[int, ...]] = []
        self.scores: list[int] = []
        self.proved: list[bool] = []
        #: What is in the slots of rows, where outcomes depend on that.
        self.fillings: list[Fillings] = []
        self._outcomes: set[Hashable] = set()
        self._times = Counter[int]()
        #: Which rows a piece stands in, or an empty place for the first, second, ... time.
        self._rows_with: dict[tuple[int, int], list[int]] = {}
        #: Builds of each outcome that is listed, and whether all of them are counted.
        self.variants: dict[Hashable, int] = {}
        self.is_counted = not rules.counts
        #: Pieces that stand in as many rows as they may, each a part and its index, in all parts that have them.
        self.used_up: set[tuple[int, int]] = set()

    def _named(self, build: tuple[int, ...]) -> list[tuple[int, int]]:
        """What a build has, and for the how manieth time."""
        names = [int(self._rules.names[b][piece]) for b, piece in zip(self.positions, build, strict=True)]
        return [(name, names[:place].count(name)) for place, name in enumerate(names)]

    def has(self, outcome: Hashable) -> bool:
        """Whether a row has an outcome already; none is none."""
        return outcome is not None and outcome in self._outcomes

    def has_used_up(self, build: tuple[int, ...]) -> bool:
        """Whether a piece of a build stands in as many rows as it may."""
        return bool(self.used_up) and any(each in self.used_up for each in zip(self.positions, build, strict=True))

    def may_take(self, build: tuple[int, ...], outcome: Hashable) -> bool:
        """Whether a build is not too much like any row."""
        rules = self._rules
        if self.has(outcome):
            return False
        if self.has_used_up(build):
            return False
        if rules.different_pieces is None or not self.taken:
            return True
        n_common = Counter(row for named in self._named(build) for row in self._rows_with.get(named, ()))
        return max(n_common.values(), default=0) <= len(build) - rules.different_pieces

    def count(self, outcome: Hashable, score: int, n_builds: int, *, is_full: bool) -> None:
        """Count builds of an outcome that is listed, or will be: of a full list until the last score is over."""
        if outcome in self.variants:
            self.variants[outcome] += n_builds
        elif not is_full:
            self.variants[outcome] = n_builds
        self.is_counted = self.is_counted or (is_full and score < self.scores[-1])

    def take(
        self, build: tuple[int, ...], score: int, *, outcome: Hashable, filling: Fillings | None, is_proved: bool
    ) -> bool:
        """Add a row with its outcome and what is in its slots; whether a piece is used up by it."""
        for named in self._named(build) if self._rules.different_pieces is not None else ():
            self._rows_with.setdefault(named, []).append(len(self.taken))
        self.taken.append(build)
        self.scores.append(score)
        self.proved.append(is_proved)
        if outcome is not None:
            self._outcomes.add(outcome)
        if filling is not None:
            self.fillings.append(filling)
        n_before = len(self.used_up)
        if self._rules.most_rows is not None:
            for b, piece in zip(self.positions, build, strict=True):
                name = self._rules.names[b][piece]
                if not self._rules.exempt[b][piece]:
                    self._times[name] += 1
                    if self._times[name] >= self._rules.most_rows:
                        for part, names in enumerate(self._rules.names):
                            self.used_up.update((part, k) for k in np.flatnonzero(names == name).tolist())
        return len(self.used_up) > n_before


def as_outcome(
    rows: Rows, report: SearchReport, filler: WritesFillings | None, variants: tuple[int | None, ...] | None = None
) -> SearchOutcome:
    """The rows as a search gives them."""
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows.taken, strict=True)]
    columns = columns or [np.zeros(0, dtype=np.int64) for _ in rows.positions]
    proved_rows = None if report.proved else np.array(rows.proved, dtype=np.bool_)
    scores = np.array(rows.scores, dtype=rows.score_type)
    fillings = Fillings.joined(rows.fillings) if rows.fillings else None
    return SearchOutcome(columns, scores, report, proved_rows, filler, variants, fillings)  # type: ignore[arg-type]
