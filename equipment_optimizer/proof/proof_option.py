"""``--proof FILE`` of the main job: when there is one, and what is said where there is none."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..output.overwriting import is_workbook
from ..system.atomic_file import STDOUT

if TYPE_CHECKING:
    from ..records.config import Config
    from ..records.equipment import EquipmentTable
    from ..records.results import BuildResults

__all__ = ["check_form", "prove"]


def check_form(args: argparse.Namespace) -> None:
    """Refuse a proof of a list that the checker does not read."""
    if is_workbook(args.output) or args.excel is not None:
        raise UsageError("a proof is of a plain CSV file", "leave --excel and .xlsx out, or --proof")


def _why_none(args: argparse.Namespace, hashes: Sequence[str | None], results: BuildResults | None) -> str | None:
    """Why no proof is written for this answer; None where one is."""
    if results is not None and not results.report.proved:
        return "the search was stopped early"
    if results is not None and (args.output == STDOUT or not os.path.isfile(args.output)):
        return "the list is in no file that could be read again"
    return "an input cannot be read twice" if None in hashes else None


def prove(
    args: argparse.Namespace,
    table: EquipmentTable,
    config: Config,
    hashes: Sequence[str | None],
    results: BuildResults | None,
    *,
    should_stop: Callable[[], bool],
    mention: Callable[[str], None],
) -> None:
    """Write the proof that was asked for, or mention why there is none; `results` is None where no build fits."""
    reason = _why_none(args, hashes, results)
    if reason is None:
        from ..system.file_hashes import hash_files
        from .proof_file import write_proof

        builds = None if results is None else hash_files([args.output])[0]["sha256"]
        inputs = [sha256 for sha256 in hashes if sha256 is not None]
        is_written = write_proof(
            args.proof,
            table,
            config,
            results,
            limit=config.limit if args.limit is None else args.limit,
            inputs=inputs,
            builds=builds,
            should_stop=should_stop,
        )
        reason = None if is_written else "its search was stopped"
    if reason is not None:
        mention(f"no proof is written to {args.proof}: {reason}")
