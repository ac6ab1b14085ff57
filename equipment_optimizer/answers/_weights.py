"""Every weight of a configuration by its JSON path, and configurations with other ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ..errors import member_path
from ..records.config import Config

__all__ = ["weights_of", "with_weights"]

_ZERO = Decimal(0)


def with_weights(config: Config, change: Callable[[str, Decimal], Decimal]) -> Config:
    """The configuration with every weight changed by a function of its path and value.

    Those that nothing is weighed with are 0: a penalty without a maximum, a weight beside values.
    """
    skills = {}
    for name, rule in config.skills.items():
        path = member_path("$.skills", name)
        if rule.values is not None:
            values = tuple(change(f"{path}.values[{level}]", value) for level, value in enumerate(rule.values))
            skills[name] = replace(rule, values=values)
            continue
        has_penalty = config.over_max == "penalty" and (rule.maximum is not None or rule.raised_by is not None)
        weight = change(f"{path}.weight", rule.weight)
        penalty = change(f"{path}.penalty", rule.penalty) if has_penalty else _ZERO
        skills[name] = replace(rule, weight=weight, penalty=penalty)
    slots = [change(f"$.decorations.deco_{level}", weight) for level, weight in enumerate(config.slot_weights, 1)]
    return replace(
        config,
        skills=skills,
        slot_weights=(slots[0], slots[1], slots[2], slots[3]),
        slot_count_weight=change("$.decorations.num_decos", config.slot_count_weight),
        defence_weight=change("$.defence", config.defence_weight),
        unlisted_skill_weight=change("$.unlisted_skill_weight", config.unlisted_skill_weight),
        resistances={
            name: replace(rule, weight=change(f"$.resistances.{name.lower()}.weight", rule.weight))
            for name, rule in config.resistances.items()
        },
        totals={
            name: replace(rule, weight=change(f"{member_path('$.totals', name)}.weight", rule.weight))
            for name, rule in config.totals.items()
        },
        counts={
            name: rule
            if rule.column is not None
            else replace(rule, weight=change(f"{member_path('$.counts', name)}.weight", rule.weight))
            for name, rule in config.counts.items()
        },
    )


def weights_of(config: Config) -> dict[str, Decimal]:
    """Every weight that something is weighed with, by path, in the order of a config file."""
    weights: dict[str, Decimal] = {}

    def note(path: str, weight: Decimal) -> Decimal:
        weights[path] = weight
        return weight

    with_weights(config, note)
    return weights
