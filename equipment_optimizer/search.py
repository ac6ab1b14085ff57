"""Find the best builds of a problem: choose the engine, run it, say what is proved.

In comes a `Problem` and a limit, out come piece indices, scores and a
`SearchReport`. Which engine ran and where never changes the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .equipment import smallest_unsigned
from .exhaustive import (
    BLOCK_LENGTH,
    CACHE_BYTES,
    BlockScores,
    ExhaustiveTask,
    TaskResult,
    exhaustive_tasks,
    run_task,
)
from .problem import Problem
from .progress import SCORING, OnProgress, Progress
from .results import SearchReport, format_score
from .separable import is_supported
from .topk import RankCode, TopK

if TYPE_CHECKING:
    from .memory_limit import MemoryLimit

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

#: Where the bounded search does not fit below a memory ceiling, "auto" scores
#: everything up to here instead: a minute or so.
_BEARABLE = 10_000_000_000

#: Rows of the answer that are turned into piece indices at a time: half a megabyte of temporaries.
_DECODED_ROWS = 16_384

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
    cache_bytes : int
        For the kept vectors of a block.
    max_tasks : int or None
        The most tasks that a divided search has.
    memory : MemoryLimit or None
        A ceiling; it decides the engine where that is "auto", and clamps workers,
        blocks and tasks.
    block_scores : callable or None
        A scorer in place of the problem's own: L index columns to int64 scores.
    should_stop : callable or None
        Polled; true ends the search with what is best so far.
    on_progress : callable or None
    on_notice : callable or None
        Told in a sentence what the user should know.
    on_plan : callable or None
        Told in one line what memory is needed, how the work was divided, and why.
    """

    engine: str = "auto"
    workers: int | str = "auto"
    backend: str | None = None
    dask_scheduler: str | None = None
    block_length: int = BLOCK_LENGTH
    cache_bytes: int = CACHE_BYTES
    max_tasks: int | None = None
    memory: MemoryLimit | None = None
    block_scores: BlockScores | None = None
    should_stop: Callable[[], bool] | None = None
    on_progress: OnProgress | None = None
    on_notice: Callable[[str], None] | None = None
    on_plan: Callable[[str], None] | None = None


