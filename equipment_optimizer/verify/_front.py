"""Fronts by definition: no row is beaten by another one, and none is missing that no row beats.

Values are exact, turned so that more is better.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from ..records.limited_columns import objectives_of
from ._definition import Definition, Rows, Totals
from ._limits import decimal_text
from ._missing_builds import Missing
from ._rows import Listed

__all__ = ["Front"]

Values = tuple[int | Fraction, ...]

#: Missing builds that are compared with each other.
_MOST_TOLD = 1_000


class Front:
    """The rows of a front, of which there are none yet."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._objectives = objectives_of(definition.config)
        self._rows: Sequence[Listed] = ()
        self._values: list[Values] = []

    def read(self, rows: Sequence[Listed]) -> None:
        """Take the rows of a file."""
        totals = (self._definition.totals(row.rows, row.filling) for row in rows)
        self._rows = rows
        self._values = [self.values(of_row, row.score) for of_row, row in zip(totals, rows, strict=True)]
        self._matrix = np.array(self._values, dtype=object).reshape(len(rows), len(self._objectives))

    def values(self, totals: Totals, score: int) -> Values:
        """The objectives of a build with these totals and this scaled score."""
        definition, values = self._definition, list[int | Fraction]()
        for objective in self._objectives:
            value: int | Fraction = 0
            if objective.kind == "score":
                value = score
            elif objective.kind == "skill":
                value = totals.levels.get(objective.name, 0)
            elif objective.kind == "defence":
                value = totals.defence
            elif objective.kind == "resistance":
                names = definition.table.resistance_names
                value = totals.resistances[names.index(objective.name)] if objective.name in names else 0
            elif objective.kind == "total":
                value = totals.columns[objective.name]
            else:
                value = totals.counts[objective.name]
            values.append(value * objective.sign)
        return tuple(values)

    def faults(self) -> Iterator[tuple[int, str, str, str]]:
        """Line, column, what was expected and found: of rows in a wrong place, and of those that are beaten."""
        numbered = list(zip(self._rows, self._values, strict=True))
        for (_, above), (row, values) in itertools.pairwise(numbered):
            if values > above:
                yield row.record.line, "(order)", f"after {self.text(values)}", f"below {self.text(above)}"
        for k, (row, values) in enumerate(numbered):
            better = np.flatnonzero((self._matrix >= np.array(values, dtype=object)).all(axis=1)).tolist()
            other = next((number for number in better if number != k), None)
            if other is not None:
                told = f"no outcome that line {self._rows[other].record.line} reaches in everything"
                yield row.record.line, "(row)", told, self.text(values)

    def is_better(self, row: Listed, totals: Totals, score: int) -> bool:
        """Whether a filling makes more of a row's build than is listed."""
        values, listed_values = self.values(totals, score), self._values[self._rows.index(row)]
        reaches = all(a >= b for a, b in zip(values, listed_values, strict=True))
        return reaches and (values != listed_values or score > row.score)

    def belongs(self, rows: Rows, score: int, *, is_stopped: bool) -> bool:
        """Whether a build that is not listed should be, or shows that a row claims too much."""
        outcome = self._outcome_of(rows, score)
        if outcome is None:
            return False
        values, score = np.array(outcome[0], dtype=object), outcome[1]
        reached = np.flatnonzero((self._matrix >= values).all(axis=1))
        is_first = all(
            (self._matrix[k] == values).all() and (-score, rows) < (-self._rows[k].score, self._rows[k].rows)
            for k in reached.tolist()
        )
        if not is_stopped or not is_first:
            return is_first
        beaten = np.flatnonzero((self._matrix <= values).all(axis=1))
        return any(self._rows[k].cells["Proved"] == "yes" for k in beaten.tolist())

    def _outcome_of(self, rows: Rows, score: int) -> tuple[Values, int] | None:
        """The objectives of a build, and its score: with decorations of a filling that scores so much.

        Where skills are objectives, of its free slots; None where a limit is missed then.
        """
        definition = self._definition
        totals = definition.totals(rows)
        if definition.config.decorations is not None and any(aim.kind == "skill" for aim in self._objectives):
            if any(True for _ in definition.missed_limits(totals)):
                return None
            score = definition.scaled_score(totals)
        return self.values(totals, score), score

    def best(self, candidates: Sequence[Missing]) -> list[Missing]:
        """Of builds that are missing those that none of the others makes superfluous."""
        outcomes = [(missing, self._outcome_of(missing.rows, missing.score)) for missing in candidates[:_MOST_TOLD]]
        values = {missing: outcome[0] for missing, outcome in outcomes if outcome is not None}
        kept: list[Missing] = []
        for missing in sorted(values, key=lambda candidate: (values[candidate], candidate.score), reverse=True):
            reached = (all(a >= b for a, b in zip(values[better], values[missing], strict=True)) for better in kept)
            if not any(reached):
                kept.append(missing)
        return kept

    def told(self, missing: Missing) -> str:
        """A missing outcome in words."""
        outcome = self._outcome_of(missing.rows, missing.score)
        return "" if outcome is None else self.text(outcome[0])

    def text(self, values: Values) -> str:
        """Values in words."""
        shown = []
        for objective, value in zip(self._objectives, values, strict=True):
            scale = self._definition.denominator if objective.kind == "score" else 1
            shown.append(f"{objective.title} {decimal_text(Fraction(value * objective.sign) / scale)}")
        return ", ".join(shown)
