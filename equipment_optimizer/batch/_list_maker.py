"""One list of a batch, from files to the bytes of its output, in whatever process.

In: a `Job`. Out: a `Made`, which pickles and holds the compressed bytes of the
output and of the report page; an error becomes a part of it. Nothing is written:
that is left to the process that keeps the state, so that a worker which is killed,
or outlives the batch, leaves nothing behind.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_INFEASIBLE, EXIT_STOPPED_EARLY, InfeasibleError, described
from ..system.atomic_file import check_target
from ..system.stopping import StopFlag
from ._compressed_bytes import Packed
from ._outcome import Outcome
from .batch_file import BuildList

if TYPE_CHECKING:
    from ..loading.jobs import SharedEquipment
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults

__all__ = ["Job", "ListMaker", "Made", "check_output", "load_list", "make_list"]

#: Combinations up to which a list is never divided among processes: it is done before
#: they have started. benchmarks/search/scoring.py.
_NEVER_DIVIDED = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One list to make, without the rows of the equipment file that others wear, and with a page where wanted."""

    build_list: BuildList
    worn_by_others: frozenset[int] = frozenset()
    wants_page: bool = False
    answers: tuple[str, ...] = ()  # what the page tells beside the list (`answers.plain_answers`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a job."""

    outcome: Outcome
    output: Packed | None = None
    page: Packed | None = None
    inputs: tuple[str, ...] = ()  # files that were read beside the equipment
    config: dict[str, str] = field(default_factory=dict)  # `_changes.flat_config` of the configuration
    positions: tuple[str, ...] = ()  # names of the columns that hold pieces


@dataclass(slots=True)
class ListMaker:
    """What all jobs of a batch have in common; sent to each worker once."""

    engine_options: dict[str, Any]  # keyword arguments of `pipeline.optimize` beside the list's own
    shared: SharedEquipment | None = None  # equipment that was read in this process


@dataclass(slots=True)
class _Loaded:
    """Filled as soon as a job's files are read, so that it is known whatever error comes later."""

    inputs: tuple[str, ...] = ()
    config: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def make_list(maker: ListMaker, job: Job, *, flag: StopFlag) -> Made:
    """Make one list; never raises, save for what stops the whole process."""
    started = time.perf_counter()
    if flag.is_set():
        return Made(outcome=Outcome(status="interrupted", exit_code=EXIT_STOPPED_EARLY))
    loaded = _Loaded()
    try:
        made = _make(maker, job, loaded, flag)
    except InfeasibleError as error:
        made = Made(outcome=Outcome(status="infeasible", exit_code=EXIT_INFEASIBLE, message=str(error)))
    except Exception as error:
        message, exit_code = described(error)
        made = Made(outcome=Outcome(status="failed", exit_code=exit_code, message=message))
    seconds = time.perf_counter() - started
    outcome = replace(made.outcome, seconds=seconds, notices=loaded.notices)
    return replace(made, outcome=outcome, inputs=loaded.inputs, config=loaded.config)


def check_output(build_list: BuildList, inputs: Iterable[str]) -> None:
    """Refuse an output that cannot be written or is an input; its folder is made when it is needed."""
    if os.path.isdir(os.path.dirname(build_list.output) or os.curdir):
        check_target(build_list.output, inputs)


def load_list(maker: ListMaker, build_list: BuildList) -> tuple[EquipmentTable, Config, tuple[str, ...]]:
    """Equipment, configuration and notices of a list."""
    from ..loading.jobs import SharedEquipment, load_job

    maker.shared = maker.shared or SharedEquipment()
    return load_job(
        build_list.equipment,
        build_list.config,
        limit=build_list.limit,
        encoding=build_list.encoding,
        strict=build_list.strict,
        shared=maker.shared,
    )


