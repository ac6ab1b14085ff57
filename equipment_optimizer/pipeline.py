"""The one place that wires the stages: select, compile, search, results.

In comes a checked table and a configuration, out comes a `BuildResults`. Reading
and writing files is not done here, so that a session may do it its own way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import EquipmentOptimizerError, UsageError
from .output.unmentioned_scoring import unmentioned_sentence
from .problem.compile import compile_problem
from .problem.problem import Problem
from .problem.selection import select_pieces, shared_shortage
from .progress import CREATING, OnProgress, Progress
from .questions.few_builds import any_build, few_builds, first_builds
from .records.combinations import EquipmentCombinationList
from .records.config import Config
from .records.equipment import EquipmentTable
from .records.fillings import Fillings
from .records.limited_columns import trades_score
from .records.results import BuildResults
from .records.vocabulary import N_SLOT_LEVELS
from .search.engines import ENGINES, SearchOptions, SearchOutcome, filled, search
from .search.tuning import ASKED_FIRST, ASKING_SECONDS, FINISHING_SECONDS
from .system.stopping import StopFlag, stop_in_session

if TYPE_CHECKING:
    from .problem.formula import FormulaProblem
    from .search.exhaustive.checkpoint import SearchCheckpoint

__all__ = ["Scorer", "optimize"]

#: Scores of a block of combinations: integers, shape (N,).
Scorer = Callable[[EquipmentCombinationList], npt.NDArray[Any]]


def optimize(
    table: EquipmentTable,
    config: Config,
    *,
    limit: int | None = None,
    engine: str = "auto",
    workers: int | str = "auto",
    backend: str | None = None,
    dask_scheduler: str | None = None,
    memory_bytes: int | None = None,
    kept_bytes: int = 0,
    time_limit: float | None = None,
    scorer: Scorer | None = None,
    checkpoint: SearchCheckpoint | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_notice: Callable[[str], None] | None = None,
    on_explanation: Callable[[str], None] | None = None,
    notices: list[str] | None = None,
    explanations: list[str] | None = None,
) -> BuildResults:
    """The best builds of `table` for `config`, proved.

    Parameters
    ----------
    table : EquipmentTable
    config : Config
    limit : int, optional
        Builds wanted; the configuration's own limit by default.
    engine : {"auto", "bounded", "exhaustive"}
        The answer is the same; "auto" takes the one that is done sooner.
    workers : int or "auto"
        Worker processes of an exhaustive search; "auto" measures.
    backend : {"serial", "processes", "dask"}, optional
    dask_scheduler : str, optional
        Address, for the backend "dask".
    memory_bytes : int, optional
        Ceiling for the process and its workers, interpreter included. The search
        is fitted below it: fewer workers, shorter blocks.
    kept_bytes : int
        What the caller will allocate afterwards; counted against the ceiling.
    time_limit : float, optional
        Seconds after which the search ends with what is best so far.
    scorer : callable, optional
        Takes an `EquipmentCombinationList` of N combinations and returns their
        scores, integers of shape (N,), in place of the configuration's weights.
        The search is then exhaustive; minima and other rules do not apply.
    checkpoint : SearchCheckpoint, optional
        Keeps how far an exhaustive search has come, and says where it begins; it
        cannot know a `scorer` again.
    on_progress : callable, optional
        Called with a `Progress` a few times a second.
    should_stop : callable, optional
        Polled a few times a second; true ends the search early.
    on_notice : callable, optional
        Called with a sentence for the user as soon as it is true.
    on_explanation : callable, optional
        Likewise for how the work was divided and why.
    notices, explanations : list of str, optional
        Where there is no callable, the sentences are appended to them.

    Returns
    -------
    BuildResults
        Best first, ties in rank order. ``report.proved`` is false only after an
        early stop, such as Ctrl-C in an interactive session.

    Raises
    ------
    InputError
        If the weights do not fit exact arithmetic.
    InfeasibleError
        If no build satisfies the configuration.
    MemoryBudgetError
        If the ceiling is below what the smallest run needs.
    UsageError
        If an argument is wrong.

    Examples
    --------
    >>> table, config, _ = load_job("example_data/equipment.csv", "example_data/config.json")
    >>> results = optimize(table, config, limit=2)
    >>> results.report.n_combinations, results.report.proved
    (231660, True)
    >>> [str(results.score(k)) for k in range(2)]
    ['49.43', '49.39']
    """
    _check_records(table, config)
    limit = config.limit if limit is None else limit
    _check_arguments(limit, engine, scorer, checkpoint)
    on_notice = on_notice or (None if notices is None else notices.append)
    if backend in (None, "processes"):
        workers = _workers_of_scorer(scorer, workers, on_notice)
    chosen = select_pieces(table, config)
    if config.is_selective:
        from .search.selection import check_selection

        check_selection(table, config, has_scorer=scorer is not None, has_checkpoint=checkpoint is not None)
    scored = _compiled(chosen, config, by_formula=scorer is None)
    problem = scored if isinstance(scored, Problem) else scored.problem
    if not problem.space.n_combinations:
        raise shared_shortage(table, chosen, config)
    flag = StopFlag(time_limit, should_stop)
    options = SearchOptions(
        engine=engine,
        workers=workers,
        backend=backend,
        dask_scheduler=dask_scheduler,
        memory_bytes=memory_bytes,
        n_columns=_n_columns(chosen, config),
        kept_bytes=kept_bytes,
        block_scores=None if scorer is None else partial(_scores_of, scorer, chosen),
        checkpoint=checkpoint,
        should_stop=flag.is_set,
        few_builds=few_builds,
        first_builds=first_builds,
        any_build=any_build,
        on_progress=on_progress,
        on_notice=on_notice,
        on_plan=on_explanation or (None if explanations is None else explanations.append),
    )
    with stop_in_session(flag):
        outcome = _outcome(chosen, config, scored, limit, options)
        results = None if outcome is None else _results(chosen, config, problem, outcome, options)
    if results is None:
        raise _why_nothing_fits(table, config, flag.is_set)
    if on_notice is not None:
        _tell_remarks(results, on_notice, is_scored=scorer is None)
    return results


def _why_nothing_fits(
    table: EquipmentTable, config: Config, should_stop: Callable[[], bool]
) -> EquipmentOptimizerError:
    """The error that says why there is no build; only now the questions behind it are worth their imports."""
    from .questions.infeasible import explain_infeasible

    return explain_infeasible(table, config, should_stop=should_stop)


def _compiled(table: EquipmentTable, config: Config, *, by_formula: bool) -> Problem | FormulaProblem:
    """The problem of a configuration, with its formula where it has one and that is what counts."""
    if config.formula is None or not by_formula:
        return compile_problem(table, config)
    from .problem.formula import compile_formula

    return compile_formula(table, config)


def _outcome(
    table: EquipmentTable, config: Config, scored: Problem | FormulaProblem, limit: int, options: SearchOptions
) -> SearchOutcome | None:
    """The rows; None where there is no build at all."""
    problem = scored if isinstance(scored, Problem) else scored.problem
    if options.on_progress is not None:
        total = problem.space.n_combinations
        options.on_progress(Progress(CREATING, total, total))
    is_bounded = options.engine != "exhaustive" and options.block_scores is None
    is_asked_again = isinstance(scored, Problem) and not config.front and not config.is_selective
    if is_bounded and _is_hopeless(table, config, problem, options.should_stop, is_asked_again=is_asked_again):
        return None
    if config.front:
        outcome = _front(table, config, scored, options)
    elif config.is_selective:
        from .search.selection import search_selection

        lists = None if isinstance(scored, Problem) else partial(_listed_by_formula, scored, options)
        outcome = search_selection(table, config, problem, limit, options, lists=lists)
    elif isinstance(scored, Problem):
        flat = first_builds(problem, limit, options.should_stop) if is_bounded else None
        outcome = flat or search(problem, limit, options._replace(keeps_packed=True))
    else:
        from .search.product.run import search_product

        outcome = search_product(scored, limit, options)
    return outcome if len(outcome.scores) or not outcome.report.proved else None


def _front(
    table: EquipmentTable, config: Config, scored: Problem | FormulaProblem, options: SearchOptions
) -> SearchOutcome:
    """The rows of a front."""
    from .search.front.front import search_front

    if isinstance(scored, Problem):
        return search_front(table, config, options)
    from .search.front import by_boxes, by_limits
    from .search.product.front import product_front

    best = partial(_best_by_formula, table, options)
    if not trades_score(config):
        return search_front(table, config, options, best)
    outcome = by_boxes.front_by_boxes(table, config, options, product_front)
    return outcome or by_limits.front_by_limits(table, config, scored.problem, options, best)


def _best_by_formula(
    table: EquipmentTable,
    options: SearchOptions,
    config: Config,
    build: Sequence[npt.NDArray[np.int64]] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SearchOutcome:
    """The best build by a formula; of one that is given, a column a place, the best filling until `should_stop`."""
    from .problem.formula import compile_formula
    from .search.product.run import only_build, search_product

    formula, options = compile_formula(table, config), options._replace(on_progress=None, on_notice=None)
    if build is None:
        return search_product(formula, 1, options)
    return search_product(only_build(formula, build), 1, options._replace(should_stop=should_stop))


def _listed_by_formula(
    formula: FormulaProblem, options: SearchOptions, kept: Sequence[npt.NDArray[np.int64]], limit: int
) -> SearchOutcome:
    """The best builds of some pieces of each part by a formula."""
    from .problem.piece_costs import without_pieces
    from .search.product.run import search_product

    return search_product(replace(formula, problem=without_pieces(formula.problem, kept)), limit, options)


def _results(
    table: EquipmentTable, config: Config, problem: Problem, outcome: SearchOutcome, options: SearchOptions
) -> BuildResults:
    """The rows with what is in their slots, which a scorer of one's own leaves free: after a stop, what is known."""
    fillings = outcome.fillings
    if fillings is None and problem.decorations is not None and options.block_scores is None:
        fillings, outcome = _filled(problem, outcome, options.should_stop)
    return BuildResults(
        table=table,
        config=config,
        combinations=EquipmentCombinationList(table, outcome.columns),
        scaled_scores=outcome.scores,
        score_digits=problem.digits if options.block_scores is None else 0,
        report=outcome.report,
        fillings=fillings,
        proved_rows=outcome.proved_rows,
        variants=outcome.variants,
    )


