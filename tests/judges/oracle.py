"""A slow, obvious judge: every build and every filling, as objects and fractions.

It imports the records (`Config`, `EquipmentPiece`) and nothing that compiles,
scores, bounds or searches. `tests/judges/test_oracle.py` holds it by cases computed by
hand.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import oracle_formula

from equipment_optimizer.records.config import Config, CountRule, Decoration, FilterRule
from equipment_optimizer.records.equipment import EquipmentPiece


class Build(NamedTuple):
    """A finished build: score, rank order key (piece indices), and its pieces."""

    score: Fraction
    indices: tuple[int, ...]
    pieces: tuple[EquipmentPiece, ...]


#: Whether a piece may be in a place of a part, by the part's name.
Allowed = Callable[[str, EquipmentPiece], bool]


def _anything(part: str, piece: EquipmentPiece) -> bool:
    return True


def parts_of(
    pieces: Sequence[EquipmentPiece], config: Config, allowed: Allowed = _anything
) -> list[tuple[str, int, list[int]]]:
    """Body parts that have pieces, outermost first: name, count, and numbers of the pieces that may be there.

    In file order; an empty place is -1 and comes last.
    """
    groups = []
    for part, rule in config.body_parts.items():
        own = [i for i, piece in enumerate(pieces) if piece.body_part in (part, *rule.drawn_from)]
        if own:
            own = [i for i in own if allowed(part, pieces[i])]
            groups.append((part, rule.count, own + [-1] * rule.optional))
    return groups


def _choices(own: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """Ways to take `count` of the places of a list: ascending, only an empty place more than once."""
    ways = itertools.combinations_with_replacement(range(len(own)), count)
    return [way for way in ways if all(a < b or own[b] == -1 for a, b in itertools.pairwise(way))]


def combinations(
    pieces: Sequence[EquipmentPiece], config: Config, allowed: Allowed | None = None
) -> Iterator[tuple[tuple[int, ...], tuple[EquipmentPiece, ...]]]:
    """Every combination in rank order: piece indices, then the pieces, each with the part that it is in.

    No piece is twice in one, and the same pieces in other places are the first of these.
    """
    parts = parts_of(pieces, config, allowed or _anything)
    empty = EquipmentPiece("", "", resistances=pieces[0].resistances, other=("",) * len(pieces[0].other))
    empty = empty._replace(resistances=(0,) * len(empty.resistances))
    seen = set()
    for pick in itertools.product(*(_choices(own, count) for _, count, own in parts)):
        taken = [(part, own[i]) for (part, _, own), group in zip(parts, pick, strict=True) for i in group]
        numbers = sorted(number for _, number in taken if number >= 0)
        if len(set(numbers)) < len(numbers):
            continue
        worn = tuple(_worn(empty if i < 0 else pieces[i], part) for part, i in taken)
        if not _has_pins(worn, config) or tuple(numbers) in seen:
            continue
        seen.add(tuple(numbers))
        yield tuple(i for group in pick for i in group), worn


def _worn(piece: EquipmentPiece, part: str) -> EquipmentPiece:
    """The piece with the part that it is in; itself where that is its own."""
    return piece if piece.body_part == part else piece._replace(body_part=part)


def _has_pins(pieces: Sequence[EquipmentPiece], config: Config) -> bool:
    """Whether the pieces are there that must be."""
    return all(
        any(piece.body_part == part and piece.name in names for piece in pieces)
        for part, groups in config.pin_all.items()
        for names in groups
    )


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
    """What a skill's total is worth; None where a limit of it is missed."""
    level = levels[skill]
    rule = config.skills.get(skill)
    if rule is None:
        return level * Fraction(config.unlisted_skill_weight)
    if rule.minimum is not None and level < rule.minimum:
        return None
    if rule.at_most is not None and level > rule.at_most:
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
    """All skills together; None where a limit is missed."""
    total = Fraction(0)
    for skill in set(levels) | set(config.skills):
        score = skill_score(config, skill, levels)
        if score is None:
            return None
        total += score
    return total


#: What the levels of a build's skills are worth.
Judge = Callable[[Config, Counter[str]], Fraction | None]


