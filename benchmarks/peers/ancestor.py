"""The ancestor's method, written anew: one object with dictionaries per combination, a capped heap.

Plain Python over the pieces of a job, as somebody writes it who thinks of one
build at a time: an object with its totals in dictionaries for every combination,
a score for it in floating point, and a heap that is cut at the limit. Slots,
defence, listed and unlisted skills are scored by the ancestor's formula.

Weights that are multiples of a power of two (the benchmarks use such) add up
exactly in floating point, so its scores equal ours; ties keep the earlier build.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator

from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece, EquipmentTable


class Combination:
    """A combination with its totals, computed when it is made."""

    def __init__(self, pieces: tuple[EquipmentPiece, ...]) -> None:
        self.equipment = {piece.body_part: piece for piece in pieces}
        self.skills: dict[str, int] = {}
        self.slots = {1: 0, 2: 0, 3: 0, 4: 0}
        self.defence = 0
        for piece in pieces:
            self.defence += piece.defence
            for level, count in enumerate(piece.slots, 1):
                self.slots[level] += count
            for skill, level in piece.skills:
                self.skills[skill] = self.skills.get(skill, 0) + level


class Weights:
    """The configuration as plain floats in dictionaries."""

    def __init__(self, config: Config) -> None:
        self.slots = {level: float(weight) for level, weight in enumerate(config.slot_weights, 1)}
        self.slot_count = float(config.slot_count_weight)
        self.defence = float(config.defence_weight)
        self.unlisted = float(config.unlisted_skill_weight)
        self.skills = {
            name: {"max": rule.maximum, "weight": float(rule.weight), "penalty": float(rule.penalty)}
            for name, rule in config.skills.items()
        }


def score(combination: Combination, weights: Weights) -> float:
    """The ancestor's formula."""
    total = combination.defence * weights.defence
    for level, count in combination.slots.items():
        total += count * weights.slots[level]
        total += count * weights.slot_count
    for skill, level in combination.skills.items():
        rule = weights.skills.get(skill)
        if rule is None:
            total += level * weights.unlisted
        elif level <= rule["max"]:
            total += level * rule["weight"]
        else:
            total += level * rule["penalty"]
    return total


def combinations(table: EquipmentTable) -> Iterator[Combination]:
    """Every combination, as an object, in rank order."""
    pieces = list(table)
    parts = [pieces[start:stop] for start, stop in itertools.pairwise(table.part_start.tolist())]
    return map(Combination, itertools.product(*parts))


def best_builds(table: EquipmentTable, config: Config, limit: int) -> list[tuple[float, int]]:
    """(score, rank) of the best `limit` combinations, best first, ties by rank."""
    weights = Weights(config)
    heap: list[tuple[float, int, Combination]] = []
    for rank, combination in enumerate(combinations(table)):
        entry = (score(combination, weights), -rank, combination)
        if len(heap) < limit:
            heapq.heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapq.heapreplace(heap, entry)
    heap.sort(key=lambda entry: entry[:2], reverse=True)
    return [(value, -rank) for value, rank, _ in heap]
