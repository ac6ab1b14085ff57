"""Rows that differ as a configuration says, by definition.

A build belongs where it stands in order, after rows that are before it: it has to differ from each
of them, and its pieces may not stand in as many of them already as any may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ..records.equipment import NO_PIECE
from ._definition import Definition, Rows

__all__ = ["Selection"]

#: A build: rows of the table, its filling, and the slots that stay free where decorations are given.
Chosen = tuple[Rows, dict[int, int], tuple[int, ...] | None]


class Selection:
    """What is wrong with a build after others; `builds` are rows of the table with their fillings."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._config = definition.config
        share = self._config.share
        #: What a row of the table is, for its places: a piece, or an empty place of parts that have its pieces.
        self._names = _names(definition)
        self._most = None if share is None else max(1, int(Fraction(share) * self._config.limit))

    def fault(self, build: Chosen, before: Sequence[Chosen]) -> str | None:
        """Why a build cannot follow these rows; None where it can."""
        config, rows = self._config, [self._names[row] for row in build[0]]
        if config.different_pieces is not None:
            for number, (other, *_) in enumerate(before, 1):
                n_common = sum((Counter(rows) & Counter(self._names[row] for row in other)).values())
                if len(rows) - n_common < config.different_pieces:
                    return f"{config.different_pieces} pieces unlike row {number}"
        for outcome_of, wanted, told in (
            (self.whole_outcome, config.variants is not None, "no variant of"),
            (self._outcome, config.different_skills, "a listed skill unlike"),
        ):
            outcomes = [outcome_of(other) for other in before] if wanted else []
            if wanted and (outcome := outcome_of(build)) in outcomes:
                return f"{told} row {outcomes.index(outcome) + 1}"
        if self._most is not None:
            times = Counter(self._names[row] for other, *_ in before for row in other)
            for row in build[0]:
                name = self._definition.pieces[row].name
                if name and times[self._names[row]] >= self._most and name not in config.share_except:
                    return f"no piece in more than {self._most} rows, such as {name}"
        return None

    def _outcome(self, build: Chosen) -> tuple[int, ...]:
        levels = self._definition.totals(build[0], build[1]).levels
        return tuple(levels.get(skill, 0) for skill in self._config.skills)

    def whole_outcome(self, build: Chosen) -> tuple[object, ...]:
        """Score and every total that the configuration weighs or limits."""
        config, totals = self._config, self._definition.totals(build[0], build[1])
        free = totals.slots if build[2] is None else build[2]
        others = sum(level for skill, level in totals.levels.items() if skill not in config.skills)
        has_defence = config.defence_weight or config.min_defence is not None or config.max_defence is not None
        points = zip(self._definition.table.resistance_names, totals.resistances, strict=True)
        return (
            self._outcome(build),
            self._definition.scaled_score(totals, free),
            others if config.unlisted_skill_weight else None,
            tuple(n for n, weight in zip(free, config.slot_weights, strict=True) if weight),
            sum(free) if config.slot_count_weight else None,
            totals.defence if has_defence else None,
            tuple(amount for name, amount in points if name in config.resistances),
            tuple(totals.columns.get(name) for name in config.totals),
            tuple(totals.formula_columns.items()),
            tuple(totals.levels.get(name, 0) for name in (config.formula.names("skill") if config.formula else ())),
            tuple(totals.counts.get(name) for name in config.counts),
        )


def _names(definition: Definition) -> list[tuple[str, object]]:
    """Of each row of the table what tells it apart: copies in parts that draw from each other are one piece."""
    table = definition.table
    part_of = np.repeat(np.arange(len(table.parts)), table.part_sizes).tolist()
    group = {part: part for part in table.parts}
    for part, rule in definition.config.body_parts.items():
        for other in rule.drawn_from:
            joined = {group.setdefault(part, part), group.setdefault(other, other)}
            group.update({name: part for name, before in group.items() if before in joined})
    return [
        ("empty", group[table.parts[part]]) if origin == NO_PIECE else ("piece", origin)
        for part, origin in zip(part_of, table.origin.tolist(), strict=True)
    ]
