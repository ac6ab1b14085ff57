"""A configuration file and the files it names into a checked `Config`.

In: a path. Out: a `ConfigDraft`, which holds the configuration as far as it
could be understood, so that the equipment can be checked against it even where
some of it is wrong. What only the equipment can tell is checked in `loading`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

from ..files.csv_reader import HeaderNames
from ..files.csv_text import TextRules
from ..files.findings import Findings, listing, shown
from ..files.json_parser import JsonNode, parse_json
from ..files.json_values import JsonValues, is_number
from ..files.names import folded
from ..files.text import read_bytes, read_named, read_text, why_unreadable
from ..records.config import Config, OverMax, SkillCap, SkillRule
from ..records.rules import DEFAULT_PARTS
from ..records.vocabulary import MAX_LIMIT, N_SLOT_LEVELS, TEXT_KEYS, part_key
from ._config_sections import (
    read_body_parts,
    read_encoding,
    read_filters,
    read_headers,
    read_pin,
    read_resistances,
    read_texts,
    read_weapon,
)
from ._equipment_columns import check_mapped_names
from ._sources import named_encoding, text_of_dict

__all__ = ["ConfigDraft", "draft_config", "parts_by_key"]

ONE = Decimal(1)

#: Levels of a value table whose places are remembered. What is wrong with a later
#: weight is told at the place of the table.
MAX_LOCATED_LEVELS = 1000

_SLOT_KEYS = tuple(f"deco_{level}" for level in range(1, N_SLOT_LEVELS + 1))
_KEYS = (
    "decorations",
    "skills",
    "defence",
    "limit",
    "unlisted_skill_weight",
    "over_max",
    "min_defence",
    "resistances",
    "pin",
    "exclude",
    "filter",
    "files",
    "weapon",
    "body_parts",
    "headers",
    "encoding",
    *TEXT_KEYS,
)
#: Keys of the format that are not read yet.
_LATER_KEYS = ("max_defence", "totals", "counts", "formula", "variants", "different", "share", "front")
_RULE_KEYS = ("max", "weight", "penalty", "min", "values")
#: The field of a configuration that each side file fills.
_SIDE_FILES = {"decorations": "decorations", "set_bonuses": "set_bonuses", "skills": "skill_caps"}


@dataclass(slots=True)
class ConfigDraft:
    """A configuration as far as it was understood, and what was found on the way.

    Attributes
    ----------
    config : Config
        Defaults stand for what was faulty.
    findings : Findings
        Of the configuration file.
    side_findings : list of Findings
        Of the files it names, in the order of their keys.
    places : dict of (str, str) to (int, int)
        Line and cell of each name in the side files, as in `SideFileRules`.
    headers_used : set of str
        Keys of the headers that the configuration maps and a side file has.
    knows_parts : bool
        Whether the body parts are to be relied on.
    lacks_unlisted_weight : bool
        Whether a default stands for ``unlisted_skill_weight``.
    knows_headers : bool
        Whether ``headers_used`` holds what the side files have.
    """

    config: Config
    findings: Findings
    side_findings: list[Findings] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    headers_used: set[str] = field(default_factory=set)
    knows_parts: bool = False
    lacks_unlisted_weight: bool = False
    knows_headers: bool = True

    def all_findings(self) -> list[Findings]:
        """Findings of all the files."""
        return [self.findings, *self.side_findings]


def parts_by_key(config: Config) -> dict[str, str]:
    """Body parts of a configuration by the key they are compared with."""
    return {part_key(part): part for part in config.body_parts}


def draft_config(
    source: str | Mapping[Any, Any], limit: int | None = None, *, encoding: str | None = None
) -> ConfigDraft:
    """Read a configuration and the files it names.

    Parameters
    ----------
    source : str or mapping
        A path, or what a configuration file holds; side files are then looked for in
        the current folder, and messages give JSON paths only.
    limit : int or None
        Replaces the file's ``limit``; no notice is given where that is missing.
    encoding : str or None
        Replaces the file's ``encoding``.

    Returns
    -------
    ConfigDraft

    Notes
    -----
    Time and memory in proportion to the files.
    """
    if isinstance(source, str):
        findings = Findings(source)
        draft = ConfigDraft(Config(source=source, inputs=(source,)), findings)
        try:
            raw = read_bytes(source)
        except (OSError, ValueError) as error:
            findings.fault(0, 0, *why_unreadable(error))
            return draft
        text = read_text(raw, findings, encoding=encoding or named_encoding(raw))
        document = None if text is None else parse_json(text, findings)
    else:
        findings = Findings("the configuration")
        draft = ConfigDraft(Config(source=findings.path), findings)
        document = parse_json(text_of_dict(source), findings, has_places=False)
    if document is not None:
        _Reader(JsonValues(document, findings), draft, limit, encoding).read(document.root)
    return draft


class _Reader:
    """Reads the root object of one configuration file into its draft."""

    def __init__(self, values: JsonValues, draft: ConfigDraft, limit: int | None, encoding: str | None) -> None:
        self.values = values
        self.draft = draft
        self.limit = limit
        self.encoding = encoding
        self.over_max: OverMax = "penalty"
        self.missing: dict[str, list[tuple[JsonNode, str, str]]] = {}

    def read(self, root: JsonNode) -> None:
        """Read everything; the draft's configuration is replaced."""
        values = self.values
        members = values.known(root, "$", _KEYS, later=_LATER_KEYS)
        if not isinstance(root.value, dict):
            return
        self.draft.knows_parts = True
        found: dict[str, Any] = {}
        parts = self._body_parts(members, found)
        if "headers" in members:
            found["headers"] = read_headers(values, members["headers"], "$.headers")
        if "encoding" in members:
            found["encoding"] = read_encoding(values, members["encoding"], "$.encoding")
        if self.encoding is not None:
            found["encoding"] = self.encoding
        found["texts"] = read_texts(values, members)
        found["files"] = self._side_files(members, found)
        if "over_max" in members:
            choice = values.choice(members["over_max"], "$.over_max", ("penalty", "cap"))
            self.over_max = cast("OverMax", choice or "penalty")
        found["skills"] = self._skills(members, root, found.get("skill_caps", {}))
        self._weights(members, root, found)
        found["limit"] = self._limit(members, root)
        if "min_defence" in members:
            found["min_defence"] = values.whole(members["min_defence"], "$.min_defence")
        if "resistances" in members:
            found["resistances"] = read_resistances(values, members["resistances"], "$.resistances")
        if "pin" in members:
            found["pin"] = read_pin(values, members["pin"], "$.pin", parts)
        if "exclude" in members:
            found["exclude"] = tuple(values.names(members["exclude"], "$.exclude"))
        if "filter" in members:
            found["filters"] = read_filters(values, members["filter"], "$.filter", parts)
        if "weapon" in members:
            found["weapon"] = read_weapon(values, members["weapon"], "$.weapon")
        self._tell_missing()
        values.tell_repeated()
        path = self.draft.findings.path
        self.draft.config = Config(
            over_max=self.over_max,
            source=path,
            inputs=(*self.draft.config.inputs, *found["files"].values()),
            locations=values.locations,
            **found,
        )
        check_mapped_names(values, members.get("headers"), self.draft.config)

    def _body_parts(self, members: Mapping[str, JsonNode], found: dict[str, Any]) -> dict[str, str] | None:
        """Read which body parts there are; them by their keys, None where they are not to be relied on."""
        found["body_parts"] = DEFAULT_PARTS
        if "body_parts" in members:
            declared = read_body_parts(self.values, members["body_parts"], "$.body_parts")
            self.draft.knows_parts = declared is not None
            if declared is not None:
                found["body_parts"] = declared
        return {part_key(part): part for part in found["body_parts"]} if self.draft.knows_parts else None

    def _weights(self, members: Mapping[str, JsonNode], root: JsonNode, found: dict[str, Any]) -> None:
        """Weights of slots, defence and skills that are not listed."""
        values = self.values
        found["defence_weight"] = self._number(members, root, "$", "defence")
        self.draft.lacks_unlisted_weight = "unlisted_skill_weight" not in members
        if "unlisted_skill_weight" in members:
            found["unlisted_skill_weight"] = self._number(members, root, "$", "unlisted_skill_weight")
        node = members.get("decorations")
        if node is None:
            self._is_missing(root, "$.decorations", "decorations (deco_1 to deco_4, num_decos)")
            return
        weights = values.known(node, "$.decorations", (*_SLOT_KEYS, "num_decos"))
        if isinstance(node.value, dict):
            found["slot_weights"] = tuple(self._number(weights, node, "$.decorations", key) for key in _SLOT_KEYS)
            found["slot_count_weight"] = self._number(weights, node, "$.decorations", "num_decos")

    def _limit(self, members: Mapping[str, JsonNode], root: JsonNode) -> int:
        """How many builds are wanted."""
        limit = None
        if "limit" in members:
            limit = self.values.whole(members["limit"], "$.limit", lowest=1, highest=MAX_LIMIT)
        elif self.limit is None:
            self.values.notice(root, "$.limit", "limit is missing, 1 is used")
        return self.limit or limit or 1

    def _number(self, members: Mapping[str, JsonNode], parent: JsonNode, path: str, key: str) -> Decimal:
        """A weight; 1 with a notice where it is missing."""
        if key not in members:
            self._is_missing(parent, f"{path}.{key}", key)
            return ONE
        value = self.values.number(members[key], f"{path}.{key}")
        return ONE if value is None else value

    def _is_missing(self, parent: JsonNode, path: str, key: str, skill: str = "") -> None:
        """Remember a key for which 1.0 is used."""
        self.missing.setdefault(key, []).append((parent, path, skill))

    def _tell_missing(self) -> None:
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

    def _skills(
        self, members: Mapping[str, JsonNode], root: JsonNode, caps: Mapping[str, SkillCap]
    ) -> dict[str, SkillRule]:
        """Rules of the listed skills."""
        node = members.get("skills")
        if node is None:
            self.values.notice(root, "$.skills", "skills is missing, no skill is listed")
            return {}
        cap_of = {folded(name): cap for name, cap in caps.items()}
        return {
            name: self._skill(rule_node, path, name, cap_of.get(folded(name)))
            for name, rule_node, path in self.values.named(node, "$.skills")
        }

    def _skill(self, node: JsonNode, path: str, name: str, cap: SkillCap | None) -> SkillRule:
        """Rule of one listed skill; `cap` is what the skills file says of it."""
        values = self.values
        if not isinstance(node.value, dict):
            if not is_number(node.value):
                values.expected("a weight, or an object", node, path, 'write a number or {"max": ..., "weight": ...}')
            weight = values.number(node, path) if is_number(node.value) else None
            values.locate(node, f"{path}.weight")
            return SkillRule() if weight is None else SkillRule(weight=weight, penalty=weight, maximum=None)
        members = values.known(node, path, _RULE_KEYS, later=("at_most",))
        minimum = values.whole(members["min"], f"{path}.min") if "min" in members else None
        if "values" in members:
            return self._skill_values(members, path, minimum)
        rule = self._maximum(members, node, path, name, cap)
        weight = self._weight(members, node, path, "weight", name)
        has_maximum = rule.maximum is not None or rule.raised_by is not None
        penalty = ONE if has_maximum else weight
        if "penalty" in members or (self.over_max == "penalty" and has_maximum):
            penalty = self._weight(members, node, path, "penalty", name)
        highest = rule.maximum if rule.raised_by is None else rule.raised_maximum
        if minimum is not None and highest is not None and minimum > highest:
            more = "no more than the maximum" if self.over_max == "cap" else "the penalty for every level"
            message = f"min {minimum} is above max {highest}: every build that counts scores {more}"
            brief = f"{shown(name)}, min {minimum} above {highest}"
            values.notice(members["min"], f"{path}.min", message, kind="min above max", brief=brief)
        return replace(rule, weight=weight, penalty=penalty, minimum=minimum)

    def _weight(self, members: Mapping[str, JsonNode], node: JsonNode, path: str, key: str, skill: str) -> Decimal:
        """A weight of a skill; 1 with a notice where it is missing."""
        if key not in members:
            self._is_missing(node, f"{path}.{key}", key, skill)
            return ONE
        value = self.values.number(members[key], f"{path}.{key}")
        return ONE if value is None else value

    def _maximum(
        self, members: Mapping[str, JsonNode], node: JsonNode, path: str, name: str, cap: SkillCap | None
    ) -> SkillRule:
        """A rule with the maximum of a skill: its own, else the skills file's, else 1; null is none."""
        if "max" in members:
            if members["max"].value is None:
                return SkillRule(maximum=None)
            return SkillRule(maximum=self.values.whole(members["max"], f"{path}.max") or 0)
        if cap is None:
            self._is_missing(node, f"{path}.max", "max", name)
            return SkillRule(maximum=1)
        if cap.raised_by is None:
            return SkillRule(maximum=cap.maximum)
        return SkillRule(
            maximum=None, locked_maximum=cap.locked_maximum, raised_maximum=cap.maximum, raised_by=cap.raised_by
        )

    def _skill_values(self, members: Mapping[str, JsonNode], path: str, minimum: int | None) -> SkillRule:
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
            for level, (item, item_path) in enumerate(values.items(node, f"{path}.values"))
        ]
        if node.value == []:
            values.fault(node, f"{path}.values", "values is an empty list", "write the score of level 0, 1, 2, ...")
        return SkillRule(maximum=None, minimum=minimum, values=tuple(score for score in scores if score is not None))

    def _side_files(self, members: Mapping[str, JsonNode], found: dict[str, Any]) -> dict[str, str]:
        """Read the files that the configuration names; their paths by key."""
        inputs: dict[str, str] = {}
        if "files" not in members:
            return inputs
        # Only for jobs that name some: half a millisecond.
        from ._side_files import SideFileRules, read_decorations, read_set_bonuses, read_skill_caps

        readers: dict[str, Callable[[bytes, Findings, SideFileRules], Any]]
        readers = {"decorations": read_decorations, "set_bonuses": read_set_bonuses, "skills": read_skill_caps}
        values = self.values
        folder = os.path.dirname(self.draft.config.inputs[0]) if self.draft.config.inputs else ""
        files = values.known(members["files"], "$.files", tuple(_SIDE_FILES), later=("weapons",))
        listed = members["skills"].value if "skills" in members else None
        hoped = tuple(name for name in listed if not name.isascii()) if isinstance(listed, dict) else ()
        names = HeaderNames(found.get("headers", {}))
        rules = SideFileRules(names, TextRules(found.get("encoding"), hoped=hoped), self.draft.places)
        self.draft.headers_used = names.used
        for key, node in files.items():
            name = values.name(node, f"$.files.{key}")
            if name is None:
                continue
            path = os.path.join(folder, name)
            try:
                raw = read_named(path)
            except (OSError, ValueError) as error:
                message, mend = why_unreadable(error)
                values.fault(node, f"$.files.{key}", f"{message}: {shown(path)}", mend)
                continue
            findings = Findings(path)
            self.draft.side_findings.append(findings)
            found[_SIDE_FILES[key]] = readers[key](raw, findings, rules)
            inputs[key] = path
        return inputs
