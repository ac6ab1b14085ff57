"""Body parts, and which pieces of them are wanted.

In: nodes of the JSON file through `JsonValues`. Out: the records of `config`,
checked as far as the file alone tells. Faults go to the findings of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from ...errors import member_path
from ...files.findings import listing, shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues
from ...records.config import PartRule
from ...records.vocabulary import N_SLOT_LEVELS, RESISTANCES, part_key

__all__ = ["Pin", "read_body_parts", "read_pin", "unknown_part"]

#: Pieces of one body part in a build. Ten rings are known from other games; each
#: one is a column of the output.
MAX_PER_PART = 100

#: Pieces of a build. Every one of them is a column of the output, and a step of
#: every search; games have ten or so.
MAX_PER_BUILD = 1000

#: Columns of the output that a body part would collide with, in lower case.
_OUTPUT_COLUMNS = frozenset(
    [
        "defence",
        "decorations",
        "set bonuses",
        "proved",
        "score",
        *(f"lvl {level} decoration slot" for level in range(1, N_SLOT_LEVELS + 1)),
        *(f"{name.lower()} res" for name in RESISTANCES),
    ]
)


def read_body_parts(values: JsonValues, node: JsonNode, path: str) -> dict[str, PartRule] | None:
    """Body parts, outermost first, with what a build takes of them; None after a fault."""
    n_faults = values.findings.n_faults
    parts: dict[str, PartRule] = {}
    columns: set[str] = set()
    for part, count_node, count_path in values.named(node, path):
        rule = _read_body_part(values, count_node, count_path)
        if rule is None:
            continue
        positions = {part} if rule.count == 1 else {f"{part} {number}" for number in range(1, rule.count + 1)}
        # The part itself counts as taken too: its rows are found by that name.
        taken = {part_key(name) for name in {part, *positions}}
        if not (taken.isdisjoint(columns) and taken.isdisjoint(_OUTPUT_COLUMNS)):
            message = f'body part "{shown_source(part)}" has the name of another column of the output'
            values.key_fault(count_node, count_path, message, "choose another name, here and in the equipment file")
            continue
        columns |= taken
        parts[part] = rule
    n_pieces = sum(rule.count for rule in parts.values())
    if n_pieces > MAX_PER_BUILD:
        message = f"a build would take {n_pieces} pieces, more than {MAX_PER_BUILD}"
        values.fault(node, path, message, "declare fewer body parts, or fewer pieces of each")
    parts = {part: _with_sources(values, part, rule, parts) for part, rule in parts.items()}
    if values.findings.n_faults > n_faults:
        return None
    if not parts:
        values.fault(node, path, "no body part is declared", 'write {"Head": 1, ...}, or remove body_parts')
        return None
    return parts


def _read_body_part(values: JsonValues, node: JsonNode, path: str) -> PartRule | None:
    """What a build takes of a part; None after a fault."""
    if not isinstance(node.value, dict):
        count = values.whole(node, path, lowest=1, highest=MAX_PER_PART)
        return None if count is None else PartRule(count=count)
    count = 1
    members = values.known(node, path, ("count", "decorations", "optional", "from"))
    if "count" in members:
        number = values.whole(members["count"], f"{path}.count", lowest=1, highest=MAX_PER_PART)
        if number is None:
            return None
        count = number
    on_weapon = False
    if "decorations" in members:
        on_weapon = values.choice(members["decorations"], f"{path}.decorations", ("weapon",)) is not None
    return PartRule(
        count=count,
        optional=bool(values.flag(members["optional"], f"{path}.optional")) if "optional" in members else False,
        drawn_from=tuple(values.names(members["from"], f"{path}.from")) if "from" in members else (),
        takes_weapon_decorations=on_weapon,
    )


def _with_sources(values: JsonValues, part: str, rule: PartRule, parts: Mapping[str, PartRule]) -> PartRule:
    """The rule of a part with those that it draws from as they are declared."""
    if not rule.drawn_from:
        return rule
    names = {part_key(name): name for name in parts}
    path = f"{member_path('$.body_parts', part)}.from"
    sources: dict[str, None] = {}
    for name in rule.drawn_from:
        source = names.get(part_key(name))
        place = values.locations.get(member_path(path, name), (0, 0))
        if source is None:
            message, mend = unknown_part(values, name, names)
            values.findings.fault(*place, f"{message} [{shown_source(path)}]", mend)
        elif source == part:
            message = f"{shown_source(part)} draws from itself"
            values.findings.fault(*place, f"{message} [{shown_source(path)}]", "name other parts only: it has its own")
        else:
            sources[source] = None
    return replace(rule, drawn_from=tuple(sources))


class Pin(NamedTuple):
    """For a body part: the only names allowed, or names that must be there."""

    only: dict[str, tuple[str, ...]]
    all_of: dict[str, tuple[tuple[str, ...], ...]]


def read_pin(
    values: JsonValues,
    node: JsonNode,
    path: str,
    parts: Mapping[str, str] | None,
    rules: Mapping[str, PartRule],
) -> Pin:
    """Pinned names; `parts` maps the keys of the known parts to their names, `rules` says how many each takes."""
    pin = Pin({}, {})
    for name, names_node, names_path in values.named(node, path):
        if parts is not None and part_key(name) not in parts:
            values.key_fault(names_node, path, *unknown_part(values, name, parts))
            continue
        part = name if parts is None else parts[part_key(name)]
        if part in pin.only or part in pin.all_of:
            values.key_fault(names_node, path, f'body part "{shown_source(part)}" is here twice', "join the two lists")
            continue
        if isinstance(names_node.value, dict):
            n_faults = values.findings.n_faults
            members = values.known(names_node, names_path, ("all of",))
            if "all of" not in members:
                if values.findings.n_faults == n_faults:
                    mend = 'write {"all of": [...]}, or a list of the only names allowed'
                    values.fault(names_node, names_path, "nothing says what must be there", mend)
                continue
            path_of_all = member_path(names_path, "all of")
            wanted = values.names(members["all of"], path_of_all)
            if part in rules and len(wanted) > rules[part].count:
                message = f"{len(wanted)} pieces must be there, and a build takes {rules[part].count} of this part"
                values.fault(members["all of"], path_of_all, message, "name fewer, or raise the part's count")
            if part in rules and (rules[part].drawn_from or any(part in rule.drawn_from for rule in rules.values())):
                message = "not available yet for a part that draws from others, or that others draw from"
                values.fault(members["all of"], path_of_all, message, "count them instead: counts with where and min")
            pin.all_of[part] = tuple((name,) for name in wanted)
            continue
        pin.only[part] = tuple(values.names(names_node, names_path))
    return pin


def unknown_part(values: JsonValues, name: str, parts: Mapping[str, str]) -> tuple[str, str]:
    """Message and mend of a body part that is none."""
    guess = values.findings.suggest(name, parts.values())
    mend = (f"write {shown_source(guess)}; " if guess else "") + f"the body parts are {listing(parts.values())}"
    return f'unknown body part "{shown_source(name)}"', mend
