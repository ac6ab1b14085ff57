"""Jobs with every feature of the formats, as plain data that can be shrunk and written as files.

A `Case` holds what files hold: texts, whole numbers and `Number`s. `differential_maker` draws one from a seed,
`differential_records` tells what it means.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from differential_limits import LIMIT_FEATURES, part_rule

from equipment_optimizer.records.config import (
    PartRule,
)
from equipment_optimizer.records.vocabulary import DEFAULT_BODY_PARTS

RESISTANCES = ("Fire", "Water", "Thunder", "Ice", "Dragon")

#: What a case may have beside limits; each case draws its own subset.
PLAIN_FEATURES = (
    "decorations", "stock", "two skills", "allowed on", "negative decorations", "negative levels", "set bonuses",
    "many thresholds", "raised caps", "over_max cap", "values", "minima", "min_defence", "resistances", "pin",
    "exclude", "filter", "weapon", "body parts", "several pieces", "unlisted weight", "missing keys", "awkward names",
    "duplicates", "twins", "file styles", "comments", "popular", "required",
)  # fmt: skip

FEATURES = (*PLAIN_FEATURES, *LIMIT_FEATURES)


class Number(str):
    """A number of a configuration as it is written, so that no digit is lost."""

    __slots__ = ()


@dataclass
class Case:
    """One job.

    Attributes
    ----------
    pieces : list of dict
        ``name``, ``part``, ``defence``, ``slots``, ``skills`` (name and level, names may
        repeat), ``resistances``, ``bonuses``, ``other`` (text by column).
    config : dict
        Members of the configuration file, without ``files``.
    decorations, set_bonuses, skills_file : list of dict or None
        Rows of the side files; None where there is no such file.
    weapons : list of dict or None
        Pieces of a weapon list.
    style : dict
        How the files are written.
    features : tuple of str
    """

    pieces: list[dict[str, Any]]
    config: dict[str, Any]
    decorations: list[dict[str, Any]] | None = None
    set_bonuses: list[dict[str, Any]] | None = None
    skills_file: list[dict[str, Any]] | None = None
    weapons: list[dict[str, Any]] | None = None
    style: dict[str, Any] = field(default_factory=dict)
    features: tuple[str, ...] = ()

    @property
    def has_limits(self) -> bool:
        """Whether it has any of the limits."""
        return any(feature in LIMIT_FEATURES for feature in self.features)

    def copied(self) -> Case:
        """A copy that shares nothing."""
        return copy.deepcopy(self)


class Size(NamedTuple):
    """How large a case may be."""

    n_combinations: int
    n_slots: int
    n_per_part: int
    n_decorations: int
    n_skills: int


#: Quick and small cases are judged by the oracle; fillings and large ones compare engines.
SIZES = {
    "quick": Size(24, 4, 3, 4, 4),
    "small": Size(48, 5, 4, 4, 5),
    "limits": Size(60, 5, 4, 4, 5),
    "formula": Size(60, 4, 4, 4, 5),
    "fronts": Size(60, 4, 4, 4, 4),
    "answers": Size(48, 5, 4, 4, 5),
    "filling": Size(30_000, 14, 9, 12, 8),
    "large": Size(150_000, 12, 12, 0, 7),
}


def all_pieces(case: Case) -> list[dict[str, Any]]:
    """The pieces of the equipment file, then those of the weapon list."""
    return [*case.pieces, *(case.weapons or ())]


def declared_parts(case: Case) -> dict[str, PartRule]:
    """Body parts, outermost first; a weapon list is the last."""
    declared = case.config.get("body_parts", dict(DEFAULT_BODY_PARTS))
    rules = {name: part_rule(rule) for name, rule in declared.items()}
    return {**rules, "Weapon": PartRule()} if case.weapons is not None else rules


def sizes_of_parts(case: Case) -> list[tuple[PartRule, list[dict[str, Any]]]]:
    """Body parts that have pieces, with what may be there before pins, exclusions and filters."""
    pieces = all_pieces(case)
    owned = [
        (rule, [piece for piece in pieces if piece["part"] in (part, *rule.drawn_from)])
        for part, rule in declared_parts(case).items()
    ]
    return [(rule, own) for rule, own in owned if own]


def most_slots(case: Case) -> int:
    """The most slots that a build may have."""
    total = len(case.config.get("weapon", {}).get("slots", []))
    for rule, pieces in sizes_of_parts(case):
        total += sum(sorted((sum(piece["slots"]) for piece in pieces), reverse=True)[: rule.count])
    return total


def n_combinations(case: Case) -> int:
    """Size of the space before pins, exclusions and filters; no build counts less, where parts share rows."""
    return math.prod(
        sum(math.comb(len(pieces), n) for n in range(0 if rule.optional else rule.count, rule.count + 1))
        for rule, pieces in sizes_of_parts(case)
    )
