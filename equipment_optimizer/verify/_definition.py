"""What a build is and what it is worth, straight from the definitions.

The judge of `verify`: plain loops over pieces in exact integers, one build at a
time. It shares no code with what compiles, scores, bounds or searches, so that
the two can be held against each other.

A build is a tuple of table rows, one for each position; rows ascend within a
part, so tuples compare as ranks do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ..records.config import Config, Decoration, SkillRule
from ..records.equipment import EquipmentPiece, EquipmentTable
from ..records.vocabulary import N_SLOT_LEVELS
from ._formula import FormulaDefinition
from ._limits import Limits, Missed, decimal_text

__all__ = ["Definition", "Rows", "Slot", "Totals"]

#: A slot: whether it is on the weapon, and its level.
Slot = tuple[bool, int]

Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the pieces of a build, its weapon, active set bonuses and decorations."""

    levels: Mapping[str, int]  # skill levels, of every skill that any of them names
    bonus_counts: Mapping[str, int]
    defence: int
    slots: tuple[int, ...]  # all slots by level, filled or not
    resistances: tuple[int, ...]
    columns: Mapping[str, Fraction]  # sums of the columns that the configuration limits or weighs
    counts: Mapping[str, int]  # pieces that meet a condition, or the most of one value
    missed: tuple[Missed, ...]  # what its pieces alone miss: limits of columns and counts, pieces that must be there
    formula_columns: Mapping[str, Fraction]  # sums of the columns that the formula names


