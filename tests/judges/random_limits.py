"""Random limits on top of random jobs: columns, totals, counts, parts that may stay empty or draw from others.

`with_limits` draws from a `random.Random` of its own, so that the job below stays the
same with and without them.
"""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from random_problems import WEIGHTS, Job

from equipment_optimizer.records.config import Config, CountRule, FilterRule, PartRule, SkillRule, TotalRule
from equipment_optimizer.records.equipment import EquipmentPiece

#: Columns of the pieces beside what they are scored by.
COLUMNS = ("Weight", "Tier", "Team", "Hours")

#: What a job may be given.
LIMITS = ("at_most", "totals", "sums", "counts", "each", "same", "optional", "drawn", "pin_all", "several")


def _cells(rng: random.Random) -> tuple[str, ...]:
    hours = rng.sample(["Mo", "Tu", "We"], rng.choice([0, 1, 1, 2]))
    return (
        rng.choice(["", "0", "1", "2.5", "-1.5", "0.25", "3"]), rng.choice(["", "1", "2", "2.0", "Exotic"]),
        rng.choice(["", "A", "A", "B", "C"]), "; ".join(hours),
    )  # fmt: skip


def _weight(rng: random.Random) -> Decimal:
    return Decimal(rng.choice(WEIGHTS))


def _maybe(rng: random.Random, *values: object) -> object:
    return rng.choice([None, *values])


def _skills(rng: random.Random, config: Config) -> dict[str, SkillRule]:
    rules = dict(config.skills) or {"Attack": SkillRule(weight=1, maximum=2)}
    return {name: replace(rule, at_most=_maybe(rng, 0, 1, 2, 3, -1)) for name, rule in rules.items()}


def _counts(rng: random.Random, wanted: set[str]) -> dict[str, CountRule]:
    counts: dict[str, CountRule] = {}
    if "counts" in wanted:
        tier = rng.choice(
            [
                FilterRule(column="Tier", one_of=("2",)), FilterRule(column="Tier", none_of=("Exotic",)),
                FilterRule(column="Tier", minimum=2, blank=rng.random() < 0.3),
                FilterRule(column="Team", one_of=("A", "B"), parts=("Head", "Ring", "Body")),
            ]
        )  # fmt: skip
        where = rng.choice([(tier,), (tier,), (tier, FilterRule(column="Team", none_of=("C",))), ()])
        counts["few"] = CountRule(
            where=where, minimum=_maybe(rng, 0, 1), maximum=_maybe(rng, 0, 1, 2), weight=_weight(rng)
        )
    if "each" in wanted:
        where = (FilterRule(column="Tier", none_of=("1",)),) if rng.random() < 0.3 else ()
        counts["team"] = CountRule(where=where, each="Team", maximum=rng.choice([0, 1, 1, 2]))
        counts["hours"] = CountRule(each="Hours", separator=";", maximum=rng.choice([1, 1, 2]))
    if "same" in wanted:
        counts["one team"] = CountRule(same="Team")
        if rng.random() < 0.3:
            counts["one hour"] = CountRule(same="Hours", separator=rng.choice([None, ";"]))
    return counts


def _parts(rng: random.Random, config: Config, wanted: set[str]) -> dict[str, PartRule]:
    parts = dict(config.body_parts)
    if "several" in wanted:
        name = rng.choice(list(parts))
        parts[name] = replace(parts[name], count=2)
    if "optional" in wanted:
        for name in rng.sample(list(parts), min(len(parts), rng.choice([1, 1, 2]))):
            parts[name] = replace(parts[name], optional=True)
    if "drawn" in wanted:
        for flex in ("Flex", "Second")[: rng.choice([1, 1, 2])]:
            drawn = tuple(rng.sample(list(config.body_parts), min(len(config.body_parts), rng.choice([1, 2]))))
            rule = PartRule(drawn_from=drawn, count=rng.choice([1, 1, 2]), optional=rng.random() < 0.3)
            places = list(parts.items())
            places.insert(rng.randint(0, len(places)), (flex, rule))
            parts = dict(places)
    return parts


def _pin_all(rng: random.Random, pieces: list[EquipmentPiece], parts: dict[str, PartRule]) -> dict[str, object]:
    drawing = {name for name, rule in parts.items() if rule.drawn_from}
    drawing |= {name for rule in parts.values() for name in rule.drawn_from}
    free = [piece for piece in pieces if piece.body_part not in drawing]
    return {piece.body_part: ((piece.name,),) for piece in rng.sample(free, min(1, len(free)))}


def with_limits(rng: random.Random, job: Job, wanted: set[str] | None = None) -> Job:
    """The job with limits of some kinds, random ones where none are `wanted`."""
    if wanted is None:
        wanted = set(rng.sample(LIMITS, rng.choice([1, 1, 2, 3])))
    config = job.config
    parts = _parts(rng, config, wanted)
    pieces = [piece._replace(other=_cells(rng)) for piece in job.pieces]
    if "drawn" in wanted and rng.random() < 0.5:
        flex = [name for name in parts if name in ("Flex", "Second")]
        pieces += [piece._replace(body_part=rng.choice(flex)) for piece in rng.sample(pieces, 1)]
    changes: dict[str, object] = {"body_parts": parts, "counts": _counts(rng, wanted)}
    if "at_most" in wanted:
        changes["skills"] = _skills(rng, config)
    if "totals" in wanted:
        changes["totals"] = {
            "Weight": TotalRule(
                weight=_weight(rng), minimum=_maybe(rng, Decimal("0.3"), 1), maximum=_maybe(rng, 2, Decimal("3.3"), 0)
            )
        }
    if "sums" in wanted:
        changes["max_defence"] = _maybe(rng, 1, 5, 8)
        changes["resistances"] = {
            name: replace(rule, maximum=_maybe(rng, 0, 1)) for name, rule in config.resistances.items()
        }
    if "pin_all" in wanted:
        changes["pin_all"] = _pin_all(rng, pieces, parts)
    return Job(pieces, replace(config, **changes), job.resistance_names, COLUMNS)  # type: ignore[arg-type]
