"""The main job as a command: equipment and configuration in, the best builds out.

Reads the files, runs the pipeline, writes results and manifest, and says what
happened. Everything heavy is imported after the arguments have been checked.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import EXIT_DONE, EXIT_STOPPED_EARLY, InfeasibleError, UsageError
from ..output.overwriting import check_builds_target, check_own_target, is_workbook
from ..output.terminal import Notices, is_terminal, progress_display, say
from ..progress import CREATING, Progress
from ..system.atomic_file import STDOUT, check_target, file_mark
from ..system.machine import peak_rss_bytes
from ..system.stopping import StopFlag, stop_on_signals
from ..units import format_count, format_size
from .common.answer_table import read_wishes
from .common.answers_beside_list import answers_beside, check_answers_wanted, open_answers, write_beside
from .common.arguments import (
    add_answers,
    add_checkpoint,
    add_engine,
    add_files,
    add_form,
    add_gains,
    add_limit,
    add_overwrite,
    add_place,
    add_reading,
    add_time_limit,
    add_workers,
    whole_option,
)

if TYPE_CHECKING:
    from ..records.combinations import EquipmentCombinationList
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults
    from ..search.exhaustive.checkpoint import SearchCheckpoint

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = (
    "equipment.csv builds.csv config.json",
    "equipment.csv builds.csv config.json --report builds.html --show 5",
    "equipment.csv builds.csv config.json --limit 1000 --time-limit 60 --manifest run.json",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, how it is done, and what is written beside the builds."""
    add_files(parser, "equipment", "output", "config")
    option = parser.add_argument
    add_limit(option)
    add_engine(option)
    add_workers(option)
    add_place(option)
    option("--dask-scheduler", metavar="ADDRESS", help="a running Dask scheduler, for --backend dask")
    add_time_limit(option, "write what is best so far after this time")
    option("--keep-combinations", action="store_true", help="keep every combination in memory, for python3 -i")
    option("--manifest", metavar="FILE.json", help="write what went in, what was done and what is proved")
    option("--proof", metavar="FILE", help="write a proof that check_proof.py checks, a program of its own")
    option("--report", metavar="FILE.html", help="write a page to look at: sort, filter, open and compare builds")
    add_answers(option, "report and manifest")
    add_gains(option, "with --pieces: ")
    option("--show", metavar="K", type=whole_option(1), help="print the first K builds as a table, on a terminal")
    add_checkpoint(option, "search")
    add_reading(option)
    add_form(option)
    add_overwrite(option)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``equipment``, ``config``, ``results`` and ``combinations``; exit code: done, or stopped early."""
    started = time.perf_counter()
    flag, notices = StopFlag(), Notices(are_wanted=not args.quiet)
    # Handlers first: whenever a signal comes, what is best by then gets written.
    with stop_on_signals(flag):
        _check_arguments(args)
        job = _load(args, notices)
        checkpoint = _checkpoint(args, job, notices)
        try:
            results, combinations = _search(args, job, flag, checkpoint)
        except InfeasibleError:
            _forget(checkpoint)
            if args.proof is not None:
                _prove(args, job, None, flag)
            raise
        written = _export(args, results, notices)
        if args.proof is not None:
            _prove(args, job, results, flag)
        answers = answers_beside(args, job.table, results, flag, started, wishes=job.wishes)
        if args.report is not None:
            _mention_left_out(results, notices)
        seconds, peak = time.perf_counter() - started, peak_rss_bytes()
        write_beside(args, job.hashes, notices.sentences, results, answers, written=written, seconds=seconds, peak=peak)
        if results.report.proved:
            _forget(checkpoint)
    session.update(equipment=results.table, config=results.config, results=results, combinations=combinations)
    if not results.report.proved:
        notices.mention(_stopped(results, flag.reason or "the time limit"))
        if checkpoint is not None and checkpoint.is_kept:
            notices.mention(f"{args.checkpoint} keeps how far it came; with --resume the same command goes on")
    open_told = open_answers(answers, flag)
    if open_told is not None:
        notices.mention(open_told)
    if args.verbose:
        notices.mention(_details(results))
    if not args.quiet:
        say(_summary(results, seconds, peak))
    if args.show is not None:
        from ..output.terminal_table import show_builds

        show_builds(results, args.show)
    return EXIT_DONE if results.report.proved and open_told is None else EXIT_STOPPED_EARLY


class _Job(NamedTuple):
    """What was read: the table, the configuration, hashes of the files for the manifest, notices, and wishes."""

    table: EquipmentTable
    config: Config
    hashes: list[dict[str, str | None]]
    notices: Notices
    wishes: EquipmentTable | None


def _load(args: argparse.Namespace, notices: Notices) -> _Job:
    """Read all input files and pass on their notices."""
    from ..loading.jobs import load_job

    before = [file_mark(path) for path in (args.equipment, args.config)]
    table, config, sentences = load_job(
        args.equipment, args.config, limit=args.limit, encoding=args.encoding, strict=args.strict
    )
    for target in (args.output, args.manifest, args.report, args.proof, args.checkpoint):
        if target is not None:
            # Only now the side files are known.
            check_target(target, config.inputs)
    if is_workbook(args.output):
        from ..output.workbook import check_workbook

        check_workbook(config.limit)
    if args.answers:
        from ..answers.plain_answers import check_answers

        check_answers(config, args.answers)
    hashes: list[dict[str, str | None]] = []
    if args.proof is not None:
        from ..proof.proof_file import check_proof_wanted

        check_proof_wanted(table, config)
    if any(path is not None for path in (args.manifest, args.report, args.proof, args.checkpoint)):
        from ..system.file_hashes import hash_files

        hashes = hash_files([args.equipment, *config.inputs])
        for path, mark in zip((args.equipment, args.config), before, strict=True):
            if file_mark(path) != mark:
                # The hash would be of something else than what was read.
                raise UsageError(f"{path} was changed while it was read", "run again when nobody writes to it")
    for sentence in sentences:
        notices.tell(sentence)
    wishes = None if args.wishes is None else read_wishes(args, table, config)
    return _Job(table, config, hashes, notices, wishes)


def _checkpoint(args: argparse.Namespace, job: _Job, notices: Notices) -> SearchCheckpoint | None:
    """The checkpoint of this job, where one is wanted."""
    if args.checkpoint is None:
        return None
    from ..search.exhaustive.checkpoint import SearchCheckpoint
    from ..system.checkpoint_file import CheckpointFile, Identity

    known = []
    for entry in job.hashes:
        path, sha256 = entry["path"], entry["sha256"]
        if path is None or sha256 is None:
            message = f"{path} cannot be read twice, so that a checkpoint would not know it again"
            raise UsageError(message, "put it into a file, or leave --checkpoint out")
        known.append((path, sha256))
    file = CheckpointFile(args.checkpoint, Identity("optimize", tuple(known), {"limit": job.config.limit}), say)
    if args.resume and file.earlier is None:
        notices.mention(f"{args.checkpoint} is not there yet: beginning at the beginning")
    return SearchCheckpoint(file, notices.mention)


def _prove(args: argparse.Namespace, job: _Job, results: BuildResults | None, flag: StopFlag) -> None:
    """Write a proof, or mention why there is none."""
    from ..proof.proof_option import prove

    hashes = [entry["sha256"] for entry in job.hashes]
    prove(args, job.table, job.config, hashes, results, should_stop=flag.is_set, mention=job.notices.mention)


def _forget(checkpoint: SearchCheckpoint | None) -> None:
    """The job is done for good."""
    if checkpoint is not None:
        checkpoint.remove()


def _search(
    args: argparse.Namespace, job: _Job, flag: StopFlag, checkpoint: SearchCheckpoint | None
) -> tuple[BuildResults, EquipmentCombinationList]:
    """The results, and the combinations that a session is left with: all, where that is wanted."""
    from ..pipeline import optimize

    with progress_display(wanted=not args.quiet) as on_progress:
        kept_bytes = _bytes_to_keep(args, job) if args.keep_combinations else 0
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
            on_notice=job.notices.tell,
            on_explanation=job.notices.mention if args.verbose else None,
        )
        if not args.keep_combinations:
            return results, results.combinations
        from ..records.combinations import EquipmentCombinationList

        combinations = EquipmentCombinationList.whole_space(results.table)
        if on_progress is not None:
            on_progress(Progress(CREATING, len(combinations), len(combinations)))
    return results, combinations


def _bytes_to_keep(args: argparse.Namespace, job: _Job) -> int:
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
    job.notices.mention(f"keeping {format_count(n_combinations)} combinations takes {format_size(needed)}")
    return needed


def _export(args: argparse.Namespace, results: BuildResults, notices: Notices) -> str | None:
    """Write the builds, with progress unless they appear on the same terminal; returns where to, None: nowhere."""
    from ..output.builds_file import write_builds
    from ..output.overwriting import choose_target, remove_partial

    is_proved = results.report.proved
    target = choose_target(args.output, is_proved=is_proved, has_rows=len(results) > 0, overwrite=args.overwrite)
    if target is None:
        notices.mention(f"nothing was found in time: {args.output} is left as it is")
        return None
    mixed = target == STDOUT and is_terminal(sys.stdout)
    with progress_display(wanted=not args.quiet and not mixed) as on_progress:
        write_builds(results, target, spreadsheet_safe=args.spreadsheet_safe, excel=args.excel, on_progress=on_progress)
    if target != args.output:
        notices.mention(f"{args.output} holds a complete list and is left as it is; this one is in {target}")
    elif is_proved:
        remove_partial(target)
    return target


def _mention_left_out(results: BuildResults, notices: Notices) -> None:
    """That the page does not hold all builds."""
    from ..output.pages.report import left_out

    told = left_out(results)
    if told is not None:
        notices.mention(told)


def _stopped(results: BuildResults, reason: str) -> str:
    """What is known of a search that was stopped."""
    gap = results.report.gap
    if results.config.front:
        return f"stopped early by {reason}; what may be missing or replaced: {results.report.unsettled}"
    known = f"by no more than {gap.normalize():f}" if gap.is_finite() else "by an unknown amount"
    return f"stopped early by {reason}; a build that is missing may beat the last row {known}"


def _details(results: BuildResults) -> str:
    """What the search did, for ``--verbose``."""
    report = results.report
    counts = ", ".join(f"{format_count(count)} {rule}" for rule, count in report.counts.items())
    tied = "an unknown number of" if report.n_tied is None else format_count(report.n_tied)
    return f"engine {report.engine}; {counts or 'nothing counted'}; {tied} further builds share the last score"


def _summary(results: BuildResults, seconds: float, peak: int | None) -> str:
    """The last line: combinations, builds kept, seconds, peak memory."""
    memory = "unknown" if peak is None else format_size(peak)
    n_combinations = format_count(results.report.n_combinations)
    return f"{n_combinations} combinations, {len(results):,} kept, {seconds:.2f} s, peak {memory}"


def _check_arguments(args: argparse.Namespace) -> None:
    """Refuse what can be refused before any file is read."""
    if args.dask_scheduler is not None and args.backend != "dask":
        raise UsageError("--dask-scheduler needs --backend dask", "add --backend dask, or leave the address out")
    if args.proof is not None:
        from ..proof.proof_option import check_form

        check_form(args)
    check_answers_wanted(args)
    inputs = (args.equipment, args.config, *([] if args.wishes is None else [args.wishes]))
    check_target(args.output, inputs)
    check_builds_target(args.output, overwrite=args.overwrite)
    written = {"builds": args.output}
    for what, path in (("manifest", args.manifest), ("report", args.report), ("proof", args.proof)):
        if path is None:
            continue
        check_target(path, inputs)
        _check_distinct(what, path, written)
        check_own_target(path, what, overwrite=args.overwrite)
        written[what] = path
    if args.checkpoint is not None or args.resume:
        # Only for whoever wants one: it brings in hashing.
        from ..system.checkpoint_file import check_checkpoint_path

        if args.checkpoint not in (None, STDOUT):
            _check_distinct("checkpoint", args.checkpoint, written)
        check_checkpoint_path(args.checkpoint, resume=args.resume, inputs=inputs)


def _check_distinct(what: str, path: str, written: dict[str, str]) -> None:
    """Refuse a target that another output is written to."""
    for other, taken in written.items():
        if path == taken or _same_file(path, taken):
            raise UsageError(f"the {what} and the {other} would be the same file", "give them different names")


def _same_file(first: str, second: str) -> bool:
    """Whether two targets, neither of which need exist, are one regular file."""
    for path in (first, second):
        if path == STDOUT or (os.path.exists(path) and not os.path.isfile(path)):
            return False
    return os.path.realpath(first) == os.path.realpath(second)
