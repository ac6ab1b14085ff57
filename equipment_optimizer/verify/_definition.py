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
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from ..records.config import Config, Decoration, FilterRule, SkillRule
from ..records.equipment import EquipmentPiece, EquipmentTable
from ..records.vocabulary import N_SLOT_LEVELS

__all__ = ["Definition", "Slot", "Totals", "allowed_rows", "decimal_text"]

#: A slot: whether it is on the weapon, and its level.
Slot = tuple[bool, int]

Rows = tuple[int, ...]


def decimal_text(value: Fraction) -> str:
    """A fraction that a decimal can hold, without trailing zeros: ``-1.25``, ``7``."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = abs(int(value * 10**digits))
    text = str(scaled) if not digits else f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"
    return f"-{text}" if value < 0 else text


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the pieces of a build, its weapon, active set bonuses and decorations."""

    levels: Mapping[str, int]  # skill levels, of every skill that any of them names
    bonus_counts: Mapping[str, int]
    defence: int
    slots: tuple[int, ...]  # all slots by level, filled or not
    resistances: tuple[int, ...]


class Definition:
    """Totals and scores of builds of a table under a configuration.

    Parameters
    ----------
    table : EquipmentTable
        All pieces, whether the configuration allows them or not.
    config : Config

    Attributes
    ----------
    pieces : tuple of EquipmentPiece
        By table row.
    decorations : tuple of Decoration
    useful_decorations : list of int
    denominator : int
        Scaled scores are whole numbers of ``1 / denominator``.

    Notes
    -----
    About 10 microseconds a build.
    """

    def __init__(self, table: EquipmentTable, config: Config) -> None:
        self.table = table
        self.config = config
        self.pieces: tuple[EquipmentPiece, ...] = tuple(table)
        self.decorations: tuple[Decoration, ...] = config.decorations or ()
        #: Numbers of the decorations that may change a score.
        scored = {*config.skills, *(rule.raised_by for rule in config.skills.values())}
        self.useful_decorations = [
            number
            for number, decoration in enumerate(self.decorations)
            if config.unlisted_skill_weight or any(skill in scored for skill, _ in decoration.skills)
        ]
        self._bonus_lines = config.set_bonuses or ()
        self._bonuses = sorted({line.bonus for line in self._bonus_lines})
        self._bonus_levels: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self._worth: dict[tuple[str, int, bool], int] = {}
        weights = [
            *config.slot_weights, config.slot_count_weight, config.defence_weight, config.unlisted_skill_weight,
            *(rule.weight for rule in config.resistances.values()),
            *(value for rule in config.skills.values() for value in (rule.values or (rule.weight, rule.penalty))),
        ]  # fmt: skip
        self.denominator = math.lcm(*(Fraction(weight).denominator for weight in weights))
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
        """Sums over a build.

        Parameters
        ----------
        rows : sequence of int
        filling : mapping of int to int, optional
            How many of each decoration, by number in the configuration's list.
        """
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
        for number, count in (filling or {}).items():
            for skill, level in self.decorations[number].skills:
                levels[skill] = levels.get(skill, 0) + level * count
        return Totals(
            levels,
            counts,
            sum(piece.defence for piece in pieces),
            tuple(slots),
            tuple(sum(column) for column in zip(*(piece.resistances for piece in pieces), strict=True)),
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

    def missed_minima(self, totals: Totals) -> Iterator[tuple[str, int, int]]:
        """(name, least, found) of every minimum that a build misses."""
        for skill, rule in self.config.skills.items():
            total = totals.levels.get(skill, 0)
            if rule.minimum is not None and total < rule.minimum:
                yield skill, rule.minimum, total
        if self.config.min_defence is not None and totals.defence < self.config.min_defence:
            yield "Defence", self.config.min_defence, totals.defence
        names = self.table.resistance_names
        for name, resistance in self.config.resistances.items():
            total = totals.resistances[names.index(name)] if name in names else 0
            if resistance.minimum is not None and total < resistance.minimum:
                yield f"{name} Res", resistance.minimum, total

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

    def scaled_score(self, totals: Totals, free_slots: Sequence[int] | None = None) -> int:
        """Score in units of ``1 / denominator``, whether or not minima are met.

        Parameters
        ----------
        totals : Totals
        free_slots : sequence of 4 int, optional
            By level; all slots by default.
        """
        levels = totals.levels
        score = sum(self.skill_worth(skill, level, levels) for skill, level in levels.items())
        score += sum(self.skill_worth(skill, 0, levels) for skill in self.config.skills if skill not in levels)
        score += self._defence * totals.defence
        pairs = [*zip(self._slots, free_slots or totals.slots, strict=True)]
        pairs += zip(self._resistances, totals.resistances, strict=True)
        return score + sum(weight * count for weight, count in pairs)

    def feasible_score(self, rows: Sequence[int]) -> int | None:
        """Scaled score of a build whose slots stay free; None where a minimum is missed."""
        totals = self.totals(rows)
        return None if any(True for _ in self.missed_minima(totals)) else self.scaled_score(totals)

    def slot_worth(self, level: int) -> int:
        """Scaled score of a free slot."""
        return self._slots[level - 1]

    def score_text(self, scaled: int) -> str:
        """A scaled score as the output file writes it."""
        return decimal_text(Fraction(scaled, self.denominator))


# --- which pieces may be used ------------------------------------------------


def allowed_rows(table: EquipmentTable, config: Config) -> list[list[int]]:
    """Rows of each body part that pin, exclude and filter allow, in file order."""
    filters = [(rule, table.other[table.other_names.index(rule.column)]) for rule in config.filters]
    starts = table.part_start.tolist()
    allowed = []
    for part, start, stop in zip(table.parts, starts, starts[1:], strict=False):
        pinned = config.pin.get(part)
        allowed.append(
            [
                row
                for row in range(start, stop)
                if (pinned is None or table.names[row] in pinned)
                and table.names[row] not in config.exclude
                and all(
                    _passes(rule, cells[row]) for rule, cells in filters if rule.parts is None or part in rule.parts
                )
            ]
        )
    return allowed


def _passes(rule: FilterRule, cell: str) -> bool:
    """Whether a cell satisfies a filter: numbers where both sides are numbers, else exact text."""
    if not cell:
        return rule.blank or (rule.one_of is None and rule.minimum is None and rule.maximum is None)
    number = _number(cell)
    if rule.minimum is not None and (number is None or number < rule.minimum):
        return False
    if rule.maximum is not None and (number is None or number > rule.maximum):
        return False
    if rule.one_of is not None and not any(_same(cell, text) for text in rule.one_of):
        return False
    return rule.none_of is None or not any(_same(cell, text) for text in rule.none_of)


def _same(cell: str, text: str) -> bool:
    """Equality of a cell and a filter's text."""
    number, other = _number(cell), _number(text)
    return cell == text if number is None or other is None else number == other


def _number(text: str) -> Decimal | None:
    """The number that a cell spells, if it does."""
    if not text.isascii() or "_" in text or not any(char.isdigit() for char in text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
