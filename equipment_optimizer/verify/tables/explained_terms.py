"""Judge a table of what separates two builds by definition: what amounts are worth, sums, that there are such builds.

In: the table that the command `explain` wrote, and the job. Out: a `Verdict`. The table does not name the builds, nor
what was asked for: in a job of few builds one is looked for that has these amounts, with slots to fill those that no
decoration changes, and that decorations can give it the levels that are shown with the slots free that are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...records.config import Config
from ...records.equipment import EquipmentTable
from ...records.vocabulary import N_SLOT_LEVELS
from ..judging import (
    Builds,
    Challenge,
    Definition,
    Difference,
    Rows,
    StoppedEarly,
    Totals,
    Verdict,
    alike_decorations,
    fillings_to_try,
    place_decorations,
)
from ..output_file import OutputFile, Record, plain
from ._frame import verdict_of
from ._numbers import number_of, number_text

__all__ = ["is_term_table", "verify_terms"]

_HEADER = ("Term", "Kind", "Amount", "Worth", "Other Amount", "Other Worth", "Difference")

#: The columns of what the first build has and of what the other one has.
_SIDES = ((2, 3), (4, 5))

_SCORE = ("Score", "score")

_SLOTS = tuple(f"Lvl {level} slots" for level in range(1, N_SLOT_LEVELS + 1))

#: Name and kind.
Term = tuple[str, str]


def is_term_table(header: Sequence[str]) -> bool:
    """Whether a file is a table of what separates two builds."""
    return tuple(header[: len(_HEADER)]) == _HEADER


def verify_terms(
    output: OutputFile,
    table: EquipmentTable,
    config: Config,
    *,
    n_builds: int,
    seed: int = 0,
    should_stop: Callable[[], bool] | None = None,
) -> Verdict:
    """Check a table against its job; builds are looked for where there are no more than `n_builds`."""
    judge = _Terms(output, Definition(table, config))

    def look() -> None:
        if judge.read():
            judge.check_worths()
            judge.find_builds(n_builds, seed, should_stop)

    return verdict_of(judge, look)


@dataclass(frozen=True)
class _Row:
    """A row that was understood: what each build has of a term, what that is worth, and the difference."""

    record: Record
    amounts: tuple[Fraction, Fraction]
    worths: tuple[Fraction, Fraction]
    gain: Fraction


class TooManyFillings(Exception):
    """There are more ways to fill slots than are looked at."""


class _Terms:
    """The steps of one verification."""

    def __init__(self, output: OutputFile, definition: Definition) -> None:
        self.differences: list[Difference] = []
        self.checks: list[str] = []
        self._output, self._definition, self._config = output, definition, definition.config
        self._table = definition.table
        self._rows: dict[Term, _Row] = {}
        given = {skill for piece in definition.pieces for skill, _ in piece.skills}
        given |= {skill for decoration in definition.decorations for skill, _ in decoration.skills}
        given |= {line.skill for line in self._config.set_bonuses or ()}
        given |= {skill for skill, _ in (self._config.weapon.skills if self._config.weapon else ())}
        self._jewels = alike_decorations(definition, str)
        #: Whether no decoration takes a level away.
        self._only_rises = all(level >= 0 for jewel in self._jewels for level in jewel.gives.values())
        #: Fillings, or parts of them, that may still be looked at.
        self._n_steps_left = 0
        self._skills = dict.fromkeys([*self._config.listed_skills, *sorted(given)])

    def _differ(self, line: int, column: str, expected: str, actual: str) -> None:
        self.differences.append(Difference(line, column, expected, actual))

    # --- rows ----------------------------------------------------------------------------

    def _terms(self) -> dict[Term, bool]:
        """The terms that there may be, and whether each must be there."""
        config, named = self._config, self._config.listed_skills
        terms = {(skill, "skill"): skill in named for skill in self._skills}
        terms |= {(name, "slots"): True for name in _SLOTS}
        terms["Defence", "defence"] = True
        resistances = [f"{name} Res" for name in self._table.resistance_names]
        terms |= {(name, "resistance"): True for name in resistances}
        terms |= {(name, "total"): True for name in config.totals if name not in ("Defence", *resistances)}
        # What each value is counted of is no requirement of a build that misses some.
        terms |= {(name, "count"): rule.column is None for name, rule in config.counts.items()}
        factors = () if config.formula is None else config.formula.factors
        return terms | {(factor.name, "factor"): True for factor in factors}

    def read(self) -> bool:
        """Match rows with terms; false where the table is not one that can be summed up."""
        header, is_marked = self._output.header, "Proved" in self._output.header
        expected = (*_HEADER, *(["Proved"] if is_marked else []))
        if header != expected:
            self._differ(1, "(header)", ", ".join(expected), ", ".join(header))
            return False
        terms = {**self._terms(), _SCORE: True}
        for record in self._output.records:
            if len(record.cells) != len(header):
                self._differ(record.line, "(row)", f"{len(header)} cells", str(len(record.cells)))
                continue
            term = (plain(record.cells[0], self._skills), record.cells[1])
            if term not in terms or term in self._rows:
                known = self._rows.get(term)
                expected_term = "a term of the job" if known is None else f"once, as in line {known.record.line}"
                self._differ(record.line, "Term", expected_term, ", ".join(record.cells[:2]))
                continue
            row = self._read(record, is_score=term == _SCORE)
            if row is not None:
                self._rows[term] = row
            if is_marked and record.cells[-1] != "no":
                self._differ(record.line, "Proved", "no", record.cells[-1])
        missing = [name for (name, kind), is_needed in terms.items() if is_needed and (name, kind) not in self._rows]
        for name in missing if not self.differences else ():
            self._differ(0, "(missing)", f"a row of {name}", "none")
        return not self.differences

    def _read(self, record: Record, *, is_score: bool) -> _Row | None:
        """The numbers of a row; None where a cell is none."""
        numbers = []
        for column, cell in zip(_HEADER[2:], record.cells[2:], strict=False):
            is_blank = is_score and column.endswith("Amount")
            number = number_of(cell, has_decimal_commas=self._output.has_decimal_commas)
            if number is None and is_blank and not cell:
                number = Fraction(0)
            elif number is None or is_blank:
                self._differ(record.line, column, "nothing" if is_blank else "a number", cell or "nothing")
                return None
            numbers.append(number)
        amount, worth, other_amount, other_worth, gain = numbers
        return _Row(record, (amount, other_amount), (worth, other_worth), gain)

    # --- numbers -------------------------------------------------------------------------

    def check_worths(self) -> None:
        """What amounts are worth, what that comes to, and the order."""
        for term, row in self._rows.items():
            for side, (amount_column, column) in enumerate(_SIDES):
                cells = row.record.cells
                expected = self._score(side) if term == _SCORE else self._worth(term, row.amounts[side], side)
                if expected is None:
                    self._differ(row.record.line, _HEADER[amount_column], "a whole number", cells[amount_column])
                elif term[1] in ("slots", "count") and row.amounts[side] < 0:
                    self._differ(row.record.line, _HEADER[amount_column], "0 or more", cells[amount_column])
                elif row.worths[side] != expected:
                    self._differ(row.record.line, _HEADER[column], number_text(expected), cells[column])
            if row.gain != row.worths[0] - row.worths[1]:
                expected_gain = number_text(row.worths[0] - row.worths[1])
                self._differ(row.record.line, "Difference", expected_gain, row.record.cells[6])
        rows = [row for term, row in self._rows.items() if term != _SCORE]
        for above, row in itertools.pairwise(rows):
            if (abs(row.gain), row.gain) > (abs(above.gain), above.gain):
                self._differ(row.record.line, "(order)", "the largest difference first", row.record.cells[6])
        if self._rows[_SCORE].record.line < rows[-1].record.line:
            self._differ(self._rows[_SCORE].record.line, "(order)", "the score last", "a row of the score")
        self.checks.append(f"{len(rows):,} terms of two builds: what they are worth, and what that comes to")

    def _levels(self, side: int) -> dict[str, int]:
        """The levels of one build."""
        return {name: int(row.amounts[side]) for (name, kind), row in self._rows.items() if kind == "skill"}

    def _score(self, side: int) -> Fraction:
        """What the terms of one build come to."""
        rows = {term: row for term, row in self._rows.items() if term != _SCORE}
        if self._config.formula is not None:
            factors = [row.amounts[side] for (_, kind), row in rows.items() if kind == "factor"]
            return math.prod(factors, start=Fraction(1))
        return sum((row.worths[side] for row in rows.values()), Fraction(0))

    def _worth(self, term: Term, amount: Fraction, side: int) -> Fraction | None:
        """What an amount of a term is worth; None where it must be whole."""
        (name, kind), config, definition = term, self._config, self._definition
        if kind not in ("total", "factor") and amount.denominator != 1:
            return None
        if config.formula is not None:
            return Fraction(0)
        if kind == "skill":
            return Fraction(definition.skill_worth(name, int(amount), self._levels(side)), definition.denominator)
        if kind == "slots":
            return amount * Fraction(definition.slot_worth(_SLOTS.index(name) + 1), definition.denominator)
        weight = Fraction(config.totals[name].weight) if name in config.totals and kind != "count" else Fraction(0)
        if kind == "defence":
            weight += Fraction(config.defence_weight)
        if kind == "resistance":
            rule = config.resistances.get(name.removesuffix(" Res"))
            weight += Fraction(0 if rule is None else rule.weight)
        if kind == "count":
            weight = Fraction(config.counts[name].weight)
        return weight * amount

    # --- builds --------------------------------------------------------------------------

    def find_builds(self, n_builds: int, seed: int, should_stop: Callable[[], bool] | None) -> None:
        """Look for builds with these amounts, where they are few: of any pieces, since any build may be explained."""
        starts = self._table.part_start.tolist()
        builds = Builds(self._table, [range(start, stop) for start, stop in itertools.pairwise(starts)])
        if Challenge(self._definition, builds, (), None, seed=seed).n_combinations > n_builds:
            self.checks.append("no builds looked for: there are more than are tried")
            return
        self._n_steps_left = fillings_to_try(n_builds)
        left = {side: self._wanted(side) for side in range(len(_SIDES))}
        is_open = dict.fromkeys(left, False)
        n_tried = 0
        for rows in builds.every():
            if should_stop is not None and should_stop():
                raise StoppedEarly
            n_tried += 1
            for side, wanted in list(left.items()):
                has = self._has(rows, wanted, side)
                is_open[side] |= has is None
                if has:
                    del left[side]
            if not left:
                break
        for side in left:
            if not is_open[side]:
                self._differ(0, "(build)", f"amounts that a build has, as {_HEADER[_SIDES[side][0]]}", "no such build")
        self.checks.append(f"{n_tried:,} builds tried until two had these amounts")
        if any(is_open[side] for side in left):
            self.checks.append("levels and free slots not judged in full: there are too many ways to fill the slots")

    def _wanted(self, side: int) -> dict[Term, Fraction]:
        """What a build must have, whatever is in its slots."""
        kinds = ["defence", "resistance", "total"]
        if self._config.decorations is None:
            kinds += ["skill", "slots"]
        return {term: row.amounts[side] for term, row in self._rows.items() if term[1] in kinds}

    def _has(self, rows: Rows, wanted: Mapping[Term, Fraction], side: int) -> bool | None:
        """Whether a build has what it must have; None where there are too many ways to fill its slots."""
        bare = self._definition.totals(rows)
        have = dict(self._amounts(bare))
        if any(have.get(term, 0) != amount for term, amount in wanted.items()):
            return False
        levels = {skill: level for skill, level in self._levels(side).items() if level}
        totals = replace(bare, levels=levels)
        if not self._has_counts(totals, side):
            return False
        factors = {name: row.amounts[side] for (name, kind), row in self._rows.items() if kind == "factor"}
        if factors and list(map(factors.get, self._factor_names())) != self._definition.factors(totals):
            return False
        if self._config.decorations is None:
            return all(term in wanted for term, level in have.items() if term[1] == "skill" and level)
        more = {skill: levels.get(skill, 0) - bare.levels.get(skill, 0) for skill in {*levels, *bare.levels}}
        return self._can_be_filled(rows, more, side)

    def _factor_names(self) -> list[str]:
        return [] if self._config.formula is None else [factor.name for factor in self._config.formula.factors]

    def _has_counts(self, totals: Totals, side: int) -> bool:
        """Whether counts are those of a build; what each value is counted of is not told of one that misses a limit."""
        misses = any(True for _ in self._definition.missed_limits(totals))
        for (name, kind), row in self._rows.items():
            if kind != "count" or row.amounts[side] == totals.counts.get(name, 0):
                continue
            if not misses or row.amounts[side] or self._config.counts[name].column is None:
                return False
        return True

    def _can_be_filled(self, rows: Rows, more: Mapping[str, int], side: int) -> bool | None:
        """Whether decorations can give so many levels more with these slots free; None where that is not known."""
        definition = self._definition
        slots = definition.slots_of(rows)
        free = tuple(int(self._rows[name, "slots"].amounts[side]) for name in _SLOTS)
        n_held = len(slots) - sum(free)
        if n_held < 0:
            return False
        try:
            fillings = self._fillings(list(range(len(self._jewels))), n_held, {k: n for k, n in more.items() if n})
            return any(place_decorations(definition, slots, filling, free) is not None for filling in fillings)
        except TooManyFillings:
            return None

    def _fillings(self, jewels: list[int], n_held: int, more: dict[str, int]) -> Iterator[dict[int, int]]:
        """So many decorations, of some kinds, that give exactly so many levels more."""
        self._n_steps_left -= 1
        if self._n_steps_left < 0:
            raise TooManyFillings
        if not n_held:
            if not more:
                yield {}
            return
        # A skill that few kinds give is settled first.
        givers = {skill: [k for k in jewels if skill in self._jewels[k].gives] for skill in more}
        if not jewels or not all(givers.values()):
            return
        turn = min(givers.values(), key=len)[0] if givers else jewels[0]
        jewel, left = self._jewels[turn], [k for k in jewels if k != turn]
        for n in range(int(min(n_held, jewel.available)) + 1):
            after = {skill: more.get(skill, 0) - n * jewel.gives.get(skill, 0) for skill in {*more, *jewel.gives}}
            if not self._only_rises or min(after.values(), default=0) >= 0:
                for filling in self._fillings(left, n_held - n, {skill: m for skill, m in after.items() if m}):
                    yield {**filling, jewel.number: n} if n else filling

    def _amounts(self, totals: Totals) -> Iterator[tuple[Term, Fraction | int]]:
        """What a build has of each term, its slots free."""
        yield from (((skill, "skill"), level) for skill, level in totals.levels.items())
        yield from (((name, "slots"), count) for name, count in zip(_SLOTS, totals.slots, strict=True))
        yield ("Defence", "defence"), totals.defence
        for name, points in zip(self._table.resistance_names, totals.resistances, strict=True):
            yield (f"{name} Res", "resistance"), points
        yield from (((name, "total"), total) for name, total in totals.columns.items())
