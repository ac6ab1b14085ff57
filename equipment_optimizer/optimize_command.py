"""The main job as a command: equipment and configuration in, the best builds out.

Reads the files, runs the pipeline, writes results and manifest, and says what
happened. Everything heavy is imported after the arguments have been checked.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .arguments import seconds_option, size_option, whole_option, workers_option
from .atomic_file import STDOUT, check_target
from .errors import EXIT_DONE, EXIT_STOPPED_EARLY, UsageError
from .process_memory import peak_rss_bytes
from .progress import CREATING, OnProgress, Progress
from .stopping import StopFlag, stop_on_signals
from .terminal import is_terminal, progress_display, say
from .units import format_count, format_size

if TYPE_CHECKING:
    from .combinations import EquipmentCombinationList
    from .config import Config
    from .equipment import EquipmentTable
    from .results import BuildResults

__all__ = ["add_arguments", "run"]

#: Options of the documented command line that are still to come, with their metavar.
_NOT_YET = {"--checkpoint": "FILE", "--resume": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``optimize``."""
    parser.add_argument("equipment", metavar="EQUIPMENT.csv", help="the pieces")
    parser.add_argument("output", metavar="OUT.csv", help="the builds, best first; - is standard output")
    parser.add_argument("config", metavar="CONFIG.json", help="what you value and demand")
    option = parser.add_argument
    option("--limit", metavar="N", type=whole_option(1), help="builds wanted, instead of the config's limit")
    option("--engine", choices=("auto", "bounded", "exhaustive"), default="auto", help="how to search (default: auto)")
    option("--workers", metavar="auto|N", type=workers_option, default="auto", help="worker processes (default: auto)")
    option("--backend", choices=("serial", "processes", "dask"), help="where workers run")
    option("--dask-scheduler", metavar="ADDRESS", help="a running Dask scheduler, for --backend dask")
    option("--memory", metavar="SIZE", type=size_option, help="memory ceiling, such as 512MiB or 2GB")
    option("--time-limit", metavar="SECONDS", type=seconds_option, help="write what is best so far after this time")
    option("--keep-combinations", action="store_true", help="keep every combination in memory, for python3 -i")
    option("--manifest", metavar="FILE.json", help="write what went in, what was done and what is proved")
    option("--report", metavar="FILE.html", help="write a page to look at: sort, filter, open and compare builds")
    option("--show", metavar="K", type=whole_option(1), help="print the first K builds as a table, on a terminal")
    option("--spreadsheet-safe", action="store_true", help="defuse names that a spreadsheet would take for formulas")
    option("--quiet", action="store_true", help="no notices, no progress, no summary")
    for name, metavar in _NOT_YET.items():
        how: dict[str, Any] = {"nargs": 0} if metavar is None else {"metavar": metavar}
        option(name, action=_Refused, help="not yet available", **how)


class _Refused(argparse.Action):
    """An option that has not arrived."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        raise UsageError(f"{option_string} is not yet available", "leave it out")


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
        _check_arguments(args)
        job = _load(args)
        done = _search(args, job, flag)
        results = done.results
        _export(args, results)
        seconds, peak = time.perf_counter() - started, peak_rss_bytes()
        if args.manifest is not None:
            from .manifest import make_manifest, write_json

            manifest = make_manifest(results, job.hashes, elapsed_seconds=seconds, peak_rss_bytes=peak)
            write_json(manifest, args.manifest)
        if args.report is not None:
            from .report import RunFacts, write_report

            facts = RunFacts(title=_title(args), inputs=job.hashes, elapsed_seconds=seconds, peak_rss_bytes=peak)
            write_report(results, facts, args.report)
    session.update(equipment=results.table, config=results.config, combinations=done.combinations)
    if not args.quiet:
        if not results.report.proved:
            say(_stopped(results, flag.reason or "the time limit"))
        if args.verbose:
            say(_details(results))
        say(_summary(results, seconds, peak))
    if args.show is not None:
        from .show import show_builds

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


def _check_arguments(args: argparse.Namespace) -> None:
    """Refuse what can be refused before any file is read."""
    if args.dask_scheduler is not None and args.backend != "dask":
        raise UsageError("--dask-scheduler needs --backend dask", "add --backend dask, or leave the address out")
    inputs = (args.equipment, args.config)
    check_target(args.output, inputs)
    written = {"builds": args.output}
    for what, path in (("manifest", args.manifest), ("report", args.report)):
        if path is None:
            continue
        check_target(path, inputs)
        for other, taken in written.items():
            if path == taken or _same_file(path, taken):
                raise UsageError(f"the {what} and the {other} would be the same file", "give them different names")
        written[what] = path


def _title(args: argparse.Namespace) -> str:
    """What a report is called: the output without folder and suffix, or the config where there is no such file."""
    import os

    is_file = args.output != STDOUT and os.path.isfile(args.output)
    named: str = args.output if is_file else args.config
    return os.path.splitext(os.path.basename(named))[0]


def _same_file(first: str, second: str) -> bool:
    """Whether two targets, neither of which need exist, are one regular file."""
    import os

    for path in (first, second):
        if path == STDOUT or (os.path.exists(path) and not os.path.isfile(path)):
            return False
    return os.path.realpath(first) == os.path.realpath(second)


def _load(args: argparse.Namespace) -> _Job:
    """Read all input files and pass on their notices."""
    from .loading import load_job

    table, config, notices = load_job(args.equipment, args.config, limit=args.limit)
    for target in (args.output, args.manifest, args.report):
        if target is not None:
            # Only now the side files are known.
            check_target(target, config.inputs)
    hashes: list[dict[str, str | None]] = []
    if args.manifest is not None or args.report is not None:
        from .manifest import hash_files

        hashes = hash_files([args.equipment, *config.inputs])
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


def _search(args: argparse.Namespace, job: _Job, flag: StopFlag) -> _Done:
    """Run the pipeline, and keep every combination where that is wanted."""
    from .pipeline import optimize

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
    from .combinations import CombinationSpace, EquipmentCombinationList
    from .machine import available_bytes
    from .memory_plan import refuse_to_keep
    from .selection import select_pieces

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
    from .combinations import EquipmentCombinationList

    combinations = EquipmentCombinationList.whole_space(table)
    if on_progress is not None:
        on_progress(Progress(CREATING, len(combinations), len(combinations)))
    return combinations


def _export(args: argparse.Namespace, results: BuildResults) -> None:
    """Write the builds, with progress unless they appear on the same terminal."""
    import sys

    from .export import write_csv

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
