"""The command ``verify``: judge a file of builds, or a table of answers, and say what was looked at.

On standard output what was checked and every difference; the exit code tells whether there was one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_FAILED, EXIT_STOPPED_EARLY, UsageError
from ..output.terminal import progress_display, say
from ..progress import OnProgress, Progress
from ..system.stopping import StopFlag, stop_on_signals
from .common.answer_table import read_wishes
from .common.arguments import add_files, add_limit, add_reading, add_time_limit, whole_option

if TYPE_CHECKING:
    from ..verify.verifier import Verdict

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("builds.csv equipment.csv config.json",)

#: Differences printed before the rest is only counted: a few screens.
_MOST_SHOWN = 100

#: A judgement that takes longer says for how long it has been at it.
_QUIET_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The builds, the job that they are of, and how hard to look for missing ones."""
    add_files(parser, "output", "equipment", "config", output="builds, or a table of pieces, stability or explain")
    option = parser.add_argument
    add_limit(option)
    add_time_limit(option, "end the search for missing builds after this time")
    add_reading(option)
    option(
        "--builds",
        metavar="N",
        type=whole_option(0),
        help="alternative builds to try of each kind (default 100000), with decorations a fiftieth",
    )
    option("--wishes", metavar="MORE.csv", help="the wish list of a table of pieces, to judge its rows by builds too")
    option("--seed", metavar="N", type=whole_option(0), default=0, help="of the random builds (default 0)")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``verdict``; 1 where there is a difference."""
    from ..loading.jobs import load_job
    from ..verify.output_file import read_output
    from ..verify.tables.explained_terms import is_term_table, verify_terms
    from ..verify.tables.piece_worths import is_worth_table, verify_worths
    from ..verify.tables.weight_ranges import is_range_table, verify_ranges
    from ..verify.verifier import DEFAULT_BUILDS, verify_builds

    table, config, notices = load_job(
        args.equipment, args.config, limit=args.limit, encoding=args.encoding, strict=args.strict
    )
    if not args.quiet:
        for notice in notices:
            say(f"notice: {notice}")
    n_builds = DEFAULT_BUILDS if args.builds is None else args.builds
    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag), ExitStack() as displays:
        should_stop = _telling(flag.is_set, displays, wanted=not args.quiet)
        how: dict[str, Any] = {"n_builds": n_builds, "seed": args.seed, "should_stop": should_stop}
        output = read_output(args.output)
        if args.wishes is not None:
            if not is_worth_table(output.header):
                raise UsageError("--wishes needs a table of pieces", "leave --wishes out")
            how["wishes"] = read_wishes(args, table, config)
        judges: list[tuple[Callable[[Sequence[str]], bool], Callable[..., Verdict]]] = [
            (is_worth_table, verify_worths),
            (is_range_table, verify_ranges),
            (is_term_table, verify_terms),
        ]
        judge = next((verify for is_such, verify in judges if is_such(output.header)), verify_builds)
        verdict = judge(output, table, config, **how)
    session["verdict"] = verdict
    for difference in verdict.differences[:_MOST_SHOWN]:
        place = f"{args.output}:{difference.line}" if difference.line else args.output
        print(f"{place}: {difference.column}: expected {difference.expected}, found {difference.found}")
    hidden = len(verdict.differences) - _MOST_SHOWN
    if hidden > 0:
        print(f"... and {hidden} more differences")
    if not args.quiet:
        for check in verdict.checks:
            print(f"checked: {check}")
        print(f"{len(verdict.differences)} differences" if verdict.differences else "no difference found")
    if verdict.differences:
        return EXIT_FAILED
    return EXIT_STOPPED_EARLY if verdict.was_stopped else EXIT_DONE


def _telling(should_stop: Callable[[], bool], displays: ExitStack, *, wanted: bool) -> Callable[[], bool]:
    """`should_stop`, which says on a terminal for how long it has been asked."""
    started = time.monotonic()
    shown: list[OnProgress | None] = []

    def asked() -> bool:
        seconds = time.monotonic() - started
        if seconds >= _QUIET_SECONDS:
            if not shown:
                shown.append(displays.enter_context(progress_display(wanted=wanted)))
            if shown[0] is not None:
                shown[0](Progress("judging", int(seconds), unit="seconds"))
        return should_stop()

    return asked
