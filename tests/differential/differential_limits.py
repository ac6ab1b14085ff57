"""Limits for random cases, and what they mean: totals, counts, parts that may stay empty or draw, weapon lists.

Drawn from random numbers of their own, so that the case below stays what it is without them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from equipment_optimizer.records.config import CountRule, FilterRule, PartRule, TotalRule

if TYPE_CHECKING:
    from differential_cases import Case, Size

#: What a case may have beside its other features.
LIMIT_FEATURES = (
    "at most", "totals", "maxima", "counts", "each", "same", "optional", "drawn", "pin all", "weapon list"
)  # fmt: skip

#: Columns that only limits ask for.
LIMIT_COLUMNS = ("Weight", "Team", "Hours")


class Limiter:
    """Adds limits to one case, in place; `weight` draws weights as they are written."""

    def __init__(self, rng: random.Random, case: Case, weight: Callable[[], Any], size: Size) -> None:
        self.rng = rng
        self.size = size
        self.case = case
        self.config = case.config
        self.weight = weight

    def add(self) -> None:
        """Draw features and add them."""
        rng, number = self.rng, type(self.weight())
        features = set(rng.sample(LIMIT_FEATURES, rng.choice([1, 1, 2, 3])))
        self.case.features = tuple(sorted({*self.case.features, *features}))
        for piece in self.case.pieces:
            piece["other"].update(self.cells())
        for feature in LIMIT_FEATURES:
            if feature in features:
                getattr(self, f"_{feature.replace(' ', '_')}")(number)

    def cells(self) -> dict[str, str]:
        """Cells of the columns."""
        rng = self.rng
        return {
            "Weight": rng.choice(["", "0", "1", "2.5", "-1.5", "0.25", "3"]),
            "Team": rng.choice(["", "A", "A", "B", "C"]),
            "Hours": "; ".join(rng.sample(["Mo 1", "Tu 2", "We 3"], rng.choice([0, 1, 1, 2]))),
        }

    def _maybe(self, rule: dict[str, Any], **choices: Iterable[Any]) -> dict[str, Any]:
        """The rule with some of these members."""
        for key, values in choices.items():
            if self.rng.random() < 0.5:
                rule[key] = self.rng.choice(list(values))
        return rule

    def _at_most(self, number: type) -> None:
        for rule in self.config["skills"].values():
            if self.rng.random() < 0.6:
                rule["at_most"] = self.rng.choice([-1, 0, 1, 2, 3, 4, 5])

    def _totals(self, number: type) -> None:
        limits = {"min": map(number, ["0.3", "1", "-0.5"]), "max": map(number, ["2", "3.3", "0", "4.5", "6"])}
        self.config["totals"] = {"Weight": self._maybe({"weight": self.weight()}, **limits)}
        if self.rng.random() < 0.3:
            self.config["totals"]["Rarity"] = self._maybe({}, max=[number("9.5"), 12, 3], weight=[self.weight()])

    def _maxima(self, number: type) -> None:
        self.config["max_defence"] = self.rng.choice([1, 3, 5, 8, 12])
        for rule in self.config.get("resistances", {}).values():
            self._maybe(rule, max=[0, 1, 2])

    def _where(self, number: type) -> dict[str, Any]:
        rng = self.rng
        rules = [
            ("Team", {"in": ["A", "C"]}), ("Team", {"not": ["B"]}), ("Rarity", {"min": 2, "blank": rng.random() < 0.3}),
            ("Rarity", {"max": number("9.5")}), ("Gender", {"in": ["male"]}),
            ("Team", {"in": ["A"], "parts": rng.sample([piece["part"] for piece in self.case.pieces], 1)}),
        ]  # fmt: skip
        return dict(rng.sample(rules, rng.choice([1, 1, 2])))

    def _counted(self, name: str, rule: dict[str, Any]) -> None:
        self.config.setdefault("counts", {})[name] = rule

    def _counts(self, number: type) -> None:
        rule = {"where": self._where(number)}
        self._counted("few", self._maybe(rule, min=[0, 1, 1], max=[0, 1, 2], weight=[self.weight()]))

    def _each(self, number: type) -> None:
        rule = {"where": self._where(number)} if self.rng.random() < 0.3 else {}
        self._counted("a team", {**rule, "each": "Team", "max": self.rng.choice([0, 1, 1, 2, 2])})
        if self.rng.random() < 0.5:
            self._counted("an hour", {"each": "Hours", "separator": ";", "max": self.rng.choice([1, 1, 2])})

    def _same(self, number: type) -> None:
        rule = {"where": self._where(number)} if self.rng.random() < 0.2 else {}
        self._counted("one team", {**rule, "same": self.rng.choice(["Team", "Team", "Hours"])})

    # --- parts ------------------------------------------------------------------

    def _parts(self) -> dict[str, Any]:
        """The declared parts, each as an object."""
        from differential_cases import DEFAULT_BODY_PARTS

        declared = self.config.get("body_parts", dict(DEFAULT_BODY_PARTS))
        return {name: dict(rule) if isinstance(rule, dict) else {"count": rule} for name, rule in declared.items()}

    def _take_parts(self, parts: dict[str, Any]) -> None:
        """Declare these parts, unless builds become too many."""
        from differential_cases import most_slots, n_combinations

        before, size = self.config.get("body_parts"), self.size
        self.config["body_parts"] = parts
        if n_combinations(self.case) > size.n_combinations or most_slots(self.case) > size.n_slots:
            self.config.pop("body_parts")
            if before is not None:
                self.config["body_parts"] = before

    def _optional(self, number: type) -> None:
        parts = self._parts()
        for name in self.rng.sample(list(parts), self.rng.choice([1, 1, min(2, len(parts))])):
            parts[name]["optional"] = True
        self._take_parts(parts)

    def _drawn(self, number: type) -> None:
        rng, parts = self.rng, self._parts()
        sources = rng.sample(list(parts), min(len(parts), rng.choice([1, 2])))
        places = list(parts.items())
        flex = {"from": sources, **({"optional": True} if rng.random() < 0.3 else {})}
        places.insert(rng.randint(0, len(places)), ("Flex", flex))
        if rng.random() < 0.25:
            places.insert(rng.randint(0, len(places)), ("Flex too", {"from": rng.sample([*sources, "Flex"], 1)}))
        self._take_parts(dict(places))

    def _pin_all(self, number: type) -> None:
        parts = self._parts()
        drawing = {name for name, rule in parts.items() if rule.get("from")}
        drawing |= {name for rule in parts.values() for name in rule.get("from", ())}
        free = [p for p in self.case.pieces if p["part"] not in drawing and p["part"] not in self.config.get("pin", {})]
        if free:
            piece = self.rng.choice(free)
            self.config.setdefault("pin", {})[piece["part"]] = {"all of": [piece["name"]]}

    def _weapon_list(self, number: type) -> None:
        from differential_cases import most_slots, n_combinations

        if "weapon" in self.config or any(name.lower() == "weapon" for name in self._parts()):
            return
        rng, size = self.rng, self.size
        n_most = max(0, size.n_combinations // max(1, n_combinations(self.case)))
        names = [name for piece in self.case.pieces for name, _ in piece["skills"]] or ["Edge"]
        for number_of_weapon in range(min(rng.choice([1, 2, 3]), n_most)):
            slots = [0, 0, 0, 0]
            if rng.random() < 0.5 and most_slots(self.case) < size.n_slots:
                slots[rng.randrange(4)] = 1
            self.case.weapons = [
                *(self.case.weapons or ()),
                {
                    "name": f"Blade {number_of_weapon}", "part": "Weapon", "defence": rng.choice([0, 1, 3]),
                    "slots": slots, "skills": [[rng.choice(names), rng.choice([1, 1, 2])]][: rng.choice([0, 1, 1])],
                    "resistances": {}, "bonuses": [],
                    "other": {"Rarity": rng.choice(["", "1", "10"]), "Gender": "", **self.cells()},
                },
            ]  # fmt: skip


# --- what limits mean -----------------------------------------------------------------


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def filter_rules(rules: dict[str, Any]) -> tuple[FilterRule, ...]:
    """Conditions of a configuration."""
    return tuple(
        FilterRule(
            column=column,
            minimum=_decimal(rule.get("min")),
            maximum=_decimal(rule.get("max")),
            one_of=None if "in" not in rule else tuple(map(str, rule["in"])),
            none_of=None if "not" not in rule else tuple(map(str, rule["not"])),
            blank=rule.get("blank", False),
            parts=None if "parts" not in rule else tuple(rule["parts"]),
        )
        for column, rule in rules.items()
    )


def limits_of(case: Case) -> dict[str, Any]:
    """The members of `Config` that hold limits."""
    config = case.config
    pin = config.get("pin", {})
    return {
        "totals": {
            name: TotalRule(
                weight=_decimal(rule.get("weight", 0)),
                minimum=_decimal(rule.get("min")),
                maximum=_decimal(rule.get("max")),
            )
            for name, rule in config.get("totals", {}).items()
        },
        "counts": {
            name: CountRule(
                where=filter_rules(rule.get("where", {})),
                each=rule.get("each"),
                same=rule.get("same"),
                separator=rule.get("separator"),
                minimum=rule.get("min"),
                maximum=rule.get("max"),
                weight=_decimal(rule.get("weight", 0)),
            )
            for name, rule in config.get("counts", {}).items()
        },
        "max_defence": config.get("max_defence"),
        "pin": {part: tuple(dict.fromkeys(names)) for part, names in pin.items() if isinstance(names, list)},
        "pin_all": {
            part: tuple((name,) for name in rule["all of"]) for part, rule in pin.items() if isinstance(rule, dict)
        },
        "has_weapon_list": case.weapons is not None,
    }


def part_rule(rule: Any) -> PartRule:
    """What a configuration says of a part."""
    if not isinstance(rule, dict):
        return PartRule(count=rule)
    return PartRule(
        count=rule.get("count", 1), optional=rule.get("optional", False), drawn_from=tuple(rule.get("from", ()))
    )


def columns_of(filters: Iterable[FilterRule], limits: dict[str, Any]) -> tuple[str, ...]:
    """Columns that are asked for, in the order in which the program keeps them."""
    names = [rule.column for rule in filters]
    names += [rule.column for count in limits["counts"].values() for rule in count.where]
    names += [*limits["totals"], *(count.column for count in limits["counts"].values() if count.column is not None)]
    return tuple(dict.fromkeys(names))