def fits(decoration: Decoration, slot: tuple[bool, int]) -> bool:
    """Whether a decoration goes into a slot (on the weapon?, level)."""
    on_weapon, level = slot
    allowed = {"any": True, "weapon": on_weapon, "armor": not on_weapon}[decoration.allowed_on]
    return allowed and decoration.slot_level <= level


def free_score(config: Config, slots: Sequence[tuple[bool, int]]) -> Fraction:
    """What free slots are worth."""
    weights = [Fraction(config.slot_weights[level - 1]) + Fraction(config.slot_count_weight) for _, level in slots]
    return sum(weights, Fraction(0))


def best_filling(
    config: Config, slots: Sequence[tuple[bool, int]], levels: Counter[str], judge: Judge = skills_score
) -> Fraction | None:
    """Best score of skills, by `judge`, and of free slots over all fillings; None where none keeps the limits."""
    decorations = config.decorations or ()
    stock = [len(slots) if d.available is None else d.available for d in decorations]

    @cache
    def fill(at: int, left: tuple[int, ...], have: tuple[tuple[str, int], ...]) -> Fraction | None:
        if at == len(slots):
            return judge(config, Counter(dict(have)))
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


def keeps(total: Fraction | int, minimum: Decimal | int | None, maximum: Decimal | int | None) -> bool:
    """Whether a total keeps its limits."""
    return (minimum is None or total >= Fraction(minimum)) and (maximum is None or total <= Fraction(maximum))


def _meets(piece: EquipmentPiece, rule: FilterRule, cell: str) -> bool:
    """Whether a piece meets one condition of a count."""
    if rule.parts is not None and piece.body_part not in rule.parts:
        return True
    if not cell:
        return rule.blank or (rule.minimum is None and rule.maximum is None and rule.one_of is None)
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = None

    def same(text: str) -> bool:
        try:
            return number == Decimal(text) if number is not None else cell == text
        except InvalidOperation:
            return cell == text

    if (rule.minimum is not None or rule.maximum is not None) and number is None:
        return False
    if number is not None and not keeps(Fraction(number), rule.minimum, rule.maximum):
        return False
    if rule.one_of is not None and not any(map(same, rule.one_of)):
        return False
    return not any(map(same, rule.none_of or ()))


def counted_pieces(pieces: Sequence[EquipmentPiece], count: CountRule, other_names: Sequence[str]):
    """Those of the pieces that a count counts."""
    cells = [dict(zip(other_names, piece.other, strict=True)) for piece in pieces]
    return [
        piece
        for piece, own in zip(pieces, cells, strict=True)
        if piece.name and all(_meets(piece, rule, own[rule.column]) for rule in count.where)
    ]


def columns_score(pieces: Sequence[EquipmentPiece], config: Config, other_names: Sequence[str]) -> Fraction | None:
    """What totals and counts are worth; None where a limit is missed."""
    worn = [piece for piece in pieces if piece.name]

    def cell(piece: EquipmentPiece, column: str) -> str:
        return piece.other[list(other_names).index(column)]

    value = Fraction(0)
    for column, rule in config.totals.items():
        total = sum((Fraction(cell(piece, column) or 0) for piece in worn), Fraction(0))
        if not keeps(total, rule.minimum, rule.maximum):
            return None
        value += total * Fraction(rule.weight)
    for count in config.counts.values():
        counted = counted_pieces(worn, count, other_names)
        if count.column is None:
            if not keeps(len(counted), count.minimum, count.maximum):
                return None
            value += len(counted) * Fraction(count.weight)
            continue
        texts = [cell(piece, count.column) for piece in counted]
        parted = [[text] if count.separator is None else text.split(count.separator) for text in texts]
        carried = Counter(value for text in parted for value in {one.strip() for one in text} if value)
        if count.same is not None and len(carried) > 1:
            return None
        if count.maximum is not None and max(carried.values(), default=0) > count.maximum:
            return None
    return value


