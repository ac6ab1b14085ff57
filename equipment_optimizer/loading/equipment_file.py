"""An equipment CSV file into checked pieces.

In: the bytes of the file and the configuration that says which body parts there
are and which columns its filters ask for. Out: a `PieceSurvey`. Whether the
configuration fits the pieces is checked in `loading`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..files.csv_reader import CsvReader, header_key, read_csv
from ..files.findings import MAX_LISTED, Findings, listing, shown, shown_source
from ..records.config import Config
from ..records.equipment import EquipmentPiece
from ..records.vocabulary import RESISTANCES, part_key

__all__ = ["PieceSurvey", "survey_pieces"]

_NAMES = {
    "name": "name",
    "piece": "name",
    "equipmentpiecename": "name",
    "bodypart": "body part",
    "part": "body part",
    "basedefence": "defence",
    "basedefense": "defence",
    "basedef": "defence",
    "defence": "defence",
    "defense": "defence",
}
_SLOTS = re.compile(r"(?:num)?(?:lvl([1-4])decoslots|(?:deco)?slotslvl([1-4]))")
_RESISTANCE = re.compile(rf"({'|'.join(RESISTANCES)})res(?:istance)?", re.IGNORECASE)
_BONUS = re.compile(r"(?:set|group)bonus(?:[1-9][0-9]{0,8})?")


@dataclass(slots=True)
class PieceSurvey:
    """What an equipment file holds, as far as it could be read.

    Attributes
    ----------
    pieces : list of EquipmentPiece
        In file order, without those of faulty records.
    resistance_names, other_names : tuple of str
        What the pieces' ``resistances`` and ``other`` hold.
    missing_columns : tuple of str
        Columns that a filter asks for and the file lacks.
    headers : tuple of str
    faulty : set of (str, str)
        Body part and name of faulty records, so that naming them elsewhere is
        not a fault of its own.
    is_complete : bool
        Whether every record was looked at; False where the file could not be
        opened or lacks a column.
    """

    pieces: list[EquipmentPiece] = field(default_factory=list)
    resistance_names: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    faulty: set[tuple[str, str]] = field(default_factory=set)
    is_complete: bool = False


def column_meaning(key: str) -> str | None:
    """What the column with that header key holds: a name that all its spellings share."""
    if key in _NAMES:
        return _NAMES[key]
    if match := _SLOTS.fullmatch(key):
        return f"slots {match[1] or match[2]}"
    if match := _RESISTANCE.fullmatch(key):
        return match[1].capitalize()
    return f"bonus {key}" if _BONUS.fullmatch(key) else None


def survey_pieces(raw: bytes, findings: Findings, config: Config, parts: Mapping[str, str] | None) -> PieceSurvey:
    """Read all the pieces of an equipment file.

    Parameters
    ----------
    raw : bytes
        The whole file.
    findings : Findings
        Gets every fault, and a notice naming the columns that nothing uses.
    config : Config
        Its filters decide which unscored columns are kept.
    parts : mapping of str to str or None
        Body parts by `part_key`; None accepts any, where the configuration
        that declares them is itself faulty.

    Returns
    -------
    PieceSurvey

    Notes
    -----
    Linear time. Beside `raw` only the pieces are held.
    """
    reader = read_csv(raw, findings, column_meaning)
    if reader is None or not reader.require({"name": "Name", "body part": "Body Part"}):
        return PieceSurvey()
    survey = PieceSurvey(is_complete=True, headers=tuple(reader.titles))
    pieces = _PieceReader(reader, config, parts, survey)
    n_faults = findings.n_faults
    for line, cells in reader.records():
        piece = pieces.read(line, cells)
        if piece is not None:
            survey.pieces.append(piece)
    if not survey.pieces and findings.n_faults == n_faults:
        findings.fault(reader.header_line, 0, "there is no piece below the header", "write a row for each piece")
    _name_unused_columns(reader, pieces.other_columns)
    return survey


def _name_unused_columns(reader: CsvReader, used: list[int]) -> None:
    """Give the notice of the columns that nothing uses."""
    filtered = frozenset(used)
    unused = [index for index in reader.unknown if index not in filtered]
    if unused:
        names = [reader.titles[index] or f"(cell {index + 1})" for index in unused[:MAX_LISTED]]
        text = listing(names, len(unused))
        reader.findings.notice(reader.header_line, 0, f"columns that nothing uses: {text}")


class _PieceReader:
    """Makes pieces of the records of one file."""

    def __init__(self, reader: CsvReader, config: Config, parts: Mapping[str, str] | None, survey: PieceSurvey) -> None:
        columns = reader.columns
        self.reader = reader
        self.parts = parts
        self.faulty = survey.faulty
        self.name = columns["name"]
        self.part = columns["body part"]
        self.defence = columns.get("defence", -1)
        self.slots = [columns.get(f"slots {level}", -1) for level in (1, 2, 3, 4)]
        survey.resistance_names = tuple(name for name in RESISTANCES if name in columns)
        self.resistances = [columns[name] for name in survey.resistance_names]
        self.bonuses = [index for name, index in columns.items() if name.startswith("bonus ")]
        wanted = {rule.column: _filter_column(reader, rule.column) for rule in config.filters}
        survey.other_names = tuple(column for column, index in wanted.items() if index >= 0)
        survey.missing_columns = tuple(column for column, index in wanted.items() if index < 0)
        self.other_columns = [index for index in wanted.values() if index >= 0]
        # Equal names, levels and cells of many pieces are one object.
        self._shared: dict[Any, Any] = {}

    def read(self, line: int, cells: list[str]) -> EquipmentPiece | None:
        """The piece of one record; None after a fault."""
        reader = self.reader
        n_faults = reader.findings.n_faults
        name = reader.text(line, cells, self.name, "name")
        part = self._body_part(line, cells)
        defence = reader.whole_or_0(line, cells, self.defence, "defence")
        one, two, three, four = [reader.count_or_0(line, cells, index, "number of slots") for index in self.slots]
        resistances = tuple([reader.whole_or_0(line, cells, index, "resistance") for index in self.resistances])
        skills = reader.skill_levels(line, cells)
        bonuses = tuple(dict.fromkeys([cells[index] for index in self.bonuses if cells[index]]))
        other = tuple([cells[index] for index in self.other_columns])
        if reader.findings.n_faults > n_faults:
            self.faulty.add((part, name))
            return None
        share = self._shared.setdefault
        slots = (one, two, three, four)
        skills = tuple([share(pair, pair) for pair in skills])
        bonuses = share(bonuses, bonuses)
        return EquipmentPiece(name, part, defence, share(slots, slots), skills, resistances, bonuses, other, line)

    def _body_part(self, line: int, cells: list[str]) -> str:
        """The body part of a record as the configuration spells it; empty after a fault."""
        cell = cells[self.part]
        if self.parts is None:
            return cell
        part = self.parts.get(part_key(cell))
        if part is not None:
            return part
        known = listing(self.parts.values())
        guess = self.reader.findings.suggest(cell, self.parts.values()) if cell else None
        mend = (f"write {shown_source(guess)}; " if guess else "") + f"the body parts are {known}"
        message = f"unknown body part: {shown(cell)}" if cell else "the body part is blank"
        self.reader.fault(line, self.part, message, mend)
        return ""


def _filter_column(reader: CsvReader, column: str) -> int:
    """Cell index of the column that a filter names, in any of its spellings; -1 without one."""
    key = header_key(column)
    if key in reader.by_key:
        return reader.by_key[key]
    return reader.columns.get(reader.meaning_of(key) or "", -1)
