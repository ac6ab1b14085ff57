"""An equipment file into checked pieces.

In: the bytes of the file and the configuration that says which body parts there
are, how headers are written and which columns its filters ask for. Out: a
`PieceSurvey`. Whether the configuration fits the pieces is checked in `jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ..files.csv_reader import (
    MOST_ROWS_REMEMBERED,
    CsvReader,
    HeaderNames,
    WholeColumns,
    cells_at,
    header_key,
    read_csv,
)
from ..files.csv_text import TextRules
from ..files.findings import MAX_LISTED, Findings, listing, shown, shown_source
from ..files.names import folded, near
from ..files.numbers import is_blank, plain_text
from ..records.config import Config
from ..records.equipment import EquipmentPiece
from ..records.vocabulary import RESISTANCES, part_key
from ._equipment_columns import (
    REQUIRED,
    check_near_headers,
    column_meaning,
    declared_columns,
    levels_by_column,
    nearly_listed,
    nearly_ours,
)
from ._kept_columns import AskedColumn, asked_columns, column_index, conditions, tell_blanks, write_alike
from .skill_columns import SkillColumns, Spellings, check_unread_pairs, header_reader, names_in
from .slot_columns import SlotColumns

__all__ = ["PieceSurvey", "reading_of", "survey_pieces"]

#: Names of rows that are no pieces.
_TOTALS = frozenset(
    {"total", "totals", "grand total", "subtotal", "sum", "average", "mean", "median", "max", "min", "count"}
    | {"gesamt", "summe", "durchschnitt", "somme", "moyenne", "suma", "promedio", "totale", "somma", "media", "soma"}
    | {"\u0438\u0442\u043e\u0433\u043e", "\u5408\u8a08", "\u603b\u8ba1", "\u5408\u8ba1", "\ud569\uacc4"}
)


@dataclass(slots=True)
class PieceSurvey:
    """What an equipment file holds, as far as it could be read.

    Places are line and cell, in which something stands first; header keys are headers as they are compared.
    """

    pieces: list[EquipmentPiece] = field(default_factory=list)  # in file order, without those of faulty records
    resistance_names: tuple[str, ...] = ()  # what the pieces' `resistances` hold
    other_names: tuple[str, ...] = ()  # what their `other` holds
    missing_columns: tuple[AskedColumn, ...] = ()  # asked for, and their cells are blank
    headers: tuple[str, ...] = ()
    header_keys: frozenset[str] = frozenset()  # the file's and, where they are mapped, ours
    #: body part and name of faulty records: naming them elsewhere is no fault of its own
    faulty: set[tuple[str, str]] = field(default_factory=set)
    ordinary_keys: frozenset[str] = frozenset()  # of headers that mean nothing by themselves: a listed skill may be one
    ordinary_titles: tuple[str, ...] = ()
    level_columns: dict[str, tuple[int, int]] = field(default_factory=dict)  # nearly listed skills, above whole numbers
    #: What stands in the first rows of columns that nothing uses, as names are compared: line, cell, header.
    find_unread_names: Callable[[], dict[str, tuple[int, int, str]]] = dict
    name_column: tuple[str, int] = ("", 0)  # the file as messages name it, and its cell of names, from 1
    weapon_name_column: tuple[str, int] = ("", 0)
    skill_places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    bonus_places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    encoding: str | None = None  # what the file was read in; None where it could not be
    is_complete: bool = False  # whether every record was looked at: it opened, and has all columns
    n_before_weapons: int = 0  # pieces of the file; those of the weapon list follow


def reading_of(config: Config, survey: PieceSurvey | None = None) -> object:
    """What of a configuration, its body parts aside, decides how a file is read: equal ones give equal surveys.

    Without a survey that which is known before the file is opened.
    """
    if survey is None:
        return asked_columns(config), tuple(config.headers.items()), config.encoding
    listed = config.listed_skills
    columns = frozenset(name for name in listed if header_key(name) in survey.ordinary_keys)
    columns |= nearly_listed(survey.ordinary_titles, listed)
    return columns, _asked_for(config) if survey.encoding in (None, "cp1252") else None


def survey_pieces(
    raw: bytes,
    findings: Findings,
    config: Config,
    parts: Mapping[str, str] | None,
    *,
    encoding: str | None = None,
    only_part: str | None = None,
) -> PieceSurvey:
    """Read all the pieces of an equipment file, in linear time; beside `raw` only the pieces are held.

    `findings` gets every fault, and a notice naming the columns that nothing uses. `parts` are the body parts by
    `part_key`; None accepts any, where the configuration that declares them is itself faulty. `only_part` is what
    every piece is of, in a file that need not say it.
    """
    names = HeaderNames(config.headers)
    rules = TextRules(encoding or config.encoding, *_asked_for(config))
    understand = header_reader(column_meaning, names, with_others=True)
    required = {meaning: title for meaning, title in REQUIRED.items() if only_part is None or meaning != "body part"}
    reader = read_csv(raw, findings, understand, required=required, rules=rules)
    if reader is None:
        return PieceSurvey()
    near = check_near_headers(reader, declared_columns(config))
    # Of a required column that is nearly there, or nearly mapped, enough has been said.
    mapped = {nearly_ours(name, config) for name in config.headers}
    said = {*near.values(), *(meaning for meaning, title in REQUIRED.items() if title in mapped)}
    lacking = {meaning: title for meaning, title in required.items() if meaning not in said}
    if not reader.require(lacking, by_config=True):
        return PieceSurvey()
    if not required.keys() <= reader.columns.keys():
        return PieceSurvey()
    keys = frozenset(header_key(title) for title in reader.titles) | frozenset(reader.by_key)
    survey = PieceSurvey(is_complete=True, headers=tuple(reader.titles), header_keys=keys)
    survey.encoding = reader.table.encoding
    survey.name_column = findings.path, reader.columns["name"] + 1
    ordinary = set(reader.unknown)
    survey.ordinary_titles = tuple(reader.titles[index] for index in reader.unknown)
    survey.ordinary_keys = frozenset(map(header_key, survey.ordinary_titles)).union(
        key for key, index in reader.by_key.items() if index in ordinary
    )
    asked = asked_columns(config)
    pieces = _PieceReader(reader, config, parts, survey, only_part=only_part)
    n_faults = findings.n_faults
    for line, cells in reader.records():
        piece = pieces.read(line, cells)
        if piece is not None:
            survey.pieces.append(piece)
    survey.n_before_weapons = len(survey.pieces)
    if not survey.pieces and findings.n_faults == n_faults:
        findings.fault(reader.header_line, 0, "there is no piece below the header", "write a row for each piece")
    write_alike(survey.pieces, asked, decimal_comma=reader.decimal_comma)
    tell_blanks(survey.pieces, asked, findings)
    unused = sorted({*reader.unknown}.difference(pieces.used, near))
    survey.find_unread_names = partial(names_in, reader, unused)
    check_unread_pairs(reader, unused, survey.skill_places)
    if unused:
        text = listing([reader.titles[index] or f"(cell {index + 1})" for index in unused[:MAX_LISTED]], len(unused))
        reader.findings.notice(reader.header_line, 0, f"columns that nothing uses: {text}")
    return survey


def _asked_for(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that the file must hold if it is read rightly, and names that it may hold."""
    given_elsewhere = {name for decoration in config.decorations or () for name, _ in decoration.skills}
    given_elsewhere.update(step.skill for step in config.set_bonuses or ())
    given_elsewhere.update(name for name, _ in (config.weapon.skills if config.weapon else ()))
    pinned = [name for names in config.pin.values() for name in names]
    pinned += [name for groups in config.pin_all.values() for group in groups for name in group]
    named = (*config.listed_skills, *pinned, *config.exclude, *config.share_except)
    asked = dict.fromkeys(name for name in named if not name.isascii())
    bonuses = dict.fromkeys(step.bonus for step in config.set_bonuses or () if not step.bonus.isascii())
    compared = [text for _, rule in conditions(config) for text in (*(rule.one_of or ()), *(rule.none_of or ()))]
    headers = [*config.headers.values(), *(column.name for column in asked_columns(config))]
    written = (*compared, *headers, *config.body_parts)
    texts = dict.fromkeys(text for text in written if not text.isascii())
    hoped = (*(name for name in asked if name in given_elsewhere), *bonuses, *texts)
    if config.has_weapon_list:
        return (), (*asked, *hoped)  # a name may be in the other file
    return tuple(name for name in asked if name not in given_elsewhere), hoped


