"""The exact greedy sequence: each next row is the best build that is not too much like a row before it.

Whoever is turned down stays turned down, since rows are only added; so builds are looked at once,
in order: as the bounded engine comes to them (`bounded.in_order`), or from lists that grow, where
all is scored or parts draw from each other. A piece that stands in as many rows as it may is taken out of the
space, and the list begins anew without it. Where only outcomes count, of the pieces that are alike
but for what is linear the best one stands for all.

Array axes: L positions, N builds.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..problem.piece_costs import without_pieces
from ..problem.problem import Problem
from ..progress import SCORING, Progress
from ..records.results import SearchReport
from ..system.stopping import StopFlag
from ._many_ties import rows_of_ties
from ._outcomes import Ahead, Judge, KnownFillings, LikelyOutcomes
from ._rows import Rows, SequenceRules, as_outcome
from .by_value.counted_values import told_apart
from .engines import SearchOptions, SearchOutcome, chosen_engine, gap_of, search, tell_of_decimals

if TYPE_CHECKING:
    from .bounded.in_order import InOrder
    from .engines import WritesFillings

__all__ = ["SequenceRules", "search_sequence"]

IntArray = npt.NDArray[np.int64]

#: Builds listed for each row that is wanted, at first; then so many times more, less of a formula's: they take longer.
_FIRST = 4
_GROWTH = 4
_GROWTH_BY_FORMULA = 2

#: Builds listed for each row that is still wanted, without a piece that is used up.
_AGAIN = 2

#: Builds beyond which those of the last outcomes are not counted any more; and where the states of those that are alike
#: were too many to be held: to list the builds one by one comes to an end then only by chance.
_MOST_COUNTED, _MOST_COUNTED_OF_MANY = 200_000, 20_000

#: Combinations up to which lists are soon done, however much of them has to be listed.
_FEW = 20_000

#: Builds whose outcomes are looked at together.
_AT_ONCE = 256

#: After a stop so many likely builds are looked at besides.
_LIKELY = 256


def search_sequence(
    problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions | None = None
) -> SearchOutcome:
    """The first `limit` rows of the sequence; fewer where no further build is different enough."""
    options = options or SearchOptions()
    most_counted = _MOST_COUNTED
    if _goes_in_order(problem, limit, rules, options):
        ordered = _in_order(problem, limit, rules, options) or rows_of_ties(problem, limit, rules, options)
        if ordered is not None:
            return ordered
        most_counted = _MOST_COUNTED_OF_MANY
    rows = Rows(problem, rules)
    kept, sizes = _standing_for_all(problem, rules)
    listed = _take_from_lists(
        problem, rows, rules, options, limit=limit, kept=kept, sizes=sizes, most_counted=most_counted
    )
    if listed is None:
        return search(problem, 1, options) if rules.lists is None else rules.lists(kept, 1)
    first, outcome = listed
    report = replace(
        first.report,
        n_combinations=problem.space.n_combinations,
        proved=first.report.proved and outcome.report.proved,
        gap=max(first.report.gap, outcome.report.gap),
        counts=_adding_up(first, problem),
        n_tied=None,
    )
    if not rules.counts:
        return as_outcome(rows, report, None, None)
    # Of the last score there may be more than were listed, and of every one after a stop.
    is_open = [not report.proved or (not rows.is_counted and score == rows.scores[-1]) for score in rows.scores]
    variants = tuple(None if more else n for n, more in zip(rows.variants.values(), is_open, strict=True))
    return as_outcome(rows, report, None, variants)


def _take_from_lists(
    problem: Problem,
    rows: Rows,
    rules: SequenceRules,
    options: SearchOptions,
    *,
    limit: int,
    kept: list[IntArray],
    sizes: Sequence[IntArray],
    most_counted: int,
) -> tuple[SearchOutcome, SearchOutcome] | None:
    """Take rows from lists of the best that grow: the first list and the last; None where there is no combination."""
    n_listed = _FIRST * limit
    last: tuple[int, tuple[int, ...]] | None = None
    first: SearchOutcome | None = None
    is_stopped = StopFlag(also=options.should_stop).is_set
    judge = Judge(rules.outcomes_of, is_stopped)
    while True:
        small = without_pieces(problem, kept)
        if not small.space.n_combinations:
            break
        outcome = search(small, n_listed, options) if rules.lists is None else rules.lists(kept, n_listed)
        first, options = first or outcome, options._replace(on_notice=None)  # of longer lists there is no more to say
        columns = [kept[b][np.asarray(column)] for b, column in zip(problem.positions, outcome.columns, strict=True)]
        last, is_used_up, n_left = _go_through(
            rows,
            rules,
            columns,
            outcome,
            filler=_filler_of(outcome, small, rules),
            judge=judge,
            last=last,
            limit=limit,
            sizes=sizes,
            is_stopped=is_stopped,
        )
        is_whole = len(outcome.scores) >= small.space.n_combinations or len(outcome.scores) < n_listed
        if n_left:
            missed = int(outcome.scores[-n_left])
            report = replace(outcome.report, proved=False, gap=gap_of(missed, rows.scores, problem.digits))
            outcome = outcome._replace(report=report)
        is_full = len(rows.taken) >= limit and (rows.is_counted or is_whole or n_listed > most_counted)
        if is_full or not outcome.report.proved:
            rows.is_counted = rows.is_counted or (is_whole and outcome.report.proved)
            break
        if is_used_up:
            kept = [
                np.array([piece for piece in pieces.tolist() if (b, piece) not in rows.used_up], dtype=np.int64)
                for b, pieces in enumerate(kept)
            ]
            # Those that were looked at and are left come first again.
            builds = zip(*(column.tolist() for column in columns), strict=True)
            passed = itertools.takewhile(rows.taken[-1].__ne__, builds)
            n_again = sum(not rows.has_used_up(build) for build in passed)
            n_listed = n_again + _AGAIN * max(1, limit - len(rows.taken))
        elif is_whole:
            rows.is_counted = True
            break
        else:
            n_listed *= _GROWTH if rules.lists is None else _GROWTH_BY_FORMULA
    return None if first is None else (first, outcome)


def _filler_of(outcome: SearchOutcome, problem: Problem, rules: SequenceRules) -> WritesFillings | None:
    """What fills the builds of a list, as far as their outcomes or the list hang on it."""
    if rules.lists is not None and outcome.filler is not None:
        written = outcome.filler.written(outcome.columns, outcome.scores, should_stop=lambda: False)
        return KnownFillings(outcome.columns, written.fillings)
    if outcome.filler is None and rules.outcomes_of is not None and problem.decorations is not None:
        from .filling.filler import Filler

        return Filler(problem)
    return outcome.filler


def _goes_in_order(problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions) -> bool:
    """Whether builds are looked at as the bounded engine comes to them."""
    space = problem.space
    if rules.lists is not None:
        return False
    is_told_apart = rules.different_pieces is not None
    if not space.n_combinations or (space.shared_parts and (is_told_apart or rules.outcomes_of is not None)):
        return False
    if (is_told_apart or rules.most_rows is not None) and any(
        optional and count > 1 for optional, count in zip(space.optional, space.counts, strict=True)
    ):
        return False  # two empty places of a part are not told apart there
    if options.memory_bytes is not None:
        return False  # what lists take is known
    if rules.counts and options.engine == "auto" and space.n_combinations > _FEW:
        return True  # a list may need all of them
    return chosen_engine(problem, limit, options) == "bounded"


def _in_order(problem: Problem, limit: int, rules: SequenceRules, options: SearchOptions) -> SearchOutcome | None:
    """The rows, looked at in order; None where too many builds are alike."""
    from .bounded.in_order import InOrder, TooManyCandidates

    started = time.perf_counter()
    tells_pieces = rules.different_pieces is not None or rules.most_rows is not None
    kept = [np.arange(size) for size in problem.space.sizes] if rules.counts else _standing_for_all(problem, rules)[0]
    small = problem if tells_pieces or rules.counts else without_pieces(problem, kept)
    shown = [column[pieces] for column, pieces in zip(rules.outcome_columns, kept, strict=True)]
    order = InOrder(
        small,
        limit,
        n_different=max(rules.different_pieces or 1, 1) if tells_pieces else None,
        outcome_columns=None if rules.outcomes_of is None else shown,
        counted=rules.counted,
        counts=rules.counts,
        should_stop=options.should_stop,
    )
    tell_of_decimals(problem, order.filler, options)
    rows, on_progress = Rows(problem, rules), options.on_progress or (lambda _: None)
    columns_of, taken = partial(_columns_of, problem, kept), list[tuple[int, ...]]()
    # Rows whose skills differ change nothing of what is next.
    ahead = Ahead(order, limit) if rules.outcomes_of is not None and not (tells_pieces or rules.counts) else None
    outcomes = LikelyOutcomes(
        order, rules.outcomes_of, columns_of, n_wanted=limit, levels_only=rules.levels_only, ahead=ahead
    )
    try:
        while (len(rows.taken) < limit or not rows.is_counted) and (
            following := outcomes.next(len(rows.taken))
        ) is not None:
            score, build = following
            judged = outcomes.of(score, build)
            if judged is None or order.stopped:
                outcomes.put_back(score, build)
                break
            if rules.counts:
                rows.count(judged.outcome, score, order.n_alike, is_full=len(rows.taken) >= limit)
            if judged.outcome is not None:
                outcomes.pass_over()
            is_open = len(rows.taken) < limit and not rows.has(judged.outcome)
            if is_open and rows.may_take(indices := _indices_of(problem, kept, build), judged.outcome):
                before = set(rows.used_up)
                rows.take(indices, score, outcome=judged.outcome, filling=judged.filling, is_proved=True)
                order.take(build, sorted(rows.used_up - before))
                taken.append(build)
                on_progress(Progress(SCORING, order.n_builds, None, detail=f"{len(rows.taken)} rows"))
    except TooManyCandidates:
        return None
    rows.fillings = outcomes.written(taken, rows.scores) or rows.fillings
    n_likely = _LIKELY if rules.outcomes_of is not None else _LIKELY + _FIRST * limit
    bound = order.bound if order.stopped else None
    likely = outcomes.likely(n_likely) if order.stopped else []
    for score, build in sorted(likely, key=lambda each: (-each[0], each[1])):  # they come by score alone
        indices, judged = _indices_of(problem, kept, build), outcomes.of(score, build)
        if judged is None:
            bound = score if bound is None else max(bound, score)
        elif len(rows.taken) < limit and rows.may_take(indices, judged.outcome):
            rows.take(indices, score, outcome=judged.outcome, filling=judged.filling, is_proved=False)
    variants = None
    if rules.counts:
        variants = tuple(rows.variants.values()) if not order.stopped else (None,) * len(rows.taken)
    seconds = time.perf_counter() - started
    return as_outcome(rows, _report(problem, order, rows, bound, seconds=seconds), order.filler, variants)


def _report(problem: Problem, order: InOrder, rows: Rows, bound: int | None, *, seconds: float) -> SearchReport:
    """What was looked at in order; where it was stopped no row that is missing scores more than `bound`."""
    n_combinations, n_listed = problem.space.n_combinations, min(order.n_builds, problem.space.n_combinations)
    return SearchReport(
        engine="bounded",
        n_combinations=n_combinations,
        proved=not order.stopped,
        gap=gap_of(bound, rows.scores, problem.digits),
        counts={
            "enumerated": n_listed,
            "not_reached" if order.stopped else "pruned_by_bound": n_combinations - n_listed,
        },
        nodes=order.boxes.n_bounded,
        lp_solves=order.boxes.n_bounded,
        elapsed_seconds=seconds,
    )


def _indices_of(problem: Problem, kept: Sequence[IntArray], build: Sequence[int]) -> tuple[int, ...]:
    """Indices in a problem of the pieces of a build of the pieces that are looked at."""
    return tuple(int(kept[b][piece]) for b, piece in zip(problem.positions, build, strict=True))


def _columns_of(problem: Problem, kept: Sequence[IntArray], columns: Sequence[IntArray]) -> list[IntArray]:
    """The same of N builds, a column for each position."""
    return [kept[b][column] for b, column in zip(problem.positions, columns, strict=True)]


def _go_through(
    rows: Rows,
    rules: SequenceRules,
    columns: Sequence[IntArray],
    outcome: SearchOutcome,
    *,
    filler: WritesFillings | None,
    judge: Judge,
    last: tuple[int, tuple[int, ...]] | None,
    limit: int,
    sizes: Sequence[IntArray],
    is_stopped: Callable[[], bool],
) -> tuple[tuple[int, tuple[int, ...]] | None, bool, int]:
    """Take what may be taken after `last`; the last build, whether a piece is used up, how many a stop leaves open."""
    builds = list(zip(*(column.tolist() for column in columns), strict=True))
    scores = outcome.scores.tolist()
    start, n_settled = 0, len(builds)
    while last is not None and start < len(builds) and (-scores[start], builds[start]) <= (-last[0], last[1]):
        start += 1
    begin = start
    for begin in _polled(range(start, len(builds), _AT_ONCE), _FIRST * limit, is_stopped):
        some = slice(begin, begin + _AT_ONCE)
        given, filled = ([column[some] for column in of_all] for of_all in (columns, outcome.columns))
        judged = judge.judged(given, outcome.scores[some], filler=filler, filled=filled)
        if not judged.is_final:
            n_settled = min(n_settled, begin)
        for k, (build, shown) in enumerate(zip(builds[some], judged.outcomes, strict=False), begin):
            last = scores[k], build
            if rules.counts:
                n_builds = math.prod(int(sizes[b][piece]) for b, piece in zip(rows.positions, build, strict=True))
                rows.count(shown, scores[k], n_builds, is_full=len(rows.taken) >= limit)
                if rows.is_counted:
                    return last, False, len(builds) - n_settled
                if len(rows.taken) >= limit:
                    continue
            if rows.may_take(build, shown):
                is_proved = judged.is_final and (outcome.proved_rows is None or bool(outcome.proved_rows[k]))
                filling = judged.filling(k - begin)
                is_used_up = rows.take(build, scores[k], outcome=shown, filling=filling, is_proved=is_proved)
                if is_used_up or (len(rows.taken) >= limit and not rules.counts):
                    return last, is_used_up, len(builds) - n_settled
        if len(judged.outcomes) < len(builds[some]):
            return last, False, len(builds) - min(n_settled, begin + len(judged.outcomes))
    return last, False, len(builds) - min(n_settled, begin + _AT_ONCE)


def _polled(begins: range, n_sure: int, is_stopped: Callable[[], bool]) -> Iterator[int]:
    """Where chunks begin, after a stop those of the first `n_sure` builds."""
    for begin in begins:
        if is_stopped() and begin - begins.start >= n_sure:
            return
        yield begin


def _standing_for_all(problem: Problem, rules: SequenceRules) -> tuple[list[IntArray], list[IntArray]]:
    """The pieces that are looked at, ascending, by part: all, or the best of those that are alike in outcomes.

    And how many each piece stands for, shape (n,).
    """
    every = [np.arange(len(part.linear)) for part in problem.parts]
    if rules.outcomes_of is None or rules.different_pieces is not None or rules.most_rows is not None:
        return every, [np.ones(len(pieces), dtype=np.int64) for pieces in every]
    kept, sizes = [], []
    telling = told_apart(rules.outcome_columns, rules.counted)
    for part, count, pieces, shown in zip(problem.parts, problem.space.counts, every, telling, strict=True):
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