class Definition:
    """Totals and scores of builds of a table under a configuration; about 10 microseconds a build.

    The table has all pieces, whether the configuration allows them or not; `pieces` are by its rows. Scaled scores are
    whole numbers of ``1 / denominator``.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self.table = table
        self.config = config
        self.pieces: tuple[EquipmentPiece, ...] = tuple(table)
        self.decorations: tuple[Decoration, ...] = config.decorations or ()
        self.decoration_numbers = {decoration.name: number for number, decoration in enumerate(self.decorations)}
        #: Numbers of the decorations that may change a score.
        formula = config.formula
        self._formula = None if formula is None else FormulaDefinition(formula, self.pieces, table, config)
        scored = {*config.skills, *(rule.raised_by for rule in config.skills.values())}
        scored |= set() if self._formula is None else self._formula.skills
        #: Skills that a score or a limit tells apart from others.
        self.scored_skills = frozenset(scored)
        self.useful_decorations = [
            number
            for number, decoration in enumerate(self.decorations)
            if config.unlisted_skill_weight or any(skill in scored for skill, _ in decoration.skills)
        ]
        self._bonus_lines = config.set_bonuses or ()
        self._bonuses = sorted({line.bonus for line in self._bonus_lines})
        self._bonus_levels: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._worth: dict[tuple[str, int, bool], int] = {}
        self._last: tuple[Rows, Totals] | None = None
        weights = [
            *config.slot_weights, config.slot_count_weight, config.defence_weight, config.unlisted_skill_weight,
            *(rule.weight for rule in config.resistances.values()), *(rule.weight for rule in config.counts.values()),
            *(value for rule in config.skills.values() for value in (rule.values or (rule.weight, rule.penalty))),
        ]  # fmt: skip
        self._limits = Limits(self.pieces, table, config)
        whole = self._limits.denominator
        self.denominator = math.lcm(whole, *(Fraction(weight).denominator for weight in weights))
        if self._formula is not None:
            self.denominator = self._formula.denominator
        self._unlisted = self._scaled(config.unlisted_skill_weight)
        self._defence = self._scaled(config.defence_weight)
        self._slots = [self._scaled(weight + config.slot_count_weight) for weight in config.slot_weights]
        self._resistances = [
            self._scaled(config.resistances[name].weight) if name in config.resistances else 0
            for name in table.resistance_names
        ]

    def _scaled(self, weight: Decimal) -> int:
        return int(Fraction(weight) * self.denominator)

    # --- totals -----------------------------------------------------------

    def totals(self, rows: Sequence[int], filling: Mapping[int, int] | None = None) -> Totals:
        """Sums over a build; `filling` says how many of each decoration, by number in the configuration's list."""
        # Fillings of one build are looked at one after the other.
        if self._last is None or self._last[0] != tuple(rows):
            self._last = tuple(rows), self._totals_of_pieces(rows)
        bare = self._last[1]
        levels = dict(bare.levels)
        for number, count in (filling or {}).items():
            for skill, level in self.decorations[number].skills:
                levels[skill] = levels.get(skill, 0) + level * count
        return Totals(
            levels,
            bare.bonus_counts,
            bare.defence,
            bare.slots,
            bare.resistances,
            bare.columns,
            bare.counts,
            bare.missed,
            bare.formula_columns,
        )

    def _totals_of_pieces(self, rows: Sequence[int]) -> Totals:
        """Sums over a build without anything in its slots."""
        levels: dict[str, int] = {}
        counts = dict.fromkeys(self._bonuses, 0)
        slots = [0] * N_SLOT_LEVELS
        weapon = self.config.weapon
        if weapon is not None:
            levels.update(weapon.skills)
            slots = list(weapon.slots)
            counts.update({bonus: 1 for bonus in weapon.set_bonuses if bonus in counts})
        pieces = [self.pieces[row] for row in rows]
        for piece in pieces:
            for skill, level in piece.skills:
                levels[skill] = levels.get(skill, 0) + level
            for bonus in piece.set_bonuses:
                if bonus in counts:
                    counts[bonus] += 1
            slots = [have + more for have, more in zip(slots, piece.slots, strict=True)]
        for bonus, n_pieces in counts.items():
            for skill, level in self.bonus_levels(bonus, n_pieces):
                levels[skill] = levels.get(skill, 0) + level
        return Totals(
            levels,
            counts,
            sum(piece.defence for piece in pieces),
            tuple(slots),
            tuple(sum(column) for column in zip(*(piece.resistances for piece in pieces), strict=True)),
            *self._limits.of(rows),
            {} if self._formula is None else self._formula.columns(rows),
        )

    def bonus_levels(self, bonus: str, n_pieces: int) -> list[tuple[str, int]]:
        """Skill levels of a set bonus: for each skill, of the highest threshold reached."""
        key = (bonus, n_pieces)
        if key not in self._bonus_levels:
            reached = [line for line in self._bonus_lines if line.bonus == bonus and line.pieces_required <= n_pieces]
            # The last one wins: the highest threshold, and its highest level.
            reached.sort(key=lambda line: (line.pieces_required, line.level))
            self._bonus_levels[key] = list({line.skill: line.level for line in reached}.items())
        return self._bonus_levels[key]

    def slots_of(self, rows: Sequence[int]) -> list[Slot]:
        """Every slot of a build, the fixed weapon's last."""
        slots = [
            (number < n_special or self.config.takes_weapon_decorations(piece.body_part), level)
            for piece in map(self.pieces.__getitem__, rows)
            for level, (count, n_special) in enumerate(zip(piece.slots, piece.weapon_slots, strict=True), 1)
            for number in range(count)
        ]
        fixed = self.config.weapon.slots if self.config.weapon else ()
        return slots + [(True, level) for level, count in enumerate(fixed, 1) for _ in range(count)]

    # --- scores -----------------------------------------------------------

    def missed_limits(self, totals: Totals) -> Iterator[Missed]:
        """Every minimum, maximum and other requirement that a build misses."""
        config, names = self.config, self.table.resistance_names
        ranges = [
            (skill, totals.levels.get(skill, 0), rule.minimum, rule.at_most) for skill, rule in config.skills.items()
        ]
        ranges.append(("Defence", totals.defence, config.min_defence, config.max_defence))
        for name, resistance in config.resistances.items():
            points = totals.resistances[names.index(name)] if name in names else 0
            ranges.append((f"{name} Res", points, resistance.minimum, resistance.maximum))
        for name, total, least, most in ranges:
            if least is not None and total < least:
                yield name, f"at least {least}", str(total)
            if most is not None and total > most:
                yield name, f"at most {most}", str(total)
        yield from totals.missed

    def skill_worth(self, skill: str, level: int, levels: Mapping[str, int]) -> int:
        """Scaled score of one skill's total level, in a build with these levels."""
        rule = self.config.skills.get(skill)
        if rule is None:
            return level * self._unlisted
        is_raised = rule.raised_by is not None and levels.get(rule.raised_by, 0) >= 1
        key = (skill, level, is_raised)
        if key not in self._worth:
            self._worth[key] = self._scaled(self._rule_worth(rule, level, is_raised))
        return self._worth[key]

    def _rule_worth(self, rule: SkillRule, level: int, is_raised: bool) -> Decimal:
        """The score of a level of a listed skill, as the format defines it."""
        if rule.values is not None:
            return rule.values[min(max(level, 0), len(rule.values) - 1)]
        maximum = rule.maximum
        if rule.raised_by is not None:
            maximum = rule.raised_maximum if is_raised else rule.locked_maximum
        if maximum is None or level <= maximum:
            return level * rule.weight
        return maximum * rule.weight if self.config.over_max == "cap" else level * rule.penalty

    def factors(self, totals: Totals) -> list[Fraction]:
        """The value of each factor of the formula; none without one."""
        if self._formula is None:
            return []
        return self._formula.factors(totals.levels, totals.formula_columns, totals.counts)

    def product(self, levels: Mapping[str, int], totals: Totals) -> int:
        """Scaled score by the formula, with these levels in place of those of `totals`; 0 without one."""
        if self._formula is None:
            return 0
        return self._formula.scaled_product(levels, totals.formula_columns, totals.counts)

    def scaled_score(self, totals: Totals, free_slots: Sequence[int] | None = None) -> int:
        """Score in units of ``1 / denominator``, whether or not limits are kept.

        `free_slots` are four numbers, by level; all slots by default.
        """
        if self._formula is not None:
            return self.product(totals.levels, totals)
        levels = totals.levels
        score = sum(self.skill_worth(skill, level, levels) for skill, level in levels.items())
        score += sum(self.skill_worth(skill, 0, levels) for skill in self.config.skills if skill not in levels)
        score += self._defence * totals.defence
        for name, total in totals.columns.items():
            score += int(Fraction(self.config.totals[name].weight) * total * self.denominator)
        for name, count in totals.counts.items():
            score += self._scaled(self.config.counts[name].weight) * count
        pairs = [*zip(self._slots, free_slots or totals.slots, strict=True)]
        pairs += zip(self._resistances, totals.resistances, strict=True)
        return score + sum(weight * count for weight, count in pairs)

    def feasible_score(self, rows: Sequence[int]) -> int | None:
        """Scaled score of a build whose slots stay free; None where a limit is missed."""
        totals = self.totals(rows)
        return None if any(True for _ in self.missed_limits(totals)) else self.scaled_score(totals)

    def slot_worth(self, level: int) -> int:
        """Scaled score of a free slot."""
        return self._slots[level - 1]

    def score_text(self, scaled: int) -> str:
        """A scaled score as the output file writes it."""
        return decimal_text(Fraction(scaled, self.denominator))