#: Body parts that a mend writes out; a column of more is probably another one.
_MOST_DECLARED = 12


def _is_total(cell: str) -> bool:
    """Whether a cell says that its row is a sum, or the like."""
    return folded(cell).casefold().rstrip(": ") in _TOTALS


#: A column that is kept: its cell index, and the text of the number in each cell.
_KeptColumn = tuple[AskedColumn, int, dict[str, str]]


class _PieceReader:
    """Makes pieces of the records of one file."""

    def __init__(
        self,
        reader: CsvReader,
        config: Config,
        parts: Mapping[str, str] | None,
        survey: PieceSurvey,
        *,
        only_part: str | None = None,
    ) -> None:
        columns = reader.columns
        self.reader = reader
        self.parts = parts
        self.faulty = survey.faulty
        self.name = columns["name"]
        self.part = columns.get("body part", -1)
        if only_part is not None:
            self.parts = {part_key(only_part): only_part}
        self.only_part = only_part or ""
        self.defence = columns.get("defence", -1)
        self.slots = SlotColumns(reader)
        level_columns, survey.level_columns = levels_by_column(reader, config)
        self.skills = SkillColumns(reader, level_columns)
        survey.resistance_names = tuple(name for name in RESISTANCES if name in columns)
        self.resistances = WholeColumns(reader, [columns[name] for name in survey.resistance_names], "resistance")
        self.bonuses = [index for meaning, index in columns.items() if meaning.startswith("bonus ")]
        self._bonus_cells = cells_at(self.bonuses)
        self._bonuses_of: dict[object, tuple[str, ...]] = {}
        self.bonus_names = Spellings("the set bonus", reader.findings)
        survey.skill_places, survey.bonus_places = self.skills.spellings.places, self.bonus_names.places
        #: The columns that are kept, with their cell indices (-1: blank), and the text of the number in each cell.
        self.other: list[_KeptColumn] = [
            (column, column_index(reader, column.name), {}) for column in asked_columns(config)
        ]
        # What is read as levels of a skill is no column where a name may be either.
        levels = frozenset(level_columns.values())
        self.other = [
            (column, -1 if column.is_optional and index in levels else index, plain)
            for column, index, plain in self.other
        ]
        survey.other_names = tuple(column.name for column, _, _ in self.other)
        survey.missing_columns = tuple(column for column, index, _ in self.other if index < 0)
        self.used = [index for _, index, _ in self.other if index >= 0]
        self._other_cells = cells_at(self.used)
        self._other_of: dict[object, tuple[str, ...]] = {}
        self.part_of: dict[str, str] = {}
        self.last_part = ""
        self._declared: str | None = None

    def read(self, line: int, cells: list[str]) -> EquipmentPiece | None:
        """The piece of one record; None after a fault."""
        reader = self.reader
        n_faults = reader.findings.n_faults
        if not (cells[self.name] and (self.part < 0 or cells[self.part])) and self._is_no_piece(line, cells):
            return None
        name = reader.text(line, cells, self.name, "name")
        part = self.only_part if self.part < 0 else self.part_of.get(cells[self.part])
        if part is None:
            part = self._body_part(line, cells)
        self.last_part = part
        defence = reader.whole_or_0(line, cells, self.defence, "defence")
        slots, weapon_slots = self.slots.read(line, cells)
        resistances = self.resistances.read(line, cells)
        skills = self.skills.levels(line, cells)
        bonuses = self._bonuses_of.get(self._bonus_cells(cells))
        if bonuses is None:
            bonuses = self._bonuses(line, cells)
        other = self._other_of.get((part, self._other_cells(cells)))
        if other is None:
            other = self._others(part, line, cells)
        if reader.findings.n_faults > n_faults:
            self.faulty.add((part, name))
            return None
        return EquipmentPiece(name, part, defence, slots, skills, resistances, bonuses, other, line, weapon_slots)

    def _bonuses(self, line: int, cells: list[str]) -> tuple[str, ...]:
        """Set bonuses of a record, each once."""
        names: dict[str, None] = {}
        known = self.bonus_names.of
        for index in self.bonuses:
            name = known.get(cells[index])
            if name is None:
                name = self.bonus_names.read(cells[index], line, index + 1)
            if name:
                names[name] = None
        if len(self._bonuses_of) < MOST_ROWS_REMEMBERED:
            self._bonuses_of[self._bonus_cells(cells)] = tuple(names)
        return tuple(names)

    def _others(self, part: str, line: int, cells: list[str]) -> tuple[str, ...]:
        """The cells of the columns that the configuration asks for."""
        n_faults = self.reader.findings.n_faults
        other = tuple([self._kept(column, part, line, cells) for column in self.other])
        if n_faults == self.reader.findings.n_faults and len(self._other_of) < MOST_ROWS_REMEMBERED:
            self._other_of[part, self._other_cells(cells)] = other
        return other

    def _kept(self, kept: _KeptColumn, part: str, line: int, cells: list[str]) -> str:
        """The cell of a column that is kept: a number as such, where it must be one."""
        column, index, plain = kept
        cell = cells[index] if index >= 0 else ""
        if not column.holds_numbers(part):
            if cell and cell[0] in "#=E" and not is_blank(cell):
                self.reader.check_has_value(line, index, cell)
            return cell
        text = plain.get(cell)
        if text is None:
            value = self.reader.decimal(line, cells, index) if cell else None
            if value is None and not is_blank(cell):
                return cell
            text = plain[cell] = "" if value is None else plain_text(value)
        return text

    def _as_declared(self) -> str:
        """How the config declares the parts of a table that has none of the known ones, nor near any; else empty."""
        if self._declared is None:
            self._declared = ""
            parts = dict.fromkeys(filter(None, self.reader.column(self.part)))
            known = (self.parts or {}).values()
            is_another = not any(part_key(folded(part)) in (self.parts or ()) or near(part, known) for part in parts)
            if 2 <= len(parts) <= _MOST_DECLARED and is_another:
                listed = ", ".join(f'"{shown_source(part)}": 1' for part in parts)
                self._declared = f': "body_parts": {{{listed}}}, with the number of each that a build has'
        return self._declared

    def _is_no_piece(self, line: int, cells: list[str]) -> bool:
        """Report a row that lacks its name or part and is a sum, a note or a heading: of its cells nothing more."""
        name, part = cells[self.name], cells[self.part] if self.part >= 0 else self.only_part
        what = "a row of totals"
        if not name and not part:
            message, what = "neither a name nor a body part", "a row of totals or a note"
        elif not part and _is_total(name):
            message = "the body part is blank"
        elif not name and _is_total(part):
            message = f"the body part is {shown(part)}"
        elif not part and len(self.reader.titles) > 2 and sum(map(bool, cells)) == 1:
            message, what = "a name and nothing else", "a note or a heading"
        else:
            return False
        self.reader.fault(line, self.part, f"{message}: {what} is no piece", "remove the row")
        return True

    def _body_part(self, line: int, cells: list[str]) -> str:
        """The body part of a record as the configuration spells it; empty after a fault."""
        cell = cells[self.part]
        part = cell if self.parts is None else self.parts.get(part_key(cell)) or self.parts.get(part_key(folded(cell)))
        if part:
            self.part_of[cell] = part
            return part
        if self.parts is None:
            return cell
        known = listing(self.parts.values())
        if _is_total(cell):
            message = f"the body part is {shown(cell)}: a row of totals is no piece"
            self.reader.fault(line, self.part, message, "remove the row")
        elif cell:
            guess = self.reader.findings.suggest(cell, self.parts.values())
            mend = (f"write {shown_source(guess)}; " if guess else "") + f"the body parts are {known}"
            mend += f"; or declare body_parts in the config{self._as_declared()}"
            if self.only_part:
                mend = "leave the column out: every piece of a weapon list is a weapon"
            self.reader.fault(line, self.part, f"unknown body part: {shown(cell)}", mend)
        elif self.last_part:
            message = (
                f"the body part is blank below {shown(self.last_part)}: merged cells hold it in their first row only"
            )
            mend = f"write it into every row, or remove a row that is no piece; the body parts are {known}"
            self.reader.fault(line, self.part, message, mend)
        else:
            self.reader.fault(line, self.part, "the body part is blank", f"write it; the body parts are {known}")
        return ""
