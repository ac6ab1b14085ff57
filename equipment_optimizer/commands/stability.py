"""The command ``stability``: for each weight the range within which the best build stays best, as CSV."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..answers.job_tables import check_answer, read_job, tell_stop, write_table
from ..output.terminal import progress_display, say
from ..system.stopping import StopFlag, stop_on_signals
from .common.arguments import add_answer, add_files

if TYPE_CHECKING:
    from ..records.results import BuildResults

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ("equipment.csv config.json", "equipment.csv config.json -o firm.csv")

_HEADER = ("Weight", "Value", "From", "To", "Next Below", "Next Above")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, and where the table goes."""
    add_files(parser, "equipment", "config")
    add_answer(parser, limit=False)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``ranges``; stopped early, it writes what is known of them."""
    started = time.perf_counter()
    check_answer(args, [args.equipment, args.config], _HEADER)
    from ..answers.stability import stability
    from ..pipeline import optimize

    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag):
        table, config = read_job(args)
        with progress_display(wanted=not args.quiet) as on_progress:
            results = optimize(table, replace(config, front=()), on_progress=on_progress, should_stop=flag.is_set)
            ranges = stability(table, config, results=results, on_progress=on_progress, should_stop=flag.is_set)
    session.update(ranges=ranges, results=results, equipment=table, config=config)
    is_proved = results.report.proved and all(row.is_proved for row in ranges)
    rows: list[list[object]] = [
        [
            row.path.removeprefix("$.").replace('["', ".").replace('"]', ""),
            f"{row.value:f}",
            _number(row.low),
            _number(row.high),
            _change(results, row.below),
            _change(results, row.above),
            *(() if is_proved else (row.is_proved,)),
        ]
        for row in ranges
    ]
    header = [*_HEADER, *(() if is_proved else ("Proved",))]
    exit_code = write_table(args, header, rows, n_known=len(_HEADER), is_proved=is_proved)
    if not is_proved:
        tell_stop(args, flag, "ranges that are not proved may be narrower")
    if not args.quiet:
        say(f"{len(ranges)} weights, {time.perf_counter() - started:.2f} s")
    return exit_code


def _number(number: Fraction | None) -> str:
    """Exact: a decimal where it ends, else a fraction; empty where there is no end."""
    if number is None:
        return ""
    left, places = number.denominator, 0
    while left % 10 == 0 or left % 5 == 0 or left % 2 == 0:
        left = left // 10 if left % 10 == 0 else left // 5 if left % 5 == 0 else left // 2
        places += 1
    if left > 1:
        return str(number)
    whole = abs(number.numerator) * 10**places // number.denominator
    digits = f"{whole:0{places + 1}d}"
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    text = text.rstrip("0").rstrip(".") if places else text
    return f"-{text}" if number < 0 else text


def _change(results: BuildResults, other: BuildResults | None) -> str | None:
    """What the build that comes next has in place of the best one's pieces."""
    if other is None:
        return None
    mine, theirs = (list(listed[0].pieces.items()) for listed in (results, other))
    changes = [
        f"{place}: {new or 'nothing'} instead of {old or 'nothing'}"
        for (place, old), (_, new) in zip(mine, theirs, strict=True)
        if old != new
    ]
    if changes:
        return "; ".join(changes)
    return f"the same pieces with {other.decorations_text(0) or 'free slots'}"