def _filled(
    problem: Problem, outcome: SearchOutcome, should_stop: Callable[[], bool] | None
) -> tuple[Fillings, SearchOutcome]:
    """The decorations of each build; the search's own filler knows most of them."""
    from .search.filling.filler import Filler

    is_proved = outcome.report.proved
    end = time.process_time() + FINISHING_SECONDS

    def is_over() -> bool:
        if is_proved:
            return should_stop is not None and should_stop()
        return time.process_time() >= end

    filler = outcome.filler or Filler(problem)
    # Which of equal fillings is written of a search that was stopped does not matter, how soon does.
    fillings, are_final = filled(outcome, filler, as_found=not is_proved, should_stop=is_over)
    if not is_proved or not are_final:
        outcome = outcome.stopped_at(len(fillings.free_slots), problem.digits)
    return fillings, outcome


def _tell_remarks(results: BuildResults, on_notice: Callable[[str], None], *, is_scored: bool) -> None:
    """Say what a user should know of the rows."""
    if results.config.is_selective:
        from .search.selection import tell_of_selection

        tell_of_selection(results, on_notice)
    sentence = unmentioned_sentence(results) if is_scored else None
    if sentence is not None:
        on_notice(sentence)


def _is_hopeless(
    table: EquipmentTable, config: Config, problem: Problem, stop: Callable[[], bool] | None, *, is_asked_again: bool
) -> bool:
    """Whether the minima of a large job rule out every build, where that is quickly proved."""
    n_minima = sum(feature.minimum is not None for feature in problem.features)
    n_limits = sum(feature.n_limits for feature in problem.features)
    if not n_minima or n_limits < 2 or problem.space.n_combinations <= ASKED_FIRST:
        return False
    if problem.exclusive or problem.space.shared_parts:
        return False  # no quick answer
    from .questions.infeasible import is_clearly_infeasible

    return is_clearly_infeasible(table, config, StopFlag(ASKING_SECONDS, stop).is_set, is_asked_again=is_asked_again)


