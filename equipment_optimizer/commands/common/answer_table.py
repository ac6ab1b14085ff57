"""What commands have in common that answer a question about a job with a table."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...errors import EXIT_DONE, EXIT_STOPPED_EARLY
from ...output.overwriting import check_answer_target
from ...output.terminal import say
from ...system.atomic_file import check_target
from ...system.stopping import StopFlag

if TYPE_CHECKING:
    from ...records.config import Config
    from ...records.equipment import EquipmentTable

__all__ = ["check_answer", "read_job", "read_wishes", "tell_stop", "write_table"]


def check_answer(args: argparse.Namespace, inputs: Sequence[str], header: Sequence[str]) -> None:
    """Refuse what can be refused before any file is read."""
    check_target(args.answer, inputs)
    check_answer_target(args.answer, header, overwrite=args.replaces)


def read_job(args: argparse.Namespace) -> tuple[EquipmentTable, Config]:
    """Read the files of a job and tell their notices."""
    from ...loading.jobs import load_job

    table, config, notices = load_job(
        args.equipment,
        args.config,
        limit=getattr(args, "limit", None),
        encoding=args.encoding,
        strict=args.strict,
    )
    check_target(args.answer, config.inputs)
    for notice in () if args.quiet else notices:
        say(f"notice: {notice}")
    return table, config


def read_wishes(args: argparse.Namespace, table: EquipmentTable, config: Config) -> EquipmentTable:
    """Read the pieces of the wish list of a job and tell their notices."""
    from ...loading.jobs import read_equipment

    more, notices = read_equipment(args.wishes, config, encoding=args.encoding, strict=args.strict, beside=table)
    for notice in () if args.quiet else notices:
        say(f"notice: {notice}")
    return more


def write_table(
    args: argparse.Namespace,
    header: Sequence[str],
    rows: Iterable[Iterable[object]],
    *,
    n_known: int,
    is_proved: bool,
) -> int:
    """Write the table; returns the exit code. An unproved one has a column that says so."""
    from ...output.answer_file import write_answer

    target = write_answer(args.answer, header, rows, n_known=n_known, is_proved=is_proved, overwrite=args.replaces)
    if target != args.answer and not args.quiet:
        say(f"notice: {args.answer} holds a complete table and is left as it is; this one is in {target}")
    return EXIT_DONE if is_proved else EXIT_STOPPED_EARLY


def tell_stop(args: argparse.Namespace, flag: StopFlag, what: str, *, otherwise: str = "the time limit") -> None:
    """Say that the work ended early, by what if not by the flag, and what that leaves open."""
    if not args.quiet:
        say(f"notice: stopped early by {flag.reason or otherwise}; {what}")
