"""The command ``stability``: for each weight the range within which the best build stays best, as CSV."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..output.terminal import progress_display, say
from ..system.stopping import StopFlag, stop_on_signals
from .common.answer_table import check_answer, read_job, tell_stop, write_table
from .common.arguments import add_answer, add_files

__all__ = ["EXAMPLES", "add_arguments", "run", "table_of"]

EXAMPLES = ("equipment.csv config.json", "equipment.csv config.json -o firm.csv")

_HEADER = ("Weight", "Value", "From", "To", "Next Below", "Next Above")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, and where the table goes."""
    add_files(parser, "equipment", "config")
    add_answer(parser, limit=False)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``ranges``; stopped early it writes what is known of them."""
    started = time.perf_counter()
    check_answer(args, [args.equipment, args.config], _HEADER)
    from ..answers.plain_answers import plain_ranges
    from ..answers.stability import MOST_LISTED, stability
    from ..pipeline import optimize

    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag):
        table, config = read_job(args)
        with progress_display(wanted=not args.quiet) as on_progress:
            results = optimize(
                table,
                replace(config, front=()),
                limit=min(config.limit, MOST_LISTED),
                on_progress=on_progress,
                should_stop=flag.is_set,
            )
            ranges = stability(table, config, results=results, on_progress=on_progress, should_stop=flag.is_set)
    session.update(ranges=ranges, results=results, equipment=table, config=config)
    is_proved = results.report.proved and all(row.is_proved for row in ranges)
    told = plain_ranges(results, ranges)
    header, rows = table_of(told, is_proved=is_proved)
    exit_code = write_table(args, header, rows, n_known=len(_HEADER), is_proved=is_proved)
    if not is_proved:
        weights = ", ".join(row["weight"] for row in told if not row["proved"])
        what = f"ranges that are not proved may be narrower: {weights}" if told else "no build was found in time"
        tell_stop(args, flag, what, otherwise="the work that a weight may take")
    if not args.quiet:
        say(f"{len(ranges)} weights, {time.perf_counter() - started:.2f} s")
    return exit_code


def table_of(told: Sequence[Mapping[str, Any]], *, is_proved: bool) -> tuple[list[str], list[list[object]]]:
    """Header and a row for each weight, of ranges as plain values."""
    rows: list[list[object]] = [
        [
            row["weight"],
            f"{row['value']:f}",
            row["from"] or "",
            row["to"] or "",
            row["next_below"],
            row["next_above"],
            *(() if is_proved else (row["proved"],)),
        ]
        for row in told
    ]
    return [*_HEADER, *(() if is_proved else ("Proved",))], rows
