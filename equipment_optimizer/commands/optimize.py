"""The main job as a command: equipment and configuration in, the best builds out.

Reads the files, runs the pipeline, writes results and manifest, and says what
happened. Everything heavy is imported after the arguments have been checked.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_STOPPED_EARLY, InfeasibleError, UsageError
from ..output.terminal import is_terminal, progress_display, say
from ..progress import CREATING, OnProgress, Progress
from ..system.atomic_file import STDOUT, check_target, file_mark
from ..system.machine import peak_rss_bytes
from ..system.stopping import StopFlag, stop_on_signals
from ..units import format_count, format_size
from .optimize_arguments import add_arguments, check_arguments

if TYPE_CHECKING:
    from ..records.combinations import EquipmentCombinationList
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults
    from ..search.exhaustive.checkpoint import SearchCheckpoint

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Carry out ``optimize``.

    Parameters
    ----------
    args : argparse.Namespace
    session : dict
        Takes ``equipment``, ``config`` and ``combinations``.

    Returns
    -------
    int
        The exit code: done, or stopped early.

    Raises
    ------
    EquipmentOptimizerError
        With the exit code of what went wrong.
    """
    started = time.perf_counter()
    flag = StopFlag()
    # Handlers first: whenever a signal comes, what is best by then gets written.
    with stop_on_signals(flag):
        check_arguments(args)
        job = _load(args)
        checkpoint = _checkpoint(args, job)
        try:
            done = _search(args, job, flag, checkpoint)
        except InfeasibleError:
            _forget(checkpoint)
            raise
        results = done.results
        _export(args, results)
        seconds, peak = time.perf_counter() - started, peak_rss_bytes()
        if args.manifest is not None:
            from ..output.manifest import make_manifest, write_json

            manifest = make_manifest(results, job.hashes, elapsed_seconds=seconds, peak_rss_bytes=peak)
            write_json(manifest, args.manifest)
        if args.report is not None:
            from ..output.report_page import RunFacts, write_report

            facts = RunFacts(title=_title(args), inputs=job.hashes, elapsed_seconds=seconds, peak_rss_bytes=peak)
            write_report(results, facts, args.report)
        if results.report.proved:
            _forget(checkpoint)
    session.update(equipment=results.table, config=results.config, combinations=done.combinations)
    if not args.quiet:
        if not results.report.proved:
            say(_stopped(results, flag.reason or "the time limit"))
            if checkpoint is not None and checkpoint.is_kept:
                say(f"notice: {args.checkpoint} keeps how far it came; with --resume the same command goes on")
        if args.verbose:
            say(_details(results))
        say(_summary(results, seconds, peak))
    if args.show is not None:
        from ..output.table import show_builds

        show_builds(results, args.show)
    return EXIT_DONE if results.report.proved else EXIT_STOPPED_EARLY


@dataclass(frozen=True)
class _Job:
    """What was read: the table, the configuration, and hashes of the files for the manifest."""

    table: EquipmentTable
    config: Config
    hashes: list[dict[str, str | None]]


@dataclass(frozen=True)
class _Done:
    """What was found, and the combinations that a session is left with."""

    results: BuildResults
    combinations: EquipmentCombinationList


def _title(args: argparse.Namespace) -> str:
    """What a report is called: the output without folder and suffix, or the config where there is no such file."""
    import os

    is_file = args.output != STDOUT and os.path.isfile(args.output)
    named: str = args.output if is_file else args.config
    return os.path.splitext(os.path.basename(named))[0]


def _load(args: argparse.Namespace) -> _Job:
    """Read all input files and pass on their notices."""
    from ..loading.jobs import load_job

    before = [file_mark(path) for path in (args.equipment, args.config)]
    table, config, notices = load_job(args.equipment, args.config, limit=args.limit)
    for target in (args.output, args.manifest, args.report, args.checkpoint):
        if target is not None:
            # Only now the side files are known.
            check_target(target, config.inputs)
    hashes: list[dict[str, str | None]] = []
    if args.manifest is not None or args.report is not None or args.checkpoint is not None:
        from ..system.file_hashes import hash_files

        hashes = hash_files([args.equipment, *config.inputs])
        for path, mark in zip((args.equipment, args.config), before, strict=True):
            if file_mark(path) != mark:
                # The hash would be of something else than what was read.
                raise UsageError(f"{path} was changed while it was read", "run again when nobody writes to it")
    if not args.quiet:
        for notice in notices:
            say(f"notice: {notice}")
    return _Job(table, config, hashes)


class _Spoken(list[str]):
    """A list of notices that says each one when it is appended."""

    def __init__(self, *, wanted: bool) -> None:
        super().__init__()
        self._wanted = wanted

    def append(self, notice: str) -> None:
        """Say and keep a notice."""
        super().append(notice)
        if self._wanted:
            say(f"notice: {notice}")


