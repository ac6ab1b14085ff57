"""Lists of talismans, as players exchange them, into an equipment list of charms.

In: the bytes of a file with a talisman on each line,
``Skill,Level,Skill,Level,Slot,Slot,Slot``. Out: the text of an equipment list.
All faults of the file are raised together.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator

from ..files.csv_reader import CsvReader
from ..files.csv_text import CsvTable, Header, open_csv
from ..files.findings import Findings, raise_faults, shown
from ..files.text import read_bytes, why_unreadable
from ..loading.skill_columns import Spellings
from ..records.vocabulary import N_SLOT_LEVELS
from ._rows import slot_counts, slot_level, to_csv

__all__ = ["talismans_file"]

#: What the seven cells of a line hold.
_TITLES = ["Skill 1 Name", "Skill 1 Level", "Skill 2 Name", "Skill 2 Level", "Slot 1", "Slot 2", "Slot 3"]


def talismans_file(path: str | os.PathLike[str]) -> tuple[str, tuple[str, ...]]:
    """An equipment list with a charm for each talisman of a file.

    Parameters
    ----------
    path : str or path-like
        The file: one talisman a line, blank lines and lines that begin with
        ``#`` aside. Either skill may be blank (with a blank level or 0); a slot
        is a level from 1 to 4, or 0 for none. Comma, semicolon or tab.

    Returns
    -------
    text : str
        CSV with the columns of an equipment list. A talisman is named for what
        it has: ``Attack 2, Guard 1 [3-1-0]``.
    notices : tuple of str

    Raises
    ------
    InputError
        If the file cannot be read or is faulty; it holds all the faults.
    """
    findings = Findings(os.fspath(path))
    rows: list[list[object]] = []
    try:
        raw = read_bytes(findings.path)
    except (OSError, ValueError) as error:
        findings.fault(0, 0, *why_unreadable(error))
    else:
        rows = list(_talismans(raw, findings))
    raise_faults(findings)
    slots = [f"Num Lvl {level} Deco Slots" for level in range(1, N_SLOT_LEVELS + 1)]
    return to_csv([["Name", "Body Part", *_TITLES[:4], *slots], *rows]), tuple(findings.notices())


def _talismans(raw: bytes, findings: Findings) -> Iterator[list[object]]:
    """A row of the equipment list for each talisman."""
    raw = _without_comments(raw)
    if not raw.removeprefix(codecs.BOM_UTF8).strip(b" ,;\t\r\n"):
        findings.fault(0, 0, "there is no talisman in the file", "write a line for each: " + ",".join(_TITLES))
        return
    table = open_csv(raw, findings, lambda titles: [Header(title, title, None) for title in titles])
    if table is None:
        return
    # There is no header: what was taken for it is the first talisman.
    first = (table.header_line, list(table.titles))
    headers = [Header(title, title, title) for title in _TITLES]
    reader = CsvReader(CsvTable(headers, _TITLES, 0, _with(first, table), table.again), findings)
    spellings = Spellings("the skill", findings)
    for line, cells in reader.records():
        for index in (0, 2):
            cells[index] = spellings.read(cells[index], line, index + 1)
        name_1, level_1 = _skill(reader, line, cells, 0)
        name_2, level_2 = _skill(reader, line, cells, 2)
        slots = [slot_level(reader, line, cells, index) for index in (4, 5, 6)]
        skills = ", ".join(f"{name} {level}" for name, level in ((name_1, level_1), (name_2, level_2)) if name)
        name = f"{skills or 'Talisman'} [{'-'.join(map(str, slots))}]"
        yield [name, "Charm", name_1, level_1, name_2, level_2, *slot_counts(slots)]


def _with(first: tuple[int, list[str]], table: CsvTable) -> Iterator[tuple[int, list[str] | None]]:
    """All records, the first one included."""
    yield first
    yield from table.records


def _skill(reader: CsvReader, line: int, cells: list[str], index: int) -> tuple[str, int | str]:
    """Name and level of a skill, both blank where there is none."""
    name, cell = cells[index], cells[index + 1]
    if name and not cell:
        reader.fault(line, index + 1, f"skill {shown(name)} has no level", "write its level, 1 or more")
    if not cell:
        return name, ""
    level = reader.whole(line, cells, index + 1, "level", mend="write a whole number")
    if level is None:
        return name, ""
    if not name:
        if level:
            reader.fault(line, index, f"level {shown(cell)} has no skill", "write the skill, or 0 for no level")
        return "", ""
    if level < 1:
        mend = "write 1 or more, or leave the skill empty"
        reader.fault(line, index + 1, f"the level of {shown(name)} is below 1: {shown(cell)}", mend)
    return name, level


def _without_comments(raw: bytes) -> bytes:
    """The file with every line that begins with ``#`` made blank, so that the others keep their numbers."""
    lines = raw.splitlines(keepends=True)
    return b"".join(b"\n" if line.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"#") else line for line in lines)
