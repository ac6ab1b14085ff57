"""Bytes of a file into text, and CSV text into records that know their line.

In: the bytes of a file and the findings to report to. Out: text, or records of
trimmed cells. What the cells mean is not known here.

The `csv` module is not used: it accepts quotes that are never closed, keeps one
limit on the length of a cell for the whole process, and does not say on which
line a record starts.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .findings import Findings, shown

__all__ = [
    "WHOLE_LIMIT",
    "CsvTable",
    "find_encoding",
    "open_csv",
    "read_bytes",
    "read_named",
    "read_text",
    "why_unreadable",
]

#: Largest whole number, either sign, that a cell or a configuration may hold.
WHOLE_LIMIT = 10**9

#: Bytes checked at a time for being valid text: small beside any file worth it.
CHUNK_BYTES = 1 << 20

#: What may stand between the cells of a record, in order of preference.
DELIMITERS = (",", ";", "\t")

#: A record of these characters only is blank under some delimiter.
_BLANK = " ,;\t"

_OPENING_QUOTE = re.compile(r' *+"')
_TO_CLOSING_QUOTE = re.compile(r'[^"]*+(?:""[^"]*+)*+')

_SAVE_AS_UTF8 = "save the file as UTF-8 text"


def read_bytes(path: str) -> bytes:
    """The whole file.

    Raises
    ------
    OSError, ValueError
        If it cannot be read; `why_unreadable` puts that into words.
    """
    with open(path, "rb") as file:
        return file.read()


def read_named(path: str) -> bytes:
    """The whole of a file that another file names: a regular one only.

    Otherwise a file from elsewhere could make the program wait on a pipe, or read
    a device that never ends.

    Raises
    ------
    OSError, ValueError
        As `read_bytes` does.
    """
    if not stat.S_ISREG(mode := os.stat(path).st_mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return read_bytes(path)


def why_unreadable(error: OSError | ValueError) -> tuple[str, str]:
    """Message and mend for a failure of `read_bytes`."""
    if isinstance(error, FileNotFoundError):
        return "no such file", "check the name and the folder"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file", "name a file in it"
    reason = error.strerror if isinstance(error, OSError) else "the name is not a file name"
    return f"cannot be read: {reason}", "check the file and its permissions"


def find_encoding(raw: bytes, findings: Findings) -> str | None:
    """The encoding of `raw`, after a check that all of it can be decoded.

    Parameters
    ----------
    raw : bytes
    findings : Findings
        Gets a notice for Windows-1252, a fault for bytes that are no text.

    Returns
    -------
    str or None
        ``"utf-8"`` or ``"cp1252"``; None after a fault.

    Notes
    -----
    One pass in chunks: the text is not held.
    """
    zero = raw.find(b"\0")
    if zero >= 0:
        message = "NUL byte: this is not a text file, or it is encoded as UTF-16"
        findings.fault(_line_of_byte(raw, zero), 0, message, _SAVE_AS_UTF8)
        return None
    not_utf8 = None if raw.isascii() else _first_undecodable(raw, "utf-8")
    if not_utf8 is None:
        return "utf-8"
    undefined = _first_undecodable(raw, "cp1252")
    if undefined is not None:
        message = f"byte 0x{raw[undefined]:02x} cannot be decoded, neither as UTF-8 nor as Windows-1252"
        findings.fault(_line_of_byte(raw, undefined), 0, message, _SAVE_AS_UTF8)
        return None
    findings.notice(_line_of_byte(raw, not_utf8), 0, "not valid UTF-8; the file is read as Windows-1252")
    return "cp1252"


def read_text(raw: bytes, findings: Findings) -> str | None:
    """The whole text of a file, without a byte order mark; None after a fault."""
    encoding = find_encoding(raw, findings)
    return None if encoding is None else str(memoryview(raw)[_text_start(raw) :], encoding)


def _text_start(raw: bytes) -> int:
    """Length of the byte order mark: 3, or 0 without one."""
    return len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0


def _first_undecodable(raw: bytes, encoding: str) -> int | None:
    """Offset of the first byte that `encoding` cannot decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(raw), CHUNK_BYTES):
        chunk = raw[start : start + CHUNK_BYTES]
        try:
            decoder.decode(chunk, final=start + CHUNK_BYTES >= len(raw))
        except UnicodeDecodeError as error:
            # The decoder may have kept bytes of the chunk before, and counts them.
            return start + error.start - (len(error.object) - len(chunk))
    return None