def _checkpoint(args: argparse.Namespace, job: _Job) -> SearchCheckpoint | None:
    """The checkpoint of this job, where one is wanted.

    Raises
    ------
    UsageError
        If there is one of another job, or this job could not be known again.
    """
    if args.checkpoint is None:
        return None
    from ..search.exhaustive.checkpoint import SearchCheckpoint
    from ..system.checkpoint_file import CheckpointFile, Identity

    inputs = [(str(one["path"]), one["sha256"]) for one in job.hashes]
    for path, sha256 in inputs:
        if sha256 is None:
            message = f"{path} cannot be read twice, so that a checkpoint would not know it again"
            raise UsageError(message, "put it into a file, or leave --checkpoint out")
    known = tuple((path, sha256) for path, sha256 in inputs if sha256 is not None)
    identity = Identity("optimize", known, {"limit": job.config.limit})
    file = CheckpointFile(args.checkpoint, identity, say)
    if args.resume and file.found is None and not args.quiet:
        say(f"notice: {args.checkpoint} is not there yet: beginning at the beginning")
    return SearchCheckpoint(file, _Spoken(wanted=not args.quiet).append)


def _forget(checkpoint: SearchCheckpoint | None) -> None:
    """The job is done for good."""
    if checkpoint is not None:
        checkpoint.remove()


def _search(args: argparse.Namespace, job: _Job, flag: StopFlag, checkpoint: SearchCheckpoint | None) -> _Done:
    """Run the pipeline, and keep every combination where that is wanted."""
    from ..pipeline import optimize

    notices = _Spoken(wanted=not args.quiet)
    with progress_display(wanted=not args.quiet) as on_progress:
        kept_bytes = _bytes_to_keep(job, args) if args.keep_combinations else 0
        results = optimize(
            job.table,
            job.config,
            engine=args.engine,
            workers=args.workers,
            backend=args.backend,
            dask_scheduler=args.dask_scheduler,
            memory_bytes=args.memory,
            kept_bytes=kept_bytes,
            time_limit=args.time_limit,
            checkpoint=checkpoint,
            on_progress=on_progress,
            should_stop=flag.is_set,
            notices=notices,
            explanations=_Spoken(wanted=args.verbose and not args.quiet),
        )
        combinations = results.combinations
        if args.keep_combinations:
            combinations = _every_combination(results.table, on_progress)
    return _Done(results, combinations)


def _bytes_to_keep(job: _Job, args: argparse.Namespace) -> int:
    """What every combination takes, told before anything is allocated; refused where there is no room."""
    from ..problem.selection import select_pieces
    from ..records.combinations import EquipmentCombinationList
    from ..records.space import CombinationSpace
    from ..search.memory_plan import refuse_to_keep
    from ..system.machine import available_bytes

    table = select_pieces(job.table, job.config)
    n_combinations = CombinationSpace.of(table).n_combinations
    needed = n_combinations * EquipmentCombinationList.bytes_per_combination(table)
    if args.memory is None:
        # With a ceiling, the plan of the search refuses.
        refuse_to_keep(n_combinations, needed, available_bytes())
    if not args.quiet:
        say(f"notice: keeping {format_count(n_combinations)} combinations takes {format_size(needed)}")
    return needed


def _every_combination(table: EquipmentTable, on_progress: OnProgress | None) -> EquipmentCombinationList:
    """Every combination of `table` in columns."""
    from ..records.combinations import EquipmentCombinationList

    combinations = EquipmentCombinationList.whole_space(table)
    if on_progress is not None:
        on_progress(Progress(CREATING, len(combinations), len(combinations)))
    return combinations


def _export(args: argparse.Namespace, results: BuildResults) -> None:
    """Write the builds, with progress unless they appear on the same terminal."""
    import sys

    from ..output.csv_file import write_csv

    mixed = args.output == STDOUT and is_terminal(sys.stdout)
    with progress_display(wanted=not args.quiet and not mixed) as on_progress:
        write_csv(results, args.output, spreadsheet_safe=args.spreadsheet_safe, on_progress=on_progress)


def _stopped(results: BuildResults, reason: str) -> str:
    """What is known of a search that was stopped."""
    gap = results.report.gap
    known = f"by no more than {gap.normalize():f}" if gap.is_finite() else "by an unknown amount"
    return f"notice: stopped early by {reason}; a build that is missing may beat the last row {known}"


def _details(results: BuildResults) -> str:
    """What the search did, for ``--verbose``."""
    report = results.report
    counts = ", ".join(f"{format_count(count)} {rule}" for rule, count in report.counts.items())
    tied = "an unknown number of" if report.n_tied is None else format_count(report.n_tied)
    return f"notice: engine {report.engine}; {counts or 'nothing counted'}; {tied} further builds share the last score"


def _summary(results: BuildResults, seconds: float, peak: int | None) -> str:
    """The last line: combinations, builds kept, seconds, peak memory."""
    memory = "unknown" if peak is None else format_size(peak)
    n_combinations = format_count(results.report.n_combinations)
    return f"{n_combinations} combinations, {len(results):,} kept, {seconds:.2f} s, peak {memory}"