def _make(maker: ListMaker, job: Job, loaded: _Loaded, flag: StopFlag) -> Made:
    """Load, search and export."""
    from ..output.pages.batch_index import best_of
    from ..pipeline import optimize
    from ._changes import flat_config

    started = time.perf_counter()
    build_list = job.build_list
    table, config, notices = load_list(maker, build_list)
    loaded.inputs, loaded.config = config.inputs, flat_config(config)
    loaded.notices.extend(notices)
    check_output(build_list, config.inputs)
    table = _without_rows(table, config, job.worn_by_others)
    results = optimize(
        table,
        config,
        time_limit=build_list.time_limit,
        should_stop=flag.is_set,
        notices=loaded.notices,
        **_engine_options(maker, table),
    )
    proved = results.report.proved
    if flag.is_set() and not proved:
        return Made(outcome=Outcome(status="interrupted", exit_code=EXIT_STOPPED_EARLY))
    left = build_list.time_limit
    left = None if left is None else max(0.0, left - (time.perf_counter() - started))
    answers = _answers(table, results, job.answers, loaded, StopFlag(left, flag.is_set))
    if flag.is_set() and job.answers:
        return Made(outcome=Outcome(status="interrupted", exit_code=EXIT_STOPPED_EARLY))
    outcome = Outcome(
        status="made" if proved else "stopped",
        exit_code=EXIT_DONE if proved else EXIT_STOPPED_EARLY,
        n_results=len(results),
        best_score=str(results.score(0)) if len(results) else None,
        worn_rows=_worn_rows(results),
        best=best_of(results),
    )
    return Made(
        outcome=outcome,
        output=Packed.of(lambda packed: _export(results, build_list, packed)),
        page=_page(results, build_list, loaded.notices, started, answers) if job.wants_page else None,
        positions=results.table.position_names,
    )


def _engine_options(maker: ListMaker, table: EquipmentTable) -> dict[str, Any]:
    """Where the search runs: a small one here, whoever might do it."""
    # More than there are where pieces may be in several parts.
    n_more = [count - 1 if optional else 0 for count, optional in zip(table.counts, table.optional, strict=True)]
    sizes = [size + more for size, more in zip(table.part_sizes, n_more, strict=True)]
    if math.prod(map(math.comb, sizes, table.counts)) > _NEVER_DIVIDED:
        return maker.engine_options
    return {**maker.engine_options, "workers": 1, "backend": "serial"}


def _without_rows(table: EquipmentTable, config: Config, rows: frozenset[int]) -> EquipmentTable:
    """The pieces that nobody wears; an `InfeasibleError` where a body part has too few left."""
    if not rows:
        return table
    import numpy as np

    from ..sharing.wardrobe import piece_ids

    keep = ~np.isin(piece_ids(table, config), np.fromiter(rows, dtype=np.int64, count=len(rows)))
    for part, (start, stop) in enumerate(zip(table.part_start[:-1], table.part_start[1:], strict=True)):
        if np.count_nonzero(keep[start:stop]) < table.counts[part] and not table.optional[part]:
            message = f"the lists before took the last pieces of {table.parts[part]}"
            raise InfeasibleError(message, "add pieces, or leave a list out")
    return table.select(keep)


def _worn_rows(results: BuildResults) -> list[int]:
    """What the best build's pieces are known by (`piece_ids`); none where there is no build."""
    if not len(results):
        return []
    from ..sharing.wardrobe import NOTHING_WORN, piece_ids

    best, ids = results.combinations[:1], piece_ids(results.table, results.config).tolist()
    worn = [ids[int(best.rows(position)[0])] for position in range(len(results.table.positions))]
    return [piece for piece in worn if piece != NOTHING_WORN]


def _export(results: BuildResults, build_list: BuildList, packed: Packed) -> None:
    """The output's bytes: those of the single command."""
    from ..output.builds_file import write_builds_to

    write_builds_to(
        packed,
        results,
        build_list.output,
        spreadsheet_safe=build_list.spreadsheet_safe,
        excel=build_list.excel,
    )


def _answers(
    table: EquipmentTable, results: BuildResults, wanted: tuple[str, ...], loaded: _Loaded, flag: StopFlag
) -> dict[str, Any]:
    """What is told beside a list, but for the ranges of a formula, which has no weights."""
    if not wanted or not results.report.proved or not len(results):
        return {}
    from ..answers.plain_answers import answers_of, open_rows

    if results.config.formula is not None and "stability" in wanted:
        loaded.notices.append("a formula has no weights that could be moved: the page tells no ranges")
        wanted = tuple(answer for answer in wanted if answer != "stability")
    answers = answers_of(table, results, wanted, should_stop=flag.is_set)
    told = open_rows(answers)
    loaded.notices.extend([] if told is None else [told])
    return answers


def _page(
    results: BuildResults, build_list: BuildList, notices: list[str], started: float, answers: dict[str, Any]
) -> Packed:
    """The report page's bytes."""
    from ..output.pages.report import RunFacts, left_out, render_report

    told = left_out(results)
    notices.extend([] if told is None else [told])
    inputs = (build_list.equipment, *results.config.inputs)
    facts = replace(RunFacts.of(inputs, title=build_list.name, started=started, notices=notices), answers=answers)
    return Packed.of(lambda packed: packed.write(render_report(results, facts)))
