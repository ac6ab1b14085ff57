"""CSV text into records that know their line, from the header on.

In: the bytes of a file, and how the caller understands a row of headers. Out: the
header and trimmed cells. What stands above the header is found and left out here;
what the cells mean is not known.

The `csv` module is not used: it accepts quotes that are never closed, keeps one
limit on the length of a cell for the whole process, and does not say on which
line a record starts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ..sheet_paths import sheet_of
from .findings import Findings, shown
from .text import find_encoding, kind_of, lines_of

__all__ = ["NO_RULES", "CsvTable", "Header", "Records", "TextRules", "Understand", "open_csv"]

#: What may stand between the cells of a record, in order of preference.
DELIMITERS = (",", ";", "\t")

#: Lines among which the header is looked for.
MOST_LINES_ABOVE = 20

#: Records with the line each starts on; None for one whose quotes are faulty.
Records = Iterator[tuple[int, list[str] | None]]

#: A record of these characters only is blank under some delimiter.
_BLANK = " ,;\t"

_OPENING_QUOTE = re.compile(r' *+"')
_TO_CLOSING_QUOTE = re.compile(r'[^"]*+(?:""[^"]*+)*+')
_DELIMITER_LINE = re.compile(r'"?sep=(?P<delimiter>[^\w"]|\\t)"?[,;\s]*', re.IGNORECASE)


class Header(NamedTuple):
    """One header cell."""

    title: str  # as a message names the column
    key: str  # as titles are compared
    meaning: str | None  # what all spellings of the column share; None where nothing is known of it


#: A row of cells, taken for headers.
Understand = Callable[[Sequence[str]], Sequence[Header]]


class TextRules(NamedTuple):
    """What the user says of how a text file is written, and what it is asked for."""

    encoding: str | None = None  # of a file without a byte order mark
    wanted: tuple[str, ...] = ()  # this and `hoped` as for `find_encoding`
    hoped: tuple[str, ...] = ()


NO_RULES = TextRules()


class CsvTable(NamedTuple):
    """The header of a table, and its records as they are asked for: where each starts, and its trimmed cells.

    Blank records and comments are left out; None stands for one whose quotes are faulty, which has been reported.
    """

    header: Sequence[Header]
    titles: Sequence[str]
    header_line: int
    records: Records
    again: Callable[[], Records]  # the same from the first one on, without reports
    delimiter: str = ""  # this and `encoding` are empty for a sheet of a workbook
    encoding: str = ""
    n_lines_above: int = 1  # looked at for a better header, the header's included
    other_sheets: Sequence[str] = ()  # of the workbook


def open_csv(
    raw: bytes,
    findings: Findings,
    understand: Understand,
    *,
    required: Iterable[str] = (),
    rules: TextRules = NO_RULES,
) -> CsvTable | None:
    """Find encoding, delimiter and header of a CSV file, or of a workbook's sheet; None after a fault.

    `understand` says what header cells mean: the delimiter under which most mean something is the file's. The
    header is the first record within 20 lines that has all the `required` meanings, or the one that comes
    nearest. Linear in the file; beside `raw` only one record is held at a time.
    """
    kind = kind_of(raw)
    if kind is not None and ("workbook" in kind or "spreadsheet" in kind):
        return _open_sheet(raw, kind, findings, understand, needed=frozenset(required))
    encoding = find_encoding(raw, findings, encoding=rules.encoding, wanted=rules.wanted, hoped=rules.hoped)
    if encoding is None:
        return None
    needed = frozenset(required)
    best: _Place | None = None
    for delimiter in _delimiters(raw, encoding):
        records = _records(lines_of(raw, encoding), delimiter, Findings(""))
        has_needed = best is not None and needed <= best.meanings
        place = _find_header(
            records, understand, needed, last_line=best.line if has_needed and best else MOST_LINES_ABOVE
        )
        if place is not None and (best is None or place.rank > best.rank):
            best = place._replace(delimiter=delimiter)
    if best is None or (best.is_after_fault and not needed <= best.meanings):
        _tell_why_nothing(lines_of(raw, encoding), best.delimiter if best else DELIMITERS[0], findings)
        return None
    if not needed <= best.meanings:
        from ._text_kinds import why_no_table

        why = why_no_table(raw)
        if why is not None:
            findings.fault(1, 0, *why)
            return None
    line, delimiter, headers = best.line, best.delimiter, best.headers

    def below_header(reports: Findings) -> Records:
        lines = islice(lines_of(raw, encoding), line - 1, None)
        records = _records(lines, delimiter, reports, first_line=line, n_cells=len(headers))
        next(records)
        return records

    return CsvTable(
        header=headers,
        titles=best.titles,
        header_line=line,
        records=below_header(findings),
        again=lambda: below_header(Findings("")),
        delimiter=delimiter,
        encoding=encoding,
        n_lines_above=best.n_lines,
    )


def _open_sheet(
    raw: bytes, kind: str, findings: Findings, understand: Understand, *, needed: frozenset[str]
) -> CsvTable | None:
    """Find the header of a workbook's sheet, the one that the file's name says or the first."""
    from ._workbook import read_sheet, sheet_rows

    sheet = read_sheet(raw, kind, sheet_of(findings.path), findings)
    if sheet is None:
        return None
    rows, other_sheets = sheet
    place = _find_header(sheet_rows(rows, Findings("")), understand, needed, last_line=MOST_LINES_ABOVE)
    if place is None:
        findings.fault(0, 0, "the sheet is empty", "write a header row and a row for each entry")
        return None

    def below_header(reports: Findings) -> Records:
        for line, cells in sheet_rows(rows, reports, first_line=place.line + 1):
            if cells is None or not cells[0].startswith("#"):
                yield line, cells
            elif any(cells[1:]):
                reports.notice(line, 0, "a line that begins with # and could be a record is left out")

    return CsvTable(
        header=place.headers,
        titles=place.titles,
        header_line=place.line,
        records=below_header(findings),
        again=lambda: below_header(Findings("")),
        n_lines_above=place.n_lines,
        other_sheets=other_sheets,
    )


class _Place(NamedTuple):
    """Where a header is, or what comes nearest to one."""

    rank: tuple[int, int, int]
    line: int
    headers: Sequence[Header]
    titles: Sequence[str]
    n_lines: int
    is_after_fault: bool
    delimiter: str = ""

    @property
    def meanings(self) -> set[str | None]:
        """What the headers mean."""
        return {header.meaning for header in self.headers}


def _find_header(records: Records, understand: Understand, needed: frozenset[str], *, last_line: int) -> _Place | None:
    """The first record that has all the needed headers, or the nearest to that among the first lines."""
    nearest: _Place | None = None
    n_lines = 0
    is_after_fault = False
    for line, cells in records:
        if nearest is not None and line > last_line:
            break
        if cells is None:
            is_after_fault = True
        if cells is None or not any(cell.strip(_BLANK) for cell in cells) or _says_delimiter(cells):
            continue  # such as a line of commas, which is one cell to a semicolon
        n_lines += 1
        headers = understand(cells)
        known = {header.meaning for header in headers} - {None}
        has_needed = needed <= known
        rank = (len(needed & known) + has_needed, len(known), len(headers))
        if nearest is None or rank > nearest.rank:
            nearest = _Place(rank, line, headers, cells, n_lines, is_after_fault)
        if has_needed:
            break
    return None if nearest is None else nearest._replace(n_lines=n_lines)


def _says_delimiter(cells: list[str]) -> bool:
    """Whether a record is the line ``sep=X``."""
    return cells[0][:4].casefold() == "sep=" and len(cells[0]) <= len("sep=\\t") and not any(cells[1:])


def _delimiters(raw: bytes, encoding: str) -> Sequence[str]:
    """The delimiters that come into question: the one that a first line ``sep=X`` names, or all."""
    for line in lines_of(raw, encoding):
        if line.strip() and not line.startswith("#"):
            match = _DELIMITER_LINE.fullmatch(line.rstrip("\n"))
            if match is not None:
                return ["\t" if match["delimiter"] == "\\t" else match["delimiter"]]
            break
    return DELIMITERS


def _tell_why_nothing(lines: Iterable[str], delimiter: str, findings: Findings) -> None:
    """Report why there is no header: quotes that are faulty, or nothing at all."""
    n_faults = findings.n_faults
    for _ in _records(lines, delimiter, findings):
        if findings.n_faults > n_faults:
            return
    findings.fault(1, 0, "the file is empty", "write a header row and a row for each entry")


def _records(
    lines: Iterable[str], delimiter: str, findings: Findings, *, first_line: int = 1, n_cells: int = 0
) -> Records:
    """Records that are not blank, with the line on which each starts.

    Comments are left out. A notice counts those that have `n_cells` cells, as a
    record has: somebody may miss them.
    """
    numbered = enumerate(lines, first_line)
    n_like_records, first_like_record = 0, 0
    for number, line in numbered:
        if line == "\n":
            continue
        if line[0] in "# " and _is_comment(line, delimiter):
            if n_cells > 1 and line.count(delimiter) >= n_cells - 1:
                n_like_records += 1
                first_like_record = first_like_record or number
            continue
        if '"' in line:
            cells = _quoted_record(line, number, numbered, delimiter=delimiter, findings=findings)
            if cells is None:
                yield number, None
                continue
        else:
            cells = list(map(str.strip, line.split(delimiter)))
        if any(cells):
            yield number, cells
    if n_like_records:
        message = "a line that begins with # and could be a record is left out"
        if n_like_records > 1:
            message = f"{n_like_records} lines that begin with # and could be records are left out"
        findings.notice(first_like_record, 0, message)


def _is_comment(line: str, delimiter: str) -> bool:
    """Whether a line begins with ``#``; a first cell ``#`` heads a column of numbers, and ``#REF!`` is an error."""
    line = line.lstrip(" ")
    if not line.startswith("#") or line[1:].lstrip(" ").startswith(delimiter):
        return False
    from .spreadsheet_cells import why_no_value

    return line.startswith("##") or why_no_value(line.split(delimiter, 1)[0].strip()) is None