def _line_of_byte(raw: bytes, offset: int) -> int:
    """Line number, where LF, CR LF and a lone CR each end a line."""
    n_pairs = raw.count(b"\r\n", 0, offset)
    return 1 + raw.count(b"\n", 0, offset) + raw.count(b"\r", 0, offset) - n_pairs


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The header of a CSV file, and its records as they are asked for.

    Attributes
    ----------
    header : list of str
        Trimmed cells of the first record that is not blank.
    header_line : int
    records : iterator of (int, list of str or None)
        Line on which each later record starts and its trimmed cells. Blank
        records are skipped; None stands for one whose quotes are faulty, which
        has been reported.
    """

    header: list[str]
    header_line: int
    records: Iterator[tuple[int, list[str] | None]]


def open_csv(raw: bytes, findings: Findings, is_known_header: Callable[[str], bool]) -> CsvTable | None:
    """Find encoding, delimiter and header of a CSV file.

    Parameters
    ----------
    raw : bytes
        The whole file.
    findings : Findings
    is_known_header : callable
        Whether a header cell means something to the caller: the delimiter that
        gives the most such cells is the file's.

    Returns
    -------
    CsvTable or None
        None after a fault.

    Notes
    -----
    Linear in the file. Beside `raw` only one record is held at a time.
    """
    encoding = find_encoding(raw, findings)
    if encoding is None:
        return None
    delimiter = max(DELIMITERS, key=lambda one: _header_rank(raw, encoding, one, is_known_header))
    records = _records(_lines(raw, encoding), delimiter, findings)
    line, header = next(records, (0, None))
    if header is None:
        if line == 0:
            findings.fault(1, 0, "the file is empty", "write a header row and a row for each entry")
        return None
    return CsvTable(header, line, records)


def _header_rank(raw: bytes, encoding: str, delimiter: str, is_known_header: Callable[[str], bool]) -> tuple[int, int]:
    """How well `delimiter` fits the header: known cells, then cells."""
    _, header = next(_records(_lines(raw, encoding), delimiter, Findings("")), (0, None))
    if header is None or not any(cell.strip(_BLANK) for cell in header):
        return -1, 0  # such as a line of commas, which is one cell to a semicolon
    return sum(map(is_known_header, header)), len(header)


def _lines(raw: bytes, encoding: str) -> Iterable[str]:
    """Lines of the text, each ending in LF whatever ended it in the file."""
    buffer = io.BytesIO(raw)  # shares the bytes, makes no copy
    buffer.seek(_text_start(raw))
    return io.TextIOWrapper(buffer, encoding=encoding, newline=None)


def _records(lines: Iterable[str], delimiter: str, findings: Findings) -> Iterator[tuple[int, list[str] | None]]:
    """Records that are not blank, with the line on which each starts."""
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if line == "\n":
            continue
        if '"' in line:
            cells = _quoted_record(line, number, delimiter, numbered, findings)
            if cells is None:
                yield number, None
                continue
        else:
            cells = [cell.strip() for cell in line.split(delimiter)]
        if any(cells):
            yield number, cells


def _quoted_record(
    line: str, number: int, delimiter: str, following: Iterator[tuple[int, str]], findings: Findings
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
        rest = line[position:stop] if stop >= 0 else line[position:]
        if opening and rest.strip():
            message = f"text after the closing quote: {shown(rest.strip())}"
            findings.fault(number, len(cells) + 1, message, 'write "" for a quote within a quoted cell')
        cells.append((content if opening else rest).strip())
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
