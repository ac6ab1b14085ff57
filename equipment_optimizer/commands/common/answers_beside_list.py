"""What stands beside a list of builds: answers to what its reader asks next, in the manifest and on the page."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import UsageError
from ...output.terminal import progress_display
from ...system.atomic_file import STDOUT
from ...system.stopping import StopFlag
from .arguments import check_pairs

if TYPE_CHECKING:
    from ...records.equipment import EquipmentTable
    from ...records.results import BuildResults

__all__ = ["answers_beside", "check_answers_wanted", "open_answers", "write_beside"]


def check_answers_wanted(args: argparse.Namespace) -> None:
    """Refuse answers that would stand nowhere."""
    check_pairs(args)
    for option in ("wishes", "decorations"):
        if getattr(args, option) and "pieces" not in args.answers:
            raise UsageError(f"--{option} needs --pieces", f"add --pieces, or leave --{option} out")
    if args.answers and args.report is None and args.manifest is None:
        answer = args.answers[0]
        mend = f"name a page for it with --report FILE.html, or use the command {answer}"
        raise UsageError(f"--{answer} needs --report or --manifest", mend)


def answers_beside(
    args: argparse.Namespace,
    table: EquipmentTable,
    results: BuildResults,
    flag: StopFlag,
    started: float,
    *,
    wishes: EquipmentTable | None,
) -> dict[str, list[dict[str, Any]]]:
    """What is told beside the list, within the time limit of the whole run; nothing of one that is not proved."""
    if not args.answers or not results.report.proved or not len(results):
        return {}
    from ...answers.plain_answers import Gains, answers_of

    left = None if args.time_limit is None else max(0.0, args.time_limit - (time.perf_counter() - started))
    within_limit = StopFlag(left, flag.is_set)
    with progress_display(wanted=not args.quiet) as on_progress:
        answers = answers_of(
            table,
            results,
            args.answers,
            gains=Gains(wishes, pairs=args.pairs, decorations=args.decorations),
            on_progress=on_progress,
            should_stop=within_limit.is_set,
        )
    if within_limit.reason is not None:
        flag.set(within_limit.reason)
    return answers


def open_answers(answers: Mapping[str, Sequence[Mapping[str, Any]]], flag: StopFlag) -> str | None:
    """What is not proved of the answers, and why if it was stopped; None where all is."""
    if not answers:
        return None
    from ...answers.plain_answers import open_rows

    told = open_rows(answers)
    return told if told is None or flag.reason is None else f"stopped early by {flag.reason}; {told}"


def write_beside(
    args: argparse.Namespace,
    hashes: Sequence[Mapping[str, str | None]],
    notices: Sequence[str],
    results: BuildResults,
    answers: Mapping[str, Any],
    *,
    written: str | None,
    seconds: float,
    peak: int | None,
) -> None:
    """The manifest and the report page, where they are wanted."""
    if args.manifest is not None:
        from ...output.config_json import write_json
        from ...output.manifest import make_manifest

        manifest = make_manifest(
            results,
            hashes,
            folder=os.path.dirname(args.manifest),
            notices=notices,
            elapsed_seconds=seconds,
            peak_rss_bytes=peak,
            answers=answers,
        )
        write_json(manifest, args.manifest)
    if args.report is not None:
        from ...output.pages.report import RunFacts, write_report

        # Called like the output, or the config where there is no such file; "builds" says nothing that the equipment
        # does not say better.
        is_file = written not in (None, STDOUT) and os.path.isfile(args.output)
        title = os.path.splitext(os.path.basename(args.output if is_file else args.config))[0]
        if title == "builds" and args.equipment != STDOUT:
            title = os.path.splitext(os.path.basename(args.equipment))[0]
        facts = RunFacts(
            title=title,
            inputs=hashes,
            elapsed_seconds=seconds,
            peak_rss_bytes=peak,
            notices=notices,
            command=_command(args),
            answers=answers,
        )
        write_report(results, args.report, facts)


def _command(args: argparse.Namespace) -> str:
    """What makes the same list and page again, in names without folders: a page is there to be shared."""
    words = ["python", "-m", "equipment_optimizer", "optimize"]
    words += [os.path.basename(path) or path for path in (args.equipment, args.output, args.config)]
    words += [] if args.limit is None else ["--limit", str(args.limit)]
    words += [] if args.encoding is None else ["--encoding", args.encoding]
    words += ["--spreadsheet-safe"] if args.spreadsheet_safe else []
    words += [] if args.excel is None else ["--excel" if args.excel == "comma" else f"--excel={args.excel}"]
    words += [f"--{answer}" for answer in dict.fromkeys(args.answers)]
    words += [] if args.wishes is None else ["--wishes", os.path.basename(args.wishes)]
    words += [f"--{option}" for option in ("pairs", "decorations") if getattr(args, option)]
    words += ["--report", os.path.basename(args.report)]
    return shlex.join(words)
