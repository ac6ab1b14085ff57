"""Fronts by brute force: every build with every filling, and whoever is beaten goes. It knows no search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import oracle

from equipment_optimizer.records.config import Config
from equipment_optimizer.records.equipment import EquipmentPiece

#: An objective: its kind, its name, and 1 or -1.
Wanted = tuple[str, str, int]


class Outcome(NamedTuple):
    """What a front lists: values of the objectives as they are, the best score with them, and whose it is first."""

    values: tuple[Fraction, ...]
    score: Fraction
    indices: tuple[int, ...]


def filled(
    config: Config, slots: Sequence[tuple[bool, int]], levels: Counter[str]
) -> Iterator[tuple[Counter[str], Fraction]]:
    """All that fillings make of levels, with what free slots are worth, each once."""
    decorations = config.decorations
    if decorations is None:
        yield levels, oracle.free_score(config, slots)
        return
    stock = tuple(len(slots) if d.available is None else d.available for d in decorations)
    states = {(tuple(sorted(levels.items())), stock, Fraction(0))}
    for slot in slots:
        following = set()
        for have, left, free in states:
            following.add((have, left, free + oracle.free_score(config, [slot])))
            for d, decoration in enumerate(decorations):
                if left[d] and oracle.fits(decoration, slot):
                    now = Counter(dict(have))
                    for skill, level in decoration.skills:
                        now[skill] += level
                    following.add((tuple(sorted(now.items())), (*left[:d], left[d] - 1, *left[d + 1 :]), free))
        states = following
    for have, free in {(have, free) for have, _, free in states}:
        yield Counter(dict(have)), free


def front(
    pieces: Sequence[EquipmentPiece],
    config: Config,
    wanted: Sequence[Wanted],
    resistance_names: Sequence[str] = (),
    *,
    other_names: Sequence[str] = (),
    allowed: oracle.Allowed | None = None,
) -> list[Outcome]:
    """Every outcome that no other reaches in all objectives, sorted by them."""
    signs = [sign for _, _, sign in wanted]
    best: dict[tuple[Fraction, ...], tuple[Fraction, tuple[int, ...]]] = {}
    for indices, own in oracle.combinations(pieces, config, allowed):
        fixed = _fixed(own, config, wanted, resistance_names, other_names)
        if fixed is None:
            continue
        score, values = fixed
        levels, _ = oracle.totals(own, config)
        for filled_levels, free in filled(config, oracle.slots_of(own, config), levels):
            judge = oracle.skills_score if config.formula is None else oracle.product_of(own, other_names)
            by_skills = judge(config, filled_levels)
            if by_skills is None:
                continue
            whole = score + free + by_skills
            values["score", "Score"] = whole
            values.update({("skill", name): Fraction(filled_levels[name]) for name in config.skills})
            found = tuple(values.get((kind, name), Fraction(0)) for kind, name, _ in wanted)
            known = best.get(found)
            if known is None or (-whole, indices) < (-known[0], known[1]):
                best[found] = whole, indices
    turned = {found: tuple(s * x for s, x in zip(signs, found, strict=True)) for found in best}
    kept: list[tuple[Fraction, ...]] = []
    for found in sorted(best, key=lambda found: turned[found], reverse=True):
        # Whoever beats another one comes before it in this order.
        if not any(all(a >= b for a, b in zip(turned[other], turned[found], strict=True)) for other in kept):
            kept.append(found)
    return [Outcome(found, *best[found]) for found in kept]


def _fixed(
    own: Sequence[EquipmentPiece],
    config: Config,
    wanted: Sequence[Wanted],
    resistance_names: Sequence[str],
    other_names: Sequence[str],
) -> tuple[Fraction, dict[tuple[str, str], Fraction]] | None:
    """What no filling changes: its part of the score and the values of objectives; None where a limit is missed."""
    score = oracle.columns_score(own, config, other_names)
    if score is None:
        return None
    worn = [piece for piece in own if piece.name]
    defence = sum(piece.defence for piece in own)
    if not oracle.keeps(defence, config.min_defence, config.max_defence):
        return None
    score += defence * Fraction(config.defence_weight)
    values = {("defence", "Defence"): Fraction(defence)}
    for place, name in enumerate(resistance_names):
        values["resistance", name] = Fraction(sum(piece.resistances[place] for piece in own))
    for name, rule in config.resistances.items():
        points = values.get(("resistance", name), Fraction(0))
        if not oracle.keeps(points, rule.minimum, rule.maximum):
            return None
        score += points * Fraction(rule.weight)
    for kind, name, _ in wanted:
        if kind == "total":
            cells = [piece.other[list(other_names).index(name)] for piece in worn]
            values[kind, name] = sum((Fraction(cell or 0) for cell in cells), Fraction(0))
        elif kind == "count":
            values[kind, name] = Fraction(len(oracle.counted_pieces(worn, config.counts[name], other_names)))
    return score, values
