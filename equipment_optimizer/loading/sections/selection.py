"""Which of the best builds are listed: how different they are, and how often a piece may stand in them.

In: nodes of the JSON file through `JsonValues`. Out: fields of `Config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues, is_number

__all__ = ["read_selection"]


def read_selection(values: JsonValues, members: Mapping[str, JsonNode]) -> dict[str, Any]:
    """The fields that the keys `variants`, `different` and `share` fill."""
    fields: dict[str, Any] = {}
    if "variants" in members:
        fields["variants"] = values.choice(members["variants"], "$.variants", ("one",))
    if "different" in members:
        fields.update(_different(values, members["different"], "$.different"))
    if "share" in members:
        fields.update(_share(values, members["share"], "$.share"))
    return fields


def _different(values: JsonValues, node: JsonNode, path: str) -> dict[str, Any]:
    """In how many pieces, or that in a listed skill."""
    members = values.known(node, path, ("pieces", "skills"))
    if not isinstance(node.value, dict):
        return {}
    if len(members) != 1:
        mend = 'write {"pieces": 2}, or {"skills": true}'
        values.fault(node, path, "different takes one of pieces and skills", mend)
        return {}
    if "pieces" in members:
        return {"different_pieces": values.whole(members["pieces"], f"{path}.pieces", lowest=1) or 1}
    if members["skills"].value is not True:
        values.expected("true", members["skills"], f"{path}.skills", "write true, or leave different out")
    return {"different_skills": True}


def _share(values: JsonValues, node: JsonNode, path: str) -> dict[str, Any]:
    """In what share of the rows a piece may stand, and the names of those that may stand in all."""
    if is_number(node.value):
        return {"share": _fraction(values, node, path)}
    if not isinstance(node.value, dict):
        values.expected("a number, or an object", node, path, 'write 0.4 or {"at most": 0.4, "except": ["name"]}')
        return {}
    members = values.known(node, path, ("at most", "except"))
    fields: dict[str, Any] = {}
    if "at most" in members:
        fields["share"] = _fraction(values, members["at most"], f'{path}["at most"]')
    else:
        values.fault(node, path, 'share lacks "at most"', 'write {"at most": 0.4, "except": ["name"]}')
    if "except" in members:
        fields["share_except"] = tuple(values.names(members["except"], f"{path}.except"))
    return fields


def _fraction(values: JsonValues, node: JsonNode, path: str) -> Decimal | None:
    """A number above 0 and up to 1."""
    number = values.number(node, path)
    if number is not None and not 0 < number <= 1:
        values.fault(node, path, f"a share lies above 0 and up to 1, not at {number:f}", "write 0.4 for two fifths")
        return None
    return number
