"""The command ``extras``: what else fits beside a configuration's requirements, as CSV."""

from __future__ import annotations

import argparse
import csv
import io
import time
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, EXIT_STOPPED_EARLY, UsageError
from ..output.terminal import progress_display, say
from ..system.atomic_file import STDOUT, atomic_writer, check_target
from ..system.stopping import StopFlag, stop_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..questions.extras import Extra

__all__ = ["add_arguments", "run", "to_csv"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``extras``."""
    parser.add_argument("equipment", metavar="EQUIPMENT.csv", help="the pieces")
    parser.add_argument("config", metavar="CONFIG.json", help="its minima, pins and so on are the requirements")
    parser.add_argument("--output", metavar="OUT.csv", default=STDOUT, help="default: -, standard output")
    parser.add_argument("--workers", metavar="auto|N", default="auto", help="worker processes (default: auto)")
    parser.add_argument("--skill-seconds", metavar="SECONDS", help="give up on a skill after this time")
    parser.add_argument("--quiet", action="store_true", help="no notices, no progress, no summary")


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Carry out ``extras``.

    Returns
    -------
    int
        The exit code: done, or stopped early with what was found by then.

    Raises
    ------
    EquipmentOptimizerError
        With the exit code of what went wrong.
    """
    started = time.perf_counter()
    workers, seconds = _workers(args.workers), _seconds(args.skill_seconds)
    check_target(args.output, [args.equipment, args.config])
    from ..loading.jobs import load_job
    from ..questions.extras import find_extras

    table, config, notices = load_job(args.equipment, args.config)
    check_target(args.output, config.inputs)
    for notice in () if args.quiet else notices:
        say(f"notice: {notice}")
    plans: list[str] = []
    flag = StopFlag()
    with stop_on_signals(flag), progress_display(wanted=not args.quiet) as on_progress:
        extras = find_extras(
            table,
            config,
            workers=workers,
            skill_seconds=seconds,
            on_progress=on_progress,
            should_stop=flag.is_set,
            on_plan=plans.append,
        )
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
            say(f"notice: {n_open} skills were given up after {args.skill_seconds} s each; they may go higher")
        say(f"{len(extras)} skills, {time.perf_counter() - started:.2f} s")
    return EXIT_STOPPED_EARLY if stopped or n_open else EXIT_DONE


def to_csv(extras: Iterable[Extra]) -> str:
    """A row for each skill: its name, required level, level in reach, maximum, and whether that is proved."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["Skill", "Required", "Level", "Maximum", "Proved"])
    for extra in extras:
        cells = ["" if cell is None else cell for cell in (extra.required, extra.level, extra.maximum)]
        rows.writerow([extra.skill, *cells, "yes" if extra.is_proved else "no"])
    return text.getvalue()


def _workers(text: str) -> int | str:
    """``auto`` or a number of worker processes."""
    if text == "auto":
        return text
    if not (text.isascii() and text.isdigit() and 1 <= int(text) < 10_000):
        raise UsageError(f"--workers is neither auto nor a whole number of at least 1: {text!r}", "write auto or 2")
    return int(text)


def _seconds(text: str | None) -> float | None:
    """A positive number of seconds."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise UsageError(f"--skill-seconds is not a number of seconds above 0: {text!r}", "write 5, or leave it out")
    return seconds
