"""The job whose combinations are held in several ways: its pieces, and what their totals score by the plain rules."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

# Helpers lie above this folder and in those beside it; the package is that of the checkout, installed or not.
BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS.parent), str(BENCHMARKS), *map(str, BENCHMARKS.glob("*/"))]

from equipment_optimizer.loading.jobs import load_job
from equipment_optimizer.problem.compile import compile_problem
from equipment_optimizer.problem.selection import select_pieces
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable
from equipment_optimizer.records.space import CombinationSpace


class Job:
    """The pieces, and what their totals are worth."""

    def __init__(self, equipment: str, config: str) -> None:
        table, self.config, _ = load_job(equipment, config)
        self.table: EquipmentTable = select_pieces(table, self.config)
        self.space = CombinationSpace.of(self.table)
        self.problem = compile_problem(self.table, self.config)
        own = self.config
        if own.decorations or own.set_bonuses or own.weapon or own.over_max != "penalty":
            raise SystemExit("this comparison knows only the plain rules of a config")
        scale = 10**self.problem.digits
        self._slot_worth = [int((weight + own.slot_count_weight) * scale) for weight in own.slot_weights]
        self._defence_worth = int(own.defence_weight * scale)
        self._unlisted_worth = int(own.unlisted_skill_weight * scale)
        self._rules = {
            name: (rule.maximum, int(rule.weight * scale), int(rule.penalty * scale))
            for name, rule in own.skills.items()
        }

    def pieces(self) -> list[list[EquipmentPiece]]:
        """The pieces of each body part, as objects."""
        start = self.table.part_start.tolist()
        return [[self.table.piece(row) for row in range(*ends)] for ends in itertools.pairwise(start)]

    def skill_worth(self, name: str, level: int) -> int:
        """Scaled score of a skill's total level."""
        if name not in self._rules:
            return level * self._unlisted_worth
        maximum, weight, penalty = self._rules[name]
        return level * (weight if level <= maximum else penalty)

    def worth(self, skills: Iterable[tuple[str, int]], slots: Iterable[int], defence: int) -> int:
        """Scaled score of totals."""
        score = defence * self._defence_worth
        score += sum(n * worth for n, worth in zip(slots, self._slot_worth, strict=True))
        return score + sum(self.skill_worth(name, level) for name, level in skills)


def total_skills(pieces: Iterable[EquipmentPiece]) -> dict[str, int]:
    """Total level of every skill that a piece names."""
    totals: dict[str, int] = {}
    for piece in pieces:
        for name, level in piece.skills:
            totals[name] = totals.get(name, 0) + level
    return totals


def total_slots(pieces: Iterable[EquipmentPiece]) -> list[int]:
    """Slots by level."""
    return [sum(column) for column in zip(*(piece.slots for piece in pieces), strict=True)]
