"""Formulas for random cases, and what they mean: pairs, tables that fall, negative bases, clipping, factors of 0.

Drawn from random numbers of their own, so that the case below stays what it is without them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from equipment_optimizer.records.formula import Factor, Formula, Sum, Term

if TYPE_CHECKING:
    from differential_cases import Case

#: Columns of numbers that a formula may add up, whatever else a case has.
COLUMNS = ("Weight", "Rarity", "Defence")

_WHOLE = ("0", "1", "1", "2", "3", "5", "10", "-1", "-2")
_FINE = ("0.05", "0.1", "0.25", "0.5", "1.32", "-0.25", "-0.05", "1.5", "0.001")
_WILD = ("1000000", "123456789", "0.000001", "-1000000", "1e-6", "999999999999999999")

#: Members of a configuration that hold weights and nothing else.
_WEIGHTS = ("decorations", "defence", "unlisted_skill_weight")


class Formulator:
    """Puts a formula in the place of one case's weights."""

    def __init__(self, rng: random.Random, case: Case, number: type) -> None:
        self.rng = rng
        self.case = case
        self.number = number
        self.numbers = [*_WHOLE, *_FINE, *(_WILD if rng.random() < 0.3 else ())]
        # As people write them: nothing below 0, so that every sum rises.
        if rng.random() < 0.4:
            self.numbers = [text for text in self.numbers if not text.startswith("-")]

    def add(self) -> None:
        """Take the weights out, and put a formula in."""
        config = self.case.config
        for key in _WEIGHTS:
            config.pop(key, None)
        for group in ("skills", "resistances", "totals", "counts"):
            for rule in config.get(group, {}).values():
                for key in ("weight", "penalty", "values"):
                    rule.pop(key, None)
        names = list(self._names())
        factors = [self._factor(number, names) for number in range(self.rng.choice([1, 2, 2, 3, 3, 4, 8]))]
        config["formula"] = {"factors": factors, **({"name": "product"} if self.rng.random() < 0.5 else {})}
        self.case.features = tuple(sorted({*self.case.features, "formula"}))

    def _names(self) -> Iterator[str]:
        """Everything that may be a term, as a configuration may write it."""
        case, rng = self.case, self.rng
        rows = [*case.pieces, *(case.weapons or ()), *(case.decorations or ())]
        given = {name for row in rows for name, _ in row["skills"]} | {row["skill"] for row in case.set_bonuses or ()}
        for skill in sorted({*given, *case.config.get("skills", {})}):
            is_plain = skill in given and skill.isalpha() and skill not in ("Score", "Head", "Defence")
            yield skill if is_plain and rng.random() < 0.6 else f"skill:{skill}"
        for column in COLUMNS:
            if column == "Defence" or all(column in piece["other"] for piece in case.pieces):
                yield f"column:{column}" if column == "Defence" or rng.random() < 0.3 else column
        counts = case.config.get("counts", {})
        yield from (name for name, rule in counts.items() if "each" not in rule and "same" not in rule)

    def _number(self) -> Any:
        return self.number(self.rng.choice(self.numbers))

    def _factor(self, number: int, names: list[str]) -> dict[str, Any]:
        rng = self.rng
        factor = {"name": rng.choice([f"factor {number}", f"Factor, {number}"])}
        if rng.random() < 0.4:
            factor |= {"base": self._number()} if rng.random() < 0.8 else {}
            return {**factor, "times": [self._sum(names), self._sum(names)], **self._ends(0.15)}
        own = self._sum(names)
        return {**factor, **(own if {"base", "of"} & own.keys() else {"base": self._number()})}

    def _sum(self, names: list[str]) -> dict[str, Any]:
        rng = self.rng
        own: dict[str, Any] = {"base": self._number()} if rng.random() < 0.8 else {}
        chosen = rng.sample(names, min(len(names), rng.choice([0, 1, 1, 2, 3])))
        if chosen:
            own["of"] = {name: self._worth(name) for name in chosen}
        return {**own, **self._ends(0.2)}

    def _worth(self, name: str) -> Any:
        rng = self.rng
        if rng.random() < 0.5 or name.removeprefix("column:") in ("Weight", "Rarity"):  # which hold fractions
            return self._number()
        table = [rng.choice(self.numbers) for _ in range(rng.choice([1, 2, 3, 5, 8]))]
        if rng.random() < 0.6:
            table.sort(key=Decimal, reverse=rng.random() < 0.2)
        return list(map(self.number, table))

    def _ends(self, share: float) -> dict[str, Any]:
        low, high = sorted((self._number(), self._number()), key=Decimal)
        rng = self.rng
        return {**({"min": low} if rng.random() < share else {}), **({"max": high} if rng.random() < share else {})}


# --- what a formula means -------------------------------------------------------------


def formula_of(case: Case) -> Formula | None:
    """The record of a case's formula."""
    formula = case.config.get("formula")
    if formula is None:
        return None
    counts = case.config.get("counts", {})

    def term(key: str, worth: Any) -> Term:
        prefix, _, name = key.partition(":")
        kind, name = (prefix, name) if prefix in ("column", "skill") else (None, key)
        if kind is None:
            kind = "column" if key in COLUMNS else "count" if key in counts else "skill"
        if isinstance(worth, list):
            return Term(kind=kind, name=name, table=tuple(Decimal(str(value)) for value in worth))  # type: ignore[arg-type]
        return Term(kind=kind, name=name, weight=Decimal(str(worth)))  # type: ignore[arg-type]

    def fields(own: dict[str, Any]) -> dict[str, Any]:
        base, low, high = (None if own.get(key) is None else Decimal(str(own[key])) for key in ("base", "min", "max"))
        terms = tuple(term(key, worth) for key, worth in own.get("of", {}).items())
        return {"base": base or Decimal(0), "terms": terms, "minimum": low, "maximum": high}

    factors = []
    for own in formula["factors"]:
        times = tuple(Sum(**fields(one)) for one in own["times"]) if "times" in own else None
        factors.append(Factor(name=own["name"], times=times, **fields(own)))  # type: ignore[arg-type]
    return Formula(name=formula.get("name", ""), factors=tuple(factors))


def formula_columns(case: Case) -> tuple[str, ...]:
    """What the loader keeps a column for: every name that may be one, whether or not it is there."""
    formula = case.config.get("formula", {"factors": []})
    sums = [one for factor in formula["factors"] for one in factor.get("times", [factor])]
    keys = [key for own in sums for key in own.get("of", {})]
    return tuple(dict.fromkeys(key.removeprefix("column:") for key in keys if not key.startswith("skill:")))
