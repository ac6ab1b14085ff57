"""Rows that differ in outcome where so many builds tie that they cannot be listed.

First by all outcomes that there are (`by_state`), counted; where these are too many, score by score in rank order
(`bounded.in_rank_order`), not counted.

Array axes: N builds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..progress import SCORING, Progress
from ..records.results import SearchReport
from ..system.stopping import StopFlag
from ._outcomes import Judge
from ._rows import Rows, SequenceRules, as_outcome
from .engines import SearchOptions, SearchOutcome, WritesFillings, gap_of, search

if TYPE_CHECKING:
    from .bounded.in_rank_order import InRankOrder

__all__ = ["rows_of_ties"]

IntArray = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]

#: Builds whose outcomes are looked at together, and whose slots are filled together.
_AT_ONCE = 256
_FILLED_AT_ONCE = 4_096

#: How far below a score the next one is looked for, at first, and so many times further each time; in the units that
#: scores differ by.
_FIRST_DROP, _FURTHER, _MOST_DROP = 4, 4, 4**6


def rows_of_ties(problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions) -> SearchOutcome | None:
    """The rows, where outcomes alone have to differ; None where neither way gets to them.

    After a stop those that are certain, of the second way; or else those of the best `limit` builds, which are listed
    before anything takes long.
    """
    if rules.outcomes_of is None or rules.different_pieces is not None or rules.most_rows is not None:
        return None
    started = time.perf_counter()
    first = search(problem, limit, options._replace(on_notice=None))
    ties = _Ties(problem, limit, rules, options, first)
    rows = ties.all_outcomes() or ties.in_rank_order()
    if rows is None:
        return ties.of_the_first()
    n_combinations, n_seen = problem.space.n_combinations, min(ties.n_seen, problem.space.n_combinations)
    is_stopped = ties.bound is not None
    report = SearchReport(
        engine="bounded",
        n_combinations=n_combinations,
        proved=not is_stopped,
        gap=gap_of(ties.bound, rows.scores, problem.digits),
        counts={"enumerated": n_seen, "not_reached" if is_stopped else "pruned_by_bound": n_combinations - n_seen},
        elapsed_seconds=time.perf_counter() - started,
    )
    variants = tuple(n if rows.is_counted else None for n in rows.variants.values()) if rules.counts else None
    return as_outcome(rows, report, ties.filler, variants)


class _Ties:
    """One sequence; the builds of `first` are the best ones.

    `filler` is what fills its builds, `n_seen` how many of them were looked at, `bound` the most that a row scores that
    a stop left out.
    """

    def __init__(
        self, problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions, first: SearchOutcome
    ) -> None:
        self._problem, self._limit, self._rules, self._options = problem, limit, rules, options
        self._first = first
        self._is_stopped = StopFlag(also=options.should_stop).is_set
        self.filler: WritesFillings | None = None
        self.n_seen = 0
        self.bound: int | None = None

    def all_outcomes(self) -> Rows | None:
        """The rows, of all outcomes that there are; None where these are too many, or after a stop."""
        from .by_state.outcomes import outcomes_by_state

        rules, rows = self._rules, Rows(self._problem, self._rules)
        if rules.summed is None:
            return None
        every = outcomes_by_state(
            self._problem,
            rules.summed,
            counts=rules.counts,
            should_stop=self._is_stopped,
            on_states=lambda n_states: self._tell(n_states, "states"),
        )
        if every is None:
            return None
        if self._problem.decorations is not None:
            from .filling.filler import Filler

            self.filler = Filler(self._problem)
        for start in range(0, len(every.scores), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            columns = [column[some] for column in every.columns]
            if not self._take(rows, columns, every.scores[some], every.times[some].tolist()):
                return None
            if len(rows.taken) >= self._limit and rows.is_counted:
                break
        rows.is_counted, self.n_seen = True, self._problem.space.n_combinations
        return rows

    def in_rank_order(self) -> Rows | None:
        """The rows, score by score; None where scores are far apart, or after a stop before there is a row."""
        if not self._first.report.proved or not len(self._first.scores):
            return None
        rows, score = Rows(self._problem, self._rules), int(self._first.scores[0])
        # They are the first in rank order: after an early stop there are these.
        self.filler = self._first.filler
        n_best = int((self._first.scores == score).sum())
        for start in range(0, n_best, _AT_ONCE):
            some = slice(start, min(start + _AT_ONCE, n_best))
            columns = [np.asarray(column)[some] for column in self._first.columns]
            if not self._take(rows, columns, self._first.scores[some], [1] * len(columns[0])):
                break
        while len(rows.taken) < self._limit:
            self._take_score(rows, score)
            if len(rows.taken) >= self._limit:
                break
            if self._is_stopped():
                self.bound = score if rows.taken else None
                return rows if rows.taken else None
            following = self._next_score(score)
            if following is None and not self._is_stopped():
                return None
            score = score - self._grain if following is None else following
        return rows

    def of_the_first(self) -> SearchOutcome | None:
        """After a stop the rows among the best builds; None without one."""
        first, rules = self._first, self._rules
        if not self._is_stopped() or not len(first.scores):
            return None
        rows, columns = Rows(self._problem, rules), [np.asarray(column) for column in first.columns]
        judge = Judge(rules.outcomes_of, self._is_stopped)
        judged = judge.judged(columns, first.scores, filler=first.filler, filled=columns)
        builds = zip(*(column.tolist() for column in columns), strict=True)
        for k, (build, outcome) in enumerate(zip(builds, judged.outcomes, strict=False)):
            if rows.may_take(build, outcome):
                is_proved = judged.is_final and (first.proved_rows is None or bool(first.proved_rows[k]))
                score = int(first.scores[k])
                rows.take(build, score, outcome=outcome, filling=judged.filling(k), is_proved=is_proved)
        # What is not listed scores no more than the last of them.
        gap = max(first.report.gap, gap_of(int(first.scores[-1]), rows.scores, self._problem.digits))
        variants = (None,) * len(rows.taken) if rules.counts else None
        return as_outcome(rows, replace(first.report, proved=False, gap=gap), first.filler, variants)

    def _next_score(self, score: int) -> int | None:
        """The next lower score that a build has; None where it is far, or after a stop."""
        grain, most, drop, best = self._grain, score - self._grain, _FIRST_DROP, None
        while best is None and drop <= _MOST_DROP and not self._is_stopped():
            order = self._in_order(score - drop * grain, most)
            for _, scores in order.builds():
                if len(scores):
                    best = int(scores.max())
                    order.raise_to(best + 1)
                if best == most:
                    break
            most, drop = score - (drop + 1) * grain, _FURTHER * drop
        return None if self._is_stopped() else best

    def _in_order(self, least: int, most: int) -> InRankOrder:
        from .bounded.in_rank_order import InRankOrder

        order = InRankOrder(
            self._problem,
            least,
            most,
            outcome_columns=self._rules.outcome_columns,
            counted=self._rules.counted,
            should_stop=self._is_stopped,
        )
        self.filler = order.filler
        return order

    @property
    def _grain(self) -> int:
        """All scores differ by a multiple of it."""
        values = [value for part in self._problem.parts for value in np.unique(part.linear).tolist()]
        for feature in self._problem.features:
            for function in (feature.value, feature.raised_value):
                values += [] if function is None else [*function.slope, *function.intercept]
        values += [*self._problem.slot_weights.tolist(), *self._problem.bonus_linear.ravel().tolist()]
        values += [] if self._problem.decorations is None else self._problem.decorations.linear.tolist()
        return math.gcd(*values) or 1

    def _take_score(self, rows: Rows, score: int) -> None:
        """Take rows of one score, until there are enough."""
        order, met = self._in_order(score, score), set[bytes]()
        for columns, _ in order.builds():
            self.n_seen += order.n_made
            for start in range(0, len(columns[0]), _FILLED_AT_ONCE):
                some = [column[start : start + _FILLED_AT_ONCE] for column in columns]
                fresh = self._fresh(some, score, met)
                for begin in range(0, len(fresh), _AT_ONCE):
                    judged = [column[fresh[begin : begin + _AT_ONCE]] for column in some]
                    if not self._take(rows, judged, np.full(len(judged[0]), score), [1] * len(judged[0])):
                        return
            if len(rows.taken) >= self._limit:
                break
            self._tell(self.n_seen, "combinations", f"{len(rows.taken)} rows")

    def _tell(self, n_done: int, unit: str, detail: str = "") -> None:
        """Say how far it is."""
        if self._options.on_progress is not None:
            self._options.on_progress(Progress(SCORING, n_done, None, unit, detail))

    def _fresh(self, columns: Sequence[npt.NDArray[Any]], score: int, met: set[bytes]) -> Places:
        """The first of N builds with each set of sums that was not met yet; none after a stop."""
        summed, n_builds = self._rules.summed, len(columns[0])
        if summed is None:
            return np.arange(n_builds)
        parts = zip(self._problem.positions, columns, strict=True)
        sums = np.sum([summed.pieces[b][column] for b, column in parts], axis=0)
        if self.filler is not None:
            fillings, is_final = self.filler.written(columns, np.full(n_builds, score), should_stop=self._is_stopped)
            if not is_final or len(fillings.free_slots) < n_builds:
                return np.zeros(0, dtype=np.intp)
            owner = np.repeat(np.arange(n_builds), np.diff(fillings.start))
            in_slots = summed.decorations[fillings.decoration] * fillings.count[:, None]
            sums += fillings.free_slots @ summed.free_slots
            for column in range(sums.shape[1]):
                sums[:, column] += np.bincount(owner, in_slots[:, column], n_builds).astype(np.int64)
        fresh = []
        for k, of_build in enumerate(np.ascontiguousarray(sums)):
            if (key := of_build.tobytes()) not in met:
                met.add(key)
                fresh.append(k)
        return np.array(fresh, dtype=np.intp)

    def _take(self, rows: Rows, columns: Sequence[IntArray], scores: IntArray, times: Sequence[int]) -> bool:
        """Take what may be taken of N builds that stand for so many; false after a stop."""
        judge = Judge(self._rules.outcomes_of, self._is_stopped)
        judged = judge.judged(columns, scores, filler=self.filler, filled=columns)
        if not judged.is_final or len(judged.outcomes) < len(scores):
            return False
        builds = zip(*(column.tolist() for column in columns), strict=True)
        for k, (build, score) in enumerate(zip(builds, scores.tolist(), strict=True)):
            outcome, is_full = judged.outcomes[k], len(rows.taken) >= self._limit
            if self._rules.counts:
                rows.count(outcome, score, times[k], is_full=is_full)
            if not is_full and rows.may_take(build, outcome):
                rows.take(build, score, outcome=outcome, filling=judged.filling(k), is_proved=True)
        return True