def _quoted_record(
    line: str, number: int, following: Iterator[tuple[int, str]], *, delimiter: str, findings: Findings
) -> list[str] | None:
    """The record that begins with `line`, taking `following` lines as its quotes demand."""
    cells: list[str] = []
    n_faults = findings.n_faults
    position = 0
    while True:
        opening = _OPENING_QUOTE.match(line, position)
        content = ""
        if opening:
            closed = _quoted_content(line, opening.end(), following)
            if closed is None:
                message = "a quoted cell is never closed"
                findings.fault(number, len(cells) + 1, message, 'write " at its end, and "" for a quote within it')
                return None
            content, line, position = closed
        stop = line.find(delimiter, position)
        behind = line[position:stop] if stop >= 0 else line[position:]
        if opening and behind.strip():
            message = f"text after the closing quote: {shown(behind.strip())}"
            findings.fault(number, len(cells) + 1, message, 'write "" for a quote within a quoted cell')
        cell = (content if opening else behind).strip()
        if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
            cell = cell[2:-1].replace('""', '"').strip()  # how spreadsheets are told to keep a text
        cells.append(cell)
        if stop < 0:
            return cells if findings.n_faults == n_faults else None
        position = stop + 1


def _quoted_content(line: str, position: int, following: Iterator[tuple[int, str]]) -> tuple[str, str, int] | None:
    """Content of a cell opened just before `position`, the line it ends on, and the place behind it."""
    parts = io.StringIO()  # compact, where a list would cost 60 bytes for each short line
    while True:
        match = _TO_CLOSING_QUOTE.match(line, position)
        assert match is not None  # the pattern matches the empty string
        parts.write(match[0].replace('""', '"'))
        if match.end() < len(line):
            return parts.getvalue(), line, match.end() + 1
        _, line = next(following, (0, ""))
        if not line:
            return None
        position = 0
