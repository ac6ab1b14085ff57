"""A configuration file and the files it names into a checked `Config`.

In: a path. Out: a `ConfigDraft`, which holds the configuration as far as it
could be understood, so that the equipment can be checked against it even where
some of it is wrong. What only the equipment can tell is checked in `loading`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from ..files.csv_reader import HeaderNames
from ..files.csv_text import TextRules
from ..files.findings import Findings, shown, shown_source
from ..files.json_parser import JsonNode, parse_json
from ..files.json_values import JsonValues
from ..files.text import read_bytes, read_named, read_text, why_unreadable
from ..records.config import Config, OverMax
from ..records.rules import DEFAULT_PARTS, PartRule
from ..records.vocabulary import MAX_LIMIT, N_SLOT_LEVELS, TEXT_KEYS, WEAPON_PART, part_key
from ._accepted_inputs import Source, named_encoding, text_of_dict
from ._equipment_columns import check_mapped_names
from .sections.conditions import read_filters
from .sections.front import read_front
from .sections.limits import read_counts, read_resistances, read_totals
from .sections.parts import read_body_parts, read_pin
from .sections.selection import read_selection
from .sections.skills import Weights, read_skills
from .sections.texts import read_encoding, read_headers, read_texts, read_weapon

if TYPE_CHECKING:
    from ..records.formula import Formula

__all__ = ["ConfigDraft", "draft_config", "parts_by_key"]

_SLOT_KEYS = tuple(f"deco_{level}" for level in range(1, N_SLOT_LEVELS + 1))
_KEYS = (
    "decorations",
    "skills",
    "defence",
    "limit",
    "unlisted_skill_weight",
    "over_max",
    "min_defence",
    "max_defence",
    "resistances",
    "totals",
    "counts",
    "pin",
    "exclude",
    "filter",
    "files",
    "weapon",
    "body_parts",
    "headers",
    "encoding",
    "formula",
    "variants",
    "different",
    "share",
    "front",
    *TEXT_KEYS,
)
#: The field of a configuration that each side file fills.
_SIDE_FILES = {"decorations": "decorations", "set_bonuses": "set_bonuses", "skills": "skill_caps"}


@dataclass(slots=True)
class ConfigDraft:
    """A configuration as far as it was understood, defaults in place of faults, and what was found on the way."""

    config: Config
    findings: Findings
    side_findings: list[Findings] = field(default_factory=list)  # of the files it names, in the order of their keys
    places: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)  # as in `SideFileRules`
    headers_used: set[str] = field(default_factory=set)  # keys that the configuration maps and a side file has
    knows_parts: bool = False  # whether the body parts are to be relied on
    lacks_unlisted_weight: bool = False  # whether a default stands for it
    written_formula: Formula | None = None  # before its terms were told apart
    knows_headers: bool = True  # whether `headers_used` is complete
    weapons: Source | None = None  # the file of weapons, where one was named
    weapon_findings: Findings | None = None  # once it is read

    def all_findings(self) -> list[Findings]:
        """Findings of all the files."""
        weapons = [] if self.weapon_findings is None else [self.weapon_findings]
        return [self.findings, *self.side_findings, *weapons]


def parts_by_key(config: Config) -> dict[str, str]:
    """Body parts of a configuration by the key they are compared with."""
    return {part_key(part): part for part in config.body_parts}


def draft_config(
    source: str | Mapping[Any, Any], limit: int | None = None, *, encoding: str | None = None
) -> ConfigDraft:
    """Read a configuration, a path or what a file of it holds, and the files it names; linear in the files.

    Those of a mapping are looked for in the current folder, and messages give JSON paths only. `limit` and
    `encoding` replace the file's own; no notice is given of a missing limit then.
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
        self.weights = Weights(values)

    def read(self, root: JsonNode) -> None:
        """Read everything; the draft's configuration is replaced."""
        values = self.values
        members = values.known(root, "$", _KEYS)
        if not isinstance(root.value, dict):
            return
        self.draft.knows_parts = True
        self.weights.has_formula = "formula" in members
        fields: dict[str, Any] = {}
        self._body_parts(members, fields)
        if "headers" in members:
            fields["headers"] = read_headers(values, members["headers"], "$.headers")
        if "encoding" in members:
            fields["encoding"] = read_encoding(values, members["encoding"], "$.encoding")
        if self.encoding is not None:
            fields["encoding"] = self.encoding
        fields["texts"] = read_texts(values, members)
        fields["files"] = self._side_files(members, fields)
        if "over_max" in members:
            choice = values.choice(members["over_max"], "$.over_max", ("penalty", "cap"))
            self.over_max = cast("OverMax", choice or "penalty")
        if "skills" in members:
            fields["skills"] = read_skills(self.weights, members["skills"], fields.get("skill_caps", {}), self.over_max)
        elif not self.weights.has_formula:
            values.notice(root, "$.skills", "skills is missing, no skill is listed")
        self._weights(members, root, fields)
        fields["limit"] = self._limit(members, root)
        self._rules(members, fields)
        fields.update(read_selection(values, members))
        path = self.draft.findings.path
        config = Config(
            over_max=self.over_max,
            source=path,
            inputs=(*self.draft.config.inputs, *fields["files"].values()),
            locations=values.locations,
            **fields,
        )
        if self.weights.has_formula:
            from .sections.formula import with_formula  # only for jobs that have one

            config = with_formula(values, config, members["formula"])
        if "front" in members:
            config = read_front(values, members, config)
        self.weights.tell_missing()
        values.tell_repeated()
        self.draft.config = config
        check_mapped_names(values, members.get("headers"), self.draft.config)

    def _body_parts(self, members: Mapping[str, JsonNode], fields: dict[str, Any]) -> None:
        """Read which body parts there are, and whether they are to be relied on."""
        fields["body_parts"] = DEFAULT_PARTS
        if "body_parts" in members:
            declared = read_body_parts(self.values, members["body_parts"], "$.body_parts")
            self.draft.knows_parts = declared is not None
            if declared is not None:
                fields["body_parts"] = declared

    def _rules(self, members: Mapping[str, JsonNode], fields: dict[str, Any]) -> None:
        """Read limits, and which pieces are wanted."""
        values = self.values
        parts = {part_key(part): part for part in fields["body_parts"]} if self.draft.knows_parts else None
        readers: Mapping[str, Callable[[JsonNode, str], Any]] = {
            "min_defence": values.whole,
            "max_defence": values.whole,
            "resistances": partial(read_resistances, values),
            "totals": partial(read_totals, values),
            "counts": partial(read_counts, values, parts=parts),
            "exclude": values.names,
            "filter": partial(read_filters, values, parts=parts),
            "weapon": partial(read_weapon, values),
        }
        for key, read in readers.items():
            if key in members:
                fields["filters" if key == "filter" else key] = read(members[key], f"$.{key}")
        if "pin" in members:
            fields["pin"], fields["pin_all"] = read_pin(values, members["pin"], "$.pin", parts, fields["body_parts"])

    def _weights(self, members: Mapping[str, JsonNode], root: JsonNode, fields: dict[str, Any]) -> None:
        """Weights of slots, defence and skills that are not listed."""
        values = self.values
        fields["defence_weight"] = self.weights.read(members, root, "$", "defence")
        self.draft.lacks_unlisted_weight = not {"unlisted_skill_weight", "formula"} & members.keys()
        if "unlisted_skill_weight" in members:
            fields["unlisted_skill_weight"] = self.weights.read(members, root, "$", "unlisted_skill_weight")
        node = members.get("decorations")
        if node is None:
            self.weights.is_missing(root, "$.decorations", "decorations (deco_1 to deco_4, num_decos)")
            return
        weights = values.known(node, "$.decorations", (*_SLOT_KEYS, "num_decos"))
        if isinstance(node.value, dict):
            fields["slot_weights"] = tuple(self.weights.read(weights, node, "$.decorations", key) for key in _SLOT_KEYS)
            fields["slot_count_weight"] = self.weights.read(weights, node, "$.decorations", "num_decos")

    def _limit(self, members: Mapping[str, JsonNode], root: JsonNode) -> int:
        """How many builds are wanted."""
        limit = None
        if "limit" in members:
            limit = self.values.whole(members["limit"], "$.limit", lowest=1, highest=MAX_LIMIT)
        elif self.limit is None:
            self.values.notice(root, "$.limit", "limit is missing, 1 is used")
        return self.limit or limit or 1

    def _side_files(self, members: Mapping[str, JsonNode], fields: dict[str, Any]) -> dict[str, str]:
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
        files = values.known(members["files"], "$.files", (*_SIDE_FILES, "weapons"))
        listed = members["skills"].value if "skills" in members else None
        written = (*(listed if isinstance(listed, dict) else ()), *fields.get("headers", {}).values())
        hoped = tuple(name for name in written if not name.isascii())
        names = HeaderNames(fields.get("headers", {}))
        rules = SideFileRules(names, TextRules(fields.get("encoding"), hoped=hoped), self.draft.places)
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
            inputs[key] = path
            if key == "weapons":
                self._weapon_list(Source(path, raw), node, members, fields)
                continue
            findings = Findings(path)
            self.draft.side_findings.append(findings)
            fields[_SIDE_FILES[key]] = readers[key](raw, findings, rules)
        return inputs

    def _weapon_list(
        self, source: Source, node: JsonNode, members: Mapping[str, JsonNode], fields: dict[str, Any]
    ) -> None:
        """Take a file of weapons as the last body part."""
        other = next((part for part in fields["body_parts"] if part_key(part) == part_key(WEAPON_PART)), None)
        if other is not None or "weapon" in members:
            beside = "a fixed weapon" if other is None else f"the body part {shown_source(other)}"
            mend = "keep one of the two: the list is a choice of one weapon for every build"
            self.values.fault(node, "$.files.weapons", f"a weapon list beside {beside}", mend)
            return
        self.draft.weapons = source
        fields["body_parts"] = {**fields["body_parts"], WEAPON_PART: PartRule()}
        fields["has_weapon_list"] = True
