"""Conditions on columns: of a filter, and of what a count counts.

In: nodes of the JSON file through `JsonValues`. Out: one rule for each column.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ...files.csv_reader import header_key
from ...files.findings import shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues, is_number
from ...records.config import FilterRule
from ...records.vocabulary import part_key
from .parts import unknown_part

__all__ = ["read_filters"]


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
    chosen: dict[str, None] = {}
    for item, item_path in values.items(node, path, bare=(str,)):
        name = values.name(item, item_path, located=False)
        if name is not None and parts is not None and part_key(name) not in parts:
            values.fault(item, item_path, *unknown_part(values, name, parts))
        elif name is not None:
            chosen[name if parts is None else parts[part_key(name)]] = None
    return tuple(chosen)


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
