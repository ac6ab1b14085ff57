"""Find the best builds of a problem: choose the engine, run it, say what is proved.

In comes a `Problem` and a limit, out come piece indices, scores and a
`SearchReport`. Which engine ran and where never changes the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from .exhaustive import BLOCK_LENGTH, BlockScores, ExhaustiveTask, TaskResult, exhaustive_tasks, run_task
from .parallel import ordered_map
from .problem import Problem
from .progress import SCORING, OnProgress, Progress
from .results import SearchReport, format_score
from .separable import is_supported
from .topk import RankCode, TopK

__all__ = ["ENGINES", "SearchOptions", "SearchOutcome", "search"]

IntArray = npt.NDArray[np.int64]

#: Below this many combinations nobody asks the sampler: one core is done before a
#: worker process has started (about 50 ms). benchmarks/scoring.py.
_ALWAYS_SERIAL = 20_000_000

#: Combinations per task of a divided search: a few tenths of a second, so that
#: stopping is prompt, a lost worker costs little, and a task's own preparation
#: (about 10 ms) does not show.
_TASK_COMBINATIONS = 100_000_000

#: At least so many tasks where the space is divided, so that workers end together.
_MIN_TASKS = 16

#: Up to here "auto" scores everything: sooner done than the solver is imported
#: (0.2 s), and in less memory. benchmarks/scoring.py.
_SMALL_SEPARABLE = 20_000_000
_SMALL_PLAIN = 500_000

ENGINES = ("auto", "bounded", "exhaustive")


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How to search; none of it changes the answer.

    Attributes
    ----------
    engine : {"auto", "bounded", "exhaustive"}
    workers : int or "auto"
        Worker processes of an exhaustive search.
    backend : str or None
    dask_scheduler : str or None
    block_length : int
        Combinations scored together.
    block_scores : callable or None
        A scorer in place of the problem's own: L index columns to int64 scores.
    should_stop : callable or None
        Polled; true ends the search with what is best so far.
    on_progress : callable or None
    on_plan : callable or None
        Told in one line how the work was divided and why.
    """

    engine: str = "auto"
    workers: int | str = "auto"
    backend: str | None = None
    dask_scheduler: str | None = None
    block_length: int = BLOCK_LENGTH
    block_scores: BlockScores | None = None
    should_stop: Callable[[], bool] | None = None
    on_progress: OnProgress | None = None
    on_plan: Callable[[str], None] | None = None


@dataclass(frozen=True, eq=False)
class SearchOutcome:
    """The best list, best first.

    Attributes
    ----------
    columns : list of L ndarray of int64, shape (K,)
        Piece indices.
    scores : ndarray of int64, shape (K,)
        Scaled.
    report : SearchReport
    proved_rows : ndarray of bool, shape (K,), or None
        Which rows are proved to belong, for a search stopped early.
    """

    columns: list[IntArray]
    scores: IntArray
    report: SearchReport
    proved_rows: npt.NDArray[np.bool_] | None = None


def search(problem: Problem, limit: int, options: SearchOptions | None = None) -> SearchOutcome:
    """The best `limit` builds of `problem`, by score and then rank.

    Parameters
    ----------
    problem : Problem
    limit : int
        At least 1.
    options : SearchOptions, optional

    Returns
    -------
    SearchOutcome
        Fewer rows than `limit` where fewer builds satisfy the minima.
    """
    options = options or SearchOptions()
    limit = min(limit, problem.space.n_combinations)
    if _chosen_engine(problem, options) == "bounded":
        return _bounded(problem, limit, options)
    return _exhaustive(problem, limit, options)


def _chosen_engine(problem: Problem, options: SearchOptions) -> str:
    """The engine asked for, or the one that is done sooner."""
    if options.engine != "auto":
        return options.engine
    if options.block_scores is not None:
        return "exhaustive"
    small = _SMALL_SEPARABLE if is_supported(problem) else _SMALL_PLAIN
    return "exhaustive" if problem.space.n_combinations <= small else "bounded"


