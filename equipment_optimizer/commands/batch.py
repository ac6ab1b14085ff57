"""The command ``batch``: remake every build list that is out of date.

Reads the batch file, runs the batch, writes the pages, and says what happened: a
table on standard output, everything else on standard error. Heavy modules are
imported only once there is something to make.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from ..batch.batch_file import read_batch
from ..batch.outputs import Outputs
from ..batch.pages import BatchPages, end_checkpoint, open_checkpoint
from ..batch.run import BatchOptions, BatchRun, Entry
from ..errors import UsageError
from ..output.terminal import is_terminal, progress_display, say
from ..system.atomic_file import make_folder
from ..system.stopping import StopFlag, stop_on_signals
from ..units import format_count
from .common.arguments import add_answers, add_checkpoint, add_overwrite, add_place, add_time_limit, add_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("builds.json", "builds.json --changes changes.md --report-dir pages")

_COLUMNS = ("list", "rows", "best score", "what happened", "seconds", "notices")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The lists, which of them, how they are made, and what is written beside them."""
    option = parser.add_argument
    option("batch", metavar="BUILDS.json", help="the lists, or a folder of configs with equipment.csv")
    option("--only", metavar="NAME", action="append", default=[], help="this list only; may be given several times")
    option("--force", action="store_true", help="make also what is up to date")
    option("--dry-run", action="store_true", help="say what would be made and why; write nothing")
    add_workers(option)
    add_place(option)
    add_time_limit(option, "stop after this time, as Ctrl-C does; what is not made yet is left as it is")
    option("--changes", metavar="FILE.md", help="write what changed in every list, and why; also as FILE.html")
    option("--report-dir", metavar="DIR", help="write a page for every list and an index into this folder")
    add_answers(option, "every page")
    option("--disjoint", action="store_true", help="the lists' best builds share no piece")
    option("--priority", action="store_true", help="with --disjoint: by priority in file order, at once")
    add_checkpoint(option, "batch")
    add_overwrite(option)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``batch``, the `BatchRun`; the worst exit code of the lists."""
    _check_arguments(args)
    started = time.perf_counter()
    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag):
        batch = read_batch(args.batch)
        outputs = Outputs(args.report_dir, wants_changes=args.changes is not None)
        outputs.answers = tuple(sorted(set(args.answers)))
        batch_run = BatchRun(batch, outputs, _options(args))
        pages = BatchPages(report_dir=args.report_dir, changes=args.changes)
        pages.check(batch, overwrite=args.overwrite)
        if args.disjoint:
            outputs.jointly = {"disjoint": outputs.digest(batch_run.lists), "priority": args.priority}
        if args.checkpoint is not None:
            checkpoint = open_checkpoint(
                args.checkpoint, batch_run, pages=pages, priority=args.priority, resume=args.resume
            )
            batch_run.checkpoint = checkpoint
            if args.resume and not checkpoint.is_continued and not args.quiet:
                say(f"notice: {args.checkpoint} is not there yet: beginning at the beginning")
        batch_run.survey(together=args.disjoint)
        batch_run.restore()
        if args.dry_run:
            _print_plan(batch_run)
            return batch_run.exit_code
        if args.report_dir is not None:
            make_folder(args.report_dir)
        _make(args, batch_run, flag)
        pages.write(batch_run)
        if end_checkpoint(batch_run) and not args.quiet:
            say(f"notice: {args.checkpoint} keeps how far it came; with --resume the same command goes on")
    session["batch"] = batch_run
    _tell(args, batch_run, time.perf_counter() - started)
    return batch_run.exit_code


def _options(args: argparse.Namespace) -> BatchOptions:
    """The arguments that say how to run."""
    return BatchOptions(
        only=tuple(args.only),
        force=args.force,
        workers=args.workers,
        backend=args.backend,
        memory_bytes=args.memory,
        overwrite=args.overwrite,
    )


def _check_arguments(args: argparse.Namespace) -> None:
    """Refuse what can be refused before any file is read."""
    if args.disjoint and args.only:
        raise UsageError("--disjoint needs all lists, and --only leaves some out", "leave one of the two out")
    if args.priority and not args.disjoint:
        raise UsageError("--priority needs --disjoint", "add --disjoint, or leave --priority out")
    if args.answers and args.report_dir is None:
        raise UsageError(f"--{args.answers[0]} needs --report-dir", "name a folder for the pages with --report-dir DIR")
    if args.dry_run and (args.checkpoint is not None or args.resume):
        raise UsageError("--dry-run makes nothing, so that there is nothing to resume", "leave --checkpoint out")
    if args.checkpoint is not None or args.resume:
        from ..system.checkpoint_file import check_checkpoint_path

        check_checkpoint_path(args.checkpoint, resume=args.resume)


def _make(args: argparse.Namespace, batch_run: BatchRun, flag: StopFlag) -> None:
    """Make what is out of date."""
    batch_run.outputs.clean(batch_run.lists)
    if not batch_run.to_make:
        return
    with progress_display(wanted=not args.quiet) as on_progress:
        if args.disjoint:
            from ..batch.disjoint import make_disjoint

            make_disjoint(batch_run, flag, on_progress, jointly=not args.priority)
        else:
            batch_run.make(flag, on_progress)


def _print_plan(batch_run: BatchRun) -> None:
    """What would be made and why, for ``--dry-run``."""
    for entry in batch_run.entries:
        if entry.outcome.status == "failed":
            say(f"error in {entry.name}:\n{entry.outcome.message}")
        what = f"{entry.outcome.status} ({', '.join(entry.reasons)})" if entry.reasons else entry.outcome.status
        print(f"{entry.name}: {what}")


def _tell(args: argparse.Namespace, batch_run: BatchRun, seconds: float) -> None:
    """Notices, errors with the names of their lists, and the table."""
    if not args.quiet:
        for notice in batch_run.notices:
            say(f"notice: {notice}")
        if batch_run.plan and (args.verbose or args.disjoint):
            say(f"notice: {batch_run.plan}")
    for entry in batch_run.entries:
        if entry.outcome.message:
            say(f"error in {entry.name}:\n{entry.outcome.message}")
    _print_table([_cells(entry) for entry in batch_run.entries])
    if not args.quiet:
        counts: dict[str, int] = {}
        for entry in batch_run.entries:
            counts[entry.outcome.status] = counts.get(entry.outcome.status, 0) + 1
        say(f"{', '.join(f'{n} {status}' for status, n in counts.items())}, {seconds:.2f} s")


def _cells(entry: Entry) -> tuple[str, ...]:
    """One line of the table."""
    from ..batch.pages import without_folder

    rows = "" if entry.outcome.n_results is None else format_count(entry.outcome.n_results)
    seconds = "" if entry.outcome.seconds is None else f"{entry.outcome.seconds:.2f}"
    notices = "; ".join(map(without_folder, entry.outcome.notices))
    return entry.name, rows, entry.outcome.best_score or "", entry.outcome.status, seconds, notices


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """With colours on a terminal; plain columns, separated by tabs, elsewhere."""
    if is_terminal(sys.stdout):
        from ..output.terminal_table import print_table

        print_table(_COLUMNS, rows, right=("rows", "best score", "seconds"), coloured="what happened")
        return
    for row in (_COLUMNS, *rows):
        print("\t".join(" ".join(cell.split()) for cell in row))
