"""The command ``verify``: judge a file of builds, and say what was looked at.

In: the three files of a job. Out: on standard output what was checked and every
difference; the exit code tells whether there was one.
"""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import EXIT_DONE, EXIT_FAILED
from ..output.terminal import say

__all__ = ["add_arguments", "run"]

#: Differences printed before the rest is only counted: a few screens.
_MOST_SHOWN = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``verify``."""
    parser.add_argument("output", metavar="OUT.csv", help="the builds to judge")
    parser.add_argument("equipment", metavar="EQUIPMENT.csv", help="the pieces they were made of")
    parser.add_argument("config", metavar="CONFIG.json", help="what was valued and demanded")
    option = parser.add_argument
    option("--limit", metavar="N", type=_whole, help="builds that were asked for, instead of the config's limit")
    option(
        "--builds",
        metavar="N",
        type=_whole,
        help="alternative builds to try of each kind (default 100000), with decorations a fiftieth",
    )
    option("--seed", metavar="N", type=_whole, default=0, help="of the random builds (default 0)")
    option("--quiet", action="store_true", help="only the differences")


def _whole(text: str) -> int:
    """A whole number from 0 up."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}")
    return int(text)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Carry out ``verify``.

    Parameters
    ----------
    args : argparse.Namespace
    session : dict
        Takes ``verdict``.

    Returns
    -------
    int
        0 where every check passed, 1 where there is a difference.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    from ..loading.jobs import load_job
    from ..verify.verifier import DEFAULT_BUILDS, verify_builds

    table, config, notices = load_job(args.equipment, args.config, limit=args.limit)
    if not args.quiet:
        for notice in notices:
            say(f"notice: {notice}")
    n_builds = DEFAULT_BUILDS if args.builds is None else args.builds
    verdict = verify_builds(args.output, table, config, n_builds=n_builds, seed=args.seed)
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
    return EXIT_FAILED if verdict.differences else EXIT_DONE
