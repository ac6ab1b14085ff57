"""A slow, obvious judge: every build and every filling, as objects and fractions.

It imports the records (`Config`, `EquipmentPiece`) and nothing that compiles,
scores, bounds or searches. `tests/whole/test_oracle.py` holds it by cases computed by
hand.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from equipment_optimizer.records.config import Config, Decoration
from equipment_optimizer.records.equipment import EquipmentPiece


class Build(NamedTuple):
    """A finished build: score, rank order key (piece indices), and its pieces."""

    score: Fraction
    indices: tuple[int, ...]
    pieces: tuple[EquipmentPiece, ...]


def parts_of(pieces: Sequence[EquipmentPiece], config: Config) -> list[tuple[str, int, list[EquipmentPiece]]]:
    """Body parts that have pieces, outermost first, with count and pieces in file order."""
    rules = config.body_parts.items()
    groups = [(part, rule.count, [p for p in pieces if p.body_part == part]) for part, rule in rules]
    return [group for group in groups if group[2]]


def combinations(pieces: Sequence[EquipmentPiece], config: Config) -> Iterator[tuple[tuple[int, ...], tuple]]:
    """Every combination in rank order: piece indices, then the pieces."""
    choices = [list(itertools.combinations(range(len(own)), count)) for _, count, own in parts_of(pieces, config)]
    owners = [own for _, _, own in parts_of(pieces, config)]
    for pick in itertools.product(*choices):
        indices = tuple(i for group in pick for i in group)
        yield indices, tuple(own[i] for own, group in zip(owners, pick, strict=True) for i in group)


def bonus_skills(config: Config, counts: Counter[str]) -> Counter[str]:
    """Levels that active set bonuses add: per bonus and skill, the highest threshold reached."""
    levels: Counter[str] = Counter()
    steps = config.set_bonuses or ()
    for bonus in {step.bonus for step in steps}:
        for skill in {step.skill for step in steps if step.bonus == bonus}:
            reached = [
                step
                for step in steps
                if step.bonus == bonus and step.skill == skill and step.pieces_required <= counts[bonus]
            ]
            if reached:
                levels[skill] += max(reached, key=lambda step: (step.pieces_required, step.level)).level
    return levels


def skill_score(config: Config, skill: str, levels: Counter[str]) -> Fraction | None:
    """What a skill's total is worth; None where its minimum is missed."""
    level = levels[skill]
    rule = config.skills.get(skill)
    if rule is None:
        return level * Fraction(config.unlisted_skill_weight)
    if rule.minimum is not None and level < rule.minimum:
        return None
    if rule.values is not None:
        return Fraction(rule.values[min(max(level, 0), len(rule.values) - 1)])
    maximum = rule.maximum
    if rule.raised_by is not None:
        maximum = rule.raised_maximum if levels[rule.raised_by] >= 1 else rule.locked_maximum
    if maximum is None or level <= maximum:
        return level * Fraction(rule.weight)
    if config.over_max == "cap":
        return maximum * Fraction(rule.weight)
    return level * Fraction(rule.penalty)


def skills_score(config: Config, levels: Counter[str]) -> Fraction | None:
    """All skills together; None where a minimum is missed."""
    total = Fraction(0)
    for skill in set(levels) | set(config.skills):
        score = skill_score(config, skill, levels)
        if score is None:
            return None
        total += score
    return total


def fits(decoration: Decoration, slot: tuple[bool, int]) -> bool:
    """Whether a decoration goes into a slot (on the weapon?, level)."""
    on_weapon, level = slot
    allowed = {"any": True, "weapon": on_weapon, "armor": not on_weapon}[decoration.allowed_on]
    return allowed and decoration.slot_level <= level


def free_score(config: Config, slots: Sequence[tuple[bool, int]]) -> Fraction:
    """What free slots are worth."""
    weights = [Fraction(config.slot_weights[level - 1]) + Fraction(config.slot_count_weight) for _, level in slots]
    return sum(weights, Fraction(0))


def best_filling(config: Config, slots: Sequence[tuple[bool, int]], levels: Counter[str]) -> Fraction | None:
    """Best score of skills and free slots over every filling; None where none meets the minima."""
    decorations = config.decorations or ()
    stock = [len(slots) if d.available is None else d.available for d in decorations]

    @cache
    def fill(at: int, left: tuple[int, ...], have: tuple[tuple[str, int], ...]) -> Fraction | None:
        if at == len(slots):
            return skills_score(config, Counter(dict(have)))
        rest = fill(at + 1, left, have)
        best = None if rest is None else rest + free_score(config, slots[at : at + 1])
        for d, decoration in enumerate(decorations):
            if left[d] and fits(decoration, slots[at]):
                now = Counter(dict(have))
                for skill, level in decoration.skills:
                    now[skill] += level
                rest = fill(at + 1, (*left[:d], left[d] - 1, *left[d + 1 :]), tuple(sorted(now.items())))
                if rest is not None and (best is None or rest > best):
                    best = rest
        return best

    return fill(0, tuple(stock), tuple(sorted(levels.items())))


def slots_of(pieces: Sequence[EquipmentPiece], config: Config) -> list[tuple[bool, int]]:
    """Free slots as (on the weapon?, level)."""
    slots = [
        (config.takes_weapon_decorations(piece.body_part) or special, level)
        for piece in pieces
        for level in range(1, 5)
        for special, count in ((True, piece.weapon_slots[level - 1]), (False, piece.slots[level - 1]))
        for _ in range(count if special else count - piece.weapon_slots[level - 1])
    ]
    if config.weapon:
        slots += [(True, level) for level in range(1, 5) for _ in range(config.weapon.slots[level - 1])]
    return slots


def totals(pieces: Sequence[EquipmentPiece], config: Config) -> tuple[Counter[str], Counter[str]]:
    """Skill levels without decorations, and pieces by set bonus."""
    levels: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for piece in pieces:
        for skill, level in piece.skills:
            levels[skill] += level
        counts.update(piece.set_bonuses)
    if config.weapon:
        for skill, level in config.weapon.skills:
            levels[skill] += level
        counts.update(config.weapon.set_bonuses)
    for skill, level in bonus_skills(config, counts).items():
        levels[skill] += level
    return levels, counts


def score(pieces: Sequence[EquipmentPiece], config: Config, resistance_names: Sequence[str] = ()) -> Fraction | None:
    """Exact score of a finished build; None where a minimum is missed."""
    levels, _ = totals(pieces, config)
    slots = slots_of(pieces, config)
    if config.decorations is None:
        value = skills_score(config, levels)
        value = None if value is None else value + free_score(config, slots)
    else:
        value = best_filling(config, slots, levels)
    if value is None:
        return None
    defence = sum(piece.defence for piece in pieces)
    if config.min_defence is not None and defence < config.min_defence:
        return None
    value += defence * Fraction(config.defence_weight)
    for name, rule in config.resistances.items():
        points = 0
        if name in resistance_names:
            points = sum(piece.resistances[list(resistance_names).index(name)] for piece in pieces)
        if rule.minimum is not None and points < rule.minimum:
            return None
        value += points * Fraction(rule.weight)
    return value


def best_builds(
    pieces: Sequence[EquipmentPiece], config: Config, limit: int | None = None, resistance_names: Sequence[str] = ()
) -> list[Build]:
    """Every feasible build, best first, ties in rank order; the first `limit`."""
    builds = []
    for indices, own in combinations(pieces, config):
        value = score(own, config, resistance_names)
        if value is not None:
            builds.append(Build(value, indices, own))
    builds.sort(key=lambda build: (-build.score, build.indices))
    return builds[:limit]
