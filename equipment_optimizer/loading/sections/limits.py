"""Totals and counts: what they are worth, and what limits them.

In: nodes of the JSON file through `JsonValues`. Out: the rules of resistances, columns
and counts. Whether the equipment has the columns is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ...files.csv_reader import header_key
from ...files.findings import listing, shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues
from ...records.config import CountRule, ResistanceRule, TotalRule
from ...records.vocabulary import RESISTANCES
from .conditions import read_filters

__all__ = ["read_counts", "read_resistances", "read_totals"]


def read_resistances(values: JsonValues, node: JsonNode, path: str) -> dict[str, ResistanceRule]:
    """Weights and limits of resistances, by their usual names."""
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
        members = values.known(rule_node, rule_path, ("weight", "min", "max"))
        weight = values.number(members["weight"], f"{rule_path}.weight") if "weight" in members else None
        minimum, maximum = (
            values.whole(members[key], f"{rule_path}.{key}") if key in members else None for key in ("min", "max")
        )
        rules[name] = ResistanceRule(weight=weight or Decimal(0), minimum=minimum, maximum=maximum)
    return rules


def read_totals(values: JsonValues, node: JsonNode, path: str) -> dict[str, TotalRule]:
    """Weights and limits of columns, by their names."""
    rules: dict[str, TotalRule] = {}
    columns: dict[str, str] = {}
    for column, rule_node, rule_path in values.named(node, path):
        first = columns.setdefault(header_key(column), column)
        if first != column:
            message = f'"{shown_source(column)}" is the column that "{shown_source(first)}" is'
            values.key_fault(rule_node, path, message, "join the two rules")
            continue
        members = values.known(rule_node, rule_path, ("weight", "min", "max"))
        numbers = {key: values.number(member, f"{rule_path}.{key}") for key, member in members.items()}
        weight, minimum, maximum = (numbers.get(key) for key in ("weight", "min", "max"))
        rules[column] = TotalRule(weight=weight or Decimal(0), minimum=minimum, maximum=maximum)
    return rules


def read_counts(values: JsonValues, node: JsonNode, path: str, parts: Mapping[str, str] | None) -> dict[str, CountRule]:
    """Counts of pieces by the names that the configuration gives them; `parts` as for filters."""
    rules: dict[str, CountRule] = {}
    for name, rule_node, rule_path in values.named(node, path):
        n_faults = values.findings.n_faults
        rule = _read_count(values, rule_node, rule_path, parts)
        if values.findings.n_faults == n_faults:
            rules[name] = rule
    return rules


def _read_count(values: JsonValues, node: JsonNode, path: str, parts: Mapping[str, str] | None) -> CountRule:
    """One count; any rule after a fault."""
    n_faults = values.findings.n_faults
    members = values.known(node, path, ("where", "each", "same", "separator", "min", "max", "weight"))
    if not isinstance(node.value, dict):
        return CountRule()
    kinds = [key for key in ("each", "same") if key in members]
    if not kinds and "where" not in members:
        values.fault(node, path, "nothing says what is counted", 'write "where", "each" or "same"')
    if len(kinds) > 1:
        values.key_fault(members["same"], f"{path}.same", "same beside each", "make two counts of it")
    for key in ("min", "weight", "max"):
        if key in members and kinds and (key != "max" or kinds == ["same"]):
            takes = "each takes max only" if kinds == ["each"] else "same takes no limit and no weight"
            values.key_fault(members[key], f"{path}.{key}", f"{key} beside {kinds[0]}: {takes}", f"remove {key}")
    if "separator" in members and kinds != ["each"]:
        message = "separator parts the values of each, which is not here"
        values.key_fault(members["separator"], f"{path}.separator", message, "remove separator")
    if kinds == ["each"] and "max" not in members:
        values.fault(node, path, "each has no max", 'write "max", such as 1: at most so many pieces with one value')
    weight = values.number(members["weight"], f"{path}.weight") if "weight" in members else None
    limits = {
        key: values.whole(members[key], f"{path}.{key}", lowest=0) if key in members else None for key in ("min", "max")
    }
    columns = {key: values.name(members[key], f"{path}.{key}") for key in kinds}
    separator = members["separator"].value if "separator" in members else None
    if "separator" in members and not (isinstance(separator, str) and separator):
        values.expected("what parts two values", members["separator"], f"{path}.separator", 'write it, such as ";"')
    where = read_filters(values, members["where"], f"{path}.where", parts) if "where" in members else ()
    for rule in where:
        if rule.parts is not None:
            message = f"pieces of other parts pass the condition on {shown_source(rule.column)}, and count"
            values.notice(members["where"], f"{path}.where", message)
    if values.findings.n_faults > n_faults:
        return CountRule()
    return CountRule(
        where=where,
        each=columns.get("each"),
        same=columns.get("same"),
        separator=separator if isinstance(separator, str) else None,
        minimum=limits["min"],
        maximum=limits["max"],
        weight=weight or Decimal(0),
    )
