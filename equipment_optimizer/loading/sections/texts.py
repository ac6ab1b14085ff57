"""How the files are written, what the page says, and the fixed weapon.

In: nodes of the JSON file through `JsonValues`. Out: plain values and the weapon's record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...files.csv_reader import header_key
from ...files.findings import shown_source
from ...files.json_parser import JsonNode
from ...files.json_values import JsonValues
from ...files.text import is_encoding
from ...records.config import Weapon
from ...records.vocabulary import N_SLOT_LEVELS, TEXT_KEYS

__all__ = ["read_encoding", "read_headers", "read_texts", "read_weapon"]


def read_weapon(values: JsonValues, node: JsonNode, path: str) -> Weapon:
    """What the fixed weapon adds."""
    members = values.known(node, path, ("slots", "skills", "set_bonuses"))
    slots = [0] * N_SLOT_LEVELS
    if "slots" in members:
        for item, item_path in values.items(members["slots"], f"{path}.slots", numbers=True):
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
