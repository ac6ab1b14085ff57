"""Fronts by definition: no row is beaten by another one, and none is missing that no row beats.

Values are exact, turned so that more is better.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np

from ..records.limited_columns import objectives_of
from ._definition import Definition, Rows, Totals
from ._limits import decimal_text
from ._matching import Filled
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
        #: Every filling of a build with its score, None where that is too much.
        self.fillings: Callable[[Rows], list[Filled] | None] = lambda rows: None
        #: Of builds that belong: the outcomes that no row has, with their scores.
        self._lacking: dict[Rows, list[tuple[Values, int]]] = {}

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
        """Whether a build should be listed as it is not, or shows that a row claims too much."""
        lacking = [
            outcome for outcome in self._outcomes_of(rows, score) if self._lacks(rows, *outcome, is_stopped=is_stopped)
        ]
        if lacking:
            self._lacking[rows] = lacking
        return bool(lacking)

    def _lacks(self, rows: Rows, outcome: Values, score: int, *, is_stopped: bool) -> bool:
        """Whether an outcome of a build should be listed, or shows that a row claims too much."""
        values = np.array(outcome, dtype=object)
        reached = np.flatnonzero((self._matrix >= values).all(axis=1))
        is_first = all(
            (self._matrix[k] == values).all() and (-score, rows) < (-self._rows[k].score, self._rows[k].rows)
            for k in reached.tolist()
        )
        if not is_stopped or not is_first:
            return is_first
        beaten = np.flatnonzero((self._matrix <= values).all(axis=1))
        return any(self._rows[k].cells["Proved"] == "yes" for k in beaten.tolist())

    def _outcomes_of(self, rows: Rows, score: int) -> list[tuple[Values, int]]:
        """The objectives of a build and the most that it scores with them, of each of its fillings.

        Where these are too many, of one that scores so much; where skills are objectives, of its free slots; none where
        a limit is missed then.
        """
        definition = self._definition
        totals = definition.totals(rows)
        if definition.config.decorations is not None:
            every = self.fillings(rows)
            if every is not None:
                return list(self._outcomes_of_fillings(totals, rows, every).items())
            if any(aim.kind == "skill" for aim in self._objectives):
                if any(True for _ in definition.missed_limits(totals)):
                    return []
                score = definition.scaled_score(totals)
        return [(self.values(totals, score), score)]

    def _outcomes_of_fillings(self, bare: Totals, rows: Rows, every: Sequence[Filled]) -> dict[Values, int]:
        has_skills = any(aim.kind == "skill" for aim in self._objectives)
        outcomes: dict[Values, int] = {}
        for filled in every:
            # Nothing else changes with what is in the slots.
            totals = self._definition.totals(rows, filled.filling) if has_skills else bare
            values = self.values(totals, filled.score)
            outcomes[values] = max(filled.score, outcomes.get(values, filled.score))
        return outcomes

    def best(self, candidates: Sequence[Missing]) -> list[tuple[Rows, Values]]:
        """Of builds that are missing those that none of the others makes superfluous, with their outcomes."""
        outcomes = [
            (values, score, missing.rows)
            for missing in candidates[:_MOST_TOLD]
            for values, score in self._lacking.get(missing.rows, ())
        ]
        kept: list[tuple[Rows, Values]] = []
        for values, _, rows in sorted(outcomes, key=lambda outcome: outcome[:2], reverse=True):
            if not any(all(a >= b for a, b in zip(better, values, strict=True)) for _, better in kept):
                kept.append((rows, values))
        return kept

    def text(self, values: Values) -> str:
        """Values in words."""
        shown = []
        for objective, value in zip(self._objectives, values, strict=True):
            scale = self._definition.denominator if objective.kind == "score" else 1
            shown.append(f"{objective.title} {decimal_text(Fraction(value * objective.sign) / scale)}")
        return ", ".join(shown)
