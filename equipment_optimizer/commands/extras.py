"""The command ``extras``: what else fits beside a configuration's requirements, as CSV."""

from __future__ import annotations

import argparse
import csv
import io
import time
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_STOPPED_EARLY
from ..output.terminal import progress_display, say
from ..system.atomic_file import STDOUT, atomic_writer, check_target
from ..system.stopping import StopFlag, stop_on_signals
from .common.arguments import add_files, add_reading, add_workers, seconds_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..questions.extras import Extra

__all__ = ["EXAMPLES", "add_arguments", "run", "to_csv"]

EXAMPLES = ("equipment.csv config.json", "equipment.csv config.json --output extras.csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, where the table goes, and when to give up."""
    add_files(parser, "equipment", "config", config="its minima, pins and so on are the requirements")
    option = parser.add_argument
    option("--output", metavar="OUT.csv", default=STDOUT, help="default: -, standard output")
    add_workers(option)
    add_reading(option)
    option(
        "--time-limit",
        "--skill-seconds",
        dest="skill_seconds",
        metavar="SECONDS",
        type=seconds_option,
        help="give up on a skill after this time",
    )


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``extras``; stopped early, or a skill given up, it writes what was found by then."""
    started = time.perf_counter()
    check_target(args.output, [args.equipment, args.config])
    from ..loading.jobs import load_job
    from ..questions.extras import what_fits

    table, config, notices = load_job(args.equipment, args.config, encoding=args.encoding, strict=args.strict)
    check_target(args.output, config.inputs)
    for notice in () if args.quiet else notices:
        say(f"notice: {notice}")
    plans: list[str] = []
    flag = StopFlag()
    with stop_on_signals(flag), progress_display(wanted=not args.quiet) as on_progress:
        extras = what_fits(
            table,
            config,
            workers=args.workers,
            skill_seconds=args.skill_seconds,
            on_progress=on_progress,
            should_stop=flag.is_set,
            on_plan=plans.append,
        )
    session["extras"] = extras
    with atomic_writer(args.output) as writer:
        writer.write(to_csv(extras).encode())
    stopped = flag.is_set()
    n_open = sum(not extra.is_proved for extra in extras)
    if not args.quiet:
        if args.verbose:
            say(f"notice: {'; '.join(plans)}")
        if stopped:
            say(f"notice: stopped early by {flag.reason}; skills are missing")
        if n_open:
            say(f"notice: {n_open} skills were given up after {args.skill_seconds:g} s each; they may go higher")
        say(f"{len(extras)} skills, {time.perf_counter() - started:.2f} s")
    return EXIT_STOPPED_EARLY if stopped or n_open else EXIT_DONE


def to_csv(extras: Iterable[Extra]) -> str:
    """A row for each skill: its name, required level, level in reach, maximum, and whether that is proved.

    Where something has a limit above, a column more says how little of it there may be.
    """
    text, extras = io.StringIO(), list(extras)
    rows = csv.writer(text, lineterminator="\n")
    with_least = any(extra.least is not None for extra in extras)
    rows.writerow(["Skill", "Required", *(["Minimum"] if with_least else []), "Level", "Maximum", "Proved"])
    for extra in extras:
        least = [extra.least] if with_least else []
        cells = ["" if cell is None else cell for cell in (extra.required, *least, extra.level, extra.maximum)]
        rows.writerow([extra.skill, *cells, "yes" if extra.is_proved else "no"])
    return text.getvalue()
