"""Find the best builds of a problem: choose the engine, run it, say what is proved.

In comes a `Problem` and a limit, out come piece indices, scores and a
`SearchReport`. Which engine ran and where never changes the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from ..problem.problem import Problem
from ..progress import SCORING, Progress
from ..records.equipment import smallest_unsigned
from ..records.results import SearchReport, format_score
from ..records.space import PackedColumns, RankCode
from .exhaustive.options import ENGINES, SearchOptions
from .exhaustive.run import score_everything
from .exhaustive.separable import is_supported
from .tuning import SEPARABLE_PER_BUILD, SMALL_FILLED, SMALL_PLAIN, SMALL_SEPARABLE

if TYPE_CHECKING:
    from ..records.fillings import Fillings
    from .best.best_list import TopK
    from .filling.filler import Filler, Written

__all__ = [
    "ENGINES",
    "SearchOptions",
    "SearchOutcome",
    "chosen_engine",
    "decoded",
    "filled",
    "gap_of",
    "search",
    "sooner_engine",
    "tell_of_decimals",
]

IntArray = npt.NDArray[np.int64]

#: Rows of the answer that are turned into piece indices at a time: half a megabyte of temporaries.
_DECODED_ROWS = 16_384

#: With no more decimals slots are hardly ever filled without bounds.
_USUAL_DECIMALS = 9


class WritesFillings(Protocol):
    """What knows what is in the slots of the builds that were found."""

    @property
    def is_of_all_rows(self) -> bool:
        """Whether it tells of all rows in one go, and only so."""

    def written(
        self,
        columns: Sequence[npt.NDArray[np.unsignedinteger[Any]]],
        scores: IntArray,
        *,
        as_found: bool = False,
        levels_only: bool = False,
        should_stop: Callable[[], bool],
    ) -> Written:
        """See `Filler.written`."""


class SearchOutcome(NamedTuple):
    """The best list, best first: K rows.

    `columns` are L arrays of piece indices in the smallest unsigned dtype that holds them; `scores` are
    scaled; a long list may be packed (`SearchOptions.keeps_packed`). `proved_rows` says of a search stopped
    early which rows are proved to belong; `filler` is what filled slots, if anything did here, `fillings`
    what is in them, where that is settled already.
    """

    columns: Sequence[npt.NDArray[np.unsignedinteger[Any]]]
    scores: IntArray
    report: SearchReport
    proved_rows: npt.NDArray[np.bool_] | None = None
    filler: WritesFillings | None = None
    variants: tuple[int | None, ...] | None = None
    fillings: Fillings | None = None

    def stopped_at(self, n_rows: int, digits: int) -> SearchOutcome:
        """The first rows, of a search that was stopped or whose rows were; `digits` are those of scores."""
        report, proved_rows, n_listed = self.report, self.proved_rows, len(self.scores)
        if report.proved or proved_rows is None:
            proved_rows = np.full(n_listed, report.proved, dtype=np.bool_)
        gap, n_tied = report.gap, report.n_tied
        if n_rows < n_listed:
            # A missing build scores no more than the last one listed and the gap, which was none where all were found.
            further = int(self.scores[n_rows - 1] - self.scores[-1]) if n_rows else 0
            gap = max(Decimal(0), gap - Decimal(format_score(further, digits))) if n_rows else Decimal("Infinity")
            n_tied = None
        return self._replace(
            columns=[column[:n_rows] for column in self.columns],
            scores=self.scores[:n_rows],
            report=replace(report, proved=False, gap=gap, n_tied=n_tied),
            proved_rows=proved_rows[:n_rows],
            variants=None if self.variants is None else self.variants[:n_rows],
        )


def filled(
    outcome: SearchOutcome, filler: WritesFillings, *, as_found: bool, should_stop: Callable[[], bool]
) -> tuple[Fillings, bool]:
    """The fillings of the first rows and whether they are final, see `Filler.written`; a part of a long list at a time.

    Those of a long list are narrow.
    """
    n_rows, columns, are_final = len(outcome.scores), outcome.columns, True
    parts: list[Fillings] = []
    length = max(n_rows, 1) if filler.is_of_all_rows else _DECODED_ROWS
    for start in range(0, max(n_rows, 1), length):
        rows = slice(start, min(start + length, n_rows))
        some = columns.of_rows(rows) if isinstance(columns, PackedColumns) else [column[rows] for column in columns]
        written = filler.written(some, outcome.scores[rows], as_found=as_found, should_stop=should_stop)
        are_final &= written.is_final
        if n_rows <= length:
            return written.fillings, are_final
        parts.append(written.fillings.narrow())
        if len(written.fillings.free_slots) < rows.stop - start:
            break
    return type(parts[0]).joined(parts).narrow(), are_final


def search(problem: Problem, limit: int, options: SearchOptions | None = None) -> SearchOutcome:
    """The best `limit` builds of `problem`, by score and then rank; fewer where fewer satisfy the limits.

    Raises a `MemoryBudgetError` if the search does not fit below the ceiling of `options`.
    """
    options = options or SearchOptions()
    limit = min(limit, problem.space.n_combinations)
    engine = chosen_engine(problem, limit, options)
    if options.memory_bytes is not None:
        from .memory_limit import within_memory

        engine, options = within_memory(problem, limit, options, engine=engine, ceiling_bytes=options.memory_bytes)
    if engine == "bounded":
        if options.checkpoint is not None and options.on_notice is not None:
            options.on_notice("the bounded engine keeps no checkpoint: to resume it is to run it again")
        return _bounded(problem, limit, options)
    return _exhaustive(problem, limit, options)


def chosen_engine(problem: Problem, limit: int, options: SearchOptions) -> str:
    """The engine asked for, or the one that is done sooner."""
    if options.engine != "auto":
        return options.engine
    if options.block_scores is not None:
        return "exhaustive"
    filled = problem.decorations is not None
    return sooner_engine(problem.space.n_combinations, limit, separable=is_supported(problem), filled=filled)


def sooner_engine(n_combinations: int, limit: int, *, separable: bool, filled: bool = False) -> str:
    """The engine, "exhaustive" or "bounded", that is likely to be done first.

    Scoring everything takes a time proportional to `n_combinations`; the bounded
    search takes a start and a time for each build that it lists, and a `separable`
    score is so fast that thousands of combinations take no longer.
    benchmarks/search/engine_choice.py.
    """
    most = SMALL_FILLED if filled else SMALL_PLAIN
    if separable:
        most = SMALL_SEPARABLE + SEPARABLE_PER_BUILD * limit
    return "exhaustive" if n_combinations <= most else "bounded"


def tell_of_decimals(problem: Problem, filler: Filler | None, options: SearchOptions) -> None:
    """Say that weights are too fine for bounds on what fills slots, where that is so."""
    is_unbounded = filler is not None and filler.bounds is None
    if is_unbounded and problem.digits > _USUAL_DECIMALS and options.on_notice is not None:
        many = f"scores have {problem.digits} decimals, as the weights do"
        options.on_notice(f"{many}: slots are filled without bounds, which may take long; round the weights to fewer")


def _bounded(problem: Problem, limit: int, options: SearchOptions) -> SearchOutcome:
    """Run the bounded engine."""
    from .bounded.run import BoundedSearch
    from .relaxation.linear_program import load_solver

    load_solver()  # which is no part of the search
    started = time.perf_counter()
    total = problem.space.n_combinations

    def on_bound(bound: int, threshold: int | None) -> None:
        if options.on_progress is not None:
            gap = "unknown" if threshold is None else format_score(max(0, bound - threshold), problem.digits)
            settled = run.settled_share
            share = "" if settled is None else f", {settled:.3%} of the space settled"
            options.on_progress(Progress(SCORING, run.offers.n_builds, None, detail=f"gap {gap}{share}"))

    run = BoundedSearch(
        problem, limit, should_stop=options.should_stop, on_bound=on_bound, few_builds=options.few_builds
    )
    tell_of_decimals(problem, run.filler, options)
    run.run()
    columns, scores = _listed(run.top, run.code, options)
    bound = run.bound
    proved = bound is None
    unlisted = total - run.offers.n_builds
    report = SearchReport(
        engine="bounded",
        n_combinations=total,
        proved=proved,
        gap=gap_of(bound, scores, problem.digits),
        counts={
            "enumerated": run.offers.n_builds,
            "pruned_by_bound": unlisted if proved else 0,
            "not_reached": 0 if proved else unlisted,
        },
        n_tied=run.n_tied,
        nodes=run.n_boxes,
        lp_solves=run.n_boxes,
        elapsed_seconds=time.perf_counter() - started,
    )
    proved_rows = None if bound is None else np.asarray(scores) > bound
    return SearchOutcome(columns, scores, report, proved_rows, run.filler)


def _listed(
    top: TopK, code: RankCode, options: SearchOptions
) -> tuple[Sequence[npt.NDArray[np.unsignedinteger[Any]]], IntArray]:
    """Columns and scores of what was found, packed where that is wanted."""
    packed = top.packed() if options.keeps_packed else None
    if packed is not None:
        return packed, cast("IntArray", packed.scores)
    scores, words = top.sorted()
    return decoded(code, words), scores


def gap_of(bound: int | None, scores: IntArray | Sequence[int], digits: int) -> Decimal:
    """The most by which a missing build could exceed the last row."""
    if bound is None:
        return Decimal(0)
    if not len(scores):
        return Decimal("Infinity")
    return Decimal(format_score(max(0, bound - int(scores[-1])), digits))


def _exhaustive(problem: Problem, limit: int, options: SearchOptions) -> SearchOutcome:
    """Run the exhaustive engine."""
    started = time.perf_counter()
    code = RankCode(problem.space.position_sizes)
    top, n_done = score_everything(problem, limit, options)
    columns, scores = _listed(top, code, options)
    total = problem.space.n_combinations
    proved = n_done == problem.space.n_ranks
    # Where parts share rows some ranks are no combination of their own: of those the share that is done.
    n_done = n_done * total // problem.space.n_ranks
    report = SearchReport(
        engine="exhaustive",
        n_combinations=total,
        proved=proved,
        gap=Decimal(0) if proved else gap_of(problem.score_bound, scores, problem.digits),
        counts={"enumerated": n_done, "not_reached": total - n_done},
        elapsed_seconds=time.perf_counter() - started,
    )
    proved_rows = None if proved else np.zeros(len(scores), dtype=bool)
    return SearchOutcome(columns, scores, report, proved_rows)


def decoded(code: RankCode, words: IntArray) -> list[npt.NDArray[np.unsignedinteger[Any]]]:
    """Piece indices of rank words, in the smallest dtypes; eight times less than int64 where parts are small."""
    n_rows = words.shape[1]
    columns = [np.empty(n_rows, smallest_unsigned(size)) for size in code.sizes]
    for start in range(0, n_rows, _DECODED_ROWS):
        rows = slice(start, start + _DECODED_ROWS)
        for column, indices in zip(columns, code.decode(words[:, rows]), strict=True):
            column[rows] = indices
    return columns