def product_of(pieces: Sequence[EquipmentPiece], other_names: Sequence[str]) -> Judge:
    """What the formula of a configuration makes of these pieces with any levels."""

    def judge(config: Config, levels: Counter[str]) -> Fraction | None:
        def total(kind: str, name: str) -> Fraction | int:
            if kind == "count":
                return len(counted_pieces(pieces, config.counts[name], other_names))
            cells = [piece.other[list(other_names).index(name)] for piece in pieces]
            return sum((Fraction(cell or 0) for cell in cells), Fraction(0))

        if skills_score(config, levels) is None:
            return None
        return math.prod(oracle_formula.formula_factors(config, total, levels))

    return judge


def score(
    pieces: Sequence[EquipmentPiece],
    config: Config,
    resistance_names: Sequence[str] = (),
    other_names: Sequence[str] = (),
) -> Fraction | None:
    """Exact score of a finished build; None where a limit is missed."""
    levels, _ = totals(pieces, config)
    slots = slots_of(pieces, config)
    judge = skills_score if config.formula is None else product_of(pieces, other_names)
    if config.decorations is None:
        value = judge(config, levels)
        value = None if value is None else value + free_score(config, slots)
    else:
        value = best_filling(config, slots, levels, judge)
    if value is None:
        return None
    by_columns = columns_score(pieces, config, other_names)
    if by_columns is None:
        return None
    value += by_columns
    defence = sum(piece.defence for piece in pieces)
    if not keeps(defence, config.min_defence, config.max_defence):
        return None
    value += defence * Fraction(config.defence_weight)
    for name, rule in config.resistances.items():
        points = 0
        if name in resistance_names:
            points = sum(piece.resistances[list(resistance_names).index(name)] for piece in pieces)
        if not keeps(points, rule.minimum, rule.maximum):
            return None
        value += points * Fraction(rule.weight)
    return value


def best_builds(
    pieces: Sequence[EquipmentPiece],
    config: Config,
    limit: int | None = None,
    resistance_names: Sequence[str] = (),
    *,
    other_names: Sequence[str] = (),
    allowed: Allowed | None = None,
) -> list[Build]:
    """Every feasible build, best first, ties in rank order; the first `limit`."""
    builds = []
    for indices, own in combinations(pieces, config, allowed):
        value = score(own, config, resistance_names, other_names)
        if value is not None:
            builds.append(Build(value, indices, own))
    builds.sort(key=lambda build: (-build.score, build.indices))
    return builds[:limit]


def sequence(
    pieces: Sequence[EquipmentPiece], config: Config, limit: int, names: Sequence[str] = (), *, other_names=()
) -> list[Build]:
    """Each next row the first build that is different enough from all before it; `names` are of resistances.

    With `different_skills` the jobs have no decorations: which of equal fillings is written is not known here.
    """
    most = None if config.share is None else max(1, int(Fraction(config.share) * limit))
    parts = [(part, own) for part, count, own in parts_of(pieces, config) for _ in range(count)]
    linked: dict[str, str] = {}
    for part, rule in [*config.body_parts.items()] * len(config.body_parts):
        for other in rule.drawn_from:
            linked[part] = linked[other] = min(linked.get(part, part), linked.get(other, other))

    def worn(build: Build) -> Counter[tuple[int, str]]:
        """Its pieces, and its empty places by the first of the parts that draw from each other."""
        taken = [(part, own[i]) for (part, own), i in zip(parts, build.indices, strict=True)]
        return Counter((number, "" if number >= 0 else linked.get(part, part)) for part, number in taken)

    rows: list[Build] = []
    for build in best_builds(pieces, config, None, names, other_names=other_names):
        if len(rows) == limit:
            break
        d = config.different_pieces
        if d is not None and any((worn(build) - worn(row)).total() < d for row in rows):
            continue
        if config.different_skills:
            own, *others = [totals(row.pieces, config)[0] for row in (build, *rows)]
            if any(all(own[skill] == other[skill] for skill in config.skills) for other in others):
                continue
        if most is not None:
            used = {number for number, _ in worn(build) if sum(worn(row)[number, ""] for row in rows) >= most}
            if any(number >= 0 and pieces[number].name not in config.share_except for number in used):
                continue
        rows.append(build)
    return rows
