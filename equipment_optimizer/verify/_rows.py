"""Which build each row of an output file stands for, and what its cells should be.

In: records of cells and the definition of the job. Out: `Listed` rows, each with
the build whose names, totals and score agree with it. Several pieces may share a
name; of several builds that agree, the first in rank order after the row above is
meant, and one that no row above stands for. It does not judge: what is wrong is told to whoever asked.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from ..records.vocabulary import N_SLOT_LEVELS
from ._builds import Builds
from ._definition import Definition, Rows, Slot, Totals
from ._limits import decimal_text
from ._matching import place_decorations
from ._named_builds import builds_after, parse_filling, same_named
from .output_file import OutputFile, Record, is_same, plain

__all__ = ["MOST_SLOTS", "Listed", "RowReader"]

#: Builds looked at to tell which of several pieces of one name a row means.
_MOST_NAMESAKES = 100_000

_SLOT_COLUMNS = tuple(f"Lvl {level} Decoration Slot" for level in range(1, N_SLOT_LEVELS + 1))

#: Slots of a build in which decorations are placed one by one.
MOST_SLOTS = 500

#: Builds of all rows together that agree with a row and are held against the rows before it.
_MOST_UNLIKE = 20_000

#: Sets of skills whose columns are kept: all rows have those of the file, namesakes some of their own.
_NAMES_KEPT = 64

#: More slots than a build can have need no reading.
_COUNT = re.compile(r"([0-9]{1,15})(?:[.,]0{1,9})?")

#: In the order for spreadsheets: the column of the skills that are not listed, and what
#: tells it apart from a listed skill of this name.
_OTHER_SKILLS = re.compile(r"Other skills(?: \(cell\))*")

#: Told line, column, what was expected and what was found.
Differ = Callable[[int, str, object, object], None]

#: Why a build with its filling and free slots cannot follow the rows before it; None where it can.
Fault = Callable[[tuple[Rows, Mapping[int, int], "tuple[int, ...] | None"]], "str | None"]


@dataclass(slots=True)
class Listed:
    """A row that was understood: its build and its filling."""

    record: Record
    rows: Rows  # table rows of its pieces
    cells: Mapping[str, str]  # by column name
    filling: Mapping[int, int]  # how many of each decoration
    score: int = 0  # scaled, by definition
    free_slots: tuple[int, ...] | None = None  # as the row says; None without decorations
    slots: list[Slot] = field(default_factory=list)
    #: The decoration in each of `slots`, -1 where it is free; empty where they do not fit.
    placed: list[int] = field(default_factory=list)


class _Cells(Mapping[str, str]):
    """The cells of a row by column name, whose places all rows share."""

    __slots__ = ("_places", "_texts")

    def __init__(self, places: Mapping[str, int], texts: Sequence[str]) -> None:
        self._places, self._texts = places, texts

    def __getitem__(self, name: str) -> str:
        return self._texts[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places


class ShownNames(NamedTuple):
    """Columns of skills, totals, counts and factors that have one, by their own names."""

    skills: dict[str, str]
    totals: dict[str, str]
    counts: dict[str, str]
    factors: dict[str, str]


class RowReader:
    """Reads the rows of one file, in the program's order of columns or in that for spreadsheets.

    `builds` says which builds there are; `differ` is told of cells that make no sense. Where rows have to differ
    `fault` tells whether a build may follow those read so far: of several that agree with a row the first is meant that
    may.
    """

    def __init__(
        self, definition: Definition, builds: Builds, output: OutputFile, differ: Differ, *, fault: Fault | None = None
    ) -> None:
        self.definition = definition
        self.config = definition.config
        self.table = definition.table
        self.header = output.header
        self._places = {name: place for place, name in enumerate(output.header)}
        self._has_decimal_commas = output.has_decimal_commas
        self._builds = builds
        self._by_name = same_named(definition, builds.allowed)
        self._differ = differ
        self._fault = fault if self.config.is_selective else None
        self._n_unlike_left = _MOST_UNLIKE
        #: Whether it is not known which build a row stands for, though all rows before it are settled.
        self.is_unsettled = False
        #: Builds that rows read so far stand for, of those whose names stand for several.
        self._taken: set[Rows] = set()
        #: Skills that any piece, decoration or bonus of the rows read so far names.
        self.skills: set[str] = set()
        #: The column of all skills that are not listed, in the order for spreadsheets.
        self.other_skills = self._other_skills()
        #: `ShownNames` of a set of skills, those of the sets asked for last kept.
        self.shown_names = lru_cache(_NAMES_KEPT)(self._shown_names)
        self._free = [*_SLOT_COLUMNS, "Defence", *(f"{name} Res" for name in self.table.resistance_names)]
        self._filled = ["Decorations"] * (self.config.decorations is not None)
        self._last = ["Set Bonuses"] * (self.config.set_bonuses is not None)
        self._last += ["Variants"] * (self.config.variants is not None) + ["Proved"] * ("Proved" in self.header)

    def _other_skills(self) -> str | None:
        """The name of that column; None where every skill has one of its own."""
        if not self.header or self.header[0] != "Score":
            return None
        named = [name for name in self.header if _OTHER_SKILLS.fullmatch(name)]
        return max(named, key=len, default=None)

    def columns(self, skills: Iterable[str]) -> list[str]:
        """All columns in their order, given the skills of the listed builds."""
        names = self.shown_names(frozenset(skills))
        shown = list(names.skills.values())
        limits = [*names.totals.values(), *names.counts.values(), *names.factors.values()]
        if self.other_skills is None:
            return [*self.table.position_names, *shown, *self._free, *limits, *self._filled, *self._last, "Score"]
        first = ["Score", *self.table.position_names, *shown, *self._filled, self.other_skills]
        return [*first, *self._free, *limits, *self._last]

    def differing_cells(self, cells: Mapping[str, str], expected: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """(column, expected, found) of every cell that is there and not as expected."""
        for name, text in expected.items():
            cell = cells[name] if name in cells else cells.get(f"'{name}", text)
            if cell == text:
                continue
            shown = plain(cell, {text: None}) if name in ("Set Bonuses", self.other_skills) else cell
            if not is_same(shown, text, has_decimal_commas=self._has_decimal_commas):
                yield name, text, cell

    def read(self, record: Record, above: Listed | None) -> Listed | None:
        """The build of a record below another row; None, and a difference, where there is none."""
        line, width = record.line, len(self.header)
        if len(record.cells) != width:
            self._differ(line, "(row)", f"{width} cells", len(record.cells))
            return None
        cells = _Cells(self._places, record.cells)
        choices = self._choices(line, cells)
        if not all(choices):
            return None
        filling, faults = self._filling(cells)
        for fault in faults:
            self._differ(line, "Decorations", "decorations in stock", fault)
        row = Listed(record, (), cells, filling)
        rows = self._meant(row, choices, above)
        if rows is None:
            self._differ(line, "(row)", "different pieces, in file order", "no such build")
            return None
        row.rows = rows
        if not self.config.front and any(len(rows_of_name) > 1 for rows_of_name in choices):
            self._taken.add(rows)  # on a front a build may stand with several fillings
        self.skills.update(self.score(row).levels)
        return row

    def known(self, record: Record, rows: Rows) -> Listed:
        """A row whose build is known, which is not scored."""
        cells = _Cells(self._places, record.cells)
        return Listed(record, rows, cells, self._filling(cells)[0])

    def _filling(self, cells: Mapping[str, str]) -> tuple[dict[int, int], list[str]]:
        """The decorations of a row by number, and what is wrong with them."""
        if self.config.decorations is None:
            return {}, []
        return parse_filling(cells.get("Decorations", ""), self.definition)

    def _choices(self, line: int, cells: Mapping[str, str]) -> list[list[int]]:
        """The table rows that each position's name may mean."""
        choices = []
        for part, name in zip(self.table.positions, self.table.position_names, strict=True):
            rows_of_name = self._by_name[part]
            choices.append(rows_of_name.get(plain(cells[name], rows_of_name), []))
            if not choices[-1]:
                self._differ(line, name, "a piece that the config allows", repr(cells[name]))
        return choices

    def _meant(self, row: Listed, choices: Sequence[Sequence[int]], above: Listed | None) -> Rows | None:
        """The build that a row stands for: of several that agree, the first after the row above, or that no row has."""
        positions = self.table.positions
        first = next(builds_after(choices, positions, None, self._builds), None)
        if all(len(rows_of_name) == 1 for rows_of_name in choices):
            return first
        pieces = self.definition.pieces
        skills = {skill for rows in choices for row_of_name in rows for skill, _ in pieces[row_of_name].skills}
        floors: list[Rows | None] = [None]
        agreeing: Rows | None = None
        if above is not None and above.cells.get("Score") == row.cells.get("Score"):
            floors.insert(0, above.rows)
        if self._fault is not None:
            unlike = self._unlike(row, builds_after(choices, positions, floors[0], self._builds), skills)
            if unlike is not None:
                return unlike
        for floor in floors:
            candidates = itertools.islice(builds_after(choices, positions, floor, self._builds), _MOST_NAMESAKES)
            for rows in candidates:
                is_free = rows not in self._taken and rows != floor
                if is_free and self._agrees(row, rows, skills) and self._builds.first_assignment(rows) == rows:
                    # Namesakes may differ in nothing but what limits count.
                    if not any(True for _ in self.definition.missed_limits(self.definition.totals(rows, row.filling))):
                        return rows
                    agreeing = agreeing or rows
        return agreeing or first

    def _unlike(self, row: Listed, candidates: Iterator[Rows], skills: AbstractSet[str]) -> Rows | None:
        """The first build that agrees with a row and differs enough from those before it.

        It is the one that is meant if the list is right and complete: what is before it in order was too much alike,
        or is a row itself. After a stop any other may be meant.
        """
        meant: Rows | None = None
        for n_seen, rows in enumerate(candidates):
            if n_seen >= _MOST_NAMESAKES or not self._n_unlike_left:
                self.is_unsettled = True
                break
            if rows in self._taken or not self._agrees(row, rows, skills):
                continue
            trial = Listed(row.record, rows, row.cells, row.filling)
            if any(True for _ in self.definition.missed_limits(self.score(trial))):
                continue
            if self._builds.first_assignment(rows) != rows:
                continue
            if meant is not None:
                self.is_unsettled = True
                break
            self._n_unlike_left -= 1
            if self._fault is not None and self._fault((rows, row.filling, trial.free_slots)) is None:
                meant = rows
                if "Proved" not in self.header:
                    break
        return meant

    def _agrees(self, row: Listed, rows: Rows, skills: AbstractSet[str]) -> bool:
        """Whether a build has the totals and the score of a row, and of `skills` those it has no level of at 0."""
        trial = Listed(row.record, rows, row.cells, row.filling)
        totals = self.score(trial)
        columns = self.shown_names(frozenset(totals.levels)).skills.values()
        if not all(name in row.cells or f"'{name}" in row.cells for name in columns):
            return False
        expected = self.expected(trial, totals, skills | totals.levels.keys())
        if any(True for _ in self.differing_cells(row.cells, expected)):
            return False
        if trial.free_slots is None or sum(totals.slots) > MOST_SLOTS:
            return True
        # Namesakes may differ in nothing but the slots that hold these decorations.
        slots = self.definition.slots_of(rows)
        return place_decorations(self.definition, slots, row.filling, trial.free_slots) is not None

    def score(self, row: Listed) -> Totals:
        """Totals of a row's build; notes its score."""
        totals = self.definition.totals(row.rows, row.filling)
        if self.config.decorations is not None:
            counts = (_COUNT.fullmatch(row.cells.get(name, "")) for name in _SLOT_COLUMNS)
            row.free_slots = tuple(0 if count is None else int(count[1]) for count in counts)
        row.score = self.definition.scaled_score(totals, row.free_slots)
        return totals

    def _shown_names(self, skills: frozenset[str]) -> ShownNames:
        """The columns of what has a name: skills by code point, totals, counts and factors as they are configured."""
        taken = {*self.table.position_names, *self._free, *self._filled, *self._last, "Proved", "Score"}
        shown = ShownNames({}, {}, {}, {})
        of_kind = {"total": shown.totals, "count": shown.counts, "factor": shown.factors}
        factors = () if self.config.formula is None else self.config.formula.factors
        totals = [name for name in self.config.totals if name not in self._free]
        every = [*((name, "skill") for name in sorted(skills)), *((name, "total") for name in totals)]
        every += [*((name, "count") for name in self.config.counts), *((factor.name, "factor") for factor in factors)]
        for name, kind in every:
            column = name
            while column in taken:
                column += f" ({kind})"
            taken.add(column)
            if kind != "skill":
                of_kind[kind][name] = column
            elif self.other_skills is None or name in self.config.listed_skills:
                shown.skills[name] = column
        return shown

    def expected(self, row: Listed, totals: Totals, skills: AbstractSet[str]) -> dict[str, str]:
        """Cells of a row, where a definition tells them, given the skills of all rows."""
        names = self.shown_names(frozenset(skills))
        levels, columns = totals.levels, names.skills
        cells = {"Defence": str(totals.defence), "Score": self.definition.score_text(row.score)}
        cells.update((name, str(levels.get(skill, 0))) for skill, name in columns.items())
        if self.other_skills is not None:
            others = (f"{skill} {level}" for skill, level in sorted(levels.items()) if level and skill not in columns)
            cells[self.other_skills] = ", ".join(others)
        # With decorations the row says which slots stay free: here only how it is written.
        free_slots = totals.slots if row.free_slots is None else row.free_slots
        cells.update(zip(_SLOT_COLUMNS, map(str, free_slots), strict=True))
        for name, points in zip(self.table.resistance_names, totals.resistances, strict=True):
            cells[f"{name} Res"] = str(points)
        cells.update((shown, decimal_text(totals.columns[name])) for name, shown in names.totals.items())
        cells.update((shown, str(totals.counts[name])) for name, shown in names.counts.items())
        values = map(decimal_text, self.definition.factors(totals))
        cells.update(zip(names.factors.values(), values, strict=True))
        if self.config.set_bonuses is not None:
            active = [
                f"{bonus} ({count})"
                for bonus, count in sorted(totals.bonus_counts.items())
                if self.definition.bonus_levels(bonus, count)
            ]
            cells["Set Bonuses"] = "; ".join(active)
        return cells
