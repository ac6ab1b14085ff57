"""The command ``pieces``: what every piece is worth, and what somebody might get next, as CSV."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from ..output.terminal import progress_display, say
from ..system.stopping import StopFlag, stop_on_signals
from .common.answer_table import check_answer, read_job, read_wishes, tell_stop, write_table
from .common.arguments import add_answer, add_files, add_gains, check_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..answers.piece_values import PieceValue

__all__ = ["EXAMPLES", "add_arguments", "run", "table_of"]

EXAMPLES = ("equipment.csv config.json", "equipment.csv config.json --wishes shop.csv --pairs -o worth.csv")

_HEADER = ("Kind", "Name", "Body Part", "Best Score", "Loss", "Loss When Sold", "In Best", "Never Useful")
_GAIN = "Gain"
_OPEN = ("At Most", "Proved")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, what might be got, and where the table goes."""
    add_files(parser, "equipment", "config")
    add_gains(parser.add_argument, "")
    add_answer(parser)


def run(args: argparse.Namespace, session: dict[str, Any]) -> int:
    """Leaves ``values``; stopped early, it writes what is certain by then."""
    started = time.perf_counter()
    check_pairs(args)
    inputs = [args.equipment, args.config, *([args.wishes] if args.wishes is not None else [])]
    check_answer(args, inputs, _HEADER)
    from ..answers.piece_values import piece_values

    flag = StopFlag(args.time_limit)
    with stop_on_signals(flag):
        table, config = read_job(args)
        wishes = None if args.wishes is None else read_wishes(args, table, config)
        with progress_display(wanted=not args.quiet) as on_progress:
            values = piece_values(
                table,
                config,
                wishes=wishes,
                pairs=args.pairs,
                decorations=args.decorations,
                on_progress=on_progress,
                should_stop=flag.is_set,
            )
    session.update(values=values, equipment=table, config=config)
    header, rows = table_of(values)
    is_proved = all(value.is_proved for value in values)
    exit_code = write_table(args, header, rows, n_known=len(_HEADER), is_proved=is_proved)
    if not is_proved:
        n_open = sum(not value.is_proved for value in values)
        tell_stop(args, flag, f"{n_open:,} of {len(values):,} rows may be better than they stand, up to At Most")
    if not args.quiet:
        say(f"{_summary(values)}, {time.perf_counter() - started:.2f} s")
    return exit_code


def table_of(values: Sequence[PieceValue]) -> tuple[list[str], list[list[object]]]:
    """Header and rows: a column of gains where something may be got, and of what is open where something is."""
    has_gains = any(value.kind != "piece" for value in values)
    is_proved = all(value.is_proved for value in values)
    header = [*_HEADER, *((_GAIN,) if has_gains else ()), *(() if is_proved else _OPEN)]
    rows: list[list[object]] = []
    for value in values:
        kind = value.kind if value.is_allowed else "not allowed"
        never = value.is_never_useful if value.kind in ("piece", "wish", "talisman") and value.is_allowed else None
        row: list[object] = [kind, value.name, value.body_part, _plain(value.best), _plain(value.loss)]
        row += [_plain(value.loss_when_sold), value.n_listed, never]
        row += [_plain(value.gain)] if has_gains else []
        row += [] if is_proved else [_plain(value.at_most), value.is_proved]
        rows.append(row)
    return header, rows


def _plain(number: object) -> str | None:
    """A decimal digit by digit."""
    return None if number is None else f"{number:f}"


def _summary(values: Sequence[PieceValue]) -> str:
    """The last line."""
    pieces = [value for value in values if value.kind == "piece"]
    n_never = sum(value.is_never_useful for value in pieces)
    more = len(values) - len(pieces)
    return f"{len(pieces):,} pieces, {n_never:,} never useful" + (f", {more:,} that might be got" if more else "")
