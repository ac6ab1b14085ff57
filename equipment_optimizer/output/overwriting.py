"""Where a list of builds, and what goes with it, may be written, so that nothing good is replaced by nothing.

A file of another kind stays unless its owner says otherwise. A search that was
stopped early leaves a complete list alone and writes beside it; a list without rows
takes the place of none that has some.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from ..errors import UsageError
from ..system.atomic_file import STDOUT

__all__ = [
    "OTHER_SKILLS",
    "ListInFile",
    "check_answer_target",
    "check_builds_target",
    "check_own_target",
    "choose_answer_target",
    "choose_target",
    "is_workbook",
    "partial_path",
    "read_list",
    "remove_partial",
]

_DELIMITERS = (",", ";", "\t")
_SCORE, _PROVED = "Score", "Proved"

#: In the form for spreadsheets, the column of the skills that the configuration does not
#: list, such as ``Evasion 3, Guard 1``.
OTHER_SKILLS = "Other skills"

#: What each kind of file that is written here begins with, and what else is in it.
_SIGNS = {
    "manifest": (b"{", b'"inputs"', b'"sha256"', b'"version"', b'"config"'),
    "report": (b"<!doctype html>", b"Content-Security-Policy", b"equipment-optimizer"),
    "proof": (b"equipment-optimizer proof ",),
    "page of changes": (b"# What changed\n",),
}

#: Ends of names by which a program expects what is not written here.
_NOT_WRITTEN = frozenset(
    {".gz", ".zip", ".bz2", ".xz", ".zst", ".xls", ".xlsm", ".xlsb", ".ods", ".json", ".html", ".htm", ".parquet"}
)

#: Characters of a file in which its header has to end: thousands of skills fit.
_HEADER_CHARACTERS = 1 << 20


class ListInFile(NamedTuple):
    """A list of builds that is in a file."""

    is_complete: bool  # not of a search that was stopped early
    has_rows: bool


def is_workbook(path: str) -> bool:
    """Whether a file of this name is a workbook."""
    return path.lower().endswith(".xlsx")


def read_list(path: str) -> ListInFile | None:
    """What list of builds a file holds, as this program or a spreadsheet wrote it; None where it is no such list."""
    with suppress(OSError, ValueError, csv.Error):
        records = _workbook_records(path) if is_workbook(path) else _csv_records(path)
        for header, *rows in records:
            names = [name.strip() for name in header]
            while names and not names[-1]:
                names.pop()
            # The form for spreadsheets begins with the score.
            if names and (names[-1] == _SCORE or (names[0] == _SCORE and OTHER_SKILLS in names)):
                return ListInFile(_PROVED not in names, any(any(row) for row in rows))
    return None


def _csv_records(path: str) -> Iterator[list[list[str]]]:
    """The first two records, once for each delimiter."""
    with open(path, "rb") as file:
        raw = file.read(_HEADER_CHARACTERS)
    is_wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = raw.decode("utf-16" if is_wide else "utf-8-sig", "replace")
    for delimiter in _DELIMITERS:
        yield list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 2))


def _workbook_records(path: str) -> Iterator[list[list[str]]]:
    """The first two rows of the first sheet; nothing where it cannot be read."""
    try:
        import python_calamine
    except ImportError:
        return
    try:
        rows = python_calamine.load_workbook(path).get_sheet_by_index(0).to_python(nrows=2)
    except python_calamine.CalamineError:
        return
    yield [[str(cell) for cell in row] for row in rows]


def _is_filled(path: str) -> bool:
    """Whether there is a regular file with something in it."""
    return path != STDOUT and os.path.isfile(path) and os.path.getsize(path) > 0


def partial_path(path: str) -> str:
    """Where the builds of a search that was stopped go, beside a complete list: ``out.partial.csv``."""
    root, suffix = os.path.splitext(path)
    return f"{root}.partial{suffix or '.csv'}"


def check_builds_target(path: str, *, overwrite: bool = False) -> None:
    """Refuse to write builds over a file that holds something else, or under a name that promises another kind.

    A `UsageError` if `path`, or the file beside it for a search that is stopped, holds no list of builds;
    if its name ends as those of packed files, other workbooks or other kinds of data do.
    """
    for target in (path, partial_path(path)) if not overwrite and _is_filled(path) else ():
        if _is_filled(target) and read_list(target) is None:
            message = f"the output is there already and is no list of builds: {target}"
            raise UsageError(message, "name another file, or add --overwrite to replace it")
    root, suffix = os.path.splitext(path)
    if suffix.lower() in _NOT_WRITTEN and not overwrite:
        message = f"the output would be CSV text or a workbook (.xlsx), and its name ends in {suffix}: {path}"
        root = root.removesuffix(".csv")
        raise UsageError(message, f"name {root}.csv, or {root}.xlsx")


def _read_answer(path: str, header: Sequence[str]) -> ListInFile | None:
    """What answer with these first columns a file holds; None where it is none."""
    with suppress(OSError, ValueError, csv.Error):
        for names, *rows in _csv_records(path):
            if [name.strip() for name in names[: len(header)]] == list(header):
                return ListInFile(_PROVED not in names, any(any(row) for row in rows))
    return None


def check_answer_target(path: str, header: Sequence[str], *, overwrite: bool = False) -> None:
    """Refuse to write an answer, a table with these first columns, over a file that holds something else."""
    if overwrite or not _is_filled(path):
        return
    for target in (path, partial_path(path)):
        if _is_filled(target) and _read_answer(target, header) is None:
            message = f"the output is there already and is no such table: {target}"
            raise UsageError(message, "name another file, or add --overwrite to replace it")


def choose_answer_target(path: str, header: Sequence[str], *, is_proved: bool, overwrite: bool = False) -> str:
    """The file that an answer goes to: `path`, or the one beside it where this would replace a complete one."""
    if overwrite or is_proved or not _is_filled(path):
        return path
    there = _read_answer(path, header)
    return partial_path(path) if there is not None and there.is_complete else path


def check_own_target(path: str, what: str, *, overwrite: bool = False) -> None:
    """Refuse by a `UsageError` to write a manifest, a page or a page of changes over a file that is none."""
    if overwrite or not _is_filled(path):
        return
    first, *words = _SIGNS[what]
    # Mapped, not read: the data of a page may be long, and what tells it stands behind.
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text[: len(first)] == first and all(text.find(word) >= 0 for word in words):
            return
    message = f"the file for the {what} is there already and is none: {path}"
    raise UsageError(message, "name another file, or add --overwrite to replace it")


def choose_target(path: str, *, is_proved: bool, has_rows: bool, overwrite: bool = False) -> str | None:
    """The file that a list of builds goes to: `path`, the one beside it, or none where it would replace builds by none.

    `is_proved` says that the list's search was not stopped early; with `overwrite` anything in `path` may be replaced.
    """
    if overwrite or not _is_filled(path):
        return path
    there = read_list(path)
    if is_proved or there is None or not there.is_complete:
        target = path
    else:
        target = partial_path(path)
        there = read_list(target) if _is_filled(target) else None
    return None if there is not None and there.has_rows and not has_rows else target


def remove_partial(path: str) -> bool:
    """Once `path` is complete, remove what a search that was stopped left beside it; whether there was something."""
    partial = partial_path(path)
    there = read_list(partial) if path != STDOUT and os.path.isfile(partial) else None
    if there is None or there.is_complete:
        return False
    with suppress(OSError):
        os.unlink(partial)
        return True
    return False
