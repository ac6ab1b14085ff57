"""An answer as a table: to a file as CSV, replaced as a whole, or to standard output."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress

from ..system.atomic_file import STDOUT, atomic_writer
from .overwriting import choose_answer_target, partial_path

__all__ = ["write_answer"]


def write_answer(
    path: str,
    header: Sequence[str],
    rows: Iterable[Iterable[object]],
    *,
    n_known: int,
    is_proved: bool,
    overwrite: bool = False,
) -> str:
    """Write a table to `path`, or beside a complete one where this is not proved; returns where to.

    None is an empty cell, true and false are yes and no. The first `n_known` columns tell what table it is.
    """
    target = choose_answer_target(path, header[:n_known], is_proved=is_proved, overwrite=overwrite)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    lines.writerows([_cell(cell) for cell in row] for row in rows)
    with atomic_writer(target) as writer:
        writer.write(text.getvalue().encode())
    if is_proved and path != STDOUT and os.path.isfile(partial_path(path)):
        with suppress(OSError):
            os.unlink(partial_path(path))
    return target


def _cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else cell