def _n_columns(table: EquipmentTable, config: Config) -> int:
    """The most columns that the output may have."""
    # Slots by level, defence, score, and up to three columns that depend on the config.
    n_fixed = N_SLOT_LEVELS + 5 + len(config.totals) + len(config.counts)
    return n_fixed + len(table.position_names) + len(table.skill_names) + len(table.resistance_names)


def _check_records(table: object, config: object) -> None:
    """Refuse what is no table or no configuration, such as the names of their files."""
    mend = "read both first: table, config, notices = load_job(...)"
    if not isinstance(table, EquipmentTable):
        raise UsageError(f"the table is of type {type(table).__name__}, not an EquipmentTable", mend)
    if not isinstance(config, Config):
        raise UsageError(f"the configuration is of type {type(config).__name__}, not a Config", mend)


def _check_arguments(limit: int, engine: str, scorer: Scorer | None, checkpoint: SearchCheckpoint | None) -> None:
    """Refuse impossible arguments."""
    if limit < 1:
        raise UsageError(f"limit is {limit}", "ask for at least one build")
    if engine not in ENGINES:
        raise UsageError(f"unknown engine: {engine!r}", f"use one of {', '.join(ENGINES)}")
    if scorer is not None and engine == "bounded":
        raise UsageError("a scorer of one's own has no bounds", "use the engine auto or exhaustive")
    if scorer is not None and checkpoint is not None:
        raise UsageError("a checkpoint cannot tell one scorer from another", "leave one of the two out")


def _workers_of_scorer(scorer: Scorer | None, workers: int | str, on_notice: Callable[[str], None] | None) -> int | str:
    """As many workers as a scorer can have: one that does not pickle stays in this process, and that is told."""
    if scorer is None or workers in (0, 1):
        return workers
    import pickle

    try:
        pickle.dumps(scorer)
    except Exception as error:
        why = f"the scorer cannot be sent to worker processes ({' '.join(str(error).split())})"
        if workers != "auto":
            raise UsageError(why, "define it at the top of a module that can be imported, or use workers=1") from error
        if on_notice is not None:
            on_notice(f"{why}; all is scored in this process")
        return 1
    return workers


def _scores_of(
    scorer: Scorer, table: EquipmentTable, columns: Sequence[npt.NDArray[np.int64]]
) -> npt.NDArray[np.int64]:
    """Scores by a user's function, checked: floats would make ties a matter of luck."""
    block = EquipmentCombinationList(table, columns)
    scores = np.asarray(scorer(block))
    if scores.dtype.kind not in "iu" or scores.shape != (len(block),):
        raise UsageError(
            f"the scorer returned {scores.dtype} of shape {scores.shape}",
            f"return integers of shape ({len(block)},): scale decimals to whole numbers first",
        )
    return scores.astype(np.int64)