def _bounded(problem: Problem, limit: int, options: SearchOptions) -> SearchOutcome:
    """Run the bounded engine."""
    from .bounded import BoundedSearch

    started = time.perf_counter()
    total = problem.space.n_combinations

    def on_bound(bound: int, threshold: int | None) -> None:
        if options.on_progress is not None:
            gap = "unknown" if threshold is None else format_score(max(0, bound - threshold), problem.digits)
            options.on_progress(Progress(SCORING, run.figures.enumerated, None, detail=f"gap {gap}"))

    run = BoundedSearch(problem, limit, should_stop=options.should_stop, on_bound=on_bound)
    run.run()
    scores, words = run.top.sorted()
    bound = run.bound
    proved = bound is None
    figures = run.figures
    unlisted = total - figures.enumerated
    report = SearchReport(
        engine="bounded",
        n_combinations=total,
        proved=proved,
        gap=_gap(bound, scores, problem.digits),
        counts={
            "enumerated": figures.enumerated,
            "pruned_by_bound": unlisted if proved else 0,
            "not_reached": 0 if proved else unlisted,
        },
        n_tied=run.n_tied,
        nodes=figures.nodes,
        lp_solves=figures.lp_solves,
        elapsed_seconds=time.perf_counter() - started,
    )
    proved_rows = None if bound is None else scores > bound
    return SearchOutcome(run.code.decode(words), scores, report, proved_rows)


def _gap(bound: int | None, scores: IntArray, digits: int) -> Decimal:
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
    top = TopK(limit, code.n_words)
    n_done = _score_everything(problem, top, options)
    scores, words = top.sorted()
    total = problem.space.n_combinations
    proved = n_done == total
    report = SearchReport(
        engine="exhaustive",
        n_combinations=total,
        proved=proved,
        gap=Decimal(0) if proved else _gap(problem.score_bound, scores, problem.digits),
        counts={"enumerated": n_done, "not_reached": total - n_done},
        elapsed_seconds=time.perf_counter() - started,
    )
    proved_rows = None if proved else np.zeros(len(scores), dtype=bool)
    return SearchOutcome(code.decode(words), scores, report, proved_rows)


@dataclass(frozen=True, eq=False)
class _Work:
    """What every task of a divided search needs; sent to each worker once."""

    problem: Problem
    limit: int
    block_length: int
    block_scores: BlockScores | None


def _run(work: _Work, task: ExhaustiveTask) -> TaskResult:
    """One task, in whatever process."""
    return run_task(work.problem, task, work.limit, block_scores=work.block_scores, block_length=work.block_length)


def _with_filler(problem: Problem, options: SearchOptions) -> SearchOptions:
    """The options with a scorer that fills slots, where decorations are given."""
    if problem.decorations is None or options.block_scores is not None:
        return options
    from .decorate import FilledScores

    return replace(options, block_scores=FilledScores(problem))


def _score_everything(problem: Problem, top: TopK, options: SearchOptions) -> int:
    """Score every combination into `top`; returns how many were scored."""
    total = problem.space.n_combinations
    options = _with_filler(problem, options)
    plain = options.block_scores is not None

    def on_done(n_done: int) -> None:
        if options.on_progress is not None:
            options.on_progress(Progress(SCORING, n_done, total))

    alone = options.backend == "serial" or options.workers in (0, 1)
    alone = alone or (options.workers == "auto" and options.backend is None and total <= _ALWAYS_SERIAL)
    n_tasks = 1 if alone else max(_MIN_TASKS, total // _TASK_COMBINATIONS)
    tasks = exhaustive_tasks(problem, n_tasks, block_length=options.block_length, plain=plain)
    if alone:
        result = run_task(
            problem,
            next(tasks),
            top.limit,
            block_scores=options.block_scores,
            block_length=options.block_length,
            should_stop=options.should_stop,
            on_done=on_done,
        )
        top.merge(result.scores, result.words)
        on_done(result.n_done)
        return result.n_done
    work = _Work(problem, top.limit, options.block_length, options.block_scores)
    n_done = 0
    with ordered_map(
        _run,
        tasks,
        payload=work,
        workers=options.workers,  # type: ignore[arg-type]
        backend=options.backend,  # type: ignore[arg-type]
        dask_scheduler=options.dask_scheduler,
        chunksize=1,
    ) as results:
        if options.on_plan is not None:
            options.on_plan(str(results.plan))
        for result in results:
            top.merge(result.scores, result.words)
            n_done += result.n_done
            on_done(n_done)
            if options.should_stop is not None and options.should_stop():
                break
    return n_done