@dataclass(frozen=True, eq=False)
class SearchOutcome:
    """The best list, best first.

    Attributes
    ----------
    columns : list of L ndarray, shape (K,)
        Piece indices, in the smallest unsigned dtype that holds them.
    scores : ndarray of int64, shape (K,)
        Scaled.
    report : SearchReport
    proved_rows : ndarray of bool, shape (K,), or None
        Which rows are proved to belong, for a search stopped early.
    """

    columns: list[npt.NDArray[np.unsignedinteger[Any]]]
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

    Raises
    ------
    MemoryBudgetError
        If the search does not fit below the ceiling of `options`.
    """
    options = options or SearchOptions()
    limit = min(limit, problem.space.n_combinations)
    engine = _chosen_engine(problem, options)
    if options.memory is not None:
        engine, options = _within_memory(problem, limit, options, engine, options.memory)
    if engine == "bounded":
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


def _within_memory(
    problem: Problem, limit: int, options: SearchOptions, engine: str, memory: MemoryLimit
) -> tuple[str, SearchOptions]:
    """Engine and options that stay below the ceiling; tells what is needed and what was clamped."""
    from .memory_limit import Workforce, plan_search, watch

    engines: tuple[str, ...] = (engine,)
    if options.engine == "auto" and engine == "bounded" and problem.space.n_combinations <= _BEARABLE:
        engines = ("bounded", "exhaustive")
    elsewhere = options.dask_scheduler is not None
    dask = options.backend == "dask" and not elsewhere
    workers = 1 if elsewhere or _alone(problem, options) else options.workers
    workforce = Workforce(workers=workers, dask=dask)
    plan = plan_search(problem, limit, memory, engines, workforce)
    wanted = workforce.n_wanted if plan.engine == "exhaustive" else 1
    if options.on_notice is not None:
        options.on_notice(plan.sentence(memory.ceiling_bytes, wanted))
    keep_workers = elsewhere or plan.n_workers == wanted
    return plan.engine, replace(
        options,
        workers=options.workers if keep_workers else plan.n_workers,
        backend=options.backend if keep_workers or plan.n_workers > 1 else "serial",
        block_length=min(plan.block_length, options.block_length),
        cache_bytes=min(plan.cache_bytes, options.cache_bytes),
        max_tasks=plan.max_tasks,
        should_stop=watch(problem, memory, options.should_stop),
    )


def _alone(problem: Problem, options: SearchOptions) -> bool:
    """Whether an exhaustive search runs in this process without asking the sampler."""
    if options.backend == "serial" or options.workers in (0, 1):
        return True
    unasked = options.workers == "auto" and options.backend is None
    return unasked and problem.space.n_combinations <= _ALWAYS_SERIAL


def _bounded(problem: Problem, limit: int, options: SearchOptions) -> SearchOutcome:
    """Run the bounded engine."""
    from .bounded import BoundedSearch

    started = time.perf_counter()
    total = problem.space.n_combinations

    def on_bound(bound: int, threshold: int | None) -> None:
        if options.on_progress is not None:
            gap = "unknown" if threshold is None else format_score(max(0, bound - threshold), problem.digits)
            settled = run.settled_share
            share = "" if settled is None else f", {settled:.3%} of the space settled"
            options.on_progress(Progress(SCORING, run.figures.enumerated, None, detail=f"gap {gap}{share}"))

    run = BoundedSearch(problem, limit, should_stop=options.should_stop, on_bound=on_bound, on_notice=options.on_notice)
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
    return SearchOutcome(_decoded(run.code, words), scores, report, proved_rows)


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
    best = _score_everything(problem, limit, options)
    scores, n_done = best.scores, best.n_done
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
    return SearchOutcome(_decoded(code, best.words), scores, report, proved_rows)


def _decoded(code: RankCode, words: IntArray) -> list[npt.NDArray[np.unsignedinteger[Any]]]:
    """Piece indices of rank words, in the smallest dtypes; eight times less than int64 where parts are small."""
    n_rows = words.shape[1]
    columns = [np.empty(n_rows, smallest_unsigned(size)) for size in code.sizes]
    for start in range(0, n_rows, _DECODED_ROWS):
        rows = slice(start, start + _DECODED_ROWS)
        for column, indices in zip(columns, code.decode(words[:, rows]), strict=True):
            column[rows] = indices
    return columns


@dataclass(frozen=True, eq=False)
class _Work:
    """What every task of a divided search needs; sent to each worker once."""

    problem: Problem
    limit: int
    block_length: int
    cache_bytes: int
    block_scores: BlockScores | None


def _run(work: _Work, task: ExhaustiveTask) -> TaskResult:
    """One task, in whatever process."""
    return run_task(
        work.problem,
        task,
        work.limit,
        block_scores=work.block_scores,
        block_length=work.block_length,
        cache_bytes=work.cache_bytes,
    )


def _with_filler(problem: Problem, options: SearchOptions) -> SearchOptions:
    """The options with a scorer that fills slots, where decorations are given."""
    if problem.decorations is None or options.block_scores is not None:
        return options
    from .decorate import FilledScores

    return replace(options, block_scores=FilledScores(problem))


def _score_everything(problem: Problem, limit: int, options: SearchOptions) -> TaskResult:
    """Score every combination; the best, and how many were scored."""
    total = problem.space.n_combinations
    options = _with_filler(problem, options)
    plain = options.block_scores is not None

    def on_done(n_done: int) -> None:
        if options.on_progress is not None:
            options.on_progress(Progress(SCORING, n_done, total))

    alone = _alone(problem, options)
    n_tasks = 1 if alone else max(_MIN_TASKS, total // _TASK_COMBINATIONS)
    if options.max_tasks is not None:
        n_tasks = min(n_tasks, options.max_tasks)
    tasks = exhaustive_tasks(problem, n_tasks, block_length=options.block_length, plain=plain)
    if alone:
        result = run_task(
            problem,
            next(tasks),
            limit,
            block_scores=options.block_scores,
            block_length=options.block_length,
            cache_bytes=options.cache_bytes,
            should_stop=options.should_stop,
            on_done=on_done,
        )
        on_done(result.n_done)
        return result
    # Brings in threads and logging (0.7 MiB), which most jobs do without.
    from .parallel import ordered_map

    work = _Work(problem, limit, options.block_length, options.cache_bytes, options.block_scores)
    top = TopK(limit, RankCode(problem.space.position_sizes).n_words)
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
    return TaskResult(*top.sorted(), n_done)
