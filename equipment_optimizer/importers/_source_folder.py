"""CSV files of one folder that name each other's rows: opened, and their names checked.

In: file names and the headers they must have. Out: readers, and faults for names
that no row declares. What the rows mean is not known here.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UsageError
from ..files.csv_reader import CsvReader, header_key, read_csv
from ..files.csv_text import Header
from ..files.findings import Findings, shown
from ..files.text import read_bytes, why_unreadable
from ..loading.skill_columns import header_reader

__all__ = ["Names", "SourceFolder", "folder_with"]


def folder_with(path: str | os.PathLike[str], *names: str, inside: str = "") -> str:
    """The folder that holds files of these names: the one given, or the one `inside` it where that is how it came.

    Raises a `UsageError` where there is no folder.
    """
    folder = os.fspath(path)
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {folder}", f"name the folder that holds {' and '.join(names)}")
    below = os.path.join(folder, *inside.split("/"))
    is_below = inside and not os.path.exists(os.path.join(folder, names[0])) and os.path.isdir(below)
    return below if is_below else folder


@dataclass
class Names:
    """Names of one kind, `what`, that one file declares, to check those that others use once they are complete."""

    what: str
    lines: dict[str, int] = field(default_factory=dict)  # of each name
    is_complete: bool = False

    def declare(self, reader: CsvReader, line: int, index: int, name: str) -> bool:
        """Take a name in; a second one is a fault."""
        first = self.lines.setdefault(name, line)
        if first != line:
            message = f"{self.what} {shown(name)} is already on line {first}"
            reader.fault(line, index, message, "keep one of the two rows")
        return first == line

    def check(self, reader: CsvReader, line: int, index: int, name: str) -> None:
        """A name that is used and was not declared is a fault."""
        if name in self.lines or not self.is_complete:
            return
        guess = reader.findings.suggest(name, self.lines)
        mend = f"write {shown(guess)}" if guess else f"add a row for this {self.what}, or correct the name"
        reader.fault(line, index, f"unknown {self.what}: {shown(name)}", mend)


class SourceFolder:
    """The files of a folder, with what was found in each that was opened, in that order."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.findings: list[Findings] = []

    def open(self, name: str, titles: Sequence[str], meanings: Mapping[str, str] | None = None) -> CsvReader | None:
        """A reader of a file, named with ``/``, that has columns with these headers; None where nothing can be read.

        `meanings` are what these and further headers are called by us, where they are not English; such files may begin
        with a number sign.
        """
        path = os.path.join(self.path, *name.split("/"))
        findings = Findings(path)
        self.findings.append(findings)
        try:
            raw = read_bytes(path)
        except (OSError, ValueError) as error:
            findings.fault(0, 0, *why_unreadable(error))
            return None
        if meanings is None:
            known = {header_key(title): header_key(title) for title in titles}
        else:
            known = {header_key(title): meaning for title, meaning in meanings.items()}
            raw = raw.removeprefix(codecs.BOM_UTF8).removeprefix(b"#")
        by_key = header_reader(known.get)

        def understand(titles: Sequence[str]) -> Sequence[Header]:
            headers: Sequence[Header] = by_key(titles)
            if meanings is not None:
                # Columns that nobody asks for may share a header.
                headers = [header if header.meaning is not None else header._replace(key="") for header in headers]
            return headers

        required = {header.meaning or "": title for header, title in zip(understand(titles), titles, strict=True)}
        reader = read_csv(raw, findings, understand, required=required)
        return reader if reader is not None and reader.require(required) else None
