"""The optional sections of a configuration: which builds are wanted at all.

In: nodes of the JSON file through `JsonValues`. Out: the records of `config`,
checked as far as the file alone tells. Faults go to the findings of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..files.csv_reader import header_key
from ..files.findings import listing, shown_source
from ..files.json_parser import JsonNode
from ..files.json_values import JsonValues, is_number
from ..files.text import is_encoding
from ..records.config import FilterRule, PartRule, ResistanceRule, Weapon
from ..records.vocabulary import N_SLOT_LEVELS, RESISTANCES, TEXT_KEYS, part_key

__all__ = [
    "read_body_parts",
    "read_encoding",
    "read_filters",
    "read_headers",
    "read_pin",
    "read_resistances",
    "read_texts",
    "read_weapon",
]

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
        own = {part} if rule.count == 1 else {f"{part} {number}" for number in range(1, rule.count + 1)}
        # The part itself counts as taken too: its rows are found by that name.
        taken = {part_key(name) for name in {part, *own}}
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
    members = values.known(node, path, ("count", "decorations"), later=("optional", "from"))
    if "count" in members:
        count = values.whole(members["count"], f"{path}.count", lowest=1, highest=MAX_PER_PART)
    on_weapon = False
    if "decorations" in members:
        on_weapon = values.choice(members["decorations"], f"{path}.decorations", ("weapon",)) is not None
    return None if count is None else PartRule(count=count, takes_weapon_decorations=on_weapon)


def read_pin(
    values: JsonValues, node: JsonNode, path: str, parts: Mapping[str, str] | None
) -> dict[str, tuple[str, ...]]:
    """Names allowed for a body part; `parts` maps the keys of the known ones to their names."""
    pin: dict[str, tuple[str, ...]] = {}
    for name, names_node, names_path in values.named(node, path):
        if parts is not None and part_key(name) not in parts:
            values.key_fault(names_node, path, *unknown_part(values, name, parts))
            continue
        part = name if parts is None else parts[part_key(name)]
        if part in pin:
            values.key_fault(names_node, path, f'body part "{shown_source(part)}" is here twice', "join the two lists")
            continue
        if isinstance(names_node.value, dict) and "all of" in names_node.value:
            values.known(names_node, names_path, (), later=("all of",))
            continue
        pin[part] = tuple(values.names(names_node, names_path))
    return pin


def read_filters(
    values: JsonValues, node: JsonNode, path: str, parts: Mapping[str, str] | None
) -> tuple[FilterRule, ...]:
    """Conditions on columns, one rule for each column; `parts` as for pins."""
    rules: dict[str, FilterRule] = {}
    for column, rule_node, rule_path in values.named(node, path):
        members = values.known(rule_node, rule_path, ("min", "max", "in", "not", "blank", "parts"))
        numbers = {}
        for key in ("min", "max"):
            numbers[key] = values.number(members[key], f"{rule_path}.{key}") if key in members else None
        texts = {}
        for key in ("in", "not"):
            texts[key] = _filter_texts(values, members[key], f"{rule_path}.{key}") if key in members else None
        blank = values.flag(members["blank"], f"{rule_path}.blank") if "blank" in members else False
        rule = FilterRule(
            column=column,
            minimum=numbers["min"],
            maximum=numbers["max"],
            one_of=texts["in"],
            none_of=texts["not"],
            blank=bool(blank),
            parts=_filter_parts(values, members["parts"], f"{rule_path}.parts", parts) if "parts" in members else None,
        )
        first = rules.setdefault(header_key(column), rule)
        if first is not rule:
            message = f'"{shown_source(column)}" is the column that "{shown_source(first.column)}" is'
            values.key_fault(rule_node, path, message, "join the two rules")
    return tuple(rules.values())


def _filter_parts(values: JsonValues, node: JsonNode, path: str, parts: Mapping[str, str] | None) -> tuple[str, ...]:
    """Body parts that a rule is for, as the configuration spells them."""
    found: dict[str, None] = {}
    for item, item_path in values.items(node, path, bare=(str,)):
        name = values.name(item, item_path, located=False)
        if name is not None and parts is not None and part_key(name) not in parts:
            values.fault(item, item_path, *unknown_part(values, name, parts))
        elif name is not None:
            found[name if parts is None else parts[part_key(name)]] = None
    return tuple(found)


def unknown_part(values: JsonValues, name: str, parts: Mapping[str, str]) -> tuple[str, str]:
    """Message and mend of a body part that is none."""
    guess = values.findings.suggest(name, parts.values())
    mend = (f"write {shown_source(guess)}; " if guess else "") + f"the body parts are {listing(parts.values())}"
    return f'unknown body part "{shown_source(name)}"', mend


def _filter_texts(values: JsonValues, node: JsonNode, path: str) -> tuple[str, ...]:
    """A list of names and numbers, as text."""
    texts = []
    for item, item_path in values.items(node, path, bare=(str, bool, int, Decimal)):
        text: str | None
        if isinstance(item.value, str) and not item.value.strip():
            message = "blank cells are not a matter of this list"
            values.fault(item, item_path, message, 'write "blank": true beside it to let them pass')
            continue
        if isinstance(item.value, bool):
            text = str(item.value).upper()  # as spreadsheets write it
        elif is_number(item.value):
            number = values.number(item, item_path, located=False)
            text = None if number is None else str(number)
        else:
            text = values.name(item, item_path, located=False)
        if text is not None:
            texts.append(text)
    return tuple(texts)


def read_resistances(values: JsonValues, node: JsonNode, path: str) -> dict[str, ResistanceRule]:
    """Weights and minima of resistances, by their usual names."""
    names = {name.lower(): name for name in RESISTANCES}
    rules: dict[str, ResistanceRule] = {}
    for key, rule_node, _ in values.named(node, path):
        name = names.get(key.lower())
        if name is None:
            guess = values.findings.suggest(key, names)
            mend = f'write "{guess}", the nearest known one' if guess else f"known ones: {listing(names)}"
            values.key_fault(rule_node, path, f'unknown resistance "{shown_source(key)}"', mend)
            continue
        if name in rules:
            values.key_fault(rule_node, path, f'resistance "{name.lower()}" is here twice', "join the two rules")
            continue
        rule_path = f"{path}.{name.lower()}"
        members = values.known(rule_node, rule_path, ("weight", "min"), later=("max",))
        weight = values.number(members["weight"], f"{rule_path}.weight") if "weight" in members else None
        minimum = values.whole(members["min"], f"{rule_path}.min") if "min" in members else None
        rules[name] = ResistanceRule(weight=weight or Decimal(0), minimum=minimum)
    return rules


def read_weapon(values: JsonValues, node: JsonNode, path: str) -> Weapon:
    """What the fixed weapon adds."""
    members = values.known(node, path, ("slots", "skills", "set_bonuses"))
    slots = [0] * N_SLOT_LEVELS
    if "slots" in members:
        for item, item_path in values.items(members["slots"], f"{path}.slots"):
            level = values.whole(item, item_path, lowest=0, highest=N_SLOT_LEVELS, located=False)
            if level:  # tables of games write 0 where there is no slot
                slots[level - 1] += 1
    skills: Sequence[tuple[str, int | None]] = ()
    if "skills" in members:
        skills = [
            (name, values.whole(level_node, level_path))
            for name, level_node, level_path in values.named(members["skills"], f"{path}.skills")
        ]
    bonuses = values.names(members["set_bonuses"], f"{path}.set_bonuses") if "set_bonuses" in members else ()
    return Weapon(
        slots=(slots[0], slots[1], slots[2], slots[3]),
        skills=tuple((name, level) for name, level in skills if level is not None),
        set_bonuses=tuple(bonuses),
    )


def read_headers(values: JsonValues, node: JsonNode, path: str) -> dict[str, str]:
    """The file's header of each column that it calls otherwise, by our name."""
    headers: dict[str, str] = {}
    ours: dict[str, str] = {}
    for name, title_node, title_path in values.named(node, path):
        title = values.name(title_node, title_path)
        first = ours.setdefault(header_key(name), name)
        if first != name:
            message = f'"{shown_source(name)}" is the column that "{shown_source(first)}" is'
            values.key_fault(title_node, path, message, "keep one of the two")
        elif title is not None:
            headers[name] = title
    return headers


def read_encoding(values: JsonValues, node: JsonNode, path: str) -> str | None:
    """The name of an encoding of text, as it is written."""
    name = values.name(node, path)
    if name is None or is_encoding(name):
        return name
    mend = 'write a name such as "utf-8", "cp932" (Japanese), "gbk" (Chinese) or "cp1251" (Cyrillic)'
    values.fault(node, path, f'unknown encoding: "{shown_source(name)}"', mend)
    return None


def read_texts(values: JsonValues, members: Mapping[str, JsonNode]) -> dict[str, str]:
    """What is to be written on the page, by its key."""
    texts = {key: values.name(members[key], f"$.{key}") for key in TEXT_KEYS if key in members}
    return {key: text for key, text in texts.items() if text is not None}
