"""Columns without a meaning of their own that a configuration asks for: filters, totals, counts and formula.

In: a configuration. Out: which columns an equipment file is asked for, where that is
asked, and whose cells must be numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Fault, InputError, member_path, printable
from ..files.csv_reader import CsvReader, header_key
from ..files.findings import Findings, raise_faults, shown, shown_source
from ..files.numbers import Misread, decimal, is_blank, marks_of, plain_text
from ..records.config import Config, FilterRule
from ..records.equipment import EquipmentPiece, EquipmentTable
from ._config_file import ConfigDraft
from ._equipment_columns import column_meaning
from .skill_columns import skill_meanings

if TYPE_CHECKING:
    from ..records.formula import Term

__all__ = [
    "AskedColumn",
    "asked_columns",
    "check_double_forms",
    "check_sums",
    "column_index",
    "conditions",
    "tell_blanks",
    "term_path",
    "write_alike",
]


class AskedColumn(NamedTuple):
    """A column that a configuration asks for."""

    name: str  # as the configuration writes it
    path: str  # where it stands there first
    number_parts: frozenset[str] | None = frozenset()  # those whose cells must be numbers; None: all
    is_total: bool = False  # whether it is summed
    is_exact: bool = False  # whether its cells are compared as they are written
    is_optional: bool = False  # whether the name may be another's: a skill's or a count's

    def joined(self, other: AskedColumn) -> AskedColumn:
        """The same column for both uses."""
        parts = None
        if self.number_parts is not None and other.number_parts is not None:
            parts = self.number_parts | other.number_parts
        return AskedColumn(
            self.name,
            self.path,
            parts,
            is_total=self.is_total or other.is_total,
            is_exact=self.is_exact or other.is_exact,
            is_optional=self.is_optional and other.is_optional,
        )

    def holds_numbers(self, part: str) -> bool:
        """Whether the cell of a piece of `part` must be a number."""
        return self.number_parts is None or part in self.number_parts


def conditions(config: Config) -> Iterator[tuple[str, FilterRule]]:
    """Every rule on a column, of the filter and of counts, with its JSON path."""
    for rule in config.filters:
        yield member_path("$.filter", rule.column), rule
    for name, count in config.counts.items():
        for rule in count.where:
            yield member_path(f"{member_path('$.counts', name)}.where", rule.column), rule


def asked_columns(config: Config) -> tuple[AskedColumn, ...]:
    """The columns that a configuration asks for, each name once."""
    asked: dict[str, AskedColumn] = {}
    for column in _each_asked(config):
        before = asked.get(column.name)
        asked[column.name] = column if before is None else before.joined(column)
    return tuple(asked.values())


def _each_asked(config: Config) -> Iterator[AskedColumn]:
    """Every use of a column."""
    for path, rule in conditions(config):
        parts: frozenset[str] | None = frozenset()
        if rule.minimum is not None or rule.maximum is not None:
            parts = None if rule.parts is None else _with_sources(config, rule.parts)
        yield AskedColumn(rule.column, path, parts)
    for name in config.totals:
        yield AskedColumn(name, member_path("$.totals", name), None, is_total=True)
    for name, count in config.counts.items():
        if count.column is not None:
            key = "each" if count.same is None else "same"
            yield AskedColumn(count.column, f"{member_path('$.counts', name)}.{key}", is_exact=True)
    for of, term in () if config.formula is None else config.formula.terms():
        if term.kind in ("column", None):
            path = term_path(config, of, term)
            yield AskedColumn(term.name, path, None, is_total=True, is_optional=term.kind is None)


def term_path(config: Config, of: str, term: Term) -> str:
    """JSON path of a term of the formula, by the path of the ``of`` that it stands in."""
    path = member_path(of, term.name)
    return path if term.kind is None or path in config.locations else member_path(of, f"{term.kind}:{term.name}")


def _with_sources(config: Config, parts: tuple[str, ...]) -> frozenset[str]:
    """Body parts, and those that they draw from."""
    sources = [source for part in parts if part in config.body_parts for source in config.body_parts[part].drawn_from]
    return frozenset((*parts, *sources))


def column_index(reader: CsvReader, column: str) -> int:
    """Cell index of the column that a configuration names, in any of its spellings; -1 without one."""
    key = header_key(column)
    if key in reader.by_key:
        return reader.by_key[key]
    for index, title in enumerate(reader.titles):
        if header_key(title) == key:
            return index  # by the file's own header, where ours stands for it
    meaning = column_meaning(key) or skill_meanings([key])[0]
    return reader.columns.get(meaning or "", -1)


def write_alike(pieces: list[EquipmentPiece], asked: tuple[AskedColumn, ...], *, decimal_comma: bool) -> None:
    """Where all cells of a column are numbers, write them in one way, so that equal ones are equal text."""
    for place, column in enumerate(asked):
        if column.is_exact:
            continue
        cells = {piece.other[place] for piece in pieces}
        marks = marks_of(cells)
        plain: dict[str, str] = {}
        for cell in cells:
            value = None if is_blank(cell) else decimal(cell, marks, decimal_comma=decimal_comma)
            if isinstance(value, Misread):
                break
            plain[cell] = "" if value is None else plain_text(value)
        else:
            if any(cell != text for cell, text in plain.items()) and any(plain.values()):
                pieces[:] = [
                    piece._replace(other=(*piece.other[:place], plain[piece.other[place]], *piece.other[place + 1 :]))
                    for piece in pieces
                ]


def tell_blanks(pieces: list[EquipmentPiece], asked: tuple[AskedColumn, ...], findings: Findings) -> None:
    """Give one notice for each summed column that has blank cells beside others."""
    for place, column in enumerate(asked):
        blank = [piece.line for piece in pieces if not piece.other[place]] if column.is_total else []
        if len(blank) == len(pieces):
            continue
        if blank:
            cells = "a blank cell" if len(blank) == 1 else f"{len(blank)} blank cells"
            findings.notice(blank[0], 0, f"{cells} of the column {shown(column.name)} count{'s' * (len(blank) == 1)} 0")


def check_sums(findings: Findings, config: Config, table: EquipmentTable) -> None:
    """The numbers of every summed column can be whole ones together; those that a table of a formula lists are."""
    in_formula = () if config.formula is None else config.formula.names("column")
    fine: set[str] = set()
    for name in dict.fromkeys((*config.totals, *in_formula)):
        try:
            fine |= {name} if table.numbers(name)[1] else set()
        except InputError as error:
            for fault in error.faults:
                findings.fault(0, 0, fault.message, fault.mend)
    raise_faults(findings)
    for of, term in () if config.formula is None else config.formula.terms():
        if term.kind == "column" and term.table is not None and term.name in fine:
            path = term_path(config, of, term)
            message = f"a table over {shown(term.name)}, whose cells hold fractions [{printable(path)}]"
            mend = "write a number: what one of it adds; a table lists what 0, 1, 2, ... add"
            raise InputError([Fault(config.where(path), message, mend)])


def check_double_forms(draft: ConfigDraft) -> None:
    """Report columns with limits as a total that have them in a form of their own too."""
    config = draft.config
    ours = {header_key(theirs): header_key(name) for name, theirs in config.headers.items()}
    special = {name: f"$.resistances.{name.lower()}" for name in config.resistances}
    for key in ("min_defence", "max_defence"):
        if getattr(config, key) is not None:
            special.setdefault("defence", f"$.{key}")
    for name, rule in config.totals.items():
        key = header_key(name)
        meaning = column_meaning(ours.get(key, key))
        path = member_path("$.totals", name)
        other = special.get(meaning or "")
        if other is None and meaning == "defence" and rule.weight and "$.defence" in config.locations:
            path, other = f"{path}.weight", "$.defence"
        if other is not None:
            message = f"{shown(name)} is the column of {other}, in another form [{shown_source(path)}]"
            draft.findings.fault(*config.locations.get(path, (0, 0)), message, "keep one of the two")
