"""The exact greedy sequence: each next row is the best build that is not too much like a row before it.

Whoever is turned down stays turned down, since rows are only added; so builds are looked at once,
in order, from lists that grow. A piece that stands in as many rows as it may is taken out of the
space, and the list begins anew without it. Where only outcomes count, of the pieces that are alike
but for what is linear the best one stands for all.

Array axes: L positions, N builds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..problem.piece_costs import without_pieces
from ..problem.problem import Problem
from .engines import SearchOptions, SearchOutcome, search

__all__ = ["SequenceRules", "search_sequence"]

IntArray = npt.NDArray[np.int64]

#: Builds listed for each row that is wanted, at first; then so many times more.
_FIRST = 4
_GROWTH = 4

#: Builds beyond which those of the last outcomes are not counted any more.
_MOST_COUNTED = 200_000

#: Builds whose outcomes are looked at together.
_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class SequenceRules:
    """What a row may have in common with those before it.

    Attributes
    ----------
    different_pieces : int or None
        In so many positions it differs from each.
    outcomes_of : callable or None
        Takes N builds, columns of piece indices with scores, and returns what has to differ.
    outcome_columns : sequence of ndarray of int64, shape (n, S)
        By part: what of each piece decides its part in an outcome.
    most_rows : int or None
        No piece stands in more rows.
    exempt : sequence of ndarray of bool, shape (n,)
        By part: pieces that may stand in all.
    counts : bool
        How many builds have the outcome of each row is counted; outcomes tell scores apart.
    """

    different_pieces: int | None = None
    outcomes_of: Callable[[Sequence[IntArray], IntArray], list[Hashable]] | None = None
    outcome_columns: Sequence[IntArray] = ()
    most_rows: int | None = None
    exempt: Sequence[npt.NDArray[np.bool_]] = ()
    counts: bool = False


class _Rows:
    """The rows so far, by piece indices of the whole problem."""

    def __init__(self, problem: Problem, rules: SequenceRules) -> None:
        self.positions = self._positions = problem.positions
        self._rules = rules
        self.taken: list[tuple[int, ...]] = []
        self.scores: list[int] = []
        self.proved: list[bool] = []
        self._outcomes: set[Hashable] = set()
        self._times: dict[tuple[int, int], int] = {}
        #: Builds of each outcome that is listed, and whether all of them are counted.
        self.variants: dict[Hashable, int] = {}
        self.is_counted = not rules.counts
        #: Pieces that stand in as many rows as they may, by part.
        self.used_up: set[tuple[int, int]] = set()

    def _named(self, build: tuple[int, ...]) -> list[tuple[int, int]]:
        return list(zip(self._positions, build, strict=True))

    def may_take(self, build: tuple[int, ...], outcome: Hashable) -> bool:
        """Whether a build is not too much like any row."""
        rules = self._rules
        if outcome is not None and outcome in self._outcomes:
            return False
        if any(named in self.used_up for named in self._named(build)):
            return False
        if rules.different_pieces is None:
            return True
        own = set(self._named(build))
        most = len(build) - rules.different_pieces
        return all(len(own.intersection(self._named(row))) <= most for row in self.taken)

    def take(self, build: tuple[int, ...], score: int, outcome: Hashable, *, is_proved: bool) -> bool:
        """Add a row; whether a piece is used up by it."""
        self.taken.append(build)
        self.scores.append(score)
        self.proved.append(is_proved)
        if outcome is not None:
            self._outcomes.add(outcome)
        n_before = len(self.used_up)
        if self._rules.most_rows is not None:
            for b, piece in set(self._named(build)):
                if not self._rules.exempt[b][piece]:
                    self._times[b, piece] = self._times.get((b, piece), 0) + 1
                    if self._times[b, piece] >= self._rules.most_rows:
                        self.used_up.add((b, piece))
        return len(self.used_up) > n_before


def search_sequence(
    problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions | None = None
) -> SearchOutcome:
    """The first `limit` rows of the sequence; fewer where no further build is different enough."""
    rows = _Rows(problem, rules)
    kept, sizes = _standing_for_all(problem, rules)
    n_listed = _FIRST * limit
    last: tuple[int, tuple[int, ...]] | None = None
    first: SearchOutcome | None = None
    while True:
        small = without_pieces(problem, kept)
        if not small.space.n_combinations:
            break
        outcome = search(small, n_listed, options)
        first = first or outcome
        own = [kept[b][np.asarray(column)] for b, column in zip(problem.positions, outcome.columns, strict=True)]
        last, is_used_up = _go_through(rows, rules, (own, outcome), last=last, limit=limit, sizes=sizes)
        is_whole = len(outcome.scores) >= small.space.n_combinations or len(outcome.scores) < n_listed
        is_full = len(rows.taken) >= limit and (rows.is_counted or is_whole or n_listed > _MOST_COUNTED)
        if is_full or not outcome.report.proved:
            rows.is_counted = rows.is_counted or (is_whole and outcome.report.proved)
            break
        if is_used_up:
            kept = [
                np.array([piece for piece in pieces.tolist() if (b, piece) not in rows.used_up], dtype=np.int64)
                for b, pieces in enumerate(kept)
            ]
        elif is_whole:
            rows.is_counted = True
            break
        else:
            n_listed *= _GROWTH
    if first is None:
        return search(problem, 1, options)
    report = replace(
        first.report,
        n_combinations=problem.space.n_combinations,
        proved=first.report.proved and outcome.report.proved,
        gap=max(first.report.gap, outcome.report.gap),
        counts=_adding_up(first, problem),
        n_tied=None,
    )
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows.taken, strict=True)]
    columns = columns or [np.zeros(0, dtype=np.int64) for _ in problem.positions]
    proved_rows = None if report.proved else np.array(rows.proved, dtype=np.bool_)
    scores = np.array(rows.scores, dtype=np.int64)
    variants = None
    if rules.counts:
        # Of the last score there may be more than were listed.
        is_open = [not rows.is_counted and score == rows.scores[-1] for score in rows.scores]
        counted = zip(rows.variants.values(), is_open, strict=True)
        variants = tuple(None if is_more else n for n, is_more in counted)
    return SearchOutcome(columns, scores, report, proved_rows, None, variants)  # type: ignore[arg-type]


def _go_through(
    rows: _Rows,
    rules: SequenceRules,
    listed: tuple[Sequence[IntArray], SearchOutcome],
    *,
    last: tuple[int, tuple[int, ...]] | None,
    limit: int,
    sizes: Sequence[IntArray],
) -> tuple[tuple[int, tuple[int, ...]] | None, bool]:
    """Take what may be taken of a list after `last`; the last build looked at, and whether a piece is used up."""
    columns, outcome = listed
    builds = list(zip(*(column.tolist() for column in columns), strict=True))
    scores = outcome.scores.tolist()
    start = 0
    while last is not None and start < len(builds) and (-scores[start], builds[start]) <= (-last[0], last[1]):
        start += 1
    for begin in range(start, len(builds), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        outcomes: list[Hashable] = [None] * len(builds[some])
        if rules.outcomes_of is not None:
            outcomes = rules.outcomes_of([column[some] for column in columns], outcome.scores[some])
        for k, (build, shown) in enumerate(zip(builds[some], outcomes, strict=True), begin):
            last = scores[k], build
            if rules.counts:
                n_builds = math.prod(int(sizes[b][piece]) for b, piece in zip(rows.positions, build, strict=True))
                if shown in rows.variants:
                    rows.variants[shown] += n_builds
                elif len(rows.taken) < limit:
                    rows.variants[shown] = n_builds
                if len(rows.taken) >= limit:
                    rows.is_counted = rows.is_counted or scores[k] < rows.scores[-1]
                    if rows.is_counted:
                        return last, False
                    continue
            if rows.may_take(build, shown):
                is_proved = outcome.proved_rows is None or bool(outcome.proved_rows[k])
                is_used_up = rows.take(build, scores[k], shown, is_proved=is_proved)
                if is_used_up or (len(rows.taken) >= limit and not rules.counts):
                    return last, is_used_up
    return last, False


def _standing_for_all(problem: Problem, rules: SequenceRules) -> tuple[list[IntArray], list[IntArray]]:
    """The pieces that are looked at, ascending, by part: all, or the best of those that are alike in outcomes.

    And how many each piece stands for, shape (n,).
    """
    every = [np.arange(len(part.linear)) for part in problem.parts]
    if rules.outcomes_of is None or rules.different_pieces is not None or rules.most_rows is not None:
        return every, [np.ones(len(pieces), dtype=np.int64) for pieces in every]
    kept, sizes = [], []
    for part, count, pieces, shown in zip(
        problem.parts, problem.space.counts, every, rules.outcome_columns, strict=True
    ):
        if count > 1 or problem.exclusive or problem.space.shared_parts:
            kept.append(pieces)
            sizes.append(np.ones(len(pieces), dtype=np.int64))
            continue
        alike = np.column_stack([part.levels, part.bonus_counts, part.slots, shown])
        _, owner = np.unique(alike, axis=0, return_inverse=True)
        order = np.lexsort((pieces, -part.linear, owner.reshape(-1)))
        is_first = np.diff(owner.reshape(-1)[order], prepend=-1) != 0
        kept.append(np.sort(order[is_first]))
        sizes.append(np.bincount(owner.reshape(-1))[owner.reshape(-1)])
    return kept, sizes


def _adding_up(first: SearchOutcome, problem: Problem) -> dict[str, int]:
    """The counts of the first search, with what it left out, so that they add up to the whole space."""
    counts = dict(first.report.counts)
    left = problem.space.n_combinations - sum(counts.values())
    if left:
        counts["pruned_by_bound"] = counts.get("pruned_by_bound", 0) + left
    return counts
