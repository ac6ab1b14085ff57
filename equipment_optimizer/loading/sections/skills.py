"""How listed skills score, and weights that may be missing.

In: nodes of the JSON file through `JsonValues`. Out: the rules of `config`, and one
notice of all the weights for which the ancestor's 1.0 is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from ...files.findings import listing, shown
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues, is_number, mend_of_number
from ...files.names import folded
from ...records.config import OverMax, SkillCap, SkillRule

__all__ = ["Weights", "read_skills"]

ONE = Decimal(1)

#: Levels of a value table whose places are remembered. What is wrong with a later
#: weight is told at the place of the table.
MAX_LOCATED_LEVELS = 1000

_RULE_KEYS = ("max", "weight", "penalty", "min", "at_most", "values")


class Weights:
    """Weights of one file; a missing one is 1, and remembered. Beside a formula it is nothing to speak of."""

    def __init__(self, values: JsonValues) -> None:
        self.values = values
        self.has_formula = False
        self.missing: dict[str, list[tuple[JsonNode, str, str]]] = {}

    def read(
        self, members: Mapping[str, JsonNode], parent: JsonNode, path: str, key: str, *, skill: str = ""
    ) -> Decimal:
        """A weight; 1 with a notice where it is missing."""
        if key not in members:
            self.is_missing(parent, f"{path}.{key}", key, skill=skill)
            return ONE
        value = self.values.number(members[key], f"{path}.{key}")
        return ONE if value is None else value

    def is_missing(self, parent: JsonNode, path: str, key: str, *, skill: str = "") -> None:
        """Remember a key for which 1.0 is used."""
        if self.has_formula and key != "max":
            return
        self.missing.setdefault(key, []).append((parent, path, skill))

    def tell_missing(self) -> None:
        """Give one notice of all the keys for which 1.0 is used."""
        entries = [entry for places in self.missing.values() for entry in places]
        if not entries:
            return
        labels = []
        for key, places in self.missing.items():
            skills = [skill for _, _, skill in places if skill]
            labels.append(f"{key} of {listing(skills)}" if skills else key)
        node, path, _ = entries[0]
        if len(entries) > 1:
            path = "$.skills" if all(skill for _, _, skill in entries) else "$"
        verb = "is" if len(labels) == 1 else "are"
        self.values.notice(node, path, f"{'; '.join(labels)} {verb} missing, 1.0 is used")


def read_skills(
    weights: Weights, node: JsonNode, caps: Mapping[str, SkillCap], over_max: OverMax
) -> dict[str, SkillRule]:
    """Rules of the listed skills; `caps` is what the skills file says of all."""
    cap_of = {folded(name): cap for name, cap in caps.items()}
    reader = _SkillReader(weights, over_max)
    return {
        name: reader.rule(rule_node, path, name, cap_of.get(folded(name)))
        for name, rule_node, path in weights.values.named(node, "$.skills")
    }


class _SkillReader:
    """Reads one skill after the other."""

    def __init__(self, weights: Weights, over_max: OverMax) -> None:
        self.weights = weights
        self.values = weights.values
        self.over_max = over_max

    def rule(self, node: JsonNode, path: str, name: str, cap: SkillCap | None) -> SkillRule:
        """Rule of one listed skill; `cap` is what the skills file says of it."""
        values = self.values
        if not isinstance(node.value, dict):
            if not is_number(node.value):
                mend = 'write a number or {"max": ..., "weight": ...}'
                mend = mend_of_number(node.value) if isinstance(node.value, str) else mend
                values.expected("a weight, or an object", node, path, mend)
            weight = values.number(node, path) if is_number(node.value) else None
            values.locate(node, f"{path}.weight")
            return SkillRule() if weight is None else SkillRule(weight=weight, penalty=weight, maximum=None)
        members = values.known(node, path, _RULE_KEYS)
        minimum, at_most = (
            values.whole(members[key], f"{path}.{key}") if key in members else None for key in ("min", "at_most")
        )
        if "values" in members:
            return replace(self._tabulated(members, path), minimum=minimum, at_most=at_most)
        rule = self._maximum(members, node, path, name, cap)
        weight = self.weights.read(members, node, path, "weight", skill=name)
        has_maximum = rule.maximum is not None or rule.raised_by is not None
        penalty = ONE if has_maximum else weight
        if "penalty" in members or (self.over_max == "penalty" and has_maximum):
            penalty = self.weights.read(members, node, path, "penalty", skill=name)
        highest = rule.maximum if rule.raised_by is None else rule.raised_maximum
        if minimum is not None and highest is not None and minimum > highest:
            more = "no more than the maximum" if self.over_max == "cap" else "the penalty for every level"
            message = f"min {minimum} is above max {highest}: every build that counts scores {more}"
            brief = f"{shown(name)}, min {minimum} above {highest}"
            values.notice(members["min"], f"{path}.min", message, kind="min above max", brief=brief)
        return replace(rule, weight=weight, penalty=penalty, minimum=minimum, at_most=at_most)

    def _maximum(
        self, members: Mapping[str, JsonNode], node: JsonNode, path: str, name: str, cap: SkillCap | None
    ) -> SkillRule:
        """A rule with the maximum of a skill: its own, else the skills file's, else 1; null is none."""
        if "max" in members:
            if members["max"].value is None:
                return SkillRule(maximum=None)
            return SkillRule(maximum=self.values.whole(members["max"], f"{path}.max") or 0)
        if cap is None:
            self.weights.is_missing(node, f"{path}.max", "max", skill=name)
            return SkillRule(maximum=1)
        if cap.raised_by is None:
            return SkillRule(maximum=cap.maximum)
        return SkillRule(
            maximum=None, locked_maximum=cap.locked_maximum, raised_maximum=cap.maximum, raised_by=cap.raised_by
        )

    def _tabulated(self, members: Mapping[str, JsonNode], path: str) -> SkillRule:
        """Rule of a skill that has a score for each level."""
        values = self.values
        for key in ("max", "weight", "penalty"):
            if key in members:
                values.key_fault(members[key], f"{path}.{key}", f"values replaces {key}", f"remove {key}, or values")
        node = members["values"]
        if values.has_mixed_commas(node):
            n_scores = len(node.value) if isinstance(node.value, list) else 0
            message = f"values holds {n_scores} scores: a comma ends a number, a point is a decimal point"
            values.notice(node, f"{path}.values", message, kind="commas of values", brief=f"{path}.values")
        scores = [
            values.number(item, item_path, located=level < MAX_LOCATED_LEVELS)
            for level, (item, item_path) in enumerate(values.items(node, f"{path}.values", numbers=True))
        ]
        if node.value == []:
            values.fault(node, f"{path}.values", "values is an empty list", "write the score of level 0, 1, 2, ...")
        return SkillRule(maximum=None, values=tuple(score for score in scores if score is not None))
