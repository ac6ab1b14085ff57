"""A list of builds as a file of the kind that its name asks for: CSV or a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..progress import OnProgress
from ..system.atomic_file import atomic_writer
from .csv_file import BytesTaker, write_csv_to
from .overwriting import is_workbook

if TYPE_CHECKING:
    from ..records.results import BuildResults

__all__ = ["write_builds", "write_builds_to"]


def write_builds(
    results: BuildResults,
    path: str,
    *,
    spreadsheet_safe: bool = False,
    excel: str | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Write builds to `path`, replaced as a whole; the options are those of `csv_file.write_csv`."""
    with atomic_writer(path) as writer:
        write_builds_to(writer, results, path, spreadsheet_safe=spreadsheet_safe, excel=excel, on_progress=on_progress)


def write_builds_to(
    writer: BytesTaker,
    results: BuildResults,
    path: str,
    *,
    spreadsheet_safe: bool = False,
    excel: str | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Hand the bytes that belong into `path` to `writer`."""
    if is_workbook(path):
        from .workbook import write_workbook_to

        write_workbook_to(writer, results, excel=excel is not None, on_progress=on_progress)
    else:
        write_csv_to(writer, results, spreadsheet_safe=spreadsheet_safe, excel=excel, on_progress=on_progress)
